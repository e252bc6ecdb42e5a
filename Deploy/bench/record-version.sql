-- The version the form stands at, with the guards of a level.
set client_min_messages = warning;
call public.measured_level(:level);
select version from open.entries where trial_id = :trial and participant = :'participant' and form = 'VS' and repeat = 9;
