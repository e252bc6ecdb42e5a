-- Writers of study data and the acts that move the study order themselves at one gate per trial: a
-- write holds it shared until its transaction ends, who moves the study holds it alone. Writers do
-- not wait for each other. What began before a lock is committed before it or refused after it
-- (Docs/Decisions/0010). A transaction that sees one instant only could look behind the lock, so
-- writes need statements that see what is committed.
create function open.hold_gate(p_trial integer) returns void language plpgsql volatile
  set search_path = pg_catalog as $$
begin
  if current_setting('transaction_isolation') <> 'read committed' then
    raise exception using errcode = 'EQ436', message = 'study data are written in read committed transactions';
  end if;
  perform pg_advisory_xact_lock(7298302, p_trial);
end $$;
comment on function open.hold_gate(integer) is 'Waits for every write of the trial under way and keeps new ones waiting until the transaction ends';

create or replace function open.refuse_when_locked() returns trigger language plpgsql
  security definer set search_path = pg_catalog as $$
declare
  v_state text;
begin
  if current_setting('transaction_isolation') <> 'read committed' then
    raise exception using errcode = 'EQ436', message = 'study data are written in read committed transactions';
  end if;
  perform pg_advisory_xact_lock_shared(7298302, new.trial_id);
  select t.state into v_state from open.trials t where t.trial_id = new.trial_id;
  if v_state in ('soft_locked', 'hard_locked', 'unblinded', 'archived') then
    raise exception using errcode = 'EQ423', message = 'the study is locked';
  end if;
  return new;
end $$;

create or replace function open.refuse_when_hard_locked() returns trigger language plpgsql
  security definer set search_path = pg_catalog as $$
declare
  v_state text;
begin
  if current_setting('transaction_isolation') <> 'read committed' then
    raise exception using errcode = 'EQ436', message = 'study data are written in read committed transactions';
  end if;
  perform pg_advisory_xact_lock_shared(7298302, new.trial_id);
  select t.state into v_state from open.trials t where t.trial_id = new.trial_id;
  if v_state in ('hard_locked', 'unblinded', 'archived') then
    raise exception using errcode = 'EQ423', message = 'the study is locked';
  end if;
  return new;
end $$;

-- What keeps a soft lock from being made, over all sites whoever asks: queries not closed and forms
-- begun and never submitted, of the classes a blinded data manager reads.
create function open.unfinished(p_trial integer) returns table (queries bigint, drafts bigint)
  language plpgsql volatile security definer set search_path = pg_catalog as $$
declare
  v_sites text := coalesce(current_setting('eq.sites', true), '');
  v_trial text := coalesce(current_setting('eq.trial', true), '');
begin
  perform set_config('eq.sites', '*', true), set_config('eq.trial', p_trial::text, true);
  select (select count(*) from open.data_queries q where q.trial_id = p_trial and q.state <> 'closed')
         + (select count(*) from outcome.data_queries q where q.trial_id = p_trial and q.state <> 'closed'),
         (select count(*) from open.entries e where e.trial_id = p_trial and e.submitted_at is null)
         + (select count(*) from outcome.entries e where e.trial_id = p_trial and e.submitted_at is null)
    into queries, drafts;
  perform set_config('eq.sites', v_sites, true), set_config('eq.trial', v_trial, true);
  return next;
end $$;
comment on function open.unfinished(integer) is 'Data queries and unfinished forms a soft lock waits for; definer, since it counts over all sites';

-- The lifecycle of the study, whoever moves it: no step is skipped, two people lock, nothing unlocks,
-- and what is unblinded has its record.
create or replace function open.refuse_unlocking() returns trigger language plpgsql
  security definer set search_path = pg_catalog as $$
declare
  v_queries bigint;
  v_drafts bigint;
