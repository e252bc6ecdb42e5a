import Datasets
import Foundation
import Randomization
import Simulation
import StudyModel
import Testing

@testable import Conduct
@testable import Store

/// A study of two arms with other roles, forms and instruments, randomized by minimization, from its
/// text to the locked export: nothing of it is named in the program.
@Suite(.serialized) struct MinimizationJourneyTests {
  @Test
  func `a study of other people and instruments is conducted by minimization to its locked export`()
    async throws
  {
    try await ReferenceTrial.run { world in
      let course = try await CourseTrial.load(beside: world)
      try await course.open()
      var receipts: [ParticipantKey: String] = [:]
      for number in 0..<12 {
        let key = try await course.enrol(number)
        receipts[key] = try await course.randomize(key).number
      }
      #expect(Set(receipts.values).count == 12)
      try course.checkBalance()
      try await course.checkScores(of: try #require(receipts.keys.min { $0.text < $1.text }))
      let files = try await course.lockAndExport()
      for key in receipts.keys {
        #expect(files.contains { $0.contains(key.text) }, "\(key)")
      }
      // Thirty digits come out as they went in.
      #expect(files.contains { $0.contains(CourseTrial.assay) })
    }
  }

  @Test func `a weight for each factor, or the definition is refused where the weights stand`()
    async throws
  {
    try await ReferenceTrial.run { world in
      let source = try CourseTrial.source().replacing("weights: [1, 2, 1]", with: "weights: [1, 2]")
      do {
        _ = try await CourseTrial.load(beside: world, source)
        Issue.record("loaded")
      } catch {
        #expect("\(error)".contains("“weights” of the method “minimization”"), "\(error)")
      }
      #expect(try world.direct().text("select count(*)::text from open.trials") == "1")
    }
  }
}

/// The second example study beside the reference trial in the same installation.
struct CourseTrial {
  static let assay = "123456789012345.123456789012345"

  let world: ReferenceTrial
  let trial: Trial
  let definition: StudyDefinition
  let people: [String: UserID]
  let now = ReferenceTrial.start.advanced(bySeconds: 3600)

  var office: Installation { world.installation.at(now) }

  static func source() throws -> String {
    let tests = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .deletingLastPathComponent()
    return try String(
      contentsOf: tests.appendingPathComponent("Oracles/studies/minimized.yaml"), encoding: .utf8)
  }

  static func load(beside world: ReferenceTrial, _ text: String? = nil) async throws -> CourseTrial
  {
    let office = world.installation
    let trial = try await office.loadStudy(try text ?? source(), mode: .simulation)
    let definition = try await office.definition(of: trial)
    var people: [String: UserID] = [:]
    for role in definition.roles {
      let account = try await office.createAccount(
        username: "course-\(role.id)", fullName: "Somebody as \(role.id)",
        password: ReferenceTrial.password, cost: Passwords.simulationCost)
      try await office.recordIdentityCheck(of: account.user, method: "An invented person.")
      try await office.acknowledgeAccountability(by: account.user)
      people[role.id.text] = account.user
      for site in role.scope == .site ? definition.sites.map(\.key) : [] {
        try await office.grant(role.id, site: site, in: trial, to: account.user)
      }
      if role.scope != .site {
        try await office.grant(role.id, site: nil, in: trial, to: account.user)
      }
    }
    return CourseTrial(world: world, trial: trial, definition: definition, people: people)
  }

  func acting(_ name: String, at site: String = "201", on day: Int64 = 0) async throws -> Actor {
    let role = try #require(definition.role(RoleID(parsing: name)))
    let user = try #require(people[name])
    return try #require(
      try await office.actor(
        user: user, username: "course-\(name)", fullName: name,
        role: role.id, site: role.scope == .site ? site : "*",
        trial: try await office.trial(trial.key),
        authenticatedAt: now.advanced(bySeconds: day * 86_400),
        secondFactorAt: now.advanced(bySeconds: day * 86_400)))
  }

