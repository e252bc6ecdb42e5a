-- Simulations of the whole design: assumptions and definition go in, no participant's data.
create table open.design_simulations (
  trial_id     integer not null references open.trials,
  simulation   integer not null check (simulation >= 1),
  ordered      text not null check (length(ordered) between 2 and 20000),
  total        bigint not null check (total between 1 and 10000000),
  done         bigint not null default 0 check (done between 0 and total),
  started_by   bigint not null,
  started_at   timestamptz not null,
  touched_at   timestamptz not null,
  cancelled_at timestamptz,
  ended_at     timestamptz,
  outcome      text check (outcome in ('finished', 'cancelled', 'failed')),
  report       text check (length(report) <= 200000),
  primary key (trial_id, simulation),
  constraint design_simulations_end check ((ended_at is null) = (outcome is null)),
  constraint design_simulations_report check ((outcome is not distinct from 'finished') = (report is not null))
);
comment on table open.design_simulations is 'Simulations of the whole design: progress while one runs, its report afterwards';
comment on column open.design_simulations.trial_id is 'Trial';
comment on column open.design_simulations.simulation is 'Number of the simulation';
comment on column open.design_simulations.ordered is 'What was ordered, as JSON';
comment on column open.design_simulations.total is 'Runs ordered';
comment on column open.design_simulations.done is 'Runs finished';
comment on column open.design_simulations.started_by is 'User';
comment on column open.design_simulations.started_at is 'Instant';
comment on column open.design_simulations.touched_at is 'Last sign of life of the server that runs it';
comment on column open.design_simulations.cancelled_at is 'Instant at which somebody asked to stop it, null otherwise';
comment on column open.design_simulations.ended_at is 'Instant of the end, null while it runs';
comment on column open.design_simulations.outcome is 'How it ended';
comment on column open.design_simulations.report is 'The report as JSON, null unless it finished';
create trigger design_simulations_never_removed before delete or truncate on open.design_simulations
  for each statement execute function access.refuse_change();
create trigger a_locked before insert or update on open.design_simulations
  for each row execute function open.refuse_when_locked();
alter table open.design_simulations enable row level security;
alter table open.design_simulations force row level security;
create policy design_simulations_trial on open.design_simulations
  using (trial_id = (select access.trial())) with check (trial_id = (select access.trial()));
select open.seal_table('design_simulations', 'done,touched_at');

create function open.begin_design_simulation(p_total bigint, p_order text) returns integer
  language plpgsql volatile security definer set search_path = pg_catalog as $$
declare
  v_number integer;
begin
  perform pg_advisory_xact_lock(hashtextextended('design simulations', access.trial()));
  -- One whose server has been silent for a minute is lost, and blocks nobody.
  if exists (select from open.design_simulations d where d.trial_id = access.trial() and d.ended_at is null
       and d.touched_at > clock_timestamp() - interval '60 seconds') then
    return 0;
  end if;
  select coalesce(max(d.simulation), 0) + 1 into v_number from open.design_simulations d
   where d.trial_id = access.trial();
  insert into open.design_simulations (trial_id, simulation, ordered, total, started_by, started_at, touched_at)
  values (access.trial(), v_number, p_order, p_total, access.actor(), open.act_time(), clock_timestamp());
  perform open.note('*', 'design simulation ' || v_number, 'design simulation started', '', 'order', null, p_order);
  return v_number;
end $$;
comment on function open.begin_design_simulation(bigint, text) is
  'Begins a simulation of the design, 0 while another one runs; definer, since no login writes the table';

create function open.touch_design_simulation(p_simulation integer, p_done bigint) returns boolean
  language plpgsql volatile security definer set search_path = pg_catalog as $$
declare
  v_goes_on boolean;
begin
  update open.design_simulations d set done = p_done, touched_at = clock_timestamp()
   where d.trial_id = access.trial() and d.simulation = p_simulation and d.ended_at is null
  returning d.cancelled_at is null into v_goes_on;
  return coalesce(v_goes_on, false);
end $$;
comment on function open.touch_design_simulation(integer, bigint) is
  'Records progress; false when the simulation is to stop';

create function open.cancel_design_simulation() returns boolean
  language plpgsql volatile security definer set search_path = pg_catalog as $$
declare
  v_number integer;
begin
  update open.design_simulations d set cancelled_at = open.act_time()
   where d.trial_id = access.trial() and d.ended_at is null and d.cancelled_at is null
  returning d.simulation into v_number;
  if v_number is null then
    return false;
  end if;
  perform open.note('*', 'design simulation ' || v_number, 'design simulation cancelled');
  return true;
end $$;
comment on function open.cancel_design_simulation() is 'Asks the running simulation to stop; false when none runs';

create function open.end_design_simulation(p_simulation integer, p_outcome text, p_report text) returns boolean
  language plpgsql volatile security definer set search_path = pg_catalog as $$
begin
  update open.design_simulations d
     set ended_at = open.act_time(), outcome = p_outcome, report = p_report,
         done = case when p_outcome = 'finished' then d.total else d.done end
   where d.trial_id = access.trial() and d.simulation = p_simulation and d.ended_at is null;
  if not found then
    return false;
  end if;
  perform open.note('*', 'design simulation ' || p_simulation, 'design simulation ' || p_outcome, '', 'report', null,
    encode(sha256(convert_to(coalesce(p_report, ''), 'UTF8')), 'hex'));
  return true;
end $$;
comment on function open.end_design_simulation(integer, text, text) is
  'Ends a simulation, once; the digest of its report stands in the audit trail';

-- Who plans analyses reads class outcome at most; the unblinded statistician's assumptions could tell what was seen.
grant select on open.design_simulations to eq_outcome;
grant execute on function open.begin_design_simulation(bigint, text),
  open.touch_design_simulation(integer, bigint), open.cancel_design_simulation(),
  open.end_design_simulation(integer, text, text) to eq_outcome;
