import ArgumentParser
import Statistics

/// Compares two proportions without approximation.
struct AnalyseExact: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "exact",
    abstract: "Exact tests and intervals of two proportions from counts.",
    discussion: """
      Example: equipoise analyse exact --experimental 9/10 --comparator 3/10 --margin -0.10

      The test at a margin takes the largest probability over all rates of the comparator (Chan and \
      Zhang), and its interval inverts it. Fisher's test, conditional on both margins of the table, \
      tests equality and gives the odds ratio. Direction and margin are as in “equipoise help \
      analyse counts”.
      """)

  @Option(
    help: ArgumentHelp(
      "Responders of the experimental arm of those analysed.", valueName: "responders/analysed"),
    transform: ArmCounts.read)
  var experimental: BinomialSample
  @Option(
    help: ArgumentHelp(
      "Responders of the comparator of those analysed.", valueName: "responders/analysed"),
    transform: ArmCounts.read)
  var comparator: BinomialSample
  @OptionGroup var comparison: ComparisonArguments

  /// The interval of larger arms takes minutes, and score methods are as good there.
  static let mostPerArm = 2000

  func validate() throws {
    guard max(experimental.total, comparator.total) <= Self.mostPerArm else {
      throw ValidationError(
        "Exact intervals are for arms of at most \(Self.mostPerArm). Use “equipoise analyse counts”."
      )
    }
  }

  func run() throws {
    try ModelRefusal.told {
      let hypothesis = try comparison.hypothesis()
      let null = hypothesis.claim.nullDifference
      let level = comparison.level
      let interval = try ExactUnconditional.chanZhang(experimental, comparator, level: level)
      let shorter = try ExactUnconditional.agrestiMin(experimental, comparator, level: level)
      let p: Double
      let isShown: Bool
      switch hypothesis.claim.direction {
      case .higherIsBetter:
        p = try ExactUnconditional.pGreater(experimental, comparator, margin: null)
        isShown = interval.lower > null
      case .lowerIsBetter:
        p = try ExactUnconditional.pGreater(comparator, experimental, margin: -null)
        isShown = interval.upper < null
      }
      let fisher = try FisherExact(experimental, comparator, level: level)
      let difference = try RiskDifference.estimate(experimental, comparator)
      print(
        """
        \(isShown ? "\(hypothesis.first) was" : "Not shown: \(hypothesis.first)") \
        \(hypothesis.claim.adjective) to \(hypothesis.second): difference \
        \(number(difference)), exact \(Wording.number(level * 100)) % interval \
        \(number(interval.lower)) to \(number(interval.upper)).

        exact unconditional test at \(Wording.number(null)): one-sided p = \(Wording.decimal(p, places: 6)) \
        (Chan and Zhang 1999)
        interval from one two-sided test: \(number(shorter.lower)) to \(number(shorter.upper)) \
        (Agresti and Min 2001)
        Fisher's exact test of equality: two-sided p = \(Wording.decimal(fisher.pTwoSided, places: 6)), \
        greater \(Wording.decimal(fisher.pGreater, places: 6)), less \
        \(Wording.decimal(fisher.pLess, places: 6))
        conditional odds ratio \(number(fisher.oddsRatio)), \(number(fisher.interval.lower)) to \
        \(number(fisher.interval.upper))
        \(hypothesis.sentence)
        """)
    }
  }

  private func number(_ value: Double) -> String { Wording.decimal(value, places: 4) }
}

/// Adjusts p-values of several hypotheses.
struct AnalysePValues: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "p-values",
    abstract: "Adjusts p-values of several hypotheses.",
    discussion: """
      Example: equipoise analyse p-values 0.01 0.02 0.04 --alpha 0.025

      Each adjusted value may be compared with the family's error rate. A fixed sequence takes the \
      hypotheses in the order in which they are written.
      """)

  @Argument(help: "The p-values, from 0 to 1.", transform: PlainNumber.read) var values: [Double]
  @Option(help: "The error rate of the family.", transform: PlainNumber.read) var alpha = 0.025

  func validate() throws { try FamilyCheck.check(values, alpha) }

  func run() throws {
    let methods = [
      ("Bonferroni", AdjustedPValues.bonferroni(values)), ("Holm", AdjustedPValues.holm(values)),
      ("Hochberg", AdjustedPValues.hochberg(values)), ("Hommel", AdjustedPValues.hommel(values)),
      ("fixed sequence", AdjustedPValues.fixedSequence(values)),
    ]
    let lines = methods.map { name, adjusted in
      [name]
        + zip(adjusted, AdjustedPValues.rejected(adjusted, alpha: alpha)).map {
          Wording.decimal($0, places: 6) + ($1 ? " *" : "  ")
        }
    }
    print(TerminalText.table(lines, rightAligned: Set(1...max(1, values.count))), terminator: "")
    print("* at most \(Wording.number(alpha))")
  }
}
