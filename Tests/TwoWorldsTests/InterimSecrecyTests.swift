import Foundation
import StudyModel
import Testing

/// The worlds differ in which arm does well and which does not, and in nothing else.
@Suite(.serialized) struct InterimSecrecyTests {
  /// Two arms apart as far as can be, so that whatever depends on them shows.
  static let apart = ["KET": 1.0, "KAP": 0.5, "ECT": 0.0]
  static let turned = ["KET": 0.0, "KAP": 0.5, "ECT": 1.0]

  /// Every participant fares alike in both worlds; two arms have changed places under them.
  static let exchangedArms = Task {
    try await PairOfStories([
      Story(seed: "three", response: apart),
      Story(seed: "three", response: turned, exchanged: ["KET", "ECT"]),
    ])
  }

  /// Every participant is in the same arm in both worlds; two arms have changed what they do.
  static let exchangedOutcomes = Task {
    try await PairOfStories([
      Story(seed: "three", response: apart), Story(seed: "three", response: turned),
    ])
  }

  /// Those who may know how participants fare and not in which arm, and who knows neither.
  private static func blinded(_ template: Template) -> [Person?] {
    Everybody.blinded(template).filter {
      Extent.isFull
        || ["statistician", "data_manager", "sponsor_lead"].contains($0?.role ?? "nobody")
    }
  }

  /// Those who may know arms and not how participants fare; apart are the committee and its statistician.
  private static func unblinded(_ template: Template) -> [Person] {
    template.people.filter { person in
      guard let role = template.definition.roles.first(where: { $0.id.text == person.role }) else {
        return false
      }
      return role.classes.contains(.treatment) && !role.classes.contains(.outcome)
        && !role.capabilities.contains(.readClosedReport)
        && !role.capabilities.contains(.buildInterimReport)
    }.filter {
      Extent.isFull || ["treat_coordinator", "pharmacist", "monitor_u"].contains($0.role)
    }
  }

  /// Whether a request is about alerts, of which the matrix tells some people the answer that raised one.
  private static func isAboutAlerts(_ route: String) -> Bool {
    route.replacing("/api/v1", with: "").contains(/^[A-Z]+ \/alerts(\/|$)/)
  }

  /// A page without its rows of alerts and their number: all that is left is compared.
  @Sendable private static func withoutAlerts(_ asked: Asked, _ told: Told) -> Told {
    guard ["GET /", "GET /participants/{participant}"].contains(asked.route), told.status == 200
    else { return told }
    let parts = told.text.components(separatedBy: "<tr>")
    let rows = parts.dropFirst().map { part in
      guard part.contains(/href="\/alerts\/[0-9a-f-]{36}"/), let end = part.range(of: "</tr>\n")
      else { return "<tr>" + part }
      return String(part.suffix(from: end.upperBound))
    }
    let text = (parts.prefix(1) + rows).joined()
      .replacing(/(<a href="\/alerts"[^>]*>Alerts <span class="count">)[0-9]+/) { $0.1 }
      .replacing(/(<p class="lead">)[0-9]+ things? waits? for you/) { $0.1 }
    return Told(
      line: told.line, status: told.status,
      headers: told.headers.filter { $0.name != "Content-Length" },
      body: Array(text.utf8))
  }

  @Test func `the worlds differ in how the arms fare, and everybody's arm or outcome is as said`()
    async throws
  {
    let (arms, outcomes) = (
      try await Self.exchangedArms.value, try await Self.exchangedOutcomes.value
    )
    for stories in [arms, outcomes] {
      #expect(stories.refused.isEmpty, "\(stories.refused.joined(separator: "\n"))")
    }
    let places = ["KET": "ECT", "ECT": "KET", "KAP": "KAP"]
    #expect(arms.arms[0].mapValues { places[$0] ?? "" } == arms.arms[1])
    #expect(Set(arms.arms[0].values).count == 3)
    #expect(outcomes.arms[0] == outcomes.arms[1])
    let found = try outcomes.databases.map { try Dump.text($0, schemas: ["outcome"]) }
    #expect(found[0] != found[1])
  }

