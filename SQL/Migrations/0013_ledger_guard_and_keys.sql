-- Which master key an installation is sealed under, and what the database refuses around the ledger.

create table sealed.master_keys (
  generation          integer primary key check (generation >= 1),
  fingerprint         bytea not null unique check (length(fingerprint) = 32),
  sign_in_fingerprint bytea not null check (length(sign_in_fingerprint) = 32),
  likeness_box        bytea,
  made_in             xid8 not null default pg_current_xact_id(),
  since               timestamptz not null default transaction_timestamp()
);
comment on table sealed.master_keys is 'Generations of the master key, told by keyed fingerprints; the newest is in force, the keys are never here';
comment on column sealed.master_keys.generation is 'Number from 1';
comment on column sealed.master_keys.fingerprint is 'Keyed fingerprint of the master key: tells a wrong key from the right one';
comment on column sealed.master_keys.sign_in_fingerprint is 'Keyed fingerprint of the key of one-time codes, which can be given alone';
comment on column sealed.master_keys.likeness_box is 'The first generation''s likeness key under this key: digests of people stay comparable; null in generation 1';
comment on column sealed.master_keys.made_in is 'Transaction that made the generation: only there may boxes be replaced';
comment on column sealed.master_keys.since is 'Start of that transaction';
create trigger master_keys_append_only before update or delete or truncate on sealed.master_keys
  for each statement execute function access.refuse_change();

create function sealed.refuse_key_out_of_order() returns trigger language plpgsql
  set search_path = pg_catalog as $$
begin
  if new.generation <> 1 + (select coalesce(max(k.generation), 0) from sealed.master_keys k)
     or new.made_in <> pg_current_xact_id() or new.since <> transaction_timestamp() then
    raise exception using errcode = 'EQ409', message = 'generations of the key follow one another';
  end if;
  return new;
end $$;
comment on function sealed.refuse_key_out_of_order() is 'Trigger: a generation follows the one before, and is made now';
create trigger master_keys_in_order before insert on sealed.master_keys
  for each row execute function sealed.refuse_key_out_of_order();

create function sealed.is_rotating() returns boolean language sql volatile
  security definer set search_path = pg_catalog
begin atomic
  select exists (select from sealed.master_keys k
    where k.generation = (select max(n.generation) from sealed.master_keys n) and k.generation > 1
      and k.made_in = pg_current_xact_id() and k.since = transaction_timestamp());
end;
comment on function sealed.is_rotating() is 'Whether this very transaction puts a new master key into force';

-- A daemon that still holds the key of an earlier generation writes no box any more.
create function sealed.refuse_outdated_key() returns trigger language plpgsql
  security definer set search_path = pg_catalog as $$
declare
  v_mark text;
begin
  -- Waits for a rotation in progress, and holds the next one back until this transaction has ended.
  perform pg_advisory_xact_lock_shared(7298302);
  select encode(k.fingerprint, 'hex') into v_mark from sealed.master_keys k
   order by k.generation desc limit 1;
  if v_mark is distinct from coalesce(current_setting('eq.key', true), '') and v_mark is not null then
    raise exception using errcode = 'EQ440', message = 'sealed under a key that is not in force';
  end if;
  return new;
end $$;
comment on function sealed.refuse_outdated_key() is 'Trigger: a box is written only under the master key in force';

create function sealed.refuse_all_but_box() returns trigger language plpgsql
  set search_path = pg_catalog as $$
begin
  if to_jsonb(new) - tg_argv[0] is distinct from to_jsonb(old) - tg_argv[0] then
    raise exception using errcode = 'EQ403', message = 'a rotation replaces boxes and nothing else';
  end if;
  return new;
end $$;
comment on function sealed.refuse_all_but_box() is 'Trigger: a rotation of the key replaces boxes and nothing beside them';

-- Makes a column of boxes safe: written only under the key in force, replaced only by a rotation,
-- which may do so in a locked trial as well and changes nothing else. For migrations alone.
create function sealed.guard_box(p_table regclass, p_column text) returns void language plpgsql
  set search_path = pg_catalog as $$
