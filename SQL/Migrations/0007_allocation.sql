create table sealed.secrets (
  trial_id integer not null references open.trials,
  name     text not null check (name in ('seed', 'head-key', 'label-key')),
  box      bytea not null,
  primary key (trial_id, name)
);
comment on table sealed.secrets is 'Seed, head signing key and key of the closed reports'' letters, each boxed';
comment on column sealed.secrets.trial_id is 'Trial';
comment on column sealed.secrets.name is 'Which secret';
comment on column sealed.secrets.box is 'Nonce and ChaCha20-Poly1305 ciphertext under the installation key';

create table sealed.schemes (
  trial_id    integer not null references open.trials,
  epoch       integer not null check (epoch >= 1),
  box         bytea not null,
  drafted_by  bigint not null,
  drafted_at  timestamptz not null,
  approved_by bigint,
  approved_at timestamptz,
  primary key (trial_id, epoch),
  constraint schemes_two_people check (approved_by is null or approved_by <> drafted_by)
);
comment on table sealed.schemes is 'Randomization schemes by epoch, boxed: block sizes are as secret as the seed';
comment on column sealed.schemes.trial_id is 'Trial';
comment on column sealed.schemes.epoch is 'Epoch';
comment on column sealed.schemes.box is 'Boxed canonical scheme';
comment on column sealed.schemes.drafted_by is 'User who drafted';
comment on column sealed.schemes.drafted_at is 'Instant';
comment on column sealed.schemes.approved_by is 'Second person, null while a draft';
comment on column sealed.schemes.approved_at is 'Instant';

create table allocation.ledgers (
  trial_id    integer primary key references open.trials,
  ledger      bytea not null unique check (length(ledger) = 16),
  size        bigint not null default 0,
  last_leaf   bytea not null default decode(repeat('00', 32), 'hex') check (length(last_leaf) = 32),
  allocations integer not null default 0,
  public_key  bytea not null check (length(public_key) = 32)
);
comment on table allocation.ledgers is 'One ledger a trial; its row lock orders all events of the trial';
comment on column allocation.ledgers.trial_id is 'Trial';
comment on column allocation.ledgers.ledger is 'Random identity';
comment on column allocation.ledgers.size is 'Entries';
comment on column allocation.ledgers.last_leaf is 'Leaf hash of the last entry';
comment on column allocation.ledgers.allocations is 'Allocations made, voided included';
comment on column allocation.ledgers.public_key is 'Ed25519 key that signs heads';

create table allocation.ledger_entries (
  trial_id integer not null references allocation.ledgers,
  i        bigint not null check (i >= 0),
  entry    bytea not null,
  leaf     bytea not null generated always as (sha256('\x00'::bytea || entry)) stored,
  primary key (trial_id, i)
);
comment on table allocation.ledger_entries is 'The ledger: canonical entries, append-only, each naming its predecessor';
comment on column allocation.ledger_entries.trial_id is 'Trial';
comment on column allocation.ledger_entries.i is 'Index from 0 without gaps';
comment on column allocation.ledger_entries.entry is 'Canonical JSON bytes';
comment on column allocation.ledger_entries.leaf is 'Leaf hash, computed by the database';

create function allocation.refuse_broken_predecessor() returns trigger language plpgsql
  set search_path = pg_catalog as $$
declare
  v_body jsonb := convert_from(new.entry, 'UTF8')::jsonb;
  v_previous bytea;
begin
  select e.leaf into v_previous from allocation.ledger_entries e
   where e.trial_id = new.trial_id and e.i = new.i - 1;
  if new.i > 0 and v_previous is null
     or (v_body ->> 'i')::bigint is distinct from new.i
     or v_body ->> 'prev' is distinct from encode(coalesce(v_previous, decode(repeat('00', 32), 'hex')), 'hex') then
    raise exception using errcode = 'EQ499', message = 'the ledger entry does not follow its predecessor';
  end if;
  return new;
end $$;
comment on function allocation.refuse_broken_predecessor() is 'Trigger: an entry names the leaf before it, whatever the server''s code does';
create trigger ledger_entries_follow before insert on allocation.ledger_entries
  for each row execute function allocation.refuse_broken_predecessor();
create trigger ledger_entries_append_only before update or delete or truncate on allocation.ledger_entries
  for each statement execute function access.refuse_change();

