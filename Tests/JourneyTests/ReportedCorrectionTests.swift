import Datasets
import Foundation
import Simulation
import StudyModel
import Testing

@testable import Conduct
@testable import Store

/// What participants and raters reported is changed by its author alone; a correction stands beside it.
@Suite(.serialized) struct ReportedCorrectionTests {
  private struct Rated {
    let walk: Walk
    let rater: Actor
    let token: AssessmentToken
    let now: UTCInstant

    var world: ReferenceTrial { walk.world }
    var office: Installation { world.installation.at(now) }

    func correct(
      _ field: String = "m01", _ value: String = "5", version: Int = 1,
      reason: String = "the wrong box was ticked", evidence: String = "recording 17, minute 4",
      form: String = "MADRS", as actor: Actor? = nil
    ) async throws -> Int {
      let person = if let actor { actor } else { try await world.actor("data_manager", now: now) }
      return try await office.correctReported(
        walk.key, FormID(parsing: form), VisitCode(parsing: "A2"), version: version,
        ReportedCorrection(
          field: try FieldID(parsing: field), value: value, reason: reason, evidence: evidence),
        as: person)
    }

    func file(_ form: String = "MADRS", as role: String = "data_manager") async throws -> EntryFile
    {
      try await office.entryFile(
        walk.key, FormID(parsing: form), VisitCode(parsing: "A2"),
        as: try await world.actor(role, now: now))
    }
  }

  private static func rated(_ world: ReferenceTrial) async throws -> Rated {
    let walk = try await Walk.ready(world)
    _ = try await walk.randomize()
    let now = walk.instant(24)
    let (rater, task) = try await walk.book("A2", at: now)
    try await walk.saveRating(task.token, total: 20, as: rater, at: now)
    return Rated(walk: walk, rater: rater, token: task.token, now: now)
  }

  private static let original = """
    select answers ->> 'm01' || ' ' || version::text from outcome.entries where form = 'MADRS' and visit = 'A2'
    """

