import Conduct
import Foundation
import Store
import StudyModel
import Testing

/// Nobody blinded reads who of the treatment team acted; who reads class treatment does.
@Suite(.serialized) struct TreatmentTeamTests {
  /// Roles that know the arms of their site, and everybody who holds one.
  private static func team(_ world: ReferenceTrial) throws -> [String] {
    try world.direct().lines(
      """
      select distinct g.user_id::text from access.grants g
        join access.role_kinds k on k.trial_id = g.trial_id and k.role = g.role
       where k.blinding = 'unblinded' order by 1
      """)
  }

  private static func answered(
    _ world: ReferenceTrial, _ walk: Walk, by role: String
  ) async throws -> (QueryAddress, Actor) {
    let now = walk.instant(10)
    let office = world.installation.at(now)
    let number = try await office.openQuery(
      walk.key, FormID(parsing: "DM"), VisitCode(parsing: "SCR"), field: "edu_years",
      text: "Is 14 right?", isBlocking: false, as: try await world.actor("data_manager", now: now))
    let answerer = try await world.actor(role, at: walk.way.site, now: now)
    try await office.answerQuery(
      QueryAddress(number), answer: "Yes, seen at the session.", as: answerer)
    return (QueryAddress(number), answerer)
  }

  @Test(arguments: ["ect_clinician", "ketamine_nurse", "therapist", "investigator"])
  func `REQ-081: the thread of a data query names nobody of the treatment team to who is blinded`(
    _ role: String
  ) async throws {
    try await ReferenceTrial.run { world in
      let walk = try await Walk.ready(world)
      let (query, answerer) = try await Self.answered(world, walk, by: role)
      let now = walk.instant(11)
      let office = world.installation.at(now)
      for (reader, site) in [("data_manager", nil), ("monitor", walk.way.site)] {
        let file = try await office.query(
          query, as: try await world.actor(reader, at: site, now: now))
        let answer = try #require(file.thread.last)
        #expect(answer.author == "Treatment team" && answer.role == "treatment_team")
        #expect(answer.text == "Answered in the treatment record.")
        var shown = ""
        dump(file, to: &shown)
        #expect(!shown.contains(answerer.fullName) && !shown.contains(answerer.username))
        #expect(!shown.contains(role), "\(reader)")
      }
      // Who treats at the site and who reads all of it are told.
      for (reader, site) in [("treat_coordinator", walk.way.site), ("stat_unblinded", nil)] {
        let reading = try await world.actor(reader, at: site, now: now)
        guard reading.role.can(.answerDataQuery) else {
          let direct = try world.direct("eq_committee", role: reader)
          #expect(
            try direct.lines(
              """
              select t.full_name || ' ' || t.role from open.data_query_messages m,
                lateral access.team_member(m.author) t where m.author < 0
              """) == ["\(answerer.fullName) \(role)"])
          continue
        }
        let answer = try #require(try await office.query(query, as: reading).thread.last)
        #expect(answer.author == answerer.fullName && answer.role == role)
      }
    }
  }

  @Test
  func
    `REQ-081: versions, history and audit trail name the treatment team as such, signatures who signed`()
    async throws
  {
    try await ReferenceTrial.run { world in
      let walk = try await Walk.ready(world)
      let (_, answerer) = try await Self.answered(world, walk, by: "ect_clinician")
      let now = walk.instant(11)
      let office = world.installation.at(now)
      let (slot, visit) = try EntryReviewTests.ids("SLOT", "RND")
      let coordinator = try await world.actor("coordinator", at: walk.way.site, now: now)
      let doctor = try await world.actor("investigator", at: walk.way.site, now: now)
      let planner = try await world.actor("treat_coordinator", at: walk.way.site, now: now)
      let blinded = try await office.readEntry(walk.key, slot, visit, as: coordinator).entry
      #expect(blinded.author == "Treatment team")
      let told = try await office.readEntry(walk.key, slot, visit, as: doctor).entry
      #expect(told.author == planner.fullName)
      // What is signed says who signed it, to everybody who reads it (21 CFR 11.50).
      let (eligibility, screening) = try EntryReviewTests.ids("ELIG", "SCR")
      let signed = try await office.readEntry(walk.key, eligibility, screening, as: coordinator)
      #expect(signed.entry.signatures.map(\.name) == [doctor.fullName])

      let treating = [answerer, doctor, planner]
      let monitor = try await world.actor("monitor", at: walk.way.site, now: now)
      let manager = try await world.actor("data_manager", now: now)
      for reader in [coordinator, monitor, manager] {
        let page = try await office.auditTrail(of: .open, AuditFilter(), as: reader)
        let unnamed = page.rows.filter { $0.row.role == "treatment_team" }
        #expect(unnamed.contains { $0.row.action == "data query answered" })
        #expect(unnamed.allSatisfy { $0.row.name == "Treatment team" && $0.username.isEmpty })
        #expect(unnamed.allSatisfy { $0.session.isEmpty })
        #expect(!page.rows.contains { row in treating.contains { $0.fullName == row.row.name } })
        for person in treating {
          var filter = AuditFilter()
          filter.user = person.username
          #expect(try await office.auditTrail(of: .open, filter, as: reader).total == 0)
        }
        let history = try await office.history(of: walk.key, limit: 200, as: reader)
        #expect(history.contains { $0.name == "Treatment team" })
        #expect(!history.contains { row in treating.contains { $0.fullName == row.name } })
      }
      var filter = AuditFilter()
      filter.user = answerer.username
      let own = try await office.auditTrail(of: .open, filter, as: doctor)
      #expect(own.rows.map(\.row.action) == ["data query answered"])
      #expect(own.rows.first?.row.role == "ect_clinician")
    }
  }

  @Test func `REQ-081: no login of blinded people finds out by SQL who of the team acted`()
    async throws
  {
    try await ReferenceTrial.run { world in
      let walk = try await Walk.ready(world)
      _ = try await Self.answered(world, walk, by: "therapist")
      let team = try Self.team(world).joined(separator: ", ")
      let whole = try world.direct()
      // Of the whole open record no row holds a number of them but where they sign.
      for column in try Self.people(world) where !Self.named.contains(column) {
        let parts = column.split(separator: ".").map(String.init)
        let found = try whole.text(
          "select count(*)::text from \(parts[0]).\(parts[1]) where \(parts[2]) in (\(team))")
        #expect(found == "0", "\(column)")
      }
      for column in ["open.audit.role", "open.data_query_messages.role"] {
        let parts = column.split(separator: ".").map(String.init)
        let roles = try whole.lines("select distinct \(parts[2]) from \(parts[0]).\(parts[1])")
        #expect(roles.contains("treatment_team"))
        #expect(!roles.contains("therapist") && !roles.contains("treat_coordinator"))
      }
      for (login, role) in [("eq_open", "coordinator"), ("eq_outcome", "data_manager")] {
        // Whatever role is claimed: the login decides.
        for claimed in [role, "investigator"] {
          let direct = try world.direct(login, role: claimed)
          #expect(direct.refusal(of: "select * from treatment.team_acts") == "42501")
          #expect(
            try direct.lines(
              """
              select distinct t.full_name || t.username || t.role from open.audit a,
                lateral access.team_member(a.actor) t where a.actor < 0
              """) == ["Treatment teamtreatment_team"])
        }
      }
      // Another site's team is not named to the team of a site.
      let other = try world.direct(
        "eq_treating", role: "investigator", sites: ReferenceTrial.berlin)
      let acts = try whole.lines(
        "select act::text from treatment.team_acts where site_key = '\(ReferenceTrial.london)'")
      #expect(!acts.isEmpty)
      for act in acts {
        #expect(
          try other.text("select full_name from access.team_member(-\(act))") == "Treatment team")
      }
      #expect(whole.refusal(of: "delete from treatment.team_acts") == "EQ403")
    }
  }

  @Test func `what is typed on an open form by the treatment team stays theirs until it is saved`()
    async throws
  {
    try await ReferenceTrial.run { world in
      let walk = try await Walk.ready(world)
      let now = walk.instant(11)
      let office = world.installation.at(now)
      let planner = try await world.actor("treat_coordinator", at: walk.way.site, now: now)
      let (form, visit) = try EntryReviewTests.ids("SLOT", "RND")
      _ = try await office.keepDraft(
        walk.key, form, visit, version: 1, typed: ["allslot": ["N"]], as: planner)
      let count = "select count(*)::text from open.drafts"
      #expect(try world.direct().text(count) == "1")
      _ = try await office.saveEntry(
        walk.key, form, visit,
        EntrySubmission(
          answers: try Walk.answers([
            "allslot": "Y", "by": planner.username,
            "valid_until": try Walk.date(now.advanced(bySeconds: 7 * 86_400), walk.way.site),
          ]), expectedVersion: 1, isFinal: true, reason: "a new week"), as: planner)
      #expect(try world.direct().text(count) == "0")
      let late = await refusal {
        try await office.keepDraft(
          walk.key, form, visit, version: 1, typed: ["allslot": ["N"]], as: planner)
      }
      #expect(late == .stale)
    }
  }

  // MARK: Every column that tells a person

  /// Columns of the classes open and outcome that tell a person and are not a mark: those who sign, acts
  /// of people who treat nobody, and what its own person alone reads.
  private static let named: Set<String> = [
    "signatures.signer", "tombstones.asked_by", "tombstones.confirmed_by", "drafts.author",
  ].reduce(
    into: [
      "open.lock_signatures.signer", "open.cuts.made_by", "open.interim_looks.built_by",
      "open.interim_looks.checked_by", "open.dry_runs.actor", "open.site_versions.recorded_by",
      "open.study_versions.loaded_by", "open.study_versions.approved_by",
      "open.instrument_texts.loaded_by", "open.site_facts.recorded_by",
      "open.unblinding_notice_readings.reader", "open.design_simulations.started_by",
      "open.audit_reviews.reviewer", "outcome.rating_tasks.rater", "outcome.ended_bookings.rater",
      "outcome.corrections.signed_by",
    ]
  ) { all, column in
    all.formUnion(["open.\(column)", "outcome.\(column)"])
  }

  private static func people(_ world: ReferenceTrial) throws -> [String] {
    try world.direct().lines(
      """
      select n.nspname || '.' || c.relname || '.' || a.attname from pg_attribute a
        join pg_class c on c.oid = a.attrelid join pg_namespace n on n.oid = c.relnamespace
       where n.nspname in ('open', 'outcome') and c.relkind = 'r' and a.attnum > 0
         and a.atttypid = 'bigint'::regtype
         and a.attname ~ '(_by|^author|^actor|^signer|^rater|^reader|^reviewer|user|person)(_id)?$'
       order by 1
      """)
  }

  @Test func `every column that tells a person holds a mark for the treatment team, or is listed`()
    async throws
  {
    try await ReferenceTrial.run { world in
      let found = try Self.people(world)
      #expect(found.count > 25)
      let marked = try world.direct().lines(
        """
        select t.tgrelid::regclass || '.' || split_part(encode(t.tgargs, 'escape'), '\\000', 1)
          from pg_trigger t join pg_proc p on p.oid = t.tgfoid where p.proname = 'unname_person' order by 1
        """)
      let chained = ["open.audit.actor", "outcome.audit.actor"]
      let loose = Set(found).subtracting(marked).subtracting(chained)
      #expect(
        loose == Self.named.intersection(found),
        "\(loose.symmetricDifference(Self.named.intersection(found)))")
    }
  }
}
