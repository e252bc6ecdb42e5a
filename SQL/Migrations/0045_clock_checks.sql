-- The clock is compared with what else tells the time: over a second raises an alarm, over a minute stops randomization and signatures.

create table access.clock_checks (
  check_id        bigint generated always as identity primary key,
  at              timestamptz not null,
  host            text not null check (length(host) between 1 and 255),
  kernel          text not null check (kernel in ('synchronized', 'unsynchronized', 'unknown')),
  kernel_error    bigint check (kernel_error >= 0),
  database_offset bigint not null,
  is_elsewhere    boolean not null,
  time_server     text not null check (length(time_server) <= 255),
  server_offset   bigint,
  drift           bigint not null check (drift >= 0),
  verdict         text not null check (verdict in ('in time', 'drifting', 'blocked', 'no reference')),
  check ((kernel = 'synchronized') = (kernel_error is not null)),
  check (server_offset is null or time_server <> '')
);
comment on table access.clock_checks is 'How far the clock of a host was from what else tells the time: every change of the verdict, and one an hour; append-only';
comment on column access.clock_checks.check_id is 'Order of the checks';
comment on column access.clock_checks.at is 'Instant by the clock of the database';
comment on column access.clock_checks.host is 'Host of the daemon that compared';
comment on column access.clock_checks.kernel is 'What the kernel says of its clock; unknown where it may not be asked';
comment on column access.clock_checks.kernel_error is 'Error the kernel estimates for a synchronized clock, in microseconds';
comment on column access.clock_checks.database_offset is 'Microseconds the daemon is ahead of the database at least, negative behind';
comment on column access.clock_checks.is_elsewhere is 'Whether the database runs on another host, so that its clock is another one';
comment on column access.clock_checks.time_server is 'Time server asked, empty without one';
comment on column access.clock_checks.server_offset is 'Microseconds the daemon is ahead of the time server at least, null when it gave no answer';
comment on column access.clock_checks.drift is 'The largest of error and offsets, in microseconds';
comment on column access.clock_checks.verdict is 'in time; drifting: over a second; blocked: over a minute; no reference: nothing else told the time';
create index clock_checks_by_host on access.clock_checks (host, check_id);
create index clock_checks_by_instant on access.clock_checks (at);
create trigger clock_checks_append_only before update or delete or truncate on access.clock_checks
  for each statement execute function access.refuse_change();
select access.seal_table('clock_checks');

create function access.note_clock(p_host text, p_kernel text, p_kernel_error bigint, p_database_offset bigint,
  p_is_elsewhere boolean, p_time_server text, p_server_offset bigint) returns text
  language plpgsql volatile security definer set search_path = pg_catalog as $$
declare
  v_last access.clock_checks;
  v_drift bigint := greatest(coalesce(p_kernel_error, 0), abs(p_database_offset), abs(coalesce(p_server_offset, 0)));
  v_verdict text := case
    when v_drift > 60000000 then 'blocked'
    when v_drift > 1000000 then 'drifting'
    when p_kernel = 'synchronized' or p_server_offset is not null or p_is_elsewhere then 'in time'
    else 'no reference' end;
begin
  perform pg_advisory_xact_lock(hashtextextended('clock of ' || p_host, 0));
  select * into v_last from access.clock_checks c where c.host = p_host order by c.check_id desc limit 1;
  if v_last.verdict = v_verdict and v_last.at > clock_timestamp() - interval '1 hour' and v_last.at <= clock_timestamp() then
    return v_verdict;
  end if;
  insert into access.clock_checks (at, host, kernel, kernel_error, database_offset, is_elsewhere, time_server,
    server_offset, drift, verdict)
  values (clock_timestamp(), p_host, p_kernel, p_kernel_error, p_database_offset, p_is_elsewhere, p_time_server,
    p_server_offset, v_drift, v_verdict);
  if v_last.verdict is distinct from v_verdict then
    insert into access.events (user_id, subject, kind, detail)
    values (null, p_host, 'clock', case v_verdict
      when 'blocked' then 'wrong by ' || v_drift / 1000000 || ' seconds or more: randomization and signatures are stopped'
      when 'drifting' then 'wrong by ' || v_drift / 1000000 || ' seconds or more'
      when 'in time' then 'in time'
      else 'nothing tells whether it is right' end);
  end if;
  return v_verdict;
end $$;
comment on function access.note_clock(text, text, bigint, bigint, boolean, text, bigint) is
  'Judges how far a clock is off, keeps each change of it and one check an hour, and tells who manages access; definer, since events and checks go together';
revoke execute on function access.note_clock(text, text, bigint, bigint, boolean, text, bigint) from public;
grant execute on function access.note_clock(text, text, bigint, bigint, boolean, text, bigint) to eq_access;

-- A host that fell silent while its clock was wrong stops the others for two hours, not for ever.
create function access.is_clock_wrong() returns boolean
  language sql stable security definer set search_path = pg_catalog
  return exists (
    select from (select distinct on (c.host) c.verdict from access.clock_checks c
                  where c.at > clock_timestamp() - interval '2 hours'
                  order by c.host, c.check_id desc) newest
     where newest.verdict = 'blocked');
comment on function access.is_clock_wrong() is
  'Whether the newest check of any host within two hours found its clock wrong by more than a minute; definer, since few logins read the checks';
revoke execute on function access.is_clock_wrong() from public;

create function access.refuse_wrong_clock() returns trigger language plpgsql
  security definer set search_path = pg_catalog as $$
begin
  if access.is_clock_wrong() then
    raise exception using errcode = 'EQ449', message = 'the clock is wrong by more than a minute';
  end if;
  return new;
end $$;
comment on function access.refuse_wrong_clock() is 'Trigger: nobody is randomized and nothing signed while the clock is wrong by more than a minute';
revoke execute on function access.refuse_wrong_clock() from public;
create trigger allocations_by_true_clock before insert on allocation.allocations
  for each row execute function access.refuse_wrong_clock();
create trigger signatures_by_true_clock before insert on open.signatures
  for each row execute function access.refuse_wrong_clock();
create trigger signatures_by_true_clock before insert on outcome.signatures
  for each row execute function access.refuse_wrong_clock();
create trigger signatures_by_true_clock before insert on treatment.signatures
  for each row execute function access.refuse_wrong_clock();
create trigger lock_signatures_by_true_clock before insert on open.lock_signatures
  for each row execute function access.refuse_wrong_clock();
create trigger audit_reviews_by_true_clock before insert on open.audit_reviews
  for each row execute function access.refuse_wrong_clock();
create trigger access_reviews_by_true_clock before insert on access.access_reviews
  for each row execute function access.refuse_wrong_clock();
