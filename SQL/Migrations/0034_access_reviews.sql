-- The signed periodic review of accounts and roles, and the sponsor's certification of electronic signatures.

create table access.access_reviews (
  trial_id  integer not null,
  review_no integer not null check (review_no >= 1),
  reviewer  bigint not null references access.users,
  name      text not null,
  role      text not null,
  meaning   text not null,
  next_on   date not null,
  digest    bytea not null check (length(digest) = 32),
  at        timestamptz not null,
  primary key (trial_id, review_no)
);
comment on table access.access_reviews is 'Signed reviews of who may do what in a trial; append-only';
comment on column access.access_reviews.trial_id is 'Trial';
comment on column access.access_reviews.review_no is 'Number of the review, 1 onwards';
comment on column access.access_reviews.reviewer is 'User';
comment on column access.access_reviews.name is 'Printed name at signing';
comment on column access.access_reviews.role is 'Role acted in';
comment on column access.access_reviews.meaning is 'Meaning of the signature';
comment on column access.access_reviews.next_on is 'Day by which the next review is due, at most 92 days later';
comment on column access.access_reviews.digest is 'SHA-256 of name, role, meaning, next day, instant and every line with its decision';
comment on column access.access_reviews.at is 'Instant of signing';

create table access.access_review_lines (
  trial_id  integer not null,
  review_no integer not null,
  user_id   bigint not null references access.users,
  role      text not null,
  site_key  text not null,
  decision  text not null check (decision in ('keep', 'end', 'recall', 'own')),
  primary key (trial_id, review_no, user_id, role, site_key),
  foreign key (trial_id, review_no) references access.access_reviews
);
comment on table access.access_review_lines is 'Each role in force at a review, and what was decided of it; append-only';
comment on column access.access_review_lines.trial_id is 'Trial';
comment on column access.access_review_lines.review_no is 'Review';
comment on column access.access_review_lines.user_id is 'Holder';
comment on column access.access_review_lines.role is 'Role of the trial''s definition';
comment on column access.access_review_lines.site_key is 'Site, or * for the whole trial';
comment on column access.access_review_lines.decision is
  'keep; end: the role ended; recall: the account was disabled; own: the reviewer''s own role, which another reviewer decides';

create table access.certifications (
  trial_id         integer not null,
  certification_no integer not null check (certification_no >= 1),
  organization     text not null check (length(organization) between 3 and 200),
  authority        text not null check (length(authority) between 2 and 200),
  sent_on          date not null,
  reference        text not null check (length(reference) between 1 and 200),
  recorded_by      bigint not null references access.users,
  recorded_at      timestamptz not null,
  primary key (trial_id, certification_no)
);
comment on table access.certifications is
  'That an organization certified to an authority that its electronic signatures bind like those by hand; append-only';
comment on column access.certifications.trial_id is 'Trial';
comment on column access.certifications.certification_no is 'Number of the record, 1 onwards';
comment on column access.certifications.organization is 'Who certified';
comment on column access.certifications.authority is 'To whom';
comment on column access.certifications.sent_on is 'Day of the letter';
comment on column access.certifications.reference is 'Where the letter is kept, or its number';
comment on column access.certifications.recorded_by is 'User';
comment on column access.certifications.recorded_at is 'Instant of the record';

create trigger access_reviews_append_only before update or delete or truncate on access.access_reviews
  for each statement execute function access.refuse_change();
create trigger access_review_lines_append_only before update or delete or truncate on access.access_review_lines
  for each statement execute function access.refuse_change();
create trigger certifications_append_only before update or delete or truncate on access.certifications
  for each statement execute function access.refuse_change();
create trigger access_reviews_by_signers before insert on access.access_reviews
  for each row execute function access.refuse_unready_signer();
select access.seal_table('access_reviews');
select access.seal_table('access_review_lines');
select access.seal_table('certifications');

create function access.sign_access_review(p_name text, p_meaning text, p_next date, p_lines jsonb) returns integer
  language plpgsql volatile security definer set search_path = pg_catalog as $$
declare
  v_at timestamptz := open.act_time();
  v_no integer;
  v_held integer;
  v_matched integer;
  v_line record;
