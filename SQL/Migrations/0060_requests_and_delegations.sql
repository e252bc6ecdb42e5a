-- Third form of an audit row: also the number of the request that asked for the act, and the delegation it was done
-- under, which is the period of the role (decision 25). Rows written before keep their form and their hash.
create index grant_periods_by_holder on access.grant_periods (trial_id, user_id, role, period_id);

create function access.acting_period() returns bigint
  language sql stable security definer set search_path = pg_catalog
begin atomic
  select p.period_id from access.grant_periods p
   where p.trial_id = access.trial() and p.user_id = access.actor() and p.role = access.acting_role()
     and p.ended_at is null and p.site_key in ('*', current_setting('eq.sites', true))
   order by p.period_id desc limit 1;
end;
comment on function access.acting_period() is
  'The period of the role the present act is done in, null for the system; definer, since no login of an act reads periods';

create function access.delegated_on(p_period bigint) returns date
  language sql stable security definer set search_path = pg_catalog
begin atomic
  select p.delegated_on from access.grant_periods p where p.period_id = p_period;
end;
comment on function access.delegated_on(bigint) is
  'The day of the delegation a period of a role rests on, for readers of the audit trail; definer, as above';

alter table treatment.team_acts
  add column request text not null default '',
  add column grant_period bigint;
comment on column treatment.team_acts.request is 'Number of the request, empty outside of one';
comment on column treatment.team_acts.grant_period is 'Period of the role acted in, null where there is none';

create or replace function treatment.team_act() returns bigint
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
  insert into treatment.team_acts (trial_id, site_key, user_id, role, session, at, request, grant_period)
  values (access.trial(), coalesce(nullif(current_setting('eq.sites', true), ''), '*'), access.actor(),
    access.acting_role(), coalesce(current_setting('eq.session', true), ''), open.act_time(),
    coalesce(current_setting('eq.request', true), ''), access.acting_period())
  returning act into v_act;
  perform set_config('eq.team_act', v_who || v_act, true);
  return v_act;
end $$;

do $do$
declare
  v_class text;
  v_named text := $who$new.actor := access.actor();
  new.role := access.acting_role();
  new.session := coalesce(current_setting('eq.session', true), '');
  new.request := coalesce(current_setting('eq.request', true), '');
  new.grant_period := access.acting_period();$who$;
  -- In the classes blinded people read, the mark stands in the place of person, role, session, request and period.
  v_unnamed text := $who$if access.acts_unnamed() then
    new.actor := - treatment.team_act();
    new.role := 'treatment_team';
    new.session := '';
    new.request := '';
    new.grant_period := null;
  else
    new.actor := access.actor();
    new.role := access.acting_role();
    new.session := coalesce(current_setting('eq.session', true), '');
    new.request := coalesce(current_setting('eq.request', true), '');
    new.grant_period := access.acting_period();
  end if;$who$;
begin
  foreach v_class in array array['open', 'outcome', 'treatment', 'allocation'] loop
    execute replace(replace($sql$
alter table {class}.audit
  add column request text not null default '',
  add column grant_period bigint,
  drop constraint audit_format_check,
  add constraint audit_format_check check (format in (1, 2, 3));
comment on column {class}.audit.format is
  '1: the hash covers the values; 2: it covers their salted digests and the columns after it up to cause; 3: also request and period';
comment on column {class}.audit.request is
  'Number of the request, drawn at random; empty for the system, and where the treatment team is not named';
comment on column {class}.audit.grant_period is
  'Period of the role acted in, with its evidence of delegation; null for the system, and where the treatment team is not named';
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
  new.format := 3;
  new.at := open.act_time();
  {who}
  new.software := coalesce(current_setting('eq.software', true), '');
  new.cause := coalesce(nullif(current_setting('eq.cause', true), ''), case when new.actor is null then 'rule' else 'person' end);
  new.zone := coalesce((select s.zone from open.sites s
    where s.trial_id = new.trial_id and s.site_key = new.site_key), 'UTC');
  new.salt := uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid());
  new.old_digest := sha256(substr(new.salt, 1, 16) || convert_to(new.old, 'UTF8'));
  new.new_digest := sha256(substr(new.salt, 17, 16) || convert_to(new.new, 'UTF8'));
  new.reason_digest := sha256(substr(new.salt, 33, 16) || convert_to(new.reason, 'UTF8'));
  new.hash := sha256(v_head.head || convert_to(jsonb_build_array(3, new.trial_id, new.seq,
    extract(epoch from new.at)::numeric(20,6)::text, new.actor, new.role, new.site_key, new.object,
    new.action, new.field, encode(new.old_digest, 'hex'), encode(new.new_digest, 'hex'),
    encode(new.reason_digest, 'hex'), new.software, new.session, new.zone, new.cause, new.request,
    new.grant_period)::text, 'UTF8'));
  update {class}.audit_heads h set size = new.seq, head = new.hash where h.trial_id = new.trial_id;
  return new;
end $$;
$sql$, '{who}', case when v_class in ('open', 'outcome') then v_unnamed else v_named end), '{class}', v_class);
  end loop;
end $do$;

-- Request and period of the act a mark stands for, to a login that reads class treatment; to any other, of none.
create function access.team_request(p_person bigint) returns table (request text, grant_period bigint)
  language plpgsql stable security definer set search_path = pg_catalog as $$
begin
  if p_person < 0 and has_table_privilege(session_user, 'treatment.team_acts', 'select') then
    return query select t.request, t.grant_period from treatment.team_acts t where t.act = - p_person;
  end if;
end $$;
comment on function access.team_request(bigint) is
  'Request and period of the act a mark stands for, for logins that read class treatment; definer, since the others may not ask';

-- Which accounts are connected to this database, since no login reads the server's statistics (decision 25).
create function access.connected_accounts() returns table (account text)
  language sql volatile security definer set search_path = pg_catalog
begin atomic
  select distinct a.usename::text from pg_stat_activity a
   where a.datname = current_database() and a.usename is not null;
end;
comment on function access.connected_accounts() is
  'Accounts connected to this database; definer, since the statistics of the server are closed to the logins';

revoke execute on function access.acting_period(), access.delegated_on(bigint), access.team_request(bigint),
  access.connected_accounts() from public;
grant execute on function access.delegated_on(bigint), access.team_request(bigint) to eq_open, eq_outcome, eq_treating,
  eq_custodian, eq_committee;
grant execute on function access.connected_accounts() to eq_access;
