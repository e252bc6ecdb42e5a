-- What a sign-in takes off its address is what the account failed there, and not elsewhere: who fails in a session of
-- their own would otherwise make room for guessing at the accounts of others.
alter table access.sign_in_addresses add column by_account jsonb not null default '{}';
comment on column access.sign_in_addresses.by_account is 'How many of the failures each account made, by its number';

create or replace function access.judge_sign_in(p_user bigint, p_name text, p_address text, p_is_right boolean) returns boolean
  language plpgsql volatile security definer set search_path = pg_catalog as $$
declare
  v_now timestamptz := clock_timestamp();
  v_user access.users;
  v_address access.sign_in_addresses;
  v_waits_for_user boolean;
  v_waits_for_address boolean;
  v_counted jsonb := '{}';
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
    if v_user.user_id is not null then
      v_counted := jsonb_build_object(v_user.user_id::text,
        coalesce((v_address.by_account ->> v_user.user_id::text)::integer, 0) + 1);
    end if;
    delete from access.sign_in_addresses a where a.failed_at <= v_now - interval '1 hour';
    insert into access.sign_in_addresses as a (address, failures, failed_at, by_account) values (p_address, 1, v_now, v_counted)
    on conflict (address) do update
      set failures = a.failures + 1, failed_at = v_now, retry_after = v_now + access.sign_in_delay(a.failures + 1),
          by_account = a.by_account || v_counted;
  end if;
  insert into access.events (user_id, subject, kind, detail)
  values (v_user.user_id, case when v_user.user_id is null then '' else p_name end, 'sign-in failed', p_address);
  return false;
end $$;

drop function access.settle_sign_in(text, integer);
create function access.settle_sign_in(p_address text, p_user bigint) returns void
  language sql volatile security definer set search_path = pg_catalog as $$
  update access.sign_in_addresses a
     set failures = greatest(a.failures - n.failed, 0),
         retry_after = case when a.failures - n.failed >= 5 then a.retry_after end,
         by_account = a.by_account - p_user::text
    from (select b.address, (b.by_account ->> p_user::text)::integer as failed from access.sign_in_addresses b) n
   where a.address = p_address and n.address = a.address and n.failed > 0
$$;
comment on function access.settle_sign_in(text, bigint) is
  'Takes what an account failed at an address off it, once it signed in there; definer, as above';
revoke execute on function access.settle_sign_in(text, bigint) from public;
grant execute on function access.settle_sign_in(text, bigint) to eq_access;

-- One booking given to another rater, under a token of its own. Of who withdrew or died what is booked for later ends, as
-- it does where nobody holds it at that moment, and only a call that is due keeps its token.
create function outcome.give_rating(p_token text, p_rater bigint, p_reason text) returns void
  language plpgsql volatile set search_path = pg_catalog as $$
declare
  v_task outcome.rating_tasks;
  v_is_over boolean;
