-- Schemes before they are committed to, their simulations, and epochs after the first.
create table sealed.scheme_drafts (
  trial_id   integer not null references open.trials,
  draft      integer not null check (draft >= 1),
  box        bytea not null,
  drafted_by bigint not null,
  drafted_at timestamptz not null,
  closed_at  timestamptz,
  epoch      integer check (epoch >= 1),
  primary key (trial_id, draft),
  constraint scheme_drafts_committed_closed check (epoch is null or closed_at is not null)
);
comment on table sealed.scheme_drafts is 'Candidate schemes, boxed: nothing is committed to before one of them is chosen';
comment on column sealed.scheme_drafts.trial_id is 'Trial';
comment on column sealed.scheme_drafts.draft is 'Number of the candidate, never used again';
comment on column sealed.scheme_drafts.box is 'Boxed canonical scheme';
comment on column sealed.scheme_drafts.drafted_by is 'User who drafted';
comment on column sealed.scheme_drafts.drafted_at is 'Instant';
comment on column sealed.scheme_drafts.closed_at is 'Instant of withdrawal or commitment, null while a candidate';
comment on column sealed.scheme_drafts.epoch is 'Epoch it was committed to as, null when it never was';

create table sealed.simulations (
  trial_id   integer not null references open.trials,
  simulation integer not null check (simulation >= 1),
  total      bigint not null check (total >= 1),
  done       bigint not null default 0 check (done between 0 and total),
  started_by bigint not null,
  started_at timestamptz not null,
  touched_at timestamptz not null,
  cancelled_at timestamptz,
  ended_at   timestamptz,
  outcome    text check (outcome in ('finished', 'cancelled', 'failed')),
  box        bytea,
  digest     bytea check (length(digest) = 32),
  primary key (trial_id, simulation),
  constraint simulations_end check ((ended_at is null) = (outcome is null)),
  constraint simulations_report check ((outcome is not distinct from 'finished') = (box is not null)
    and (box is null) = (digest is null))
);
comment on table sealed.simulations is 'Simulations of candidate schemes: progress while one runs, its boxed report afterwards';
comment on column sealed.simulations.trial_id is 'Trial';
comment on column sealed.simulations.simulation is 'Number of the simulation';
comment on column sealed.simulations.total is 'Runs over all candidates';
comment on column sealed.simulations.done is 'Runs finished';
comment on column sealed.simulations.started_by is 'User';
comment on column sealed.simulations.started_at is 'Instant';
comment on column sealed.simulations.touched_at is 'Last sign of life of the server that runs it';
comment on column sealed.simulations.cancelled_at is 'Instant at which somebody asked to stop it, null otherwise';
comment on column sealed.simulations.ended_at is 'Instant of the end, null while it runs';
comment on column sealed.simulations.outcome is 'How it ended';
comment on column sealed.simulations.box is 'Boxed report, null unless it finished';
comment on column sealed.simulations.digest is 'SHA-256 of the report';

create function sealed.refuse_change_of_ended() returns trigger language plpgsql
  set search_path = pg_catalog as $$
begin
  if tg_table_name = 'simulations' and to_jsonb(old) ->> 'ended_at' is not null
     or tg_table_name = 'scheme_drafts' and to_jsonb(old) ->> 'closed_at' is not null then
    raise exception using errcode = 'EQ409', message = 'this has ended and is kept as it is';
  end if;
  return new;
end $$;
comment on function sealed.refuse_change_of_ended() is 'Trigger: a candidate that is closed and a simulation that ended stay as they are';
create trigger simulations_kept before update on sealed.simulations
  for each row execute function sealed.refuse_change_of_ended();
create trigger scheme_drafts_kept before update on sealed.scheme_drafts
  for each row execute function sealed.refuse_change_of_ended();
create trigger simulations_never_removed before delete or truncate on sealed.simulations
  for each statement execute function access.refuse_change();
create trigger scheme_drafts_never_removed before delete or truncate on sealed.scheme_drafts
  for each statement execute function access.refuse_change();
create trigger a_locked before insert or update on sealed.simulations
  for each row execute function open.refuse_when_locked();
create trigger a_locked before insert or update on sealed.scheme_drafts
  for each row execute function open.refuse_when_locked();

alter table sealed.scheme_drafts enable row level security;
alter table sealed.scheme_drafts force row level security;
create policy scheme_drafts_trial on sealed.scheme_drafts
  using (trial_id = (select access.trial())) with check (trial_id = (select access.trial()));
alter table sealed.simulations enable row level security;
alter table sealed.simulations force row level security;
create policy simulations_trial on sealed.simulations
  using (trial_id = (select access.trial())) with check (trial_id = (select access.trial()));

alter table sealed.schemes add column in_force_at timestamptz,
  add column simulation integer,
  add constraint schemes_approved_before_force check (in_force_at is null or approved_at is not null),
  add constraint schemes_simulation foreign key (trial_id, simulation) references sealed.simulations;
comment on column sealed.schemes.in_force_at is 'Instant of the public entropy, null before';
comment on column sealed.schemes.simulation is 'Simulation attached at the commitment, null before simulations were kept';

-- Until now a ledger of three entries or more had its one epoch in force.
alter table sealed.schemes disable trigger a_locked;
update sealed.schemes s set in_force_at = s.approved_at
 where s.epoch = 1 and s.approved_at is not null
   and exists (select from allocation.ledgers l where l.trial_id = s.trial_id and l.size >= 3);
alter table sealed.schemes enable trigger a_locked;

create function sealed.refuse_scheme_out_of_order() returns trigger language plpgsql
  set search_path = pg_catalog as $$
begin
  if new.simulation is null then
    raise exception using errcode = 'EQ409', message = 'no simulation is attached';
  end if;
  if exists (select from sealed.schemes s where s.trial_id = new.trial_id
       and s.approved_at is not null and s.in_force_at is null) then
    raise exception using errcode = 'EQ409', message = 'an approved scheme awaits its public entropy';
  end if;
  if new.epoch <> (select coalesce(max(s.epoch), 0) + 1 from sealed.schemes s where s.trial_id = new.trial_id) then
    raise exception using errcode = 'EQ409', message = 'epochs follow one another';
  end if;
  return new;
end $$;
comment on function sealed.refuse_scheme_out_of_order() is 'Trigger: a scheme is committed to with its simulation, as the next epoch, and never past an approved one';
create trigger schemes_in_order before insert on sealed.schemes
  for each row execute function sealed.refuse_scheme_out_of_order();

grant select, insert on sealed.scheme_drafts, sealed.simulations to eq_custodian;
grant update (closed_at, epoch) on sealed.scheme_drafts to eq_custodian;
grant update (done, touched_at, cancelled_at, ended_at, outcome, box, digest) on sealed.simulations to eq_custodian;
grant update (in_force_at) on sealed.schemes to eq_custodian;
