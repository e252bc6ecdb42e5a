-- What is tried while a waiting time runs is refused unjudged, and so is no failed attempt: otherwise anybody could
-- lock anybody out for good within a minute. A name nobody has is not kept: it may be a password typed in the wrong box.
create or replace function access.judge_sign_in(p_user bigint, p_name text, p_address text, p_is_right boolean) returns boolean
  language plpgsql volatile security definer set search_path = pg_catalog as $$
declare
  v_now timestamptz := clock_timestamp();
  v_user access.users;
  v_address access.sign_in_addresses;
  v_waits_for_user boolean;
  v_waits_for_address boolean;
begin
  -- Judged under the locks, so that many guesses at one moment are judged one after the other.
  select * into v_user from access.users u where u.user_id = p_user for update;
  select * into v_address from access.sign_in_addresses a
   where a.address = p_address and a.failed_at > v_now - interval '1 hour' for update;
  v_waits_for_user := coalesce(v_user.failures >= 100 or v_user.retry_after > v_now, false);
  v_waits_for_address := coalesce(v_address.retry_after > v_now, false);
  if p_is_right and v_user.user_id is not null and v_user.is_enabled and not v_waits_for_user and not v_waits_for_address then
    return true;
  end if;
  if v_user.user_id is not null and not v_waits_for_user and not v_waits_for_address then
    update access.users u
       set failures = v_user.failures + 1, retry_after = v_now + access.sign_in_delay(v_user.failures + 1)
     where u.user_id = p_user;
    if v_user.failures + 1 in (5, 100) then
      insert into access.events (user_id, subject, kind, detail)
      values (v_user.user_id, p_name, 'sign-in delayed', (v_user.failures + 1) || ' failures in a row');
    end if;
  end if;
  -- Whoever asks for accounts that wait goes on being slowed down where the questions come from.
  if p_address <> '' and not v_waits_for_address then
    delete from access.sign_in_addresses a where a.failed_at <= v_now - interval '1 hour';
    insert into access.sign_in_addresses as a (address, failures, failed_at) values (p_address, 1, v_now)
    on conflict (address) do update
      set failures = a.failures + 1, failed_at = v_now, retry_after = v_now + access.sign_in_delay(a.failures + 1);
  end if;
  insert into access.events (user_id, subject, kind, detail)
  values (v_user.user_id, case when v_user.user_id is null then '' else p_name end, 'sign-in failed', p_address);
  return false;
end $$;
