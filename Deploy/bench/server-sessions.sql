-- The secrets of the sessions of the trials measured: trial, site, secret.
select t.trial_id, s.site_key,
       encode(sha256(convert_to('bench ' || t.trial_id || ' ' || s.site_key, 'UTF8')), 'hex')
  from open.trials t join open.sites s using (trial_id)
 where t.key ~ '^bench-server-'
 order by t.trial_id, s.site_key;
