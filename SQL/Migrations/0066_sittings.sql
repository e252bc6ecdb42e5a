-- How a questionnaire came about: on the participant's own device or read out on the telephone, when it was first
-- opened, when handed in, and how long after the opening each question had its last answer.
alter table outcome.questionnaire_links add column read_out_by bigint, add column read_out_role text;
comment on column outcome.questionnaire_links.read_out_by is 'User who reads the questions out on the telephone, null where the participant answers alone';
comment on column outcome.questionnaire_links.read_out_role is 'Role of that user, null with it';
alter table outcome.questionnaire_links add constraint questionnaire_links_read_out
  check ((read_out_by is null) = (read_out_role is null));

create table outcome.sittings (
  trial_id     integer not null,
  participant  text not null,
  site_key     text not null,
  form         text not null,
  visit        text not null,
  repeat       integer not null check (repeat >= 1),
  mode         text not null check (mode in ('SELF', 'PHONE')),
  read_out_by  bigint,
  opened_at    timestamptz,
  handed_in_at timestamptz not null,
  seconds      jsonb not null check (jsonb_typeof(seconds) = 'object' and length(seconds::text) <= 10000),
  primary key (trial_id, participant, form, visit, repeat),
  foreign key (trial_id, participant) references open.participants,
  check ((mode = 'PHONE') = (read_out_by is not null))
);
comment on table outcome.sittings is 'How questionnaires were answered; append-only';
comment on column outcome.sittings.trial_id is 'Trial';
comment on column outcome.sittings.participant is 'Participant key';
comment on column outcome.sittings.site_key is 'Site';
comment on column outcome.sittings.form is 'Questionnaire';
comment on column outcome.sittings.visit is 'Visit code';
comment on column outcome.sittings.repeat is 'Number among repeats';
comment on column outcome.sittings.mode is 'SELF on the own device, PHONE read out by a blinded person who entered the answers';
comment on column outcome.sittings.read_out_by is 'User who read it out, null with SELF';
comment on column outcome.sittings.opened_at is 'Instant at which the questions were first seen, null where that was not noted';
comment on column outcome.sittings.handed_in_at is 'Instant of submission';
comment on column outcome.sittings.seconds is 'Whole seconds from the first opening to the last answer, by question; a question whose time the device did not tell is left out';
create trigger sittings_append_only before update or delete or truncate on outcome.sittings
  for each statement execute function access.refuse_change();
create trigger sittings_locked before insert on outcome.sittings
  for each row execute function open.refuse_when_locked();
create trigger person_unnamed before insert on outcome.sittings
  for each row execute function access.unname_person('read_out_by');
create trigger person_unnamed before insert on outcome.questionnaire_links
  for each row execute function access.unname_person('read_out_by');
alter table outcome.sittings enable row level security;
alter table outcome.sittings force row level security;
create policy sittings_scope on outcome.sittings
  using (trial_id = (select access.trial()) and case when (select open.any_transfer())
    then open.sees_person(site_key, participant) else access.sees_site(site_key) end)
  with check (trial_id = (select access.trial()) and case when (select open.any_transfer())
    then open.sees_person(site_key, participant) else access.sees_site(site_key) end);
grant select on outcome.sittings to eq_outcome, eq_committee;
select outcome.seal_table('sittings');

drop function outcome.issue_questionnaire(text, text, text, bytea, timestamptz);
create function outcome.issue_questionnaire(p_participant text, p_visit text, p_form text, p_link_hash bytea,
  p_expires_at timestamptz, p_read_out boolean) returns void
  language plpgsql volatile security definer set search_path = pg_catalog as $$
declare
  v_site text;
  v_level text;
begin
  select p.site_key, p.withdrawal_level into v_site, v_level from open.participants p
   where p.trial_id = access.trial() and p.participant = p_participant for update;
  if v_site is null then
    raise exception using errcode = 'EQ404', message = 'no such participant in scope';
  end if;
  if v_level in ('W3', 'W4') then
    raise exception using errcode = 'EQ424', message = 'no further data of this participant';
  end if;
  if (select count(*) from outcome.entries e where e.trial_id = access.trial() and e.participant = p_participant
        and e.form = p_form and e.visit = p_visit and e.submitted_at is not null)
     >= coalesce((select cardinality(o.repeats) from outcome.planned_orders o where o.trial_id = access.trial()
        and o.participant = p_participant and o.form = p_form and o.visit = p_visit), 1) then
    raise exception using errcode = 'EQ409', message = 'already submitted';
  end if;
  update outcome.questionnaire_links l set expires_at = open.act_time()
   where l.trial_id = access.trial() and l.participant = p_participant and l.visit = p_visit and l.form = p_form
     and l.used_at is null;
  insert into outcome.questionnaire_links (trial_id, link_hash, participant, site_key, visit, form, issued_at, expires_at,
    read_out_by, read_out_role)
  values (access.trial(), p_link_hash, p_participant, v_site, p_visit, p_form, open.act_time(), p_expires_at,
    case when p_read_out then access.actor() end, case when p_read_out then access.acting_role() end);
  insert into open.collection_status (trial_id, participant, site_key, form, visit, state, at)
  values (access.trial(), p_participant, v_site, p_form, p_visit, 'issued', open.act_time())
  on conflict (trial_id, participant, form, visit) do nothing;
  perform open.note(v_site, p_participant || '/' || p_form || '@' || p_visit || '#1',
    case when p_read_out then 'questionnaire read out on the telephone' else 'questionnaire issued' end);
