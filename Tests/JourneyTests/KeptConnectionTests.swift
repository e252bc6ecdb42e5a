import Postgres
import Simulation
import StudyModel
import Synchronization
import Testing

@testable import Conduct
@testable import Store

/// Connections that only sign-ins, randomizations and emergencies use.
@Suite(.serialized) struct KeptConnectionTests {
  private static let logins: [Login] = [.access, .allocator]

  /// Every ordinary connection of the logins, kept busy until it is let go.
  private final class Occupation: Sendable {
    let store: TrialStore
    private let isOver = Atomic(false)

    init(_ store: TrialStore) {
      self.store = store
    }

    private func sum(_ part: KeyPath<PoolStatistics, Int>) -> Int {
      logins.compactMap { store.pool($0)?.statistics[keyPath: part] }.reduce(0, +)
    }

    /// Whether none is free.
    var isComplete: Bool { sum(\.busy) == logins.map(\.poolSize).reduce(0, +) }
    /// Whether somebody waits for one.
    var isAwaited: Bool { sum(\.waiting) > 0 }

    func end() {
      isOver.store(true, ordering: .releasing)
    }

    /// Runs the body while all are busy; it ends the occupation where something it awaits needs one.
    func during(_ body: () async throws -> Void) async throws {
      let context = RequestContext(trial: 0, actor: nil, role: "", sites: .all)
      try await withThrowingTaskGroup(of: Void.self) { group in
        defer { end() }
        for login in logins {
          for _ in 0..<login.poolSize {
            group.addTask {
              try await self.store.session(login, context) { session in
                while !self.isOver.load(ordering: .acquiring) {
                  try session.connection.script("select pg_sleep(0.05)")
                }
              }
            }
          }
        }
        try await until { self.isComplete }
        try await body()
      }
    }

    /// Waits for what comes sooner or later, a minute on the busiest machine.
    func until(_ holds: () -> Bool) async throws {
      for _ in 0..<2400 where !holds() { try await Task.sleep(for: .milliseconds(25)) }
      try #require(holds())
    }
  }

  @Test func `REQ-074: signing in and randomizing wait for nobody who fills the other connections`()
    async throws
  {
    try await ReferenceTrial.run { world in
      let walk = try await Walk.ready(world)
      let person = try #require(world.staff.people.first)
      let coordinator = try await world.actor("coordinator", at: walk.way.site, now: walk.pressed)
      #expect(Login.access.keptSize ?? 0 >= Login.access.poolSize)
      #expect(Login.allocator.keptSize ?? 0 >= Login.allocator.poolSize)
      let admin = try await world.actor("access_admin")
      let occupation = Occupation(world.installation.store)
      try await occupation.during {
        try await Urgency.$isUrgent.withValue(true) {
          _ = try await world.installation.signIn(
            username: person.username, password: person.password)
          _ = try await walk.randomize(as: coordinator)
        }
        #expect(occupation.isComplete)
        // What can wait, waits until one of them is free.
        async let events = world.installation.accountEvents(as: admin)
        try await occupation.until { occupation.isAwaited }
        occupation.end()
        _ = try await events
      }
    }
  }
}
