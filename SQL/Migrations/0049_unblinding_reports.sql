-- Who learnt an arm by accident and may know none reports it. The report is of class treatment from the moment it is
-- given: who gave it does not see it again, and no blinded person learns that there is one.
create table treatment.unblinding_reports (
  trial_id      integer not null,
  report_no     integer not null check (report_no >= 1),
  participant   text not null,
  site_key      text not null,
  learnt        text not null check (learnt in ('ARM', 'GUESSABLE')),
  how           text not null check (length(how) between 3 and 1000),
  learnt_at     timestamptz not null,
  reported_by   bigint not null,
  reported_role text not null,
  reported_at   timestamptz not null,
  primary key (trial_id, report_no)
);
comment on table treatment.unblinding_reports is 'Accidental unblinding as reported by who learnt it; append-only';
comment on column treatment.unblinding_reports.trial_id is 'Trial';
comment on column treatment.unblinding_reports.report_no is 'Number in the trial, from 1';
comment on column treatment.unblinding_reports.participant is 'Participant key, empty for several';
comment on column treatment.unblinding_reports.site_key is 'Site of the participant, * where none is known';
comment on column treatment.unblinding_reports.learnt is 'ARM: the arm; GUESSABLE: something that lets it be guessed';
comment on column treatment.unblinding_reports.how is 'How it was learnt';
comment on column treatment.unblinding_reports.learnt_at is 'When it was learnt';
comment on column treatment.unblinding_reports.reported_by is 'User who learnt it';
comment on column treatment.unblinding_reports.reported_role is 'Role of the user';
comment on column treatment.unblinding_reports.reported_at is 'Instant of the report';

create table treatment.unblinding_assessments (
  trial_id      integer not null,
  report_no     integer not null,
  impact        text not null check (length(impact) between 3 and 1000),
  action        text not null check (length(action) between 3 and 1000),
  assessed_by   bigint not null,
  assessed_role text not null,
  assessed_at   timestamptz not null,
  primary key (trial_id, report_no),
  foreign key (trial_id, report_no) references treatment.unblinding_reports
);
comment on table treatment.unblinding_assessments is 'What an accidental unblinding means for the trial, once for each report; append-only';
comment on column treatment.unblinding_assessments.trial_id is 'Trial';
comment on column treatment.unblinding_assessments.report_no is 'Report';
comment on column treatment.unblinding_assessments.impact is 'What it means for ratings and data';
comment on column treatment.unblinding_assessments.action is 'What was done';
comment on column treatment.unblinding_assessments.assessed_by is 'User';
comment on column treatment.unblinding_assessments.assessed_role is 'Role of the user';
comment on column treatment.unblinding_assessments.assessed_at is 'Instant';

do $do$
declare
  v_table text;
begin
  foreach v_table in array array['unblinding_reports', 'unblinding_assessments'] loop
    execute replace($sql$
create trigger {table}_append_only before update or delete or truncate on treatment.{table}
  for each statement execute function access.refuse_change();
create trigger {table}_hard_locked before insert on treatment.{table}
  for each row execute function open.refuse_when_hard_locked();
alter table treatment.{table} enable row level security;
alter table treatment.{table} force row level security;
create policy {table}_of_trial on treatment.{table}
  using (trial_id = (select access.trial())) with check (trial_id = (select access.trial()));
grant select on treatment.{table} to eq_committee;
select treatment.seal_table('{table}');
$sql$, '{table}', v_table);
  end loop;
end $do$;

-- A rater who reported rates that participant no more, as one to whom the arm was disclosed.
create or replace function outcome.draw_rater(p_participant text, p_token text, p_roles text[], p_record text, p_field text,
  p_none text) returns bigint
  language sql volatile set search_path = pg_catalog
begin atomic
  select g.user_id
    from access.grants g join access.users u using (user_id)
   where g.trial_id = access.trial() and g.role = any (p_roles) and g.ended_at is null and u.is_enabled
     and g.user_id is distinct from (
       select t.rater from outcome.rating_tasks t
        where t.trial_id = access.trial() and t.participant = p_participant and t.token <> p_token
        order by t.starts_at desc, t.token limit 1)
     and not exists (
       select from treatment.entries e
        where e.trial_id = access.trial() and e.participant = p_participant and e.form = p_record
          and e.author = g.user_id and e.answers ->> p_field <> p_none)
     and not exists (
       select from treatment.unblinding_reports r
        where r.trial_id = access.trial() and r.participant = p_participant and r.reported_by = g.user_id)
   order by sha256(convert_to(p_token || g.user_id, 'UTF8'))
   limit 1;
end;

