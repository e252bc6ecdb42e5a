-- Item texts of instruments, loaded by the owner of the study with the permission to show them; and what is recorded of
-- a site before it is opened. Both append-only: a later version or record takes the place of the one before.

create table open.instrument_texts (
  trial_id             integer not null references open.trials,
  instrument           text not null check (instrument ~ '^[A-Z][A-Z0-9]{0,15}$'),
  language             text not null check (language ~ '^[a-z]{2,3}(-[A-Z]{2})?$'),
  version              integer not null check (version >= 1),
  instrument_version   text not null,
  content              jsonb check (jsonb_typeof(content) = 'object' and length(content::text) <= 1000000),
  digest               bytea not null check (length(digest) = 32),
  permission_reference text not null check (length(permission_reference) between 3 and 200),
  permission_from      text not null check (length(permission_from) between 3 and 200),
  permitted_on         date not null,
  restores             integer check (restores >= 0 and restores < version),
  loaded_by            bigint not null,
  loaded_role          text not null,
  loaded_at            timestamptz not null,
  primary key (trial_id, instrument, language, version),
  check ((content is null) = (restores is not null and restores = 0))
);
comment on table open.instrument_texts is 'Words of instruments by language and version, with the permission to show them; append-only, the latest version is shown';
comment on column open.instrument_texts.trial_id is 'Trial';
comment on column open.instrument_texts.instrument is 'Name of the instrument';
comment on column open.instrument_texts.language is 'Language as ISO 639, with the country as ISO 3166 where it matters';
comment on column open.instrument_texts.version is 'Number of the text in its language, from 1';
comment on column open.instrument_texts.instrument_version is 'Version of the instrument the text was checked against';
comment on column open.instrument_texts.content is 'Questions and answers by item; null where the labels of the definition are shown again';
comment on column open.instrument_texts.digest is 'SHA-256 of the file it was read from; of the content that is shown again for a restored one';
comment on column open.instrument_texts.permission_reference is 'Letter or licence by which the text may be shown';
comment on column open.instrument_texts.permission_from is 'Who gave the permission';
comment on column open.instrument_texts.permitted_on is 'Date of the permission';
comment on column open.instrument_texts.restores is 'Version that is shown again, 0 for the labels of the definition, null for a new text';
comment on column open.instrument_texts.loaded_by is 'User';
comment on column open.instrument_texts.loaded_role is 'Role of the user';
comment on column open.instrument_texts.loaded_at is 'Instant';

create table open.site_facts (
  trial_id      integer not null,
  site_key      text not null,
  fact          text not null check (fact in ('ethics', 'contract', 'capacity', 'release')),
  record_no     integer not null check (record_no >= 1),
  holds         boolean not null,
  since         date not null,
  reference     text not null check (length(reference) between 3 and 200),
  capacity      text[] not null default '{}',
  protocol      text not null default '' check (length(protocol) <= 40),
  recorded_by   bigint not null,
  recorded_role text not null,
  recorded_at   timestamptz not null,
  primary key (trial_id, site_key, fact, record_no),
  foreign key (trial_id, site_key) references open.sites,
  check (fact = 'release' or protocol = ''),
  check (fact = 'capacity' or capacity = '{}'),
  check (not holds or (fact = 'release') = (protocol <> '')),
  check (not holds or (fact = 'capacity') = (capacity <> '{}'))
);
comment on table open.site_facts is 'What is recorded of a site before it is opened; append-only, the latest record of a fact holds';
comment on column open.site_facts.trial_id is 'Trial';
comment on column open.site_facts.site_key is 'Site';
comment on column open.site_facts.fact is 'ethics: approval of the ethics committee; contract: signed; capacity: for the arms; release: of this system for the site and protocol';
comment on column open.site_facts.record_no is 'Number of the record of the fact, from 1';
comment on column open.site_facts.holds is 'Whether it is so; false takes an earlier record back';
comment on column open.site_facts.since is 'Date of the approval, signature or confirmation';
comment on column open.site_facts.reference is 'Document it stands in, or why it is taken back';
comment on column open.site_facts.capacity is 'Arms the site can carry out, of a capacity; each by its code';
comment on column open.site_facts.protocol is 'Definition version the release is for, empty of other facts';
comment on column open.site_facts.recorded_by is 'User';
comment on column open.site_facts.recorded_role is 'Role of the user';
comment on column open.site_facts.recorded_at is 'Instant';

do $do$
declare
  v_table text;
begin
  foreach v_table in array array['instrument_texts', 'site_facts'] loop
    execute replace($sql$
create trigger {table}_append_only before update or delete or truncate on open.{table}
  for each statement execute function access.refuse_change();
create trigger {table}_locked before insert on open.{table}
  for each row execute function open.refuse_when_locked();
alter table open.{table} enable row level security;
alter table open.{table} force row level security;
grant select on open.{table} to eq_open, eq_outcome, eq_treating, eq_custodian, eq_committee, eq_allocator;
select open.seal_table('{table}');
$sql$, '{table}', v_table);
  end loop;
end $do$;
create policy instrument_texts_of_trial on open.instrument_texts
  using (trial_id = (select access.trial())) with check (trial_id = (select access.trial()));
create policy site_facts_scope on open.site_facts
  using (trial_id = (select access.trial()) and access.sees_site(site_key))
  with check (trial_id = (select access.trial()) and access.sees_site(site_key));

