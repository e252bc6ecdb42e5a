import Conduct
import Simulation
import Store
import StudyModel
import Testing

/// The blinding record of an assessor at a site: kept where the rater's is kept, after the assessments, once.
@Suite(.serialized) struct HandedInTests {
  private static let told = [
    "guess": "ECT", "certainty": "4", "disclosed": "STAFF", "disclosed_arm": "ECT",
    "basis": "SPEECH",
  ]

  private static func handIn(
    _ walk: Walk, at now: UTCInstant, expected: Int = 0, isFinal: Bool = true
  ) async throws -> Int {
    try await walk.save(
      "RBRC", "EOT", told, by: "cog_assessor", hasHeader: false, expected: expected,
      isFinal: isFinal, at: now)
  }

  private static func assess(
    _ walk: Walk, _ form: String, total: String? = nil, expected: Int = 0, reason: String = "",
    at now: UTCInstant
  ) async throws -> Int {
    let world = walk.world
    let assessor = try await world.actor("cog_assessor", at: walk.way.site, now: now)
    let found = try #require(world.definition.form(FormID(parsing: form)))
    let date = try Walk.date(now, walk.way.site)
    var given = ["vdate": date, "done": "Y", "form_version": form == "HVLTR" ? "3" : "8.2"]
    if let total { given["delayed"] = total }
    let answers = PlainAnswers(
      on: try CalendarDate(parsing: date), at: now, by: assessor.username
    ).answers(to: found, with: try Walk.answers(given))
    return try await world.installation.at(now).saveEntry(
      walk.key, found.id, VisitCode(parsing: "EOT"),
      EntrySubmission(answers: answers, expectedVersion: expected, isFinal: true, reason: reason),
      as: assessor
    ).version
  }

