-- The study moves by the steps of its lifecycle and no others, whoever calls: none is skipped on the way to enrolment or
-- to the lock either. Those of sites and of participants are held by the triggers of 0017.
create function open.refuse_leap_of_study() returns trigger language plpgsql
  set search_path = pg_catalog as $$
begin
  if new.state is distinct from old.state and (old.state, new.state) not in (
       ('draft', 'testing'), ('testing', 'approved'), ('approved', 'enrolling'), ('enrolling', 'paused'),
       ('paused', 'enrolling'), ('enrolling', 'enrolment_closed'), ('paused', 'enrolment_closed'),
       ('enrolment_closed', 'followup_complete'), ('followup_complete', 'soft_locked'),
       ('soft_locked', 'hard_locked'), ('hard_locked', 'unblinded'), ('unblinded', 'archived'))
     -- What is locked is refused by the lock, which says so.
     and old.state not in ('hard_locked', 'unblinded', 'archived') then
    raise exception using errcode = 'EQ409', message = 'not from this state';
  end if;
  return new;
end $$;
comment on function open.refuse_leap_of_study() is 'Trigger: the study moves along its lifecycle only';
create trigger trials_in_order before update of state on open.trials
  for each row execute function open.refuse_leap_of_study();
