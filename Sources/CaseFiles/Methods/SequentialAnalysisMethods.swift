import Statistics

extension StatisticsMethods {
  static let analyseRates: CaseMethod = { inputs in
    let stages = try inputs.nested("stagewise")
    let n1 = cumulative(try stages.numbers("n1"))
    let n2 = cumulative(try stages.numbers("n2"))
    let x1 = cumulative(try stages.numbers("events1"))
    let x2 = cumulative(try stages.numbers("events2"))
    return fields(
      try SequentialComparison(
        rates: n1.indices.map { index in
          (
            BinomialSample(responders: Int(x1[index]), total: Int(n1[index])),
            BinomialSample(responders: Int(x2[index]), total: Int(n2[index]))
          )
        },
        try inputs.sequentialPlan(null: "margin")))
  }

  static let analyseMeans: CaseMethod = { inputs in
    let stages = try inputs.nested("stagewise")
    let one = try cumulativeMoments(stages, "1")
    let two = try cumulativeMoments(stages, "2")
    return fields(
      try SequentialComparison(
        means: Array(zip(one, two)), try inputs.sequentialPlan(null: "thetaH0")))
  }

  private static func fields(_ result: SequentialComparison) -> JSONValue {
    let looks = result.looks
    func final(_ value: (SequentialComparison.Ending) -> Double) -> JSONValue {
      result.ending.map { .number(value($0)) } ?? .null
    }
    return .object([
      "zOverall": .numbers(looks.map(\.z)), "pOverall": .numbers(looks.map { Normal.tail($0.z) }),
      "repeatedCILower": .numbers(looks.map(\.repeatedInterval.lower)),
      "repeatedCIUpper": .numbers(looks.map(\.repeatedInterval.upper)),
      "repeatedPValue": .numbers(looks.map(\.repeatedPValue)),
      "conditionalRejection": .numbers(looks.compactMap(\.conditionalRejection)),
      "finalStage": final { Double($0.look) }, "finalP": final(\.p),
      "finalCILower": final(\.interval.lower), "finalCIUpper": final(\.interval.upper),
      "medianUnbiasedEstimate": final(\.medianUnbiased),
    ])
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
