-- Who treats is not named in the classes that blinded people read: which of the team acts for a participant tells the
-- arm. A person is of class treatment, as what the person does is; the open record keeps a mark of the act in the place
-- of the person, and the person stands here. Signatures name who signed (decision 20).
create table treatment.team_acts (
  act      bigint generated always as identity primary key,
  trial_id integer not null,
  site_key text not null,
  user_id  bigint not null,
  role     text not null,
  session  text not null,
  at       timestamptz not null
);
comment on table treatment.team_acts is
  'Who of the treatment team acted where the open record says so without a person; append-only';
comment on column treatment.team_acts.act is 'Mark of the act: the classes open and outcome hold it, below zero, in the place of a person';
comment on column treatment.team_acts.trial_id is 'Trial';
comment on column treatment.team_acts.site_key is 'Site acted at, * for all';
comment on column treatment.team_acts.user_id is 'User';
comment on column treatment.team_acts.role is 'Role acted in';
comment on column treatment.team_acts.session is 'Mark of the session';
comment on column treatment.team_acts.at is 'Instant';
create trigger team_acts_append_only before update or delete or truncate on treatment.team_acts
  for each statement execute function access.refuse_change();
alter table treatment.team_acts enable row level security;
alter table treatment.team_acts force row level security;
create policy team_acts_scope on treatment.team_acts
  using (trial_id = (select access.trial()) and (site_key = '*' or access.sees_site(site_key)))
  with check (trial_id = (select access.trial()));
grant select on treatment.team_acts to eq_treating, eq_committee;
select treatment.seal_table('team_acts');

create function access.acts_unnamed() returns boolean
  language sql stable security definer set search_path = pg_catalog
begin atomic
  select access.actor() is not null and coalesce(
    (select k.blinding = 'unblinded' from access.role_kinds k
      where k.trial_id = access.trial() and k.role = access.acting_role()),
    session_user = 'eq_treating');
end;
comment on function access.acts_unnamed() is
  'Whether who acts is of the treatment team of a site, where in doubt by the login; definer, since no login reads what roles know';

create function treatment.team_act() returns bigint
  language plpgsql volatile security definer set search_path = pg_catalog as $$
declare
  v_who text := access.actor() || '/' || access.acting_role() || '/';
  v_known text := coalesce(current_setting('eq.team_act', true), '');
  v_act bigint;
begin
  -- One mark for all that one transaction writes.
  if starts_with(v_known, v_who) then
    return substr(v_known, length(v_who) + 1)::bigint;
  end if;
  insert into treatment.team_acts (trial_id, site_key, user_id, role, session, at)
  values (access.trial(), coalesce(nullif(current_setting('eq.sites', true), ''), '*'), access.actor(),
    access.acting_role(), coalesce(current_setting('eq.session', true), ''), open.act_time())
  returning act into v_act;
  perform set_config('eq.team_act', v_who || v_act, true);
  return v_act;
end $$;
comment on function treatment.team_act() is
  'The mark of the present act of the treatment team; definer, since no login writes who acted';

create function access.unname_person() returns trigger language plpgsql
  security definer set search_path = pg_catalog as $$
declare
  v_person bigint := (to_jsonb(new) ->> tg_argv[0])::bigint;
begin
  if access.acts_unnamed() and (v_person < 0 or v_person = access.actor()) then
    new := jsonb_populate_record(new, jsonb_build_object(tg_argv[0], - treatment.team_act())
      || case when tg_nargs > 1 then jsonb_build_object(tg_argv[1], 'treatment_team') else '{}' end);
  end if;
  return new;
end $$;
comment on function access.unname_person() is
  'Trigger: a mark in the place of a person of the treatment team, and no role; definer, as above';

-- The columns in which the classes open and outcome tell a person who is not a signer.
do $do$
declare
  v_class text;
  v_place text[];
