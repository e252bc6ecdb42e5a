-- What the site may know of ratings and questionnaires: due, done or missed, never a value.
create table open.collection_status (
  trial_id    integer not null,
  participant text not null,
  site_key    text not null,
  form        text not null,
  visit       text not null,
  state       text not null check (state in ('booked', 'issued', 'in_progress', 'submitted', 'missed')),
  planned_for timestamptz,
  at          timestamptz not null,
  primary key (trial_id, participant, form, visit)
);
comment on table open.collection_status is 'State of ratings and questionnaires as the site may know it';
comment on column open.collection_status.trial_id is 'Trial';
comment on column open.collection_status.participant is 'Participant key';
comment on column open.collection_status.site_key is 'Site';
comment on column open.collection_status.form is 'Form';
comment on column open.collection_status.visit is 'Visit code';
comment on column open.collection_status.state is 'booked, issued, in_progress, submitted, missed';
comment on column open.collection_status.planned_for is 'Booked instant, null for questionnaires';
comment on column open.collection_status.at is 'Instant of the last change of state';
alter table open.collection_status enable row level security;
alter table open.collection_status force row level security;
create policy collection_status_scope on open.collection_status
  using (trial_id = (select access.trial()) and access.sees_site(site_key))
  with check (trial_id = (select access.trial()) and access.sees_site(site_key));

create function outcome.tell_collection_status() returns trigger language plpgsql
  security definer set search_path = pg_catalog as $$
begin
  insert into open.collection_status as s (trial_id, participant, site_key, form, visit, state, at)
  values (new.trial_id, new.participant, new.site_key, new.form, new.visit,
    case when new.submitted_at is null then 'in_progress' else 'submitted' end, new.entered_at)
  on conflict (trial_id, participant, form, visit) do update
    set state = case when s.state = 'submitted' then s.state else excluded.state end,
        at = case when s.state = 'submitted' then s.at else excluded.at end;
  return null;
end $$;
comment on function outcome.tell_collection_status() is 'Trigger: tells the site that an outcome form is in progress or submitted';
create trigger entries_tell_status after insert or update on outcome.entries
  for each row execute function outcome.tell_collection_status();

create table outcome.rating_tasks (
  trial_id    integer not null,
  token       text not null check (token ~ '^A-[0-9A-HJKMNP-TV-Z]{8}$'),
  participant text not null,
  site_key    text not null,
  visit       text not null,
  forms       text[] not null,
  rater       bigint not null,
  language    text not null,
  starts_at   timestamptz not null,
  state       text not null check (state in ('booked', 'submitted', 'recorded')),
  primary key (trial_id, token),
  unique (trial_id, participant, visit)
);
comment on table outcome.rating_tasks is 'Central ratings; the rater reads the token columns only';
comment on column outcome.rating_tasks.trial_id is 'Trial';
comment on column outcome.rating_tasks.token is 'The only identifier a rater sees';
comment on column outcome.rating_tasks.participant is 'Participant key, not granted to raters';
comment on column outcome.rating_tasks.site_key is 'Site, not granted to raters';
comment on column outcome.rating_tasks.visit is 'Visit code, not granted to raters';
comment on column outcome.rating_tasks.forms is 'Instruments to give, the same for all central ratings';
comment on column outcome.rating_tasks.rater is 'Rater drawn at random';
comment on column outcome.rating_tasks.language is 'Language of the call';
comment on column outcome.rating_tasks.starts_at is 'Booked instant';
comment on column outcome.rating_tasks.state is 'booked; submitted: ratings final; recorded: blinding record given';
create index rating_tasks_by_rater on outcome.rating_tasks (trial_id, rater, starts_at);
alter table outcome.rating_tasks enable row level security;
alter table outcome.rating_tasks force row level security;
create policy rating_tasks_own on outcome.rating_tasks
  using (trial_id = (select access.trial())
    and (access.acting_role() <> 'rater' or rater = (select access.actor())))
  with check (trial_id = (select access.trial()));

-- Draws a rater among those who hold the role, not the one of the preceding rating, not one to whom
-- this participant's arm was disclosed. The order of the draw is the hash of the fresh token.
create function outcome.book_rating(p_participant text, p_visit text, p_forms text[], p_starts_at timestamptz,
  p_token text, p_language text) returns void
  language plpgsql volatile security definer set search_path = pg_catalog as $$
declare
  v_site text;
  v_rater bigint;
  v_form text;
