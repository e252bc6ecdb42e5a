-- Data for measuring capture: copies of one simulated participant in trials of several sizes, sixteen of
-- them for the load, and one participant with 40 visits and more than 2,000 values.
-- Run as the superuser of a temporary cluster.
\set ON_ERROR_STOP on
begin;
-- The copied rows passed every check when the acts wrote them.
set local session_replication_role = replica;
create temp table model on commit drop as
  select p.trial_id, p.participant, p.consented_at
    from open.participants p join open.trials t using (trial_id)
   where t.key = 'bench-model' and p.randomized_at is not null
   order by p.participant limit 1;
create temp table copies on commit drop as
  select t.trial_id, s.site_key, s.site_key || '-' || (1000 + n / 12) as participant
    from open.trials t
    cross join lateral generate_series(0, split_part(t.key, '-', 3)::int + 16 * 12 - 1) n
    join open.sites s on s.trial_id = t.trial_id and s.site_key = (101 + n % 12)::text
   where t.key ~ '^bench-capture-';
insert into open.participants (trial_id, participant, site_key, consented_at, state, likeness)
  select c.trial_id, c.participant, c.site_key, m.consented_at, 'eligible',
         sha256(convert_to(c.trial_id || c.participant, 'UTF8'))
    from copies c, model m;
insert into open.entries
  select c.trial_id, c.participant, c.site_key, e.form, e.visit, e.repeat, e.version, e.status,
         e.answers, e.definition, e.author, e.entered_at, e.submitted_at
    from copies c, model m
    join open.entries e on e.trial_id = m.trial_id and e.participant = m.participant;
insert into outcome.entries
  select c.trial_id, c.participant, c.site_key, e.form, e.visit, e.repeat, 1, e.status,
         e.answers, e.definition, e.author, e.entered_at, e.submitted_at
    from copies c, model m
    join outcome.entries e on e.trial_id = m.trial_id and e.participant = m.participant;
insert into open.participants (trial_id, participant, site_key, consented_at, state, likeness)
  select distinct c.trial_id, '101-9000', '101', m.consented_at, 'eligible', sha256(c.trial_id::text::bytea)
    from copies c, model m;
create temp table places on commit drop as
  select t.trial_id, v.visit
    from (select distinct trial_id from copies) t,
         unnest(string_to_array(:'visits', ',')) v(visit);
insert into open.entries (trial_id, participant, site_key, form, visit, repeat, version, status, answers,
    definition, author, entered_at, submitted_at)
  select p.trial_id, '101-9000', '101', f.form, p.visit, f.repeat, 1, 'submitted', f.answers, '1.0', u.user_id,
         m.consented_at, m.consented_at
    from places p, model m, access.users u,
         (select 'VS' as form, 1 as repeat, '{"vdate": "2026-11-20", "done": "Y", "sbp": "120", "dbp": "80",
            "hr": "60", "spo2": "97", "temp": "36.8", "reason_nd": "-"}'::jsonb as answers
          union all
          select 'CM', n, '{"drug": "Sertraline", "atc": "N06AB06", "dose": "50", "unit": "mg", "freq": "QD",
            "route": "PO", "start": "2026", "ongoing": "true", "indication": "-"}'::jsonb
            from generate_series(1, 5) n) f
   where u.username = 'bench-coordinator-101';
insert into access.sessions
    (token_hash, user_id, stage, trial_id, role, site_key, form_token, fresh_at, expires_at)
  select sha256(sha256(convert_to('bench ' || t.trial_id || ' 101', 'UTF8'))), u.user_id,
         'complete', t.trial_id, 'coordinator', '101', sha256('form'), clock_timestamp(),
         clock_timestamp() + interval '12 hours'
    from open.trials t join access.users u on u.username = 'bench-coordinator-101'
   where t.key ~ '^bench-capture-';
commit;
vacuum analyze;
-- Trial, participants, secret of the session, values of the full participant.
select t.key, count(p.participant),
       encode(sha256(convert_to('bench ' || t.trial_id || ' 101', 'UTF8')), 'hex'),
       (select count(*) from open.entries e, jsonb_each(e.answers)
         where e.trial_id = t.trial_id and e.participant = '101-9000')
  from open.trials t join open.participants p using (trial_id)
 where t.key ~ '^bench-capture-'
 group by t.trial_id, t.key
 order by split_part(t.key, '-', 3)::int;
