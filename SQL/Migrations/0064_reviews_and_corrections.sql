-- How long after a review the next is due is a matter of the study.
drop function access.sign_access_review(text, text, date, jsonb);
create function access.sign_access_review(p_name text, p_meaning text, p_next date, p_lines jsonb, p_days integer) returns integer
  language plpgsql volatile security definer set search_path = pg_catalog as $$
declare
  v_at timestamptz := open.act_time();
  v_no integer;
  v_held integer;
  v_matched integer;
  v_line record;
begin
  perform pg_advisory_xact_lock(hashtextextended('access review', access.trial()));
  -- Every role in force is decided, once, and nothing else: who read an older list reads it again.
  perform 1 from access.grants g where g.trial_id = access.trial() and g.ended_at is null for update;
  select count(*) into v_held from access.grants g where g.trial_id = access.trial() and g.ended_at is null;
  select count(distinct (g.user_id, g.role, g.site_key)) into v_matched
    from access.grants g join access.users u using (user_id)
    join jsonb_to_recordset(p_lines) as l (username text, role text, site text, decision text)
      on l.username = u.username and l.role = g.role and l.site = g.site_key
   where g.trial_id = access.trial() and g.ended_at is null;
  if v_held <> v_matched or jsonb_array_length(p_lines) <> v_held then
    raise exception using errcode = 'EQ412', message = 'the roles changed since the list was read';
  end if;
  -- Nobody decides about oneself.
  if exists (select from jsonb_to_recordset(p_lines) as l (username text, decision text)
               join access.users u on u.username = l.username
              where (u.user_id = access.actor()) <> (l.decision = 'own')) then
    raise exception using errcode = 'EQ409', message = 'own roles are decided by another';
  end if;
  if p_days not between 7 and 92 or p_next not between (v_at at time zone 'UTC')::date + 1 and (v_at at time zone 'UTC')::date + p_days then
    raise exception using errcode = 'EQ409', message = 'the next review is due within the time of the study';
  end if;
  select coalesce(max(r.review_no), 0) + 1 into v_no from access.access_reviews r where r.trial_id = access.trial();
  insert into access.access_reviews (trial_id, review_no, reviewer, name, role, meaning, next_on, digest, at)
  values (access.trial(), v_no, access.actor(), p_name, access.acting_role(), p_meaning, p_next,
    sha256(convert_to(jsonb_build_array('access review/v1', access.trial(), v_no, access.actor(), p_name,
      access.acting_role(), p_meaning, p_next, extract(epoch from v_at)::numeric(20,6)::text,
      (select jsonb_agg(jsonb_build_array(l.username, l.role, l.site, l.decision) order by l.username, l.role, l.site)
         from jsonb_to_recordset(p_lines) as l (username text, role text, site text, decision text)))::text, 'UTF8')), v_at);
  insert into access.access_review_lines (trial_id, review_no, user_id, role, site_key, decision)
  select access.trial(), v_no, u.user_id, l.role, l.site, l.decision
    from jsonb_to_recordset(p_lines) as l (username text, role text, site text, decision text)
    join access.users u on u.username = l.username;
  for v_line in
    select l.user_id, u.username, l.role, l.site_key, l.decision
      from access.access_review_lines l join access.users u using (user_id)
     where l.trial_id = access.trial() and l.review_no = v_no and l.decision in ('end', 'recall')
     order by l.user_id, l.role, l.site_key
  loop
    if v_line.decision = 'end' then
      update access.grants g set ended_at = clock_timestamp()
       where g.trial_id = access.trial() and g.user_id = v_line.user_id and g.role = v_line.role
         and g.site_key = v_line.site_key and g.ended_at is null;
      insert into access.events (user_id, subject, kind, detail)
      values (access.actor(), v_line.username, 'role ended', v_line.role || ' ' || v_line.site_key || ', review ' || v_no);
    else
      update access.users u set is_enabled = false where u.user_id = v_line.user_id and u.is_enabled;
      if found then
        update access.sessions s set ended_at = clock_timestamp() where s.user_id = v_line.user_id and s.ended_at is null;
        insert into access.events (user_id, subject, kind, detail)
        values (access.actor(), v_line.username, 'account disabled', 'credentials recalled, review ' || v_no);
      end if;
    end if;
  end loop;
  insert into access.events (user_id, subject, kind, detail)
  select access.actor(), u.username, 'access reviewed', 'review ' || v_no || ', ' || v_held || ' roles'
    from access.users u where u.user_id = access.actor();
  return v_no;
end $$;
comment on function access.sign_access_review(text, text, date, jsonb, integer) is
  'Signs a review of every role in force and carries its decisions out; definer, since no login writes the tables';
revoke execute on function access.sign_access_review(text, text, date, jsonb, integer) from public;
grant execute on function access.sign_access_review(text, text, date, jsonb, integer) to eq_access;
comment on column access.access_reviews.next_on is 'Day by which the next review is due, within the time the study gives';