begin
  if new.state is not distinct from old.state then
    return new;
  end if;
  perform open.hold_gate(new.trial_id);
  if old.state in ('hard_locked', 'unblinded', 'archived')
     and (old.state, new.state) not in (('hard_locked', 'unblinded'), ('unblinded', 'archived')) then
    raise exception using errcode = 'EQ423', message = 'the study is locked';
  end if;
  if new.state = 'unblinded' and not exists (
     select from allocation.unblinding u where u.trial_id = new.trial_id) then
    raise exception using errcode = 'EQ429', message = 'the unblinding is not on record';
  end if;
  if (old.state, new.state) not in (('draft', 'testing'), ('draft', 'approved'), ('draft', 'enrolling'),
       ('testing', 'draft'), ('testing', 'approved'), ('testing', 'enrolling'), ('approved', 'enrolling'),
       ('enrolling', 'paused'), ('paused', 'enrolling'), ('enrolling', 'enrolment_closed'),
       ('paused', 'enrolment_closed'), ('enrolment_closed', 'followup_complete'),
       ('enrolling', 'soft_locked'), ('paused', 'soft_locked'), ('enrolment_closed', 'soft_locked'),
       ('followup_complete', 'soft_locked'), ('soft_locked', 'hard_locked'), ('hard_locked', 'unblinded'),
       ('unblinded', 'archived')) then
    raise exception using errcode = 'EQ409', message = 'not from this state';
  end if;
  if new.state = 'soft_locked' then
    select u.queries, u.drafts into v_queries, v_drafts from open.unfinished(new.trial_id) u;
    if v_queries + v_drafts > 0 then
      raise exception using errcode = 'EQ432', message = 'data queries are open or forms unfinished';
    end if;
  end if;
  if new.state = 'hard_locked' and ((select count(distinct s.signer) from open.lock_signatures s
          where s.trial_id = new.trial_id and s.act = 'hard_lock') < 2
     or not exists (select from open.cuts c where c.trial_id = new.trial_id and c.kind = 'hard_lock')) then
    raise exception using errcode = 'EQ409', message = 'two people lock what is soft-locked and cut';
  end if;
  return new;
end $$;

-- The state of study and site moves by these functions alone, which write the audit row with it.
create or replace function open.move_trial(p_from text[], p_to text, p_reason text) returns void
  language plpgsql volatile security definer set search_path = pg_catalog as $$
declare
  v_old text;
begin
  perform open.hold_gate(access.trial());
  select t.state into v_old from open.trials t where t.trial_id = access.trial() for no key update;
  if v_old is null or v_old <> all (p_from) then
    raise exception using errcode = 'EQ409', message = 'not from this state';
  end if;
  update open.trials t set state = p_to where t.trial_id = access.trial();
  perform open.note('*', 'study', 'state', p_reason, 'state', v_old, p_to);
end $$;
comment on function open.move_trial(text[], text, text) is
  'Moves the study along its lifecycle with its audit row; definer, since no login may move it otherwise';
revoke update (state) on open.trials from eq_open, eq_outcome, eq_committee, eq_custodian;

create or replace function open.move_site(p_site text, p_from text[], p_to text, p_reason text) returns void
  language plpgsql volatile security definer set search_path = pg_catalog as $$
declare
  v_old text;
begin
  select s.state into v_old from open.sites s
   where s.trial_id = access.trial() and s.site_key = p_site and access.sees_site(s.site_key) for update;
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
comment on function open.move_site(text, text[], text, text) is
  'Moves a site along its lifecycle with its audit row; definer, since no login may move it otherwise';
revoke update (state, activated_at) on open.sites from eq_open;

create or replace function open.sign_act(p_act text, p_attempt integer, p_name text, p_meaning text, p_detail text) returns integer
  language plpgsql volatile set search_path = pg_catalog as $$
declare
  v_signers integer;
begin
  perform open.hold_gate(access.trial());
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
grant execute on function open.hold_gate(integer) to eq_open, eq_outcome, eq_custodian, eq_committee;
grant execute on function open.unfinished(integer) to eq_outcome, eq_committee;

-- Treatment forms open data queries like any other, and who treats answers them.
grant insert on treatment.data_queries to eq_treating;
grant update (state, answer, closed_at) on treatment.data_queries to eq_treating;
grant execute on function treatment.open_data_query(text, text, text, integer, text, text, boolean),
  treatment.close_data_query(integer, text) to eq_treating;

