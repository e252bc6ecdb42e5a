-- Applied once for each of the classes open, outcome and treatment; :class is the schema.
-- An entry is about a participant or about a site as a whole: the key it is filed under tells which.
comment on table :class.entries is 'Form entries of this class as they stand, of participants and of sites; earlier versions in entry_versions';
comment on column :class.entries.participant is 'Participant key, or the key of the site the entry is about';
comment on column :class.entry_versions.participant is 'Participant key, or the key of the site the entry is about';
comment on column :class.signatures.participant is 'Participant key, or the key of the site the entry is about';
comment on column :class.data_queries.participant is 'Participant key, or the key of the site the entry is about';
comment on column :class.drafts.participant is 'Participant key, or the key of the site the entry is about';
comment on column :class.verifications.participant is 'Participant key, or the key of the site the entry is about';
comment on column :class.entries.visit is 'Visit code, SITE of an entry about a site';
comment on column :class.entry_versions.visit is 'Visit code, SITE of an entry about a site';
comment on column :class.signatures.visit is 'Visit code, SITE of an entry about a site';
comment on column :class.data_queries.visit is 'Visit code, SITE of an entry about a site';
comment on column :class.drafts.visit is 'Visit code, SITE of an entry about a site';
comment on column :class.verifications.visit is 'Visit code, SITE of an entry about a site';

-- A foreign key cannot point to one of two tables.
alter table :class.entries drop constraint entries_trial_id_participant_fkey;
create function :class.refuse_unknown_owner() returns trigger language plpgsql
  security definer set search_path = pg_catalog as $$
begin
  if (new.participant = new.site_key) <> (new.visit = 'SITE') then
    raise exception using errcode = 'EQ404', message = 'an entry about a site has no visit, any other has one';
  end if;
  if not exists (select from open.filed_under(new.participant) f where f.site_key is not null) then
    raise exception using errcode = 'EQ404', message = 'no such participant or site in scope';
  end if;
  return new;
end $$;
comment on function :class.refuse_unknown_owner() is
  'Trigger: an entry is about a participant of the trial, or about the site it is made at; definer, since not every writer reads both tables';
create trigger entries_of_somebody before insert on :class.entries
  for each row execute function :class.refuse_unknown_owner();

create or replace function :class.save_entry(p_participant text, p_form text, p_visit text, p_repeat integer,
  p_expected integer, p_answers jsonb, p_submit boolean, p_reason text, p_definition text) returns integer
  language plpgsql volatile set search_path = pg_catalog as $$
declare
  v_trial integer := access.trial();
  v_now timestamptz := open.act_time();
  v_old :class.entries;
  v_site text;
  v_level text;
  v_state text;
  v_version integer;
  v_status text := case when p_submit then 'submitted' else 'in_progress' end;
  v_changed bigint;
begin
  select f.site_key, f.withdrawal_level, f.state into v_site, v_level, v_state
    from open.filed_under(p_participant) f;
  if v_site is null then
    raise exception using errcode = 'EQ404', message = 'no such participant or site in scope';
  end if;
  if v_level = 'W4' or v_state = 'died' then
    raise exception using errcode = 'EQ424', message = 'no further data of this participant';
  end if;
  select * into v_old from :class.entries e
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
    insert into :class.entries (trial_id, participant, site_key, form, visit, repeat, version, status,
      answers, definition, author, entered_at, submitted_at)
    values (v_trial, p_participant, v_site, p_form, p_visit, p_repeat, 1, v_status, p_answers,
      p_definition, access.actor(), v_now, case when p_submit then v_now end)
    on conflict do nothing;
    if not found then
      raise exception using errcode = 'EQ412', message = 'the entry was saved meanwhile';
    end if;
  else
    update :class.entries e
       set version = v_version, status = v_status, answers = p_answers, definition = p_definition,
           author = access.actor(), entered_at = v_now,
           submitted_at = coalesce(e.submitted_at, case when p_submit then v_now end)
     where e.trial_id = v_trial and e.participant = p_participant and e.form = p_form
       and e.visit = p_visit and e.repeat = p_repeat;
    update :class.signatures s set voided_at = v_now
     where s.trial_id = v_trial and s.participant = p_participant and s.form = p_form
       and s.visit = p_visit and s.repeat = p_repeat and s.voided_at is null;
    if found then
      perform :class.note(v_site, p_participant || '/' || p_form || '@' || p_visit || '#' || p_repeat,
        'signature voided', p_reason);
    end if;
  end if;
  insert into :class.entry_versions (trial_id, participant, site_key, form, visit, repeat, version,
    status, answers, author, at, reason)
  values (v_trial, p_participant, v_site, p_form, p_visit, p_repeat, v_version, v_status, p_answers,
    access.actor(), v_now, p_reason);
  insert into :class.audit (trial_id, seq, at, actor, role, site_key, object, action, field, old, new, reason, hash)
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
    perform :class.note(v_site, p_participant || '/' || p_form || '@' || p_visit || '#' || p_repeat, 'complete');
  elsif v_changed = 0 then
    perform :class.note(v_site, p_participant || '/' || p_form || '@' || p_visit || '#' || p_repeat, 'drafted');
  end if;
  return v_version;
