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
grant execute on function access.own_forms() to public;
