create table open.trials (
  trial_id    integer generated always as identity primary key,
  key         text not null unique check (key ~ '^[a-z0-9][a-z0-9-]{1,62}$'),
  title       text not null,
  mode        text not null check (mode in ('live', 'training', 'simulation')),
  state       text not null check (state in ('draft', 'testing', 'approved', 'enrolling', 'paused',
    'enrolment_closed', 'followup_complete', 'soft_locked', 'hard_locked', 'unblinded', 'archived')),
  version     text not null,
  created_at  timestamptz not null default clock_timestamp()
);
comment on table open.trials is 'Trials of this installation';
comment on column open.trials.trial_id is 'First column of every key';
comment on column open.trials.key is 'Study key in addresses';
comment on column open.trials.title is 'Short title';
comment on column open.trials.mode is 'live; training: nothing is real; simulation: the caller sets the clock';
comment on column open.trials.state is 'Study lifecycle';
comment on column open.trials.version is 'Definition version in force';
comment on column open.trials.created_at is 'Instant of loading';

create table sealed.definitions (
  trial_id  integer not null references open.trials,
  version   text not null,
  source    text not null,
  digest    bytea not null check (length(digest) = 32),
  loaded_by bigint,
  loaded_at timestamptz not null default clock_timestamp(),
  primary key (trial_id, version)
);
comment on table sealed.definitions is 'Study definitions as loaded; immutable; sealed, since block sizes stand in them';
comment on column sealed.definitions.trial_id is 'Trial';
comment on column sealed.definitions.version is 'Version of the definition';
comment on column sealed.definitions.source is 'The definition''s text';
comment on column sealed.definitions.digest is 'SHA-256 of the text';
comment on column sealed.definitions.loaded_by is 'User, null for the console';
comment on column sealed.definitions.loaded_at is 'Instant';
create trigger definitions_append_only before update or delete or truncate on sealed.definitions
  for each statement execute function access.refuse_change();

create table open.sites (
  trial_id     integer not null references open.trials,
  site_key     text not null check (site_key ~ '^[0-9]{3}$'),
  name         text not null,
  zone         text not null,
  state        text not null check (state in ('planned', 'selected', 'initiated', 'active', 'suspended', 'closed')),
  consented    integer not null default 0 check (consented >= 0),
  randomized   integer not null default 0 check (randomized >= 0),
  activated_at timestamptz,
  primary key (trial_id, site_key)
);
comment on table open.sites is 'Sites and their state';
comment on column open.sites.trial_id is 'Trial';
comment on column open.sites.site_key is 'Three digits';
comment on column open.sites.name is 'Name';
comment on column open.sites.zone is 'IANA time zone';
comment on column open.sites.state is 'Site lifecycle';
comment on column open.sites.consented is 'Participants consented; the next participant key';
comment on column open.sites.randomized is 'Participants randomized at this site, over all arms';
comment on column open.sites.activated_at is 'Instant of first activation, null before';

-- The instant of an act. Only a simulated trial may set its own clock.
create function open.act_time() returns timestamptz language sql volatile
  set search_path = pg_catalog
  return (select case when t.mode = 'simulation'
            then coalesce(nullif(current_setting('eq.now', true), '')::timestamptz, clock_timestamp())
            else clock_timestamp() end
          from open.trials t where t.trial_id = access.trial());
comment on function open.act_time() is 'The instant of the current act: the database clock, except in a simulated trial';

create function open.refuse_when_locked() returns trigger language plpgsql
  security definer set search_path = pg_catalog as $$
declare
  v_state text;
begin
  select t.state into v_state from open.trials t where t.trial_id = new.trial_id;
  if v_state in ('soft_locked', 'hard_locked', 'unblinded', 'archived') then
    raise exception using errcode = 'EQ423', message = 'the study is locked';
  end if;
  return new;
end $$;
comment on function open.refuse_when_locked() is 'Trigger: no study data are written once the study is locked';

create table open.participants (
  trial_id             integer not null,
  participant          text not null check (participant ~ '^[0-9]{3}-[0-9]{4}$'),
  site_key             text not null,
  consented_at         timestamptz not null,
  state                text not null check (state in ('consented', 'screening', 'screen_failed', 'eligible',
    'randomized', 'followed', 'completed', 'withdrawn', 'lost', 'died', 'not_randomized')),
  withdrawal_level     text check (withdrawal_level in ('W2', 'W3', 'W4')),
  likeness             bytea not null check (length(likeness) = 32),
  likeness_resolved_by bigint,
  randomized_at        timestamptz,
  randomization_number integer check (randomization_number between 100000 and 999999),
  primary key (trial_id, participant),
  foreign key (trial_id, site_key) references open.sites,
  constraint participants_number_unique unique (trial_id, randomization_number),
  constraint participants_randomized_together
    check ((randomized_at is null) = (randomization_number is null))
);
comment on table open.participants is 'Participants, keyed in order of consent at their site';
comment on column open.participants.trial_id is 'Trial';
comment on column open.participants.participant is 'Participant key SSS-NNNN';
comment on column open.participants.site_key is 'Site';
comment on column open.participants.consented_at is 'Instant of consent';
comment on column open.participants.state is 'Participation lifecycle';
comment on column open.participants.withdrawal_level is 'Level of withdrawal, null while taking part';
comment on column open.participants.likeness is 'Keyed digest of birth year, sex and initials: finds the same person enrolled twice';
comment on column open.participants.likeness_resolved_by is 'User who judged a likeness to be another person, null when none was judged';
comment on column open.participants.randomized_at is 'Instant of randomization, null before';
comment on column open.participants.randomization_number is 'Random number drawn without replacement, null before';
create index participants_by_site on open.participants (trial_id, site_key, participant);
create index participants_likeness on open.participants (trial_id, likeness);
create trigger participants_locked before insert or update on open.participants
  for each row execute function open.refuse_when_locked();
alter table open.participants enable row level security;
alter table open.participants force row level security;
create policy participants_scope on open.participants
  using (trial_id = (select access.trial()) and access.sees_site(site_key))
  with check (trial_id = (select access.trial()) and access.sees_site(site_key));

create table identity.people (
  trial_id    integer not null,
  participant text not null,
  site_key    text not null,
  identity_box bytea not null,
  recorded_by bigint not null,
  recorded_at timestamptz not null,
  primary key (trial_id, participant)
);
comment on table identity.people is 'Identity vault: what names a participant, boxed under its own key';
comment on column identity.people.trial_id is 'Trial';
comment on column identity.people.participant is 'Participant key';
comment on column identity.people.site_key is 'Site';
comment on column identity.people.identity_box is 'Boxed initials, birth year and sex as given at consent';
comment on column identity.people.recorded_by is 'User';
comment on column identity.people.recorded_at is 'Instant';
alter table identity.people enable row level security;
alter table identity.people force row level security;
create policy people_scope on identity.people
  using (trial_id = (select access.trial()) and access.sees_site(site_key))
  with check (trial_id = (select access.trial()) and access.sees_site(site_key));
