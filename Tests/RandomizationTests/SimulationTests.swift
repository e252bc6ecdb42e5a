import Testing

@testable import Randomization

@Suite struct SimulationTests {
  @Test func `a block of three is certain at its end and balanced after it`() throws {
    let world = try TrialWorld()
    let simulation = try SchemeSimulation(
      world.scheme(.block(sizes: [3]), strata: []), key: [1], runs: 40, participants: 30)
    for run in simulation.runs {
      // Exactly: every third allocation is certain and balances; 1/3, 1/2 and 1 are the largest
      // probabilities in turn.
      #expect(run.counts == [10, 10, 10] && run.final == 0 && run.max == 1 && run.balanced == 10)
      #expect(run.deterministic == 1.0 / 3)
      #expect((run.predictable - 11.0 / 18).magnitude < 1e-12)
    }
  }

  @Test func `a mix of levels must fit the factors`() throws {
    let scheme = try TrialWorld().scheme(.simple)
    for mix: [Label: [Int]] in [
      ["site": [1, 1]], ["site": [0, 0, 0]], ["site": [1, 1, -1]], ["ward": [1]],
    ] {
      #expect(throws: SimulationRefusal.mix) {
        try SchemeSimulation(scheme, key: [1], runs: 1, participants: 1, mix: mix)
      }
    }
    #expect(throws: SimulationRefusal.nothingToSimulate) {
      try SchemeSimulation(scheme, key: [1], runs: 0, participants: 1)
    }
  }

  @Test func `a simulation repeats from its key and differs under another`() throws {
    let scheme = try TrialWorld().scheme(.simple)
    let first = try SchemeSimulation(scheme, key: [1], runs: 5, participants: 40)
    #expect(try SchemeSimulation(scheme, key: [1], runs: 5, participants: 40) == first)
    #expect(try SchemeSimulation(scheme, key: [2], runs: 5, participants: 40) != first)
    let summary = first.summary { Double($0.counts[0]) }
    #expect(summary.mean > 0 && summary.standardError > 0)
  }

  @Test(arguments: [1, 2, 7])
  func `the runs are the same whatever the number of workers`(workers: Int) async throws {
    let scheme = try TrialWorld().scheme(.blockUrn(lambda: 2))
    let expected = try SchemeSimulation(scheme, key: [3], runs: 97, participants: 150)
    let plan = try SimulationPlan(scheme, key: [3], participants: 150)
    var told: [Int] = []
    let found = try await SchemeSimulation(plan, runs: 97, workers: workers) { told.append($0) }
    #expect(found == expected)
    #expect(told.last == 97 && told == told.sorted() && Set(told).count == told.count)
    #expect(told.count > 3)
  }

  @Test func `what progress throws ends the simulation`() async throws {
    let plan = try SimulationPlan(
      try TrialWorld().scheme(.simple), key: [3], participants: 2000)
    var told = 0
    await #expect(throws: CancellationError.self) {
      _ = try await SchemeSimulation(plan, runs: 500, workers: 2) { done in
        told = done
        if done >= 3 { throw CancellationError() }
      }
    }
    #expect(told >= 3 && told < 100)
  }

  @Test func `a cancelled task ends the simulation`() async throws {
    let plan = try SimulationPlan(
      try TrialWorld().scheme(.simple), key: [3], participants: 2000)
    let work = Task { try await SchemeSimulation(plan, runs: 100_000, workers: 2) }
    work.cancel()
    await #expect(throws: CancellationError.self) { _ = try await work.value }
  }
}
