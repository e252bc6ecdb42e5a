import ArgumentParser
import Reports
import Statistics
import StudyModel

/// Works out the bounds of a group sequential plan.
struct AnalyseBounds: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "bounds",
    abstract: "Prints the error spent and the critical value at every look of a plan.",
    discussion: """
      Example: equipoise analyse bounds --information 0.5,1 --alpha 0.025

      With bounds for futility, which spend the error of missing the effect planned for: --futility \
      hwang-shih-decani:-2 --power 0.9. They are advice and cost no error unless --binding is said, \
      and then going on below one is not allowed any more.

      --two-sided takes --alpha as the error of both sides together. --shape 0 (O’Brien and \
      Fleming), 0.5 (Pocock) or a value between gives the family of Wang and Tsiatis for equally \
      spaced --looks in place of --information and --spending.
      """)

  @Option(
    help: ArgumentHelp(
      "The information fractions of the looks, growing, the last at most 1.",
      valueName: "t1,t2,..."),
    transform: PlanArguments.fractions)
  var information: [Double] = []
  @Option(
    help: """
      The error rate of the whole trial, one-sided unless --two-sided; 0.025, or 0.05 with \
      --two-sided, where none is given.
      """,
    transform: PlainNumber.read)
  var alpha: Double?
  @Option(help: PlanArguments.spendingHelp, transform: PlanArguments.spending)
  var spending: SpendingFunction?
  @Option(
    help:
      "The shape of Wang and Tsiatis, from 0 to 0.5; bounds fall with information to its power.",
    transform: PlainNumber.read)
  var shape: Double?
  @Option(help: "How many equally spaced looks, with --shape.") var looks: Int?
  @Flag(help: "Stop on either side; --alpha is the error of both.") var twoSided = false
  @Option(
    help: "How the error of missing the effect is spent; gives bounds for futility.",
    transform: PlanArguments.spending)
  var futility: SpendingFunction?
  @Option(help: "The power, with --futility.", transform: PlainNumber.read) var power: Double?
  @Flag(help: "Below a bound for futility the trial must stop.") var binding = false

  /// The error rate to spend.
  private var rate: Double { alpha ?? (twoSided ? 0.05 : 0.025) }

  func validate() throws {
    guard (shape == nil) == (looks == nil) else {
      throw ValidationError("Give --shape and --looks together.")
    }
    if let shape, let looks {
      guard information.isEmpty, spending == nil, futility == nil else {
        throw ValidationError("--shape takes --looks, and neither --information nor spending.")
      }
      guard (0...0.5).contains(shape), (1...PlanArguments.mostLooks).contains(looks) else {
        throw ValidationError(
          "--shape lies from 0 to 0.5, --looks from 1 to \(PlanArguments.mostLooks).")
      }
    } else if information.isEmpty {
      throw ValidationError("Give the looks, as --information 0.5,1.")
    }
    guard (futility == nil) == (power == nil), futility != nil || !binding else {
      throw ValidationError("Give --futility with --power, and --binding only with both.")
    }
    guard !twoSided || futility == nil else {
      throw ValidationError("Bounds for futility are one-sided. Leave out --two-sided.")
    }
  }

  func run() throws {
    try ModelRefusal.told {
      if let futility, let power { return try printFutility(futility, power) }
      let plan = try plan()
      var rows = [["look", "information", "cumulative alpha", "critical value", "nominal p"]]
      for index in plan.bounds.indices {
        let nominal = Normal.tail(plan.bounds[index]) * (twoSided ? 2 : 1)
        rows.append([
          "\(index + 1)", Wording.number(plan.information[index]),
          Wording.decimal(plan.spent[index], places: 6),
          Wording.decimal(plan.bounds[index], places: 3), Wording.decimal(nominal, places: 6),
        ])
      }
      print(TerminalText.table(rows, rightAligned: [1, 2, 3, 4], indent: 0), terminator: "")
    }
  }

  private func plan() throws -> (information: [Double], bounds: [Double], spent: [Double]) {
    let spending = spending ?? .obrienFleming
    if let shape, let looks {
      let design = try GroupSequentialDesign(
        wangTsiatis: shape, alphaOneSided: twoSided ? rate / 2 : rate, looks: looks)
      guard twoSided else {
        return (design.informationFractions, design.bounds, design.cumulativeAlpha)
      }
      let both = try TwoSidedBounds.wangTsiatis(shape, alphaTwoSided: rate, looks: looks)
      return (design.informationFractions, both.bounds, both.cumulativeAlpha)
    }
    if twoSided {
      let both = try TwoSidedBounds.spending(
        spending, alphaTwoSided: rate, informationFractions: information)
      return (information, both.bounds, both.cumulativeAlpha)
    }
    let design = try GroupSequentialDesign(
      spending: spending, alphaOneSided: rate, informationFractions: information)
    return (information, design.bounds, design.cumulativeAlpha)
  }

  private func printFutility(_ futility: SpendingFunction, _ power: Double) throws {
    let design = try FutilityDesign(
      alphaSpending: spending ?? .obrienFleming, betaSpending: futility, alphaOneSided: rate,
      beta: 1 - power, informationFractions: information, isBinding: binding)
    var rows = [["look", "information", "futility", "success", "power so far", "missed so far"]]
    for index in design.upper.indices {
      rows.append([
        "\(index + 1)", Wording.number(information[index]),
        Wording.decimal(design.lower[index], places: 3),
        Wording.decimal(design.upper[index], places: 3),
        Wording.decimal(design.cumulativePower[index], places: 6),
        Wording.decimal(design.cumulativeFutility[index], places: 6),
      ])
    }
    print(
      TerminalText.table(rows, rightAligned: [1, 2, 3, 4, 5], indent: 0)
        + """
        Bounds for futility are \(binding ? "binding" : "advice: the bounds for success hold without them").
        Drift at full information \(Wording.decimal(design.driftAtFinal, places: 6)); information relative to \
        a trial without looks: largest \(Wording.decimal(design.inflation, places: 6)), on average \
        \(Wording.decimal(design.expectedInformationWithoutEffect, places: 6)) without effect and \
        \(Wording.decimal(design.expectedInformationAtDrift, places: 6)) with it.
        """)
  }
}

/// The looks of a plan as written on a command line.
enum PlanArguments {
  /// More looks than any trial takes; the work grows with their number.
  static let mostLooks = 100

  static let spendingHelp: ArgumentHelp = """
    How the error is spent: obrien-fleming, pocock, kim-demets:RHO or hwang-shih-decani:GAMMA.
    """

  /// `0.5,1`.
  @Sendable static func fractions(_ text: String) throws -> [Double] {
    let numbers = try NumberList.read(text)
    guard numbers.count <= mostLooks else {
      throw ValidationError("A plan has at most \(mostLooks) looks.")
    }
    return numbers
  }

  /// A spending function with its parameter.
  @Sendable static func spending(_ text: String) throws -> SpendingFunction {
    do throws(ParseFault) {
      // Either minus sign, as everywhere on a command line.
      return SpendingFunction(try SpendingRule(parsing: text.replacing("−", with: "-")))
    } catch {
      throw ValidationError(error.sentence)
    }
  }
}

/// Numbers joined by commas.
enum NumberList {
  /// `0.5,0.5,0`.
  @Sendable static func read(_ text: String) throws -> [Double] {
    try text.split(separator: ",", omittingEmptySubsequences: false).map {
      try PlainNumber.read(String($0))
    }
  }
}
