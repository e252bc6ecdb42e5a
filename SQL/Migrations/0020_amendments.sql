-- Amendments: versions of the definition that come into force site by site, and the tasks of re-consent.
alter table open.trials add column amendments integer not null default 0 check (amendments >= 0);
comment on column open.trials.amendments is 'How often a version came into force at a site; every daemon knows by it what it has read is old';

create table open.study_versions (
  trial_id        integer not null references open.trials,
  version         text not null check (length(version) between 1 and 40),
  ordinal         integer not null check (ordinal >= 1),
  based_on        text not null,
  state           text not null check (state in ('draft', 'approved', 'withdrawn')),
  summary         text not null check (length(summary) between 3 and 2000),
  asks_reconsent  boolean not null,
  consent_version text not null,
  loaded_by       bigint not null,
  loaded_at       timestamptz not null,
  approved_by     bigint,
  approved_at     timestamptz,
  primary key (trial_id, version),
  unique (trial_id, ordinal),
  constraint study_versions_second_person check (approved_by <> loaded_by),
  constraint study_versions_approved_together
    check ((approved_at is null) = (approved_by is null) and (approved_at is not null) = (state = 'approved'))
);
comment on table open.study_versions is 'Amendments: the versions of the definition after the first';
comment on column open.study_versions.trial_id is 'Trial';
comment on column open.study_versions.version is 'Version of the definition';
comment on column open.study_versions.ordinal is 'Order of the amendments, from 1';
comment on column open.study_versions.based_on is 'The version it amends';
comment on column open.study_versions.state is 'draft until a second person approves it';
comment on column open.study_versions.summary is 'What it changes and why, in words';
comment on column open.study_versions.asks_reconsent is 'Whether participants are asked for their consent again';
comment on column open.study_versions.consent_version is 'Version of the consent form that is in force with it';
comment on column open.study_versions.loaded_by is 'User who loaded the draft';
comment on column open.study_versions.loaded_at is 'Instant';
comment on column open.study_versions.approved_by is 'Second user, null before';
comment on column open.study_versions.approved_at is 'Instant, null before';
-- One amendment is prepared at a time: the next is written over what was approved.
create unique index study_versions_one_draft on open.study_versions (trial_id) where state = 'draft';
create trigger study_versions_locked before insert or update on open.study_versions
  for each row execute function open.refuse_when_locked();
alter table open.study_versions enable row level security;
alter table open.study_versions force row level security;
create policy study_versions_trial on open.study_versions
  using (trial_id = (select access.trial())) with check (trial_id = (select access.trial()));

create table open.dry_runs (
  trial_id integer not null,
  version  text not null,
  run      bigint generated always as identity,
  actor    bigint not null,
  role     text not null,
  at       timestamptz not null,
  classes  text[] not null,
  primary key (trial_id, version, run),
  foreign key (trial_id, version) references open.study_versions
);
comment on table open.dry_runs is 'Who read what an amendment means for the data; without what was found, which is of the class of the data';
comment on column open.dry_runs.trial_id is 'Trial';
comment on column open.dry_runs.version is 'Version';
comment on column open.dry_runs.run is 'Number';
comment on column open.dry_runs.actor is 'User';
comment on column open.dry_runs.role is 'Role acted in';
comment on column open.dry_runs.at is 'Instant';
comment on column open.dry_runs.classes is 'Data classes that were read';
create trigger dry_runs_append_only before update or delete or truncate on open.dry_runs
  for each statement execute function access.refuse_change();
alter table open.dry_runs enable row level security;
alter table open.dry_runs force row level security;
create policy dry_runs_trial on open.dry_runs
  using (trial_id = (select access.trial())) with check (trial_id = (select access.trial()));

