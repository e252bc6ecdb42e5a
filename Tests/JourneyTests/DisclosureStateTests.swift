import Conduct
import Store
import StudyModel
import Testing

/// What server and study allow of a disclosure: another daemon's draws, a lock, a missing key.
@Suite(.serialized) struct DisclosureStateTests {
  @Test func `a daemon that is behind the ledger opens what another one drew`() async throws {
    try await ReferenceTrial.run { world in
      let first = try await Walk.ready(world, Way(initials: "DA"))
      let second = try await Walk.ready(world, Way(initials: "DB"))
      _ = try await first.randomize()
      let other = try world.anotherDaemon()
      _ = try await second.randomize(on: other)
      let opened = try await DisclosureTests.open(second)
      #expect(try DisclosureTests.seal(opened.arm.code.text, key: opened.sealKey) == opened.seal)
      // And the other one goes on behind the disclosure.
      let third = try await Walk.ready(world, Way(initials: "DC"))
      _ = try await third.randomize(on: other)
      await other.store.close()
    }
  }

  @Test func `a locked study takes no record, so nothing is opened`() async throws {
    try await ReferenceTrial.run { world in
      let walks = try await LockTests.followed(world, count: 1)
      try await LockTests.softLock(world)
      let walk = try #require(walks.first)
      let before = try DisclosureTests.ledger(world)
      let locked = await refusal { try await DisclosureTests.open(walk, at: LockTests.closing) }
      #expect(locked?.code == "study_locked")
      #expect(locked?.sentence.contains("envelope") == true)
      #expect(try DisclosureTests.ledger(world) == before)
    }
  }

  @Test func `a daemon without its key says so and opens nothing`() async throws {
    try await ReferenceTrial.run { world in
      let (first, _) = try await DisclosureTests.randomized(world)
      let keyless = Installation(
        store: world.installation.store, keys: nil, clock: FixedClock(first.instant(10)),
        software: "equipoise test")
      let physician = try await world.actor("oncall_physician", now: first.instant(10))
      #expect(
        await refusal {
          try await keyless.disclose(DisclosureTests.request(first.key), as: physician)
        }
          == .keyMissing)
      #expect(
        try world.direct().text("select count(*)::text from allocation.unblinding_events") == "0")
    }
  }
}
