create table open.cuts (
  trial_id   integer not null references open.trials,
  snapshot   integer not null check (snapshot >= 1),
  kind       text not null check (kind in ('interim', 'soft_lock', 'hard_lock')),
  cut_off    timestamptz not null,
  definition text not null,
  software   text not null,
  made_by    bigint not null,
  made_at    timestamptz not null,
  primary key (trial_id, snapshot)
);
comment on table open.cuts is 'Snapshots: when data were cut, for what; contents stand in each class';
comment on column open.cuts.trial_id is 'Trial';
comment on column open.cuts.snapshot is 'Number from 1';
comment on column open.cuts.kind is 'interim, soft_lock or hard_lock';
comment on column open.cuts.cut_off is 'Cut-off instant';
comment on column open.cuts.definition is 'Definition version in force';
comment on column open.cuts.software is 'Software version';
comment on column open.cuts.made_by is 'User';
comment on column open.cuts.made_at is 'Instant';
create trigger cuts_append_only before update or delete or truncate on open.cuts
  for each statement execute function access.refuse_change();

create table open.interim_looks (
  trial_id    integer not null,
  snapshot    integer not null,
  open_report text not null,
  built_by    bigint not null,
  checked_by  bigint,
  released_at timestamptz,
  primary key (trial_id, snapshot),
  constraint interim_looks_two_people check (checked_by is null or checked_by <> built_by)
);
comment on table open.interim_looks is 'Interim looks with the open report; readers see it once released';
comment on column open.interim_looks.trial_id is 'Trial';
comment on column open.interim_looks.snapshot is 'Snapshot looked at';
comment on column open.interim_looks.open_report is 'Open report as JSON, made without arm data';
comment on column open.interim_looks.built_by is 'Unblinded statistician';
comment on column open.interim_looks.checked_by is 'Second unblinded person, null before release';
comment on column open.interim_looks.released_at is 'Instant of release, null before';

create table allocation.closed_reports (
  trial_id integer not null,
  snapshot integer not null,
  report   text not null,
  primary key (trial_id, snapshot)
);
comment on table allocation.closed_reports is 'Closed reports as JSON, arms as A, B, C';
comment on column allocation.closed_reports.trial_id is 'Trial';
comment on column allocation.closed_reports.snapshot is 'Snapshot looked at';
comment on column allocation.closed_reports.report is 'Closed report';
create trigger closed_reports_append_only before update or delete or truncate on allocation.closed_reports
  for each statement execute function access.refuse_change();

create table open.lock_signatures (
  trial_id  integer not null references open.trials,
  act       text not null check (act in ('soft_lock', 'hard_lock', 'unblind', 'analysis_plan')),
  attempt   integer not null,
  signer    bigint not null,
  name      text not null,
  role      text not null,
  meaning   text not null,
  detail    text not null default '',
  at        timestamptz not null,
  primary key (trial_id, act, attempt, signer)
);
comment on table open.lock_signatures is 'Signatures of the acts that close the trial; append-only';
comment on column open.lock_signatures.trial_id is 'Trial';
comment on column open.lock_signatures.act is 'Act signed';
comment on column open.lock_signatures.attempt is 'Number of the attempt';
comment on column open.lock_signatures.signer is 'User';
comment on column open.lock_signatures.name is 'Printed name';
comment on column open.lock_signatures.role is 'Role';
comment on column open.lock_signatures.meaning is 'Meaning of the signature';
comment on column open.lock_signatures.detail is 'Digest signed where the act has one';
comment on column open.lock_signatures.at is 'Instant';
create trigger lock_signatures_append_only before update or delete or truncate on open.lock_signatures
  for each statement execute function access.refuse_change();

-- The unblinded record: opened arms, made once by two people from a hard lock, never before.
create table allocation.unblinding (
  trial_id   integer primary key references open.trials,
  snapshot   integer not null,
  arms       text not null,
  bundle     text not null,
  at         timestamptz not null
);
comment on table allocation.unblinding is 'Final unblinding: arms, seed and schemes revealed beside the locked snapshot';
comment on column allocation.unblinding.trial_id is 'Trial';
comment on column allocation.unblinding.snapshot is 'Hard lock they belong to';
comment on column allocation.unblinding.arms is 'JSON: participant and arm, in ledger order';
comment on column allocation.unblinding.bundle is 'Verification bundle: entries, heads, seed, schemes and arms';
comment on column allocation.unblinding.at is 'Instant';
create function allocation.refuse_early_unblinding() returns trigger language plpgsql
  security definer set search_path = pg_catalog as $$
begin
  if not exists (select from open.trials t where t.trial_id = new.trial_id and t.state = 'hard_locked') then
    raise exception using errcode = 'EQ429', message = 'only a hard-locked study is unblinded';
  end if;
  if (select count(distinct s.signer) from open.lock_signatures s
       where s.trial_id = new.trial_id and s.act = 'unblind') < 2 then
    raise exception using errcode = 'EQ430', message = 'two people unblind';
  end if;
  if not exists (select from open.lock_signatures s where s.trial_id = new.trial_id and s.act = 'analysis_plan') then
    raise exception using errcode = 'EQ431', message = 'the analysis plan is not on record';
  end if;
  return new;
