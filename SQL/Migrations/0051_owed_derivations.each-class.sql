-- Applied once for each of the classes open, outcome and treatment; :class is the schema.
-- What follows from a saved form and could not be worked out is an open data query on that form, in its class: it
-- keeps the study from its lock, and is closed by the program once the values are kept.
create function :class.owe_derivation(p_participant text, p_form text, p_visit text, p_repeat integer, p_text text)
  returns boolean language plpgsql volatile security definer set search_path = pg_catalog as $$
begin
  perform 1 from open.participants p
   where p.trial_id = access.trial() and p.participant = p_participant for key share;
  if exists (select from :class.data_queries q
     where q.trial_id = access.trial() and q.participant = p_participant and q.form = p_form and q.visit = p_visit
       and q.repeat = p_repeat and q.rule = 'SYS-DERIVE' and q.state <> 'closed') then
    return false;
  end if;
  perform :class.open_data_query(p_participant, p_form, p_visit, p_repeat, '', p_text, false, 'SYS-DERIVE');
  return true;
end $$;
comment on function :class.owe_derivation(text, text, text, integer, text)
  is 'Opens the data query of what could not be worked out after a save, once; definer, since the program derives';

create function :class.settle_derivations(p_participant text) returns integer
  language plpgsql volatile security definer set search_path = pg_catalog as $$
declare
  v_query :class.data_queries;
  v_closed integer := 0;
begin
  for v_query in select * from :class.data_queries q
     where q.trial_id = access.trial() and q.participant = p_participant and q.rule = 'SYS-DERIVE'
       and q.state <> 'closed' order by q.query_no for update loop
    update :class.data_queries q set state = 'closed', closed_at = open.act_time()
     where q.trial_id = v_query.trial_id and q.query_no = v_query.query_no;
    perform :class.write_to_query(v_query, 'closed', null, 'The values were worked out.');
    v_closed := v_closed + 1;
  end loop;
  return v_closed;
end $$;
comment on function :class.settle_derivations(text)
  is 'Closes the data queries of what could not be worked out of a participant; definer, since the program derives';

create function :class.owed_derivations() returns setof text language sql stable security definer
  set search_path = pg_catalog
begin atomic
  select distinct q.participant from :class.data_queries q
   where q.trial_id = access.trial() and q.rule = 'SYS-DERIVE' and q.state <> 'closed' order by 1;
end;
comment on function :class.owed_derivations()
  is 'The participants of whom something could not be worked out; definer, since the program derives';

revoke execute on function :class.owe_derivation(text, text, text, integer, text), :class.settle_derivations(text),
  :class.owed_derivations() from public;
grant execute on function :class.owe_derivation(text, text, text, integer, text), :class.settle_derivations(text),
  :class.owed_derivations() to eq_committee;