begin
  execute format('create trigger b_key_in_force before insert or update of %I on %s
    for each row execute function sealed.refuse_outdated_key()', p_column, p_table);
  execute format('create trigger b_rotated before update on %s
    for each row when (sealed.is_rotating()) execute function sealed.refuse_all_but_box(%L)', p_table, p_column);
  if exists (select from pg_trigger t where t.tgrelid = p_table and t.tgname = 'a_locked') then
    execute format('drop trigger a_locked on %s', p_table);
    execute format('create trigger a_locked before insert on %s
      for each row execute function open.refuse_when_locked()', p_table);
    execute format('create trigger a_locked_update before update on %s
      for each row when (not sealed.is_rotating()) execute function open.refuse_when_locked()', p_table);
  end if;
end $$;
comment on function sealed.guard_box(regclass, text) is 'For migrations: the rules of a column that holds boxes';

select sealed.guard_box('access.users', 'factor_box');
select sealed.guard_box('sealed.secrets', 'box');
select sealed.guard_box('sealed.schemes', 'box');
select sealed.guard_box('identity.people', 'identity_box');
select sealed.guard_box('allocation.allocations', 'arm_box');

-- Allocations stay append-only for everybody; a rotation replaces their boxes and nothing else.
create function allocation.refuse_change_but_rotation() returns trigger language plpgsql
  set search_path = pg_catalog as $$
begin
  if not sealed.is_rotating() then
    raise exception using errcode = 'EQ403', message = 'allocation.allocations is append-only';
  end if;
  return null;
end $$;
comment on function allocation.refuse_change_but_rotation() is 'Trigger: allocations are changed by nothing but a rotation of the key';
drop trigger allocations_append_only on allocation.allocations;
create trigger allocations_append_only before delete or truncate on allocation.allocations
  for each statement execute function access.refuse_change();
create trigger allocations_rotation_only before update on allocation.allocations
  for each statement execute function allocation.refuse_change_but_rotation();

-- The row of a ledger follows its entries, whatever the server's code does.
alter table allocation.ledgers add column last_allocation bigint not null default -1;
comment on column allocation.ledgers.last_allocation is 'Index of the entry of the last allocation counted, -1 before the first';

create function allocation.refuse_moved_ledger() returns trigger language plpgsql
  set search_path = pg_catalog as $$
begin
  if tg_op = 'INSERT' then
    if new.size <> 0 or new.allocations <> 0 or new.last_allocation <> -1
       or new.last_leaf <> decode(repeat('00', 32), 'hex') then
      raise exception using errcode = 'EQ499', message = 'a ledger begins empty';
    end if;
    return new;
  end if;
  if (new.trial_id, new.ledger, new.public_key) is distinct from (old.trial_id, old.ledger, old.public_key) then
    raise exception using errcode = 'EQ499', message = 'identity and key of a ledger never change';
  end if;
  if new.size <> old.size and (new.size <> old.size + 1 or new.last_leaf is distinct from
     (select e.leaf from allocation.ledger_entries e where e.trial_id = new.trial_id and e.i = old.size)) then
    raise exception using errcode = 'EQ499', message = 'a ledger grows by the entry that follows';
  end if;
  if new.size = old.size and new.last_leaf <> old.last_leaf then
    raise exception using errcode = 'EQ499', message = 'the last leaf is that of the last entry';
  end if;
  new.last_allocation := old.last_allocation;
  if new.allocations <> old.allocations then
    if new.allocations <> old.allocations + 1 or new.size - 1 <= old.last_allocation
       or not exists (select from allocation.allocations a
                       where a.trial_id = new.trial_id and a.i = new.size - 1) then
      raise exception using errcode = 'EQ499', message = 'an allocation is counted once, when it is made';
    end if;
    new.last_allocation := new.size - 1;
  end if;
  return new;
end $$;
comment on function allocation.refuse_moved_ledger() is 'Trigger: size, last leaf and count of a ledger follow its entries and allocations';
create trigger ledgers_follow before insert or update on allocation.ledgers
  for each row execute function allocation.refuse_moved_ledger();
create trigger ledgers_kept before delete or truncate on allocation.ledgers
  for each statement execute function access.refuse_change();

-- An entry beside the ledger would stop every later draw: none is left behind at the commit.
create function allocation.refuse_entry_not_counted() returns trigger language plpgsql
  set search_path = pg_catalog as $$
begin
  if not exists (select from allocation.ledgers l where l.trial_id = new.trial_id and l.size > new.i) then
    raise exception using errcode = 'EQ499', message = 'the ledger does not count this entry';
  end if;
  return null;
end $$;
comment on function allocation.refuse_entry_not_counted() is 'Trigger at commit: the ledger counts every entry';
create constraint trigger ledger_entries_counted after insert on allocation.ledger_entries
  deferrable initially deferred for each row execute function allocation.refuse_entry_not_counted();

-- An allocation is the one its entry names.
create function allocation.refuse_foreign_allocation() returns trigger language plpgsql
  set search_path = pg_catalog as $$
declare
  v_entry jsonb;
begin
  select convert_from(e.entry, 'UTF8')::jsonb into v_entry from allocation.ledger_entries e
   where e.trial_id = new.trial_id and e.i = new.i;
  if v_entry ->> 'kind' is distinct from 'allocate'
     or v_entry #>> '{body,rid}' is distinct from new.rid
     or v_entry #>> '{body,subject}' is distinct from new.participant
     or (v_entry #>> '{body,epoch}')::integer is distinct from new.epoch
     or (v_entry #>> '{body,seq}')::bigint is distinct from new.seq then
    raise exception using errcode = 'EQ499', message = 'the allocation is not the one of its entry';
  end if;
  return new;
end $$;
comment on function allocation.refuse_foreign_allocation() is 'Trigger: an allocation is the one its entry names';
create trigger allocations_follow before insert on allocation.allocations
  for each row execute function allocation.refuse_foreign_allocation();

create function allocation.refuse_foreign_head() returns trigger language plpgsql
  set search_path = pg_catalog as $$
declare
  v_head jsonb := convert_from(new.head, 'UTF8')::jsonb;
begin
  if not exists (select from allocation.ledgers l where l.trial_id = new.trial_id and l.size = new.size
       and v_head ->> 'ledger' = encode(l.ledger, 'hex') and (v_head ->> 'size')::bigint = new.size) then
    raise exception using errcode = 'EQ499', message = 'a head is that of the ledger as it stands';
  end if;
  return new;
end $$;
comment on function allocation.refuse_foreign_head() is 'Trigger: a head names this ledger and its present size';
create trigger heads_follow before insert on allocation.heads
  for each row execute function allocation.refuse_foreign_head();

-- Grants. The check of a ledger compares it with the audit trail of class open.
grant select on open.audit to eq_allocator;
grant select on sealed.master_keys to eq_custodian;
grant execute on function sealed.is_rotating() to eq_custodian, eq_access;