  /// Scheme, second person, entropy, sites, enrolment.
  func open() async throws {
    let keeper = try await acting("keeper")
    let draft = try await office.draftScheme(.definition, as: keeper)
    _ = try await office.simulateDrafts(SimulationOrder(runs: 5, participants: 60), as: keeper)
    try await office.commitScheme(draft, entropyPlan: "Bytes of a later day", as: keeper)
    try await office.approveRandomization(as: try await acting("second"))
    try await office.recordEntropy(
      Array("entropy of a later day".utf8), source: "a test", as: keeper)
    let lead = try await acting("lead")
    for site in definition.sites {
      try await office.activateSite(site.key, reason: "ready", as: lead)
    }
    let author = try await acting("author")
    // No study leaps from its draft to enrolment, whatever its definition says of its lifecycle.
    #expect(
      await refusal { try await office.openEnrolment(as: lead) }?.code == "not_from_this_state")
    try await TrialSetUp.openEnrolment(builder: author, lead: lead, office)
  }

  /// Site, smoking and sleep of the participants, so that the factors are not balanced by themselves.
  private func place(_ number: Int) -> (site: String, smoker: String, item: Int) {
    (number.isMultiple(of: 3) ? "202" : "201", number.isMultiple(of: 4) ? "Y" : "N", number % 4)
  }

  /// Consent, signature and the questions of the first visit.
  func enrol(_ number: Int) async throws -> ParticipantKey {
    let (site, smoker, item) = place(number)
    let nurse = try await acting("nurse", at: site)
    let clock = try SiteClock(
      zone: try #require(definition.site(SiteKey(parsing: site))).timeZone)
    var start = [
      "vdate": clock.date(at: now).description, "done": "Y", "consent_version": "B",
      "consented_at": now.description, "smoker": smoker, "assay": Self.assay,
    ]
    if smoker == "Y" { start["per_day"] = "5" }
    let key = try await office.consent(
      ConsentRequest(
        initials: "Z" + String(UnicodeScalar(UInt8(65 + number))), birthYear: 1970 + number,
        sex: "F", consent: try Walk.answers(start)), as: nurse)
    _ = try await office.signEntry(
      key, FormID(parsing: "START"), VisitCode(parsing: "V0"), version: 1,
      as: try await acting("doctor", at: site))
    var answers = ["vdate": clock.date(at: now).description, "done": "Y"]
    for question in 1...4 { answers["s\(question)"] = String(item) }
    _ = try await office.saveEntry(
      key, FormID(parsing: "WORRY4"), VisitCode(parsing: "V0"),
      EntrySubmission(
        answers: try Walk.answers(answers), expectedVersion: 0, isFinal: true), as: nurse)
    return key
  }

  func randomize(_ key: ParticipantKey) async throws -> RandomizationReceipt {
    try await office.randomize(
      key, requestKey: "course-of-\(key.text)",
      as: try await acting("nurse", at: String(key.text.prefix(3))))
  }

  /// All twelve are allocated; how well minimization balances is tested in the engine.
  func checkBalance() throws {
    let entries = try world.direct().text(
      "select count(*)::text from allocation.allocations where trial_id = \(trial.id)")
    #expect(entries == "12")
  }

  /// The score of the instrument is worked out by the server and stored in its class.
  func checkScores(of key: ParticipantKey) async throws {
    let stored = try world.direct().lines(
      """
      select (answers ->> 'total') || ' ' || (answers ->> 'severity') from outcome.entries
       where trial_id = \(trial.id) and form = 'WORRY4' order by 1
      """)
    // 0, 4, 8 and 12 are four times the answer 0, 1, 2 or 3, three people each; 8 begins the band.
    let expected = ["0 low", "12 high", "4 low", "8 high"].flatMap { [$0, $0, $0] }
    #expect(stored == expected)
    let read = try await office.entry(
      key, FormID(parsing: "START"), VisitCode(parsing: "V0"),
      as: try await acting("nurse", at: String(key.text.prefix(3))))
    #expect(read.answers[try FieldID(parsing: "assay")]?.text == Self.assay)
    #expect(
      try world.direct().text(
        "select answers ->> 'assay' from open.entries where trial_id = \(trial.id) limit 1")
        == Self.assay)
  }

  /// Two people lock; the texts of the files of the blinded export.
  func lockAndExport() async throws -> [String] {
    let numbers = try await acting("numbers")
    let data = try await acting("data")
    try await office.recordAnalysisPlan(
      digest: String(repeating: "0f", count: 32), as: numbers)
    for query in try await office.openQueries(as: data) {
      try await office.closeQuery(query.address, reason: "Confirmed.", as: data)
    }
    #expect(await refusal { try await office.softLock(as: data) }?.code == "not_from_this_state")
    try await TrialSetUp.endFollowUp(lead: try await acting("lead"), manager: data, office)
    try await office.softLock(as: data)
    #expect(try await office.hardLock(as: data) == false)
    #expect(try await office.hardLock(as: numbers))
    let bundle = try await office.exportBlinded(as: numbers)
    return bundle.files.map { String(decoding: $0.bytes, as: UTF8.self) }
  }
}
