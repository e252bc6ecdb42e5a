-- Applied once for each of the classes open, outcome and treatment; :class is the schema.
-- What the system works out of entries and nobody enters: kept with the version of the rules, exported with a snapshot.
create table :class.derived_values (
  trial_id    integer not null,
  participant text not null,
  site_key    text not null,
  form        text not null,
  visit       text not null,
  version     integer not null check (version >= 1),
  answers     jsonb not null check (jsonb_typeof(answers) = 'object'),
  definition  text not null,
  derived_at  timestamptz not null,
  primary key (trial_id, participant, form, visit, version),
  foreign key (trial_id, participant) references open.participants
);
comment on table :class.derived_values is 'Values of this class the system worked out, every version; append-only';
comment on column :class.derived_values.trial_id is 'Trial';
comment on column :class.derived_values.participant is 'Participant key';
comment on column :class.derived_values.site_key is 'Site at the time';
comment on column :class.derived_values.form is 'Form of the definition that nobody enters';
comment on column :class.derived_values.visit is 'Visit code';
comment on column :class.derived_values.version is 'Consecutive from 1; a new one only where a value or the definition differs';
comment on column :class.derived_values.answers is 'Field to value, as text; a field that cannot be told is absent';
comment on column :class.derived_values.definition is 'Definition version whose formulas gave it';
comment on column :class.derived_values.derived_at is 'Instant';
create trigger derived_values_append_only before update or delete or truncate on :class.derived_values
  for each statement execute function access.refuse_change();
create trigger derived_values_locked before insert on :class.derived_values
  for each row execute function open.refuse_when_locked();
alter table :class.derived_values enable row level security;
alter table :class.derived_values force row level security;
create policy derived_values_scope on :class.derived_values
  using (trial_id = (select access.trial()) and access.sees_site(site_key))
  with check (trial_id = (select access.trial()) and access.sees_site(site_key));

-- The participant's row is held, so that two derivations follow each other; the later one reads what the earlier kept.
create function :class.keep_derived(p_participant text, p_form text, p_visit text, p_answers jsonb, p_definition text)
  returns boolean language plpgsql volatile security definer set search_path = pg_catalog as $$
declare
  v_old :class.derived_values;
  v_site text;
begin
  select p.site_key into v_site from open.participants p
   where p.trial_id = access.trial() and p.participant = p_participant for no key update;
  if v_site is null then
    raise exception using errcode = 'EQ404', message = 'no such participant in scope';
  end if;
  select * into v_old from :class.derived_values d
   where d.trial_id = access.trial() and d.participant = p_participant and d.form = p_form and d.visit = p_visit
   order by d.version desc limit 1;
  if v_old.version is null and p_answers = '{}' or v_old.answers = p_answers and v_old.definition = p_definition then
    return false;
  end if;
  insert into :class.derived_values (trial_id, participant, site_key, form, visit, version, answers, definition, derived_at)
  values (access.trial(), p_participant, v_site, p_form, p_visit, coalesce(v_old.version, 0) + 1, p_answers, p_definition,
    open.act_time());
  insert into :class.audit (trial_id, seq, at, actor, role, site_key, object, action, field, old, new, reason, hash)
  select access.trial(), 0, open.act_time(), access.actor(), access.acting_role(), v_site,
         p_participant || '/' || p_form || '@' || p_visit || '#1', 'worked out', changed.key, changed.old, changed.new,
         'Rules of definition ' || p_definition, '\x'
    from (select coalesce(o.key, n.key) as key, o.value::text as old, n.value::text as new
            from jsonb_each(coalesce(v_old.answers, '{}')) o
            full join jsonb_each(p_answers) n on n.key = o.key
           where o.value is distinct from n.value
           order by 1) changed;
  return true;
end $$;
comment on function :class.keep_derived(text, text, text, jsonb, text) is
  'Keeps what was worked out where it differs from what is kept; definer, since the program derives and no login writes';
select :class.seal_table('derived_values');