begin
  select p.site_key into v_site from open.participants p
   where p.trial_id = access.trial() and p.participant = p_participant for update;
  if v_site is null then
    raise exception using errcode = 'EQ404', message = 'no such participant in scope';
  end if;
  if exists (select from outcome.rating_tasks t where t.trial_id = access.trial()
       and t.participant = p_participant and t.visit = p_visit) then
    raise exception using errcode = 'EQ409', message = 'already booked';
  end if;
  select g.user_id into v_rater
    from access.grants g join access.users u using (user_id)
   where g.trial_id = access.trial() and g.role = 'rater' and g.ended_at is null and u.is_enabled
     and g.user_id is distinct from (
       select t.rater from outcome.rating_tasks t
        where t.trial_id = access.trial() and t.participant = p_participant
        order by t.starts_at desc, t.token limit 1)
     and not exists (
       select from treatment.entries e
        where e.trial_id = access.trial() and e.participant = p_participant and e.form = 'RBR'
          and e.author = g.user_id and e.answers ->> 'disclosed' <> 'N')
   order by sha256(convert_to(p_token || g.user_id, 'UTF8'))
   limit 1;
  if v_rater is null then
    raise exception using errcode = 'EQ410', message = 'no rater is free of this participant';
  end if;
  insert into outcome.rating_tasks (trial_id, token, participant, site_key, visit, forms, rater, language, starts_at, state)
  values (access.trial(), p_token, p_participant, v_site, p_visit, p_forms, v_rater, p_language, p_starts_at, 'booked');
  foreach v_form in array p_forms loop
    insert into open.collection_status (trial_id, participant, site_key, form, visit, state, planned_for, at)
    values (access.trial(), p_participant, v_site, v_form, p_visit, 'booked', p_starts_at, open.act_time());
  end loop;
  perform open.note(v_site, p_participant || '/rating@' || p_visit, 'rating booked');
end $$;
comment on function outcome.book_rating(text, text, text[], timestamptz, text, text)
  is 'Books a central rating with a rater drawn at random; definer, since bookers may not know raters or disclosures';

create function outcome.rating_entry(p_token text, p_form text)
  returns table (version integer, status text, answers jsonb, entered_at timestamptz)
  language sql stable security definer set search_path = pg_catalog
begin atomic
  select e.version, e.status, e.answers, e.entered_at
    from outcome.rating_tasks t
    join outcome.entries e on e.trial_id = t.trial_id and e.participant = t.participant
     and e.visit = t.visit and e.form = p_form and e.repeat = 1
   where t.trial_id = access.trial() and t.token = p_token and t.rater = access.actor();
end;
comment on function outcome.rating_entry(text, text) is 'A rater''s own entry by token; definer, since raters hold no table';

create function outcome.save_rating(p_token text, p_form text, p_expected integer, p_answers jsonb,
  p_submit boolean, p_reason text, p_definition text) returns integer
  language plpgsql volatile security definer set search_path = pg_catalog as $$
declare
  v_task outcome.rating_tasks;
  v_version integer;
begin
  select * into v_task from outcome.rating_tasks t
   where t.trial_id = access.trial() and t.token = p_token and t.rater = access.actor() for update;
  if v_task.token is null or p_form <> all (v_task.forms) then
    raise exception using errcode = 'EQ404', message = 'no such task of this rater';
  end if;
  if v_task.state = 'recorded' then
    raise exception using errcode = 'EQ423', message = 'the blinding record was given';
  end if;
  v_version := outcome.save_entry(v_task.participant, p_form, v_task.visit, 1, p_expected, p_answers,
    p_submit, p_reason, p_definition);
  if not exists (
    select from unnest(v_task.forms) f
     where not exists (select from outcome.entries e
       where e.trial_id = access.trial() and e.participant = v_task.participant and e.visit = v_task.visit
         and e.form = f and e.submitted_at is not null)) then
    update outcome.rating_tasks t set state = 'submitted'
     where t.trial_id = access.trial() and t.token = p_token and t.state = 'booked';
  end if;
  return v_version;
end $$;
comment on function outcome.save_rating(text, text, integer, jsonb, boolean, text, text)
  is 'Saves a rating under its token; definer, since raters know no participant';

create function treatment.save_blinding_record(p_token text, p_answers jsonb, p_definition text) returns integer
  language plpgsql volatile security definer set search_path = pg_catalog as $$
declare
  v_task outcome.rating_tasks;
  v_version integer;
