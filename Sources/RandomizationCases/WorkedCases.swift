import Randomization

/// Worked examples with published numbers.
enum WorkedCases {
  /// The parts of such a file.
  static let parts: [Label] = [
    "coin_equal", "block_urn", "han_2009_coin", "han_2009_measures", "maximal", "maximal_three",
    "pocock_simon_1975",
  ]

  static func outcomes(_ file: CaseValue) throws(CaseFileRefusal) -> [CaseOutcome] {
    var outcomes = try coins(file)
    if let part = file["block_urn"] { outcomes += try blockUrn(part) }
    if let part = file["han_2009_coin"] { outcomes += try hanCoin(part) }
    if let part = file["han_2009_measures"] { outcomes += try hanMeasures(part) }
    if let part = file["maximal"] { outcomes += try maximal(part, named: "maximal") }
    if let part = file["maximal_three"] { outcomes += try maximal(part, named: "maximal three") }
    if let part = file["pocock_simon_1975"] { outcomes.append(try pocockSimon(part)) }
    return outcomes
  }

  private static func coins(_ file: CaseValue) throws(CaseFileRefusal) -> [CaseOutcome] {
    try numbered(file.itemsIfAny("coin_equal"), "coin", ["weights"]) {
      given throws(CaseFileRefusal) in
      let weights = Coins.weights(
        units: try given.integer("units"), preferred: try given.integers("preferred"),
        p: try chance(given))
      return .record(["weights": .numbers(weights)])
    }
  }

  private static func blockUrn(_ group: CaseValue) throws(CaseFileRefusal) -> [CaseOutcome] {
    let lambda = try group.integer("lambda")
    return try numbered(group.items("cases"), "block urn", ["p_first", "weights"]) {
      given throws(CaseFileRefusal) in
      let counts = try given.integers("counts")
      let weights = Urns.blockUrn(counts, ratios: counts.map { _ in 1 }, lambda: lambda)
      return .record([
        "p_first": probabilities(weights)[0], "weights": .numbers(weights),
      ])
    }
  }

  private static func hanCoin(_ group: CaseValue) throws(CaseFileRefusal) -> [CaseOutcome] {
    let ratios = try group.integers("ratio")
    let p = try chance(group)
    return try numbered(group.items("cases"), "Han coin", ["probabilities", "weights"]) {
      given throws(CaseFileRefusal) in
      let weights = Coins.weights(
        ratios: ratios, preferred: try given.integers("preferred"), p: p)
      return .record([
        "probabilities": .list(probabilities(weights)), "weights": .numbers(weights),
      ])
    }
  }

  private static func hanMeasures(_ group: CaseValue) throws(CaseFileRefusal) -> [CaseOutcome] {
    let names: Set<Label> = ["marginal_balance", "range", "sd", "variance"]
    return try numbered(group.items("cases"), "Han measures", names) {
      given throws(CaseFileRefusal) in
      let counts = try given.integers("x").map { Int128($0) }
      var answer: [Label: CaseValue] = [:]
      for measure in Scheme.Minimization.Measure.allCases {
        answer[Label(measure.rawValue)] = .integer(Int(measure.imbalance(counts)))
      }
      return .record(answer)
    }
  }

  private static func maximal(
    _ group: CaseValue, named name: String
  ) throws(CaseFileRefusal) -> [CaseOutcome] {
    // The two groups differ in the number of units, which the second states in its name only.
    let units = name == "maximal" ? 2 : 3
    let length = try group.integer("length")
    let segments = MaximalSegments(units: units, mti: try group.integer("mti"), length: length)
    let sequences = ReferenceCase(
      "\(name) sequences", method: "maximal", group, expecting: ["sequences"])
    let first = try sequences.outcome { _ in
      .record(["sequences": .integer(Int(segments.sequences(units: units)))])
    }
    guard group["cases"] != nil else { return [first] }
    return try [first]
      + numbered(group.items("cases"), name, ["weights"]) { given throws(CaseFileRefusal) in
        let history = try given.integers("history")
        var counts = Array(repeating: 0, count: units)
        for unit in history.suffix(history.count % length) { counts[unit] += 1 }
        return .record(["weights": .numbers(segments.weights(counts))])
      }
  }

  private static func pocockSimon(_ group: CaseValue) throws(CaseFileRefusal) -> CaseOutcome {
    let reference = ReferenceCase(
      "Pocock & Simon 1975", method: "minimization", group,
      expecting: ["g", "preferred", "tables", "weights"])
    return try reference.outcome { given throws(CaseFileRefusal) in
      let scheme = try given.scheme()
      let plan = AllocationPlan(scheme)
      guard let minimizer = plan.minimizer else { throw .malformed("minimization") }
      var state = plan.emptyState()
      for earlier in try given.items("history") {
        guard let unit = plan.unit(arm: Label(try earlier.text("arm")), slot: 0) else {
          throw .malformed("an arm of the scheme")
        }
        plan.record(
          unit: unit, block: nil, levels: try levels(earlier.labels("levels"), scheme, plan),
          in: &state)
      }
      guard case .minimized(let counts) = state else { throw .malformed("minimization") }
      let scores = minimizer.scores(
        counts, levels: try levels(given.labels("new"), scheme, plan))
      var answer = CaseScores.answer(scores)
      answer["weights"] = .numbers(minimizer.weights(preferred: scores.preferred))
      return .record(answer)
    }
  }

  private static func levels(
    _ labels: [Label: Label], _ scheme: Scheme, _ plan: AllocationPlan
  ) throws(CaseFileRefusal) -> [Int] {
    var levels: [Int] = []
    for (index, factor) in scheme.factors.enumerated() {
      guard let level = labels[factor.id].flatMap({ plan.levelIndex($0, ofFactor: index) }) else {
        throw .malformed("a level of every factor")
      }
      levels.append(level)
    }
    return levels
  }

  private static func numbered(
    _ items: [CaseValue], _ name: String, _ expected: Set<Label>,
    _ answer: (CaseValue) throws(CaseFileRefusal) -> CaseValue
  ) throws(CaseFileRefusal) -> [CaseOutcome] {
    var outcomes: [CaseOutcome] = []
    for (index, value) in items.enumerated() {
      let reference = ReferenceCase(
        "\(name) \(index + 1)", method: name, value, expecting: expected)
      outcomes.append(try reference.outcome(answer))
    }
    return outcomes
  }

  private static func chance(_ given: CaseValue) throws(CaseFileRefusal) -> Scheme.Chance {
    let p = try given.integers("p")
    guard p.count == 2 else { throw .malformed("a probability") }
    return Scheme.Chance(p[0], of: p[1])
  }

  private static func probabilities(_ weights: [UInt64]) -> [CaseValue] {
    let sum = Double(weights.reduce(0, +))
    return weights.map { .real(Double($0) / sum) }
  }
}
