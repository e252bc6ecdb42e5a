-- Who enters ratings and cognition reads what is on record of the own entries, and the randomization manager the trail
-- of the allocations (matrix of visibility, audit trail).
-- Nothing of class treatment: what somebody blinded was told of an arm is given and not read again.
create function access.own_trail(p_forms text[])
  returns table (at timestamptz, object text, action text, field text, old text, new text, reason text)
  language plpgsql stable security definer set search_path = pg_catalog as $$
declare
  -- A rater knows tokens and no participant: the login decides, whatever is asked.
  v_knows_keys boolean := has_table_privilege(session_user, 'open.participants', 'select');
begin
  return query
    with own as (
      select a.at, a.object, a.action, a.field, a.old, a.new, a.reason
        from outcome.audit a
       where a.trial_id = access.trial() and a.actor = access.actor() and a.cause in ('person', '')),
    named as (
      select o.*, split_part(o.object, '/', 1) as participant,
             substring(o.object from '^[^/]+/([^@/]+)@') as form, substring(o.object from '@([^#]+)') as visit
        from own o)
    select n.at,
           case when v_knows_keys then n.object else t.token || '/' || n.form || '@rating#1' end,
           n.action, n.field, n.old, n.new, n.reason
      from named n
      left join outcome.rating_tasks t
        on t.trial_id = access.trial() and t.participant = n.participant and t.visit = n.visit
     where n.form = any (p_forms) and (v_knows_keys or t.token is not null)
     order by 1 desc, 2, 4, 3
     limit 500;
end $$;
comment on function access.own_trail(text[]) is
  'What is on record of the caller''s own entries, by token where the login knows no participants; definer, since the callers hold no outcome table';
revoke execute on function access.own_trail(text[]) from public;
grant execute on function access.own_trail(text[]) to eq_open, eq_rater;

grant select on allocation.audit to eq_custodian;
grant select (username) on access.users to eq_custodian;
grant select on open.audit_reviews to eq_custodian;
grant execute on function open.record_audit_review(text, timestamptz, timestamptz, text, text, text) to eq_custodian;
