-- Bytes of what one real allocation writes: entry, head, arm box, reply; and pgbench's first trial.
select length(e.entry), length(h.head), length(a.arm_box), length(r.body), length(a.stratum),
       (select min(t.trial_id) from open.trials t where t.key ~ '^bench-pgbench-')
  from allocation.allocations a
  join open.trials t using (trial_id)
  join allocation.ledger_entries e using (trial_id, i)
  join allocation.heads h on h.trial_id = a.trial_id and h.size = a.i + 1
  join access.replies r on r.trial_id = a.trial_id and r.operation = 'randomize'
 where t.key = 'bench-model'
 order by a.i limit 1;