create table open.site_versions (
  trial_id           integer not null,
  site_key           text not null,
  version            text not null,
  in_force_from      date not null,
  ethics_approved_on date not null,
  ethics_reference   text not null check (length(ethics_reference) between 3 and 200),
  recorded_by        bigint not null,
  recorded_at        timestamptz not null,
  primary key (trial_id, site_key, version),
  unique (trial_id, site_key, in_force_from),
  foreign key (trial_id, site_key) references open.sites,
  foreign key (trial_id, version) references open.study_versions,
  constraint site_versions_after_approval check (in_force_from >= ethics_approved_on)
);
comment on table open.site_versions is 'From which day which version is in force at which site; before the first row the first version is';
comment on column open.site_versions.trial_id is 'Trial';
comment on column open.site_versions.site_key is 'Site';
comment on column open.site_versions.version is 'Version of the definition';
comment on column open.site_versions.in_force_from is 'First day at the site';
comment on column open.site_versions.ethics_approved_on is 'Day on which the ethics committee of the site approved it';
comment on column open.site_versions.ethics_reference is 'The committee''s document';
comment on column open.site_versions.recorded_by is 'User';
comment on column open.site_versions.recorded_at is 'Instant';
create trigger site_versions_append_only before update or delete or truncate on open.site_versions
  for each statement execute function access.refuse_change();
create trigger site_versions_locked before insert on open.site_versions
  for each row execute function open.refuse_when_locked();
alter table open.site_versions enable row level security;
alter table open.site_versions force row level security;
create policy site_versions_trial on open.site_versions
  using (trial_id = (select access.trial())) with check (trial_id = (select access.trial()));

create table open.reconsent_tasks (
  trial_id        integer not null,
  participant     text not null,
  site_key        text not null,
  version         text not null,
  consent_version text not null,
  due_from        date not null,
  created_at      timestamptz not null,
  done_at         timestamptz,
  done_by         bigint,
  primary key (trial_id, participant, version),
  foreign key (trial_id, participant) references open.participants,
  foreign key (trial_id, version) references open.study_versions,
  constraint reconsent_tasks_done_together check ((done_at is null) = (done_by is null))
);
comment on table open.reconsent_tasks is 'Participants who are asked for their consent again, made when an amendment comes into force at their site';
comment on column open.reconsent_tasks.trial_id is 'Trial';
comment on column open.reconsent_tasks.participant is 'Participant key';
comment on column open.reconsent_tasks.site_key is 'Site';
comment on column open.reconsent_tasks.version is 'Version that asks';
comment on column open.reconsent_tasks.consent_version is 'Version of the consent form to be signed';
comment on column open.reconsent_tasks.due_from is 'First day at the site';
comment on column open.reconsent_tasks.created_at is 'Instant';
comment on column open.reconsent_tasks.done_at is 'Instant of the signature on the new consent, null before';
comment on column open.reconsent_tasks.done_by is 'User who signed it, null before';
create index reconsent_tasks_open on open.reconsent_tasks (trial_id, site_key) where done_at is null;
create trigger reconsent_tasks_locked before insert or update on open.reconsent_tasks
  for each row execute function open.refuse_when_locked();
alter table open.reconsent_tasks enable row level security;
alter table open.reconsent_tasks force row level security;
create policy reconsent_tasks_scope on open.reconsent_tasks
  using (trial_id = (select access.trial()) and access.sees_site(site_key))
  with check (trial_id = (select access.trial()) and access.sees_site(site_key));

create function open.draft_version(p_version text, p_source text, p_digest bytea, p_based_on text, p_summary text,
  p_asks_reconsent boolean, p_consent_version text) returns integer
  language plpgsql volatile security definer set search_path = pg_catalog as $$
declare
  v_ordinal integer;
begin
  perform 1 from open.trials t where t.trial_id = access.trial() for no key update;
  -- Written over what is approved last, so that no amendment undoes another unseen.
  if p_based_on is distinct from coalesce(
       (select v.version from open.study_versions v
         where v.trial_id = access.trial() and v.state = 'approved' order by v.ordinal desc limit 1),
       (select t.version from open.trials t where t.trial_id = access.trial())) then
    raise exception using errcode = 'EQ409', message = 'not based on the last approved version';
  end if;
  select coalesce(max(v.ordinal), 0) + 1 into v_ordinal from open.study_versions v where v.trial_id = access.trial();
  insert into sealed.definitions (trial_id, version, source, digest, loaded_by, loaded_at)
  values (access.trial(), p_version, p_source, p_digest, access.actor(), open.act_time());
  insert into open.study_versions (trial_id, version, ordinal, based_on, state, summary, asks_reconsent,
    consent_version, loaded_by, loaded_at)
  values (access.trial(), p_version, v_ordinal, p_based_on, 'draft', p_summary, p_asks_reconsent,
    p_consent_version, access.actor(), open.act_time());
  perform open.note('*', 'amendment ' || p_version, 'amendment drafted', p_summary, 'version', p_based_on, p_version);
  return v_ordinal;
