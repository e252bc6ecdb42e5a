-- Applied once for each of the classes open, outcome and treatment; :class is the schema.
-- What a person closed holds as long as the values it was closed about are the same: the program compares what a check
-- reads now with what it read at the closing.
create function :class.closed_by_people(p_participant text)
  returns table (form text, visit text, repeat bigint, rule text, field text, closed_at timestamptz)
  language sql stable security definer set search_path = pg_catalog
begin atomic
  select l.form, l.visit, l.repeat, l.rule, l.field, l.at
    from (select distinct on (q.form, q.visit, q.repeat, q.rule, q.field)
                 q.form, q.visit, q.repeat::bigint as repeat, q.rule, q.field, q.state, m.author, m.at
            from :class.data_queries q
            left join lateral (select c.author, c.at from :class.data_query_messages c
                                where c.trial_id = q.trial_id and c.query_no = q.query_no and c.kind = 'closed'
                                order by c.message desc limit 1) m on true
           where q.trial_id = access.trial() and q.participant = p_participant and q.rule <> ''
           order by q.form, q.visit, q.repeat, q.rule, q.field, q.query_no desc) l
   where l.state = 'closed' and l.author is not null;
end;
comment on function :class.closed_by_people(text) is
  'The checks whose last data query a person closed, with the instant; definer, since the program looks again on logins that hold no table of queries';

create function :class.values_at(p_participant text, p_at timestamptz)
  returns table (form text, visit text, repeat bigint, version bigint, status text, answers text, handed_in_on text,
    definition text)
  language sql stable security definer set search_path = pg_catalog
begin atomic
  select distinct on (v.form, v.visit, v.repeat)
         v.form, v.visit, v.repeat::bigint, v.version::bigint, v.status, v.answers::text,
         (case when e.submitted_at <= p_at then e.submitted_at at time zone s.zone end)::date::text, e.definition
    from :class.entry_versions v
    join :class.entries e using (trial_id, participant, form, visit, repeat)
    left join open.sites s on s.trial_id = e.trial_id and s.site_key = e.site_key
   where v.trial_id = access.trial() and v.participant = p_participant and v.at <= p_at and e.status <> 'voided'
   order by v.form, v.visit, v.repeat, v.version desc;
end;
comment on function :class.values_at(text, timestamptz) is
  'The entries of a participant as they stood at an instant, without those voided since; definer, since the program looks again on logins that hold no table of versions';

-- What stands is not asked twice; what a person closed is asked again where the program says that its values are others.
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
  for v_fault in select f.rule, f.field, f.text, f.blocking, f.settled
      from jsonb_to_recordset(p_faults) as f(rule text, field text, text text, blocking boolean, settled boolean) loop
    continue when coalesce(v_fault.settled, false) or exists (select from :class.data_queries q
       where q.trial_id = access.trial() and q.participant = p_participant and q.form = p_form and q.visit = p_visit
         and q.repeat = p_repeat and q.rule = v_fault.rule and q.field = v_fault.field and q.state <> 'closed');
    perform :class.open_data_query(p_participant, p_form, p_visit, p_repeat, v_fault.field, v_fault.text,
      coalesce(v_fault.blocking, false), v_fault.rule);
    return next v_fault.rule || '@' || v_fault.field;
  end loop;
end $$;

revoke execute on function :class.closed_by_people(text), :class.values_at(text, timestamptz) from public;
grant execute on function :class.closed_by_people(text), :class.values_at(text, timestamptz) to eq_committee;
do $$
begin
  if ':class' <> 'treatment' then
    grant execute on function :class.closed_by_people(text), :class.values_at(text, timestamptz) to eq_allocator;
  end if;
end $$;
