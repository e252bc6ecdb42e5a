import Conduct
import StudyModel
import Testing

@testable import ServerBenchmark

/// What a benchmark changes in the shipped definition stays a definition, whatever is checked by now.
@Suite struct MeasuredDefinitionTests {
  @Test func `the definition whose capture is measured loads, with all its visits`() async throws {
    try await ReferenceTrial.run { world in
      let trial = try await world.installation.loadStudy(
        try CaptureRounds.definition(), mode: .simulation, key: "measured")
      let definition = try await world.installation.definition(of: trial)
      #expect(definition.visits.count == CaptureRounds.visits)
    }
  }

  @Test func `the definition whose randomization is measured loads, with room for all of them`()
    async throws
  {
    try await ReferenceTrial.run { world in
      let trial = try await world.installation.loadStudy(
        try MeasuredTrials.definition(), mode: .simulation, key: "measured")
      let definition = try await world.installation.definition(of: trial)
      #expect(definition.randomization.plannedTotal == 900_000)
    }
  }
}
