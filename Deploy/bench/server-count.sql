-- Allocations stored and the highest participant number used, for the server's trials and pgbench's.
select split_part(t.key, '-', 2), count(a.i), coalesce(max(right(a.participant, 4)::int), 999)
  from open.trials t left join allocation.allocations a using (trial_id)
 where t.key ~ '^bench-(server|pgbench)-'
 group by 1 order by 1;