-- What participants and raters reported is changed by nobody else (REQ-020). A correction stands beside it: signed, with
-- reason and evidence, bound to the version it corrects and void with it. The original stays as it is and is shown.
create table outcome.corrections (
  trial_id       integer not null,
  correction_no  integer not null check (correction_no >= 1),
  participant    text not null,
  site_key       text not null,
  form           text not null,
  visit          text not null,
  repeat         integer not null,
  field          text not null,
  version        integer not null check (version >= 1),
  corrected      text not null check (length(corrected) between 1 and 4000),
  reason         text not null check (length(reason) between 3 and 500),
  evidence       text not null check (length(evidence) between 3 and 500),
  signed_by      bigint not null,
  signer_name    text not null,
  signer_role    text not null,
  meaning        text not null,
  digest         bytea not null check (length(digest) = 32),
  at             timestamptz not null,
  voided_at      timestamptz,
  voided_because text check (voided_because in ('changed', 'corrected again', 'removed')),
  primary key (trial_id, correction_no),
  foreign key (trial_id, participant, form, visit, repeat, version) references outcome.entry_versions,
  check ((voided_at is null) = (voided_because is null))
);
comment on table outcome.corrections is 'Signed corrections beside what participants and raters reported; the original is never changed by them';
comment on column outcome.corrections.trial_id is 'Trial';
comment on column outcome.corrections.correction_no is 'Number in the trial, from 1';
comment on column outcome.corrections.participant is 'Participant key';
comment on column outcome.corrections.site_key is 'Site at the time';
comment on column outcome.corrections.form is 'Form';
comment on column outcome.corrections.visit is 'Visit code';
comment on column outcome.corrections.repeat is 'Number among repeats';
comment on column outcome.corrections.field is 'Field that is corrected';
comment on column outcome.corrections.version is 'Version of the entry it corrects';
comment on column outcome.corrections.corrected is 'The value as the evidence has it';
comment on column outcome.corrections.reason is 'Why';
comment on column outcome.corrections.evidence is 'What shows it, such as a recording or a letter by its reference';
comment on column outcome.corrections.signed_by is 'User';
comment on column outcome.corrections.signer_name is 'Printed name at signing';
comment on column outcome.corrections.signer_role is 'Role at signing';
comment on column outcome.corrections.meaning is 'Meaning of the signature';
comment on column outcome.corrections.digest is 'SHA-256 of what is signed: place, version, original, corrected value, reason, evidence, name, role and meaning';
comment on column outcome.corrections.at is 'Instant of signing';
comment on column outcome.corrections.voided_at is 'Instant from which it does not count any more, null while it does';
comment on column outcome.corrections.voided_because is 'changed: by its author; corrected again; removed: personal data';
create unique index corrections_one_in_force on outcome.corrections (trial_id, participant, form, visit, repeat, field)
  where voided_at is null;
create trigger a_locked before insert on outcome.corrections
  for each row execute function open.refuse_when_locked();
create trigger corrections_by_signers before insert on outcome.corrections
  for each row execute function access.refuse_unready_signer();
create trigger corrections_at_true_time before insert on outcome.corrections
  for each row execute function access.refuse_wrong_clock();
create trigger corrections_kept before delete or truncate on outcome.corrections
  for each statement execute function access.refuse_change();
create function outcome.refuse_changed_correction() returns trigger language plpgsql
  set search_path = pg_catalog as $$
declare
  -- Words go as a removal of personal data takes them, and are never replaced by others.
  v_may constant text[] := array['voided_at', 'voided_because'] || array(
    select key from jsonb_each_text(to_jsonb(new))
     where key in ('corrected', 'reason', 'evidence') and value = '[personal data removed]');
begin
  if to_jsonb(new) - v_may <> to_jsonb(old) - v_may
     or old.voided_at is not null and (new.voided_at, new.voided_because) is distinct from (old.voided_at, old.voided_because) then
    raise exception using errcode = 'EQ403', message = 'a correction is voided, once, and changed in nothing else';
  end if;
  return new;
end $$;
comment on function outcome.refuse_changed_correction() is 'Trigger: a correction is voided once, and nothing else of it changes but personal data that are removed';
create trigger corrections_voided_only before update on outcome.corrections
  for each row execute function outcome.refuse_changed_correction();
alter table outcome.corrections enable row level security;
alter table outcome.corrections force row level security;
create policy corrections_scope on outcome.corrections
  using (trial_id = (select access.trial())
    and (case when (select open.any_transfer()) then open.sees_person(site_key, participant) else access.sees_site(site_key) end))
  with check (trial_id = (select access.trial())
    and (case when (select open.any_transfer()) then open.sees_person(site_key, participant) else access.sees_site(site_key) end));
grant select on outcome.corrections to eq_outcome, eq_committee;
select outcome.seal_table('corrections');

