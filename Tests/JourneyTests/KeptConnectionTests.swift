import Postgres
import Simulation
import StudyModel
import Testing

@testable import Conduct
@testable import Store

/// Connections that only sign-ins, randomizations and emergencies use.
@Suite(.serialized) struct KeptConnectionTests {
  /// Keeps every ordinary connection of the logins busy while the body runs.
  private static func busy(
    _ store: TrialStore, _ logins: [Login], _ body: () async throws -> Void
  ) async throws {
    let context = RequestContext(trial: 0, actor: nil, role: "", sites: .all)
    try await withThrowingTaskGroup(of: Void.self) { group in
      for login in logins {
        for _ in 0..<login.poolSize {
          group.addTask {
            try await store.session(login, context) { session in
              try session.connection.script("select pg_sleep(4)")
            }
          }
        }
      }
      try await Task.sleep(for: .milliseconds(800))
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
      let clock = ContinuousClock()
      let store = world.installation.store
      #expect(Login.access.keptSize ?? 0 >= Login.access.poolSize)
      #expect(Login.allocator.keptSize ?? 0 >= Login.allocator.poolSize)
      try await Self.busy(store, [.access, .allocator]) {
        let start = clock.now
        try await Urgency.$isUrgent.withValue(true) {
          _ = try await world.installation.signIn(
            username: person.username, password: person.password)
          _ = try await walk.randomize(as: coordinator)
        }
        #expect(start.duration(to: clock.now) < .milliseconds(2500))
        // What can wait, waits.
        _ = try await world.installation.accountEvents(
          as: try await world.actor("access_admin"))
        #expect(start.duration(to: clock.now) > .milliseconds(2500))
      }
    }
  }
}
