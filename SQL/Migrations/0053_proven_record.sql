-- Who may write the record is told by a key that is not in the database: each seal and each audit row carries a proof
-- made with it. Whoever writes past the program, a superuser too, leaves a row without one.
create function access.proof(p_hash bytea) returns bytea language plpgsql volatile
  set search_path = pg_catalog as $$
declare
  v_text text := nullif(current_setting('eq.write_key', true), '');
  v_key bytea;
begin
  if v_text is null then
    return null;
  end if;
  v_key := decode(v_text, 'hex');
  -- Key and hash are 32 bytes each, so that nothing can be appended to either.
  return sha256(v_key || sha256(v_key || p_hash));
end $$;
comment on function access.proof(bytea) is 'The proof over a hash with the key of the connection, null on one without a key';
revoke execute on function access.proof(bytea) from public;

do $do$
declare
  v_class text;
begin
  foreach v_class in array array['open', 'outcome', 'treatment', 'allocation', 'sealed', 'identity', 'access'] loop
    execute replace($sql$
alter table {class}.seals add column proof bytea check (length(proof) = 32);
comment on column {class}.seals.proof is 'Made with the key of the program over the hash; null where the key was not there';
create or replace function {class}.add_seal(p_relation text, p_row_key jsonb, p_width integer, p_digest bytea, p_trial integer)
  returns void language plpgsql volatile set search_path = pg_catalog as $$
declare
  v_head {class}.seal_heads;
  v_at timestamptz := clock_timestamp();
  v_hash bytea;
begin
  select * into v_head from {class}.seal_heads h where h.trial_id = p_trial for update;
  if v_head.trial_id is null then
    insert into {class}.seal_heads (trial_id) values (p_trial) on conflict do nothing;
    select * into strict v_head from {class}.seal_heads h where h.trial_id = p_trial for update;
  end if;
  v_hash := sha256(v_head.head || convert_to(jsonb_build_array(p_trial, v_head.size + 1, p_relation, p_row_key,
    p_width, encode(p_digest, 'hex'), extract(epoch from v_at)::numeric(20,6)::text)::text, 'UTF8'));
  insert into {class}.seals (trial_id, n, relation, row_key, width, digest, at, hash, proof)
  values (p_trial, v_head.size + 1, p_relation, p_row_key, p_width, p_digest, v_at, v_hash, access.proof(v_hash));
  update {class}.seal_heads h set size = v_head.size + 1, head = v_hash where h.trial_id = p_trial;
end $$;

-- Vouches once, with a proof, for what was written before there was a key: up to here seals and audit rows need none.
create function {class}.adopt_record(p_audited boolean) returns void
  language plpgsql volatile set search_path = pg_catalog as $$
declare
  v_head record;
begin
  for v_head in execute format('select h.trial_id, h.size, %s as audited from {class}.seal_heads h
      order by h.trial_id', case when p_audited
        then '(select a.size from {class}.audit_heads a where a.trial_id = h.trial_id)' else 'null::bigint' end) loop
    perform {class}.add_seal('adopted', jsonb_build_object('seals', v_head.size, 'audit', coalesce(v_head.audited, 0)),
      0, null, v_head.trial_id);
  end loop;
end $$;
comment on function {class}.adopt_record(boolean) is 'For the first start with the key: vouches for the seals and audit rows so far';
revoke execute on function {class}.adopt_record(boolean) from public;
$sql$, '{class}', v_class);
  end loop;
  foreach v_class in array array['open', 'outcome', 'treatment', 'allocation'] loop
    execute replace($sql$
alter table {class}.audit add column proof bytea check (length(proof) = 32);
comment on column {class}.audit.proof is 'Made with the key of the program over the hash; null where the key was not there';
create function {class}.prove_audit() returns trigger language plpgsql
  security definer set search_path = pg_catalog as $$
begin
  new.proof := access.proof(new.hash);
  return new;
end $$;
comment on function {class}.prove_audit() is 'Trigger: proves an audit row, after it was chained';
revoke execute on function {class}.prove_audit() from public;
-- Triggers of one kind fire in the order of their names: audit_chained comes first.
create trigger audit_proven before insert on {class}.audit
  for each row execute function {class}.prove_audit();
$sql$, '{class}', v_class);
  end loop;
end $do$;
