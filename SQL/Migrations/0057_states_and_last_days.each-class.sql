-- Applied once for each of the classes open, outcome and treatment; :class is the schema.
-- The state an entry is shown in: asked about, and answered, go before submitted and verified.
create index data_queries_not_closed on :class.data_queries (trial_id, participant, form) where state <> 'closed';
create function :class.shown_status(p_participant text, p_form text, p_visit text, p_repeat integer, p_status text)
  returns text
  language sql stable security definer set search_path = pg_catalog
begin atomic
  select case
    when p_status not in ('submitted', 'verified') then p_status
    else coalesce(
      (select case when bool_or(q.state = 'open') then 'queried' else 'answered' end
         from :class.data_queries q
        where q.trial_id = access.trial() and q.participant = p_participant and q.form = p_form
          and q.visit = p_visit and q.repeat = p_repeat and q.state <> 'closed'
       having count(*) > 0),
      p_status) end;
end;
comment on function :class.shown_status(text, text, text, integer, text) is
  'The state of an entry with the data queries on it that are not closed; definer, since not every reader of entries reads what is asked';
revoke execute on function :class.shown_status(text, text, text, integer, text) from public;
grant execute on function :class.shown_status(text, text, text, integer, text) to eq_open, eq_outcome, eq_treating,
  eq_allocator, eq_custodian, eq_committee, eq_reports;

-- After the withdrawal of all data, and after a death, nothing of a later day is recorded. Which day a record is of
-- is told with its save; where nothing is told it is of today.
create function :class.refuse_late_record(p_key text) returns void
  language plpgsql stable set search_path = pg_catalog as $$
declare
  v_last date;
begin
  select least(case when p.withdrawal_level = 'W4' then coalesce(p.withdrawn_on, '-infinity') end,
               case when p.state = 'died' then coalesce(p.died_on, '-infinity') end)
    into v_last
    from open.participants p
   where p.trial_id = access.trial() and p.participant = p_key;
  if v_last < coalesce(nullif(current_setting('eq.record_day', true), '')::date,
      (select (open.act_time() at time zone s.zone)::date
         from open.participants p join open.sites s on s.trial_id = p.trial_id and s.site_key = p.site_key
        where p.trial_id = access.trial() and p.participant = p_key)) then
    raise exception using errcode = 'EQ424', message = 'no later data of this participant';
  end if;
end $$;
comment on function :class.refuse_late_record(text) is
  'Refuses a record of a day after the withdrawal of all data or after death';
revoke execute on function :class.refuse_late_record(text) from public;
grant execute on function :class.refuse_late_record(text) to eq_open, eq_outcome, eq_treating, eq_committee;

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
    perform :class.refuse_late_record(p_participant);
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

-- What is typed is no data: what it becomes is judged when it is saved.
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
  -- A draft that arrives after its author's own save of the same boxes is late.
  if exists (select from :class.entries e
     where e.trial_id = access.trial() and e.participant = p_participant and e.form = p_form and e.visit = p_visit
       and e.repeat = p_repeat and access.is_actor(e.author) and e.version > p_version) then
    raise exception using errcode = 'EQ412', message = 'the entry was saved meanwhile';
  end if;
  insert into :class.drafts as d (trial_id, participant, site_key, form, visit, repeat, author, version, typed, kept_at)
  values (access.trial(), p_participant, v_participant.site_key, p_form, p_visit, p_repeat, access.actor(),
    p_version, p_typed, v_now)
  on conflict (trial_id, participant, form, visit, repeat, author) do update
    set version = excluded.version, typed = excluded.typed, kept_at = excluded.kept_at;
  return v_now;
end $$;

-- What would refuse a save now and was saved before what it reads is asked about, and randomization waits for it.
create or replace function :class.look_again(p_participant text, p_form text, p_visit text, p_repeat integer, p_looked_at text[],
  p_faults jsonb) returns setof text
  language plpgsql volatile security definer set search_path = pg_catalog as $$
declare
  v_query :class.data_queries;
  v_fault record;
