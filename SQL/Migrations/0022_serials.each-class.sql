-- Applied once for each of the classes open, outcome and treatment; :class is the schema.
-- Numbers of entries over the whole study, such as of serious events: given once, kept for ever.
create table :class.serials (
  trial_id    integer not null,
  form        text not null,
  serial      integer not null check (serial >= 1),
  participant text not null,
  visit       text not null,
  repeat      integer not null,
  primary key (trial_id, form, serial),
  unique (trial_id, form, participant, visit, repeat)
);
comment on table :class.serials is 'Which entry of its form in the whole study an entry is; append-only';
comment on column :class.serials.trial_id is 'Trial';
comment on column :class.serials.form is 'Form';
comment on column :class.serials.serial is 'Number over all sites, from 1';
comment on column :class.serials.participant is 'Participant key';
comment on column :class.serials.visit is 'Visit code';
comment on column :class.serials.repeat is 'Number among repeats';
create trigger serials_append_only before update or delete or truncate on :class.serials
  for each statement execute function access.refuse_change();
alter table :class.serials enable row level security;
alter table :class.serials force row level security;
-- Numbered over all sites, so not limited to one; no login reads the table.
create policy serials_scope on :class.serials
  using (trial_id = (select access.trial())) with check (trial_id = (select access.trial()));

create function :class.serial_of(p_participant text, p_form text, p_visit text, p_repeat integer) returns integer
  language plpgsql volatile security definer set search_path = pg_catalog as $$
declare
  v_serial integer;
begin
  if not exists (select from open.participants p
     where p.trial_id = access.trial() and p.participant = p_participant) then
    raise exception using errcode = 'EQ404', message = 'no such participant in scope';
  end if;
  lock table :class.serials in share row exclusive mode;
  select s.serial into v_serial from :class.serials s
   where s.trial_id = access.trial() and s.form = p_form and s.participant = p_participant and s.visit = p_visit
     and s.repeat = p_repeat;
  if v_serial is null then
    insert into :class.serials (trial_id, form, serial, participant, visit, repeat)
    select access.trial(), p_form, coalesce(max(s.serial), 0) + 1, p_participant, p_visit, p_repeat
      from :class.serials s where s.trial_id = access.trial() and s.form = p_form
    returning serial into v_serial;
  end if;
  return v_serial;
end $$;
comment on function :class.serial_of(text, text, text, integer)
  is 'The number of an entry among those of its form in the study, given when first asked; definer, since it counts over all sites';