  @Test
  func
    `REQ-020: a correction stands beside what was rated, signed and with evidence, and the original stays`()
    async throws
  {
    try await ReferenceTrial.run { world in
      let rated = try await Self.rated(world)
      let before = try world.direct().text(Self.original)
      #expect(before == "2 1")
      #expect(try await rated.correct() == 1)
      #expect(try world.direct().text(Self.original) == before)
      let file = try await rated.file()
      #expect(file.entry.answers[try FieldID(parsing: "m01")] == .value("2"))
      let correction = try #require(file.corrections.first)
      #expect(correction.corrected == "5" && correction.version == 1)
      #expect(correction.evidence == "recording 17, minute 4")
      #expect(correction.role == "data_manager" && correction.voidedAt == nil)
      #expect(correction.meaning == Installation.correctionMeaning)
      // The trail of the class names it, without the value.
      #expect(
        try world.direct().lines(
          """
          select action || ' ' || field || ' ' || reason || ' ' || coalesce(new, '-') from outcome.audit
           where action like 'correction%'
          """) == ["correction 1 signed m01 the wrong box was ticked -"])
      #expect(
        try world.direct().text(
          "select count(*)::text from open.audit where action like 'correction%'") == "0")
      // A later one takes its place.
      #expect(try await rated.correct("m01", "4") == 2)
      let both = try await rated.file().corrections
      #expect(both.map(\.voidedBecause) == ["corrected again", ""])
      // The digest is over everything that is said, so that no part of it can be exchanged.
      let manager = try await world.actor("data_manager", now: rated.now)
      let stored = try world.direct().text(
        "select answers::text from outcome.entries where form = 'MADRS' and visit = 'A2'")
      let address = EntryAddress(
        rated.walk.key, try FormID(parsing: "MADRS"), try VisitCode(parsing: "A2"))
      func digest(_ value: String, _ evidence: String) throws -> String {
        manager.correctionDigest(
          address, version: 1, stored,
          ReportedCorrection(
            field: try FieldID(parsing: "m01"), value: value, reason: "the wrong box was ticked",
            evidence: evidence)
        ).hex
      }
      let kept = try world.direct().text(
        "select encode(digest, 'hex') from outcome.corrections where correction_no = 2")
      #expect(try digest("4", "recording 17, minute 4") == kept)
      #expect(try digest("4", "recording 18, minute 4") != kept)
      #expect(try digest("3", "recording 17, minute 4") != kept)
    }
  }

  @Test
  func
    `REQ-020: nobody, administrators included, changes what was reported, and no login of the database may`()
    async throws
  {
    try await ReferenceTrial.run { world in
      let rated = try await Self.rated(world)
      let madrs = try FormID(parsing: "MADRS")
      let visit = try VisitCode(parsing: "A2")
      for role in world.definition.roles
      where role.isHeldByAccount && role.id != rated.rater.role.id {
        let site = role.scope == .site ? ReferenceTrial.london : nil
        let person = try await world.actor(role.id.text, at: site, now: rated.now)
        let saved = await refusal {
          try await rated.office.saveEntry(
            rated.walk.key, madrs, visit,
            EntrySubmission(
              answers: try Walk.answers(["m01": "6"]), expectedVersion: 1, isFinal: true,
              reason: "on the author's behalf"), as: person)
        }
        #expect(saved == .notFound, "\(role.id)")
        let rating = await refusal {
          try await rated.office.saveRating(
            rated.token, madrs,
            EntrySubmission(
              answers: try Walk.answers(["m01": "6"]), expectedVersion: 1, isFinal: true,
              reason: "on the author's behalf"), as: person)
        }
        #expect(rating == .notFound, "\(role.id)")
        guard !role.can(.correctReported) else { continue }
        #expect(
          await refusal { try await rated.correct(as: person) } == .notFound, "\(role.id)")
      }
      #expect(
        await refusal { try await rated.correct(as: rated.rater) } == .notFound)
      for login in Login.allCases {
        let direct = try world.direct(login.rawValue)
        for sql in [
          "update outcome.entries set answers = '{}' where form = 'MADRS'",
          "update outcome.corrections set corrected = '6'", "delete from outcome.corrections",
        ] {
          let told = direct.refusal(of: sql)
          #expect(told == "42501", "\(login): \(told ?? "done") for \(sql)")
        }
      }
      // The owner of the tables changes no correction either.
      _ = try await rated.correct()
      let owner = try world.direct()
      for sql in [
        "update outcome.corrections set corrected = '6'",
        "update outcome.corrections set evidence = 'another'",
        "update outcome.corrections set voided_at = now()",
        "delete from outcome.corrections", "truncate outcome.corrections",
      ] {
        #expect(owner.refusal(of: sql) != nil, "\(sql)")
      }
      #expect(try world.direct().text(Self.original) == "2 1")
    }
  }

  @Test func `REQ-020: a correction is void as soon as its author changes the original`()
    async throws
  {
    try await ReferenceTrial.run { world in
      let rated = try await Self.rated(world)
      _ = try await rated.correct()
      try await rated.walk.saveRating(
        rated.token, total: 21, expected: 1, reason: "item misread", as: rated.rater, at: rated.now)
      let voided = try #require(try await rated.file().corrections.first)
      #expect(voided.voidedAt != nil && voided.voidedBecause == "changed")
      #expect(await refusal { try await rated.correct() } == .stale)
      #expect(try await rated.correct("m02", "6", version: 2) == 2)
      #expect(
        try world.direct().lines(
          "select action || ' ' || field from outcome.audit where action like 'correction%' order by seq"
        )
          == ["correction 1 signed m01", "correction 1 void m01", "correction 2 signed m02"])
    }
  }

  @Test(arguments: ["value", "query", "reasons"])
  func `REQ-014: a correction loses what is removed, and nothing by the text of a query`(
    removed: String
  ) async throws {
    try await ReferenceTrial.run { world in
      let rated = try await Self.rated(world)
      _ = try await rated.correct(
        reason: "as Mrs Doe told me", evidence: "letter of Mrs Doe")
      let manager = try await world.actor("data_manager", now: rated.now)
      let direct = try world.direct("eq_outcome", role: "data_manager", actor: manager.user)
      switch removed {
      case "query":
        let query = try await rated.office.openQuery(
          rated.walk.key, FormID(parsing: "MADRS"), VisitCode(parsing: "A2"), field: "m01",
          text: "Did Mrs Xanthippe say so?", isBlocking: false, as: manager)
        try direct.run(
          "select outcome.ask_query_removal('\(rated.walk.key)', 'MADRS', 'A2', 1, \(query), 'A name.')"
        )
      case "reasons":
        let address = EntryAddress(
          rated.walk.key, try FormID(parsing: "MADRS"), try VisitCode(parsing: "A2"))
        #expect(
          try await rated.office.reasonedVersions(on: address, as: manager) == [1])
        _ = try await rated.office.askRemoval(
          ofReasonsOf: 1, on: address, reason: "A name.", as: manager)
      default:
        try direct.run(
          "select outcome.ask_removal('\(rated.walk.key)', 'MADRS', 'A2', 1, 'm01', 'A name.')")
      }
      let second = try world.direct("eq_outcome", role: "data_manager", actor: manager.user + 1)
      try second.run("select outcome.confirm_removal(1)")
      let gone = "[personal data removed]"
      let isVoid = removed != "query"
      let kept = try #require(try await rated.file().corrections.first)
      #expect(kept.voidedBecause == (isVoid ? "removed" : ""))
      #expect(kept.corrected == (removed == "value" ? gone : "5"))
      #expect(kept.reason == (isVoid ? gone : "as Mrs Doe told me"))
      #expect(kept.evidence == (isVoid ? gone : "letter of Mrs Doe"))
      #expect(
        try world.direct().lines(
          """
          select action || ': ' || reason from outcome.audit where action like 'correction%' order by seq
          """)
          == (isVoid
            ? ["correction 1 signed: \(gone)", "correction 1 void: personal data removed"]
            : ["correction 1 signed: as Mrs Doe told me"]))
      #expect(try world.direct().text(Self.original) == (removed == "value" ? "\(gone) 1" : "2 1"))
      // Whatever was removed, the trail's rows are those that were written.
      #expect(
        try await !RecordActsTests.findings(world)
          .contains {
            [.stored(.audit, .changed), .stored(.correction, .changed)].contains($0.part)
          })
    }
  }

  @Test
  func `REQ-020, REQ-031: a correction no longer fits once anything it binds is changed`()
    async throws
  {
    try await ReferenceTrial.run { world in
      let rated = try await Self.rated(world)
      _ = try await rated.correct()
      let number = try await rated.correct("m02", "3")
      for (sql, place) in [
        ("corrected = '6'", "1"), ("reason = 'another reason'", "1"), ("evidence = 'none'", "1"),
        ("signer_name = 'Somebody Else'", "1"), ("signer_role = 'monitor'", "1"),
        ("meaning = 'I guess.'", "1"), ("digest = sha256('x')", "1"), ("version = 2", "1"),
        ("repeat = 2", "1"), ("visit = 'A1'", "1"), ("field = 'm03'", "1"),
      ] {
        let found = try world.tampered(
          "update outcome.corrections set \(sql) where correction_no = 1"
        ) { try $0.correctionFaults() }
        #expect(found.map(\.part) == [.correction], "\(sql)")
        #expect(found.first?.place.hasPrefix("\(place) on ") == true, "\(sql) \(found)")
      }
      // What was reported is bound as well, in the version and nowhere else.
      let answered = """
        update outcome.entry_versions set answers = jsonb_set(answers, '{m04}', '"6"') where form = 'MADRS'
        """
      #expect(try world.tampered(answered) { try $0.correctionFaults() }.count == 1)
      #expect(try world.tampered("") { try $0.correctionFaults() }.isEmpty && number == 2)
      #expect(
        try world.tampered("update open.trials set key = 'another'") {
          try $0.correctionFaults()
        }.count == 1)
      try world.tamper("update outcome.corrections set corrected = '6' where correction_no = 2")
      let told = try await RecordActsTests.findings(world)
      #expect(told.contains { $0.part == .stored(.correction, .changed) })
      #expect(told.contains { $0.sentence.hasPrefix("The signed correction 2 on ") })
    }
  }

  @Test func `a correction without evidence, of no answer or without fresh proof is refused`()
    async throws
  {
    try await ReferenceTrial.run { world in
      let rated = try await Self.rated(world)
      func faults(_ act: () async throws -> Int) async -> [String] {
        fields(of: await refusal(act))
      }
      #expect(await faults { try await rated.correct(evidence: " ") } == ["evidence"])
      #expect(await faults { try await rated.correct(reason: "no") } == ["reason"])
      #expect(await faults { try await rated.correct("m01", "7") } == ["value"])
      #expect(await faults { try await rated.correct("nothing", "5") } == ["field"])
      #expect(await faults { try await rated.correct("total", "5") } == ["field"])
      #expect(await refusal { try await rated.correct("m01", "2") } == .unchanged)
      #expect(await refusal { try await rated.correct(version: 2) } == .stale)
      let stale = try await world.actor(
        "data_manager", now: rated.now,
        authenticatedAt: .some(rated.now.advanced(bySeconds: -301)))
      #expect(await refusal { try await rated.correct(as: stale) } == .authenticationStale)
      // Forms that staff transcribe are changed in themselves.
      let manager = try await world.actor("data_manager", now: rated.now)
      #expect(
        await refusal {
          try await rated.office.correctReported(
            rated.walk.key, FormID(parsing: "DM"), VisitCode(parsing: "SCR"), version: 1,
            ReportedCorrection(
              field: try FieldID(parsing: "edu_years"), value: "12", reason: "as the letter says",
              evidence: "letter 4"), as: manager)
        } == .notFound)
      // Who wrote a version does not correct beside it, whatever the program asks.
      let direct = try world.direct("eq_outcome", role: "data_manager", actor: rated.rater.user)
      #expect(
        direct.refusal(
          of: """
            select outcome.record_correction('\(rated.walk.key)', 'MADRS', 'A2', 1, 1, 'm01', '5', 'the reason',
              'the evidence', 'n', 'm', sha256('x'))
            """) == "EQ409")
      #expect(try world.direct().text("select count(*)::text from outcome.corrections") == "0")
    }
  }

  @Test
  func `REQ-020: what a participant answered is corrected beside it, and read by no coordinator`()
    async throws
  {
    try await ReferenceTrial.run { world in
      let rated = try await Self.rated(world)
      let form = try FormID(parsing: "QIDSSR16")
      let visit = try VisitCode(parsing: "SCR")
      let manager = try await world.actor("data_manager", now: rated.now)
      let number = try await rated.office.correctReported(
        rated.walk.key, form, visit, version: 1,
        ReportedCorrection(
          field: try FieldID(parsing: "q01"), value: "3", reason: "told by telephone",
          evidence: "note of a call, 12 March"), as: manager)
      #expect(number == 1)
      #expect(
        try world.direct().text(
          "select answers ->> 'q01' from outcome.entries where form = 'QIDSSR16' and visit = 'SCR'")
          == "1")
      for role in ["coordinator", "investigator", "treat_coordinator"] {
        let person = try await world.actor(role, at: ReferenceTrial.london, now: rated.now)
        let file = try? await rated.office.entryFile(rated.walk.key, form, visit, as: person)
        #expect(file?.corrections.isEmpty != false, "\(role)")
      }
      for login in ["eq_open", "eq_treating", "eq_rater", "eq_participant"] {
        #expect(
          try world.direct(login).refusal(of: "select 1 from outcome.corrections") == "42501")
      }
    }
  }

  @Test func `REQ-020: corrections are exported beside the data, which hold what was reported`()
    async throws
  {
    try await ReferenceTrial.run { world in
      let walk = try #require(try await LockTests.followed(world, count: 1).first)
      let now = walk.instant(40)
      let office = world.installation.at(now)
      let manager = try await world.actor("data_manager", now: now)
      let reported = try world.direct().text(
        "select answers ->> 'm01' from outcome.entries where form = 'MADRS' and visit = 'EOT'")
      let corrected = reported == "6" ? "5" : "6"
      _ = try await office.correctReported(
        walk.key, FormID(parsing: "MADRS"), VisitCode(parsing: "EOT"), version: 1,
        ReportedCorrection(
          field: try FieldID(parsing: "m01"), value: corrected, reason: "the wrong box, was ticked",
          evidence: "recording 17"), as: manager)
      try await LockTests.softLock(world)
      try await LockTests.hardLock(world)
      let bundle = try await world.installation.at(LockTests.closing).exportBlinded(
        as: try await world.actor("statistician", now: LockTests.closing))
      func text(_ path: String) -> String {
        String(
          decoding: bundle.files.first { $0.path == path }?.bytes ?? [], as: UTF8.self)
      }
      let lines = text("quality/corrections.csv").split(separator: "\n")
      #expect(lines.count == 2)
      #expect(
        lines.last?.hasPrefix(
          "1,\(walk.key),MADRS,EOT,1,m01,1,\(reported),\(corrected),\"the wrong box, was ticked\",recording 17,data_manager,"
        ) == true, "\(lines)")
      #expect(text("codebook/corrections.csv").contains("quality/corrections.csv,evidence,"))
      #expect(text("README.txt").contains("corrections.csv"))
      #expect(!text("quality/corrections.csv").contains(manager.fullName))
      // A snapshot is read in its own trial alone.
      for dataClass in ["open", "outcome", "treatment"] {
        let committee = try world.direct("eq_committee", role: "stat_unblinded")
        let count = "select count(*)::text from \(dataClass).snapshots"
        #expect(try committee.text(count) != "0", "\(dataClass)")
        try committee.run("select set_config('eq.trial', '999', false)")
        #expect(try committee.text(count) == "0", "\(dataClass)")
      }
      // The table of what was collected holds what was reported.
      let rating = try #require(
        bundle.files.first {
          $0.path.hasPrefix("collected/") && $0.path.lowercased().contains("madrs")
        })
      let rows = String(decoding: rating.bytes, as: UTF8.self).split(separator: "\n")
      let head = try #require(rows.first).split(separator: ",", omittingEmptySubsequences: false)
      let column = try #require(head.firstIndex(of: "m01"))
      let row = try #require(rows.first { $0.contains(",EOT,") })
      #expect(
        row.split(separator: ",", omittingEmptySubsequences: false)[column] == reported)
    }
  }
}
