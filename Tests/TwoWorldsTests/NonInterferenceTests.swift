import Foundation
import StudyModel
import Testing

@testable import Web

/// How much is asked: `EQUIPOISE_TWO_WORLDS=full` asks for all of it.
enum Extent {
  static let isFull = ProcessInfo.processInfo.environment["EQUIPOISE_TWO_WORLDS"] == "full"
  static var depth: Int { isFull ? 12 : 2 }
  /// How many searches of a route somebody makes: a page and its answers cost as much as any other.
  static var searches: Int { isFull ? 36 : 1 }
  /// Who alone asks in NI-1 and in what is asked of who knows arms, to read one failure without all the others; nil for everybody.
  static let who = ProcessInfo.processInfo.environment["EQUIPOISE_TWO_WORLDS_WHO"]

  /// Who was asked for and how much, where it takes long: a line each.
  static func tell(_ person: Person?, in pair: Pair, since start: ContinuousClock.Instant) {
    guard isFull else { return }
    let seconds = (ContinuousClock.now - start).components.seconds
    print("ASKED", person?.name ?? "nobody", "\(pair.asked) requests in \(seconds) s")
  }
}

@Suite(.serialized) struct NonInterferenceTests {
  static let arms = Task {
    // Seeds under which an interim look can be built with so few: whether it can is told to all.
    try await PairOfStories([Story(seed: "six"), Story(seed: "seven")])
  }

  static let addresses = Task { try await Everybody.gather(try await arms.value) }

  @Test func `the worlds come about by the same acts, all of which take effect`() async throws {
    let stories = try await Self.arms.value
    #expect(stories.refused.isEmpty, "\(stories.refused.joined(separator: "\n"))")
    let differing = stories.arms[0].filter { stories.arms[1][$0.key] != $0.value }
    #expect(differing.count >= 3, "\(stories.arms)")
  }

  @Test func `every operation that is said to be refused is one of the list`() {
    let known = Set(RouteTable.all.map(Addresses.name))
    let gone = RightRefusals.names.subtracting(known).sorted()
    #expect(gone.isEmpty, "\(gone)")
    #expect(!RightRefusals.explain("POST /study/move", told: [:], reached: []))
  }

  private static func somebody(as role: String) -> Person {
    Person(username: role, fullName: role, role: role, site: "*", user: 1)
  }

  @Test func `of an opened arm only what both worlds show to who asked for it is forgiven`() {
    let physician = Self.somebody(as: "oncall_physician")
    func isForgiven(
      _ route: String, _ kind: Asked.Kind, _ statuses: [Int], by person: Person
    ) -> Bool {
      Declassified.holds(
        Difference(
          who: person.name, place: "\(route) (\(kind))", what: "",
          request: Difference.Request(route: route, kind: kind, statuses: statuses)),
        for: person)
    }
    for route in Declassified.acts {
      #expect(isForgiven(route, .good, [200, 200], by: physician))
      #expect(isForgiven(route, .repeated, [201, 201], by: physician))
      #expect(!isForgiven(route, .good, [201, 409], by: physician))
      #expect(!isForgiven(route, .good, [409, 409], by: physician))
      #expect(!isForgiven(route, .otherContent, [200, 200], by: physician))
      #expect(!isForgiven(route, .good, [200, 200], by: Self.somebody(as: "coordinator")))
    }
    #expect(!isForgiven("GET /emergency", .good, [200, 200], by: physician))
    let unasked = Difference(who: physician.name, place: "POST /emergency (good)", what: "")
    #expect(!Declassified.holds(unasked, for: physician))
  }

  @Test func `a password given again to a program's session is taken, alike in both worlds`()
    async throws
  {
    let pair = try await Self.arms.value.pair()
    var visitor = Visitor(try pair.one.person("coordinator@101"), in: pair, depth: 1)
    try await visitor.runErrands()
    #expect(visitor.differences.isEmpty)
    // With a code or passkey made up from the route alone the same is refused.
    let confirm = "POST /api/v1/sessions/confirm"
    #expect(pair.reached.contains(confirm))
    let route = try #require(Addresses.route("POST", "/api/v1/sessions/confirm"))
    let told = try await visitor.ask(
      .api(
        "POST", "/api/v1/sessions/confirm", by: visitor.person, route: confirm,
        body: Bodies.good(route, visitor.person)))
    #expect(told.codes == "authentication_failed")
    try await pair.drop()
  }

  @Test func `whoever may know an arm is told another one in the other world`() async throws {
    let stories = try await Self.arms.value
    let addresses = try await Self.addresses.value
    let pair = try stories.pair()
    pair.tellsApart = true
    for role in ["treat_coordinator", "investigator", "data_manager_u", "pharmacist"] {
      let found = try await Everybody.look(
        try pair.one.person(role), pair, addresses, untilOneIsFound: true)
      #expect(!found.isEmpty, "\(role) sees no difference")
    }
    try await pair.drop()
  }

