-- The context of a request is read by every policy, often once a row. A function with settings of its
-- own is never inlined, so each reading planned a statement anew. The bodies of these were bound to
-- pg_catalog when they were made: they need no search path.
alter function access.trial() reset search_path;
alter function access.actor() reset search_path;
alter function access.acting_role() reset search_path;
alter function access.sees_site(text) reset search_path;

-- A function in the language sql is planned at each call, one in plpgsql once a session.
create or replace function open.act_time() returns timestamptz language plpgsql volatile
  set search_path = pg_catalog as $$
begin
  return (select case when t.mode = 'simulation'
            then coalesce(nullif(current_setting('eq.now', true), '')::timestamptz, clock_timestamp())
            else clock_timestamp() end
          from open.trials t where t.trial_id = access.trial());
end $$;

create or replace function allocation.readiness_facts(p_participant text) returns jsonb
  language plpgsql volatile set search_path = pg_catalog as $$
begin
  return (select jsonb_build_object(
    'study_state', t.state,
    'site_state', s.state,
    'zone', s.zone,
    'site_randomized', s.randomized,
    'allocations', (select l.allocations from allocation.ledgers l where l.trial_id = t.trial_id),
    'site_key', p.site_key,
    'state', p.state,
    'withdrawal_level', p.withdrawal_level,
    'consented_at', p.consented_at,
    'now', open.act_time(),
    'likeness_open', (select a.alike > 0 and (p.likeness_resolved_by is null or a.alike > coalesce(p.likeness_judged, a.alike))
       from (select open.alike(p.participant) as alike) a),
    'blocking_queries', (select coalesce(jsonb_agg(q.visit order by q.visit), '[]')
       from open.data_queries q where q.trial_id = p.trial_id and q.participant = p.participant
        and q.state = 'open' and q.is_blocking),
    'entries', (select coalesce(jsonb_agg(to_jsonb(e) order by e.form, e.visit), '[]') from (
       select e.form, e.visit, e.version, e.status, e.answers, e.entered_at, e.submitted_at,
              (select jsonb_agg(jsonb_build_object('role', g.signer_role, 'at', g.at, 'version', g.version) order by g.at)
                 from open.signatures g
                where g.trial_id = e.trial_id and g.participant = e.participant and g.form = e.form
                  and g.visit = e.visit and g.repeat = e.repeat and g.voided_at is null) as signatures
         from open.entries e
        where e.trial_id = p.trial_id and e.participant = p.participant and e.repeat = 1
       union all
       select e.form, e.visit, e.version, e.status, e.answers, e.entered_at, e.submitted_at, null
         from outcome.entries e
        where e.trial_id = p.trial_id and e.participant = p.participant and e.repeat = 1) e))
    from open.participants p
    join open.trials t on t.trial_id = p.trial_id
    join open.sites s on s.trial_id = p.trial_id and s.site_key = p.site_key
   where p.trial_id = access.trial() and p.participant = p_participant);
end $$;

create or replace function access.keep_reply(p_user bigint, p_operation text, p_key text, p_claim bytea, p_reply bytea,
  p_effective boolean) returns void
  language plpgsql volatile security definer set search_path = pg_catalog as $$
begin
  update access.requests r set reply_box = p_reply
   where r.user_id = p_user and r.operation = p_operation and r.request_key = p_key and r.claim = p_claim
     and r.reply_box is null and (r.took_effect or not p_effective);
end $$;

create or replace function access.give_up_request(p_user bigint, p_operation text, p_key text, p_claim bytea) returns void
  language plpgsql volatile security definer set search_path = pg_catalog as $$
begin
  delete from access.requests r
   where r.user_id = p_user and r.operation = p_operation and r.request_key = p_key and r.claim = p_claim
     and not r.took_effect;
  update access.requests r set claim = null
   where r.user_id = p_user and r.operation = p_operation and r.request_key = p_key and r.claim = p_claim
     and r.reply_box is null;
end $$;
