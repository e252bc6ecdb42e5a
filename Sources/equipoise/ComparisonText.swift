import Statistics

/// A comparison of two arms as it is printed: the finding first, then the numbers.
struct ComparisonText {
  private let hypothesis: Hypothesis
  private let table: StratifiedTable
  private let result: ComparisonResult
  private let z: Double

  init(
    _ hypothesis: Hypothesis, _ table: StratifiedTable, level: Double
  ) throws(StatisticsRefusal) {
    self.hypothesis = hypothesis
    self.table = table
    // 1 − 0.95 leaves a rounding error that would show in the level printed.
    let alpha = ((1 - level) / 2 * 1e12).rounded() / 1e12
    result = try ComparisonResult(hypothesis, in: .full, table: table, alphaOneSided: alpha)
    let test = try StratifiedScore(table).test(margin: hypothesis.claim.nullDifference)
    switch hypothesis.claim.direction {
    case .higherIsBetter: z = test.z
    case .lowerIsBetter: z = -test.z
    }
  }

  /// All lines.
  var text: String {
    var text = result.sentence + "\n\n"
    text += TerminalText.table([
      row(hypothesis.first, table.experimental), row(hypothesis.second, table.comparator),
    ])
    text += "\n" + numbers + "\n" + test + "\n" + hypothesis.sentence + "\n"
    if !result.droppedStrata.isEmpty {
      let names = result.droppedStrata.map(TerminalText.plain).joined(separator: ", ")
      text += "Left out, because one arm is empty there: \(names).\n"
    }
    return text
  }

  private func row(_ name: String, _ sample: BinomialSample) -> [String] {
    [
      name, "\(sample.responders) of \(sample.total)",
      Wording.decimal(100 * sample.proportion) + " %",
    ]
  }

  private var numbers: String {
    let level = Wording.number((result.interval.level * 1e10).rounded() / 1e8)
    return "difference \(Wording.decimal(result.estimate, places: 4)), \(level) % interval "
      + "\(Wording.decimal(result.interval.lower, places: 4)) to "
      + "\(Wording.decimal(result.interval.upper, places: 4)) (\(method))"
  }

  private var method: String {
    let strata = table.strata.count
    return strata == 1
      ? "Miettinen-Nurminen" : "Miettinen-Nurminen, \(strata) strata, Mantel-Haenszel weights"
  }

  private var test: String {
    let edge = Wording.number(hypothesis.claim.nullDifference)
    return "test at \(edge): z = \(Wording.decimal(z, places: 4)), one-sided "
      + Wording.pValue(result.pOneSided) + " (positive z speaks for the claim)"
  }
}
