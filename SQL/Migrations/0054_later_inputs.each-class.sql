-- Applied once for each of the classes open, outcome and treatment; :class is the schema.
-- What a check of an entry reads elsewhere may come later than the entry: the program looks at the check again, and its
-- query is opened or closed in the class of the entry, whoever saved what came later.
create function :class.look_again(p_participant text, p_form text, p_visit text, p_repeat integer, p_looked_at text[],
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
  for v_fault in select f.rule, f.field, f.text from jsonb_to_recordset(p_faults) as f(rule text, field text, text text) loop
    -- What stands is not asked twice, and what a person closed is not asked again for the same answers.
    continue when exists (select from :class.data_queries q
       where q.trial_id = access.trial() and q.participant = p_participant and q.form = p_form and q.visit = p_visit
         and q.repeat = p_repeat and q.rule = v_fault.rule and q.field = v_fault.field
         and (q.state <> 'closed' or exists (select from :class.data_query_messages m
            where m.trial_id = q.trial_id and m.query_no = q.query_no and m.kind = 'closed' and m.author is not null)));
    perform :class.open_data_query(p_participant, p_form, p_visit, p_repeat, v_fault.field, v_fault.text, false,
      v_fault.rule);
    return next v_fault.rule || '@' || v_fault.field;
  end loop;
end $$;
comment on function :class.look_again(text, text, text, integer, text[], jsonb) is
  'Opens and closes the queries of checks whose inputs came after the entry, and gives those it opened; definer, since the program looks again and who saved what came later may hold no table of the class';

-- What a rule finds later is drafted once for the form at its visit, on whatever day it is looked at again.
create function :class.draft_once(p_participant text, p_form text, p_visit text, p_deviation jsonb) returns boolean
  language plpgsql volatile security definer set search_path = pg_catalog as $$
begin
  perform 1 from open.participants p
   where p.trial_id = access.trial() and p.participant = p_participant for no key update;
  if exists (select from :class.deviations d
     where d.trial_id = access.trial() and d.participant = p_participant and d.type = p_deviation ->> 'type'
       and d.form = p_form and d.visit = p_visit) then
    return false;
  end if;
  perform :class.draft_deviation(p_participant, p_form, p_visit, p_deviation);
  return true;
end $$;
comment on function :class.draft_once(text, text, text, jsonb) is
  'Drafts what a rule finds when it is looked at again, once; definer, since the program''s own logins hold no table to change';

revoke execute on function :class.look_again(text, text, text, integer, text[], jsonb),
  :class.draft_once(text, text, text, jsonb) from public;
grant execute on function :class.look_again(text, text, text, integer, text[], jsonb),
  :class.draft_once(text, text, text, jsonb) to eq_committee;
-- After a randomization the login that draws looks again, at what it may read: it waits for no other connection.
do $$
begin
  if ':class' <> 'treatment' then
    grant execute on function :class.look_again(text, text, text, integer, text[], jsonb),
      :class.draft_once(text, text, text, jsonb), :class.draft_by_system(text, text, text, jsonb) to eq_allocator;
  end if;
end $$;
