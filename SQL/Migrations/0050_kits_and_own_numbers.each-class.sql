-- Applied once for each of the classes open, outcome and treatment; :class is the schema.
-- A kit is used once: of two who hand in a form about the same one at a moment, the second waits and is refused.
create function :class.use_kit_once(p_participant text, p_form text, p_visit text, p_repeat integer, p_kit text)
  returns void language plpgsql volatile set search_path = pg_catalog as $$
declare
  v_own text := current_setting('eq.own_forms', true);
  v_site text;
  v_kit text := lower(btrim(p_kit));
  v_used boolean;
begin
  select f.site_key into v_site from open.filed_under(p_participant) f;
  if v_site is null then
    raise exception using errcode = 'EQ404', message = 'no such participant or site in scope';
  end if;
  perform pg_advisory_xact_lock(hashtextextended(
    ':class/' || access.trial() || '/' || v_site || '/' || p_form || '/kit/' || v_kit, 0));
  -- What somebody else used is used, also for who does not read it.
  perform set_config('eq.own_forms', '', true);
  select exists (select from :class.entries e
     where e.trial_id = access.trial() and e.site_key = v_site and e.form = p_form
       and e.submitted_at is not null and e.status <> 'voided'
       and jsonb_typeof(e.answers -> 'kit') = 'string' and lower(btrim(e.answers ->> 'kit')) = v_kit
       and (e.participant, e.visit, e.repeat) <> (p_participant, p_visit, p_repeat)) into v_used;
  perform set_config('eq.own_forms', coalesce(v_own, ''), true);
  if v_used then
    raise exception using errcode = 'unique_violation', constraint = 'kit_once', message = 'the kit was used before';
  end if;
end $$;
comment on function :class.use_kit_once(text, text, text, integer, text)
  is 'Takes a kit for an entry to the end of the transaction, or refuses one that stands on another entry of the form at the site';

-- Who reads own entries of a form only learns nothing of those of others from the number of a new one: it is
-- drawn by the program from the upper half, where those in order do not come, and the next free one is given.
drop function :class.next_repeat(text, text, text);
create function :class.next_repeat(p_participant text, p_form text, p_visit text, p_draw bigint) returns integer
  language plpgsql volatile set search_path = pg_catalog as $$
declare
  v_own text := current_setting('eq.own_forms', true);
  v_first constant integer := 5000;
  v_numbers constant integer := 5000;
  v_next integer;
begin
  if p_visit = 'SITE' then
    if not exists (select from open.filed_under(p_participant) f where f.site_key = p_participant) then
      raise exception using errcode = 'EQ404', message = 'no such site in scope';
    end if;
    perform pg_advisory_xact_lock(hashtextextended(
      ':class/' || access.trial() || '/' || p_participant || '/' || p_form, 0));
  else
    perform 1 from open.participants p
     where p.trial_id = access.trial() and p.participant = p_participant for update;
    if not found then
      raise exception using errcode = 'EQ404', message = 'no such participant in scope';
    end if;
  end if;
  if p_draw is null and p_form = any (access.own_forms()) then
    raise exception using errcode = 'EQ404', message = 'a number in order tells of entries of others';
  end if;
  -- Numbers are given over the entries of everybody.
  perform set_config('eq.own_forms', '', true);
  if p_draw is null then
    select coalesce(max(e.repeat), 0) + 1 into v_next from :class.entries e
     where e.trial_id = access.trial() and e.participant = p_participant and e.form = p_form and e.visit = p_visit
       and e.repeat < v_first;
  else
    select v_first + n.number into v_next
      from (select (p_draw + s) % v_numbers as number, s from generate_series(0, v_numbers - 1) s) n
     where not exists (select from :class.entries e
         where e.trial_id = access.trial() and e.participant = p_participant and e.form = p_form
           and e.visit = p_visit and e.repeat = v_first + n.number)
     order by n.s limit 1;
  end if;
  perform set_config('eq.own_forms', coalesce(v_own, ''), true);
  perform set_config('eq.given_repeat', p_participant || '/' || p_form || '@' || p_visit || '#' || v_next, true);
  return v_next;
end $$;
comment on function :class.next_repeat(text, text, text, bigint)
  is 'The number of the next repeat of a form at a visit: in order, or for who reads own entries only made of what was drawn';

-- A number nobody gave is refused to who reads own entries only, whether somebody else has an entry there or not.
create function :class.refuse_chosen_number() returns trigger language plpgsql set search_path = pg_catalog as $$
begin
  if new.form = any (access.own_forms()) and new.repeat > 1
    and current_setting('eq.given_repeat', true) is distinct from
      new.participant || '/' || new.form || '@' || new.visit || '#' || new.repeat then
    raise exception using errcode = 'EQ404', message = 'no such entry in scope';
  end if;
  return new;
end $$;
comment on function :class.refuse_chosen_number() is
  'Trigger: where own entries only are read, a new repeat has the number it was given in the same transaction';
create trigger entries_given_number before insert on :class.entries
  for each row execute function :class.refuse_chosen_number();

do $do$
declare
  v_writers text := case ':class' when 'open' then 'eq_open, eq_treating' when 'treatment' then 'eq_treating' end;
begin
  revoke execute on function :class.use_kit_once(text, text, text, integer, text),
    :class.next_repeat(text, text, text, bigint) from public;
  if v_writers is not null then
    execute format('grant execute on function :class.use_kit_once(text, text, text, integer, text),
      :class.next_repeat(text, text, text, bigint) to %s', v_writers);
  end if;
end $do$;