end $$;

create or replace function :class.keep_draft(p_participant text, p_form text, p_visit text, p_repeat integer,
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
  if exists (select from :class.entries e
     where e.trial_id = access.trial() and e.participant = p_participant and e.form = p_form and e.visit = p_visit
       and e.repeat = p_repeat and e.author = access.actor() and e.version > p_version) then
    raise exception using errcode = 'EQ412', message = 'the entry was saved meanwhile';
  end if;
  insert into :class.drafts as d (trial_id, participant, site_key, form, visit, repeat, author, version, typed, kept_at)
  values (access.trial(), p_participant, v_participant.site_key, p_form, p_visit, p_repeat, access.actor(),
    p_version, p_typed, v_now)
  on conflict (trial_id, participant, form, visit, repeat, author) do update
    set version = excluded.version, typed = excluded.typed, kept_at = excluded.kept_at;
  return v_now;
end $$;

create or replace function :class.open_data_query(p_participant text, p_form text, p_visit text, p_repeat integer,
  p_field text, p_text text, p_blocking boolean, p_rule text default '') returns integer
  language plpgsql volatile set search_path = pg_catalog as $$
declare
  v_site text;
  v_query :class.data_queries;
begin
  select f.site_key into v_site from open.filed_under(p_participant) f;
  if v_site is null then
    raise exception using errcode = 'EQ404', message = 'no such participant or site in scope';
  end if;
  insert into :class.data_queries (trial_id, query_no, participant, site_key, form, visit, repeat, field,
    is_blocking, state, text, opened_by, opened_at, rule)
  values (access.trial(), 0, p_participant, v_site, p_form, p_visit, p_repeat, p_field,
    p_blocking, 'open', p_text, case when p_rule = '' then access.actor() end, open.act_time(), p_rule)
  returning * into v_query;
  perform :class.write_to_query(v_query, 'opened', v_query.opened_by, p_text);
  return v_query.query_no;
end $$;

-- Who adds a repeat of the same form waits for who adds another one.
create or replace function :class.next_repeat(p_participant text, p_form text, p_visit text) returns integer
  language plpgsql volatile set search_path = pg_catalog as $$
declare
  v_own text := current_setting('eq.own_forms', true);
  v_next integer;
begin
  if p_visit = 'SITE' then
    if not exists (select from open.filed_under(p_participant) f where f.site_key = p_participant) then
      raise exception using errcode = 'EQ404', message = 'no such site in scope';
    end if;
    perform pg_advisory_xact_lock(hashtextextended(
      ':class/' || access.trial() || '/' || p_participant || '/' || p_form, 0));
  else
    perform 1 from open.participants p
     where p.trial_id = access.trial() and p.participant = p_participant for update;
    if not found then
      raise exception using errcode = 'EQ404', message = 'no such participant in scope';
    end if;
  end if;
  -- Numbers are given over the entries of everybody.
  perform set_config('eq.own_forms', '', true);
  select coalesce(max(e.repeat), 0) + 1 into v_next from :class.entries e
   where e.trial_id = access.trial() and e.participant = p_participant and e.form = p_form and e.visit = p_visit;
  perform set_config('eq.own_forms', coalesce(v_own, ''), true);
  return v_next;
end $$;
