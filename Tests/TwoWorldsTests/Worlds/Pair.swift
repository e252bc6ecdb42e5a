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

  var description: String { "\(who): \(place): \(what)" }
}

/// Two databases a story was told to, closed, from which pairs of worlds are copied.
struct PairOfStories: Sendable {
  let template: Template
  let databases: [TestDatabase]
  let arms: [[String: String]]
  let links: [String]
  let refused: [String]

  init(_ stories: [Story]) async throws {
    let template = try await Template.made.value
    self.template = template
    var databases: [TestDatabase] = []
    var arms: [[String: String]] = []
    var links: [[String]] = []
    var refused: [String] = []
    for story in stories {
      let world = try World(copyOf: template.database.name, template)
      let teller = Teller(world, story)
      try await teller.tell()
      await world.close()
      databases.append(world.database)
      arms.append(teller.arms)
      links.append(teller.links)
      refused += teller.refused
    }
    try #require(refused.isEmpty, "\(refused.joined(separator: "\n"))")
    try #require(links[0] == links[1])
    for database in databases {
      let direct = try Connection(configuration: database.configuration)
      try direct.script("analyze")
      direct.close()
    }
    (self.databases, self.arms, self.links) = (databases, arms, links[0])
    self.refused = refused
  }

  func pair() throws -> Pair { try Pair(self) }
}

/// Two worlds side by side, asked the same things in turn.
final class Pair {
  let stories: PairOfStories
  let one: World
  let two: World
  /// Changes an answer on its way out, as a defect of the product would.
  var leak: (@Sendable (World, Asked, Told) -> Told)?
  private(set) var asked = 0
  /// Routes that were reached, and those that did what they are for.
  private(set) var reached: Set<String> = []
  private(set) var done: Set<String> = []
  private var commitments: (Commitments, Commitments)?

  init(_ stories: PairOfStories) throws {
    self.stories = stories
    one = try World(copyOf: stories.databases[0].name, stories.template)
    two = try World(copyOf: stories.databases[1].name, stories.template)
  }

  func drop() async throws {
    try await one.drop()
    try await two.drop()
  }

  /// Commitments change with every allocation; read anew when they are next needed.
  func forgetCommitments() { commitments = nil }

  /// Asks both worlds and gives the answer of the first with what told them apart.
  func ask(_ request: Asked, as who: String) async throws -> (told: Told, difference: Difference?) {
    asked += 1
    var request = request
    request.number = asked
    // In turn: neither world is always the first.
    let isFirst = asked.isMultiple(of: 2)
    let worlds = isFirst ? [one, two] : [two, one]
    var answers: [Told] = []
    for world in worlds {
      let told = try await world.tell(request)
      answers.append(leak?(world, request, told) ?? told)
    }
    let (first, second) = isFirst ? (answers[0], answers[1]) : (answers[1], answers[0])
    if first.status != 404, first.status != 401 { reached.insert(request.route) }
    if first.status < 400 { done.insert(request.route) }
    guard first != second else { return (first, nil) }
    if commitments == nil || request.method == "POST" {
      commitments = (try Commitments(of: one), try Commitments(of: two))
    }
    guard let known = commitments,
      let what = known.0.named(first).difference(from: known.1.named(second))
    else { return (first, nil) }
    return (first, Difference(who: who, place: "\(request.route) (\(request))", what: what))
  }
}
