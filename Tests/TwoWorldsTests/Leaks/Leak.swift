import Foundation
import Postgres
import PostgresTestServer
import Testing

@testable import Web

/// A defect planted on purpose, by which somebody blinded could learn an arm.
struct Leak: Sendable, CustomTestStringConvertible {
  /// Whether the product could have it as it stands, or only an answer changed on its way.
  enum Nature: String, Sendable {
    /// In the database, as a wrong function, trigger, view, grant or row would be.
    case database
    /// In what is answered, as a wrong model, route or page would be.
    case answer
    /// In what the server around the product adds to an answer or does to its bytes.
    case stack
  }

  /// Where it shows.
  enum Probe: Sendable {
    /// On pages and answers of somebody, from these addresses on.
    case asking(String, [String])
    /// In the files that somebody takes away from these addresses, and in nothing they lead to.
    case taking(String, [String])
    /// To who holds the login of somebody.
    case login(String)
    /// In a dump of the classes open to blinded people.
    case dump
    /// In the log.
    case log
  }

  let name: String
  let nature: Nature
  var probe: Probe
  /// Where it does not show although somebody might look, for leaks of one file alone.
  var elsewhere: Probe?
  /// Statements for both databases, in which `arm(participant)` gives an arm.
  var sql = ""
  /// A change of an answer; the arm of the world's first participant, the request, the answer.
  var change: (@Sendable (String, Asked, Told) -> Told)?
  /// What the server says it is; the arm of the world's first participant.
  var serverName: (@Sendable (String) -> String)?
  /// A change of the bytes that leave a connection, by the same arm.
  var bytes: (@Sendable (String, String) -> String)?
  /// A line for the log.
  var logged: (@Sendable (String) -> String)?

  var testDescription: String { name }

  static func database(_ name: String, _ probe: Probe, _ sql: String) -> Leak {
    Leak(name: name, nature: .database, probe: probe, sql: sql)
  }

  static func answer(
    _ name: String, _ who: String, _ addresses: [String],
    _ change: @escaping @Sendable (String, Asked, Told) -> Told
  ) -> Leak {
    Leak(name: name, nature: .answer, probe: .asking(who, addresses), change: change)
  }

  /// The same defect, looked for by another probe.
  func probed(_ probe: Probe) -> Leak {
    var leak = self
    leak.probe = probe
    return leak
  }

  /// What its probe finds where nothing is planted.
  func control(in stories: PairOfStories) async throws -> [Difference] {
    // What planting needs is there all the same: it must not be what is found.
    try await Leak(name: name, nature: nature, probe: probe, sql: "select 1").found(in: stories)
  }

  /// Plants it in fresh copies of both worlds and gives what is found.
  ///
  /// - Throws: `NoFile` where its probe is to take a file and is given none.
  func found(in stories: PairOfStories) async throws -> [Difference] {
    let pair: Pair
    switch nature {
    case .stack: pair = try await servedPair(of: stories)
    case .database, .answer: pair = try stories.pair()
    }
    for (world, arms) in zip([pair.one, pair.two], stories.arms) {
      if let logged { world.log.add(logged(arms[stories.telling] ?? "")) }
      try plant(in: world, arms)
    }
    if let change {
      let firsts = stories.arms.map { $0[stories.telling] ?? "" }
      let name = pair.one.database.name
      pair.leak = { world, asked, told in
        change(world.database.name == name ? firsts[0] : firsts[1], asked, told)
      }
    }
    let differences: [Difference]
    do {
      differences = try await look(at: pair)
    } catch {
      try await pair.drop()
      throw error
    }
    try await pair.drop()
    return differences
  }

  private func servedPair(of stories: PairOfStories) async throws -> Pair {
    try await stories.servedPair { world, index in
      let arm = stories.arms[index][stories.telling] ?? ""
      guard let bytes else { return await world.served(as: serverName?(arm)) }
      return await world.served(as: serverName?(arm)) { text in bytes(arm, text) }
    }
  }

  /// The answers of the same people where no server stands between: what only a server adds is not in them.
  func foundWithoutServer(in stories: PairOfStories) async throws -> [Difference] {
    try await Leak(name: name, nature: .answer, probe: probe).found(in: stories)
  }

  private func plant(in world: World, _ arms: [String: String]) throws {
    guard !sql.isEmpty else { return }
    let direct = try world.direct()
    defer { direct.close() }
    let rows = arms.sorted { $0.key < $1.key }.map { "('\($0.key)', '\($0.value)')" }
    try direct.script(
      """
      create table two_worlds.arms (participant text, arm text);
      insert into two_worlds.arms values \(rows.joined(separator: ", "));
      create function two_worlds.arm(p text) returns text language sql stable security definer
        return (select a.arm from two_worlds.arms a where a.participant = p);
      grant execute on function two_worlds.arm(text) to public;
      set session_replication_role = replica;
      set search_path = pg_catalog, two_worlds;
      """)
    try direct.script(sql)
  }

  private func look(at pair: Pair) async throws -> [Difference] {
    switch probe {
    case .asking(let who, let addresses):
      var visitor = Visitor(try pair.one.person(who), in: pair, depth: 2)
      var own = Addresses()
      for address in addresses {
        guard let route = Addresses.route("GET", address) else { continue }
        let name = Addresses.name(of: route)
        try await visitor.ask(
          route.surface == .api
            ? .api("GET", address, by: visitor.person, route: name)
            : .page(address, by: visitor.person, route: name))
      }
      if visitor.differences.isEmpty { try await visitor.walk(&own, from: addresses) }
      return visitor.differences
    case .taking(let who, let addresses):
      var visitor = Visitor(try pair.one.person(who), in: pair, depth: 1)
      for address in addresses {
        let route = try #require(Addresses.route("GET", address))
        let name = Addresses.name(of: route)
        let told = try await visitor.ask(
          route.surface == .api
            ? .api("GET", address, by: visitor.person, route: name)
            : .page(address, by: visitor.person, route: name))
        guard told.status == 200, told.isFile, !told.body.isEmpty else {
          throw NoFile(address: address, status: told.status)
        }
      }
      return visitor.differences
    case .login(let who):
      return try DatabaseView.differences(pair, for: [try pair.one.person(who)])
    case .dump:
      let sides = try [pair.one, pair.two].map {
        try Dump.text($0.database, schemas: ["open", "outcome"])
      }
      return sides[0] == sides[1] ? [] : [Difference(who: "dump", place: "", what: "lines")]
    case .log:
      return pair.one.log.lines == pair.two.log.lines
        ? [] : [Difference(who: "log", place: "", what: "lines")]
    }
  }
}

/// Where a file was to be taken, none was given: whatever the answers, they say nothing of its content.
struct NoFile: Error, Equatable {
  let address: String
  let status: Int
}

extension Told {
  /// Whether a browser keeps it as a file.
  var isFile: Bool {
    headers.contains { $0.name == "Content-Disposition" && $0.value.hasPrefix("attachment") }
  }
}