begin
  select * into v_task from outcome.rating_tasks t
   where t.trial_id = access.trial() and t.token = p_token and t.rater = access.actor() for update;
  if v_task.token is null then
    raise exception using errcode = 'EQ404', message = 'no such task of this rater';
  end if;
  if v_task.state = 'booked' then
    raise exception using errcode = 'EQ425', message = 'the ratings are not submitted';
  end if;
  if v_task.state = 'recorded' then
    raise exception using errcode = 'EQ423', message = 'the blinding record was given';
  end if;
  v_version := treatment.save_entry(v_task.participant, 'RBR', v_task.visit, 1, 0, p_answers, true, '', p_definition);
  update outcome.rating_tasks t set state = 'recorded' where t.trial_id = access.trial() and t.token = p_token;
  return v_version;
end $$;
comment on function treatment.save_blinding_record(text, jsonb, text)
  is 'The rater''s guess, only after the ratings (EC-RBR-01); definer, since raters write no treatment table';

-- Site staff who enter an outcome form see and change their own entries only.
create function outcome.own_entry(p_participant text, p_form text, p_visit text)
  returns table (form text, visit text, repeat bigint, version bigint, status text, answers text, author text,
    entered_at timestamptz, submitted_at timestamptz)
  language sql stable security definer set search_path = pg_catalog
begin atomic
  select e.form, e.visit, e.repeat::bigint, e.version::bigint, e.status, e.answers::text, u.full_name, e.entered_at,
         e.submitted_at
    from outcome.entries e join access.users u on u.user_id = e.author
   where e.trial_id = access.trial() and e.participant = p_participant and e.form = p_form
     and e.visit = p_visit and e.repeat = 1 and e.author = access.actor();
end;
comment on function outcome.own_entry(text, text, text) is 'The caller''s own outcome entry; definer, since the caller holds no outcome table';

create function outcome.save_own_entry(p_participant text, p_form text, p_visit text, p_expected integer,
  p_answers jsonb, p_submit boolean, p_reason text, p_definition text) returns integer
  language plpgsql volatile security definer set search_path = pg_catalog as $$
begin
  if exists (select from outcome.entries e
      where e.trial_id = access.trial() and e.participant = p_participant and e.form = p_form
        and e.visit = p_visit and e.repeat = 1 and e.author <> access.actor()) then
    raise exception using errcode = 'EQ404', message = 'another person''s entry';
  end if;
  return outcome.save_entry(p_participant, p_form, p_visit, 1, p_expected, p_answers, p_submit, p_reason, p_definition);
end $$;
comment on function outcome.save_own_entry(text, text, text, integer, jsonb, boolean, text, text)
  is 'Saves the caller''s own outcome entry; definer, as above';

create table outcome.questionnaire_links (
  trial_id    integer not null,
  link_hash   bytea not null check (length(link_hash) = 32),
  participant text not null,
  site_key    text not null,
  visit       text not null,
  form        text not null,
  issued_at   timestamptz not null,
  expires_at  timestamptz not null,
  used_at     timestamptz,
  primary key (trial_id, link_hash)
);
comment on table outcome.questionnaire_links is 'One-time links by which a participant answers one questionnaire';
comment on column outcome.questionnaire_links.trial_id is 'Trial';
comment on column outcome.questionnaire_links.link_hash is 'SHA-256 of the link''s random part';
comment on column outcome.questionnaire_links.participant is 'Participant key';
comment on column outcome.questionnaire_links.site_key is 'Site';
comment on column outcome.questionnaire_links.visit is 'Visit code';
comment on column outcome.questionnaire_links.form is 'Questionnaire';
comment on column outcome.questionnaire_links.issued_at is 'Instant of issue';
comment on column outcome.questionnaire_links.expires_at is 'Instant after which it is refused';
comment on column outcome.questionnaire_links.used_at is 'Instant of submission, null before';
alter table outcome.questionnaire_links enable row level security;
alter table outcome.questionnaire_links force row level security;
create policy questionnaire_links_scope on outcome.questionnaire_links
  using (trial_id = (select access.trial()) and access.sees_site(site_key))
  with check (trial_id = (select access.trial()) and access.sees_site(site_key));

create function outcome.issue_questionnaire(p_participant text, p_visit text, p_form text, p_link_hash bytea,
  p_expires_at timestamptz) returns void
  language plpgsql volatile security definer set search_path = pg_catalog as $$
declare
  v_site text;
  v_level text;
