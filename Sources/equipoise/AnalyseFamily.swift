import ArgumentParser
import Statistics

/// Tests several hypotheses that pass their share of the error rate on.
struct AnalyseGraph: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "graph",
    abstract: "A graphical procedure over the p-values of several hypotheses.",
    discussion: """
      Example: equipoise analyse graph 0.001 0.012 0.03 0.011 --weights 0.5,0.5,0,0 --pass \
      0,0.5,0.5,0 --pass 0.5,0,0,0.5 --pass 0,1,0,0 --pass 1,0,0,0

      --weights shares --alpha out; the nth --pass says where the nth hypothesis passes its share \
      when it is rejected. Bonferroni tests (Bretz and others 2009) need no assumption; --simes takes \
      the closure of weighted Simes tests, valid where p-values depend positively. Each p-value is the \
      one-sided p-value of its own claim at its own margin, as the other verbs give it: here margins \
      have no place.
      """)

  @Argument(help: "The p-values, from 0 to 1.", transform: PlainNumber.read) var values: [Double]
  @Option(
    help: ArgumentHelp("The shares of the error rate, at most 1 together.", valueName: "w,w,..."),
    transform: NumberList.read)
  var weights: [Double]
  @Option(
    help: ArgumentHelp("Where one hypothesis passes its share. Once each.", valueName: "g,g,..."),
    transform: NumberList.read)
  var pass: [[Double]]
  @Option(help: "The error rate of the family.", transform: PlainNumber.read) var alpha = 0.025
  @Flag(help: "Weighted Simes tests of every intersection.") var simes = false

  func validate() throws { try FamilyCheck.check(values, alpha) }

  func run() throws {
    try ModelRefusal.told {
      let graph = try GraphicalProcedure(weights: weights, transitions: pass)
      let outcome =
        simes ? try graph.simes(values, alpha: alpha) : try graph.bonferroni(values, alpha: alpha)
      var rows = [["hypothesis", "p", "adjusted p", "rejected"]]
      if !simes { rows[0].append("share left") }
      for index in values.indices {
        rows.append(
          [
            "\(index + 1)", Wording.decimal(values[index], places: 6),
            Wording.decimal(outcome.adjusted[index], places: 6),
            outcome.rejected[index] ? "yes" : "no",
          ] + (simes ? [] : [Wording.decimal(outcome.finalWeights[index], places: 4)]))
      }
      print(TerminalText.table(rows, rightAligned: [1, 2, 3, 4]), terminator: "")
      print(
        "An adjusted p-value is compared with \(Wording.number(alpha)). Weighted "
          + (simes
            ? "Simes tests of every intersection, Bretz and others (2011)."
            : "Bonferroni tests, Bretz and others (2009)."))
    }
  }
}

/// What all procedures over several p-values refuse.
enum FamilyCheck {
  static func check(_ values: [Double], _ alpha: Double) throws {
    guard values.allSatisfy({ (0...1).contains($0) }) else {
      throw ValidationError("A p-value lies between 0 and 1.")
    }
    guard alpha > 0, alpha < 0.5 else {
      throw ValidationError("\(StatisticsRefusal.alphaOutOfRange)")
    }
  }
}

/// Compares several arms with one.
struct AnalyseDunnett: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "dunnett",
    abstract: "Adjusts the statistics of several arms compared with one (Dunnett).",
    discussion: """
      Example: equipoise analyse dunnett --statistics 2.1,2.4 --degrees 57

      Each statistic is (experimental arm − common comparator − null difference) over its standard \
      error, with the sign turned where lower is better, so that large values speak for every claim; \
      the null difference is the margin, or 0 for superiority. Arms of one size are correlated by \
      one half.
      """)

  // Read unconditionally: a negative statistic would otherwise be taken for an option.
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("The t statistics.", valueName: "t,t,..."), transform: NumberList.read)
  var statistics: [Double]
  @Option(help: "The correlation of any two, from 0 to below 1.", transform: PlainNumber.read)
  var correlation = 0.5
  @Option(help: "Degrees of freedom; without, the variance is known.", transform: PlainNumber.read)
  var degrees: Double?

  func run() throws {
    try ModelRefusal.told {
      let adjusted = try Dunnett.singleStep(
        statistics, correlation: correlation, degreesOfFreedom: degrees ?? .infinity)
      let rows = zip(statistics, adjusted).map {
        [Wording.decimal($0, places: 4), Wording.decimal($1, places: 6)]
      }
      print(
        TerminalText.table([["statistic", "adjusted one-sided p"]] + rows, rightAligned: [0, 1]),
        terminator: "")
      print("Dunnett (1955), one step.")
    }
  }
}

/// Noninferiority, then superiority, from one estimate.
struct AnalyseEstimate: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "estimate",
    abstract: "Noninferiority, then superiority, from an estimate and its standard error.",
    discussion: """
      Example: equipoise analyse estimate --estimate 0.142 --standard-error 0.0528 --margin -0.10

      The estimate is experimental arm − comparator, on any scale. The margin is negative where \
      higher is better and positive where lower is better (--lower-is-better); the other sign is \
      refused. Both claims are read off one limit, so that testing the second costs no error.
      """)

  @Option(
    parsing: .unconditional, help: "The difference, experimental arm − comparator.",
    transform: PlainNumber.read)
  var estimate: Double
  @Option(help: "Its standard error.", transform: PlainNumber.read) var standardError: Double
  @Option(
    parsing: .unconditional, help: "The noninferiority margin with its sign.",
    transform: PlainNumber.read)
  var margin: Double
  @Flag var direction = DirectionFlag.higherIsBetter
  @Option(help: "The one-sided error rate.", transform: PlainNumber.read) var alpha = 0.025

  func validate() throws {
    guard standardError > 0 else { throw ValidationError("--standard-error lies above 0.") }
    _ = try parsed()
  }

  private func parsed() throws -> NoninferiorityMargin {
    do {
      return try NoninferiorityMargin(parsing: margin, direction: direction.direction)
    } catch {
      throw ValidationError(error.description)
    }
  }

  func run() throws {
    try ModelRefusal.told {
      let result = try NoninferiorityThenSuperiority(
        estimate: estimate, standardError: standardError, margin: try parsed(),
        alphaOneSided: alpha)
      let side =
        switch direction {
        case .higherIsBetter: "lower"
        case .lowerIsBetter: "upper"
        }
      let finding =
        result.isSuperior
        ? "Noninferior and superior" : result.isNoninferior ? "Noninferior" : "Not shown"
      print(
        """
        \(finding): difference \(number(estimate)), \(side) limit \(number(result.limit)) at one-sided \
        \(Wording.number(alpha)), margin \(Wording.number(margin)).
        noninferiority: one-sided \(Wording.pValue(result.pNoninferiority))
        superiority: one-sided \(Wording.pValue(result.pSuperiority)), tested only after noninferiority
        Morikawa and Yoshida (1995), by normal approximation.
        """)
    }
  }

  private func number(_ value: Double) -> String { Wording.decimal(value, places: 4) }
}
