import Statistics

/// One cumulative look: the statistic at the null value and what turns drifts into differences.
private struct CumulativeLook {
  var z: Double
  var standardError: Double
  var repeated: (Double) throws -> ConfidenceInterval
}

extension StatisticsMethods {
  static let analyseRates: CaseMethod = { inputs in
    let stages = try inputs.nested("stagewise")
    let margin = try inputs.number("margin")
    let n1 = cumulative(try stages.numbers("n1"))
    let n2 = cumulative(try stages.numbers("n2"))
    let x1 = cumulative(try stages.numbers("events1"))
    let x2 = cumulative(try stages.numbers("events2"))
    let looks = try n1.indices.map { index in
      let one = BinomialSample(responders: Int(x1[index]), total: Int(n1[index]))
      let two = BinomialSample(responders: Int(x2[index]), total: Int(n2[index]))
      let (p1, p2) = (one.proportion, two.proportion)
      return CumulativeLook(
        z: try RiskDifference.farringtonManningTest(one, two, margin: margin).z,
        standardError: (p1 * (1 - p1) / n1[index] + p2 * (1 - p2) / n2[index]).squareRoot(),
        repeated: { bound in
          try RiskDifference.mee(one, two, level: 1 - 2 * Normal.tail(bound))
        })
    }
    return try analysis(inputs, looks, null: margin)
  }

  static let analyseMeans: CaseMethod = { inputs in
    let stages = try inputs.nested("stagewise")
    let null = try inputs.number("thetaH0")
    let one = try cumulativeMoments(stages, "1")
    let two = try cumulativeMoments(stages, "2")
    let looks = zip(one, two).map { first, second in
      let pooled = PooledMeans(first, second)
      return CumulativeLook(
        z: (pooled.difference - null) / pooled.standardError,
        standardError: pooled.standardError,
        repeated: { bound in
          ConfidenceInterval(
            lower: pooled.difference - bound * pooled.standardError,
            upper: pooled.difference + bound * pooled.standardError,
            level: 1 - 2 * Normal.tail(bound))
        })
    }
    return try analysis(inputs, looks, null: null)
  }

  private static let finalFields = [
    "finalStage", "finalP", "finalCILower", "finalCIUpper", "medianUnbiasedEstimate",
  ]

  private static func analysis(
    _ inputs: CaseInputs, _ looks: [CumulativeLook], null: Double
  ) throws -> JSONValue {
    let design = try inputs.spendingDesign()
    let spending = try inputs.spendingFunction()
    let fractions = design.informationFractions
    let repeated = try zip(looks, design.bounds).map { try $0.repeated($1) }
    let repeatedP = try looks.indices.map {
      try SequentialAnalysis.repeatedPValue(
        spending: spending, informationFractions: fractions, look: $0 + 1, z: looks[$0].z)
    }
    let crossed = looks.indices.first { looks[$0].z >= design.bounds[$0] }
    let stop = crossed ?? (looks.count == design.bounds.count ? looks.count - 1 : nil)
    var fields: JSONObject = [
      "zOverall": .numbers(looks.map(\.z)), "pOverall": .numbers(looks.map { Normal.tail($0.z) }),
      "repeatedCILower": .numbers(repeated.map(\.lower)),
      "repeatedCIUpper": .numbers(repeated.map(\.upper)), "repeatedPValue": .numbers(repeatedP),
    ]
    let later = looks.indices.filter { $0 + 1 < design.bounds.count }
    fields["conditionalRejection"] = .numbers(
      try later.map { try design.conditionalPower(look: $0 + 1, z: looks[$0].z, theta: 0) })
    guard let stop else {
      for name in Self.finalFields { fields[name] = .null }
      return .object(fields)
    }
    func difference(_ p: Double) throws -> JSONValue {
      let drift = try SequentialAnalysis.drift(
        design: design, look: stop + 1, z: looks[stop].z, stagewisePValue: p)
      return .number(
        null + drift * looks[stop].standardError * fractions[stop].squareRoot())
    }
    fields["finalStage"] = .number(Double(stop + 1))
    fields["finalP"] = .number(
      try SequentialAnalysis.stagewisePValue(design: design, look: stop + 1, z: looks[stop].z))
    fields["finalCILower"] = try difference(design.alphaOneSided)
    fields["finalCIUpper"] = try difference(1 - design.alphaOneSided)
    fields["medianUnbiasedEstimate"] = try difference(0.5)
    return .object(fields)
  }

  private static func cumulative(_ values: [Double]) -> [Double] {
    var total = 0.0
    return values.map {
      total += $0
      return total
    }
  }

  /// Sample sizes, means and standard deviations of all participants up to each look.
  private static func cumulativeMoments(
    _ stages: CaseInputs, _ arm: String
  ) throws -> [SampleMoments] {
    let sizes = try stages.numbers("n" + arm)
    let means = try stages.numbers("mean" + arm)
    let deviations = try stages.numbers("sd" + arm)
    var moments: [SampleMoments] = []
    for index in sizes.indices {
      let stage = SampleMoments(
        count: sizes[index], mean: means[index], standardDeviation: deviations[index])
      moments.append(moments.last.map { $0.joined(with: stage) } ?? stage)
    }
    return moments
  }
}
