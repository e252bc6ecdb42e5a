-- Signatures that close a trial are bound like those on entries: to trial, act, attempt, person, name, role, meaning and
-- instant, and to the analysis plan and the locked data they stood on.
alter table open.lock_signatures
  add column plan text not null default '',
  add column cut text not null default '',
  add column binding bytea check (length(binding) = 32);
comment on column open.lock_signatures.plan is 'Digest of the analysis plan on record at the time, empty where there was none';
comment on column open.lock_signatures.cut is
  'Digest of what the hard lock holds of class open, empty before the lock; other classes would show in this one';
comment on column open.lock_signatures.binding is 'SHA-256 of the row without it; null for signatures made before bindings';

create function open.bind_lock_signature() returns trigger language plpgsql
  security definer set search_path = pg_catalog as $$
begin
  new.plan := coalesce((select s.detail from open.lock_signatures s
    where s.trial_id = new.trial_id and s.act = 'analysis_plan' and new.act <> 'analysis_plan'
    order by s.at desc, s.signer limit 1), '');
  new.cut := coalesce((select encode(k.digest, 'hex') from open.snapshots k join open.cuts c using (trial_id, snapshot)
    where k.trial_id = new.trial_id and c.kind = 'hard_lock' order by k.snapshot desc limit 1), '');
  new.binding := sha256(convert_to(jsonb_build_array('lock signature/v1', new.trial_id, new.act, new.attempt, new.signer,
    new.name, new.role, new.meaning, new.detail, new.plan, new.cut,
    extract(epoch from new.at)::numeric(20,6)::text)::text, 'UTF8'));
  return new;
end $$;
comment on function open.bind_lock_signature() is
  'Trigger: binds a signature of an act that closes the trial; definer, since not every signer reads snapshots';
revoke execute on function open.bind_lock_signature() from public;
create trigger lock_signatures_bound before insert on open.lock_signatures
  for each row execute function open.bind_lock_signature();
