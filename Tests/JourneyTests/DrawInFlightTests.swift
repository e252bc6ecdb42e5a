import Randomization
import Store
import StudyModel
import Testing

@testable import Conduct

/// What a draw leaves in the daemon before its commit is known.
@Suite struct DrawInFlightTests {
  /// Puts on the shelf what a draw puts there that is then not committed.
  ///
  /// - Parameter like: a participant of the same stratum who is randomized.
  private static func leaveUncommitted(
    _ walk: Walk, like randomized: Walk, _ world: ReferenceTrial
  ) async throws {
    let trial = world.trial.id
    var ledger = try #require(world.installation.ledgers.take(trial))
    let levels = try #require(ledger.state.allocation(of: Label(randomized.key.text))).levels
    let request = try AllocationRequest(
      requestID: "u1/never-committed", subject: Label(walk.key.text), levels: levels)
    let draw = try ledger.state.draw(request).get()
    try ledger.state.apply(
      ledger.state.entry(for: draw, at: "2027-03-01T09:00:00.000Z", by: "u1"))
    world.installation.ledgers.keep(ledger, for: trial)
  }

  @Test(arguments: 0...3)
  func `a draw that was never committed is not gone on from, however many followed elsewhere`(
    drawnElsewhere: Int
  ) async throws {
    try await ReferenceTrial.run { world in
      let walks = try await DrawingUnderFaultsTests.ready(drawnElsewhere + 2, world)
      let other = try world.anotherDaemon()
      // Known to this daemon, so that it has a ledger to go on from.
      var answers = [walks[0].key.text: [try await walks[0].randomize()]]
      try await Self.leaveUncommitted(walks[1], like: walks[0], world)
      for walk in walks.dropFirst(2) {
        answers[walk.key.text] = [try await walk.randomize(on: other)]
      }
      await other.store.close()
      answers[walks[1].key.text] = [try await walks[1].randomize()]
      try await Invariants.expect(
        world, acknowledged: answers, asked: Set(walks.map(\.key.text)), "\(drawnElsewhere)")
    }
  }

  @Test func `an act other than a draw is recorded in spite of an entry that was never committed`()
    async throws
  {
    try await ReferenceTrial.run { world in
      let walks = try await DrawingUnderFaultsTests.ready(3, world)
      _ = try await walks[0].randomize()
      try await Self.leaveUncommitted(walks[1], like: walks[0], world)
      let other = try world.anotherDaemon()
      _ = try await walks[2].randomize(on: other)
      await other.store.close()
      // Read without the lock, from what is known.
      let manager = try await world.actor("rand_manager", now: walks[0].instant(12))
      _ = try await world.installation.schemeDrafts(as: manager)
      try await world.installation.at(walks[0].instant(12)).voidRandomization(
        of: walks[0].key, ground: "INELIGIBLE", reason: "Randomized by mistake.", as: manager)
      try Chain.expectWhole(world, entries: 3 + 3)
    }
  }
}