create function open.load_instrument_text(p_instrument text, p_language text, p_instrument_version text, p_content jsonb,
  p_digest bytea, p_reference text, p_from text, p_on date, p_restores integer) returns integer
  language plpgsql volatile security definer set search_path = pg_catalog as $$
declare
  v_last open.instrument_texts;
  v_old open.instrument_texts;
  v_content jsonb := p_content;
  v_version integer;
begin
  perform 1 from open.trials t where t.trial_id = access.trial() for no key update;
  select * into v_last from open.instrument_texts i
   where i.trial_id = access.trial() and i.instrument = p_instrument and i.language = p_language
   order by i.version desc limit 1;
  v_version := coalesce(v_last.version, 0) + 1;
  if p_on > (open.act_time() at time zone 'UTC')::date + 1 then
    raise exception using errcode = 'EQ409', message = 'a permission is not of the future';
  end if;
  if p_restores is not null then
    v_content := null;
    if v_last.version is null or p_restores = v_last.version
       or p_restores = 0 and v_last.content is null then
      raise exception using errcode = 'EQ409', message = 'shown already';
    end if;
    if p_restores > 0 then
      select * into v_old from open.instrument_texts i
       where i.trial_id = access.trial() and i.instrument = p_instrument and i.language = p_language
         and i.version = p_restores;
      if v_old.content is null then
        raise exception using errcode = 'EQ404', message = 'no such text';
      end if;
      v_content := v_old.content;
    end if;
  end if;
  insert into open.instrument_texts (trial_id, instrument, language, version, instrument_version, content, digest,
    permission_reference, permission_from, permitted_on, restores, loaded_by, loaded_role, loaded_at)
  values (access.trial(), p_instrument, p_language, v_version, p_instrument_version, v_content,
    coalesce(v_old.digest, p_digest),
    coalesce(v_old.permission_reference, p_reference), coalesce(v_old.permission_from, p_from),
    coalesce(v_old.permitted_on, p_on), p_restores, access.actor(), access.acting_role(), open.act_time());
  perform open.note('*', 'text ' || p_instrument || '/' || p_language,
    case when p_restores is null then 'instrument text loaded'
         when p_restores = 0 then 'instrument text taken back' else 'instrument text shown again' end,
    coalesce(v_old.permission_reference, p_reference), 'version', coalesce(v_last.version, 0)::text, v_version::text);
  return v_version;
end $$;
comment on function open.load_instrument_text(text, text, text, jsonb, bytea, text, text, date, integer) is
  'Keeps a version of an instrument''s text with its permission and audit row, or shows an earlier one again; definer, since no login writes the table';

create function open.record_site_fact(p_site text, p_fact text, p_holds boolean, p_since date, p_reference text,
  p_arms text[], p_protocol text) returns integer
  language plpgsql volatile security definer set search_path = pg_catalog as $$
declare
  v_last open.site_facts;
  v_state text;
  v_zone text;
begin
  select s.state, s.zone into v_state, v_zone from open.sites s
   where s.trial_id = access.trial() and s.site_key = p_site and access.sees_site(s.site_key) for update;
  if v_state is null then
    raise exception using errcode = 'EQ404', message = 'no such site';
  end if;
  if v_state = 'closed' then
    raise exception using errcode = 'EQ409', message = 'the site is closed';
  end if;
  if p_since > (open.act_time() at time zone v_zone)::date then
    raise exception using errcode = 'EQ409', message = 'what is recorded is not of the future';
  end if;
  select * into v_last from open.site_facts f
   where f.trial_id = access.trial() and f.site_key = p_site and f.fact = p_fact
   order by f.record_no desc limit 1;
  insert into open.site_facts (trial_id, site_key, fact, record_no, holds, since, reference, capacity, protocol,
    recorded_by, recorded_role, recorded_at)
  values (access.trial(), p_site, p_fact, coalesce(v_last.record_no, 0) + 1, p_holds, p_since, p_reference, p_arms,
    p_protocol, access.actor(), access.acting_role(), open.act_time());
  perform open.note(p_site, 'site ' || p_site, 'site fact recorded', p_reference, p_fact,
    case when v_last.holds then v_last.since::text end, case when p_holds then p_since::text end);
  return coalesce(v_last.record_no, 0) + 1;
end $$;
comment on function open.record_site_fact(text, text, boolean, date, text, text[], text) is
  'Records what a site needs before it is opened, with its audit row; definer, since no login writes the table';

-- The language in which a participant is spoken to, as their ratings are booked; the words of a questionnaire follow it.
create function outcome.language_of(p_participant text) returns text
  language sql stable security definer set search_path = pg_catalog
begin atomic
  select t.language from outcome.rating_tasks t
   where t.trial_id = access.trial() and t.participant = p_participant
   order by t.starts_at desc, t.token limit 1;
end;
comment on function outcome.language_of(text) is
  'Language of the latest booked rating of a participant, null before the first; definer, since the program''s own login reads no booking';

revoke execute on function open.load_instrument_text(text, text, text, jsonb, bytea, text, text, date, integer),
  open.record_site_fact(text, text, boolean, date, text, text[], text), outcome.language_of(text) from public;
grant execute on function open.load_instrument_text(text, text, text, jsonb, bytea, text, text, date, integer),
  open.record_site_fact(text, text, boolean, date, text, text[], text)
  to eq_open, eq_outcome, eq_treating, eq_custodian, eq_committee;
grant execute on function outcome.language_of(text) to eq_allocator;