begin
  select * into v_task from outcome.rating_tasks t where t.trial_id = access.trial() and t.token = p_token for update;
  select p.withdrawal_level is not null or p.state = 'died' into v_is_over from open.participants p
   where p.trial_id = access.trial() and p.participant = v_task.participant for key share;
  if v_is_over and outcome.may_end(v_task) then
    perform outcome.end_booking(v_task.participant, v_task.visit, 'withdrawn', 'no further visits of the participant');
    perform open.note(v_task.site_key, v_task.participant || '/rating@' || v_task.visit, 'rating cancelled',
      'no further visits of the participant', 'starts_at',
      to_char(v_task.starts_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'), null);
    return;
  elsif v_is_over or v_task.rater is null then
    update outcome.rating_tasks t set rater = p_rater where t.trial_id = v_task.trial_id and t.token = v_task.token;
  else
    insert into outcome.ended_bookings (trial_id, token, participant, site_key, visit, forms, rater, language, starts_at,
      ended, reason, ended_by, ended_at)
    values (v_task.trial_id, v_task.token, v_task.participant, v_task.site_key, v_task.visit, v_task.forms, v_task.rater,
      v_task.language, v_task.starts_at, 'redrawn', p_reason, access.actor(), open.act_time());
    delete from outcome.rating_tasks t where t.trial_id = v_task.trial_id and t.token = v_task.token;
    v_task.token := outcome.fresh_token();
    v_task.rater := p_rater;
    insert into outcome.rating_tasks select v_task.*;
  end if;
  perform treatment.note(v_task.site_key, v_task.participant || '/rating@' || v_task.visit,
    case when p_rater is null then 'rating waits for a rater' else 'rater drawn' end);
end $$;
comment on function outcome.give_rating(text, bigint, text) is
  'Gives a booking to another rater, or to nobody yet; called by the functions that draw anew';
revoke execute on function outcome.give_rating(text, bigint, text) from public;

create or replace function outcome.redraw_ratings(p_participant text, p_roles text[], p_record text, p_field text, p_none text)
  returns void
  language plpgsql volatile set search_path = pg_catalog as $$
declare
  v_sites text := coalesce(current_setting('eq.sites', true), '');
  v_task outcome.rating_tasks;
begin
  perform set_config('eq.sites', '*', true);
  -- Ratings come first and the participant after them, as for the rater who saves; who books or moves a rating of this
  -- participant waits, and draws when it is known who was told.
  perform 1 from outcome.rating_tasks t
   where t.trial_id = access.trial() and t.participant = p_participant order by t.token for update;
  for v_task in select * from outcome.rating_tasks t
     where t.trial_id = access.trial() and t.participant = p_participant and t.rater = access.actor()
       and t.state = 'booked' and not exists (
         select from outcome.entries e
          where e.trial_id = t.trial_id and e.participant = t.participant and e.visit = t.visit
            and e.form = any (t.forms) and e.author = access.actor())
     order by t.starts_at, t.token loop
    perform outcome.give_rating(v_task.token,
      outcome.draw_rater(v_task.participant, v_task.token, p_roles, p_record, p_field, p_none), 'the rater was told an arm');
  end loop;
  perform set_config('eq.sites', v_sites, true);
end $$;

-- A rater whose role, training or account has ended comes to no call: what is booked and not begun goes to another one.
create or replace function outcome.draw_waiting(p_roles text[], p_record text, p_field text, p_none text) returns void
  language plpgsql volatile security definer set search_path = pg_catalog as $$
declare
  v_sites text := coalesce(current_setting('eq.sites', true), '');
  v_tokens text[];
  v_task outcome.rating_tasks;
  v_rater bigint;
begin
  perform set_config('eq.sites', '*', true);
  -- Ratings first and in the order of everybody who locks them, then participants, and heads of the trail after both.
  v_tokens := array(
    select t.token from outcome.rating_tasks t
     where t.trial_id = access.trial() and t.state = 'booked' and (t.rater is null
       or t.starts_at > open.act_time()
         and not exists (
           select from access.grants g join access.users u using (user_id)
            where g.trial_id = t.trial_id and g.user_id = t.rater and g.role = any (p_roles) and g.ended_at is null
              and u.is_enabled and (g.trained_until is null or g.trained_until >= (t.starts_at at time zone 'UTC')::date))
         and not exists (
           select from outcome.entries e
            where e.trial_id = t.trial_id and e.participant = t.participant and e.visit = t.visit
              and e.form = any (t.forms) and e.author = t.rater))
     order by t.token for update);
  perform 1 from open.participants p
   where p.trial_id = access.trial() and p.participant in (
     select t.participant from outcome.rating_tasks t where t.trial_id = access.trial() and t.token = any (v_tokens))
   order by p.participant for key share;
  for v_task in select * from outcome.rating_tasks t
     where t.trial_id = access.trial() and t.token = any (v_tokens) order by t.starts_at, t.token loop
    v_rater := outcome.draw_rater(v_task.participant, v_task.token, p_roles, p_record, p_field, p_none);
    if v_task.rater is not null or v_rater is not null then
      perform outcome.give_rating(v_task.token, v_rater, 'the rater rates no more');
    end if;
  end loop;
  perform set_config('eq.sites', v_sites, true);
end $$;

-- Whether an account was disabled at an instant, for who asks what somebody could do then.
create index events_of_standing on access.events (subject, event_id) where kind in ('account disabled', 'account enabled');
