import Randomization

/// Simulations against expectations computed exactly: every mean within 4 standard errors.
enum ExpectationCases {
  /// Enough for standard errors that tell the methods apart, in a few seconds for all cases.
  private static let runs = 1000

  /// A fixed key makes the outcome the same on every machine.
  private static let key = Array("expectations of simulated trials".utf8)

  static func outcomes(_ file: CaseValue) throws(CaseFileRefusal) -> [CaseOutcome] {
    try file.items("cases").map { value throws(CaseFileRefusal) in
      let scheme = try value.scheme()
      let participants = try value.integer("n")
      guard
        let simulation = try? SchemeSimulation(
          scheme, key: key, runs: runs, participants: participants)
      else { throw .malformed("a number of participants") }
      let estimates = estimates(simulation)
      let answer = CaseValue.record(estimates.mapValues { .real($0.shown) })
      let departure = try departure(of: estimates, from: value.required("exact"))
      return CaseOutcome(
        id: try value.text("name"), method: scheme.method.name,
        verdict: departure.map { .differ($0) } ?? .agree, answerJSON: answer.json)
    }
  }

  /// A mean over runs; `isWhole` says that every run gives a whole number.
  private struct Estimate {
    let summary: SimulationSummary
    var isWhole = false
    var isSquare = false

    var shown: Double { isSquare ? summary.mean.squareRoot() : summary.mean }

    func agrees(with exact: Double) -> Bool {
      let target = isSquare ? exact * exact : exact
      // Runs may all give the same whole number although another has a small probability; whole
      // numbers with mean m vary at least as much as the two nearest to m.
      let fraction = target - target.rounded(.down)
      let least = isWhole ? (fraction * (1 - fraction) / Double(ExpectationCases.runs)) : 0
      let error = max(summary.standardError, least.squareRoot())
      return (summary.mean - target).magnitude <= 4 * error + 1e-9
    }
  }

  private static func estimates(_ simulation: SchemeSimulation) -> [Label: Estimate] {
    let participants = Double(simulation.participants)
    return [
      "balanced": Estimate(
        summary: simulation.summary { Double($0.balanced) / participants }),
      "deterministic": Estimate(summary: simulation.summary(of: \.deterministic)),
      "final_mean": Estimate(summary: simulation.summary { Double($0.final) }, isWhole: true),
      "final_root_mean_square": Estimate(
        summary: simulation.summary { Double($0.final * $0.final) }, isWhole: true,
        isSquare: true),
      "guess": Estimate(summary: simulation.summary(of: \.guess)),
      "max_mean": Estimate(summary: simulation.summary { Double($0.max) }, isWhole: true),
      "predictable": Estimate(summary: simulation.summary(of: \.predictable)),
    ]
  }

  private static func departure(
    of estimates: [Label: Estimate], from exact: CaseValue
  ) throws(CaseFileRefusal) -> String? {
    guard case .record(let members) = exact, !members.isEmpty else {
      throw .malformed("exact expectations")
    }
    for (name, value) in members.sorted(by: { $0.key < $1.key }) {
      let number: Double
      switch value {
      case .integer(let whole): number = Double(whole)
      case .real(let real): number = real
      case .null, .bool, .text, .list, .record: throw .malformed("a number \"\(name)\"")
      }
      guard let estimate = estimates[name] else { return "\(name) is not estimated" }
      if !estimate.agrees(with: number) {
        return "\(name) is \(estimate.shown), expected \(number)"
      }
    }
    return nil
  }
}