  @Test(.enabled(if: Extent.isFull))
  func `everybody who may know an arm sees a difference, and asks what nobody blinded may ask`()
    async throws
  {
    let stories = try await Self.arms.value
    let addresses = try await Self.addresses.value
    var reach = Reach()
    for person in Everybody.unblinded(stories.template)
    where Extent.who.map({ $0 == person.name }) ?? true {
      let pair = try stories.pair()
      pair.tellsApart = true
      let found = try await Everybody.sweep(person, pair, addresses)
      // Who keeps the scheme reads of allocations the ledger alone, whose commitments are compared under their names.
      let opensNone = person.role == "rand_manager"
      #expect(found.isEmpty == opensNone, "\(person.name) sees \(found.count) differences")
      reach.add(pair, of: person)
      if Extent.who != nil {
        print("REFUSED", pair.refused.filter { !pair.reached.contains($0.key) })
      }
      try await pair.drop()
    }
    // One person alone reaches what is one's own.
    guard Extent.who == nil else { return }
    let blinded = Everybody.blinded(stories.template).reduce(into: Set<String>()) {
      $0.formUnion(Reach.operations(of: $1, stories.template))
    }
    let all = Set(RouteTable.all.map(Addresses.name))
    let nobodys = all.subtracting(blinded).subtracting(reach.admitted)
    #expect(nobodys.isEmpty, "nobody may ask \(nobodys.sorted().joined(separator: ", "))")
    let missed = reach.unanswered(of: all.subtracting(blinded))
    #expect(missed.isEmpty, "no request reaches \(missed.joined(separator: "\n"))")
  }

  @Test
  func `REQ-097, NI-1, REQ-081: nobody blinded can tell by any answer which arm anybody is in`()
    async throws
  {
    let stories = try await Self.arms.value
    let addresses = try await Self.addresses.value
    var differences: [Difference] = []
    var reach = Reach()
    // Whom the short form asks as well, and so whose every operation is done or explained.
    var brief: Set<String> = []
    for person in Everybody.blinded(stories.template)
    where Extent.who.map({ $0 == person?.name }) ?? true
      && (Extent.isFull || Everybody.briefOfTheBlinded(person))
    {
      // Two servers take several times as long to ask: in the short form raters ask them, and the others
      // ask in the process.
      let pair = try await stories.comparedPair(isServed: Extent.isFull || person?.role == "rater")
      let found = try await Everybody.sweep(person, pair, addresses)
      differences += found.filter { !Declassified.holds($0, for: person) }
      // Who may open one arm in an emergency does, and sees another one in the other world.
      if Declassified.roles.contains(person?.role ?? "") {
        #expect(found.contains { Declassified.holds($0, for: person) }, "\(person?.name ?? "")")
      }
      differences += try DatabaseView.stateDifferences(pair)
      let isSameLog = pair.one.log.lines == pair.two.log.lines
      #expect(isSameLog, "the log after \(person?.name ?? "nobody")")
      reach.add(pair, of: person)
      if Extent.who != nil {
        print("REFUSED", pair.refused.filter { !pair.reached.contains($0.key) })
      }
      if Everybody.briefOfTheBlinded(person) {
        brief.formUnion(Reach.operations(of: person, stories.template))
      }
      try await pair.drop()
    }
    #expect(!reach.admitted.isEmpty)
    #expect(
      differences.isEmpty, "\(differences.prefix(20).map(\.description).joined(separator: "\n"))")
    // One person alone reaches what is one's own.
    guard Extent.who == nil else { return }
    guard Extent.isFull else {
      let open = reach.undone(of: brief)
      #expect(open.isEmpty, "nothing good comes of \(open.joined(separator: "\n"))")
      return
    }
    // In the full form so many acts come before that some states are past; what each operation is told at all counts.
    // The short form lets few people ask, who meet few of the addresses.
    // Of a form about a site, all of which are of treatment, nobody blinded is told that it exists.
    #expect(stories.template.definition.siteForms.allSatisfy { $0.dataClass == .treatment })
    let hidden = reach.admitted.filter {
      $0.contains("/site-forms") || $0.contains("/{site}/forms/")
    }
    // Only a server for training has the page of its sign-ins.
    let missed = reach.unanswered(
      of: reach.admitted.subtracting(hidden).subtracting(["GET /training"]))
    #expect(missed.isEmpty, "no request reaches \(missed.joined(separator: "\n"))")
  }
}

/// The acts by which somebody blinded learns one arm, because they are there for it.
enum Declassified {
  static let roles: Set<String> = ["oncall_physician", "safety_officer"]
  static let acts: Set<String> = ["POST /emergency", "POST /api/v1/disclosures"]

