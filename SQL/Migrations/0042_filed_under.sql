-- What entries are filed under: a participant by its key, or a site as a whole by its own.
create function open.filed_under(p_key text, out site_key text, out withdrawal_level text, out state text)
  language plpgsql stable set search_path = pg_catalog as $$
begin
  if p_key ~ '^[0-9]{3}$' then
    select s.site_key into site_key from open.sites s
     where s.trial_id = access.trial() and s.site_key = p_key and access.sees_site(s.site_key);
  else
    select p.site_key, p.withdrawal_level, p.state into site_key, withdrawal_level, state
      from open.participants p where p.trial_id = access.trial() and p.participant = p_key;
  end if;
end $$;
comment on function open.filed_under(text)
  is 'The site of the participant or site that entries are filed under, in scope, and what stands against more of them';
grant execute on function open.filed_under(text) to eq_open, eq_outcome, eq_treating, eq_committee;

-- The forms of which the role acted in reads its own entries only, set with the context of a request.
create function access.own_forms() returns text[] language sql stable
  set search_path = pg_catalog
  return string_to_array(nullif(current_setting('eq.own_forms', true), ''), ',');
comment on function access.own_forms() is 'The forms of which only own entries are read in the current request, null for none';
revoke execute on function access.own_forms() from public;
grant execute on function access.own_forms() to eq_access, eq_open, eq_rater, eq_participant, eq_outcome, eq_treating, eq_allocator, eq_custodian,
  eq_committee, eq_reports;

-- A site comes into the trial with the amendment that names it; it is planned, and levels of the randomization
-- are the business of the next scheme. Every daemon reads anew.
create function open.add_site(p_version text, p_site text, p_name text, p_zone text) returns void
  language plpgsql volatile security definer set search_path = pg_catalog as $$
begin
  perform 1 from open.trials t where t.trial_id = access.trial() for no key update;
  if not exists (select from open.study_versions v
     where v.trial_id = access.trial() and v.version = p_version and v.state = 'approved') then
    raise exception using errcode = 'EQ409', message = 'not an approved amendment';
  end if;
  insert into open.sites (trial_id, site_key, name, zone, state)
  values (access.trial(), p_site, p_name, p_zone, 'planned');
  update open.trials t set amendments = t.amendments + 1 where t.trial_id = access.trial();
  perform open.note(p_site, 'site ' || p_site, 'site added', 'amendment ' || p_version, 'name', null, p_name);
end $$;
comment on function open.add_site(text, text, text, text)
  is 'Adds a site of an approved amendment; definer, so that no login changes trials';
revoke execute on function open.add_site(text, text, text, text) from public;
grant execute on function open.add_site(text, text, text, text) to eq_custodian;