-- In the class open, so that blinded logins need nothing of class treatment.
create function open.report_unblinding(p_about text, p_is_known boolean, p_learnt text, p_how text,
  p_learnt_at timestamptz, p_roles text[], p_record text, p_field text, p_none text) returns void
  language plpgsql volatile security definer set search_path = pg_catalog as $$
declare
  v_sites text := coalesce(current_setting('eq.sites', true), '');
  v_no integer;
  v_participant text := p_about;
  v_site text;
  v_task outcome.rating_tasks;
  v_rater bigint;
begin
  if access.acting_role() = any (p_roles) and p_about <> '' then
    -- A rater knows tokens only, of the own tasks.
    select t.participant, t.site_key into v_participant, v_site from outcome.rating_tasks t
     where t.trial_id = access.trial() and t.token = p_about and t.rater = access.actor();
    if not found then
      raise exception using errcode = 'EQ404', message = 'no such task of this rater';
    end if;
  elsif p_about <> '' then
    select p.site_key into v_site from open.participants p
     where p.trial_id = access.trial() and p.participant = p_about;
    if not found and p_is_known then
      raise exception using errcode = 'EQ404', message = 'no such participant in scope';
    end if;
  end if;
  perform pg_advisory_xact_lock(hashtextextended('treatment.unblinding_reports/' || access.trial(), 0));
  select coalesce(max(r.report_no), 0) + 1 into v_no from treatment.unblinding_reports r
   where r.trial_id = access.trial();
  insert into treatment.unblinding_reports (trial_id, report_no, participant, site_key, learnt, how, learnt_at,
    reported_by, reported_role, reported_at)
  values (access.trial(), v_no, v_participant, coalesce(v_site, '*'), p_learnt, p_how, p_learnt_at,
    access.actor(), access.acting_role(), open.act_time());
  perform treatment.note(coalesce(v_site, '*'), coalesce(nullif(v_participant, ''), 'trial'),
    'unblinding reported', 'report ' || v_no);
  -- What was not begun goes to another rater; what was begun is finished and stands.
  if access.acting_role() = any (p_roles) and v_participant <> '' then
    perform set_config('eq.sites', '*', true);
    for v_task in select * from outcome.rating_tasks t
       where t.trial_id = access.trial() and t.participant = v_participant and t.rater = access.actor()
         and t.state = 'booked' and not exists (
           select from outcome.entries e
            where e.trial_id = t.trial_id and e.participant = t.participant and e.visit = t.visit
              and e.form = any (t.forms) and e.author = access.actor())
       order by t.starts_at, t.token for update loop
      v_rater := outcome.draw_rater(v_task.participant, v_task.token, p_roles, p_record, p_field, p_none);
      update outcome.rating_tasks t set rater = v_rater
       where t.trial_id = access.trial() and t.token = v_task.token;
      perform treatment.note(v_task.site_key, v_task.participant || '/rating@' || v_task.visit,
        case when v_rater is null then 'rating waits for a rater' else 'rater drawn' end);
    end loop;
    perform set_config('eq.sites', v_sites, true);
  end if;
end $$;
comment on function open.report_unblinding(text, boolean, text, text, timestamptz, text[], text, text, text) is
  'Takes the report of somebody blinded and gives their ratings of the participant to others; definer, since who reports writes no treatment table';

create function treatment.assess_unblinding(p_report integer, p_impact text, p_action text) returns void
  language plpgsql volatile security definer set search_path = pg_catalog as $$
begin
  if not exists (select from treatment.unblinding_reports r
     where r.trial_id = access.trial() and r.report_no = p_report) then
    raise exception using errcode = 'EQ404', message = 'no such report';
  end if;
  insert into treatment.unblinding_assessments (trial_id, report_no, impact, action, assessed_by, assessed_role, assessed_at)
  values (access.trial(), p_report, p_impact, p_action, access.actor(), access.acting_role(), open.act_time())
  on conflict do nothing;
  if not found then
    raise exception using errcode = 'EQ409', message = 'the report was assessed';
  end if;
  perform treatment.note('*', 'unblinding report ' || p_report, 'unblinding assessed');
end $$;
comment on function treatment.assess_unblinding(integer, text, text) is
  'Says what an accidental unblinding means, once; definer, since no login writes what was assessed';
revoke execute on function open.report_unblinding(text, boolean, text, text, timestamptz, text[], text, text, text),
  treatment.assess_unblinding(integer, text, text) from public;
grant execute on function open.report_unblinding(text, boolean, text, text, timestamptz, text[], text, text, text)
  to eq_open, eq_outcome, eq_rater;
grant execute on function treatment.assess_unblinding(integer, text, text) to eq_committee;
