-- Applied once for each of the schemas open, outcome, treatment, allocation, sealed, identity and access; :class is the schema.
-- What rows of a class are is sealed: each row that is made, changed or removed leaves its digest in a chain of
-- its class, so that a row changed by anybody but this program no longer agrees with its last seal.
create table :class.seal_heads (
  trial_id integer primary key,
  size     bigint not null default 0,
  head     bytea not null default decode(repeat('00', 32), 'hex') check (length(head) = 32)
);
comment on table :class.seal_heads is 'Length and last hash of the chain of seals of this class, per trial';
comment on column :class.seal_heads.trial_id is 'Trial, 0 for what belongs to no trial';
comment on column :class.seal_heads.size is 'Number of seals';
comment on column :class.seal_heads.head is 'Hash of the last seal';

create table :class.seals (
  trial_id integer not null,
  n        bigint not null,
  relation text not null,
  row_key  jsonb not null,
  width    integer not null,
  digest   bytea check (length(digest) = 32),
  at       timestamptz not null,
  hash     bytea not null check (length(hash) = 32),
  primary key (trial_id, n)
);
comment on table :class.seals is 'Digest of every row of this class as it was written, chained; append-only, read by no login';
comment on column :class.seals.trial_id is 'Trial, 0 for what belongs to no trial';
comment on column :class.seals.n is 'Position in this class, without gaps';
comment on column :class.seals.relation is 'Table';
comment on column :class.seals.row_key is 'Primary key of the row';
comment on column :class.seals.width is 'Number of columns the table had: a later column is not in the digest';
comment on column :class.seals.digest is 'SHA-256 of the row as canonical JSON, null when it was removed';
comment on column :class.seals.at is 'Instant of the database';
comment on column :class.seals.hash is 'SHA-256 over the previous hash and this seal';
create trigger seals_append_only before update or delete or truncate on :class.seals
  for each statement execute function access.refuse_change();

create table :class.checkpoints (
  trial_id   integer not null,
  log        text not null check (log in ('audit', 'seals')),
  size       bigint not null check (size >= 1),
  head       bytea not null,
  signature  bytea not null check (length(signature) = 64),
  public_key bytea not null check (length(public_key) = 32),
  primary key (trial_id, log, size)
);
comment on table :class.checkpoints is 'Signed heads over the audit trail and the seals of this class; append-only, also kept by the witnesses';
comment on column :class.checkpoints.trial_id is 'Trial, 0 for what belongs to no trial';
comment on column :class.checkpoints.log is 'audit or seals';
comment on column :class.checkpoints.size is 'Number of rows vouched for';
comment on column :class.checkpoints.head is 'Canonical head: identity of the log, size, root of the Merkle tree, instant';
comment on column :class.checkpoints.signature is 'Ed25519 signature of the installation';
comment on column :class.checkpoints.public_key is 'Key that verifies it; the identity in the head is bound to it';
create trigger checkpoints_append_only before update or delete or truncate on :class.checkpoints
  for each statement execute function access.refuse_change();

create function :class.add_seal(p_relation text, p_row_key jsonb, p_width integer, p_digest bytea, p_trial integer)
  returns void language plpgsql volatile set search_path = pg_catalog as $$
declare
  v_head :class.seal_heads;
  v_at timestamptz := clock_timestamp();
  v_hash bytea;
begin
  select * into v_head from :class.seal_heads h where h.trial_id = p_trial for update;
  if v_head.trial_id is null then
    insert into :class.seal_heads (trial_id) values (p_trial) on conflict do nothing;
    select * into strict v_head from :class.seal_heads h where h.trial_id = p_trial for update;
  end if;
  v_hash := sha256(v_head.head || convert_to(jsonb_build_array(p_trial, v_head.size + 1, p_relation, p_row_key,
    p_width, encode(p_digest, 'hex'), extract(epoch from v_at)::numeric(20,6)::text)::text, 'UTF8'));
  insert into :class.seals (trial_id, n, relation, row_key, width, digest, at, hash)
  values (p_trial, v_head.size + 1, p_relation, p_row_key, p_width, p_digest, v_at, v_hash);
  update :class.seal_heads h set size = v_head.size + 1, head = v_hash where h.trial_id = p_trial;
end $$;
comment on function :class.add_seal(text, jsonb, integer, bytea, integer) is 'Chains the digest of a row under the head''s lock';

-- Arguments: columns of the key, and columns that are counters or moments and no record, each separated by commas.
create function :class.seal_row() returns trigger language plpgsql
  security definer set search_path = pg_catalog set timezone = 'UTC' set bytea_output = 'hex' as $$
declare
  v_key text[] := string_to_array(tg_argv[0], ',');
  v_left text[] := string_to_array(tg_argv[1], ',');
  v_new jsonb := case when tg_op <> 'DELETE' then to_jsonb(new) end;
  v_old jsonb := case when tg_op <> 'INSERT' then to_jsonb(old) end;
  v_row jsonb := coalesce(v_new, v_old);
begin
  if tg_op = 'UPDATE' and v_new - v_left = v_old - v_left then
    return null;
  end if;
  perform :class.add_seal(tg_table_name,
    (select jsonb_object_agg(k, v_row -> k) from unnest(v_key) k),
    (select count(*)::integer from jsonb_object_keys(v_row)),
    case when v_new is not null then sha256(convert_to((v_new - v_left)::text, 'UTF8')) end,
    coalesce((v_row ->> 'trial_id')::integer, 0));
  return null;
end $$;
comment on function :class.seal_row() is 'Trigger at commit: seals a row that was made, changed or removed';

-- For migrations: seals a table from now on, and its present rows.
create function :class.seal_table(p_table text, p_left text default '') returns void
  language plpgsql volatile set search_path = pg_catalog set timezone = 'UTC' set bytea_output = 'hex' as $do$
declare
  v_key text;
  v_row record;
  v_forced boolean;
begin
  select c.relforcerowsecurity into strict v_forced
    from pg_class c where c.oid = format('%I.%I', ':class', p_table)::regclass;
  select string_agg(a.attname, ',' order by k.place) into strict v_key
    from pg_index i cross join unnest(i.indkey) with ordinality as k (attnum, place)
    join pg_attribute a on a.attrelid = i.indrelid and a.attnum = k.attnum
   where i.indrelid = format('%I.%I', ':class', p_table)::regclass and i.indisprimary;
  -- At commit, after every audit row: whoever waits, waits for the head of the audit trail first.
  execute format('create constraint trigger rows_sealed after insert or update or delete on :class.%I
    deferrable initially deferred for each row execute function :class.seal_row(%L, %L)', p_table, v_key, p_left);
  if v_forced then
    execute format('alter table :class.%I no force row level security', p_table);
  end if;
  for v_row in execute format('select to_jsonb(t) as j from :class.%I t', p_table) loop
    perform :class.add_seal(p_table,
      (select jsonb_object_agg(k, v_row.j -> k) from unnest(string_to_array(v_key, ',')) k),
      (select count(*)::integer from jsonb_object_keys(v_row.j)),
      sha256(convert_to((v_row.j - string_to_array(p_left, ','))::text, 'UTF8')),
      coalesce((v_row.j ->> 'trial_id')::integer, 0));
  end loop;
  if v_forced then
    execute format('alter table :class.%I force row level security', p_table);
  end if;
end $do$;
comment on function :class.seal_table(text, text) is 'For migrations: seals a table, whose rows so far are taken as they are';