begin
  -- Of two who look at once the second finds what the first asked.
  perform 1 from open.participants p
   where p.trial_id = access.trial() and p.participant = p_participant for no key update;
  for v_query in select * from :class.data_queries q
     where q.trial_id = access.trial() and q.participant = p_participant and q.form = p_form and q.visit = p_visit
       and q.repeat = p_repeat and q.state <> 'closed' and q.rule <> ''
       and q.rule || '@' || q.field = any (p_looked_at)
       and not exists (select from jsonb_to_recordset(p_faults) as f(rule text, field text)
                        where f.rule = q.rule and f.field = q.field)
     order by q.query_no for update loop
    update :class.data_queries q set state = 'closed', closed_at = open.act_time()
     where q.trial_id = v_query.trial_id and q.query_no = v_query.query_no;
    perform :class.write_to_query(v_query, 'closed', null, 'What the check reads elsewhere was changed, and it is met.');
  end loop;
  for v_fault in select f.rule, f.field, f.text, f.blocking
      from jsonb_to_recordset(p_faults) as f(rule text, field text, text text, blocking boolean) loop
    -- What stands is not asked twice, and what a person closed is not asked again for the same answers.
    continue when exists (select from :class.data_queries q
       where q.trial_id = access.trial() and q.participant = p_participant and q.form = p_form and q.visit = p_visit
         and q.repeat = p_repeat and q.rule = v_fault.rule and q.field = v_fault.field
         and (q.state <> 'closed' or exists (select from :class.data_query_messages m
            where m.trial_id = q.trial_id and m.query_no = q.query_no and m.kind = 'closed' and m.author is not null)));
    perform :class.open_data_query(p_participant, p_form, p_visit, p_repeat, v_fault.field, v_fault.text,
      coalesce(v_fault.blocking, false), v_fault.rule);
    return next v_fault.rule || '@' || v_fault.field;
  end loop;
end $$;

do $class$
begin
  if ':class' = 'outcome' then

create or replace function outcome.own_entry(p_participant text, p_form text, p_visit text)
  returns table (form text, visit text, repeat bigint, version bigint, status text, answers text, author text,
    entered_at timestamptz, submitted_at timestamptz)
  language sql stable security definer set search_path = pg_catalog
begin atomic
  select e.form, e.visit, e.repeat::bigint, e.version::bigint,
         outcome.shown_status(e.participant, e.form, e.visit, e.repeat, e.status), e.answers::text, u.full_name,
         e.entered_at, e.submitted_at
    from outcome.entries e join access.users u on u.user_id = e.author
   where e.trial_id = access.trial() and e.participant = p_participant and e.form = p_form
     and e.visit = p_visit and e.repeat = 1 and e.author = access.actor();
end;

create or replace function outcome.save_questionnaire(p_link_hash bytea, p_answers jsonb, p_definition text) returns void
  language plpgsql volatile security definer set search_path = pg_catalog as $$
declare
  v_link outcome.questionnaire_links;
  v_order outcome.planned_orders;
  v_number integer := 1;
begin
  select * into v_link from outcome.questionnaire_links l
   where l.trial_id = access.trial() and l.link_hash = p_link_hash for update;
  if v_link.link_hash is null then
    raise exception using errcode = 'EQ404', message = 'no such link';
  end if;
  if v_link.used_at is not null or v_link.expires_at < open.act_time() then
    raise exception using errcode = 'EQ423', message = 'the link was used or has expired';
  end if;
  -- After W3 there is no contact: what was sent before is not answered any more.
  if exists (select from open.participants p
     where p.trial_id = v_link.trial_id and p.participant = v_link.participant and p.withdrawal_level in ('W3', 'W4')) then
    raise exception using errcode = 'EQ424', message = 'no further data of this participant';
  end if;
  select * into v_order from outcome.planned_orders o
   where o.trial_id = access.trial() and o.participant = v_link.participant and o.form = v_link.form
     and o.visit = v_link.visit;
  if v_order.repeats is not null then
    select count(*) + 1 into v_number from outcome.entries e
     where e.trial_id = access.trial() and e.participant = v_link.participant and e.form = v_link.form
       and e.visit = v_link.visit and e.submitted_at is not null;
    -- The order that was drawn is the order that is asked, whoever sends what.
    if v_number > cardinality(v_order.repeats)
       or (p_answers ->> v_order.field) is distinct from v_order.repeats[v_number] then
      raise exception using errcode = 'EQ409', message = 'not the repeat that is asked now';
    end if;
  end if;
  perform outcome.save_entry(v_link.participant, v_link.form, v_link.visit, v_number, 0, p_answers, true, '', p_definition);
  if v_order.repeats is null or v_number = cardinality(v_order.repeats) then
    update outcome.questionnaire_links l set used_at = open.act_time()
     where l.trial_id = access.trial() and l.link_hash = p_link_hash;
  else
    -- Of the site's list it is done when the last repeat is.
    update open.collection_status s set state = 'in_progress'
     where s.trial_id = access.trial() and s.participant = v_link.participant and s.form = v_link.form
       and s.visit = v_link.visit;
  end if;
end $$;

  end if;
end $class$;
