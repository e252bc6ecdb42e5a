-- Versions and audit rows of the form the load saves, trial by trial.
select t.key, (select count(*) from outcome.entry_versions v where v.trial_id = t.trial_id and v.form = 'CSSRSS'),
       (select count(*) from outcome.audit a where a.trial_id = t.trial_id and a.action = 'submitted')
  from open.trials t
 where t.key ~ '^bench-capture-'
 order by split_part(t.key, '-', 3)::int;
