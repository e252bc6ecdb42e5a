-- One schema per data class, one for accounts. The class of a table is its schema (Docs/Decisions/0002).
create schema access;
create schema open;
create schema outcome;
create schema treatment;
create schema allocation;
create schema sealed;
create schema identity;

comment on schema access is 'Accounts, grants, sessions, request keys: who may act';
comment on schema open is 'Class open: reveals nothing about allocation';
comment on schema outcome is 'Class outcome: endpoint values';
comment on schema treatment is 'Class treatment: reveals allocation directly or by inference';
comment on schema allocation is 'Class allocation: the ledger, sealed arms, acknowledgements, closed reports';
comment on schema sealed is 'Class sealed: seed and scheme boxes, whose key is not in the database';
comment on schema identity is 'Class identity: names, contacts, birth dates';

revoke all on schema public from public;
revoke create, temporary on database :database from public;
alter default privileges revoke execute on functions from public;

-- The context of a request. Every statement of a request runs after these are set in its
-- transaction; unset means null, and a policy that compares with null shows nothing.
create function access.trial() returns integer language sql stable
  set search_path = pg_catalog
  return nullif(current_setting('eq.trial', true), '')::integer;
comment on function access.trial() is 'The trial of the current request, null outside one';

create function access.actor() returns bigint language sql stable
  set search_path = pg_catalog
  return nullif(current_setting('eq.actor', true), '')::bigint;
comment on function access.actor() is 'The user who acts, null outside a request';

create function access.acting_role() returns text language sql stable
  set search_path = pg_catalog
  return nullif(current_setting('eq.role', true), '');
comment on function access.acting_role() is 'The role in which the user acts, null outside a request';

create function access.sees_site(site text) returns boolean language sql stable
  set search_path = pg_catalog
  return coalesce(
    current_setting('eq.sites', true) = '*'
      or site = any (string_to_array(current_setting('eq.sites', true), ',')), false);
comment on function access.sees_site(text) is 'Whether the current request''s scope holds the site; false outside a request';

create function access.refuse_change() returns trigger language plpgsql
  set search_path = pg_catalog as $$
begin
  raise exception using errcode = 'EQ403', message = format('%I.%I is append-only', tg_table_schema, tg_table_name);
end $$;
comment on function access.refuse_change() is 'Trigger: refuses update, delete and truncate of append-only tables';
