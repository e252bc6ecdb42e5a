-- Applied once for each of the classes open, outcome and treatment; :class is the schema.
-- A data query of a check is closed by the check, whoever's save met it: in the own trail of who saved, the row would tell
-- what the check read elsewhere.
create or replace function :class.close_met_queries(p_participant text, p_form text, p_visit text, p_repeat integer,
  p_standing text[]) returns integer
  language plpgsql volatile set search_path = pg_catalog as $$
declare
  v_cause text := coalesce(current_setting('eq.cause', true), '');
  v_query :class.data_queries;
  v_closed integer := 0;
begin
  for v_query in select * from :class.data_queries q
     where q.trial_id = access.trial() and q.participant = p_participant and q.form = p_form and q.visit = p_visit
       and q.repeat = p_repeat and q.state <> 'closed' and q.rule <> ''
       and q.rule || '@' || q.field <> all (p_standing)
     order by q.query_no for update loop
    update :class.data_queries q set state = 'closed', closed_at = open.act_time()
     where q.trial_id = v_query.trial_id and q.query_no = v_query.query_no;
    perform set_config('eq.cause', 'rule', true);
    perform :class.write_to_query(v_query, 'closed', null, 'The values were changed and the check is met.');
    perform set_config('eq.cause', v_cause, true);
    v_closed := v_closed + 1;
  end loop;
  return v_closed;
end $$;
