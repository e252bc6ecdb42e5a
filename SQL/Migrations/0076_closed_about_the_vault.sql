-- Whether what a person closed still holds is asked in one place: the program compares every value a check reads with
-- what it was at the closing, those of the identity vault too. It opens the versions by itself and tells no value.
create function identity.versions_for_check(p_participant text, p_form text)
  returns table (version integer, entry_box bytea, recorded_at timestamptz)
  language sql stable security definer set search_path = pg_catalog
begin atomic
  select e.version, e.entry_box, e.recorded_at from identity.entries e
   where e.trial_id = access.trial() and e.participant = p_participant and e.form = p_form
   order by e.version;
end;
comment on function identity.versions_for_check(text, text)
  is 'Every version of who a participant is, so that a check can compare inside the program what it was closed about; definer, since no login reads the vault';
revoke execute on function identity.versions_for_check(text, text) from public;
grant execute on function identity.versions_for_check(text, text) to eq_allocator;

create or replace function outcome.ask_about(p_participant text, p_form text, p_visit text, p_faults jsonb,
  p_repeat integer default 1) returns void
  language plpgsql volatile security definer set search_path = pg_catalog as $$
declare
  v_fault record;
begin
  perform outcome.close_met_queries(p_participant, p_form, p_visit, p_repeat,
    array(select f.rule || '@' || f.field from jsonb_to_recordset(p_faults) as f(rule text, field text)));
  for v_fault in select * from jsonb_to_recordset(p_faults) as f(rule text, field text, text text, settled boolean) loop
    continue when coalesce(v_fault.settled, false) or exists (select from outcome.data_queries q
       where q.trial_id = access.trial() and q.participant = p_participant and q.form = p_form and q.visit = p_visit
         and q.repeat = p_repeat and q.rule = v_fault.rule and q.field = v_fault.field and q.state <> 'closed');
    perform outcome.open_data_query(p_participant, p_form, p_visit, p_repeat, v_fault.field, v_fault.text, false, v_fault.rule);
  end loop;
end $$;