  @Test
  func
    `AS-07, EC-RBR-01: an assessor's record comes after the assessments, once, and closes them`()
    async throws
  {
    try await ReferenceTrial.run { world in
      let (walk, other) = try await DisclosureTests.randomized(world)
      let now = walk.instant(9 + 29)
      let early = await refusal { try await Self.handIn(walk, at: now) }
      #expect(early?.code == "EC-RBR-01")
      #expect(try await Self.assess(walk, "MOCA", at: now) == 1)
      let halfway = await refusal { try await Self.handIn(walk, at: now) }
      #expect(halfway?.code == "EC-RBR-01")
      #expect(try await Self.assess(walk, "HVLTR", total: "5", at: now) == 1)
      let parts = await refusal { try await Self.handIn(walk, at: now, isFinal: false) }
      #expect(fields(of: parts) == ["submit"])
      #expect(
        try await Self.assess(
          walk, "HVLTR", total: "6", expected: 1, reason: "misread", at: now) == 2)
      #expect(try await Self.handIn(walk, at: now) == 1)
      for expected in [0, 1] {
        let again = await refusal { try await Self.handIn(walk, at: now, expected: expected) }
        #expect(again == .closed, "\(expected)")
      }
      let late = await refusal {
        try await Self.assess(
          walk, "HVLTR", total: "7", expected: 2, reason: "misread", at: now)
      }
      #expect(late == .closed)
      // Another participant's assessments are not closed by it.
      #expect(try await Self.assess(other, "MOCA", at: now) == 1)
    }
  }

  @Test
  func `REQ-094: what an assessor told stands in class treatment and is not read back`()
    async throws
  {
    try await ReferenceTrial.run { world in
      let (walk, _) = try await DisclosureTests.randomized(world)
      let now = walk.instant(9 + 29)
      _ = try await Self.assess(walk, "MOCA", at: now)
      _ = try await Self.assess(walk, "HVLTR", total: "5", at: now)
      _ = try await Self.handIn(walk, at: now)
      let direct = try world.direct()
      func rows(_ table: String) throws -> String {
        try direct.text("select count(*)::text from \(table) where form = 'RBRC'")
      }
      #expect(try rows("treatment.entries") == "1")
      #expect(try rows("outcome.entries") == "0" && rows("outcome.entry_versions") == "0")
      #expect(
        try direct.text(
          "select count(*)::text from outcome.audit where object like '%RBRC%' or new like '%ECT%'")
          == "0")
      let office = world.installation.at(now)
      let assessor = try await world.actor("cog_assessor", at: walk.way.site, now: now)
      let file = try await office.entryFile(
        walk.key, FormID(parsing: "RBRC"), VisitCode(parsing: "EOT"), as: assessor)
      #expect(file.entry.isSubmitted && file.entry.answers.isEmpty && file.versions.isEmpty)
      // Who reads treatment reads it; that somebody told stands in the report, without the arm.
      let manager = try await world.actor("data_manager_u", now: now)
      let read = try await office.entryFile(
        walk.key, FormID(parsing: "RBRC"), VisitCode(parsing: "EOT"), as: manager)
      #expect(read.entry.answers[try FieldID(parsing: "guess")]?.text == "ECT")
      let reported = try await office.disclosureReport(as: manager)
      let ours = try #require(reported.first { $0.channel == "form RBRC" })
      #expect(ours.kind == "RATER" && ours.ground == "STAFF" && !ours.reason.contains("ECT"))
      let blinded = try await world.actor("data_manager", now: now)
      let hidden = await refusal {
        try await office.entryFile(
          walk.key, FormID(parsing: "RBRC"), VisitCode(parsing: "EOT"), as: blinded)
      }
      #expect(hidden == .notFound)
    }
  }

  @Test
  func `REQ-060: a login that reads no treatment learns nothing of it by handing in a record`()
    async throws
  {
    try await ReferenceTrial.run { world in
      let (walk, other) = try await DisclosureTests.randomized(world)
      let now = walk.instant(9 + 29)
      for one in [walk, other] { _ = try await Self.assess(one, "MOCA", at: now) }
      // Somebody who treats wrote a form under this address for one of the two.
      let author = try await world.actor("ketamine_nurse", at: walk.way.site, now: now).user
      let direct = try world.direct()
      try direct.run(
        """
        insert into treatment.entries (trial_id, participant, site_key, form, visit, repeat, version, status,
          answers, definition, author, entered_at, submitted_at)
        values (\(world.trial.id), '\(walk.key.text)', '\(walk.way.site)', 'KDOSE', 'EOT', 1, 1, 'submitted',
          '{}', '1.0', \(author), now(), now())
        """)
      let assessor = try await world.actor("cog_assessor", at: walk.way.site, now: now)
      let login = try world.direct("eq_open", role: "cog_assessor", actor: assessor.user)
      func tried(_ walk: Walk) throws -> String {
        try login.text(
          """
          select outcome.hand_in_record('\(walk.key.text)', 'KDOSE', 'EOT', '{}', '{"start":"x"}', '1.0')::text
          """)
      }
      #expect(try tried(walk) == "1")
      #expect(try tried(other) == "1")
      for one in [walk, other] {
        #expect(
          login.refusal(
            of:
              "select outcome.hand_in_record('\(one.key.text)', 'KDOSE', 'EOT', '{}', '{}', '1.0')"
          ) == "EQ423")
      }
      #expect(
        try direct.text(
          "select answers::text from treatment.entries where form = 'KDOSE' and participant = '\(walk.key.text)'"
        ) == "{}")
    }
  }

  @Test
  func `a rating is changed by its rater within a day, and later where a data query is open`()
    async throws
  {
    try await ReferenceTrial.run { world in
      let (walk, _) = try await DisclosureTests.randomized(world)
      let now = walk.instant(9 + 29)
      let (rater, task) = try await walk.book("EOT", at: now)
      let first = now.advanced(bySeconds: 1800)
      #expect(try await walk.saveRating(task.token, total: 12, as: rater, at: first) == 1)
      let nextDay = first.advanced(bySeconds: 86_400)
      #expect(
        try await walk.saveRating(
          task.token, total: 13, expected: 1, reason: "misheard", as: rater, at: nextDay) == 2)
      let late = nextDay.advanced(bySeconds: 1)
      let refused = await refusal {
        try await walk.saveRating(
          task.token, total: 14, expected: 2, reason: "misheard", as: rater, at: late)
      }
      #expect(refused == .closed)
      let office = world.installation.at(late)
      _ = try await office.openQuery(
        walk.key, FormID(parsing: "MADRS"), VisitCode(parsing: "EOT"), field: "m01",
        text: "Is this right?", isBlocking: false,
        as: try await world.actor("data_manager", now: late))
      #expect(
        try await walk.saveRating(
          task.token, total: 14, expected: 2, reason: "as asked", as: rater, at: late) == 3)
    }
  }
}
