import Conduct
import Simulation
import Store
import StudyModel
import Testing

/// How questionnaires are answered: alone or read out on the telephone, and when.
@Suite(.serialized) struct SittingTests {
  private static let visit = "SCR"
  private static let form = "QIDSSR16"

  private static func answers() throws -> [FieldID: FieldAnswer] {
    var values: [String: String] = [:]
    for item in 1...16 { values["q" + (item < 10 ? "0" : "") + String(item)] = "1" }
    values["q07"] = "0"
    values["q09"] = "0"
    return try Walk.answers(values)
  }

  private static func seconds(_ told: [String: Int]) throws -> [FieldID: Int] {
    Dictionary(uniqueKeysWithValues: try told.map { (try FieldID(parsing: $0.key), $0.value) })
  }

  /// Somebody who consented, with a link that was opened and the answers handed in after five minutes.
  private static func same(_ actor: Actor, role: Role, sites: SiteScope) -> Actor {
    Actor(
      user: actor.user, username: actor.username, fullName: actor.fullName, role: role,
      sites: sites, trial: actor.trial, definition: actor.definition,
      authenticatedAt: actor.authenticatedAt, secondFactorAt: actor.secondFactorAt,
      session: actor.session)
  }

  private static func handedIn(
    _ world: ReferenceTrial, isReadOut: Bool, seconds told: [String: Int]
  ) async throws -> (key: ParticipantKey, now: UTCInstant) {
    let key = try await DataImportTests.consent(world, "AB")
    let now = ReferenceTrial.start.advanced(bySeconds: 2 * 86_400)
    let coordinator = try await world.actor("coordinator", at: ReferenceTrial.london, now: now)
    let office = world.installation.at(now)
    let link = try await office.issueQuestionnaire(
      key, FormID(parsing: form), at: VisitCode(parsing: visit), isReadOut: isReadOut,
      as: coordinator)
    try await office.openQuestionnaire(try await office.questionnaire(link: link), link: link)
    let later = now.advanced(bySeconds: 300)
    try await world.installation.at(later).submitQuestionnaire(
      link: link, try answers(), seconds: try seconds(told), by: isReadOut ? coordinator : nil)
    return (key, later)
  }

