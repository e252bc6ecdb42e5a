import Statistics

extension StatisticsMethods {
  static var safety: [String: CaseMethod] {
    [
      "proportion.ci.clopperPearson": { inputs in
        let sample = try inputs.sample()
        return .interval(
          try Proportion.clopperPearson(sample, level: inputs.level()),
          estimate: sample.proportion)
      },
      "proportion.ci.wilson": { inputs in
        let sample = try inputs.sample()
        return .interval(
          try Proportion.wilson(sample, level: inputs.level()), estimate: sample.proportion)
      },
      "fisher.exact": { inputs in
        let (one, two) = try inputs.arms()
        let result = try FisherExact(one, two, level: inputs.level())
        return .object([
          "pTwoSided": .number(result.pTwoSided), "pGreater": .number(result.pGreater),
          "pLess": .number(result.pLess), "conditionalOddsRatio": .number(result.oddsRatio),
          "orLower": .number(result.interval.lower), "orUpper": .number(result.interval.upper),
        ])
      },
      "rate.ci.exactPoisson": { inputs in
        let result = try EventRate.exactPoisson(
          events: try inputs.integer("events"), exposure: try inputs.number("exposure"),
          level: inputs.level())
        return .object([
          "rate": .number(result.rate), "lower": .number(result.interval.lower),
          "upper": .number(result.interval.upper),
        ])
      },
      "safety.aeIncidence": incidence,
    ]
  }

  private static let incidence: CaseMethod = { inputs in
    let treated = try inputs.nested("denominators")
    let events = try inputs.nestedList("records").map { record in
      AdverseEvent(
        participant: try record.text("subject"), arm: try record.text("arm"),
        organClass: try record.text("soc"), preferredTerm: try record.text("pt"),
        grade: try record.integer("grade"),
        isSerious: record.values["serious"]?.bool ?? false)
    }
    let table = try AdverseEventTable(
      events, treated: try treated.values.names.map { ($0, try treated.integer($0)) })
    let rows: [JSONValue] = table.cells.map { cell in
      .object([
        "row": .text(cell.row), "arm": .text(cell.arm),
        "subjects": .number(Double(cell.participants.responders)),
        "events": .number(Double(cell.events)), "n": .number(Double(cell.participants.total)),
        "percent": .number(100 * cell.participants.proportion),
        "lower": .number(100 * cell.interval.lower), "upper": .number(100 * cell.interval.upper),
      ])
    }
    return .object(["rows": .list(rows)])
  }
}

extension CaseInputs {
  fileprivate func sample() throws(CaseFileRefusal) -> BinomialSample {
    BinomialSample(responders: try integer("x"), total: try integer("n"))
  }
}
