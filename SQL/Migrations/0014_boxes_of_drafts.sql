-- Candidate schemes and reports of simulations are boxes like the others: written under the key in
-- force, replaced by a rotation and by nothing else.

create or replace function sealed.refuse_change_of_ended() returns trigger language plpgsql
  set search_path = pg_catalog as $$
begin
  if (tg_table_name = 'simulations' and to_jsonb(old) ->> 'ended_at' is not null
      or tg_table_name = 'scheme_drafts' and to_jsonb(old) ->> 'closed_at' is not null)
     and not sealed.is_rotating() then
    raise exception using errcode = 'EQ409', message = 'this has ended and is kept as it is';
  end if;
  return new;
end $$;

select sealed.guard_box('sealed.scheme_drafts', 'box');
select sealed.guard_box('sealed.simulations', 'box');
