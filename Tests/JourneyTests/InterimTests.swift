import Conduct
import Reports
import Store
import StudyModel
import Testing

@Suite(.serialized) struct InterimTests {
  /// Six months without a look: a safety look is due, however few have come.
  static let looking = ReferenceTrial.start.advanced(bySeconds: 200 * 86_400)

  static func build(_ world: ReferenceTrial, at now: UTCInstant = looking) async throws -> Int {
    try await world.installation.at(now).buildInterim(
      as: try await world.actor("stat_unblinded", now: now))
  }

  @Test func `a look is released by a second unblinded person only, and read only then`()
    async throws
  {
    try await ReferenceTrial.run { world in
      _ = try await LockTests.followed(world, count: 9)
      let office = world.installation.at(Self.looking)
      let number = try await Self.build(world)
      let member = try await world.actor("dsmb_member", now: Self.looking)
      let monitor = try await world.actor("medical_monitor", now: Self.looking)
      #expect(try await office.interimLooks(as: member).isEmpty)
      #expect(await refusal { try await office.closedReport(number, as: member) } == .notFound)
      #expect(await refusal { try await office.openReport(number, as: monitor) } == .notFound)
      let builder = try await world.actor("stat_unblinded", now: Self.looking)
      #expect(await refusal { try await office.releaseInterim(number, as: builder) } == .notFound)
      // Nor by the database, when the same person comes in another role.
      let direct = try world.direct("eq_committee", role: "data_manager_u", actor: builder.user)
      #expect(direct.refusal(of: "select open.release_interim(\(number))") == "EQ409")
      let forged = direct.refusal(
        of: "update open.interim_looks set checked_by = built_by, released_at = now()")
      #expect(forged == "23514")
      let unreleased = try world.direct("eq_reports")
      #expect(try unreleased.text("select count(*)::text from allocation.closed_reports") == "0")
      #expect(try unreleased.text("select count(*)::text from open.interim_looks") == "0")
      let second = try await world.actor("data_manager_u", now: Self.looking)
      let waiting = try await office.disclosureReport(as: builder)
      #expect(waiting.filter { $0.kind == "INTERIM" }.map(\.followed) == ["not released"])
      try await office.releaseInterim(number, as: second)
      let looked = try await office.disclosureReport(as: builder).filter { $0.kind == "INTERIM" }
      #expect(looked.count == 1 && looked.allSatisfy { $0.isPlanned && $0.participant.isEmpty })
      #expect(looked.first?.role == "stat_unblinded" && looked.first?.person == builder.fullName)
      #expect(looked.first?.followed.hasPrefix("released 20") == true)
      #expect(looked.first?.followed.hasSuffix(" by \(second.fullName)") == true)
      #expect(try await office.closedReport(number, as: member).snapshot == number)
      #expect(try await office.openReport(number, as: monitor).randomized == 9)
      let twice = await refusal { try await office.releaseInterim(number, as: second) }
      #expect(twice?.code == "not_from_this_state")
    }
  }

