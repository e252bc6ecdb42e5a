-- Names, contacts and the date of birth of a participant: the form of class identity, kept in the vault. Each save is
-- a version, sealed whole with its reason, so that neither the record nor its trail holds a word of it.
create table identity.entries (
  trial_id    integer not null,
  participant text not null,
  form        text not null,
  version     integer not null check (version >= 1),
  site_key    text not null,
  entry_box   bytea not null,
  definition  text not null,
  recorded_by bigint not null,
  recorded_at timestamptz not null,
  primary key (trial_id, participant, form, version)
);
comment on table identity.entries is 'Identity vault: versions of the form that names a participant, boxed under its own key; append-only';
comment on column identity.entries.trial_id is 'Trial';
comment on column identity.entries.participant is 'Participant key';
comment on column identity.entries.form is 'Form of class identity';
comment on column identity.entries.version is 'Version of the entry, from 1';
comment on column identity.entries.site_key is 'Site of the participant when it was recorded';
comment on column identity.entries.entry_box is 'Boxed answers and the reason for the change';
comment on column identity.entries.definition is 'Version of the study definition it was entered under';
comment on column identity.entries.recorded_by is 'User';
comment on column identity.entries.recorded_at is 'Instant';
create trigger entries_append_only before delete or truncate on identity.entries
  for each statement execute function access.refuse_change();
-- A rotation of the key replaces boxes, and nothing else changes a version.
create function identity.refuse_change_but_rotation() returns trigger language plpgsql
  set search_path = pg_catalog as $$
begin
  if not sealed.is_rotating() then
    raise exception using errcode = 'EQ403', message = 'versions in the vault are append-only';
  end if;
  return new;
end $$;
comment on function identity.refuse_change_but_rotation() is 'Trigger: versions in the vault are not changed but by a rotation of the key';
create trigger entries_not_changed before update on identity.entries
  for each row execute function identity.refuse_change_but_rotation();
create trigger a_locked before insert on identity.entries
  for each row execute function open.refuse_when_locked();
alter table identity.entries enable row level security;
alter table identity.entries force row level security;
create policy entries_scope on identity.entries
  using (trial_id = (select access.trial()) and access.sees_site(site_key))
  with check (trial_id = (select access.trial()) and access.sees_site(site_key));
select identity.seal_table('entries');
select sealed.guard_box('identity.entries', 'entry_box');

-- What is done in the vault is on record where its reader's class is: who treats somebody may tell the treatment.
create function identity.note(p_site text, p_participant text, p_action text, p_text text) returns void
  language plpgsql volatile set search_path = pg_catalog as $$
begin
  if exists (select from access.role_kinds k where k.trial_id = access.trial() and k.role = access.acting_role()
      and k.blinding in ('unblinded', 'unblindedAcrossSites')) then
    perform treatment.note(p_site, p_participant, p_action, p_text);
  else
    perform open.note(p_site, p_participant, p_action, p_text);
  end if;
end $$;
comment on function identity.note(text, text, text, text) is 'The audit row of an act in the vault, which tells nothing of what is in it';
revoke execute on function identity.note(text, text, text, text) from public;

create function identity.save_entry(p_participant text, p_form text, p_expected integer, p_box bytea, p_fields text,
  p_definition text) returns integer
  language plpgsql volatile security definer set search_path = pg_catalog as $$
declare
  v_site text;
  v_version integer;
begin
  -- The one site acted at: a role of the whole trial writes nobody's identity.
  select p.site_key into v_site from open.participants p
   where p.trial_id = access.trial() and p.participant = p_participant
     and p.site_key = current_setting('eq.sites', true)
     for no key update;
  if v_site is null then
    raise exception using errcode = 'EQ404', message = 'nobody of that key at this site';
  end if;
  perform open.refuse_late_record(p_participant);
  select coalesce(max(e.version), 0) into v_version from identity.entries e
   where e.trial_id = access.trial() and e.participant = p_participant and e.form = p_form;
  if v_version <> p_expected then
    raise exception using errcode = 'EQ412', message = 'the identity was recorded meanwhile';
  end if;
  insert into identity.entries (trial_id, participant, form, version, site_key, entry_box, definition, recorded_by, recorded_at)
  values (access.trial(), p_participant, p_form, v_version + 1, v_site, p_box, p_definition, access.actor(), open.act_time());
  perform identity.note(v_site, p_participant, case when v_version = 0 then 'identity recorded' else 'identity corrected' end,
    p_fields);
  return v_version + 1;
end $$;
comment on function identity.save_entry(text, text, integer, bytea, text, text)
  is 'The next version of who a participant of the own site is, with an audit row of which fields differ and not what stands in them; definer, since no login reads the vault';
revoke execute on function identity.save_entry(text, text, integer, bytea, text, text) from public;
grant execute on function identity.save_entry(text, text, integer, bytea, text, text) to eq_open, eq_treating;

-- One read, one purpose on record: what was given at consent, then the versions of the form.
create function identity.read_entries(p_participant text, p_form text, p_purpose text)
  returns table (version integer, box bytea, recorded_at timestamptz)
  language plpgsql volatile security definer set search_path = pg_catalog as $$
declare
  v_given bytea := identity.read_person(p_participant, p_purpose);
begin
  return query
    select 0, v_given, i.recorded_at from identity.people i
     where i.trial_id = access.trial() and i.participant = p_participant
    union all
    select e.version, e.entry_box, e.recorded_at from identity.entries e
     where e.trial_id = access.trial() and e.participant = p_participant and e.form = p_form
     order by 1;
end $$;
comment on function identity.read_entries(text, text, text)
  is 'Who a participant of the own site is, with the audit row of the purpose: version 0 as given at consent, then those of the form; definer, since no login reads the vault';
revoke execute on function identity.read_entries(text, text, text) from public;
grant execute on function identity.read_entries(text, text, text) to eq_open, eq_treating;
revoke execute on function identity.read_person(text, text) from eq_open, eq_treating;

create function identity.version_of(p_participant text, p_form text) returns integer
  language sql stable security definer set search_path = pg_catalog
begin atomic
  select coalesce(max(e.version), 0) from identity.entries e
    join open.participants p on p.trial_id = e.trial_id and p.participant = e.participant
   where e.trial_id = access.trial() and e.participant = p_participant and e.form = p_form
     and p.site_key = current_setting('eq.sites', true);
end;
comment on function identity.version_of(text, text)
  is 'How often the identity of a participant of the own site was recorded, which names nobody; definer, since no login reads the vault';
revoke execute on function identity.version_of(text, text) from public;
grant execute on function identity.version_of(text, text) to eq_open, eq_treating;

create function identity.entry_for_check(p_participant text, p_form text) returns table (version integer, entry_box bytea)
  language sql stable security definer set search_path = pg_catalog
begin atomic
  select e.version, e.entry_box from identity.entries e
   where e.trial_id = access.trial() and e.participant = p_participant and e.form = p_form
   order by e.version desc limit 1;
end;
comment on function identity.entry_for_check(text, text)
  is 'The last version of who a participant is, so that a check can compare inside the program; definer, since no login reads the vault';
revoke execute on function identity.entry_for_check(text, text) from public;
grant execute on function identity.entry_for_check(text, text) to eq_allocator;