-- A request that takes effect once. Its row is claimed before the act, marked in every transaction of
-- the act, and holds the sealed reply: in the act's own transaction where the act has one.
create table access.requests (
  user_id      bigint not null,
  operation    text not null check (length(operation) between 1 and 200),
  request_key  text not null check (length(request_key) between 16 and 64),
  request_hash bytea not null check (length(request_hash) = 32),
  claim        bytea check (length(claim) = 16),
  claimed_at   timestamptz not null default clock_timestamp(),
  took_effect  boolean not null default false,
  reply_box    bytea,
  replays      integer not null default 0,
  primary key (user_id, operation, request_key)
);
comment on table access.requests is 'Requests by their key: the same key and request take effect once and get the same bytes again';
comment on column access.requests.user_id is 'Requester, 0 for somebody without an account';
comment on column access.requests.operation is 'Method and pattern of the route';
comment on column access.requests.request_key is 'Key chosen by the client';
comment on column access.requests.request_hash is 'Digest of the request, without what proves who asks';
comment on column access.requests.claim is 'Who is working on it, null once given up';
comment on column access.requests.claimed_at is 'Instant of the claim';
comment on column access.requests.took_effect is 'Whether a transaction of the act was committed';
comment on column access.requests.reply_box is 'Sealed reply, null before';
comment on column access.requests.replays is 'Times repeated; writing it makes a replay wait for the standby';

create function access.claim_request(p_user bigint, p_operation text, p_key text, p_hash bytea, p_claim bytea,
  p_patience integer) returns table (outcome text, reply bytea)
  language plpgsql volatile security definer set search_path = pg_catalog as $$
declare
  v_known access.requests;
begin
  insert into access.requests (user_id, operation, request_key, request_hash, claim)
  values (p_user, p_operation, p_key, p_hash, p_claim)
  on conflict do nothing;
  if found then
    return query select 'claimed'::text, null::bytea;
    return;
  end if;
  select * into v_known from access.requests r
   where r.user_id = p_user and r.operation = p_operation and r.request_key = p_key for update;
  if v_known.request_key is null then
    return query select 'busy'::text, null::bytea;
  elsif v_known.request_hash <> p_hash then
    return query select 'other'::text, null::bytea;
  elsif v_known.reply_box is not null then
    update access.requests r set replays = r.replays + 1
     where r.user_id = p_user and r.operation = p_operation and r.request_key = p_key;
    return query select 'replay'::text, v_known.reply_box;
  elsif v_known.claim is not null and v_known.claimed_at > clock_timestamp() - make_interval(secs => p_patience) then
    return query select 'busy'::text, null::bytea;
  elsif v_known.claim is not null and v_known.took_effect then
    return query select 'lost'::text, null::bytea;
  else
    -- Whoever worked on it before can commit nothing any more: its mark would not find its claim.
    update access.requests r set claim = p_claim, claimed_at = clock_timestamp()
     where r.user_id = p_user and r.operation = p_operation and r.request_key = p_key;
    return query select 'claimed'::text, null::bytea;
  end if;
end $$;
comment on function access.claim_request(bigint, text, text, bytea, bytea, integer) is
  'Claims a request or tells what became of it: claimed, replay, busy, other, lost; definer, since no login holds the table';

create function access.mark_request(p_user bigint, p_operation text, p_key text, p_claim bytea, p_reply bytea) returns void
  language plpgsql volatile security definer set search_path = pg_catalog as $$
begin
  -- A transaction that wrote nothing is no effect.
  if pg_current_xact_id_if_assigned() is null then
    return;
  end if;
  update access.requests r set took_effect = true, reply_box = coalesce(p_reply, r.reply_box)
   where r.user_id = p_user and r.operation = p_operation and r.request_key = p_key and r.claim = p_claim;
  if not found then
    raise exception using errcode = 'EQ437', message = 'the request is no longer in these hands';
  end if;
end $$;
comment on function access.mark_request(bigint, text, text, bytea, bytea) is
  'Marks a request in a transaction of its act, with the reply where the act has one transaction; definer, as above';

create function access.keep_reply(p_user bigint, p_operation text, p_key text, p_claim bytea, p_reply bytea,
  p_effective boolean) returns void
  language sql volatile security definer set search_path = pg_catalog
begin atomic
  update access.requests r set reply_box = p_reply
   where r.user_id = p_user and r.operation = p_operation and r.request_key = p_key and r.claim = p_claim
     and r.reply_box is null and (r.took_effect or not p_effective);
end;
comment on function access.keep_reply(bigint, text, text, bytea, bytea, boolean) is
  'Keeps the reply of an act with several transactions; definer, as above';