create table allocation.allocations (
  trial_id    integer not null,
  i           bigint not null,
  rid         text not null,
  participant text not null,
  site_key    text not null,
  stratum     bytea not null,
  epoch       integer not null,
  seq         bigint not null check (seq >= 1),
  arm_box     bytea not null,
  at          timestamptz not null,
  requested_by bigint not null,
  primary key (trial_id, i),
  foreign key (trial_id, i) references allocation.ledger_entries,
  constraint allocations_request_once unique (trial_id, rid),
  constraint allocations_participant_once unique (trial_id, participant),
  constraint allocations_position_once unique (trial_id, stratum, seq)
);
comment on table allocation.allocations is 'Allocations; the arm is boxed under a key outside the database';
comment on column allocation.allocations.trial_id is 'Trial';
comment on column allocation.allocations.i is 'Ledger entry';
comment on column allocation.allocations.rid is 'Request identity';
comment on column allocation.allocations.participant is 'Participant key';
comment on column allocation.allocations.site_key is 'Site';
comment on column allocation.allocations.stratum is 'Stratum bytes';
comment on column allocation.allocations.epoch is 'Epoch';
comment on column allocation.allocations.seq is 'Position in the stratum, 1..n without gap';
comment on column allocation.allocations.arm_box is 'Boxed arm, same length for every arm';
comment on column allocation.allocations.at is 'Instant';
comment on column allocation.allocations.requested_by is 'User who requested';
create trigger allocations_append_only before update or delete or truncate on allocation.allocations
  for each statement execute function access.refuse_change();
alter table allocation.allocations enable row level security;
alter table allocation.allocations force row level security;
create policy allocations_scope on allocation.allocations
  using (trial_id = (select access.trial()) and access.sees_site(site_key))
  with check (trial_id = (select access.trial()) and access.sees_site(site_key));

create table allocation.heads (
  trial_id  integer not null,
  size      bigint not null,
  head      bytea not null,
  signature bytea not null check (length(signature) = 64),
  primary key (trial_id, size)
);
comment on table allocation.heads is 'Signed heads of the ledger';
comment on column allocation.heads.trial_id is 'Trial';
comment on column allocation.heads.size is 'Entries covered';
comment on column allocation.heads.head is 'Canonical head';
comment on column allocation.heads.signature is 'Ed25519 signature';
create trigger heads_append_only before update or delete or truncate on allocation.heads
  for each statement execute function access.refuse_change();

create table allocation.acknowledgements (
  trial_id    integer not null,
  participant text not null,
  site_key    text not null,
  by_user     bigint not null,
  at          timestamptz not null,
  primary key (trial_id, participant)
);
comment on table allocation.acknowledgements is 'Treatment coordinators'' acknowledgements of allocations';
comment on column allocation.acknowledgements.trial_id is 'Trial';
comment on column allocation.acknowledgements.participant is 'Participant key';
comment on column allocation.acknowledgements.site_key is 'Site';
comment on column allocation.acknowledgements.by_user is 'User';
comment on column allocation.acknowledgements.at is 'Instant';
alter table allocation.acknowledgements enable row level security;
alter table allocation.acknowledgements force row level security;
create policy acknowledgements_scope on allocation.acknowledgements
  using (trial_id = (select access.trial()) and access.sees_site(site_key))
  with check (trial_id = (select access.trial()) and access.sees_site(site_key));

-- Everything the preconditions of a randomization are judged on, read under the ledger's lock.
create function allocation.readiness_facts(p_participant text) returns jsonb
  language sql volatile set search_path = pg_catalog
begin atomic
  select jsonb_build_object(
    'study_state', t.state,
    'site_state', s.state,
    'zone', s.zone,
    'site_randomized', s.randomized,
    'allocations', (select l.allocations from allocation.ledgers l where l.trial_id = t.trial_id),
    'site_key', p.site_key,
    'state', p.state,
    'withdrawal_level', p.withdrawal_level,
    'consented_at', p.consented_at,
    'now', open.act_time(),
    'likeness_open', p.likeness_resolved_by is null and open.has_likeness(p.participant),
    'blocking_queries', (select coalesce(jsonb_agg(q.visit order by q.visit), '[]')
       from open.data_queries q where q.trial_id = p.trial_id and q.participant = p.participant
        and q.state = 'open' and q.is_blocking),
    'entries', (select coalesce(jsonb_agg(to_jsonb(e) order by e.form, e.visit), '[]') from (
       select e.form, e.visit, e.version, e.status, e.answers, e.entered_at, e.submitted_at,
              (select jsonb_agg(jsonb_build_object('role', g.signer_role, 'at', g.at, 'version', g.version) order by g.at)
                 from open.signatures g
                where g.trial_id = e.trial_id and g.participant = e.participant and g.form = e.form
                  and g.visit = e.visit and g.repeat = e.repeat and g.voided_at is null) as signatures
         from open.entries e
        where e.trial_id = p.trial_id and e.participant = p.participant and e.repeat = 1
       union all
       select e.form, e.visit, e.version, e.status, e.answers, e.entered_at, e.submitted_at, null
         from outcome.entries e
        where e.trial_id = p.trial_id and e.participant = p.participant and e.repeat = 1) e))
    from open.participants p
    join open.trials t on t.trial_id = p.trial_id
    join open.sites s on s.trial_id = p.trial_id and s.site_key = p.site_key
   where p.trial_id = access.trial() and p.participant = p_participant;
