import Foundation
import Postgres
import PostgresTestServer
import Testing

/// Something by which somebody can tell the worlds apart.
struct Difference: Sendable, CustomStringConvertible {
  /// Who can.
  let who: String
  /// Where: a request, or what of the database.
  let place: String
  /// In what.
  let what: String
  /// The request whose answers differ, nil where none was made.
  var request: Request?

  /// What was asked, and with which status each world answered.
  struct Request: Sendable {
    let route: String
    let kind: Asked.Kind
    let statuses: [Int]

    /// Whether both worlds did what was asked as it should be asked; a form handed in once more with a key of its
    /// own is asked so too.
    var isDone: Bool {
      [.good, .repeated, .wrongState].contains(kind)
        && statuses.allSatisfy { [200, 201].contains($0) }
    }
  }

  var description: String { "\(who): \(place): \(what)" }
}

/// Two databases a story was told to, closed, from which pairs of worlds are copied.
struct PairOfStories: Sendable {
  let template: Template
  let databases: [TestDatabase]
  let arms: [[String: String]]
  let links: [String]
  /// Who may be randomized and is not yet, nil in a story too short for that.
  let eligible: String?
  /// Whose next rating is booked, and who takes a medicine on record.
  let booked: [String]
  let medicated: String?
  let refused: [String]

  /// Tells a story once for each of the seeds until two agree in every arm so far: what comes is
  /// drawn from other seeds.
  init(_ story: Story, whoseFutureDiffers seeds: Int) async throws {
    var told: [[String: String]: Story] = [:]
    for number in 0..<(40 * seeds) {
      var story = story
      story.seed = "future \(number)"
      let arms = try await Self.arms(of: story)
      if let other = told[arms] {
        try await self.init([other, story])
        return
      }
      told[arms] = story
    }
    throw ExpectedTwins()
  }

  struct ExpectedTwins: Error {}

  private static func arms(of story: Story) async throws -> [String: String] {
    let template = try await Template.made.value
    let world = try World(copyOf: template.database.name, template)
    let teller = Teller(world, story)
    try await teller.enrolOnly()
    try await world.drop()
    return teller.arms
  }

  init(_ stories: [Story]) async throws {
    let template = try await Template.made.value
    self.template = template
    var databases: [TestDatabase] = []
    var arms: [[String: String]] = []
    var links: [[String]] = []
    var refused: [String] = []
    var eligible: [String?] = []
    var booked: [[String]] = []
    var medicated: [String?] = []
    for story in stories {
      let world = try World(copyOf: template.database.name, template)
      let teller = Teller(world, story)
      try await teller.tell()
      await world.close()
      databases.append(world.database)
      arms.append(teller.arms)
      links.append(teller.links)
      eligible.append(teller.eligible)
      booked.append(teller.booked)
      medicated.append(teller.medicated)
      refused += teller.refused
    }
    try #require(links[0] == links[1] && eligible[0] == eligible[1])
    try #require(booked[0] == booked[1] && medicated[0] == medicated[1])
    for database in databases {
      let direct = try Connection(configuration: database.configuration)
      try direct.script("analyze")
      direct.close()
    }
    (self.databases, self.arms, self.links) = (databases, arms, links[0])
    (self.eligible, self.booked, self.medicated) = (eligible[0], booked[0], medicated[0])
    self.refused = refused
  }

  /// A pair that is asked without a server between.
  func pair() throws -> Pair { try Pair(self) }

  /// A pair to be compared whole: two servers in the full form, and where it is said.
  func comparedPair(isServed: Bool = Extent.isFull) async throws -> Pair {
    isServed ? try await servedPair() : try pair()
  }

  /// A pair of servers, asked by bytes.
  ///
  /// - Parameter serve: how each world is served, as the daemon does it when not said.
  func servedPair(
    _ serve: (World, _ index: Int) async -> World = { world, _ in await world.served() }
  ) async throws -> Pair {
    let pair = try Pair(self)
    return Pair(self, await serve(pair.one, 0), await serve(pair.two, 1))
  }

  /// Somebody whose arms differ, for acts that show one; anybody where none do.
  var telling: String {
    arms[0].keys.sorted().first { arms[0][$0] != arms[1][$0] } ?? PageReading.participant
  }
}