  @Test func `NI-4, REQ-081: nobody blinded can tell which arm does better`() async throws {
    let stories = try await Self.exchangedArms.value
    // The people and keys of the other story are the same.
    let addresses = try await NonInterferenceTests.addresses.value
    var found: [Difference] = []
    for person in Self.blinded(stories.template) {
      let pair = try await stories.comparedPair()
      found += try await Everybody.differences(
        person, pair, addresses, acting: person?.role == "statistician"
      ).filter { !Declassified.holds($0, for: person) }
      try await pair.drop()
    }
    let pair = try stories.pair()
    found += try DatabaseView.differences(
      pair, for: Self.blinded(stories.template).compactMap { $0 })
    try await pair.drop()
    #expect(found.isEmpty, "\(found.prefix(20).map(\.description).joined(separator: "\n"))")
  }

  @Test func `NI-4, REQ-081: nobody who knows arms can tell which of them does better`()
    async throws
  {
    let stories = try await Self.exchangedOutcomes.value
    // The people and keys of the other story are the same.
    let addresses = try await NonInterferenceTests.addresses.value
    let people = Self.unblinded(stories.template)
    #expect(people.count >= 3)
    // Whom the matrix gives the alerts of a form reads in one the value that raised it, and nothing else.
    let alerted = Set(
      people.filter { person in
        stories.template.definition.visibility.contains { group in
          group.rights.contains { $0.key.text == person.role && $0.value.contains(.alerts) }
        }
      }.map(\.name))
    #expect(alerted.count < people.count)
    var found: [Difference] = []
    for person in people {
      let pair = try await stories.comparedPair()
      if alerted.contains(person.name) { pair.untold = Self.withoutAlerts }
      found += try await Everybody.differences(
        person, pair, addresses, acting: person.role == "pharmacist")
      try await pair.drop()
    }
    let pair = try stories.pair()
    found += try DatabaseView.differences(pair, for: people)
    try await pair.drop()
    // A request stands under the person, a statement of the database under the login and the person.
    found.removeAll { difference in
      alerted.contains { difference.who == $0 || difference.who.hasSuffix(" as \($0)") }
        && (difference.request.map { Self.isAboutAlerts($0.route) }
          ?? difference.place.contains("alerts_to_act_on"))
    }
    #expect(found.isEmpty, "\(found.prefix(20).map(\.description).joined(separator: "\n"))")
  }

  @Test(arguments: ["stat_unblinded", "dsmb_member"])
  func `the closed report tells its readers another story in the other world`(role: String)
    async throws
  {
    for stories in [try await Self.exchangedArms.value, try await Self.exchangedOutcomes.value] {
      let pair = try stories.pair()
      var (visitor, own) = (Visitor(try pair.one.person(role), in: pair, depth: 2), Addresses())
      try await visitor.walk(&own)
      let found = visitor.differences
      try await pair.drop()
      #expect(!found.isEmpty)
    }
  }

  /// The sum of an item at the end of treatment in one arm, in the audit trail of a class.
  private static func planted(in class: String, read by: String) -> Leak {
    .database(
      "how one arm fares stands in the audit trail of the class \(`class`)", .login(by),
      """
      insert into \(`class`).audit (trial_id, seq, at, actor, role, site_key, object, action, hash)
      select h.trial_id, h.size + 1, '2027-01-01', null, 'stat_unblinded', '101', 'report',
             'ratings in ECT ' || (select sum((e.answers ->> 'm01')::int) from outcome.entries e
                                    where e.form = 'MADRS' and e.visit = 'EOT' and arm(e.participant) = 'ECT'),
             sha256('x')
        from \(`class`).audit_heads h;
      """)
  }

  @Test func `a line that tells how one arm fares is found, by who knows arms and who does not`()
    async throws
  {
    let blinded = try await Self.planted(in: "open", read: "coordinator@101")
      .found(in: try await Self.exchangedArms.value)
    #expect(!blinded.isEmpty)
    let unblinded = try await Self.planted(in: "treatment", read: "treat_coordinator@101")
      .found(in: try await Self.exchangedOutcomes.value)
    #expect(!unblinded.isEmpty)
  }
}
