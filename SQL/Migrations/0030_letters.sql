-- Letters that tell people that something waits for them, and who may call what 0029 offers.
create table access.addresses (
  user_id bigint primary key references access.users,
  address text check (length(address) <= 254 and address ~ '^[^@[:space:]<>,;:"()\\]+@[^@[:space:]<>,;:"()\\]+$'),
  set_at  timestamptz not null default clock_timestamp()
);
comment on table access.addresses is 'Where a person wants letters sent, as the person said';
comment on column access.addresses.user_id is 'Whose address';
comment on column access.addresses.address is 'Address for mail, null when no letters are wanted any more';
comment on column access.addresses.set_at is 'Instant at which it was given';
select access.seal_table('addresses');

create table access.letters (
  letter     uuid primary key default gen_random_uuid(),
  trial_id   integer not null,
  user_id    bigint not null references access.users,
  role       text not null,
  site_key   text not null,
  due_at     timestamptz not null,
  created_at timestamptz not null,
  attempts   integer not null default 0 check (attempts >= 0),
  next_at    timestamptz not null,
  sent_at    timestamptz
);
comment on table access.letters is 'Letters to people for whom an alert waits: neither participant nor alert nor class stands in one';
comment on column access.letters.letter is 'Random name';
comment on column access.letters.trial_id is 'Trial';
comment on column access.letters.user_id is 'To whom';
comment on column access.letters.role is 'Role for which it waits';
comment on column access.letters.site_key is 'Site of the role''s work';
comment on column access.letters.due_at is 'Instant by which somebody must have acted';
comment on column access.letters.created_at is 'Instant of writing';
comment on column access.letters.attempts is 'How often it was handed to the mail program';
comment on column access.letters.next_at is 'Instant of the next attempt';
comment on column access.letters.sent_at is 'Instant at which the mail program took it, null before';
create index letters_to_send on access.letters (trial_id, next_at) where sent_at is null;
select access.seal_table('letters', 'attempts,next_at');

create function access.write_letters(p_trial integer, p_site text, p_roles text[], p_due timestamptz) returns void
  language plpgsql volatile set search_path = pg_catalog as $$
declare
  v_now timestamptz := open.act_time();
begin
  -- One letter a person, whatever roles it comes by.
  insert into access.letters (trial_id, user_id, role, site_key, due_at, created_at, next_at)
  select distinct on (g.user_id) p_trial, g.user_id, g.role, p_site, p_due, v_now, v_now
    from access.grants g join access.users u on u.user_id = g.user_id
   where g.trial_id = p_trial and g.ended_at is null and u.is_enabled and g.role = any (p_roles)
     and g.site_key in ('*', p_site) and (g.trained_until is null or g.trained_until >= v_now::date)
   order by g.user_id, g.role;
end $$;
comment on function access.write_letters(integer, text, text[], timestamptz) is
  'Writes a letter to everybody who holds one of the roles at a site; called by triggers of alerts only';

create function access.set_address(p_user bigint, p_address text) returns void
  language plpgsql volatile set search_path = pg_catalog as $$
begin
  insert into access.addresses (user_id, address) values (p_user, nullif(p_address, ''))
  on conflict (user_id) do update set address = excluded.address, set_at = clock_timestamp();
end $$;
comment on function access.set_address(bigint, text) is 'A person says where letters go, or that none are wanted';

-- A letter is claimed before it is handed over: two daemons never take the same one at the same time, and
-- one whose daemon died in between is tried again.
create function access.letters_to_send() returns table (letter text, address text, due_at timestamptz)
  language plpgsql volatile security definer set search_path = pg_catalog as $$
declare
  v_now timestamptz := open.act_time();