begin
  foreach v_class in array array['open', 'outcome'] loop
    foreach v_place slice 1 in array array[
      ['entries', 'author', ''], ['entry_versions', 'author', ''], ['data_queries', 'opened_by', ''],
      ['data_query_messages', 'author', 'role'], ['alerts', 'acknowledged_by', ''], ['deviations', 'judged_by', ''],
      ['clocks', 'met_by', ''], ['clock_starts', 'changed_by', ''], ['imports', 'imported_by', 'role'],
      ['judgements', 'judged_by', 'judged_role'], ['participants', 'likeness_resolved_by', ''],
      ['reconsent_tasks', 'done_by', '']]
    loop
      continue when to_regclass(format('%I.%I', v_class, v_place[1])) is null;
      execute format('create trigger person_unnamed before insert or update of %I on %I.%I
        for each row execute function access.unname_person(%s)', v_place[2], v_class, v_place[1],
        concat_ws(', ', quote_literal(v_place[2]), quote_literal(nullif(v_place[3], ''))));
    end loop;
    -- As before, with the mark in the place of person, role and session.
    execute replace($sql$
create or replace function {class}.chain_audit() returns trigger language plpgsql
  security definer set search_path = pg_catalog as $$
declare
  v_head {class}.audit_heads;
begin
  select * into v_head from {class}.audit_heads h where h.trial_id = new.trial_id for update;
  if not found then
    insert into {class}.audit_heads (trial_id) values (new.trial_id) on conflict do nothing;
    select * into strict v_head from {class}.audit_heads h where h.trial_id = new.trial_id for update;
  end if;
  new.seq := v_head.size + 1;
  -- Who, when, where and by what are taken from the request, never from who inserts.
  new.format := 2;
  new.at := open.act_time();
  if access.acts_unnamed() then
    new.actor := - treatment.team_act();
    new.role := 'treatment_team';
    new.session := '';
  else
    new.actor := access.actor();
    new.role := access.acting_role();
    new.session := coalesce(current_setting('eq.session', true), '');
  end if;
  new.software := coalesce(current_setting('eq.software', true), '');
  new.cause := coalesce(nullif(current_setting('eq.cause', true), ''), case when new.actor is null then 'rule' else 'person' end);
  new.zone := coalesce((select s.zone from open.sites s
    where s.trial_id = new.trial_id and s.site_key = new.site_key), 'UTC');
  new.salt := uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid());
  new.old_digest := sha256(substr(new.salt, 1, 16) || convert_to(new.old, 'UTF8'));
  new.new_digest := sha256(substr(new.salt, 17, 16) || convert_to(new.new, 'UTF8'));
  new.reason_digest := sha256(substr(new.salt, 33, 16) || convert_to(new.reason, 'UTF8'));
  new.hash := sha256(v_head.head || convert_to(jsonb_build_array(2, new.trial_id, new.seq,
    extract(epoch from new.at)::numeric(20,6)::text, new.actor, new.role, new.site_key, new.object,
    new.action, new.field, encode(new.old_digest, 'hex'), encode(new.new_digest, 'hex'),
    encode(new.reason_digest, 'hex'), new.software, new.session, new.zone, new.cause)::text, 'UTF8'));
  update {class}.audit_heads h set size = new.seq, head = new.hash where h.trial_id = new.trial_id;
  return new;
end $$;
$sql$, '{class}', v_class);
  end loop;
end $do$;

-- Who a mark stands for, to a login that reads class treatment; the treatment team to any other.
create function access.team_member(p_person bigint)
  returns table (user_id bigint, username text, full_name text, role text, session text)
  language plpgsql stable security definer set search_path = pg_catalog as $$
begin
  if p_person >= 0 or p_person is null then
    return;
  end if;
  if has_table_privilege(session_user, 'treatment.team_acts', 'select') then
    return query select t.user_id, u.username, u.full_name, t.role, t.session
      from treatment.team_acts t join access.users u on u.user_id = t.user_id
     where t.act = - p_person;
    if found then
      return;
    end if;
  end if;
  return query select null::bigint, '', 'Treatment team', 'treatment_team', '';
end $$;
comment on function access.team_member(bigint) is
  'Who of the treatment team a mark stands for, for logins that read class treatment; definer, since the others may not ask';

create function access.is_actor(p_person bigint) returns boolean
  language sql stable security definer set search_path = pg_catalog
begin atomic
  select case when p_person >= 0 then p_person = access.actor()
    else exists (select from treatment.team_acts t where t.act = - p_person and t.user_id = access.actor()) end;
end;
comment on function access.is_actor(bigint) is 'Whether a person or a mark is who acts; definer, as above';
revoke execute on function access.acts_unnamed(), treatment.team_act(), access.unname_person(),
  access.team_member(bigint), access.is_actor(bigint) from public;