end $$;
comment on function open.draft_version(text, text, bytea, text, text, boolean, text)
  is 'Loads a version as the draft of an amendment; definer, so that no login writes the table';

create function open.record_dry_run(p_version text, p_classes text[]) returns void
  language plpgsql volatile security definer set search_path = pg_catalog as $$
begin
  if not exists (select from open.study_versions v where v.trial_id = access.trial() and v.version = p_version) then
    raise exception using errcode = 'EQ404', message = 'no such amendment';
  end if;
  insert into open.dry_runs (trial_id, version, actor, role, at, classes)
  values (access.trial(), p_version, access.actor(), coalesce(access.acting_role(), ''), open.act_time(), p_classes);
  perform open.note('*', 'amendment ' || p_version, 'amendment tried', array_to_string(p_classes, ', '));
end $$;
comment on function open.record_dry_run(text, text[]) is 'Puts on record that somebody read what an amendment means; definer, as above';

create function open.approve_version(p_version text, p_classes text[]) returns void
  language plpgsql volatile security definer set search_path = pg_catalog as $$
declare
  v_version open.study_versions;
begin
  select * into v_version from open.study_versions v
   where v.trial_id = access.trial() and v.version = p_version for update;
  if v_version.version is null then
    raise exception using errcode = 'EQ404', message = 'no such amendment';
  end if;
  if v_version.state <> 'draft' then
    raise exception using errcode = 'EQ409', message = 'not from this state';
  end if;
  if exists (select unnest(p_classes || array['open'])
      except select unnest(d.classes) from open.dry_runs d
              where d.trial_id = access.trial() and d.version = p_version) then
    raise exception using errcode = 'EQ442', message = 'no dry run of every class it touches';
  end if;
  update open.study_versions v set state = 'approved', approved_by = access.actor(), approved_at = open.act_time()
   where v.trial_id = access.trial() and v.version = p_version;
  perform open.note('*', 'amendment ' || p_version, 'amendment approved', v_version.summary);
end $$;
comment on function open.approve_version(text, text[]) is 'A second person approves an amendment after its dry run; definer, as above';

create function open.withdraw_version(p_version text, p_reason text) returns void
  language plpgsql volatile security definer set search_path = pg_catalog as $$
begin
  if length(p_reason) < 3 then
    raise exception using errcode = 'EQ422', message = 'an amendment is withdrawn with a reason';
  end if;
  update open.study_versions v set state = 'withdrawn'
   where v.trial_id = access.trial() and v.version = p_version and v.state = 'draft';
  if not found then
    raise exception using errcode = 'EQ409', message = 'not from this state';
  end if;
  perform open.note('*', 'amendment ' || p_version, 'amendment withdrawn', p_reason);
end $$;
comment on function open.withdraw_version(text, text) is 'Gives a draft up; its version is not used again; definer, as above';

-- Who takes part: everybody who is not at an end and did not withdraw. Whoever is there consented before this.
create function open.put_in_force(p_version text, p_site text, p_from date, p_approved_on date, p_reference text) returns integer
  language plpgsql volatile security definer set search_path = pg_catalog as $$
declare
  v_version open.study_versions;
  v_zone text;
  v_tasks integer := 0;
