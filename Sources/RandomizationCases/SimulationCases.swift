import Randomization

/// Simulated runs with their exact results.
enum SimulationCases {
  static func outcomes(_ file: CaseValue) throws(CaseFileRefusal) -> [CaseOutcome] {
    let key = try file.bytes("key")
    return try file.items("cases").map { value throws(CaseFileRefusal) in
      let reference = ReferenceCase(
        try value.text("name"), method: try value.scheme().method.name, value,
        expecting: ["results"])
      return try reference.outcome { given throws(CaseFileRefusal) in try answer(given, key) }
    }
  }

  private static func answer(
    _ given: CaseValue, _ key: [UInt8]
  ) throws(CaseFileRefusal) -> CaseValue {
    var mix: [Label: [Int]] = [:]
    let mixture = try given.required("mix")
    if case .record(let weights) = mixture {
      for factor in weights.keys { mix[factor] = try mixture.integers(factor) }
    }
    guard
      let simulation = try? SchemeSimulation(
        try given.scheme(), key: key, runs: try given.integer("runs"),
        participants: try given.integer("n"), mix: mix)
    else { throw .malformed("a mix that fits the scheme") }
    return .record(["results": .list(simulation.runs.map(answer))])
  }

  private static func answer(_ run: SimulationRun) -> CaseValue {
    .record([
      "balanced": .integer(run.balanced), "counts": .numbers(run.counts),
      "deterministic": .real(run.deterministic), "final": .integer(run.final),
      "guess": .real(run.guess), "max": .integer(run.max), "predictable": .real(run.predictable),
    ])
  }
}
