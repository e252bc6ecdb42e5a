-- Who may do what with the parts of 0015, class by class.
grant execute on function open.keep_draft(text, text, text, integer, integer, jsonb), open.drafts_of(text),
  open.discard_draft(text, text, text, integer) to eq_open, eq_treating;
-- Site staff write outcome forms they do not read: their own drafts are theirs.
grant execute on function outcome.keep_draft(text, text, text, integer, integer, jsonb), outcome.drafts_of(text),
  outcome.discard_draft(text, text, text, integer) to eq_open, eq_outcome;
grant execute on function treatment.keep_draft(text, text, text, integer, integer, jsonb), treatment.drafts_of(text),
  treatment.discard_draft(text, text, text, integer) to eq_treating;

grant select on open.verifications to eq_open, eq_outcome, eq_treating, eq_committee;
grant select on outcome.verifications to eq_outcome, eq_committee;
grant select on treatment.verifications to eq_treating, eq_committee;
grant execute on function open.verify_entry(text, text, text, integer, integer, text[], text),
  open.freeze_entry(text, text, text, integer, integer),
  open.unfreeze_entry(text, text, text, integer, integer, text) to eq_open, eq_outcome;
grant execute on function outcome.verify_entry(text, text, text, integer, integer, text[], text),
  outcome.freeze_entry(text, text, text, integer, integer),
  outcome.unfreeze_entry(text, text, text, integer, integer, text) to eq_outcome;
grant execute on function treatment.verify_entry(text, text, text, integer, integer, text[], text),
  treatment.freeze_entry(text, text, text, integer, integer),
  treatment.unfreeze_entry(text, text, text, integer, integer, text) to eq_treating, eq_committee;
grant insert on treatment.audit to eq_committee;

grant execute on function open.entry_in_hand(text, text, text, integer, integer),
  open.next_repeat(text, text, text), open.void_entry(text, text, text, integer, integer, text) to eq_open, eq_treating;
grant execute on function treatment.entry_in_hand(text, text, text, integer, integer),
  treatment.next_repeat(text, text, text), treatment.void_entry(text, text, text, integer, integer, text) to eq_treating;

grant select, insert on open.data_query_messages to eq_open, eq_outcome, eq_treating;
grant select on open.data_query_messages to eq_committee;
grant select, insert on outcome.data_query_messages to eq_outcome;
grant select on outcome.data_query_messages to eq_committee;
grant select, insert on treatment.data_query_messages to eq_treating, eq_committee;
grant insert on treatment.data_queries to eq_committee;
grant update (state, answer, closed_at) on treatment.data_queries to eq_committee;
grant execute on function treatment.note(text, text, text, text, text, text, text) to eq_committee;
grant execute on function open.write_to_query(open.data_queries, text, bigint, text),
  open.open_data_query(text, text, text, integer, text, text, boolean, text),
  open.move_data_query(integer, text[], text, text, text), open.answer_data_query(integer, text),
  open.reopen_data_query(integer, text),
  open.close_met_queries(text, text, text, integer, text[]) to eq_open, eq_outcome, eq_treating;
grant execute on function outcome.write_to_query(outcome.data_queries, text, bigint, text),
  outcome.open_data_query(text, text, text, integer, text, text, boolean, text),
  outcome.move_data_query(integer, text[], text, text, text), outcome.answer_data_query(integer, text),
  outcome.reopen_data_query(integer, text),
  outcome.close_met_queries(text, text, text, integer, text[]) to eq_outcome;
grant execute on function treatment.write_to_query(treatment.data_queries, text, bigint, text),
  treatment.open_data_query(text, text, text, integer, text, text, boolean, text),
  treatment.move_data_query(integer, text[], text, text, text), treatment.answer_data_query(integer, text),
  treatment.reopen_data_query(integer, text), treatment.close_data_query(integer, text),
  treatment.close_met_queries(text, text, text, integer, text[]) to eq_treating, eq_committee;

-- The earlier versions of what somebody entered without reading the class.
create function outcome.own_versions(p_participant text, p_form text, p_visit text)
  returns table (version bigint, status text, answers text, author text, at timestamptz, reason text)
  language sql stable security definer set search_path = pg_catalog
begin atomic
  select v.version::bigint, v.status, v.answers::text, u.full_name, v.at, v.reason
    from outcome.entry_versions v join access.users u on u.user_id = v.author
   where v.trial_id = access.trial() and v.participant = p_participant and v.form = p_form
     and v.visit = p_visit and v.repeat = 1 and v.author = access.actor()
   order by v.version;
end;
comment on function outcome.own_versions(text, text, text)
  is 'The caller''s own versions of an outcome entry; definer, since the caller holds no outcome table';
grant execute on function outcome.own_versions(text, text, text) to eq_open;