grant execute on function access.team_member(bigint), access.is_actor(bigint) to eq_open, eq_outcome, eq_treating,
  eq_allocator, eq_custodian, eq_committee, eq_reports;

-- Own entries stay own ones where a mark stands in the place of their author.
do $do$
declare
  v_class text;
begin
  foreach v_class in array array['open', 'outcome'] loop
    execute replace($sql$
alter policy entries_own on {class}.entries
  using ((select access.own_forms()) is null or form <> all ((select access.own_forms())::text[])
    or access.is_actor(author));
alter policy entry_versions_own on {class}.entry_versions
  using ((select access.own_forms()) is null or form <> all ((select access.own_forms())::text[])
    or access.is_actor(author));
alter policy audit_own on {class}.audit
  using ((select access.own_forms()) is null
    or split_part(split_part(object, '/', 2), '@', 1) <> all ((select access.own_forms())::text[])
    or access.is_actor(actor));
create or replace function {class}.is_own_entry(p_participant text, p_form text, p_visit text, p_repeat integer) returns boolean
  language sql stable set search_path = pg_catalog
begin atomic
  select exists (select from {class}.entries e
     where e.trial_id = access.trial() and e.participant = p_participant and e.form = p_form
       and e.visit = p_visit and e.repeat = p_repeat and access.is_actor(e.author));
end;

create or replace function {class}.end_drafts() returns trigger language plpgsql
  security definer set search_path = pg_catalog as $$
begin
  delete from {class}.drafts d
   where d.trial_id = new.trial_id and d.participant = new.participant and d.form = new.form
     and d.visit = new.visit and d.author in (new.author, access.actor())
     and (d.repeat = new.repeat or tg_op = 'INSERT' and d.repeat = 0);
  return null;
end $$;

create or replace function {class}.keep_draft(p_participant text, p_form text, p_visit text, p_repeat integer,
  p_version integer, p_typed jsonb) returns timestamptz
  language plpgsql volatile security definer set search_path = pg_catalog as $$
declare
  v_now timestamptz := open.act_time();
  v_participant record;
begin
  select * into v_participant from open.filed_under(p_participant);
  if v_participant.site_key is null then
    raise exception using errcode = 'EQ404', message = 'no such participant or site in scope';
  end if;
  if v_participant.withdrawal_level = 'W4' or v_participant.state = 'died' then
    raise exception using errcode = 'EQ424', message = 'no further data of this participant';
  end if;
  -- A draft that arrives after its author's own save of the same boxes is late.
  if exists (select from {class}.entries e
     where e.trial_id = access.trial() and e.participant = p_participant and e.form = p_form and e.visit = p_visit
       and e.repeat = p_repeat and access.is_actor(e.author) and e.version > p_version) then
    raise exception using errcode = 'EQ412', message = 'the entry was saved meanwhile';
  end if;
  insert into {class}.drafts as d (trial_id, participant, site_key, form, visit, repeat, author, version, typed, kept_at)
  values (access.trial(), p_participant, v_participant.site_key, p_form, p_visit, p_repeat, access.actor(),
    p_version, p_typed, v_now)
  on conflict (trial_id, participant, form, visit, repeat, author) do update
    set version = excluded.version, typed = excluded.typed, kept_at = excluded.kept_at;
  return v_now;
end $$;

create or replace function {class}.alerts_to_act_on()
  returns table (alert text, participant text, form text, visit text, name text, title text, items text,
    raised_at timestamptz, due_at timestamptz, repeats bigint, escalated_at timestamptz, acknowledged_at timestamptz,
    acknowledged_by text, action_taken text)
  language sql stable security definer set search_path = pg_catalog
begin atomic
  select a.alert::text, a.participant, a.form, a.visit, a.name, a.title, a.items, a.raised_at, a.due_at,
         a.repeats::bigint, a.escalated_at, a.acknowledged_at,
         coalesce(u.full_name, (select m.full_name from access.team_member(a.acknowledged_by) m)), a.action_taken
    from {class}.alerts a left join access.users u on u.user_id = a.acknowledged_by
   where a.trial_id = access.trial() and access.acting_role() = any (a.recipients)
   order by a.acknowledged_at is not null, a.due_at, a.participant, a.name
   limit 500;
end;
$sql$, '{class}', v_class);
  end loop;
end $do$;