begin
  return query
    update access.letters l
       set attempts = l.attempts + 1, next_at = v_now + make_interval(mins => least(2 ^ l.attempts, 60)::integer)
      from (select w.letter, a.address from access.letters w join access.addresses a on a.user_id = w.user_id and a.address is not null
             where w.trial_id = access.trial() and w.sent_at is null and w.next_at <= v_now
               and w.created_at > v_now - interval '2 days'
             order by w.due_at limit 50 for update of w skip locked) due
     where l.letter = due.letter
    returning l.letter::text, due.address, l.due_at;
end $$;
comment on function access.letters_to_send() is
  'Claims letters that are due, with growing pauses, for two days; definer, since the round of the daemon holds no table of access';

create function access.letter_sent(p_letter text) returns void
  language sql volatile security definer set search_path = pg_catalog
begin atomic
  update access.letters l set sent_at = open.act_time()
   where l.trial_id = access.trial() and l.letter::text = p_letter and l.sent_at is null;
end;
comment on function access.letter_sent(text) is 'The mail program took a letter; definer, as above';

create function access.letters_in_trouble() returns table (undelivered bigint, without_address bigint)
  language sql stable security definer set search_path = pg_catalog
begin atomic
  select count(*) filter (where a.address is not null), count(distinct l.user_id) filter (where a.address is null)
    from access.letters l left join access.addresses a on a.user_id = l.user_id
   where l.trial_id = access.trial() and l.role = access.acting_role() and access.sees_site(l.site_key)
     and l.sent_at is null and l.created_at <= open.act_time() - interval '10 minutes'
     and l.created_at > open.act_time() - interval '2 days';
end;
comment on function access.letters_in_trouble() is
  'Letters to people of the acting role in its sites that did not go out; definer, and it counts what reached that role anyway';

grant select, insert on access.addresses to eq_access;
grant update (address, set_at) on access.addresses to eq_access;
grant execute on function access.set_address(bigint, text) to eq_access;
grant execute on function access.letters_to_send(), access.letter_sent(text) to eq_committee;
grant execute on function access.letters_in_trouble() to eq_open, eq_treating;

grant execute on function open.record_deviation(text, text, jsonb), open.report_deviation(text, integer, date)
  to eq_open, eq_treating;
grant execute on function treatment.record_deviation(text, text, jsonb), treatment.report_deviation(text, integer, date)
  to eq_treating;
grant execute on function open.draft_by_system(text, text, text, jsonb) to eq_committee, eq_allocator;
grant execute on function outcome.draft_by_system(text, text, text, jsonb),
  treatment.draft_by_system(text, text, text, jsonb) to eq_committee;
grant select on treatment.judgements to eq_treating, eq_committee;
grant select on open.judgements to eq_open, eq_treating, eq_committee;
grant select on outcome.judgements to eq_outcome, eq_committee;
grant execute on function treatment.judge_expectedness(text, text, text, integer, integer, jsonb),
  treatment.change_start(text, text, text, integer, text, timestamptz, timestamptz, timestamptz, text)
  to eq_treating, eq_committee;
-- Starts are changed by the function that asks for role and reason.
revoke execute on function
  treatment.restart_clock(text, text, text, integer, text, timestamptz, timestamptz, timestamptz, text) from eq_treating;
revoke update (started_at, due_at, remind_at) on treatment.clocks from eq_treating;
revoke insert on treatment.clock_starts from eq_treating;

-- The day of death, which formulas read and after which nothing is recorded.
alter table open.participants add column died_on date;
comment on column open.participants.died_on is 'Date of death, null while alive or not known';
create function open.record_death(p_participant text, p_on date) returns void
  language plpgsql volatile set search_path = pg_catalog as $$
begin
  update open.participants p set died_on = p_on
   where p.trial_id = access.trial() and p.participant = p_participant and p.state = 'died' and p.died_on is null;
  if not found then
    raise exception using errcode = 'EQ409', message = 'not dead, or dated before';
  end if;
end $$;
comment on function open.record_death(text, date) is 'Dates a death, once, in the transaction that records it';
grant update (died_on) on open.participants to eq_open, eq_treating;
grant execute on function open.record_death(text, date) to eq_open, eq_treating;