/// Two worlds side by side, asked the same things in turn.
final class Pair {
  let stories: PairOfStories
  let one: World
  let two: World
  /// Changes an answer on its way out, as a defect of the product would.
  var leak: (@Sendable (World, Asked, Told) -> Told)?
  /// What of an answer is compared, where the study itself tells a part of it to who asks; nil for all of it.
  var untold: (@Sendable (Asked, Told) -> Told)?
  /// Whether who asks may tell the worlds apart, so that no difference is printed.
  var tellsApart = false
  /// Whether the first world alone is asked, where addresses are gathered and nothing is compared.
  var asksOneWorld = false
  private(set) var asked = 0
  /// Routes of which a good request was done or answered: anything else says nothing of the act.
  private(set) var reached: Set<String> = []
  /// Routes that said something else to a good request than that there is no such thing.
  private(set) var answered: Set<String> = []
  /// What good requests of the other routes were told instead, by route.
  private(set) var refused: [String: Set<String>] = [:]
  private var commitments: (Commitments, Commitments)?

  init(_ stories: PairOfStories) throws {
    self.stories = stories
    one = try World(copyOf: stories.databases[0].name, stories.template)
    two = try World(copyOf: stories.databases[1].name, stories.template)
  }

  init(_ stories: PairOfStories, _ one: World, _ two: World) {
    self.stories = stories
    self.one = one
    self.two = two
  }

  /// Whether servers answer.
  var isServed: Bool { one.server != nil && two.server != nil }

  func drop() async throws {
    try await one.drop()
    try await two.drop()
  }

  /// Asks both worlds and gives the answer of the first with what told them apart.
  func ask(_ request: Asked, as who: String) async throws -> (told: Told, difference: Difference?) {
    asked += 1
    var request = request
    request.number = asked
    if asksOneWorld { return (try await one.tell(request), nil) }
    // In turn: neither world is always the first.
    let isFirst = asked.isMultiple(of: 2)
    let worlds = isFirst ? [one, two] : [two, one]
    var answers: [Told] = []
    for world in worlds {
      let told = try await world.tell(request)
      answers.append(leak?(world, request, told) ?? told)
    }
    let (first, second) = isFirst ? (answers[0], answers[1]) : (answers[1], answers[0])
    note(request, first)
    if request.method == "POST", request.route.hasSuffix("/simulations") {
      try await finishSimulations()
    }
    let (one, two) = (untold?(request, first) ?? first, untold?(request, second) ?? second)
    guard one != two, let what = try difference(one, two, request) else { return (first, nil) }
    let difference = Difference(
      who: who, place: "\(request.route) (\(request))", what: what,
      request: Difference.Request(
        route: request.route, kind: request.kind, statuses: [first.status, second.status]))
    if Extent.isFull, !tellsApart { print("DIFF", difference) }
    return (first, difference)
  }

  /// Waits for what runs on after its answer: until it ends, another one is refused.
  private func finishSimulations() async throws {
    for world in [one, two] {
      let direct = try world.direct()
      defer { direct.close() }
      for _ in 0..<600 {
        let running: Int64 = try direct.execute(
          "select count(*) from sealed.simulations where ended_at is null"
        )[0].get(0)
        if running == 0 { break }
        try await Task.sleep(for: .milliseconds(50))
      }
    }
  }

  private func note(_ request: Asked, _ told: Told) {
    guard request.kind == .good else { return }
    if told.status != 404, told.status != 401 { answered.insert(request.route) }
    // Whoever is sent to sign in was let in nowhere.
    let isLed = told.status == 303
    let place = told.headers.first { $0.name.lowercased() == "location" }?.value
    let isTurnedAway = ["/sign-in?to=", "/sign-in?note=session-over"].contains {
      place?.hasPrefix($0) == true
    }
    if (200..<300).contains(told.status) || isLed && place != "/sign-in" && !isTurnedAway {
      reached.insert(request.route)
    } else {
      refused[request.route, default: []].insert(
        told.codes.isEmpty ? "\(told.status)" : "\(told.status) \(told.codes)")
    }
  }

  /// What tells two answers apart once commitments stand under their names.
  private func difference(_ first: Told, _ second: Told, _ asked: Asked) throws -> String? {
    func named(_ known: (Commitments, Commitments)) -> String? {
      known.0.named(first, of: asked).difference(from: known.1.named(second, of: asked))
    }
    if let commitments, named(commitments) == nil { return nil }
    // An act since may have allocated.
    let now = (try Commitments(of: one), try Commitments(of: two))
    commitments = now
    return named(now)
  }
}