begin
  perform pg_advisory_xact_lock(hashtextextended('access review', access.trial()));
  -- Every role in force is decided, once, and nothing else: who read an older list reads it again.
  perform 1 from access.grants g where g.trial_id = access.trial() and g.ended_at is null for update;
  select count(*) into v_held from access.grants g where g.trial_id = access.trial() and g.ended_at is null;
  select count(distinct (g.user_id, g.role, g.site_key)) into v_matched
    from access.grants g join access.users u using (user_id)
    join jsonb_to_recordset(p_lines) as l (username text, role text, site text, decision text)
      on l.username = u.username and l.role = g.role and l.site = g.site_key
   where g.trial_id = access.trial() and g.ended_at is null;
  if v_held <> v_matched or jsonb_array_length(p_lines) <> v_held then
    raise exception using errcode = 'EQ412', message = 'the roles changed since the list was read';
  end if;
  -- Nobody decides about oneself.
  if exists (select from jsonb_to_recordset(p_lines) as l (username text, decision text)
               join access.users u on u.username = l.username
              where (u.user_id = access.actor()) <> (l.decision = 'own')) then
    raise exception using errcode = 'EQ409', message = 'own roles are decided by another';
  end if;
  if p_next not between (v_at at time zone 'UTC')::date + 1 and (v_at at time zone 'UTC')::date + 92 then
    raise exception using errcode = 'EQ409', message = 'the next review is due within three months';
  end if;
  select coalesce(max(r.review_no), 0) + 1 into v_no from access.access_reviews r where r.trial_id = access.trial();
  insert into access.access_reviews (trial_id, review_no, reviewer, name, role, meaning, next_on, digest, at)
  values (access.trial(), v_no, access.actor(), p_name, access.acting_role(), p_meaning, p_next,
    sha256(convert_to(jsonb_build_array('access review/v1', access.trial(), v_no, access.actor(), p_name,
      access.acting_role(), p_meaning, p_next, extract(epoch from v_at)::numeric(20,6)::text,
      (select jsonb_agg(jsonb_build_array(l.username, l.role, l.site, l.decision) order by l.username, l.role, l.site)
         from jsonb_to_recordset(p_lines) as l (username text, role text, site text, decision text)))::text, 'UTF8')), v_at);
  insert into access.access_review_lines (trial_id, review_no, user_id, role, site_key, decision)
  select access.trial(), v_no, u.user_id, l.role, l.site, l.decision
    from jsonb_to_recordset(p_lines) as l (username text, role text, site text, decision text)
    join access.users u on u.username = l.username;
  for v_line in
    select l.user_id, u.username, l.role, l.site_key, l.decision
      from access.access_review_lines l join access.users u using (user_id)
     where l.trial_id = access.trial() and l.review_no = v_no and l.decision in ('end', 'recall')
     order by l.user_id, l.role, l.site_key
  loop
    if v_line.decision = 'end' then
      update access.grants g set ended_at = clock_timestamp()
       where g.trial_id = access.trial() and g.user_id = v_line.user_id and g.role = v_line.role
         and g.site_key = v_line.site_key and g.ended_at is null;
      insert into access.events (user_id, subject, kind, detail)
      values (access.actor(), v_line.username, 'role ended', v_line.role || ' ' || v_line.site_key || ', review ' || v_no);
    else
      update access.users u set is_enabled = false where u.user_id = v_line.user_id and u.is_enabled;
      if found then
        update access.sessions s set ended_at = clock_timestamp() where s.user_id = v_line.user_id and s.ended_at is null;
        insert into access.events (user_id, subject, kind, detail)
        values (access.actor(), v_line.username, 'account disabled', 'credentials recalled, review ' || v_no);
      end if;
    end if;
  end loop;
  insert into access.events (user_id, subject, kind, detail)
  select access.actor(), u.username, 'access reviewed', 'review ' || v_no || ', ' || v_held || ' roles'
    from access.users u where u.user_id = access.actor();
  return v_no;
end $$;
comment on function access.sign_access_review(text, text, date, jsonb) is
  'Signs a review of every role in force and carries its decisions out; definer, since no login writes the tables';

create function access.record_certification(p_organization text, p_authority text, p_sent date, p_reference text) returns integer
  language plpgsql volatile security definer set search_path = pg_catalog as $$
declare
  v_at timestamptz := open.act_time();
  v_no integer;
begin
  if p_sent > (v_at at time zone 'UTC')::date + 1 then
    raise exception using errcode = 'EQ409', message = 'the letter was sent in the past';
  end if;
  perform pg_advisory_xact_lock(hashtextextended('certification', access.trial()));
  select coalesce(max(c.certification_no), 0) + 1 into v_no from access.certifications c where c.trial_id = access.trial();
  insert into access.certifications (trial_id, certification_no, organization, authority, sent_on, reference, recorded_by, recorded_at)
  values (access.trial(), v_no, p_organization, p_authority, p_sent, p_reference, access.actor(), v_at);
  insert into access.events (user_id, subject, kind, detail)
  select access.actor(), u.username, 'certification recorded', p_organization || ' to ' || p_authority || ', ' || p_reference
    from access.users u where u.user_id = access.actor();
  return v_no;
end $$;
comment on function access.record_certification(text, text, date, text) is
  'Keeps that electronic signatures were certified to an authority; definer, as above';
revoke execute on function access.sign_access_review(text, text, date, jsonb),
  access.record_certification(text, text, date, text) from public;

grant select on access.access_reviews, access.access_review_lines, access.certifications to eq_access;
grant execute on function access.sign_access_review(text, text, date, jsonb),
  access.record_certification(text, text, date, text) to eq_access;
