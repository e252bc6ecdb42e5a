-- Written with each audited act: planned once a session.
create or replace function :class.note(p_site text, p_object text, p_action text, p_reason text default '',
  p_field text default '', p_old text default null, p_new text default null) returns void
  language plpgsql volatile set search_path = pg_catalog as $$
begin
  insert into :class.audit (trial_id, seq, at, actor, role, site_key, object, action, field, old, new, reason, hash)
  values (access.trial(), 0, open.act_time(), access.actor(), access.acting_role(), p_site, p_object,
    p_action, p_field, p_old, p_new, p_reason, '\x');
end $$;
