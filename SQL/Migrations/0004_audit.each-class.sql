-- Applied once for each of the classes open, outcome, treatment and allocation; :class is the schema.
create table :class.audit_heads (
  trial_id integer primary key,
  size     bigint not null default 0,
  head     bytea not null default decode(repeat('00', 32), 'hex') check (length(head) = 32),
  queries  integer not null default 0
);
comment on table :class.audit_heads is 'Length and last hash of the audit chain of this class, per trial';
comment on column :class.audit_heads.trial_id is 'Trial';
comment on column :class.audit_heads.size is 'Number of entries';
comment on column :class.audit_heads.head is 'Hash of the last entry';
comment on column :class.audit_heads.queries is 'Data queries opened in this class, over all sites';

create table :class.audit (
  trial_id integer not null,
  seq      bigint not null,
  at       timestamptz not null,
  actor    bigint,
  role     text,
  site_key text not null,
  object   text not null,
  action   text not null,
  field    text not null default '',
  old      text,
  new      text,
  reason   text not null default '',
  hash     bytea not null,
  primary key (trial_id, seq)
);
comment on table :class.audit is 'Audit trail of this class: one row per change per field, chained';
comment on column :class.audit.trial_id is 'Trial';
comment on column :class.audit.seq is 'Position in this class, without gaps';
comment on column :class.audit.at is 'Instant of the change';
comment on column :class.audit.actor is 'User, null for the system';
comment on column :class.audit.role is 'Role acted in';
comment on column :class.audit.site_key is 'Site of the object, * for the whole trial';
comment on column :class.audit.object is 'What was changed';
comment on column :class.audit.action is 'What was done';
comment on column :class.audit.field is 'Field, empty for acts on the whole';
comment on column :class.audit.old is 'Earlier value, null when there was none';
comment on column :class.audit.new is 'New value, null when removed';
comment on column :class.audit.reason is 'Reason for change';
comment on column :class.audit.hash is 'SHA-256 over the previous hash and this row';
create index audit_by_object on :class.audit (trial_id, object, seq);

create function :class.chain_audit() returns trigger language plpgsql
  security definer set search_path = pg_catalog as $$
declare
  v_head :class.audit_heads;
begin
  insert into :class.audit_heads (trial_id) values (new.trial_id) on conflict do nothing;
  select * into strict v_head from :class.audit_heads h where h.trial_id = new.trial_id for update;
  new.seq := v_head.size + 1;
  -- Who and when are taken from the request, never from who inserts.
  new.at := open.act_time();
  new.actor := access.actor();
  new.role := access.acting_role();
  new.hash := sha256(v_head.head || convert_to(jsonb_build_array(new.trial_id, new.seq,
    extract(epoch from new.at)::numeric(20,6)::text, new.actor, new.role, new.site_key, new.object,
    new.action, new.field, new.old, new.new, new.reason)::text, 'UTF8'));
  update :class.audit_heads h set size = new.seq, head = new.hash where h.trial_id = new.trial_id;
  return new;
end $$;
comment on function :class.chain_audit() is 'Trigger: numbers and chains an audit row under the head''s lock';
create trigger audit_chained before insert on :class.audit
  for each row execute function :class.chain_audit();
create trigger audit_append_only before update or delete or truncate on :class.audit
  for each statement execute function access.refuse_change();
alter table :class.audit enable row level security;
alter table :class.audit force row level security;
create policy audit_read on :class.audit for select
  using (trial_id = (select access.trial()) and (site_key = '*' or access.sees_site(site_key)));
create policy audit_write on :class.audit for insert
  with check (trial_id = (select access.trial()));

create function :class.note(p_site text, p_object text, p_action text, p_reason text default '',
  p_field text default '', p_old text default null, p_new text default null) returns void
  language sql volatile set search_path = pg_catalog
begin atomic
  insert into :class.audit (trial_id, seq, at, actor, role, site_key, object, action, field, old, new, reason, hash)
  values (access.trial(), 0, open.act_time(), access.actor(), access.acting_role(), p_site, p_object,
    p_action, p_field, p_old, p_new, p_reason, '\x');
end;
comment on function :class.note(text, text, text, text, text, text, text) is 'Appends one audit row for the current act';