end $$;
comment on function allocation.refuse_early_unblinding() is 'Trigger: unblinding only from hard lock, by two, with the plan on record';
create trigger unblinding_in_order before insert on allocation.unblinding
  for each row execute function allocation.refuse_early_unblinding();
create trigger unblinding_append_only before update or delete or truncate on allocation.unblinding
  for each statement execute function access.refuse_change();

create function open.sign_act(p_act text, p_attempt integer, p_name text, p_meaning text, p_detail text) returns integer
  language plpgsql volatile set search_path = pg_catalog as $$
declare
  v_signers integer;
begin
  perform 1 from open.trials t where t.trial_id = access.trial() for update;
  insert into open.lock_signatures (trial_id, act, attempt, signer, name, role, meaning, detail, at)
  values (access.trial(), p_act, p_attempt, access.actor(), p_name, access.acting_role(), p_meaning, p_detail, open.act_time())
  on conflict do nothing;
  -- Signing a two-person act again goes on with it, so that a crash between signature and act
  -- leaves nothing stuck.
  if not found and p_act not in ('hard_lock', 'unblind') then
    raise exception using errcode = 'EQ409', message = 'already signed by this person';
  end if;
  select count(distinct s.role) into v_signers from open.lock_signatures s
   where s.trial_id = access.trial() and s.act = p_act and s.attempt = p_attempt;
  perform open.note('*', 'study', 'signed ' || p_act, p_detail);
  return v_signers;
end $$;
comment on function open.sign_act(text, integer, text, text, text) is 'Signs an act of the lock; returns how many different roles have signed';

create function open.release_interim(p_snapshot integer) returns void
  language plpgsql volatile set search_path = pg_catalog as $$
begin
  update open.interim_looks l set checked_by = access.actor(), released_at = open.act_time()
   where l.trial_id = access.trial() and l.snapshot = p_snapshot and l.released_at is null
     and l.built_by <> access.actor();
  if not found then
    raise exception using errcode = 'EQ409', message = 'nothing to release, or built by the same person';
  end if;
  perform open.note('*', 'interim ' || p_snapshot, 'released');
end $$;
comment on function open.release_interim(integer) is 'The second unblinded person releases an interim look';

-- The states a study cannot come back from, whoever asks: only two people lock, nothing unlocks, and
-- what is unblinded has its record.
create function open.refuse_unlocking() returns trigger language plpgsql
  security definer set search_path = pg_catalog as $$
begin
  if new.state is not distinct from old.state then
    return new;
  end if;
  if old.state in ('hard_locked', 'unblinded', 'archived')
     and (old.state, new.state) not in (('hard_locked', 'unblinded'), ('unblinded', 'archived')) then
    raise exception using errcode = 'EQ423', message = 'the study is locked';
  end if;
  if new.state = 'hard_locked' and (old.state <> 'soft_locked'
     or (select count(distinct s.signer) from open.lock_signatures s
          where s.trial_id = new.trial_id and s.act = 'hard_lock') < 2
     or not exists (select from open.cuts c where c.trial_id = new.trial_id and c.kind = 'hard_lock')) then
    raise exception using errcode = 'EQ409', message = 'two people lock what is soft-locked and cut';
  end if;
  if new.state = 'unblinded' and not exists (
     select from allocation.unblinding u where u.trial_id = new.trial_id) then
    raise exception using errcode = 'EQ429', message = 'the unblinding is not on record';
  end if;
  return new;
end $$;
comment on function open.refuse_unlocking() is 'Trigger: a lock is made by two and never undone';
create trigger trials_locked before update on open.trials
  for each row execute function open.refuse_unlocking();

create function open.refuse_when_hard_locked() returns trigger language plpgsql
  security definer set search_path = pg_catalog as $$
begin
  if exists (select from open.trials t where t.trial_id = new.trial_id
       and t.state in ('hard_locked', 'unblinded', 'archived')) then
    raise exception using errcode = 'EQ423', message = 'the study is locked';
  end if;
  return new;
end $$;
comment on function open.refuse_when_hard_locked() is 'Trigger: no snapshot and no report are made once the study is hard-locked';

-- Everything a trial is made of, beside its entries: closed with them. The names stand first in the
-- alphabet, since triggers fire by name.
do $$
declare
  v_table text;
begin
  foreach v_table in array array['open.sites', 'open.collection_status', 'open.entry_versions',
    'outcome.entry_versions', 'treatment.entry_versions', 'identity.people', 'outcome.rating_tasks',
    'outcome.questionnaire_links', 'allocation.ledgers', 'allocation.ledger_entries', 'allocation.allocations',
    'allocation.heads', 'allocation.acknowledgements', 'sealed.secrets', 'sealed.schemes', 'sealed.definitions'] loop
    execute format('create trigger a_locked before insert or update on %s
      for each row execute function open.refuse_when_locked()', v_table);
  end loop;
  foreach v_table in array array['open.cuts', 'open.interim_looks', 'open.snapshots', 'outcome.snapshots',
    'treatment.snapshots', 'allocation.closed_reports'] loop
    execute format('create trigger a_locked before insert or update on %s
      for each row execute function open.refuse_when_hard_locked()', v_table);
  end loop;
end $$;
