-- Data for measuring randomization: copies of one simulated participant as they stood before
-- their randomization, at every site of every trial measured, and a session at each.
-- Run as the superuser of a temporary cluster; :participants is the number for each trial and site,
-- :first the number for each site of the first trial of each side.
\set ON_ERROR_STOP on
begin;
-- The copied rows passed every check when the acts wrote them.
set local session_replication_role = replica;
create temp table model on commit drop as
  select p.trial_id, p.participant, p.consented_at, p.randomized_at
    from open.participants p join open.trials t using (trial_id)
   where t.key = 'bench-model' and p.randomized_at is not null
   order by p.participant limit 1;
create temp table places on commit drop as
  select t.trial_id, s.site_key,
         case when t.key ~ '-01$' then :first else :participants end as participants
    from open.trials t join open.sites s using (trial_id)
   where t.key ~ '^bench-(server|pgbench)-';
create temp table copies on commit drop as
  select trial_id, site_key, site_key || '-' || n as participant
    from places, generate_series(1000, 999 + participants) n;
insert into open.participants (trial_id, participant, site_key, consented_at, state, likeness)
  select c.trial_id, c.participant, c.site_key, m.consented_at, 'eligible',
         sha256(convert_to(c.trial_id || c.participant, 'UTF8'))
    from copies c, model m;
insert into open.entries
  select c.trial_id, c.participant, c.site_key, e.form, e.visit, e.repeat, e.version, e.status,
         e.answers, e.definition, e.author, e.entered_at, e.submitted_at
    from copies c, model m
    join open.entries e on e.trial_id = m.trial_id and e.participant = m.participant
     and e.entered_at <= m.randomized_at;
insert into outcome.entries
  select c.trial_id, c.participant, c.site_key, e.form, e.visit, e.repeat, e.version, e.status,
         e.answers, e.definition, e.author, e.entered_at, e.submitted_at
    from copies c, model m
    join outcome.entries e on e.trial_id = m.trial_id and e.participant = m.participant
     and e.entered_at <= m.randomized_at;
insert into open.signatures
  select c.trial_id, c.participant, c.site_key, g.form, g.visit, g.repeat, g.version, g.signer,
         g.signer_name, g.signer_role, g.meaning, g.digest, g.at, g.voided_at
    from copies c, model m
    join open.signatures g on g.trial_id = m.trial_id and g.participant = m.participant
     and g.at <= m.randomized_at;
insert into access.sessions
    (token_hash, user_id, stage, trial_id, role, site_key, form_token, fresh_at, expires_at)
  select sha256(sha256(convert_to('bench ' || p.trial_id || ' ' || p.site_key, 'UTF8'))), u.user_id,
         'complete', p.trial_id, 'coordinator', p.site_key, sha256('form'), clock_timestamp(),
         clock_timestamp() + interval '12 hours'
    from places p join access.users u on u.username = 'bench-coordinator-' || p.site_key;
-- One login does what the server divides among two, so that pgbench needs one connection a client.
grant select on access.sessions, access.users, access.grants to eq_allocator;
-- What the server says of its key with each transaction, pgbench says by its login.
do $$
begin
  execute format('alter role eq_allocator set eq.key = %L', (select encode(k.fingerprint, 'hex')
    from sealed.master_keys k order by k.generation desc limit 1));
end $$;
commit;
vacuum analyze;
