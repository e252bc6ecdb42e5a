-- A participant who moves to another site keeps the key: the site that has the participant offers, the one that
-- receives accepts. What was written keeps the site it was written at; who reads it follows the participant.
create table open.transfers (
  trial_id    integer not null,
  participant text not null,
  transfer_no integer not null check (transfer_no >= 1),
  from_site   text not null,
  to_site     text not null,
  reason      text not null check (length(reason) between 3 and 500),
  offered_by  bigint not null,
  offered_at  timestamptz not null,
  decision    text check (decision in ('accepted', 'declined', 'withdrawn')),
  decided_by  bigint,
  decided_at  timestamptz,
  primary key (trial_id, participant, transfer_no),
  foreign key (trial_id, participant) references open.participants,
  check (from_site <> to_site),
  check ((decision is null) = (decided_at is null) and (decision is null) = (decided_by is null))
);
comment on table open.transfers is 'Participants offered by one site to another, and what became of it';
comment on column open.transfers.trial_id is 'Trial';
comment on column open.transfers.participant is 'Participant key, which does not change';
comment on column open.transfers.transfer_no is 'Number of the offer among those of the participant, from 1';
comment on column open.transfers.from_site is 'Site that has the participant';
comment on column open.transfers.to_site is 'Site that is to have the participant';
comment on column open.transfers.reason is 'Why, as the offering site says';
comment on column open.transfers.offered_by is 'User';
comment on column open.transfers.offered_at is 'Instant of the offer';
comment on column open.transfers.decision is 'accepted or declined by the receiving site, withdrawn by the offering one; null while open';
comment on column open.transfers.decided_by is 'User';
comment on column open.transfers.decided_at is 'Instant of the decision';
create unique index transfers_one_open on open.transfers (trial_id, participant) where decision is null;
create index transfers_accepted on open.transfers (trial_id, participant, transfer_no) where decision = 'accepted';
create trigger transfers_locked before insert or update on open.transfers
  for each row execute function open.refuse_when_locked();
create trigger transfers_kept before delete or truncate on open.transfers
  for each statement execute function access.refuse_change();
create trigger person_unnamed before insert or update of offered_by on open.transfers
  for each row execute function access.unname_person('offered_by');
create trigger person_unnamed_deciding before insert or update of decided_by on open.transfers
  for each row execute function access.unname_person('decided_by');
alter table open.transfers enable row level security;
alter table open.transfers force row level security;
create policy transfers_scope on open.transfers
  using (trial_id = (select access.trial()) and (access.sees_site(from_site) or access.sees_site(to_site)))
  with check (trial_id = (select access.trial()) and (access.sees_site(from_site) or access.sees_site(to_site)));
grant select on open.transfers to eq_open, eq_outcome, eq_treating, eq_committee, eq_allocator;
select open.seal_table('transfers');

-- A randomization is of a site and of its day there, wherever the participant goes afterwards.
alter table open.participants add column randomized_site text, add column day0 date;
comment on column open.participants.randomized_site is 'Site of the randomization, null before';
comment on column open.participants.day0 is 'Date of randomization at that site, null before';
create function open.date_randomization() returns trigger language plpgsql
  set search_path = pg_catalog as $$
begin
  if old.randomized_at is null and new.randomized_at is not null then
    new.randomized_site := new.site_key;
    new.day0 := (new.randomized_at at time zone (
      select s.zone from open.sites s where s.trial_id = new.trial_id and s.site_key = new.site_key))::date;
  elsif (new.randomized_site, new.day0) is distinct from (old.randomized_site, old.day0) then
    raise exception using errcode = 'EQ409', message = 'the site and the day of a randomization do not change';
  end if;
  return new;
end $$;
comment on function open.date_randomization() is 'Trigger: a randomization has its site and its date there, once';
alter table open.participants no force row level security;
alter table open.participants disable trigger participants_locked;
update open.participants p
   set randomized_site = p.site_key, day0 = (p.randomized_at at time zone s.zone)::date
  from open.sites s
 where s.trial_id = p.trial_id and s.site_key = p.site_key and p.randomized_at is not null;
alter table open.participants enable trigger participants_locked;
alter table open.participants force row level security;
create trigger participants_dated before update on open.participants
  for each row execute function open.date_randomization();

create function open.any_transfer() returns boolean
  language sql stable security definer set search_path = pg_catalog
begin atomic
  select exists (select from open.transfers t where t.trial_id = access.trial() and t.decision = 'accepted');
end;
comment on function open.any_transfer() is 'Whether a participant came to a site of the request''s scope or left one; definer, since policies of every class ask';

create function open.sees_person(p_site text, p_participant text) returns boolean
  language sql stable security definer set search_path = pg_catalog