  private static func sitting(
    _ world: ReferenceTrial, of key: ParticipantKey, at now: UTCInstant
  ) async throws -> (sitting: StoredSitting, author: String) {
    let file = try await world.installation.at(now).entryFile(
      key, FormID(parsing: form), VisitCode(parsing: visit),
      as: try await world.actor("data_manager", now: now))
    return (try #require(file.sitting), file.entry.author)
  }

  @Test func `first opening, each answer and submission of a questionnaire are kept`() async throws
  {
    try await ReferenceTrial.run { world in
      let (key, now) = try await Self.handedIn(
        world, isReadOut: false,
        seconds: ["q01": 12, "q02": 40, "q03": 4000, "q04": -3, "total": 5, "nosuch": 6])
      let (sitting, author) = try await Self.sitting(world, of: key, at: now)
      #expect(!sitting.isReadOut && sitting.readOutBy.isEmpty && author.isEmpty)
      #expect(sitting.openedAt == now.advanced(bySeconds: -300))
      #expect(sitting.handedInAt == now)
      // What a device cannot have measured is not kept, nor what is no question.
      #expect(try sitting.seconds == Self.seconds(["q01": 12, "q02": 40]))
      #expect(
        try world.direct().refusal(of: "update outcome.sittings set mode = 'PHONE'") != nil)
      for login in ["eq_open", "eq_treating", "eq_participant", "eq_rater"] {
        #expect(
          try world.direct(login).refusal(of: "select 1 from outcome.sittings") == "42501")
      }
    }
  }

  @Test func `an unscheduled questionnaire is sent as often as it is needed, each a new entry`()
    async throws
  {
    try await ReferenceTrial.run { world in
      let key = try await DataImportTests.consent(world, "AB")
      let (form, visit) = try (FormID(parsing: "QIDSU"), VisitCode(parsing: "UNS"))
      func state() throws -> String {
        try world.direct().text("select state from open.collection_status where form = 'QIDSU'")
      }
      func send(_ day: Int64) async throws -> (String, UTCInstant) {
        let now = ReferenceTrial.start.advanced(bySeconds: day * 86_400)
        let link = try await world.installation.at(now).issueQuestionnaire(
          key, form, at: visit,
          as: try await world.actor("coordinator", at: ReferenceTrial.london, now: now))
        return (link, now)
      }
      for (day, severe) in [(Int64(2), false), (5, true)] {
        let (link, now) = try await send(day)
        #expect(try state() == "issued")
        var answers = try Self.answers()
        if severe {
          for item in ["q05", "q10", "q11"] { answers[try FieldID(parsing: item)] = .value("3") }
        }
        let office = world.installation.at(now)
        try await office.openQuestionnaire(try await office.questionnaire(link: link), link: link)
        try await world.installation.at(now.advanced(bySeconds: 300)).submitQuestionnaire(
          link: link, answers)
        #expect(try state() == "submitted")
        // A link is used once, however often the form repeats.
        await #expect(throws: (any Error).self) {
          try await world.installation.at(now.advanced(bySeconds: 400)).submitQuestionnaire(
            link: link, answers)
        }
      }
      #expect(
        try world.direct().lines(
          """
          select e.repeat || ' ' || (e.answers ->> 'total') || ' ' || coalesce(e.answers ->> 'relapse_on', '-')
                 || ' ' || s.repeat
            from outcome.entries e join outcome.sittings s using (trial_id, participant, form, visit, repeat)
           order by e.repeat
          """) == ["1 9 - 1", "2 15 2027-01-09 2"])
      // A third link waits: who compares the first answers with their source does not say that it was answered.
      _ = try await send(6)
      let now = ReferenceTrial.start.advanced(bySeconds: 7 * 86_400)
      _ = try await world.installation.at(now).verifySource(
        key, form, visit, number: 1, version: 1, fields: [],
        as: try await world.actor("monitor", at: ReferenceTrial.london, now: now))
      #expect(
        try world.direct().text("select status from outcome.entries where repeat = 1") == "verified"
      )
      #expect(try state() == "issued")
    }
  }

  @Test func `what is read out on the telephone is marked and bears the name of who entered it`()
    async throws
  {
    try await ReferenceTrial.run { world in
      let (key, now) = try await Self.handedIn(world, isReadOut: true, seconds: ["q01": 20])
      let coordinator = try await world.actor("coordinator", at: ReferenceTrial.london, now: now)
      let (sitting, author) = try await Self.sitting(world, of: key, at: now)
      #expect(sitting.isReadOut && sitting.readOutBy == coordinator.fullName)
      #expect(author == coordinator.fullName)
      #expect(
        try world.direct().lines(
          "select role || ' ' || action from outcome.audit where object like '%/QIDSSR16@SCR#1' and actor = \(coordinator.user)"
        ).contains { $0.hasPrefix("coordinator ") })
      // Afterwards it is not hers to read.
      let reading = await refusal {
        try await world.installation.at(now).entryFile(
          key, FormID(parsing: Self.form), VisitCode(parsing: Self.visit), as: coordinator)
      }
      #expect(reading?.code == "not_found")
    }
  }

  @Test func `who may know a treatment reads nothing out, and a link serves who made it alone`()
    async throws
  {
    try await ReferenceTrial.run { world in
      let key = try await DataImportTests.consent(world, "AB")
      let now = ReferenceTrial.start.advanced(bySeconds: 2 * 86_400)
      let office = world.installation.at(now)
      let coordinator = try await world.actor("coordinator", at: ReferenceTrial.london, now: now)
      #expect(Installation.readsOut(coordinator.role))
      // A study that lets who treats send links lets them read nothing out.
      for blinding in Blinding.allCases where blinding != .blinded {
        let role = Role(
          id: coordinator.role.id, title: "Sends links", blinding: blinding, scope: .site,
          classes: [.open], capabilities: [.issueQuestionnaire], purpose: "Sends links.")
        #expect(!Installation.readsOut(role), "\(blinding)")
      }
      let link = try await office.issueQuestionnaire(
        key, FormID(parsing: Self.form), at: VisitCode(parsing: Self.visit), isReadOut: true,
        as: coordinator)
      let hash = try world.direct().text(
        "select encode(link_hash, 'hex') from outcome.questionnaire_links where used_at is null")
      for actor in [Int64(0), coordinator.user + 1] {
        #expect(
          try world.direct("eq_participant", role: "participant", actor: actor).refusal(
            of: "select outcome.save_questionnaire(decode('\(hash)', 'hex'), '{}', '1.0', '{}')")
            == "EQ404")
      }
      // Whoever else has the link, signed in or not, hands nothing in and sees nothing.
      let visitors: [Actor?] = [
        nil, try await world.actor("coordinator", at: ReferenceTrial.berlin, now: now),
        // The same person, elsewhere and in another role.
        Self.same(coordinator, role: coordinator.role, sites: .site(try SiteKey(parsing: "103"))),
        Self.same(
          coordinator,
          role: try #require(world.definition.role(RoleID(parsing: "treat_coordinator"))),
          sites: coordinator.sites),
      ]
      for visitor in visitors {
        let refused = await refusal {
          try await office.submitQuestionnaire(link: link, try Self.answers(), by: visitor)
        }
        #expect(refused == .notFound)
        #expect(try await !office.questionnaire(link: link).isFor(visitor))
      }
      #expect(try await office.questionnaire(link: link).isFor(coordinator))
      let late = world.installation.at(now.advanced(bySeconds: 5 * 3600))
      #expect(try await late.questionnaire(link: link).isExpired)
    }
  }
}