end;
comment on function allocation.readiness_facts(text) is 'Facts the randomization preconditions are judged on';

create function allocation.append(p_i bigint, p_entry bytea, p_head bytea, p_signature bytea) returns void
  language plpgsql volatile set search_path = pg_catalog as $$
begin
  insert into allocation.ledger_entries (trial_id, i, entry) values (access.trial(), p_i, p_entry);
  update allocation.ledgers l
     set size = p_i + 1, last_leaf = sha256('\x00'::bytea || p_entry)
   where l.trial_id = access.trial() and l.size = p_i;
  if not found then
    raise exception using errcode = 'EQ499', message = 'the ledger has moved';
  end if;
  if p_head is not null then
    insert into allocation.heads (trial_id, size, head, signature) values (access.trial(), p_i + 1, p_head, p_signature);
  end if;
end $$;
comment on function allocation.append(bigint, bytea, bytea, bytea) is 'Appends one entry and, where given, a signed head';

create function allocation.record(p_i bigint, p_entry bytea, p_head bytea, p_signature bytea, p_rid text,
  p_participant text, p_site text, p_stratum bytea, p_epoch integer, p_seq bigint, p_arm_box bytea,
  p_number integer, p_at timestamptz) returns void
  language plpgsql volatile set search_path = pg_catalog as $$
begin
  perform allocation.append(p_i, p_entry, p_head, p_signature);
  insert into allocation.allocations (trial_id, i, rid, participant, site_key, stratum, epoch, seq, arm_box, at, requested_by)
  values (access.trial(), p_i, p_rid, p_participant, p_site, p_stratum, p_epoch, p_seq, p_arm_box, p_at, access.actor());
  update allocation.ledgers l set allocations = l.allocations + 1 where l.trial_id = access.trial();
  update open.participants p set state = 'randomized', randomized_at = p_at, randomization_number = p_number
   where p.trial_id = access.trial() and p.participant = p_participant and p.randomized_at is null
     and p.state = 'eligible' and p.withdrawal_level is null;
  -- Judged again here: a withdrawal may have been committed since the facts were read.
  if not found then
    raise exception using errcode = 'EQ409', message = 'no longer eligible, or randomized already';
  end if;
  update open.sites s set randomized = s.randomized + 1 where s.trial_id = access.trial() and s.site_key = p_site;
  perform open.note(p_site, p_participant, 'randomized', '', 'randomization_number', null, p_number::text);
end $$;
comment on function allocation.record(bigint, bytea, bytea, bytea, text, text, text, bytea, integer, bigint, bytea, integer, timestamptz)
  is 'One allocation: ledger entry, head, sealed arm, participant, site total and audit row together';

create function allocation.acknowledge(p_participant text) returns timestamptz
  language plpgsql volatile set search_path = pg_catalog as $$
declare
  v_site text;
  v_at timestamptz := open.act_time();
begin
  select a.site_key into v_site from allocation.allocations a
   where a.trial_id = access.trial() and a.participant = p_participant;
  if v_site is null then
    raise exception using errcode = 'EQ404', message = 'no such allocation in scope';
  end if;
  insert into allocation.acknowledgements (trial_id, participant, site_key, by_user, at)
  values (access.trial(), p_participant, v_site, access.actor(), v_at)
  on conflict do nothing;
  if not found then
    raise exception using errcode = 'EQ409', message = 'already acknowledged';
  end if;
  perform allocation.note(v_site, p_participant, 'allocation acknowledged');
  return v_at;
end $$;
comment on function allocation.acknowledge(text) is 'The treatment coordinator has read the arm';
