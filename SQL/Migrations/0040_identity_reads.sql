-- Whoever reads who a participant is says what for, at the participant's own site, and it is on record before it is shown.
create function identity.read_person(p_participant text, p_purpose text) returns bytea
  language plpgsql volatile security definer set search_path = pg_catalog as $$
declare
  v_person identity.people;
begin
  if length(trim(p_purpose)) < 3 then
    raise exception using errcode = 'EQ422', message = 'an identity is read for a purpose';
  end if;
  -- The one site acted at: a role of the whole trial reads nobody.
  select * into v_person from identity.people i
   where i.trial_id = access.trial() and i.participant = p_participant and i.site_key = current_setting('eq.sites', true);
  if v_person.participant is null then
    raise exception using errcode = 'EQ404', message = 'nobody of that key at this site';
  end if;
  -- Who treats somebody may tell the treatment: reads by roles that know arms stand where blinded readers are not.
  if exists (select from access.role_kinds k where k.trial_id = access.trial() and k.role = access.acting_role()
      and k.blinding in ('unblinded', 'unblindedAcrossSites')) then
    perform treatment.note(v_person.site_key, p_participant, 'identity read', p_purpose);
  else
    perform open.note(v_person.site_key, p_participant, 'identity read', p_purpose);
  end if;
  return v_person.identity_box;
end $$;
comment on function identity.read_person(text, text)
  is 'The sealed identity of a participant of the own site, with its audit row; definer, since no login reads the vault';
revoke execute on function identity.read_person(text, text) from public;
grant usage on schema identity to eq_treating;
grant execute on function identity.read_person(text, text) to eq_open, eq_treating;
