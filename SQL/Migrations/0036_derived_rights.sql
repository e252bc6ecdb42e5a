-- Values the system works out are read by who reads their class, and kept by the program's own acts.
grant select on open.derived_values to eq_open, eq_outcome, eq_treating, eq_committee;
grant select on outcome.derived_values to eq_outcome, eq_committee;
grant select on treatment.derived_values to eq_treating, eq_committee;
create function open.hold_participant(p_participant text) returns boolean
  language plpgsql volatile security definer set search_path = pg_catalog as $$
begin
  perform from open.participants p
   where p.trial_id = access.trial() and p.participant = p_participant for no key update skip locked;
  return found;
end $$;
comment on function open.hold_participant(text) is
  'Holds the row of a participant to the end of the transaction, or says that somebody else does; definer, since the program derives and changes none';
grant execute on function open.hold_participant(text) to eq_committee;
grant execute on function open.keep_derived(text, text, text, jsonb, text),
  outcome.keep_derived(text, text, text, jsonb, text), treatment.keep_derived(text, text, text, jsonb, text)
  to eq_committee;