begin atomic
  select access.sees_site(coalesce((
    select t.to_site from open.transfers t
     where t.trial_id = access.trial() and t.participant = p_participant and t.decision = 'accepted'
     order by t.transfer_no desc limit 1), p_site));
end;
comment on function open.sees_person(text, text) is 'Whether the request''s scope holds the site that has the participant now; definer, since policies of every class ask';
revoke execute on function open.any_transfer(), open.sees_person(text, text) from public;
grant execute on function open.any_transfer(), open.sees_person(text, text)
  to eq_open, eq_rater, eq_participant, eq_outcome, eq_treating, eq_allocator, eq_custodian, eq_committee, eq_reports, eq_access;

-- Rows of a participant are read where the participant is; rows of the audit trail where they were written as well.
do $do$
declare
  v_policy record;
  v_old constant text := 'access.sees_site(site_key)';
  v_person constant text :=
    '(case when (select open.any_transfer()) then open.sees_person(site_key, participant) else access.sees_site(site_key) end)';
  v_trail constant text :=
    '(access.sees_site(site_key) or (select open.any_transfer()) and open.sees_person(site_key, split_part(object, ''/'', 1)))';
  v_new text;
begin
  for v_policy in
    select c.oid::regclass::text as relation, p.polname as name, c.relname,
           pg_get_expr(p.polqual, p.polrelid) as quals, pg_get_expr(p.polwithcheck, p.polrelid) as checks
      from pg_policy p join pg_class c on c.oid = p.polrelid join pg_namespace n on n.oid = c.relnamespace
     where n.nspname in ('open', 'outcome', 'treatment', 'allocation', 'identity')
       and coalesce(pg_get_expr(p.polqual, p.polrelid), pg_get_expr(p.polwithcheck, p.polrelid)) like '%' || v_old || '%'
       and c.oid <> 'open.participants'::regclass
       and (c.relname = 'audit' or exists (select from pg_attribute a
             where a.attrelid = c.oid and a.attname = 'participant' and not a.attisdropped))
     order by 1, 2 loop
    v_new := case when v_policy.relname = 'audit' then v_trail else v_person end;
    execute format('alter policy %I on %s', v_policy.name, v_policy.relation)
      || coalesce(' using (' || replace(v_policy.quals, v_old, v_new) || ')', '')
      || coalesce(' with check (' || replace(v_policy.checks, v_old, v_new) || ')', '');
  end loop;
end $do$;

create function open.offer_transfer(p_participant text, p_to text, p_reason text) returns integer
  language plpgsql volatile security definer set search_path = pg_catalog as $$
declare
  v_person open.participants;
  v_number integer;
begin
  select * into v_person from open.participants p
   where p.trial_id = access.trial() and p.participant = p_participant for no key update;
  if v_person.participant is null then
    raise exception using errcode = 'EQ404', message = 'no such participant in scope';
  end if;
  if v_person.state not in ('consented', 'screening', 'eligible', 'randomized', 'followed', 'lost') then
    raise exception using errcode = 'EQ409', message = 'participation has ended';
  end if;
  if exists (select from open.transfers t
     where t.trial_id = access.trial() and t.participant = p_participant and t.decision is null) then
    raise exception using errcode = 'EQ409', message = 'offered already';
  end if;
  if not exists (select from open.sites s
     where s.trial_id = access.trial() and s.site_key = p_to and s.state = 'active') then
    raise exception using errcode = 'EQ427', message = 'the site is not active';
  end if;
  select coalesce(max(t.transfer_no), 0) + 1 into v_number from open.transfers t
   where t.trial_id = access.trial() and t.participant = p_participant;
  insert into open.transfers (trial_id, participant, transfer_no, from_site, to_site, reason, offered_by, offered_at)
  values (access.trial(), p_participant, v_number, v_person.site_key, p_to, p_reason, access.actor(), open.act_time());
  perform open.note(v_person.site_key, p_participant, 'offered to another site', p_reason, 'site', v_person.site_key, p_to);
  return v_number;
end $$;
comment on function open.offer_transfer(text, text, text)
  is 'Offers a participant of the own site to another; definer, since no login writes transfers';

-- The receiving site reads nothing of the participant before it accepts: the two sites are one scope for this act only.
create function open.decide_transfer(p_participant text, p_decision text) returns void
  language plpgsql volatile security definer set search_path = pg_catalog as $$
declare
  v_sites constant text := current_setting('eq.sites', true);
  v_transfer open.transfers;
  v_class text;