create function access.give_up_request(p_user bigint, p_operation text, p_key text, p_claim bytea) returns void
  language sql volatile security definer set search_path = pg_catalog
begin atomic
  delete from access.requests r
   where r.user_id = p_user and r.operation = p_operation and r.request_key = p_key and r.claim = p_claim
     and not r.took_effect;
  update access.requests r set claim = null
   where r.user_id = p_user and r.operation = p_operation and r.request_key = p_key and r.claim = p_claim
     and r.reply_box is null;
end;
comment on function access.give_up_request(bigint, text, text, bytea) is
  'Frees a request that was refused, so that it can be asked again; definer, as above';
grant execute on function access.claim_request(bigint, text, text, bytea, bytea, integer),
  access.keep_reply(bigint, text, text, bytea, bytea, boolean), access.give_up_request(bigint, text, text, bytea) to eq_access;
grant execute on function access.mark_request(bigint, text, text, bytea, bytea) to eq_access, eq_open, eq_rater,
  eq_participant, eq_outcome, eq_treating, eq_allocator, eq_custodian, eq_committee, eq_reports;

-- What each role of a trial knows of arms, so that grants are judged by history here as well.
create table access.role_kinds (
  trial_id integer not null,
  role     text not null,
  blinding text not null check (blinding in ('blinded', 'unblinded', 'unblindedAcrossSites', 'none', 'participant')),
  primary key (trial_id, role)
);
comment on table access.role_kinds is 'What the roles of a trial know of arms, from its definition';
comment on column access.role_kinds.trial_id is 'Trial';
comment on column access.role_kinds.role is 'Role of the trial''s definition';
comment on column access.role_kinds.blinding is 'What a holder knows of arms';
grant select, insert on access.role_kinds to eq_access;
grant update (granted_at, granted_by) on access.grants to eq_access;

create function access.refuse_blinding_of_the_unblinded() returns trigger language plpgsql
  security definer set search_path = pg_catalog as $$
begin
  if new.ended_at is null and exists (
       select from access.role_kinds k
        where k.trial_id = new.trial_id and k.role = new.role and k.blinding = 'blinded')
     and exists (
       select from access.grants g join access.role_kinds k on k.trial_id = g.trial_id and k.role = g.role
        where g.trial_id = new.trial_id and g.user_id = new.user_id
          and k.blinding in ('unblinded', 'unblindedAcrossSites')) then
    raise exception using errcode = 'EQ433', message = 'who once knew arms is not blinded again';
  end if;
  return new;
end $$;
comment on function access.refuse_blinding_of_the_unblinded() is
  'Trigger: who ever held an unblinded role gets no blinded one in the same trial, ended grants included';
create trigger grants_by_history before insert or update on access.grants
  for each row execute function access.refuse_blinding_of_the_unblinded();

-- A likeness is judged when there is one, and for those alike at that moment: who comes later is
-- judged anew.
alter table open.participants add column likeness_judged integer check (likeness_judged >= 1);
comment on column open.participants.likeness_judged is 'How many people alike were judged, null when none was';

create function open.alike(p_participant text) returns integer
  language plpgsql volatile security definer set search_path = pg_catalog as $$
declare
  v_sites text := coalesce(current_setting('eq.sites', true), '');
  v_found integer;
begin
  perform set_config('eq.sites', '*', true);
  select count(*) into v_found from open.participants p
    join open.participants other
      on other.trial_id = p.trial_id and other.likeness = p.likeness and other.participant <> p.participant
   where p.trial_id = access.trial() and p.participant = p_participant;
  perform set_config('eq.sites', v_sites, true);
  return v_found;
end $$;
comment on function open.alike(text) is 'How many people alike are enrolled at any site; definer, since the asker sees one site';
grant execute on function open.alike(text) to eq_allocator;

create or replace function open.resolve_likeness(p_participant text, p_reason text) returns void
  language plpgsql volatile security definer set search_path = pg_catalog as $$
declare
  v_site text;
  v_alike integer := open.alike(p_participant);
