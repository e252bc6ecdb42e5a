-- Questionnaires with planned repeats, such as one for each arm: asked one after the other under one link, in an
-- order that is drawn for the participant when the first link is issued, and kept.
create table outcome.planned_orders (
  trial_id    integer not null,
  participant text not null,
  site_key    text not null,
  form        text not null,
  visit       text not null,
  field       text not null,
  repeats     text[] not null check (cardinality(repeats) >= 1),
  drawn_at    timestamptz not null,
  primary key (trial_id, participant, form, visit),
  foreign key (trial_id, participant) references open.participants
);
comment on table outcome.planned_orders is 'In which order a participant is asked the planned repeats of a questionnaire; append-only';
comment on column outcome.planned_orders.trial_id is 'Trial';
comment on column outcome.planned_orders.participant is 'Participant key';
comment on column outcome.planned_orders.site_key is 'Site';
comment on column outcome.planned_orders.form is 'Form';
comment on column outcome.planned_orders.visit is 'Visit code';
comment on column outcome.planned_orders.field is 'Field whose value tells the repeats apart';
comment on column outcome.planned_orders.repeats is 'Its values in the order they are asked';
comment on column outcome.planned_orders.drawn_at is 'Instant';
create trigger planned_orders_append_only before update or delete or truncate on outcome.planned_orders
  for each statement execute function access.refuse_change();
create trigger planned_orders_locked before insert on outcome.planned_orders
  for each row execute function open.refuse_when_locked();
alter table outcome.planned_orders enable row level security;
alter table outcome.planned_orders force row level security;
create policy planned_orders_scope on outcome.planned_orders
  using (trial_id = (select access.trial()) and access.sees_site(site_key))
  with check (trial_id = (select access.trial()) and access.sees_site(site_key));
grant select on outcome.planned_orders to eq_outcome, eq_committee;
select outcome.seal_table('planned_orders', '');

create function outcome.plan_questionnaire(p_participant text, p_visit text, p_form text, p_field text, p_repeats text[])
  returns void language plpgsql volatile security definer set search_path = pg_catalog as $$
declare
  v_site text;
begin
  select p.site_key into v_site from open.participants p
   where p.trial_id = access.trial() and p.participant = p_participant for update;
  if v_site is null then
    raise exception using errcode = 'EQ404', message = 'no such participant in scope';
  end if;
  insert into outcome.planned_orders (trial_id, participant, site_key, form, visit, field, repeats, drawn_at)
  values (access.trial(), p_participant, v_site, p_form, p_visit, p_field, p_repeats, open.act_time())
  on conflict (trial_id, participant, form, visit) do nothing;
  if found then
    perform outcome.note(v_site, p_participant || '/' || p_form || '@' || p_visit, 'order drawn', '', p_field, null,
      array_to_string(p_repeats, ', '));
  end if;
end $$;
comment on function outcome.plan_questionnaire(text, text, text, text, text[])
  is 'Keeps the order of planned repeats, the first one drawn; definer, since the site reads no outcome';
grant execute on function outcome.plan_questionnaire(text, text, text, text, text[]) to eq_open;

create or replace function outcome.issue_questionnaire(p_participant text, p_visit text, p_form text, p_link_hash bytea,
  p_expires_at timestamptz) returns void
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
  insert into outcome.questionnaire_links (trial_id, link_hash, participant, site_key, visit, form, issued_at, expires_at)
  values (access.trial(), p_link_hash, p_participant, v_site, p_visit, p_form, open.act_time(), p_expires_at);
  insert into open.collection_status (trial_id, participant, site_key, form, visit, state, at)
  values (access.trial(), p_participant, v_site, p_form, p_visit, 'issued', open.act_time())
  on conflict (trial_id, participant, form, visit) do nothing;
  perform open.note(v_site, p_participant || '/' || p_form || '@' || p_visit || '#1', 'questionnaire issued');
end $$;

create function outcome.questionnaire_repeat(p_link_hash bytea)
  returns table (number integer, planned text, total integer)
  language sql stable security definer set search_path = pg_catalog
begin atomic
  select d.done + 1, o.repeats[d.done + 1], cardinality(o.repeats)
    from outcome.questionnaire_links l
    join outcome.planned_orders o
      on o.trial_id = l.trial_id and o.participant = l.participant and o.form = l.form and o.visit = l.visit
    cross join lateral (select count(*)::integer as done from outcome.entries e
       where e.trial_id = l.trial_id and e.participant = l.participant and e.form = l.form and e.visit = l.visit
         and e.submitted_at is not null) d
   where l.trial_id = access.trial() and l.link_hash = p_link_hash;
end;
comment on function outcome.questionnaire_repeat(bytea)
  is 'Which planned repeat a link asks for now; definer, since a participant holds no table';
grant execute on function outcome.questionnaire_repeat(bytea) to eq_participant;

create or replace function outcome.save_questionnaire(p_link_hash bytea, p_answers jsonb, p_definition text) returns void
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

drop function outcome.ask_about(text, text, text, jsonb);
create function outcome.ask_about(p_participant text, p_form text, p_visit text, p_faults jsonb,
  p_repeat integer default 1) returns void
  language plpgsql volatile security definer set search_path = pg_catalog as $$
declare
  v_fault record;
  v_now jsonb;
  v_before jsonb;
begin
  perform outcome.close_met_queries(p_participant, p_form, p_visit, p_repeat,
    array(select f.rule || '@' || f.field from jsonb_to_recordset(p_faults) as f(rule text, field text)));
  select e.answers, v.answers into v_now, v_before
    from outcome.entries e left join outcome.entry_versions v
      on v.trial_id = e.trial_id and v.participant = e.participant and v.form = e.form and v.visit = e.visit
     and v.repeat = e.repeat and v.version = e.version - 1
   where e.trial_id = access.trial() and e.participant = p_participant and e.form = p_form and e.visit = p_visit
     and e.repeat = p_repeat;
  for v_fault in select * from jsonb_to_recordset(p_faults) as f(rule text, field text, text text) loop
    if exists (select from outcome.data_queries q
       where q.trial_id = access.trial() and q.participant = p_participant and q.form = p_form and q.visit = p_visit
         and q.repeat = p_repeat and q.rule = v_fault.rule and q.field = v_fault.field
         and (q.state <> 'closed'
           or v_fault.field <> '' and v_before -> v_fault.field is not distinct from v_now -> v_fault.field)) then
      continue;
    end if;
    perform outcome.open_data_query(p_participant, p_form, p_visit, p_repeat, v_fault.field, v_fault.text, false, v_fault.rule);
  end loop;
end $$;
comment on function outcome.ask_about(text, text, text, jsonb, integer)
  is 'The queries of checks on an outcome entry, after its save; definer, called by functions of this class only';

create or replace function outcome.ask_about_questionnaire(p_link_hash bytea, p_faults jsonb) returns void
  language plpgsql volatile security definer set search_path = pg_catalog as $$
declare
  v_link outcome.questionnaire_links;
  v_last integer;
begin
  select * into v_link from outcome.questionnaire_links l
   where l.trial_id = access.trial() and l.link_hash = p_link_hash;
  select max(e.repeat) into v_last from outcome.entries e
   where e.trial_id = access.trial() and e.participant = v_link.participant and e.form = v_link.form
     and e.visit = v_link.visit and e.submitted_at is not null;
  if v_last is null then
    raise exception using errcode = 'EQ404', message = 'no such link';
  end if;
  perform outcome.ask_about(v_link.participant, v_link.form, v_link.visit, p_faults, v_last);
end $$;
