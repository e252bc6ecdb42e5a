import Postgres
import PostgresTestServer
import Store
import StudyModel
import Testing

/// The database rules of the security specification, read from the catalogs.
@Suite(.serialized) struct CatalogTests {
  private static let logins = Login.allCases.map(\.rawValue) + [Login.owner, Login.backup]

  private static func lines(_ sql: String) async throws -> [String] {
    let template = try await TemplateTrial.made.value
    let database = try JourneyServer.shared().createDatabase(fromTemplate: template.name)
    defer { try? database.drop() }
    let connection = try Connection(configuration: database.configuration)
    return try connection.execute(Statement(text: sql)).map { row throws(DatabaseError) in
      try row.get(0)
    }
  }

  @Test func `no login is superuser, bypasses row security, creates roles or belongs to another`()
    async throws
  {
    let found = try await Self.lines(
      "select rolname from pg_roles where rolname like 'eq\\_%' or rolname = 'equipoise_owner' order by 1"
    )
    #expect(Set(found) == Set(Self.logins))
    #expect(
      try await Self.lines(
        """
        select rolname from pg_roles
         where (rolname like 'eq\\_%' or rolname = 'equipoise_owner')
           and (rolsuper or rolbypassrls or rolcreaterole or rolcreatedb
             or rolreplication and rolname <> 'eq_backup')
        union all
        select m.rolname || ' in ' || g.rolname from pg_auth_members a
          join pg_roles m on m.oid = a.member join pg_roles g on g.oid = a.roleid
         where m.rolname like 'eq\\_%' or m.rolname = 'equipoise_owner'
        """
      ).isEmpty)
  }

  @Test func `the login of backups copies files and is granted nothing`() async throws {
    #expect(
      try await Self.lines(
        """
        select rolname from pg_roles where rolname = 'eq_backup' and rolreplication and rolcanlogin
        """) == ["eq_backup"])
    let granted = try await Self.lines(
      """
      select n.nspname || ' ' || p from pg_namespace n cross join unnest(array['usage', 'create']) p
       where n.nspname !~ '^(pg_|information_schema)' and has_schema_privilege('eq_backup', n.oid, p)
         and n.nspname <> 'public'
      union all
      select c.oid::regclass || ' ' || p from pg_class c join pg_namespace n on n.oid = c.relnamespace
        cross join unnest(array['select', 'insert', 'update', 'delete', 'truncate', 'references', 'trigger']) p
       where n.nspname !~ '^(pg_|information_schema)' and c.relkind in ('r', 'p', 'v', 'm')
         and (has_table_privilege('eq_backup', c.oid, p)
           or p in ('select', 'insert', 'update', 'references')
             and has_any_column_privilege('eq_backup', c.oid, p))
      union all
      select p.oid::regprocedure::text from pg_proc p join pg_namespace n on n.oid = p.pronamespace
        cross join lateral aclexplode(p.proacl) a
       where n.nspname !~ '^(pg_|information_schema)' and a.grantee = 'eq_backup'::regrole
      """)
    #expect(granted.isEmpty, "\(granted)")
  }

  @Test func `only the owner owns anything`() async throws {
    let foreign = try await Self.lines(
      """
      select c.oid::regclass || ' ' || r.rolname from pg_class c
        join pg_namespace n on n.oid = c.relnamespace join pg_roles r on r.oid = c.relowner
       where n.nspname !~ '^(pg_|information_schema)' and r.rolname <> 'equipoise_owner'
      union all
      select p.oid::regprocedure || ' ' || r.rolname from pg_proc p
        join pg_namespace n on n.oid = p.pronamespace join pg_roles r on r.oid = p.proowner
       where n.nspname !~ '^(pg_|information_schema)' and r.rolname <> 'equipoise_owner'
      """)
    #expect(foreign.isEmpty, "\(foreign)")
  }

  @Test func `row security is forced on every table with data of participants`() async throws {
    let open = try await Self.lines(
      """
      select c.oid::regclass::text from pg_class c join pg_namespace n on n.oid = c.relnamespace
       where c.relkind in ('r', 'p') and n.nspname !~ '^(pg_|information_schema)'
         and not (c.relrowsecurity and c.relforcerowsecurity)
         and exists (select from pg_attribute a where a.attrelid = c.oid and a.attname in ('participant', 'site_key')
                       and not a.attisdropped)
       order by 1
      """)
    // Sites of the trial, and grants, sessions and letters of people, hold no data of a participant.
    #expect(
      open == [
        "access.access_review_lines", "access.grant_periods", "access.grant_proposals",
        "access.grants", "access.letters",
        "access.sessions", "open.sites",
      ])
    // Of the tables that name neither, those with the data of a trial, such as its snapshots, are secured too. The others
    // hold chains and counters, and what is told of a trial or site as a whole.
    let bare = try await Self.lines(
      """
      select c.oid::regclass::text from pg_class c join pg_namespace n on n.oid = c.relnamespace
       where c.relkind in ('r', 'p') and n.nspname in ('open', 'outcome', 'treatment', 'identity', 'allocation')
         and not (c.relrowsecurity and c.relforcerowsecurity)
         and c.relname not in ('audit_heads', 'checkpoints', 'seal_heads', 'seals', 'removed_values',
           'removed_reasons')
       order by 1
      """)
    #expect(
      bare == [
        "allocation.heads", "allocation.ledger_entries", "allocation.ledgers", "open.cuts",
        "open.lock_signatures", "open.sites", "open.trials",
      ])
    let policed = try await Self.lines(
      """
      select c.oid::regclass::text from pg_class c
       where c.relrowsecurity and not exists (select from pg_policy p where p.polrelid = c.oid)
      """)
    #expect(policed.isEmpty, "\(policed)")
  }

  /// Every function that runs with the owner's rights, and why it must.
  static let definers = Set(
    ["open", "outcome", "treatment"].flatMap(ofSafety) + others)

  private static let others = [
    // The clock is judged for every login that writes an allocation or a signature.
    "access.note_clock(text,text,bigint,bigint,boolean,text,bigint)", "access.is_clock_wrong()",
    "access.refuse_wrong_clock()",
    // Events of accounts become letters, which no login writes.
    "access.alert_security(integer,text[])", "access.note_incompatible(integer,bigint,text)",
    // The period of a role and the day of its delegation, whose table no login of an act reads; who is
    // connected, since statistics of the server are closed.
    "access.acting_period()", "access.delegated_on(bigint)", "access.connected_accounts()",
    "access.team_request(bigint)",
    // Who acts for the treatment team stands in class treatment, whoever writes and reads.
    "access.acts_unnamed()", "treatment.team_act()", "access.unname_person()",
    "access.team_member(bigint)", "access.is_actor(bigint)",
    // Who reports an accidental unblinding writes nothing of class treatment otherwise.
    "open.report_unblinding(text,boolean,text,text,timestamp with time zone,text[],text,text,text)",
    "treatment.assess_unblinding(integer,text,text)",
    // Where a draw stands tells of the draws to come: nobody reads it, and the drawn ones by a list.
    "treatment.draw_samples()", "treatment.drawn_records(text)",
    // Notices and looks as a whole, which no login reads.
    "allocation.disclosure_report()",
    // A role's periods follow its grants, whoever writes them.
    "access.keep_grant_period()",
    // Simulations of the design, which no login writes: progress, one at a time, ended once.
    "open.begin_design_simulation(bigint,text)", "open.touch_design_simulation(integer,bigint)",
    "open.cancel_design_simulation()", "open.end_design_simulation(integer,text,text)",
    // Triggers that look at the state of the trial, whoever writes.
    "open.refuse_when_locked()", "open.refuse_when_hard_locked()", "open.refuse_unlocking()",
    "open.bind_lock_signature()",
    "allocation.refuse_early_unblinding()",
    // The chains of the audit trail, whose heads nobody may change, and the numbers of queries.
    "open.chain_audit()", "outcome.chain_audit()", "treatment.chain_audit()",
    "allocation.chain_audit()", "open.number_query()", "outcome.number_query()",
    "treatment.number_query()",
    "open.refuse_unknown_owner()", "outcome.refuse_unknown_owner()",
    "treatment.refuse_unknown_owner()", "open.add_site(text,text,text,text)",
    // Texts and facts of sites: no login writes their tables, and the language is the participant's alone.
    "open.load_instrument_text(text,text,text,jsonb,bytea,text,text,date,integer)",
    "open.record_site_fact(text,text,boolean,date,text,text[],text)",
    "outcome.language_of(text)",
    "open.mark_look_amendment(text)", "open.hold_for_the_whole(text)",
    "open.refuse_look_between()",
    // Drafts, which only their author reaches: no login holds the table.
    "open.keep_draft(text,text,text,integer,integer,jsonb)", "open.drafts_of(text)",
    "open.discard_draft(text,text,text,integer)", "open.end_drafts()",
    "outcome.keep_draft(text,text,text,integer,integer,jsonb)", "outcome.drafts_of(text)",
    "outcome.discard_draft(text,text,text,integer)", "outcome.end_drafts()",
    "treatment.keep_draft(text,text,text,integer,integer,jsonb)", "treatment.drafts_of(text)",
    "treatment.discard_draft(text,text,text,integer)", "treatment.end_drafts()",
    // Who verifies or freezes writes no entry; what a change undoes is undone whoever changes.
    "open.verify_entry(text,text,text,integer,integer,text[],text)", "open.undo_verification()",
    "open.freeze_entry(text,text,text,integer,integer)",
    "open.unfreeze_entry(text,text,text,integer,integer,text)",
    "outcome.verify_entry(text,text,text,integer,integer,text[],text)",
    "outcome.undo_verification()",
    "outcome.freeze_entry(text,text,text,integer,integer)",
    "outcome.unfreeze_entry(text,text,text,integer,integer,text)",
    "treatment.verify_entry(text,text,text,integer,integer,text[],text)",
    "treatment.undo_verification()",
    "treatment.freeze_entry(text,text,text,integer,integer)",
    "treatment.unfreeze_entry(text,text,text,integer,integer,text)",
    "outcome.own_versions(text,text,text)", "access.own_trail(text[])",
    // What follows from a save, whoever saves; alerts for recipients who hold no table of the class,
    // and the round of the daemon, which holds no table to change.
    "open.draw_consequences()", "outcome.draw_consequences()", "treatment.draw_consequences()",
    "open.alerts_to_act_on()", "open.alerts_that_exist()", "open.acknowledge_alert(text,text)",
    "outcome.alerts_to_act_on()", "outcome.alerts_that_exist()",
    "outcome.acknowledge_alert(text,text)",
    "treatment.alerts_to_act_on()", "treatment.alerts_that_exist()",
    "treatment.acknowledge_alert(text,text)",
    "open.advance_alerts()", "outcome.advance_alerts()", "treatment.advance_alerts()",
    "open.advance_clocks()", "outcome.advance_clocks()", "treatment.advance_clocks()",
    "open.raise_missed(text,text,text,jsonb)",
    "outcome.refuse_rating_after_withdrawal()",
    // What the program works out, whoever saved what it is worked out of, and what it could not.
    "open.keep_derived(text,text,text,jsonb,text)",
    "outcome.keep_derived(text,text,text,jsonb,text)",
    "open.owe_derivation(text,text,text,integer,text)",
    "outcome.owe_derivation(text,text,text,integer,text)",
    "treatment.owe_derivation(text,text,text,integer,text)",
    "open.settle_derivations(text)", "outcome.settle_derivations(text)",
    "treatment.settle_derivations(text)", "open.owed_derivations()", "outcome.owed_derivations()",
    "treatment.owed_derivations()",
    "treatment.keep_derived(text,text,text,jsonb,text)", "open.hold_participant(text)",
    // What the site may know of outcome forms.
    "outcome.tell_collection_status()",
    // Raters and participants hold tokens and links, no tables.
    "outcome.book_rating(text,text,text[],timestamp with time zone,text,text,text[],text,text,text)",
    "outcome.full_times(timestamp with time zone[],text[])",
    "outcome.draw_waiting(text[],text,text,text)",
    "outcome.locked_booking(text,text)", "outcome.end_booking(text,text,text,text)",
    "outcome.move_rating(text,text,text,text[],timestamp with time zone,text,text,text[],text,text,text)",
    "outcome.cancel_rating(text,text,text)", "outcome.booking_of(text,text)",
    "outcome.give_call_link(text,text,text)", "outcome.end_bookings_of_the_withdrawn()",
    "outcome.rating_entry(text,text)",
    "outcome.save_rating(text,text,integer,jsonb,boolean,text,text)",
    "treatment.save_blinding_record(text,text,jsonb,text,text[],text,text)",
    "outcome.issue_questionnaire(text,text,text,bytea,timestamp with time zone,boolean,boolean)",
    "outcome.questionnaire_of(bytea)", "outcome.save_questionnaire(bytea,jsonb,text,jsonb)",
    "outcome.plan_questionnaire(text,text,text,text,text[])",
    "outcome.questionnaire_repeat(bytea)",
    // Corrections beside what was reported: no login writes them, and whoever changes the original voids them.
    "outcome.record_correction(text,text,text,integer,integer,text,text,text,text,text,text,bytea)",
    "outcome.void_corrections()", "outcome.remove_from_corrections()",
    // Site staff who see their own outcome entries only.
    "outcome.own_entry(text,text,text)",
    // The queries of checks, opened after a save by who reads no outcome.
    "outcome.ask_about(text,text,text,jsonb,integer)",
    "outcome.ask_about_own_entry(text,text,text,jsonb)",
    "outcome.ask_about_rating(text,text,jsonb)", "outcome.ask_about_questionnaire(bytea,jsonb)",
    // Whom a token or link is about and what the vault holds, for the program that checks.
    "outcome.rating_place(text)", "outcome.questionnaire_place(bytea)",
    "outcome.open_questionnaire(bytea)", "identity.box_for_check(text)",
    // Who a participant is, shown at the own site with its audit row.
    "identity.read_person(text,text)", "identity.read_entries(text,text,text)",
    "identity.save_entry(text,text,integer,bytea,text)", "identity.version_of(text,text)",
    "identity.entry_for_check(text,text)", "identity.versions_for_check(text,text)",
    // Where a participant is now, which policies of every class ask, and the hand-over between two sites.
    "open.any_transfer()", "open.sees_person(text,text)", "open.offer_transfer(text,text,text)",
    "open.decide_transfer(text,text)",
    // Numbers over all sites.
    "open.serial_of(text,text,text,integer)", "outcome.serial_of(text,text,text,integer)",
    "treatment.serial_of(text,text,text,integer)",
    // What hides behind the scope of who asks: people alike and unfinished work at other sites.
    "open.alike(text)", "open.resolve_likeness(text,text)", "open.unfinished(integer)",
    // Study and site move with their audit row, or not at all.
    "open.move_trial(text[],text,text)", "open.move_site(text,text[],text,text)",
    // No blinded role after an unblinded one.
    "access.refuse_blinding_of_the_unblinded()",
    // Requests by their key, whose table no login holds.
    "access.claim_request(bigint,text,text,bytea,bytea,integer)",
    "access.mark_request(bigint,text,text,bytea,bytea)",
    "access.keep_reply(bigint,text,text,bytea,bytea,boolean)",
    "access.give_up_request(bigint,text,text,bytea)",
    // The audit row of a notice stands in a class its blinded reader has not.
    "open.read_unblinding_notice(uuid)",
    // Which master key is in force, for whoever writes a box: the table itself is for the owner.
    "sealed.is_rotating()", "sealed.refuse_outdated_key()",
    "outcome.save_own_entry(text,text,text,integer,jsonb,boolean,text,text,text[])",
    // What a blinded assessor tells of the blinding, kept where it is not read again.
    "outcome.hand_in_record(text,text,text,text[],jsonb,text)",
    // Amendments: no login writes their tables, and who puts one in force reads no participant.
    "open.draft_version(text,text,bytea,text,text,boolean,text)",
    "open.record_dry_run(text,text[])", "open.approve_version(text,text[])",
    "open.withdraw_version(text,text)", "open.put_in_force(text,text,date,date,text)",
    "open.ask_later_consent()", "open.settle_reconsent(text,text)",
    // Whoever writes an entry, it keeps its version; not every writer reads versions.
    "open.keep_definition()", "outcome.keep_definition()", "treatment.keep_definition()",
    "outcome.own_definition(text,text,text)",
    // Seals of rows, which no login may write, and the hashes a signed head is made of.
    "open.seal_row()", "outcome.seal_row()", "treatment.seal_row()", "allocation.seal_row()",
    "sealed.seal_row()", "identity.seal_row()", "access.seal_row()",
    "open.prove_audit()", "outcome.prove_audit()", "treatment.prove_audit()",
    "allocation.prove_audit()",
    "access.record_logs()", "access.record_hashes(text,text,integer,bigint)",
    "access.keep_checkpoint(text,text,integer,bigint,bytea,bytea,bytea)",
    // Who may sign: no login writes those tables, and not every login that signs reads them.
    "access.refuse_unready_signer()", "access.record_identity_check(bigint,text)",
    "access.acknowledge_accountability(text,bytea)",
    // Failures by address, which no login may change or forget.
    "access.judge_sign_in(bigint,text,text,boolean)", "access.settle_sign_in(text,bigint)",
    // Passkeys and their challenges, which no login writes.
    "access.offer_passkey_challenge(bytea,bigint,bytea,text,text)",
    "access.take_passkey_challenge(bytea,bigint,bytea,text,text)",
    "access.add_passkey(bigint,bytea,bytea,text,bytea,integer,boolean,bigint,text)",
    "access.use_passkey(bigint,bigint,text,bigint)", "access.rename_passkey(bigint,bigint,text)",
    "access.end_passkeys(bigint,bigint,bytea)",
    // Links to a provider and browsers on their way, which no login writes.
    "access.begin_provider_flow(bytea,bytea,bytea,text)",
    "access.take_provider_flow(bytea,bytea,bytea,text)",
    "access.link_provider_identity(bytea,text,bytea)",
    "access.open_provider_session(text,bytea,bytea,bytea)",
    "access.end_provider_identities(bigint,bytea)",
    // Reviews of roles and certifications, which no login writes.
    "access.sign_access_review(text,text,date,jsonb,integer)",
    "access.record_certification(text,text,date,text)",
    // Personal data entered by mistake go from rows nobody may change otherwise.
    "open.ask_removal(text,text,text,integer,text,text)", "open.confirm_removal(integer)",
    "outcome.ask_removal(text,text,text,integer,text,text)", "outcome.confirm_removal(integer)",
    "treatment.ask_removal(text,text,text,integer,text,text)", "treatment.confirm_removal(integer)",
    "open.ask_deviation_removal(text,integer,text)", "open.confirm_deviation_removal(integer)",
    "outcome.ask_deviation_removal(text,integer,text)",
    "outcome.confirm_deviation_removal(integer)",
    "treatment.ask_deviation_removal(text,integer,text)",
    "treatment.confirm_deviation_removal(integer)",
    "open.ask_words_removal(bigint,text)", "open.confirm_words_removal(integer)",
    "outcome.ask_words_removal(bigint,text)", "outcome.confirm_words_removal(integer)",
    "treatment.ask_words_removal(bigint,text)", "treatment.confirm_words_removal(integer)",
    "open.ask_query_removal(text,text,text,integer,integer,text)",
    "outcome.ask_query_removal(text,text,text,integer,integer,text)",
    "treatment.ask_query_removal(text,text,text,integer,integer,text)",
    "open.ask_reason_removal(text,text,text,integer,integer,text)",
    "outcome.ask_reason_removal(text,text,text,integer,integer,text)",
    "access.keep_session_opening()",
    "treatment.ask_reason_removal(text,text,text,integer,integer,text)",
    "open.record_audit_review(text,timestamp with time zone,timestamp with time zone,text,text,text)",
    // Letters say that something waits: who sends them reads no alert.
    "access.letter_sent(text)", "access.letters_in_trouble()", "access.letters_to_send()",
  ]

  /// What safety and deviations are written by, in each class.
  private static func ofSafety(_ dataClass: String) -> [String] {
    let starts = Array(repeating: "timestamp with time zone", count: 3).joined(separator: ",")
    return [
      "change_start(text,text,text,integer,text,\(starts),text)",
      "draft_by_system(text,text,text,jsonb)", "draft_once(text,text,text,jsonb)",
      "look_again(text,text,text,integer,text[],jsonb)", "closed_by_people(text)",
      "values_at(text,timestamp with time zone)", "answered_since(text,text,text,integer,text)",
      "answered_between(text,timestamp with time zone,timestamp with time zone)",
      "shown_status(text,text,text,integer,text)",
      "judge_expectedness(text,text,text,integer,integer,jsonb)",
      "record_deviation(text,text,jsonb)", "report_deviation(text,integer,date)", "write_letters()",
    ].map { "\(dataClass).\($0)" }
  }

  @Test func `functions with the owner's rights are the listed ones, pinned and not public`()
    async throws
  {
    let own = "n.nspname !~ '^(pg_|information_schema)'"
    let found = try await Self.lines(
      """
      select p.oid::regprocedure::text from pg_proc p join pg_namespace n on n.oid = p.pronamespace
       where p.prosecdef and \(own)
      """)
    #expect(Set(found) == Self.definers, "\(Set(found).symmetricDifference(Self.definers))")
    // A body that is bound to its names when it is made needs no search path, and may be inlined.
    let loose = try await Self.lines(
      """
      select p.oid::regprocedure::text from pg_proc p join pg_namespace n on n.oid = p.pronamespace
       where \(own) and (p.proconfig is null or not ('search_path=pg_catalog' = any (p.proconfig)))
         and (p.prosqlbody is null or p.prosecdef)
      """)
    #expect(loose.isEmpty, "no pinned search path: \(loose)")
    let everybody = try await Self.lines(
      """
      select p.oid::regprocedure::text from pg_proc p join pg_namespace n on n.oid = p.pronamespace
       where \(own) and has_function_privilege('public', p.oid, 'execute')
      """)
    #expect(everybody.isEmpty, "everybody may execute: \(everybody)")
  }

  /// What a login executes in the schema of a guarded class without reading a table there, and why.
  private static let reachedFromOutside: Set<String> = [
    // The vault has no reader of its tables: each person is shown by a function that leaves an audit row.
    "identity.read_entries(text,text,text) eq_open",
    "identity.read_entries(text,text,text) eq_treating",
    "identity.save_entry(text,text,integer,bytea,text) eq_open",
    "identity.save_entry(text,text,integer,bytea,text) eq_treating",
    "identity.version_of(text,text) eq_open", "identity.version_of(text,text) eq_treating",
    // Checks compare what is in the vault and show nothing of it; the program opens the box.
    "identity.box_for_check(text) eq_allocator", "identity.entry_for_check(text,text) eq_allocator",
    "identity.versions_for_check(text,text) eq_allocator",
    // Secrets of accounts are sealed under the same master key.
    "sealed.is_rotating() eq_access",
    // What an assessor tells of the blinding is written there and never read again.
    "treatment.save_blinding_record(text,text,jsonb,text,text[],text,text) eq_rater",
  ]

  @Test
  func
    `NI-1: in the schema of a guarded class a login executes what it reads tables of, or is listed`()
    async throws
  {
    let found = try await Self.lines(
      """
      select p.oid::regprocedure || ' ' || r.rolname
        from pg_proc p join pg_namespace n on n.oid = p.pronamespace cross join pg_roles r
       where n.nspname in ('treatment', 'allocation', 'sealed', 'identity') and r.rolname like 'eq\\_%'
         and has_function_privilege(r.oid, p.oid, 'execute')
         and not exists (select from pg_class c
              where c.relnamespace = n.oid and c.relkind in ('r', 'p') and has_any_column_privilege(r.oid, c.oid, 'select'))
       order by 1
      """)
    let difference = Set(found).symmetricDifference(Self.reachedFromOutside).sorted()
    #expect(difference.isEmpty, "\(difference.joined(separator: "\n"))")
  }

  @Test func `outside allocation and sealed nothing is keyed by an arm, no view and no partition`()
    async throws
  {
    let keyed = try await Self.lines(
      """
      select c.oid::regclass || '.' || a.attname from pg_attribute a join pg_class c on c.oid = a.attrelid
        join pg_namespace n on n.oid = c.relnamespace
       where n.nspname in ('access', 'open', 'outcome', 'treatment', 'identity', 'public')
         and a.attnum > 0 and c.relkind in ('r', 'i', 'v', 'm', 'p')
         and a.attname ~ '(^|_)(arm|arms|treatment|stratum|allocation|seq)($|_)'
         and c.oid::regclass::text !~ '\\.audit(_pkey|_by_object)?$'
      union all
      select k.conname from pg_constraint k join pg_class f on f.oid = k.confrelid
        join pg_namespace n on n.oid = f.relnamespace join pg_class c on c.oid = k.conrelid
        join pg_namespace m on m.oid = c.relnamespace
       where k.contype = 'f' and n.nspname in ('allocation', 'sealed')
         and m.nspname not in ('allocation', 'sealed')
      union all
      select c.oid::regclass::text from pg_class c join pg_namespace n on n.oid = c.relnamespace
       where n.nspname !~ '^(pg_|information_schema)' and c.relkind in ('v', 'm', 'p', 'f')
      """)
    #expect(keyed.isEmpty, "\(keyed)")
  }

  /// The classes a login reads rows of, as `login class`.
  private static func classesRead() async throws -> Set<String> {
    Set(
      try await lines(
        """
        select distinct r.rolname || ' ' || n.nspname from pg_class c
          join pg_namespace n on n.oid = c.relnamespace
          cross join pg_roles r
         where r.rolname like 'eq\\_%' and c.relkind in ('r', 'p', 'v', 'm')
           and has_schema_privilege(r.oid, n.oid, 'usage')
           and has_any_column_privilege(r.oid, c.oid, 'select')
        """))
  }

  @Test func `REQ-081: the login a role runs on reads no class that the role does not hold`()
    async throws
  {
    let read = try await Self.classesRead()
    let roles = try await TemplateTrial.made.value.definition.roles
    // Who scores sessions is kept from arms by the service; closed reports lie with the arms they are about; and
    // the login of the committee also does the acts of cutting and unblinding, which open boxes.
    let known: Set<String> = [
      "fidelity_rater allocation", "dsmb_member allocation", "stat_unblinded sealed",
    ]
    var found: Set<String> = []
    for role in roles {
      guard let login = Login(for: role) else { continue }
      for dataClass in [DataClass.outcome, .treatment, .allocation, .sealed]
      where read.contains("\(login.rawValue) \(dataClass)")
        && role.access(to: dataClass) == .none
      {
        found.insert("\(role.id.text) \(dataClass)")
      }
    }
    #expect(found == known, "\(found.sorted())")
  }

  @Test func `everybody may connect, and may create nothing`() async throws {
    let database = try JourneyServer.emptyDatabase()
    defer { try? database.drop() }
    _ = try await JourneyServer.migrator(of: database).migrate()
    for login in Login.allCases {
      let connection = try Connection(
        configuration: database.configuration.with("user", login.rawValue))
      let direct = DirectSession(connection: connection)
      #expect(direct.refusal(of: "create temporary table t (a integer)") == "42501")
      #expect(direct.refusal(of: "create table public.t (a integer)") == "42501")
      #expect(direct.refusal(of: "create schema s") == "42501")
    }
  }

  @Test func `every table and column says what it is`() async throws {
    let silent = try await Self.lines(
      """
      select c.oid::regclass || coalesce('.' || a.attname, '') from pg_class c
        join pg_namespace n on n.oid = c.relnamespace
        join pg_attribute a on a.attrelid = c.oid and a.attnum >= 0 and not a.attisdropped
       where c.relkind = 'r' and n.nspname !~ '^(pg_|information_schema|public)'
         and col_description(c.oid, a.attnum) is null
      """)
    #expect(silent.isEmpty, "\(silent)")
  }
}
