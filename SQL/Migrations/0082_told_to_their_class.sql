-- A function in the schema of a class is for the logins that hold the class, as its tables are. Each class was given the same
-- list of logins; those without a table of treatment had no use of these, and could not reach the schema either.
revoke execute on function treatment.shown_status(text, text, text, integer, text),
  treatment.is_own_entry(text, text, text, integer) from eq_open, eq_outcome, eq_allocator, eq_custodian, eq_reports;
revoke execute on function treatment.refuse_late_record(text) from eq_open, eq_outcome;

-- Who reads the audit trail of class outcome on the login of the committee leaves there that a file of it was taken.
grant insert on outcome.audit to eq_committee;
grant execute on function outcome.note(text, text, text, text, text, text, text) to eq_committee;

-- That a name, an address or somebody to call is on record at all says something of a person: which fields were filled in
-- or changed stands in the sealed versions, and the audit row, which every reader of its class finds, says that it was done.
drop function identity.save_entry(text, text, integer, bytea, text, text);
create function identity.save_entry(p_participant text, p_form text, p_expected integer, p_box bytea, p_definition text)
  returns integer
  language plpgsql volatile security definer set search_path = pg_catalog as $$
declare
  v_site text;
  v_version integer;
begin
  -- The one site acted at: a role of the whole trial writes nobody's identity.
  select p.site_key into v_site from open.participants p
   where p.trial_id = access.trial() and p.participant = p_participant
     and p.site_key = current_setting('eq.sites', true)
     for no key update;
  if v_site is null then
    raise exception using errcode = 'EQ404', message = 'nobody of that key at this site';
  end if;
  perform open.refuse_late_record(p_participant);
  select coalesce(max(e.version), 0) into v_version from identity.entries e
   where e.trial_id = access.trial() and e.participant = p_participant and e.form = p_form;
  if v_version <> p_expected then
    raise exception using errcode = 'EQ412', message = 'the identity was recorded meanwhile';
  end if;
  insert into identity.entries (trial_id, participant, form, version, site_key, entry_box, definition, recorded_by, recorded_at)
  values (access.trial(), p_participant, p_form, v_version + 1, v_site, p_box, p_definition, access.actor(), open.act_time());
  perform identity.note(v_site, p_participant, case when v_version = 0 then 'identity recorded' else 'identity corrected' end, '');
  return v_version + 1;
end $$;
comment on function identity.save_entry(text, text, integer, bytea, text)
  is 'The next version of who a participant of the own site is, with an audit row that it was recorded or corrected; definer, since no login reads the vault';
revoke execute on function identity.save_entry(text, text, integer, bytea, text) from public;
grant execute on function identity.save_entry(text, text, integer, bytea, text) to eq_open, eq_treating;