  @Test
  func `the open report counts adverse events of all arms, the closed one delivery by letter`()
    async throws
  {
    try await ReferenceTrial.run { world in
      let walks = try await LockTests.followed(world, count: 9)
      for (number, walk) in walks.enumerated() {
        try await walk.save(
          "AE", "A1",
          [
            "term": "as told", "meddra_pt": "Nausea",
            "meddra_soc": number < 5 ? "Gastrointestinal disorders" : "Eye disorders",
            "start": "2027-01-15", "ongoing": "true", "sev": "1", "serious": "N",
            "rel_ket": "NOT", "rel_ther": "NA", "rel_ect": "NA", "rel_proc": "NOT",
            "action": "NONE", "outcome": "RECING", "solicited": "false", "aesi": "NONE",
          ], by: "treat_coordinator", hasHeader: false, at: walk.instant(12))
      }
      let office = world.installation.at(Self.looking)
      let number = try await Self.build(world)
      try await office.releaseInterim(
        number, as: try await world.actor("data_manager_u", now: Self.looking))
      let open = try await office.openReport(
        number, as: try await world.actor("medical_monitor", now: Self.looking))
      #expect(
        open.events?.rows.map(\.organClass) == ["Eye disorders", "Gastrointestinal disorders"])
      #expect(open.events?.rows.map(\.participants) == [nil, 5])
      let closed = try await office.closedReport(
        number, as: try await world.actor("dsmb_member", now: Self.looking))
      let safety = try #require(closed.safety)
      #expect(safety.delivery.map(\.letter) == ["A", "B", "C"])
      #expect(safety.delivery.map(\.randomized) == closed.flow.map(\.randomized))
      #expect(safety.delivery.allSatisfy { $0.treated == 0 } && safety.events.isEmpty)
    }
  }

  @Test
  func
    `REQ-147: only the committee and its statistician read a closed report, on record`()
    async throws
  {
    try await ReferenceTrial.run { world in
      _ = try await LockTests.followed(world, count: 9)
      let office = world.installation.at(Self.looking)
      let number = try await Self.build(world)
      try await office.releaseInterim(
        number, as: try await world.actor("data_manager_u", now: Self.looking))
      // Matrix 4.2, its last two rows.
      let closed: Set = ["stat_unblinded", "dsmb_member"]
      let open: Set = [
        "investigator", "medical_monitor", "safety_officer", "statistician", "stat_unblinded",
        "dsmb_member", "sponsor_lead",
      ]
      let before = try world.direct().text(Self.readings)
      for role in world.definition.roles where role.id.text != "participant" {
        let id = role.id.text
        let actor = try await world.actor(
          id, at: role.scope == .site ? "101" : nil, now: Self.looking)
        if !closed.contains(id) {
          #expect(
            await refusal { try await office.closedReport(number, as: actor) } == .notFound, "\(id)"
          )
        }
        let refused = await refusal { try await office.openReport(number, as: actor) }
        #expect(refused == (open.contains(id) ? nil : .notFound), "\(id)")
      }
      #expect(try world.direct().text(Self.readings) == before)
      _ = try await office.closedReport(
        number, as: try await world.actor("stat_unblinded", now: Self.looking))
      _ = try await office.closedReport(
        number, as: try await world.actor("dsmb_member", now: Self.looking))
      #expect(try world.direct().text(Self.readings) == "2")
    }
  }

  @Test
  func `REQ-091, REQ-147: who read a closed report is told as a disclosure, at the first reading`()
    async throws
  {
    try await ReferenceTrial.run { world in
      _ = try await LockTests.followed(world, count: 9)
      let number = try await Self.build(world)
      try await world.installation.at(Self.looking).releaseInterim(
        number, as: try await world.actor("data_manager_u", now: Self.looking))
      let member = try await world.actor("dsmb_member", now: Self.looking)
      let builder = try await world.actor("stat_unblinded", now: Self.looking)
      let first = Self.looking.advanced(bySeconds: 3600)
      for later in [Int64(0), 60, 7200] {
        _ = try await world.installation.at(first.advanced(bySeconds: later)).closedReport(
          number, as: member)
      }
      _ = try await world.installation.at(first).closedReport(number, as: builder)
      // Who is refused was told nothing.
      let office = world.installation.at(first.advanced(bySeconds: 9000))
      let monitor = try await world.actor("medical_monitor", now: Self.looking)
      #expect(await refusal { try await office.closedReport(number, as: monitor) } == .notFound)
      let rows = try await office.disclosureReport(as: builder).filter { $0.kind == "INTERIM" }
      let built = try #require(rows.first)
      #expect(built.reason == "built" && built.person == builder.fullName)
      let read = Array(rows.dropFirst())
      #expect(read.map(\.person) == [builder.fullName, member.fullName].sorted())
      #expect(read.map(\.at) == [first, first] && read.map(\.recordedAt) == [first, first])
      #expect(Set(read.map(\.role)) == ["stat_unblinded", "dsmb_member"])
      for row in read {
        #expect(row.reason == "read for the first time" && row.channel == "closed report")
        #expect(row.isPlanned && row.participant.isEmpty && row.reference == built.reference)
      }
      // Whoever reads of disclosures reads of these.
      let keeper = try await world.actor("rand_manager", now: Self.looking)
      #expect(
        try await office.disclosureReport(as: keeper).filter { $0.kind == "INTERIM" } == rows)
      let taker = try await world.actor("stat_unblinded", now: first.advanced(bySeconds: 9000))
      #expect(try await office.disclosureFile(as: taker) == office.disclosureFile(as: taker))
    }
  }

  private static let readings =
    "select count(*)::text from allocation.audit where action = 'closed report read'"

  @Test func `an open report holds no arm, and is the same whoever has which arm`() async throws {
    try await ReferenceTrial.run { world in
      _ = try await LockTests.followed(world, count: 9)
      let number = try await Self.build(world)
      let text = try world.direct().text("select open_report from open.interim_looks")
      let words = Set(text.split { !$0.isLetter && !$0.isNumber })
      #expect(words.isDisjoint(with: ["KET", "KAP", "ECT", "A", "B", "C", "arm", "arms"]))
      // Made again from the open class alone, and the pooled counts of ratings and events, it is the same.
      let content = try world.direct().text(
        "select content from open.snapshots where snapshot = \(number)")
      let rated = try world.direct().text(
        "select count(*)::text from outcome.entries where form = 'MADRS' and visit = 'EOT'")
      let stored = try ReportText.report(OpenReport.self, from: text)
      #expect(stored.ratings.first { $0.visit == "EOT" }?.rated == Int(rated))
      let snapshot = try TrialSnapshot(contents: [content])
      let again = OpenReport(
        open: snapshot,
        ratingCounts: Dictionary(uniqueKeysWithValues: stored.ratings.map { ($0.visit, $0.rated) }),
        events: stored.events, number: number, cutOff: stored.cutOff, definition: world.definition)
      #expect(try ReportText.json(again) == text)
    }
  }

  @Test func `AS-21: the closed report comes out again byte for byte after late data`() async throws
  {
    try await ReferenceTrial.run { world in
      let walks = try await LockTests.followed(world, count: 9)
      let number = try await Self.build(world)
      let stored = try world.direct().text("select report from allocation.closed_reports")
      let contents = """
        select content from open.snapshots where snapshot = \(number)
        union all select content from outcome.snapshots where snapshot = \(number)
        """
      let treated = "select content from treatment.snapshots where snapshot = \(number)"
      let kept = try world.direct().lines(contents)
      let digests = try world.direct().text(
        """
        select bool_and(sha256(convert_to(content, 'UTF8')) = digest)::text from (
          table open.snapshots union all table outcome.snapshots union all table treatment.snapshots) s
        """)
      #expect(digests == "true")
      // Data that come late change the trial, not the snapshot.
      try await walks[0].rate("F3", total: 9, at: Self.looking.advanced(bySeconds: 86_400))
      let late = try await Walk.ready(
        world, Way(initials: "LA", consentedAt: Self.looking.advanced(bySeconds: 86_400)))
      _ = try await late.randomize()
      #expect(try world.direct().lines(contents) == kept)
      let first = try ReportText.report(InterimReport.self, from: stored)
      let arms = try await armsByParticipant(walks)
      let remade = try Self.assignments.map { letters in
        try ReportText.json(
          InterimReport(
            TrialSnapshot(contents: kept), number: number, cutOff: first.cutOff,
            fingerprint: first.fingerprint, arms: arms, letters: letters,
            definition: world.definition, efficacyLook: nil,
            treatment: TrialSnapshot(contents: kept + world.direct().lines(treated))))
      }
      #expect(remade.contains(stored))
      // A look at safety compares nothing and spends no error.
      #expect(first.comparisons.isEmpty && first.bounds.isEmpty && first.efficacyLook == nil)
      #expect(first.flow.map(\.arm) == ["A", "B", "C"])
      #expect(first.flow.reduce(0) { $0 + $1.randomized } == 9)
      // A second look has the same letters and one participant more.
      try await world.installation.at(Self.looking).releaseInterim(
        number, as: try await world.actor("data_manager_u", now: Self.looking))
      let second = try await Self.build(world, at: Self.looking.advanced(bySeconds: 190 * 86_400))
      let report = try ReportText.report(
        InterimReport.self,
        from: try world.direct().text(
          "select report from allocation.closed_reports where snapshot = \(second)"))
      #expect(report.flow.reduce(0) { $0 + $1.randomized } == 10)
      let grown = zip(first.flow, report.flow).filter { $0.randomized < $1.randomized }
      #expect(grown.count == 1)
      #expect(zip(first.flow, report.flow).allSatisfy { $0.randomized <= $1.randomized })
    }
  }

  @Test func `a look that is not due by the plan is refused with what it waits for`() async throws {
    try await ReferenceTrial.run { world in
      _ = try await LockTests.followed(world, count: 3)
      let early = ReferenceTrial.start.advanced(bySeconds: 60 * 86_400)
      let refused = await refusal { try await Self.build(world, at: early) }
      #expect(refused?.code == "look_not_due")
      #expect(
        refused?.sentence
          == "No interim look is due by the plan. I1 waits for 450 participants at day 41, 3 are "
          + "there. S60 waits for 60 participants at day 30, 3 are there, or for 6 months without "
          + "a look. Nothing was built.")
      #expect(try world.direct().text("select count(*)::text from open.cuts") == "0")
    }
  }

  @Test func `looks are taken one at a time, each planned one once`() async throws {
    try await ReferenceTrial.run { world in
      _ = try await LockTests.followed(world, count: 9)
      let first = try await Self.build(world)
      let late = Self.looking.advanced(bySeconds: 190 * 86_400)
      #expect(
        await refusal { try await Self.build(world, at: late) }?.code == "look_not_released")
      // Nor by the database: no second look beside an unreleased one, no look twice.
      let direct = try world.direct("eq_committee", role: "stat_unblinded")
      let insert = """
        insert into open.interim_looks (trial_id, snapshot, open_report, built_by, look)
        values (\(world.trial.id), 99, '{}', 1, 'S60')
        """
      #expect(direct.refusal(of: insert) == "EQ435")
      try await world.installation.at(Self.looking).releaseInterim(
        first, as: try await world.actor("data_manager_u", now: Self.looking))
      #expect(direct.refusal(of: insert) == "23505")
      let soon = Self.looking.advanced(bySeconds: 86_400)
      #expect(await refusal { try await Self.build(world, at: soon) }?.code == "look_not_due")
      _ = try await Self.build(world, at: late)
      #expect(
        try world.direct().lines("select look from open.interim_looks order by snapshot")
          == ["S60", "S150"])
    }
  }

  private func armsByParticipant(_ walks: [Walk]) async throws -> [String: String] {
    var arms: [String: String] = [:]
    for walk in walks {
      let now = walk.instant(10)
      let revealed = try await walk.world.installation.at(now).readArm(
        of: walk.key,
        as: try await walk.world.actor("treat_coordinator", at: walk.way.site, now: now))
      arms[walk.key.text] = revealed.arm.code.text
    }
    return arms
  }

  /// Every way to give the letters to the arms: which one it is, the trial keeps to itself.
  private static let assignments: [[String: String]] = [
    ["A", "B", "C"], ["A", "C", "B"], ["B", "A", "C"], ["B", "C", "A"], ["C", "A", "B"],
    ["C", "B", "A"],
  ].map { ["KET": $0[0], "KAP": $0[1], "ECT": $0[2]] }
}