  /// Whether a difference is the arm itself, shown to who asked for it as they should: a refusal, and an answer in
  /// one world alone, are forgiven to nobody.
  static func holds(_ difference: Difference, for person: Person?) -> Bool {
    guard roles.contains(person?.role ?? ""), let request = difference.request else { return false }
    return acts.contains(request.route) && request.isDone
  }
}

/// Everybody who asks.
enum Everybody {
  /// Those who may know no arm, with one person of the same role at another site, and nobody at all.
  static func blinded(_ template: Template) -> [Person?] {
    let roles = template.definition.roles.filter {
      $0.blinding == .blinded || $0.blinding == .none
    }.map(\.id.text)
    return template.people.filter {
      (roles.contains($0.role) || $0.role.isEmpty)
    } + [nil]
  }

  /// Those who may know arms, one person of each role.
  static func unblinded(_ template: Template) -> [Person] {
    let roles = template.definition.roles.filter {
      $0.blinding == .unblinded || $0.blinding == .unblindedAcrossSites
    }
    return roles.compactMap { role in template.people.first { $0.role == role.id.text } }
  }

  /// The addresses everybody is led to, so that each can ask for what only others know.
  static func gather(_ stories: PairOfStories) async throws -> Addresses {
    var addresses = Addresses()
    for (form, visit) in [
      ("DM", "SCR"), ("MADRS", "EOT"), ("KDOSE", "K1"), ("ECTTX", "E1"), ("QIDSU", "UNS"),
      ("CSSRSS", "A2"),
    ] {
      addresses.add("{form}", form)
      addresses.add("{visit}", visit)
    }
    for link in stories.links {
      addresses.add("questionnaires/{link}", link)
      addresses.add("q/{link}", link)
    }
    addresses.add("invitation/{token}", stories.template.invitation)
    addresses.add("invitations/{token}", stories.template.invitation)
    let pair = try stories.pair()
    // Addresses are alike in both worlds: one of them is asked.
    pair.asksOneWorld = true
    for person in stories.template.people where Extent.isFull || person.site != "103" {
      var visitor = Visitor(person, in: pair, depth: Extent.isFull ? 4 : 3)
      try await visitor.walk(&addresses)
    }
    try await pair.drop()
    return addresses
  }

  /// Of the blinded the short form takes who works at a site, enters own entries alone, rates, oversees,
  /// only reads, or may open one arm.
  static func briefOfTheBlinded(_ person: Person?) -> Bool {
    guard let person else { return true }
    return [
      "rater", "coordinator", "cog_assessor", "data_manager", "medical_monitor",
      "oncall_physician",
    ].contains(person.role) && person.site != "103"
  }

  /// Those of whom the short form takes one for each way of seeing.
  static func brief(_ person: Person?) -> Bool {
    guard let person else { return true }
    return [
      "rand_manager", "access_admin", "sysadmin", "coordinator", "treat_coordinator",
      "stat_unblinded", "dsmb_member",
    ].contains(person.role) && person.site != "103"
  }

  /// Everything one person can read.
  ///
  /// - Parameter untilOneIsFound: whether one difference is enough, as where there must be one.
  static func look(
    _ person: Person?, _ pair: Pair, _ addresses: Addresses, untilOneIsFound: Bool = false
  ) async throws -> [Difference] {
    var visitor = Visitor(person, in: pair, depth: Extent.depth)
    visitor.stopsAtDifference = untilOneIsFound
    var own = addresses
    try await visitor.walk(&own)
    try await visitor.readEverything(own, RoleView(person, pair.stories.template))
    return visitor.differences
  }

  /// What tells the worlds apart for one person: everything read and, in the full form or where it is said,
  /// everything done, with what the log says of it.
  static func differences(
    _ person: Person?, _ pair: Pair, _ addresses: Addresses, acting: Bool
  ) async throws -> [Difference] {
    guard acting || Extent.isFull else { return try await look(person, pair, addresses) }
    var found = try await sweep(person, pair, addresses)
    let (one, two) = (pair.one.log.lines, pair.two.log.lines)
    if one != two {
      let line = zip(one, two).first { $0 != $1 }.map { "\($0) | \($1)" } ?? "more lines"
      found.append(Difference(who: person?.name ?? "nobody", place: "the log", what: line))
    }
    return found
  }

  /// Everything one person can ask.
  static func sweep(
    _ person: Person?, _ pair: Pair, _ addresses: Addresses
  ) async throws -> [Difference] {
    let (role, start) = (RoleView(person, pair.stories.template), ContinuousClock.now)
    defer { Extent.tell(person, in: pair, since: start) }
    var visitor = Visitor(person, in: pair, depth: Extent.depth)
    var own = addresses
    let links = person == nil ? pair.stories.links.map { "/q/\($0)" } : []
    try await visitor.walk(&own, from: ["/"] + links)
    try await visitor.readEverything(own, role)
    try await visitor.runErrands()
    try await visitor.writeEverything(own, role)
    return visitor.differences
  }
}