begin
  perform 1 from open.trials t where t.trial_id = access.trial() for no key update;
  select * into v_version from open.study_versions v where v.trial_id = access.trial() and v.version = p_version;
  select s.zone into v_zone from open.sites s where s.trial_id = access.trial() and s.site_key = p_site;
  if v_version.version is null or v_zone is null or not access.sees_site(p_site) then
    raise exception using errcode = 'EQ404', message = 'no such amendment or site';
  end if;
  if v_version.state <> 'approved' or p_from < (v_version.approved_at at time zone v_zone)::date
     or p_approved_on > (open.act_time() at time zone v_zone)::date
     or exists (select from open.site_versions s join open.study_versions v using (trial_id, version)
       where s.trial_id = access.trial() and s.site_key = p_site
         and (s.in_force_from >= p_from or v.ordinal >= v_version.ordinal)) then
    raise exception using errcode = 'EQ409', message = 'not from this day';
  end if;
  insert into open.site_versions (trial_id, site_key, version, in_force_from, ethics_approved_on, ethics_reference,
    recorded_by, recorded_at)
  values (access.trial(), p_site, p_version, p_from, p_approved_on, p_reference, access.actor(), open.act_time());
  update open.trials t set amendments = t.amendments + 1 where t.trial_id = access.trial();
  perform open.note(p_site, 'amendment ' || p_version, 'amendment in force', p_reference, 'in_force_from', null, p_from::text);
  if v_version.asks_reconsent then
    insert into open.reconsent_tasks (trial_id, participant, site_key, version, consent_version, due_from, created_at)
    select p.trial_id, p.participant, p.site_key, p_version, v_version.consent_version, p_from, open.act_time()
      from open.participants p
     where p.trial_id = access.trial() and p.site_key = p_site and p.withdrawal_level is null
       and p.state in ('consented', 'screening', 'eligible', 'randomized', 'followed', 'lost');
    get diagnostics v_tasks = row_count;
    perform open.note(p_site, 'amendment ' || p_version, 'consent asked for again', v_version.consent_version,
      'participants', null, v_tasks::text);
  end if;
  return v_tasks;
end $$;
comment on function open.put_in_force(text, text, date, date, text)
  is 'Puts an amendment in force at a site from a day and makes the tasks of re-consent; definer, since who does it reads no participant';

-- Who consents before the day on which a recorded amendment comes into force is asked again like the others.
create function open.ask_later_consent() returns trigger language plpgsql
  security definer set search_path = pg_catalog as $$
begin
  insert into open.reconsent_tasks (trial_id, participant, site_key, version, consent_version, due_from, created_at)
  select new.trial_id, new.participant, new.site_key, s.version, v.consent_version, s.in_force_from, new.consented_at
    from open.site_versions s join open.study_versions v using (trial_id, version)
    join open.sites t on t.trial_id = s.trial_id and t.site_key = s.site_key
   where s.trial_id = new.trial_id and s.site_key = new.site_key and v.asks_reconsent
     and s.in_force_from > (new.consented_at at time zone t.zone)::date;
  return null;
end $$;
comment on function open.ask_later_consent() is 'Trigger: makes the tasks of amendments that are recorded and not in force yet; definer, as above';
create trigger participants_ask_later_consent after insert on open.participants
  for each row execute function open.ask_later_consent();

create function open.settle_reconsent(p_participant text, p_consent_version text) returns integer
  language plpgsql volatile security definer set search_path = pg_catalog as $$
declare
  v_task open.reconsent_tasks;
  v_settled integer := 0;
begin
  -- A later consent answers the earlier tasks as well.
  for v_task in
    update open.reconsent_tasks t set done_at = open.act_time(), done_by = access.actor()
     where t.trial_id = access.trial() and t.participant = p_participant and t.done_at is null
       and access.sees_site(t.site_key)
       and (select v.ordinal from open.study_versions v where v.trial_id = t.trial_id and v.version = t.version)
         <= (select max(v.ordinal) from open.study_versions v
              where v.trial_id = t.trial_id and v.consent_version = p_consent_version)
    returning t.*
  loop
    perform open.note(v_task.site_key, p_participant, 'consented again', '', 'consent_version', null, p_consent_version);
    v_settled := v_settled + 1;
  end loop;
  return v_settled;
end $$;
comment on function open.settle_reconsent(text, text)
  is 'A signed consent of a version answers the tasks that ask for it; definer, so that no login writes the table';

grant select on open.study_versions, open.site_versions, open.dry_runs to eq_custodian;
grant select (user_id, full_name) on access.users to eq_custodian;
grant execute on function open.draft_version(text, text, bytea, text, text, boolean, text),
  open.record_dry_run(text, text[]), open.approve_version(text, text[]), open.withdraw_version(text, text),
  open.put_in_force(text, text, date, date, text) to eq_custodian;
grant select on open.reconsent_tasks to eq_open, eq_outcome, eq_treating, eq_committee;
grant execute on function open.settle_reconsent(text, text) to eq_open, eq_treating;

