-- Applied once for each of the classes open, outcome and treatment; :class is the schema.
-- Where data that were not typed came from: which file, which row, by whom, under which mapping.
create table :class.imports (
  trial_id    integer not null,
  import      uuid not null default gen_random_uuid(),
  site_key    text not null,
  form        text not null,
  file_name   text not null check (length(file_name) between 1 and 200),
  digest      bytea not null check (length(digest) = 32),
  mapping     jsonb not null,
  row_count   integer not null check (row_count >= 1),
  imported_by bigint not null,
  role        text not null,
  imported_at timestamptz not null,
  primary key (trial_id, import),
  constraint imports_file_once unique (trial_id, site_key, form, digest)
);
comment on table :class.imports is 'Files whose rows became entries of this class';
comment on column :class.imports.trial_id is 'Trial';
comment on column :class.imports.import is 'Random name: a number would tell of imports at other sites';
comment on column :class.imports.site_key is 'Site, * for a role that reaches several';
comment on column :class.imports.form is 'Form';
comment on column :class.imports.file_name is 'Name of the file';
comment on column :class.imports.digest is 'SHA-256 of the file';
comment on column :class.imports.mapping is 'Column to field, as it was used';
comment on column :class.imports.row_count is 'Rows of the file';
comment on column :class.imports.imported_by is 'User';
comment on column :class.imports.role is 'Role acted in';
comment on column :class.imports.imported_at is 'Instant';
create trigger imports_append_only before update or delete or truncate on :class.imports
  for each statement execute function access.refuse_change();
create trigger imports_locked before insert on :class.imports
  for each row execute function open.refuse_when_locked();
alter table :class.imports enable row level security;
alter table :class.imports force row level security;
create policy imports_scope on :class.imports
  using (trial_id = (select access.trial())
    and (site_key = '*' or current_setting('eq.sites', true) = '*' or access.sees_site(site_key)))
  with check (trial_id = (select access.trial()));

create table :class.import_rows (
  trial_id    integer not null,
  import      uuid not null,
  line        integer not null check (line >= 2),
  participant text not null,
  site_key    text not null,
  form        text not null,
  visit       text not null,
  repeat      integer not null,
  version     integer not null,
  primary key (trial_id, import, line),
  foreign key (trial_id, import) references :class.imports,
  foreign key (trial_id, participant, form, visit, repeat) references :class.entries
);
comment on table :class.import_rows is 'Which row of which file made which version of which entry';
comment on column :class.import_rows.trial_id is 'Trial';
comment on column :class.import_rows.import is 'File';
comment on column :class.import_rows.line is 'Line of the file, the header being 1';
comment on column :class.import_rows.participant is 'Participant key';
comment on column :class.import_rows.site_key is 'Site';
comment on column :class.import_rows.form is 'Form';
comment on column :class.import_rows.visit is 'Visit code';
comment on column :class.import_rows.repeat is 'Number among repeats';
comment on column :class.import_rows.version is 'Version of the entry the row made';
create index import_rows_by_entry on :class.import_rows (trial_id, participant, form, visit, repeat, version);
create trigger import_rows_append_only before update or delete or truncate on :class.import_rows
  for each statement execute function access.refuse_change();
create trigger import_rows_locked before insert on :class.import_rows
  for each row execute function open.refuse_when_locked();
alter table :class.import_rows enable row level security;
alter table :class.import_rows force row level security;
create policy import_rows_scope on :class.import_rows
  using (trial_id = (select access.trial()) and access.sees_site(site_key))
  with check (trial_id = (select access.trial()) and access.sees_site(site_key));

create function :class.begin_import(p_form text, p_file_name text, p_digest bytea, p_mapping jsonb, p_rows integer)
  returns uuid language plpgsql volatile set search_path = pg_catalog as $$
declare
  v_import uuid;
  v_site text := current_setting('eq.sites', true);
begin
  insert into :class.imports (trial_id, site_key, form, file_name, digest, mapping, row_count, imported_by, role, imported_at)
  values (access.trial(), v_site, p_form, p_file_name, p_digest, p_mapping, p_rows, access.actor(),
    access.acting_role(), open.act_time())
  returning import into v_import;
  perform :class.note(v_site, 'import ' || encode(p_digest, 'hex'), 'file imported', p_file_name, 'rows', null, p_rows::text);
  return v_import;
end $$;
comment on function :class.begin_import(text, text, bytea, jsonb, integer) is 'Records a file before its rows are saved';

create function :class.note_import_row(p_import uuid, p_line integer, p_participant text, p_form text, p_visit text,
  p_repeat integer, p_version integer) returns void
  language plpgsql volatile set search_path = pg_catalog as $$
declare
  v_import :class.imports;
  v_site text;
begin
  select * into v_import from :class.imports i where i.trial_id = access.trial() and i.import = p_import;
  select e.site_key into v_site from :class.entries e
   where e.trial_id = access.trial() and e.participant = p_participant and e.form = p_form and e.visit = p_visit
     and e.repeat = p_repeat and e.version = p_version;
  if v_import.import is null or v_site is null or v_import.form <> p_form then
    raise exception using errcode = 'EQ404', message = 'no such import or entry in scope';
  end if;
  insert into :class.import_rows (trial_id, import, line, participant, site_key, form, visit, repeat, version)
  values (access.trial(), p_import, p_line, p_participant, v_site, p_form, p_visit, p_repeat, p_version);
  perform :class.note(v_site, p_participant || '/' || p_form || '@' || p_visit || '#' || p_repeat, 'imported',
    v_import.file_name || ', row ' || p_line || ', SHA-256 ' || encode(v_import.digest, 'hex'));
end $$;
comment on function :class.note_import_row(uuid, integer, text, text, text, integer, integer)
  is 'Records which row made a version, with the audit row';

-- Readers of the class read where a value came from; writers of the class import.
do $do$
declare
  v_readers text := case ':class' when 'open' then 'eq_open, eq_outcome, eq_treating, eq_committee'
    when 'outcome' then 'eq_outcome, eq_committee' else 'eq_treating, eq_committee' end;
  v_writers text := case ':class' when 'open' then 'eq_open, eq_treating' when 'treatment' then 'eq_treating' end;
begin
  execute format('grant select on :class.imports, :class.import_rows to %s', v_readers);
  if v_writers is not null then
    execute format('grant insert on :class.imports, :class.import_rows to %s', v_writers);
    execute format('grant execute on function :class.begin_import(text, text, bytea, jsonb, integer),
      :class.note_import_row(uuid, integer, text, text, text, integer, integer) to %s', v_writers);
  end if;
end $do$;
