-- A questionnaire of a repeating form is sent as often as it is needed, such as at unscheduled visits: each link asks for
-- one more of it, and the site's list says of the latest whether it was answered.
alter table outcome.questionnaire_links add column repeats boolean not null default false;
comment on column outcome.questionnaire_links.repeats is 'Whether the answers are one more entry of a form that repeats without a plan';

drop function outcome.issue_questionnaire(text, text, text, bytea, timestamptz, boolean);
create function outcome.issue_questionnaire(p_participant text, p_visit text, p_form text, p_link_hash bytea,
  p_expires_at timestamptz, p_read_out boolean, p_repeats boolean) returns void
  language plpgsql volatile security definer set search_path = pg_catalog as $$
declare
  v_site text;
  v_level text;
  v_done integer;
begin
  select p.site_key, p.withdrawal_level into v_site, v_level from open.participants p
   where p.trial_id = access.trial() and p.participant = p_participant for update;
  if v_site is null then
    raise exception using errcode = 'EQ404', message = 'no such participant in scope';
  end if;
  if v_level in ('W3', 'W4') then
    raise exception using errcode = 'EQ424', message = 'no further data of this participant';
  end if;
  select count(*) into v_done from outcome.entries e
   where e.trial_id = access.trial() and e.participant = p_participant and e.form = p_form and e.visit = p_visit
     and e.submitted_at is not null;
  if not p_repeats and v_done
     >= coalesce((select cardinality(o.repeats) from outcome.planned_orders o where o.trial_id = access.trial()
        and o.participant = p_participant and o.form = p_form and o.visit = p_visit), 1) then
    raise exception using errcode = 'EQ409', message = 'already submitted';
  end if;
  update outcome.questionnaire_links l set expires_at = open.act_time()
   where l.trial_id = access.trial() and l.participant = p_participant and l.visit = p_visit and l.form = p_form
     and l.used_at is null;
  insert into outcome.questionnaire_links (trial_id, link_hash, participant, site_key, visit, form, issued_at, expires_at,
    read_out_by, read_out_role, repeats)
  values (access.trial(), p_link_hash, p_participant, v_site, p_visit, p_form, open.act_time(), p_expires_at,
    case when p_read_out then access.actor() end, case when p_read_out then access.acting_role() end, p_repeats);
  insert into open.collection_status as s (trial_id, participant, site_key, form, visit, state, at)
  values (access.trial(), p_participant, v_site, p_form, p_visit, 'issued', open.act_time())
  on conflict (trial_id, participant, form, visit) do update
    set state = 'issued', at = excluded.at where p_repeats and s.state = 'submitted';
  perform open.note(v_site, p_participant || '/' || p_form || '@' || p_visit || '#' || case when p_repeats then v_done + 1 else 1 end,
    case when p_read_out then 'questionnaire read out on the telephone' else 'questionnaire issued' end);
end $$;
comment on function outcome.issue_questionnaire(text, text, text, bytea, timestamptz, boolean, boolean)
  is 'Issues a one-time link, for the participant or for who reads it out; definer, since the site reads no outcome';
revoke execute on function outcome.issue_questionnaire(text, text, text, bytea, timestamptz, boolean, boolean) from public;
grant execute on function outcome.issue_questionnaire(text, text, text, bytea, timestamptz, boolean, boolean) to eq_open;

create or replace function outcome.save_questionnaire(p_link_hash bytea, p_answers jsonb, p_definition text, p_seconds jsonb) returns void
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
  elsif v_link.repeats then
    select coalesce(max(e.repeat), 0) + 1 into v_number from outcome.entries e
     where e.trial_id = access.trial() and e.participant = v_link.participant and e.form = v_link.form
       and e.visit = v_link.visit;
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

-- Only handing in moves the site's list: a later data query or verification of an earlier entry says nothing of the
-- link that was sent since.
create or replace function outcome.tell_collection_status() returns trigger language plpgsql
  security definer set search_path = pg_catalog as $$
begin
  if tg_op = 'UPDATE' and old.submitted_at is not distinct from new.submitted_at then
    return null;
  end if;
  insert into open.collection_status as s (trial_id, participant, site_key, form, visit, state, at)
  values (new.trial_id, new.participant, new.site_key, new.form, new.visit,
    case when new.submitted_at is null then 'in_progress' else 'submitted' end, new.entered_at)
  on conflict (trial_id, participant, form, visit) do update
    set state = case when s.state = 'submitted' then s.state else excluded.state end,
        at = case when s.state = 'submitted' then s.at else excluded.at end;
  return null;
end $$;