begin
  select p.site_key into v_site from open.participants p
   where p.trial_id = access.trial() and p.participant = p_participant for update;
  if v_site is null then
    raise exception using errcode = 'EQ404', message = 'no such participant in scope';
  end if;
  update open.participants p set likeness_resolved_by = access.actor(), likeness_judged = v_alike
   where p.trial_id = access.trial() and p.participant = p_participant and v_alike > 0
     and (p.likeness_resolved_by is null or v_alike > coalesce(p.likeness_judged, v_alike));
  if not found then
    raise exception using errcode = 'EQ434', message = 'there is no likeness to judge';
  end if;
  perform open.note(v_site, p_participant, 'likeness judged another person', p_reason);
end $$;
comment on function open.resolve_likeness(text, text) is
  'Records that a likeness was judged to be another person; definer, since it looks over all sites';
revoke update (likeness_resolved_by) on open.participants from eq_open, eq_treating;

create or replace function allocation.readiness_facts(p_participant text) returns jsonb
  language sql volatile set search_path = pg_catalog
begin atomic
  select jsonb_build_object(
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
       select e.form, e.visit, e.version, e.status, e.answers, e.entered_at, e.submitted_at,
              (select jsonb_agg(jsonb_build_object('role', g.signer_role, 'at', g.at, 'version', g.version) order by g.at)
                 from open.signatures g
                where g.trial_id = e.trial_id and g.participant = e.participant and g.form = e.form
                  and g.visit = e.visit and g.repeat = e.repeat and g.voided_at is null) as signatures
         from open.entries e
        where e.trial_id = p.trial_id and e.participant = p.participant and e.repeat = 1
       union all
       select e.form, e.visit, e.version, e.status, e.answers, e.entered_at, e.submitted_at, null
         from outcome.entries e
        where e.trial_id = p.trial_id and e.participant = p.participant and e.repeat = 1) e))
    from open.participants p
    join open.trials t on t.trial_id = p.trial_id
    join open.sites s on s.trial_id = p.trial_id and s.site_key = p.site_key
   where p.trial_id = access.trial() and p.participant = p_participant;
end;

drop function open.has_likeness(text);

-- Looks are taken by the plan: each planned look once, one at a time.
alter table open.interim_looks add column look text;
comment on column open.interim_looks.look is 'The look of the plan, null for one outside it';
create unique index interim_looks_once on open.interim_looks (trial_id, look);
-- Of two builders at one moment the number of the cut lets one through.
create function open.refuse_second_look() returns trigger language plpgsql
  set search_path = pg_catalog as $$
begin
  if exists (select from open.interim_looks l where l.trial_id = new.trial_id and l.released_at is null) then
    raise exception using errcode = 'EQ435', message = 'the look before is not released';
  end if;
  return new;
end $$;
comment on function open.refuse_second_look() is 'Trigger: a look is built only when the one before is released';
create trigger interim_looks_in_turn before insert on open.interim_looks
  for each row execute function open.refuse_second_look();

-- A booking tells nothing of disclosures: where no rater is free of the participant, the rating waits
-- for one and the booker gets the same answer.
alter table outcome.rating_tasks alter column rater drop not null;
drop policy rating_tasks_own on outcome.rating_tasks;
create policy rating_tasks_own on outcome.rating_tasks
  using (trial_id = (select access.trial())
    and (current_user <> 'eq_rater' or rater = (select access.actor())))
  with check (trial_id = (select access.trial()));

create function outcome.draw_rater(p_participant text, p_token text, p_roles text[], p_record text, p_field text,
  p_none text) returns bigint
  language sql volatile set search_path = pg_catalog
begin atomic
  select g.user_id
    from access.grants g join access.users u using (user_id)
   where g.trial_id = access.trial() and g.role = any (p_roles) and g.ended_at is null and u.is_enabled
     and g.user_id is distinct from (
       select t.rater from outcome.rating_tasks t
        where t.trial_id = access.trial() and t.participant = p_participant and t.token <> p_token
        order by t.starts_at desc, t.token limit 1)
     and not exists (
       select from treatment.entries e
        where e.trial_id = access.trial() and e.participant = p_participant and e.form = p_record
          and e.author = g.user_id and e.answers ->> p_field <> p_none)
   order by sha256(convert_to(p_token || g.user_id, 'UTF8'))
   limit 1;
end;
comment on function outcome.draw_rater(text, text, text[], text, text, text) is
  'Draws a rater of the pool, not the one of the preceding rating, not one to whom this arm was disclosed';