end $$;
comment on function outcome.issue_questionnaire(text, text, text, bytea, timestamptz, boolean)
  is 'Issues a one-time link, for the participant or for who reads it out; definer, since the site reads no outcome';

drop function outcome.questionnaire_of(bytea);
create function outcome.questionnaire_of(p_link_hash bytea)
  returns table (trial_id integer, form text, used boolean, expired boolean, site_key text, read_out_by bigint, read_out_role text)
  language sql stable security definer set search_path = pg_catalog
begin atomic
  select l.trial_id, l.form, l.used_at is not null, l.expires_at < open.act_time(), l.site_key, l.read_out_by, l.read_out_role
    from outcome.questionnaire_links l
   where l.link_hash = p_link_hash;
end;
comment on function outcome.questionnaire_of(bytea) is 'The questionnaire behind a link; definer, since a participant holds no table';

drop function outcome.save_questionnaire(bytea, jsonb, text);
create function outcome.save_questionnaire(p_link_hash bytea, p_answers jsonb, p_definition text, p_seconds jsonb) returns void
  language plpgsql volatile security definer set search_path = pg_catalog as $$
declare
  v_link outcome.questionnaire_links;
  v_order outcome.planned_orders;
  v_number integer := 1;
begin
  select * into v_link from outcome.questionnaire_links l
   where l.trial_id = access.trial() and l.link_hash = p_link_hash for update;
  if v_link.link_hash is null then
    raise exception using errcode = 'EQ404', message = 'no such link';
  end if;
  if v_link.used_at is not null or v_link.expires_at < open.act_time() then
    raise exception using errcode = 'EQ423', message = 'the link was used or has expired';
  end if;
  -- Who reads out enters under the own name, and nobody else's.
  if v_link.read_out_by is not null and v_link.read_out_by is distinct from access.actor() then
    raise exception using errcode = 'EQ404', message = 'no such link';
  end if;
  -- After W3 there is no contact: what was sent before is not answered any more.
  if exists (select from open.participants p
     where p.trial_id = v_link.trial_id and p.participant = v_link.participant and p.withdrawal_level in ('W3', 'W4')) then
    raise exception using errcode = 'EQ424', message = 'no further data of this participant';
  end if;
  select * into v_order from outcome.planned_orders o
   where o.trial_id = access.trial() and o.participant = v_link.participant and o.form = v_link.form
     and o.visit = v_link.visit;
  if v_order.repeats is not null then
    select count(*) + 1 into v_number from outcome.entries e
     where e.trial_id = access.trial() and e.participant = v_link.participant and e.form = v_link.form
       and e.visit = v_link.visit and e.submitted_at is not null;
    -- The order that was drawn is the order that is asked, whoever sends what.
    if v_number > cardinality(v_order.repeats)
       or (p_answers ->> v_order.field) is distinct from v_order.repeats[v_number] then
      raise exception using errcode = 'EQ409', message = 'not the repeat that is asked now';
    end if;
  end if;
  perform outcome.save_entry(v_link.participant, v_link.form, v_link.visit, v_number, 0, p_answers, true, '', p_definition);
  insert into outcome.sittings (trial_id, participant, site_key, form, visit, repeat, mode, read_out_by, opened_at,
    handed_in_at, seconds)
  values (v_link.trial_id, v_link.participant, v_link.site_key, v_link.form, v_link.visit, v_number,
    case when v_link.read_out_by is null then 'SELF' else 'PHONE' end, v_link.read_out_by, v_link.opened_at,
    open.act_time(), p_seconds);
  if v_order.repeats is null or v_number = cardinality(v_order.repeats) then
    update outcome.questionnaire_links l set used_at = open.act_time()
     where l.trial_id = access.trial() and l.link_hash = p_link_hash;
  else
    -- Of the site's list it is done when the last repeat is.
    update open.collection_status s set state = 'in_progress'
     where s.trial_id = access.trial() and s.participant = v_link.participant and s.form = v_link.form
       and s.visit = v_link.visit;
  end if;
end $$;
comment on function outcome.save_questionnaire(bytea, jsonb, text, jsonb) is
  'Final submission by a participant, or by who reads out; definer, as above';
revoke execute on function outcome.issue_questionnaire(text, text, text, bytea, timestamptz, boolean),
  outcome.questionnaire_of(bytea), outcome.save_questionnaire(bytea, jsonb, text, jsonb) from public;
grant execute on function outcome.issue_questionnaire(text, text, text, bytea, timestamptz, boolean) to eq_open;
grant execute on function outcome.questionnaire_of(bytea), outcome.save_questionnaire(bytea, jsonb, text, jsonb) to eq_participant;