-- An entry keeps the version it was entered under, and begins under one that is or was in force at its site.
do $do$
declare
  v_class text;
begin
  foreach v_class in array array['open', 'outcome', 'treatment'] loop
    execute replace($sql$
create function {class}.keep_definition() returns trigger language plpgsql
  security definer set search_path = pg_catalog as $$
begin
  if tg_op = 'UPDATE' then
    if new.definition <> old.definition then
      raise exception using errcode = 'EQ409', message = 'an entry keeps its version';
    end if;
  elsif not exists (select from open.trials t where t.trial_id = new.trial_id and t.version = new.definition)
     and not exists (select from open.site_versions s
       where s.trial_id = new.trial_id and s.site_key = new.site_key and s.version = new.definition) then
    raise exception using errcode = 'EQ409', message = 'never in force at this site';
  end if;
  return new;
end $$;
comment on function {class}.keep_definition() is 'Trigger: an entry stays under the definition version it was entered under; definer, since not every writer reads versions';
create trigger entries_version_kept before insert or update of definition on {class}.entries
  for each row execute function {class}.keep_definition();
$sql$, '{class}', v_class);
  end loop;
end $do$;

-- The version of what somebody entered without reading the class.
create function outcome.own_definition(p_participant text, p_form text, p_visit text) returns text
  language sql stable security definer set search_path = pg_catalog
begin atomic
  select e.definition from outcome.entries e
   where e.trial_id = access.trial() and e.participant = p_participant and e.form = p_form
     and e.visit = p_visit and e.repeat = 1 and e.author = access.actor();
end;
comment on function outcome.own_definition(text, text, text)
  is 'The version of the caller''s own outcome entry; definer, since the caller holds no outcome table';
grant execute on function outcome.own_definition(text, text, text) to eq_open;

-- A consent given again is a repeat of its form: what is signed counts beside the first entry.
create or replace function allocation.readiness_facts(p_participant text, p_forms text[], p_answered text[]) returns jsonb
  language plpgsql volatile set search_path = pg_catalog as $$
begin
  return (select jsonb_build_object(
    'study_state', t.state,
    'site_state', s.state,
    'zone', s.zone,
    'site_randomized', s.randomized,
    'allocations', (select l.allocations from allocation.ledgers l where l.trial_id = t.trial_id),
    'site_key', p.site_key,
    'state', p.state,
    'withdrawal_level', p.withdrawal_level,
    'consented_at', p.consented_at,
    'now', open.act_time(),
    'likeness_open', (select a.alike > 0 and (p.likeness_resolved_by is null or a.alike > coalesce(p.likeness_judged, a.alike))
       from (select open.alike(p.participant) as alike) a),
    'blocking_queries', (select coalesce(jsonb_agg(q.visit order by q.visit), '[]')
       from open.data_queries q where q.trial_id = p.trial_id and q.participant = p.participant
        and q.state = 'open' and q.is_blocking),
    'entries', (select coalesce(jsonb_agg(to_jsonb(e) order by e.form, e.visit), '[]') from (
       select e.form, e.visit, e.version, e.status,
              case when e.form = any (p_answered) then e.answers else '{}' end as answers,
              e.entered_at, e.submitted_at,
              (select jsonb_agg(jsonb_build_object('role', g.signer_role, 'at', g.at, 'version', g.version) order by g.at)
                 from open.signatures g
                where g.trial_id = e.trial_id and g.participant = e.participant and g.form = e.form
                  and g.visit = e.visit and g.repeat = e.repeat and g.voided_at is null) as signatures
         from open.entries e
        where e.trial_id = p.trial_id and e.participant = p.participant and (e.repeat = 1 or e.status = 'signed')
          and e.form = any (p_forms)
       union all
       select e.form, e.visit, e.version, e.status,
              case when e.form = any (p_answered) then e.answers else '{}' end,
              e.entered_at, e.submitted_at, null
         from outcome.entries e
        where e.trial_id = p.trial_id and e.participant = p.participant and e.repeat = 1
          and e.form = any (p_forms)) e))
    from open.participants p
    join open.trials t on t.trial_id = p.trial_id
    join open.sites s on s.trial_id = p.trial_id and s.site_key = p.site_key
   where p.trial_id = access.trial() and p.participant = p_participant);
end $$;