create function outcome.draw_waiting(p_roles text[], p_record text, p_field text, p_none text) returns void
  language plpgsql volatile security definer set search_path = pg_catalog as $$
declare
  v_sites text := coalesce(current_setting('eq.sites', true), '');
  v_task outcome.rating_tasks;
  v_rater bigint;
begin
  perform set_config('eq.sites', '*', true);
  for v_task in select * from outcome.rating_tasks t
     where t.trial_id = access.trial() and t.rater is null order by t.starts_at, t.token for update loop
    v_rater := outcome.draw_rater(v_task.participant, v_task.token, p_roles, p_record, p_field, p_none);
    if v_rater is not null then
      update outcome.rating_tasks t set rater = v_rater where t.trial_id = access.trial() and t.token = v_task.token;
      perform treatment.note(v_task.site_key, v_task.participant || '/rating@' || v_task.visit, 'rater drawn');
    end if;
  end loop;
  perform set_config('eq.sites', v_sites, true);
end $$;
comment on function outcome.draw_waiting(text[], text, text, text) is
  'Draws raters for ratings that wait for one; definer, since bookers may not know raters or disclosures';

drop function outcome.book_rating(text, text, text[], timestamptz, text, text);
create function outcome.book_rating(p_participant text, p_visit text, p_forms text[], p_starts_at timestamptz,
  p_token text, p_language text, p_roles text[], p_record text, p_field text, p_none text) returns void
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
  v_rater := outcome.draw_rater(p_participant, p_token, p_roles, p_record, p_field, p_none);
  insert into outcome.rating_tasks (trial_id, token, participant, site_key, visit, forms, rater, language, starts_at, state)
  values (access.trial(), p_token, p_participant, v_site, p_visit, p_forms, v_rater, p_language, p_starts_at, 'booked');
  foreach v_form in array p_forms loop
    insert into open.collection_status (trial_id, participant, site_key, form, visit, state, planned_for, at)
    values (access.trial(), p_participant, v_site, v_form, p_visit, 'booked', p_starts_at, open.act_time());
  end loop;
  perform open.note(v_site, p_participant || '/rating@' || p_visit, 'rating booked');
  if v_rater is null then
    perform treatment.note(v_site, p_participant || '/rating@' || p_visit, 'rating waits for a rater');
  end if;
end $$;
comment on function outcome.book_rating(text, text, text[], timestamptz, text, text, text[], text, text, text)
  is 'Books a central rating with a rater drawn at random; definer, since bookers may not know raters or disclosures';
grant execute on function outcome.book_rating(text, text, text[], timestamptz, text, text, text[], text, text, text),
  outcome.draw_waiting(text[], text, text, text) to eq_open;

drop function treatment.save_blinding_record(text, jsonb, text);
create function treatment.save_blinding_record(p_token text, p_form text, p_answers jsonb, p_definition text) returns integer
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
  v_version := treatment.save_entry(v_task.participant, p_form, v_task.visit, 1, 0, p_answers, true, '', p_definition);
  update outcome.rating_tasks t set state = 'recorded' where t.trial_id = access.trial() and t.token = p_token;
  return v_version;
end $$;
comment on function treatment.save_blinding_record(text, text, jsonb, text)
  is 'The rater''s guess, only after the ratings; definer, since raters write no treatment table';
grant execute on function treatment.save_blinding_record(text, text, jsonb, text) to eq_rater;

-- A save that changes nothing makes no version: versions and audit rows belong together. The same
-- function once for each class that has entries.
do $do$
declare
  v_class text;
