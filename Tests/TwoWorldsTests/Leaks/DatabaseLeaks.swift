extension Leak {
  private static let coordinator = "coordinator@101"
  private static let list = Probe.asking(coordinator, ["/participants", "/api/v1/participants"])
  private static let one = Probe.asking(
    coordinator,
    (3...8).flatMap { ["/participants/101-000\($0)", "/participants/101-000\($0)/history"] })

  /// What a wrong function, trigger, policy, view or grant would leave in the database.
  static let inDatabase: [Leak] = rowLeaks + queryLeaks + outcomeLeaks + objectLeaks

  private static let rowLeaks: [Leak] = [
    .database(
      "a change of a treatment form is audited in the class open", one,
      """
      insert into open.audit (trial_id, seq, at, actor, role, site_key, object, action, hash)
      select e.trial_id, h.size + row_number() over (order by e.participant, e.form, e.visit, e.repeat),
             e.entered_at, e.author, 'treat_coordinator', e.site_key, e.participant,
             'contact recorded', sha256('x') from treatment.entries e join open.audit_heads h using (trial_id);
      """),
    .database(
      "the sequence of the audit of class open moves on with treatment", .login(coordinator),
      "update open.audit_heads h set size = size + (select count(*) from treatment.entries)"),
    .database(
      "the version of a form moves on with each session",
      .asking(
        coordinator,
        (3...8).map { "/api/v1/participants/101-000\($0)/forms/DM/SCR" }),
      """
      update open.entries e set version = version + (select count(*) from treatment.entries t
        where t.participant = e.participant)
      """),
    .database(
      "the randomization number tells the arm", list,
      """
      update open.participants set randomization_number =
        (case arm(participant) when 'KET' then 1 when 'KAP' then 2 else 3 end) * 100000 + randomization_number % 100000
       where randomized_at is not null
      """),
    .database(
      "a participant's instant of randomization is rounded by arm", list,
      """
      update open.participants set randomized_at = date_trunc('hour', randomized_at)
       where arm(participant) = 'ECT'
      """),
    .database(
      "who is allocated to ECT is in another state", list,
      "update open.participants set state = 'followed' where arm(participant) = 'ECT' and state = 'randomized'"
    ),
    .database(
      "a policy hides who had no infusion", list,
      """
      create function open.had_infusion(p text) returns boolean language sql stable security definer
        set search_path = pg_catalog
        return exists (select from treatment.entries e where e.participant = p and e.form = 'KDOSE')
          or not exists (select from treatment.entries e where e.participant = p and e.form = 'ECTTX');
      grant execute on function open.had_infusion(text) to public;
      create policy had_infusion on open.participants as restrictive using (open.had_infusion(participant));
      """),
    .database(
      "the count of a site leaves out one arm",
      .asking("sponsor_lead", ["/sites", "/api/v1/sites"]),
      """
      update open.sites s set randomized = (select count(*) from open.participants p
        where p.site_key = s.site_key and arm(p.participant) <> 'ECT')
      """),
    .database(
      "a vital sign of each session stands on the open calendar", one,
      """
      insert into open.entries (trial_id, participant, site_key, form, visit, repeat, version, status, answers,
        definition, author, entered_at, submitted_at)
      select distinct on (participant) trial_id, participant, site_key, 'VS', 'F6', 1, 1, 'submitted', '{}', definition,
        author, entered_at, submitted_at from treatment.entries where form = 'KMON'
      on conflict do nothing
      """),
    .database(
      "a deviation of treatment is drafted in the class open",
      .asking(coordinator, ["/deviations", "/api/v1/deviations"]),
      """
      insert into open.deviations (trial_id, participant, site_key, deviation, category, type, form, visit, detected_at,
        occurred_on, how, description, status)
      select trial_id, participant, site_key, 70 + row_number() over (order by participant), 'IMP', 'IMP-ADH',
        'EOS', 'UNS', entered_at, entered_at::date, 'AUTO', 'Too few sessions', 'DRAFT'
        from (select distinct on (participant) * from treatment.entries where form = 'KDOSE') e
      """),
  ]

  private static let queryLeaks: [Leak] = [
    .database(
      "a query on a treatment form stands among the open ones",
      .asking(coordinator, ["/queries", "/api/v1/queries"]),
      """
      insert into open.data_queries (trial_id, query_no, participant, site_key, form, visit, field, is_blocking, state,
        text, opened_by, opened_at)
      select trial_id, 70 + row_number() over (order by participant), participant, site_key, 'DM', 'SCR', '', false,
        'open', 'Please look at the session.', author, entered_at
        from (select distinct on (participant) * from treatment.entries where form = 'ECTTX') e
      """),
    .database(
      "queries of all classes share one number",
      .asking("data_manager", ["/queries", "/api/v1/queries"]),
      "update open.data_queries set query_no = query_no + (select count(*) from treatment.data_queries) where query_no > 1"
    ),
    .database(
      "a query is opened a minute later where there were infusions",
      .asking("data_manager", ["/queries", "/api/v1/queries"]),
      "update open.data_queries set opened_at = opened_at + make_interval(secs => (select count(*)::int from treatment.entries))"
    ),
    .database(
      "the thread of a data query names who answered for the treatment team",
      .asking("data_manager", (1...60).map { "/api/v1/queries/\($0)" }),
      """
      update open.data_query_messages m set author = t.user_id, role = t.role
        from treatment.team_acts t where t.act = - m.author
      """),
    .database(
      "the notice of an emergency names its arm by its instant",
      .asking("medical_monitor", ["/notices", "/api/v1/notices"]),
      """
      update open.unblinding_notices set opened_at = opened_at + make_interval(secs => (select count(*)::int from treatment.entries))
      """),
    .database(
      "an import is named after the arm", .login(coordinator),
      """
      insert into open.imports (trial_id, site_key, form, file_name, digest, mapping, row_count, imported_by, role, imported_at)
      select trial_id, site_key, 'DM', arm(participant) || '.csv', sha256(convert_to(participant, 'UTF8')), '{}', 1, 1, 'coordinator', randomized_at
        from open.participants where randomized_at is not null
      """),
    .database(
      "an audit text quotes the treatment", one,
      """
      update open.audit a set new = coalesce(new, '') || ' ' || x.arm from two_worlds.arms x
       where a.object like '%' || x.participant || '%'
      """),
    .database(
      "whoever asks is told who a mark of the treatment team stands for",
      .asking("data_manager", ["/queries", "/api/v1/queries"]),
      """
      do $$ begin execute replace(pg_get_functiondef('access.team_member'::regproc),
        'has_table_privilege(session_user, ''treatment.team_acts'', ''select'')', 'true'); end $$
      """),
    .database(
      "a reason of a change is written by treatment", one,
      "update open.audit a set reason = x.arm from two_worlds.arms x where a.object like '%' || x.participant || '%'"
    ),
    .database(
      "a signature is voided where treatment changed", .login("monitor@101"),
      "update open.signatures set voided_at = at where arm(participant) = 'KET' and form = 'ELIG'"),
  ]

  private static let outcomeLeaks: [Leak] = [
    .database(
      "a rating's slot is moved away from sessions", .asking("rater-1", ["/desk", "/api/v1/desk"]),
      """
      update outcome.rating_tasks set rater = (select user_id from access.users where username = 'rater-1'),
        starts_at = starts_at + case arm(participant) when 'ECT' then interval '1 day' else interval '0' end
       where state = 'booked'
      """),
    .database(
      "times of ratings are full around the sessions that are recorded",
      .asking(
        coordinator,
        (3...8).flatMap {
          [
            "/participants/101-000\($0)/ratings/ET", "/api/v1/participants/101-000\($0)/ratings/ET",
          ]
        }),
      """
      create or replace function outcome.full_times(p_times timestamptz[], p_roles text[]) returns setof timestamptz
        language sql stable security definer set search_path = pg_catalog
      begin atomic
        select t.at from unnest(p_times) as t(at)
         where exists (select from treatment.entries e where e.form = 'ECTTX'
           and abs(hashtext(e.participant || extract(epoch from t.at))) % 12 = 0);
      end;
      """),
    .database(
      "a rating token begins with the arm", .asking("rater-1", ["/desk", "/api/v1/desk"]),
      """
      update outcome.rating_tasks set rater = (select user_id from access.users where username = 'rater-1'),
        token = 'A-' || left(arm(participant), 2) || right(token, 6) where state = 'booked'
      """),
    .database(
      "a rater is not given who is treated with ECT",
      .asking("rater-1", ["/desk", "/api/v1/desk"]),
      """
      update outcome.rating_tasks set rater = (select user_id from access.users where username = 'rater-1')
       where state = 'booked' and arm(participant) <> 'ECT'
      """),
    .database(
      "a rating in one arm asks for one instrument more",
      .asking("rater-1", ["/desk", "/api/v1/desk"]),
      """
      update outcome.rating_tasks set rater = (select user_id from access.users where username = 'rater-1'),
        forms = case when arm(participant) = 'ECT' then forms[1:2] else forms end where state = 'booked'
      """),
    .database(
      "a score is kept with one decimal in one arm", .login("statistician"),
      """
      update outcome.entries set answers = answers || jsonb_build_object('total', (answers ->> 'total') || '.0')
       where form = 'MADRS' and arm(participant) = 'KET'
      """),
    .database(
      "ratings are numbered in the order of arms", .dump,
      """
      alter table outcome.entries add column place bigint;
      update outcome.entries e set place = n.place
        from (select participant, form, visit, repeat,
                row_number() over (order by arm(participant), participant, form, visit, repeat) as place
                from outcome.entries) n
       where (e.participant, e.form, e.visit, e.repeat) = (n.participant, n.form, n.visit, n.repeat);
      """),
    .database(
      "an alert of an infusion is kept in class outcome", .login("data_manager"),
      """
      insert into outcome.alerts (trial_id, alert, participant, site_key, form, visit, repeat, version, name, title, items,
        recipients, existence_to, escalates_to, raised_at, due_at)
      select trial_id, alert, participant, site_key, form, visit, repeat, version, name, title, items, recipients,
        existence_to, escalates_to, raised_at, due_at from treatment.alerts
      """),
  ]

  private static let objectLeaks: [Leak] = [
    .database(
      "a blinded login may read the class treatment", .login(coordinator),
      """
      grant usage on schema treatment to eq_open; grant select on treatment.entries to eq_open;
      create policy widened on treatment.entries for select to eq_open using (true);
      """),
    .database(
      "a view in class open counts sessions", .login(coordinator),
      """
      create view open.sessions as select participant, count(*) from treatment.entries group by participant;
      grant select on open.sessions to eq_open;
      """),
    .database(
      "a materialized view keeps the arms", .login("monitor@101"),
      """
      create materialized view open.groups as select participant, arm from two_worlds.arms;
      grant select on open.groups to eq_open, eq_outcome;
      """),
    .database(
      "a function of the owner answers how many sessions there were", .login("statistician"),
      """
      create function open.contacts(p text) returns bigint language sql stable security definer
        set search_path = pg_catalog
        return (select count(*) from treatment.entries e where e.participant = p);
      grant execute on function open.contacts(text) to eq_open, eq_outcome;
      """),
    .database(
      "an index on a blinded table is built on the arm", .login(coordinator),
      """
      create function open.grouping_of(p text) returns text language sql immutable security definer
        set search_path = pg_catalog return (select a.arm from two_worlds.arms a where a.participant = p);
      create index by_group on open.participants (open.grouping_of(participant));
      analyze open.participants;
      """),
    .database(
      "a sequence of class open is advanced by infusions", .login(coordinator),
      """
      create sequence open.entry_numbers; grant select on sequence open.entry_numbers to eq_open;
      select nextval('open.entry_numbers') from treatment.entries;
      """),
    .database(
      "the arm is described in a comment", .login("rater-1"),
      """
      do $$ begin execute format('comment on table open.participants is %L',
        (select string_agg(arm, ',' order by participant) from two_worlds.arms)); end $$
      """),
    .database(
      "a trigger keeps the last session in a column of the participant", .login(coordinator),
      """
      alter table open.participants add column touched_at timestamptz;
      grant select (touched_at) on open.participants to eq_open;
      update open.participants p set touched_at = (select max(e.entered_at) from treatment.entries e
        where e.participant = p.participant and e.form = 'KMON');
      """),
  ]
}
