-- Applied once for each of the classes open, outcome and treatment; :class is the schema.
-- A save that changes nothing makes no version: versions and audit rows belong together.
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
  select p.site_key, p.withdrawal_level, p.state into v_site, v_level, v_state
    from open.participants p where p.trial_id = v_trial and p.participant = p_participant;
  if v_site is null then
    raise exception using errcode = 'EQ404', message = 'no such participant in scope';
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
