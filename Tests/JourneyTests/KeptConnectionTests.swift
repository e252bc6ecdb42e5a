import Postgres
import Simulation
import StudyModel
import Testing

@testable import Conduct
@testable import Store

/// Connections that only sign-ins, randomizations and emergencies use.
@Suite(.serialized) struct KeptConnectionTests {
  private static let logins: [Login] = [.access, .allocator]
  private static let all = logins.map(\.poolSize).reduce(0, +)

  /// How many connections are kept busy.
  private static func sleepers(_ world: ReferenceTrial) throws -> Int {
    Int(
      try world.direct().text(
        """
        select count(*)::text from pg_stat_activity
         where datname = current_database() and query = 'select pg_sleep(12)' and state = 'active'
        """)) ?? 0
  }

  /// Keeps every ordinary connection of the logins busy while the body runs.
  private static func busy(
    _ world: ReferenceTrial, _ body: () async throws -> Void
  ) async throws {
    let store = world.installation.store
    let context = RequestContext(trial: 0, actor: nil, role: "", sites: .all)
    try await withThrowingTaskGroup(of: Void.self) { group in
      for login in logins {
        for _ in 0..<login.poolSize {
          group.addTask {
            try await store.session(login, context) { session in
              try session.connection.script("select pg_sleep(12)")
            }
          }
        }
      }
      for _ in 0..<200 where try sleepers(world) < all {
        try await Task.sleep(for: .milliseconds(25))
      }
      try #require(try sleepers(world) == all)
      try await body()
      try await group.waitForAll()
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
      try await Self.busy(world) {
        try await Urgency.$isUrgent.withValue(true) {
          _ = try await world.installation.signIn(
            username: person.username, password: person.password)
          _ = try await walk.randomize(as: coordinator)
        }
        #expect(try Self.sleepers(world) == Self.all)
        // What can wait, waits until one of them is free.
        _ = try await world.installation.accountEvents(as: admin)
        #expect(try Self.sleepers(world) < Self.all)
      }
    }
  }
}