create function outcome.record_correction(p_participant text, p_form text, p_visit text, p_repeat integer, p_version integer,
  p_field text, p_corrected text, p_reason text, p_evidence text, p_name text, p_meaning text, p_digest bytea) returns integer
  language plpgsql volatile security definer set search_path = pg_catalog as $$
declare
  v_entry outcome.entries;
  v_object constant text := p_participant || '/' || p_form || '@' || p_visit || '#' || p_repeat;
  v_no integer;
begin
  select * into v_entry from outcome.entries e
   where e.trial_id = access.trial() and e.participant = p_participant and e.form = p_form and e.visit = p_visit
     and e.repeat = p_repeat for update;
  if v_entry.version is null then
    raise exception using errcode = 'EQ404', message = 'no such entry in scope';
  end if;
  if v_entry.version <> p_version then
    raise exception using errcode = 'EQ412', message = 'saved meanwhile';
  end if;
  if v_entry.submitted_at is null or v_entry.status = 'voided' then
    raise exception using errcode = 'EQ409', message = 'nothing was reported yet, or it is voided';
  end if;
  -- Authors change their entry; a correction is of somebody else.
  if exists (select from outcome.entry_versions v
      where v.trial_id = v_entry.trial_id and v.participant = p_participant and v.form = p_form and v.visit = p_visit
        and v.repeat = p_repeat and v.author = access.actor()) then
    raise exception using errcode = 'EQ409', message = 'by its author';
  end if;
  perform pg_advisory_xact_lock(hashtextextended('outcome.corrections/' || access.trial(), 0));
  update outcome.corrections c set voided_at = open.act_time(), voided_because = 'corrected again'
   where c.trial_id = v_entry.trial_id and c.participant = p_participant and c.form = p_form and c.visit = p_visit
     and c.repeat = p_repeat and c.field = p_field and c.voided_at is null;
  select coalesce(max(c.correction_no), 0) + 1 into v_no from outcome.corrections c where c.trial_id = v_entry.trial_id;
  insert into outcome.corrections (trial_id, correction_no, participant, site_key, form, visit, repeat, field, version,
    corrected, reason, evidence, signed_by, signer_name, signer_role, meaning, digest, at)
  values (v_entry.trial_id, v_no, p_participant, v_entry.site_key, p_form, p_visit, p_repeat, p_field, p_version,
    p_corrected, p_reason, p_evidence, access.actor(), p_name, access.acting_role(), p_meaning, p_digest, open.act_time());
  -- The trail names the correction and no value: where personal data are removed, they are removed in one place.
  perform outcome.note(v_entry.site_key, v_object, 'correction ' || v_no || ' signed', p_reason, p_field);
  return v_no;
end $$;
comment on function outcome.record_correction(text, text, text, integer, integer, text, text, text, text, text, text, bytea)
  is 'Records a signed correction beside what was reported; definer, since no login writes the table';

create function outcome.void_corrections() returns trigger language plpgsql
  security definer set search_path = pg_catalog as $$
declare
  v_correction outcome.corrections;
begin
  for v_correction in
    update outcome.corrections c set voided_at = open.act_time(), voided_because = 'changed'
     where c.trial_id = new.trial_id and c.participant = new.participant and c.form = new.form and c.visit = new.visit
       and c.repeat = new.repeat and c.voided_at is null
    returning c.* loop
    perform outcome.note(new.site_key, new.participant || '/' || new.form || '@' || new.visit || '#' || new.repeat,
      'correction ' || v_correction.correction_no || ' void', 'the original changed', v_correction.field);
  end loop;
  return null;
end $$;
comment on function outcome.void_corrections() is 'Trigger: a correction goes with the version it corrects; definer, since who saves writes no corrections';
create trigger entries_void_corrections after update of version, status on outcome.entries
  for each row when (old.version is distinct from new.version or old.status <> 'voided' and new.status = 'voided')
  execute function outcome.void_corrections();

revoke execute on function
  outcome.record_correction(text, text, text, integer, integer, text, text, text, text, text, text, bytea),
  outcome.refuse_changed_correction(), outcome.void_corrections() from public;
grant execute on function
  outcome.record_correction(text, text, text, integer, integer, text, text, text, text, text, text, bytea) to eq_outcome;

-- The last allocation a ledger counts, for ledgers from before it was kept: verification compares it now.
alter table allocation.ledgers disable trigger ledgers_follow;
alter table allocation.allocations no force row level security;
update allocation.ledgers l
   set last_allocation = (select max(a.i) from allocation.allocations a where a.trial_id = l.trial_id)
 where l.last_allocation = -1 and exists (select from allocation.allocations a where a.trial_id = l.trial_id);
alter table allocation.allocations force row level security;
alter table allocation.ledgers enable trigger ledgers_follow;

-- The arms after final unblinding are read in their trial and in no other.
alter table allocation.unblinding enable row level security;
alter table allocation.unblinding force row level security;
create policy unblinding_of_trial on allocation.unblinding
  using (trial_id = (select access.trial())) with check (trial_id = (select access.trial()));
