-- What an amendment changes for the whole trial holds from one moment on, which is on record: then no site that opens later,
-- closes, or goes back to an earlier day takes the trial back to an earlier plan.

create table open.whole_versions (
  trial_id integer not null,
  version  text not null,
  ordinal  integer not null check (ordinal >= 1),
  since    timestamptz not null,
  primary key (trial_id, version),
  unique (trial_id, ordinal),
  foreign key (trial_id, version) references open.study_versions
);
comment on table open.whole_versions is 'From when the analysis, populations, looks and numbers of an amendment hold for the whole trial; append-only';
comment on column open.whole_versions.trial_id is 'Trial';
comment on column open.whole_versions.version is 'Version of the definition';
comment on column open.whole_versions.ordinal is 'Its order among the amendments, which only grows';
comment on column open.whole_versions.since is 'Instant at which it was found in force at every open site';
create trigger whole_versions_append_only before update or delete or truncate on open.whole_versions
  for each statement execute function access.refuse_change();
create trigger whole_versions_locked before insert on open.whole_versions
  for each row execute function open.refuse_when_locked();
alter table open.whole_versions enable row level security;
alter table open.whole_versions force row level security;
create policy whole_versions_trial on open.whole_versions
  using (trial_id = (select access.trial())) with check (trial_id = (select access.trial()));
select open.seal_table('whole_versions');
grant select on open.whole_versions to eq_custodian;

create table open.look_amendments (
  trial_id   integer not null,
  version    text not null,
  drafted_at timestamptz not null,
  primary key (trial_id, version),
  foreign key (trial_id, version) references open.study_versions
);
comment on table open.look_amendments is 'Amendments that change the interim looks; no look is taken while one is approved and does not hold yet; append-only';
comment on column open.look_amendments.trial_id is 'Trial';
comment on column open.look_amendments.version is 'Version of the definition';
comment on column open.look_amendments.drafted_at is 'Instant of its draft: a look taken later ends it';
create trigger look_amendments_append_only before update or delete or truncate on open.look_amendments
  for each statement execute function access.refuse_change();
create trigger look_amendments_locked before insert on open.look_amendments
  for each row execute function open.refuse_when_locked();
alter table open.look_amendments enable row level security;
alter table open.look_amendments force row level security;
create policy look_amendments_trial on open.look_amendments
  using (trial_id = (select access.trial())) with check (trial_id = (select access.trial()));
select open.seal_table('look_amendments');
grant select on open.look_amendments to eq_custodian;

create function open.mark_look_amendment(p_version text) returns void
  language plpgsql volatile security definer set search_path = pg_catalog as $$
begin
  if not exists (select from open.study_versions v
     where v.trial_id = access.trial() and v.version = p_version and v.state = 'draft') then
    raise exception using errcode = 'EQ404', message = 'no such draft';
  end if;
  insert into open.look_amendments (trial_id, version, drafted_at)
  values (access.trial(), p_version, open.act_time());
end $$;
comment on function open.mark_look_amendment(text) is 'Puts on record that a draft changes the interim looks; definer, so that no login writes the table';

create function open.hold_for_the_whole(p_version text) returns void
  language plpgsql volatile security definer set search_path = pg_catalog as $$
declare
  v_version open.study_versions;
begin
  perform 1 from open.trials t where t.trial_id = access.trial() for no key update;
  select * into v_version from open.study_versions v
   where v.trial_id = access.trial() and v.version = p_version and v.state = 'approved';
  if v_version.version is null then
    raise exception using errcode = 'EQ404', message = 'no such amendment';
  end if;
  if exists (select from open.whole_versions w
       where w.trial_id = access.trial() and w.ordinal >= v_version.ordinal)
     or not exists (select from open.sites s
       where s.trial_id = access.trial() and s.state in ('active', 'suspended'))
     or exists (select from open.sites s
       where s.trial_id = access.trial() and s.state in ('active', 'suspended')
         and not exists (select from open.site_versions i join open.study_versions v using (trial_id, version)
           where i.trial_id = s.trial_id and i.site_key = s.site_key and v.ordinal >= v_version.ordinal
             and i.in_force_from <= (open.act_time() at time zone s.zone)::date)) then
    raise exception using errcode = 'EQ409', message = 'not in force at every open site';
  end if;
  insert into open.whole_versions (trial_id, version, ordinal, since)
  values (access.trial(), p_version, v_version.ordinal, open.act_time());
  perform open.note('*', 'amendment ' || p_version, 'amendment in force for the whole trial', v_version.summary);
end $$;
comment on function open.hold_for_the_whole(text)
  is 'Puts on record that a version is in force at every open site; definer, so that no login writes the table';

revoke execute on function open.mark_look_amendment(text), open.hold_for_the_whole(text) from public;
grant execute on function open.mark_look_amendment(text), open.hold_for_the_whole(text) to eq_custodian;

-- As before, and for an amendment of the looks: none was taken since it was drafted, for a look that was taken stays as planned.
create or replace function open.approve_version(p_version text, p_classes text[]) returns void
  language plpgsql volatile security definer set search_path = pg_catalog as $$
declare
  v_version open.study_versions;
begin
  -- A look is built under the same lock, so that one of the two comes first.
  perform 1 from open.trials t where t.trial_id = access.trial() for no key update;
  select * into v_version from open.study_versions v
   where v.trial_id = access.trial() and v.version = p_version for update;
  if v_version.version is null then
    raise exception using errcode = 'EQ404', message = 'no such amendment';
  end if;
  if v_version.state <> 'draft' then
    raise exception using errcode = 'EQ409', message = 'not from this state';
  end if;
  if exists (select unnest(p_classes || array['open'])
      except select unnest(d.classes) from open.dry_runs d
              where d.trial_id = access.trial() and d.version = p_version) then
    raise exception using errcode = 'EQ442', message = 'no dry run of every class it touches';
  end if;
  -- By the cuts, since a look that is not released yet is seen by its builders alone.
  if exists (select from open.look_amendments a join open.cuts c using (trial_id)
     where a.trial_id = access.trial() and a.version = p_version and c.kind = 'interim'
       and c.made_at > a.drafted_at) then
    raise exception using errcode = 'EQ453', message = 'a look was taken since it was drafted';
  end if;
  update open.study_versions v set state = 'approved', approved_by = access.actor(), approved_at = open.act_time()
   where v.trial_id = access.trial() and v.version = p_version;
  perform open.note('*', 'amendment ' || p_version, 'amendment approved', v_version.summary);
end $$;

create function open.refuse_look_between() returns trigger language plpgsql
  security definer set search_path = pg_catalog as $$
begin
  perform 1 from open.trials t where t.trial_id = new.trial_id for share;
  if exists (select from open.look_amendments a join open.study_versions v using (trial_id, version)
     where a.trial_id = new.trial_id and v.state = 'approved'
       and not exists (select from open.whole_versions w
         where w.trial_id = a.trial_id and w.ordinal >= v.ordinal)) then
    raise exception using errcode = 'EQ454', message = 'an amendment of the looks does not hold yet';
  end if;
  return new;
end $$;
comment on function open.refuse_look_between()
  is 'Trigger: no look is taken between the approval of an amendment of the looks and the moment it holds; definer, since who builds reads no versions';
create trigger interim_looks_amended before insert on open.interim_looks
  for each row execute function open.refuse_look_between();