begin
  select * into v_transfer from open.transfers t
   where t.trial_id = access.trial() and t.participant = p_participant and t.decision is null for update;
  -- Who offered may withdraw, who receives decides.
  if v_transfer.participant is null
     or v_sites <> (case when p_decision = 'withdrawn' then v_transfer.from_site else v_transfer.to_site end) then
    raise exception using errcode = 'EQ404', message = 'no such offer to decide on';
  end if;
  if p_decision = 'accepted' and not exists (select from open.sites s
     where s.trial_id = access.trial() and s.site_key = v_transfer.to_site and s.state = 'active') then
    raise exception using errcode = 'EQ427', message = 'the site is not active';
  end if;
  perform set_config('eq.sites', v_transfer.from_site || ',' || v_transfer.to_site, true);
  update open.transfers t
     set decision = p_decision, decided_by = access.actor(), decided_at = open.act_time()
   where t.trial_id = v_transfer.trial_id and t.participant = p_participant and t.transfer_no = v_transfer.transfer_no;
  if p_decision = 'accepted' then
    if not exists (select from open.participants p
       where p.trial_id = access.trial() and p.participant = p_participant
         and p.state in ('consented', 'screening', 'eligible', 'randomized', 'followed', 'lost')) then
      raise exception using errcode = 'EQ409', message = 'participation has ended';
    end if;
    -- Ratings come first, as for the rater who saves and then waits for the participant.
    perform 1 from outcome.rating_tasks r
     where r.trial_id = access.trial() and r.participant = p_participant order by r.token for update;
    update open.participants p set site_key = v_transfer.to_site
     where p.trial_id = access.trial() and p.participant = p_participant;
    -- What is still worked on tells the people of the site that has the participant now.
    foreach v_class in array array['open', 'outcome', 'treatment'] loop
      execute replace($sql$
        with entries as (update {class}.entries set site_key = $1
               where trial_id = $2 and participant = $3 and status <> 'voided'),
             queries as (update {class}.data_queries set site_key = $1 where trial_id = $2 and participant = $3),
             alerts as (update {class}.alerts set site_key = $1 where trial_id = $2 and participant = $3),
             clocks as (update {class}.clocks set site_key = $1 where trial_id = $2 and participant = $3)
        update {class}.deviations set site_key = $1 where trial_id = $2 and participant = $3
        $sql$, '{class}', v_class) using v_transfer.to_site, v_transfer.trial_id, p_participant;
    end loop;
    update open.collection_status c set site_key = v_transfer.to_site
     where c.trial_id = access.trial() and c.participant = p_participant;
    update open.reconsent_tasks r set site_key = v_transfer.to_site
     where r.trial_id = access.trial() and r.participant = p_participant and r.done_at is null;
    update outcome.rating_tasks r set site_key = v_transfer.to_site
     where r.trial_id = access.trial() and r.participant = p_participant;
    update outcome.questionnaire_links l set site_key = v_transfer.to_site
     where l.trial_id = access.trial() and l.participant = p_participant;
  end if;
  perform open.note(v_transfer.from_site, p_participant, 'offer ' || p_decision, v_transfer.reason, 'site',
    v_transfer.from_site, case when p_decision = 'accepted' then v_transfer.to_site end);
  if p_decision = 'accepted' then
    perform open.note(v_transfer.to_site, p_participant, 'taken over from another site', v_transfer.reason, 'site',
      v_transfer.from_site, v_transfer.to_site);
  end if;
  perform set_config('eq.sites', v_sites, true);
end $$;
comment on function open.decide_transfer(text, text)
  is 'Accepts or declines a participant offered to the own site, or withdraws the own offer; definer, since both sites'' rows change and no login writes transfers';
revoke execute on function open.offer_transfer(text, text, text), open.decide_transfer(text, text) from public;
grant execute on function open.offer_transfer(text, text, text), open.decide_transfer(text, text) to eq_open;

-- Identities are read at the site that has the participant.
create or replace function identity.read_person(p_participant text, p_purpose text) returns bytea
  language plpgsql volatile security definer set search_path = pg_catalog as $$
declare
  v_box bytea;
begin
  if length(trim(p_purpose)) < 3 then
    raise exception using errcode = 'EQ422', message = 'an identity is read for a purpose';
  end if;
  -- The one site acted at: a role of the whole trial reads nobody.
  select i.identity_box into v_box
    from open.participants p join identity.people i on i.trial_id = p.trial_id and i.participant = p.participant
   where p.trial_id = access.trial() and p.participant = p_participant and p.site_key = current_setting('eq.sites', true);
  if v_box is null then
    raise exception using errcode = 'EQ404', message = 'nobody of that key at this site';
  end if;
  perform identity.note(current_setting('eq.sites', true), p_participant, 'identity read', p_purpose);
  return v_box;
end $$;