begin
  select p.site_key, p.withdrawal_level into v_site, v_level from open.participants p
   where p.trial_id = access.trial() and p.participant = p_participant for update;
  if v_site is null then
    raise exception using errcode = 'EQ404', message = 'no such participant in scope';
  end if;
  if v_level in ('W3', 'W4') then
    raise exception using errcode = 'EQ424', message = 'no further data of this participant';
  end if;
  if exists (select from outcome.entries e where e.trial_id = access.trial() and e.participant = p_participant
       and e.form = p_form and e.visit = p_visit and e.submitted_at is not null) then
    raise exception using errcode = 'EQ409', message = 'already submitted';
  end if;
  update outcome.questionnaire_links l set expires_at = open.act_time()
   where l.trial_id = access.trial() and l.participant = p_participant and l.visit = p_visit and l.form = p_form
     and l.used_at is null;
  insert into outcome.questionnaire_links (trial_id, link_hash, participant, site_key, visit, form, issued_at, expires_at)
  values (access.trial(), p_link_hash, p_participant, v_site, p_visit, p_form, open.act_time(), p_expires_at);
  insert into open.collection_status (trial_id, participant, site_key, form, visit, state, at)
  values (access.trial(), p_participant, v_site, p_form, p_visit, 'issued', open.act_time())
  on conflict (trial_id, participant, form, visit) do nothing;
  perform open.note(v_site, p_participant || '/' || p_form || '@' || p_visit || '#1', 'questionnaire issued');
end $$;
comment on function outcome.issue_questionnaire(text, text, text, bytea, timestamptz)
  is 'Issues a one-time link; definer, since the site reads no outcome';

create function outcome.questionnaire_of(p_link_hash bytea) returns table (trial_id integer, form text, used boolean, expired boolean, site_key text)
  language sql stable security definer set search_path = pg_catalog
begin atomic
  select l.trial_id, l.form, l.used_at is not null, l.expires_at < open.act_time(), l.site_key
    from outcome.questionnaire_links l
   where l.link_hash = p_link_hash;
end;
comment on function outcome.questionnaire_of(bytea) is 'The questionnaire behind a link; definer, since a participant holds no table';

create function outcome.save_questionnaire(p_link_hash bytea, p_answers jsonb, p_definition text) returns void
  language plpgsql volatile security definer set search_path = pg_catalog as $$
declare
  v_link outcome.questionnaire_links;
begin
  select * into v_link from outcome.questionnaire_links l
   where l.trial_id = access.trial() and l.link_hash = p_link_hash for update;
  if v_link.link_hash is null then
    raise exception using errcode = 'EQ404', message = 'no such link';
  end if;
  if v_link.used_at is not null or v_link.expires_at < open.act_time() then
    raise exception using errcode = 'EQ423', message = 'the link was used or has expired';
  end if;
  perform outcome.save_entry(v_link.participant, v_link.form, v_link.visit, 1, 0, p_answers, true, '', p_definition);
  update outcome.questionnaire_links l set used_at = open.act_time()
   where l.trial_id = access.trial() and l.link_hash = p_link_hash;
end $$;
comment on function outcome.save_questionnaire(bytea, jsonb, text) is 'Final submission by a participant; definer, as above';

create function open.consent(p_site text, p_likeness bytea, p_identity_box bytea, p_consented_at timestamptz)
  returns text language plpgsql volatile set search_path = pg_catalog as $$
declare
  v_number integer;
  v_participant text;
  v_state text;
begin
  select t.state into v_state from open.trials t where t.trial_id = access.trial();
  if v_state <> 'enrolling' then
    raise exception using errcode = 'EQ426', message = 'the study is not enrolling';
  end if;
  update open.sites s set consented = s.consented + 1
   where s.trial_id = access.trial() and s.site_key = p_site and s.state = 'active' and access.sees_site(s.site_key)
  returning s.consented into v_number;
  if v_number is null then
    raise exception using errcode = 'EQ427', message = 'the site is not active';
  end if;
  if v_number > 9999 then
    raise exception using errcode = 'EQ428', message = 'the site has no participant key left';
  end if;
  v_participant := p_site || '-' || lpad(v_number::text, 4, '0');
  insert into open.participants (trial_id, participant, site_key, consented_at, state, likeness)
  values (access.trial(), v_participant, p_site, p_consented_at, 'consented', p_likeness);
  insert into identity.people (trial_id, participant, site_key, identity_box, recorded_by, recorded_at)
  values (access.trial(), v_participant, p_site, p_identity_box, access.actor(), open.act_time());
  perform open.note(p_site, v_participant, 'consented');
  return v_participant;
end $$;
comment on function open.consent(text, bytea, bytea, timestamptz) is 'Gives the next participant key of an active site';

create function open.move_participant(p_participant text, p_from text[], p_to text, p_reason text) returns void
  language plpgsql volatile set search_path = pg_catalog as $$
