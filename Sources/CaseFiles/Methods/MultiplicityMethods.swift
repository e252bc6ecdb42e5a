import Statistics

extension StatisticsMethods {
  static var multiplicity: [String: CaseMethod] {
    [
      "multiplicity.bonferroni": adjusted(AdjustedPValues.bonferroni),
      "multiplicity.holm": adjusted(AdjustedPValues.holm),
      "multiplicity.hochberg": adjusted(AdjustedPValues.hochberg),
      "multiplicity.hommel": adjusted(AdjustedPValues.hommel),
      "multiplicity.fixedSequence": adjusted(AdjustedPValues.fixedSequence),
      "multiplicity.graphical.bonferroni": graphical {
        try $0.bonferroni($1, alpha: $2)
      },
      "multiplicity.graphical.simes": graphical { try $0.simes($1, alpha: $2) },
      "multiplicity.noninferiorityThenSuperiority": { inputs in
        let result = try NoninferiorityThenSuperiority(
          estimate: try inputs.number("estimate"), standardError: try inputs.number("se"),
          margin: try NoninferiorityMargin(
            parsing: try inputs.number("margin"), direction: .higherIsBetter),
          alphaOneSided: try inputs.number("alphaOneSided"))
        return .object([
          "lower": .number(result.limit), "noninferior": .bool(result.isNoninferior),
          "superior": .bool(result.isSuperior),
          "pNoninferiority": .number(result.pNoninferiority),
          "pSuperiority": .number(result.pSuperiority),
        ])
      },
      "multiplicity.dunnett.singleStep": { inputs in
        let p = try Dunnett.singleStep(
          try inputs.numbers("statistics"), correlation: try inputs.number("correlation"),
          degreesOfFreedom: inputs.optionalNumber("df") ?? .infinity)
        return .object(["adjustedP": .numbers(p)])
      },
    ]
  }

  private static func adjusted(
    _ adjust: @escaping @Sendable ([Double]) -> [Double]
  ) -> CaseMethod {
    { inputs in
      let p = adjust(try inputs.numbers("p"))
      let rejected = AdjustedPValues.rejected(p, alpha: try inputs.number("alpha"))
      return .object(["adjustedP": .numbers(p), "rejected": .list(rejected.map { .bool($0) })])
    }
  }

  private static func graphical(
    _ procedure:
      @escaping @Sendable (GraphicalProcedure, [Double], Double) throws ->
      GraphicalProcedure.Outcome
  ) -> CaseMethod {
    { inputs in
      let graph = try GraphicalProcedure(
        weights: try inputs.numbers("weights"), transitions: try inputs.rows("transitions"))
      let outcome = try procedure(
        graph, try inputs.numbers("p"), try inputs.number("alpha"))
      return .object([
        "adjustedP": .numbers(outcome.adjusted),
        "rejected": .list(outcome.rejected.map { .bool($0) }),
        "finalWeights": .numbers(outcome.finalWeights),
      ])
    }
  }
}