begin
  foreach v_class in array array['open', 'outcome', 'treatment'] loop
    execute replace($sql$
create or replace function {class}.save_entry(p_participant text, p_form text, p_visit text, p_repeat integer,
  p_expected integer, p_answers jsonb, p_submit boolean, p_reason text, p_definition text) returns integer
  language plpgsql volatile set search_path = pg_catalog as $$
declare
  v_trial integer := access.trial();
  v_now timestamptz := open.act_time();
  v_old {class}.entries;
  v_site text;
  v_level text;
  v_state text;
  v_version integer;
  v_status text := case when p_submit then 'submitted' else 'in_progress' end;
  v_changed bigint;
begin
  select p.site_key, p.withdrawal_level, p.state into v_site, v_level, v_state
    from open.participants p where p.trial_id = v_trial and p.participant = p_participant;
  if v_site is null then
    raise exception using errcode = 'EQ404', message = 'no such participant in scope';
  end if;
  if v_level = 'W4' or v_state = 'died' then
    raise exception using errcode = 'EQ424', message = 'no further data of this participant';
  end if;
  select * into v_old from {class}.entries e
   where e.trial_id = v_trial and e.participant = p_participant and e.form = p_form
     and e.visit = p_visit and e.repeat = p_repeat
     for update;
  if coalesce(v_old.version, 0) <> p_expected then
    raise exception using errcode = 'EQ412', message = 'the entry was saved meanwhile';
  end if;
  if v_old.status in ('frozen', 'locked') then
    raise exception using errcode = 'EQ423', message = 'the entry is closed';
  end if;
  if v_old.submitted_at is not null and (not p_submit or length(p_reason) < 3) then
    raise exception using errcode = 'EQ422', message = 'a submitted entry changes with a reason';
  end if;
  -- A version is a change: the answers differ, or a draft is handed in.
  if v_old.version is not null and v_old.answers = p_answers then
    if v_old.submitted_at is not null then
      raise exception using errcode = 'EQ438', message = 'nothing differs from what is saved';
    elsif not p_submit then
      return v_old.version;
    end if;
  end if;
  v_version := p_expected + 1;
  if p_expected = 0 then
    insert into {class}.entries (trial_id, participant, site_key, form, visit, repeat, version, status,
      answers, definition, author, entered_at, submitted_at)
    values (v_trial, p_participant, v_site, p_form, p_visit, p_repeat, 1, v_status, p_answers,
      p_definition, access.actor(), v_now, case when p_submit then v_now end)
    on conflict do nothing;
    if not found then
      raise exception using errcode = 'EQ412', message = 'the entry was saved meanwhile';
    end if;
  else
    update {class}.entries e
       set version = v_version, status = v_status, answers = p_answers, definition = p_definition,
           author = access.actor(), entered_at = v_now,
           submitted_at = coalesce(e.submitted_at, case when p_submit then v_now end)
     where e.trial_id = v_trial and e.participant = p_participant and e.form = p_form
       and e.visit = p_visit and e.repeat = p_repeat;
    update {class}.signatures s set voided_at = v_now
     where s.trial_id = v_trial and s.participant = p_participant and s.form = p_form
       and s.visit = p_visit and s.repeat = p_repeat and s.voided_at is null;
    if found then
      perform {class}.note(v_site, p_participant || '/' || p_form || '@' || p_visit || '#' || p_repeat,
        'signature voided', p_reason);
    end if;
  end if;
  insert into {class}.entry_versions (trial_id, participant, site_key, form, visit, repeat, version,
    status, answers, author, at, reason)
  values (v_trial, p_participant, v_site, p_form, p_visit, p_repeat, v_version, v_status, p_answers,
    access.actor(), v_now, p_reason);
  insert into {class}.audit (trial_id, seq, at, actor, role, site_key, object, action, field, old, new, reason, hash)
  select v_trial, 0, v_now, access.actor(), access.acting_role(), v_site,
         p_participant || '/' || p_form || '@' || p_visit || '#' || p_repeat,
         case when p_submit then 'submitted' else 'drafted' end, changed.key, changed.old, changed.new, p_reason, '\x'
    from (select coalesce(o.key, n.key) as key, o.value::text as old, n.value::text as new
            from jsonb_each(coalesce(v_old.answers, '{}')) o
            full join jsonb_each(p_answers) n on n.key = o.key
           where o.value is distinct from n.value
           order by 1) changed;
  get diagnostics v_changed = row_count;
  if p_submit and v_old.submitted_at is null then
    perform {class}.note(v_site, p_participant || '/' || p_form || '@' || p_visit || '#' || p_repeat, 'complete');
  elsif v_changed = 0 then
    perform {class}.note(v_site, p_participant || '/' || p_form || '@' || p_visit || '#' || p_repeat, 'drafted');
  end if;
  return v_version;
end $$;
$sql$, '{class}', v_class);
  end loop;
end $do$;