declare
  v_old text;
  v_site text;
begin
  select p.state, p.site_key into v_old, v_site from open.participants p
   where p.trial_id = access.trial() and p.participant = p_participant for update;
  if v_site is null then
    raise exception using errcode = 'EQ404', message = 'no such participant in scope';
  end if;
  if v_old <> all (p_from) then
    raise exception using errcode = 'EQ409', message = 'not from this state';
  end if;
  update open.participants p set state = p_to where p.trial_id = access.trial() and p.participant = p_participant;
  perform open.note(v_site, p_participant, 'state', p_reason, 'state', v_old, p_to);
end $$;
comment on function open.move_participant(text, text[], text, text) is 'Moves a participant along the participation lifecycle';

create function open.withdraw(p_participant text, p_level text) returns void
  language plpgsql volatile set search_path = pg_catalog as $$
declare
  v_site text;
begin
  update open.participants p
     set withdrawal_level = p_level,
         state = case when p.state in ('randomized', 'followed', 'consented', 'screening', 'eligible') then 'withdrawn' else p.state end
   where p.trial_id = access.trial() and p.participant = p_participant and p.state <> 'died'
  returning p.site_key into v_site;
  if v_site is null then
    raise exception using errcode = 'EQ404', message = 'no such participant in scope';
  end if;
  perform open.note(v_site, p_participant, 'withdrawn', p_level);
end $$;
comment on function open.withdraw(text, text) is 'Records withdrawal at level W2, W3 or W4';

-- Looks over all sites, whoever asks, and tells one bit: the same person enrolled at another site
-- is hidden from the asker's rows, and must be found all the same (RND-11).
create function open.has_likeness(p_participant text) returns boolean
  language plpgsql volatile security definer set search_path = pg_catalog as $$
declare
  v_sites text := coalesce(current_setting('eq.sites', true), '');
  v_found boolean;
begin
  perform set_config('eq.sites', '*', true);
  select exists (
    select from open.participants p
      join open.participants other
        on other.trial_id = p.trial_id and other.likeness = p.likeness and other.participant <> p.participant
     where p.trial_id = access.trial() and p.participant = p_participant) into v_found;
  perform set_config('eq.sites', v_sites, true);
  return v_found;
end $$;
comment on function open.has_likeness(text) is 'Whether somebody alike is enrolled at any site; definer, since the asker sees one site';

create function open.resolve_likeness(p_participant text, p_reason text) returns void
  language plpgsql volatile set search_path = pg_catalog as $$
declare
  v_site text;
begin
  update open.participants p set likeness_resolved_by = access.actor()
   where p.trial_id = access.trial() and p.participant = p_participant
  returning p.site_key into v_site;
  if v_site is null then
    raise exception using errcode = 'EQ404', message = 'no such participant in scope';
  end if;
  perform open.note(v_site, p_participant, 'likeness judged another person', p_reason);
end $$;
comment on function open.resolve_likeness(text, text) is 'Records that a likeness was judged to be another person';

create function open.move_site(p_site text, p_from text[], p_to text, p_reason text) returns void
  language plpgsql volatile set search_path = pg_catalog as $$
declare
  v_old text;
begin
  select s.state into v_old from open.sites s where s.trial_id = access.trial() and s.site_key = p_site for update;
  if v_old is null then
    raise exception using errcode = 'EQ404', message = 'no such site';
  end if;
  if v_old <> all (p_from) then
    raise exception using errcode = 'EQ409', message = 'not from this state';
  end if;
  update open.sites s set state = p_to,
         activated_at = coalesce(s.activated_at, case when p_to = 'active' then open.act_time() end)
   where s.trial_id = access.trial() and s.site_key = p_site;
  perform open.note(p_site, 'site ' || p_site, 'state', p_reason, 'state', v_old, p_to);
end $$;
comment on function open.move_site(text, text[], text, text) is 'Moves a site along its lifecycle';

create function open.move_trial(p_from text[], p_to text, p_reason text) returns void
  language plpgsql volatile set search_path = pg_catalog as $$
declare
  v_old text;
begin
  select t.state into v_old from open.trials t where t.trial_id = access.trial() for update;
  if v_old is null or v_old <> all (p_from) then
    raise exception using errcode = 'EQ409', message = 'not from this state';
  end if;
  update open.trials t set state = p_to where t.trial_id = access.trial();
  perform open.note('*', 'study', 'state', p_reason, 'state', v_old, p_to);
end $$;
comment on function open.move_trial(text[], text, text) is 'Moves the study along its lifecycle';
