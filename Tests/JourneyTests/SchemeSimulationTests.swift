import Foundation
import Postgres
import Randomization
import Simulation
import Store
import StudyModel
import Testing

@testable import Conduct

@Suite(.serialized) struct SchemeSimulationTests {
  @Test func `REQ-100: a simulation is attached, and without one nothing is committed to`()
    async throws
  {
    try await ReferenceTrial.run { world in
      let amendment = Amendment(world: world, now: AmendmentTests.later)
      let early = try await amendment.draft(Amendment.scheme())
      #expect(await refusal { try await amendment.commit(early) }?.code == "not_simulated")
      let number = try await amendment.simulate()
      let late = try await amendment.draft(
        Amendment.scheme(method: #"{"type":"urn","alpha":1,"beta":1}"#))
      // Another candidate's simulation is not this one's.
      #expect(await refusal { try await amendment.commit(late) }?.code == "not_simulated")
      let entries = try world.direct().text("select count(*)::text from allocation.ledger_entries")
      #expect(entries == "3")
      try await amendment.commit(early)
      let overview = try await amendment.office.randomizationOverview(
        as: try await amendment.second())
      #expect(overview.epochs.map(\.simulation) == [1, number] && overview.state == .drafted)
      let report = try await amendment.office.simulationReport(
        number, as: try await amendment.second())
      #expect(report.candidates.map(\.number) == [early] && report.runs == 5)
      let candidate = try #require(report.candidates.first)
      let everybody = candidate.arms.map(\.allocated.mean).reduce(0, +)
      #expect((everybody - 40).magnitude < 1e-9)
      #expect((candidate.imbalances.reduce(0, +) - 1).magnitude < 1e-12)
      // Its digest stands in the audit trail, and the kept report has that digest.
      let digest = try world.direct().text(
        "select new from allocation.audit where action = 'simulation attached' order by seq desc limit 1"
      )
      #expect(Digests.sha256(of: try report.encoded()) == digest)
      #expect(
        digest
          == (try world.direct().text(
            "select encode(digest, 'hex') from sealed.simulations order by simulation desc limit 1"))
      )
      // What was not chosen is set aside with it.
      #expect(
        try await amendment.office.schemeDrafts(as: try await amendment.manager()).isEmpty)
      #expect(
        await refusal {
          try await amendment.office.withdrawDraft(early, as: try await amendment.manager())
        }?.code == "draft_closed")
    }
  }

  @Test func `a simulation is followed and cancelled from another daemon, and keeps nothing`()
    async throws
  {
    try await ReferenceTrial.run { world in
      let amendment = Amendment(world: world, now: AmendmentTests.later)
      let draft = try await amendment.draft(Amendment.scheme())
      let manager = try await amendment.manager()
      let number = try await amendment.office.startSimulation(
        SimulationOrder(runs: 100_000, participants: 400), as: manager)
      #expect(
        await refusal {
          try await amendment.office.startSimulation(
            SimulationOrder(runs: 1, participants: 1), as: manager)
        }?.code == "simulation_running")
      let other = try world.anotherDaemon()
      let office = other.at(AmendmentTests.later)
      func latest() async throws -> SimulationState? {
        try await office.simulations(as: manager).last
      }
      try await eventually { (try await latest()?.done ?? 0) > 0 }
      let seen = try await latest()
      #expect(seen?.number == number && seen?.stage == .running)
      #expect((seen?.done ?? 0) > 0 && (seen?.done ?? 0) < 100_000)
      try await office.cancelSimulation(as: manager)
      try await eventually { try await latest()?.stage == .cancelled }
      #expect(
        await refusal { try await office.simulationReport(number, as: manager) } == .notFound)
      #expect(
        await refusal { try await office.cancelSimulation(as: manager) }?.code
          == "no_simulation_running")
      #expect(await refusal { try await amendment.commit(draft) }?.code == "not_simulated")
      // What has ended cannot be made another, not even by its login.
      let direct = try world.direct("eq_custodian")
      #expect(
        direct.refusal(
          of: "update sealed.simulations set outcome = 'failed' where simulation = \(number)")
          == "EQ409")
      await other.store.close()
    }
  }

  @Test(arguments: [
    ("runs", 0, 1, ""), ("participants", 1, 0, ""), ("runs", 100_000, 10_000, ""),
    ("mix", 1, 1, "severity"), ("mix", 1, 1, "ward"),
  ])
  func `an order that cannot be carried out is refused with its field`(
    field: String, runs: Int, participants: Int, factor: String
  ) async throws {
    try await ReferenceTrial.run { world in
      let amendment = Amendment(world: world, now: AmendmentTests.later)
      #expect(await refusal { try await amendment.simulate() }?.code == "no_candidate")
      _ = try await amendment.draft(Amendment.scheme())
      let mix = factor.isEmpty ? [:] : [factor: [1]]
      let order = SimulationOrder(runs: runs, participants: participants, mix: mix)
      let found = await amendment.refusalOfStart(order)
      #expect(fields(of: found) == [field])
      let all = try await amendment.office.simulations(as: try await amendment.manager())
      #expect(all.count == 1)
    }
  }
}

extension Amendment {
  /// What starting a simulation was refused with.
  func refusalOfStart(_ order: SimulationOrder) async -> ActRefusal? {
    await refusal { try await office.startSimulation(order, as: try await manager()) }
  }
}
