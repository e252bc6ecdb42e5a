import Statistics

extension StatisticsMethods {
  static var rerandomization: [String: CaseMethod] {
    [
      "rerandomization.randomAllocationRule": { inputs in
        let (values, arms) = try inputs.outcomes()
        var test = RerandomizationTest(
          observed: RerandomizationTest.difference(values, arms) ?? .nan)
        try SequenceEnumeration.randomAllocation(
          size: arms.count, inArmOne: arms.count { $0 == 1 }
        ) {
          test.add(RerandomizationTest.difference(values, $0), probability: $1)
        }
        return .object(fields(test))
      },
      "rerandomization.stratifiedPermutedBlocks": { inputs in
        let (values, arms) = try inputs.outcomes()
        let strata = try inputs.texts("stratum")
        var test = RerandomizationTest(
          observed: RerandomizationTest.stratifiedDifference(values, strata, arms) ?? .nan)
        try SequenceEnumeration.permutedBlocks(
          strata: strata, blockSize: try inputs.integer("blockSize")
        ) {
          test.add(
            RerandomizationTest.stratifiedDifference(values, strata, $0), probability: $1)
        }
        return .object(fields(test))
      },
      "rerandomization.efronBiasedCoin": biasedCoin,
      "rerandomization.threeArmBlocks": threeArms,
    ]
  }

  private static func fields(_ test: RerandomizationTest) -> JSONObject {
    [
      "observed": .number(test.observed), "sequences": .number(Double(test.sequences)),
      "undefinedShare": .number(test.undefinedMass), "undefinedMass": .number(test.undefinedMass),
      "pGreater": .number(test.pGreater), "pTwoSided": .number(test.pTwoSided),
    ]
  }

  private static let biasedCoin: CaseMethod = { inputs in
    let (values, arms) = try inputs.outcomes()
    let observed = RerandomizationTest.difference(values, arms) ?? .nan
    let inOne = arms.count { $0 == 1 }
    var test = RerandomizationTest(observed: observed)
    var conditional = RerandomizationTest(observed: observed)
    var ownMass = 0.0
    try SequenceEnumeration.biasedCoin(
      size: arms.count, probability: try inputs.number("coinProbability")
    ) { sequence, mass in
      let statistic = RerandomizationTest.difference(values, sequence)
      test.add(statistic, probability: mass)
      if sequence.count(where: { $0 == 1 }) == inOne {
        conditional.add(statistic, probability: mass)
      }
      if sequence == arms { ownMass = mass }
    }
    var answer = fields(test)
    answer["probabilityOfObservedSequence"] = .number(ownMass)
    answer["pGreaterConditionalOnSplit"] = .number(conditional.pGreater)
    return .object(answer)
  }

  private static let threeArms: CaseMethod = { inputs in
    let (values, numbered) = try inputs.outcomes()
    let arms = numbered.map { $0 - 1 }
    func difference(_ arms: [Int]) -> Double? {
      RerandomizationTest.difference(values, arms, first: 0, second: 2)
    }
    func between(_ arms: [Int]) -> Double {
      RerandomizationTest.betweenArms(values, arms, count: 3)
    }
    var squares = RerandomizationTest(observed: between(arms))
    var pair = RerandomizationTest(observed: difference(arms) ?? .nan)
    try SequenceEnumeration.permutedBlocks(
      strata: arms.map { _ in "" }, blockSize: try inputs.integer("blockSize"), arms: 3
    ) {
      squares.add(between($0), probability: $1)
      pair.add(difference($0), probability: $1)
    }
    return .object([
      "observedSSB": .number(squares.observed), "observedDiff13": .number(pair.observed),
      "sequences": .number(Double(pair.sequences)), "pSSB": .number(squares.pGreater),
      "pDiff13TwoSided": .number(pair.pTwoSided), "pDiff13Less": .number(pair.pLess),
    ])
  }
}

extension CaseInputs {
  fileprivate func outcomes() throws(CaseFileRefusal) -> ([Double], [Int]) {
    (try numbers("y"), try numbers("assignment").map { Int($0) })
  }
}
