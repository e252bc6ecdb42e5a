import ArgumentParser
import Foundation
import Statistics

/// How events at one time enter, as written on a command line.
enum TiesName: String, ExpressibleByArgument, CaseIterable {
  case efron
  case breslow
  case exact

  var method: TiesMethod {
    switch self {
    case .efron: .efron
    case .breslow: .breslow
    case .exact: .exact
    }
  }
}

/// Compares times to an event of two arms from a file.
struct AnalyseSurvival: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "survival",
    abstract: "Survival curves, the log-rank test and the hazard ratio of two arms.",
    discussion: """
      Example: equipoise analyse survival relapse.csv --arm ARM --time TIME --event EVENT \
      --experimental KAP --comparator ECT --stratify SITE --at 8 --at 20

      The event is 1 where it happened at the time and 0 where the participant was seen without it \
      until then. The hazard ratio is experimental arm over comparator: below 1 the event is rarer in \
      the experimental arm. A margin is a hazard ratio: above 1 where the event is bad, such as a \
      relapse, and below 1 where it is good (--event-is-good); the other side of 1 is refused. Rows \
      of other arms are left out.
      """)

  @OptionGroup var rows: ModelTableArguments
  @Option(help: "The column that holds the time.") var time: String
  @Option(help: "The column that holds 1 for an event and 0 for none.") var event: String
  @Option(help: "A column to stratify by. May be repeated.") var stratify: [String] = []
  @Option(help: "A column with a numeric covariate of the hazard. May be repeated.")
  var covariate: [String] = []
  @Option(help: "A time at which the share without the event is told. May be repeated.")
  var at: [Double] = []
  @Option(
    help: "The time up to which the mean time without the event is told.",
    transform: PlainNumber.read)
  var until: Double?
  @Flag(help: "Plain limits of the curves, in place of log-log ones.") var plainLimits = false
  @Option(help: "Events at one time: efron, breslow or exact.") var ties = TiesName.efron
  @Option(help: "The noninferiority margin as a hazard ratio.", transform: PlainNumber.read)
  var margin: Double?
  @Flag(help: "The event is good, such as a remission.") var eventIsGood = false
  @Option(help: "The two-sided level of intervals.", transform: PlainNumber.read) var level = 0.95

  func validate() throws {
    guard level > 0.5, level < 1 else {
      throw ValidationError("\(StatisticsRefusal.levelOutOfRange)")
    }
    guard let margin else { return }
    guard margin > 0, margin != 1 else {
      throw ValidationError(
        "The margin is a hazard ratio above 0 and not 1, for example 1.3. A margin of 1 asks for "
          + "superiority: leave it out.")
    }
    if eventIsGood, margin > 1 {
      throw ValidationError(
        "The event is good, so that fewer are worse: the margin must lie below 1, for example 0.77."
      )
    }
    if !eventIsGood, margin < 1 {
      throw ValidationError(
        "The event is bad, so that more are worse: the margin must lie above 1, for example 1.3. "
          + "If the event is good, say --event-is-good.")
    }
  }

  /// One participant of either arm.
  private struct Person {
    var arm: String
    var time: SurvivalTime
    var stratum: String
    var covariates: [Double]
  }

  func run() throws {
    let people = try people()
    try ModelRefusal.told {
      let cox = try CoxModel(
        people.map(\.time),
        covariates: people.map { [$0.arm == rows.experimental ? 1 : 0] + $0.covariates },
        strata: stratify.isEmpty ? nil : people.map(\.stratum), ties: ties.method)
      let test = try LogRank(
        people.map(\.time), arms: people.map(\.arm),
        strata: stratify.isEmpty ? nil : people.map(\.stratum))
      print(
        finding(cox) + "\n" + (try curves(people)) + "\n" + logRank(test) + (try means(people)),
        terminator: "")
    }
  }

  private func people() throws -> [Person] {
    let table = try rows.table()
    let arms = try table.texts(rows.arm)
    let times = try table.numbers(time)
    let events = try table.truths(event)
    let strata = try stratify.map { try table.texts($0) }
    let covariates = try covariate.map { try table.numbers($0) }
    let compared = [rows.experimental, rows.comparator]
    return arms.indices.compactMap { row in
      let known = covariates.compactMap { $0[row] }
      guard compared.contains(arms[row]), let time = times[row], let event = events[row],
        known.count == covariates.count
      else { return nil }
      return Person(
        arm: arms[row], time: SurvivalTime(time: time, isEvent: event),
        stratum: strata.map { $0[row] }.joined(separator: ", "), covariates: known)
    }
  }

  private func finding(_ cox: CoxModel) -> String {
    let (effect, error) = (cox.coefficients[0], cox.standardErrors[0])
    let half = Normal.tailQuantile((1 - level) / 2) * error
    let names = (TerminalText.plain(rows.experimental), TerminalText.plain(rows.comparator))
    let interval =
      "\(Wording.number(level * 100)) % interval \(number(exp(effect - half))) to "
      + number(exp(effect + half))
    var text = "hazard ratio \(names.0) over \(names.1) \(number(exp(effect))), \(interval)"
    if let margin {
      let bad = eventIsGood ? -1.0 : 1.0
      let z = bad * (log(margin) - effect) / error
      let isShown = eventIsGood ? exp(effect - half) > margin : exp(effect + half) < margin
      text =
        (isShown
          ? "\(names.0) was noninferior to \(names.1): "
          : "Not shown: \(names.0) noninferior to \(names.1). ")
        + text + ", margin \(Wording.number(margin)).\n"
        + "Null hypothesis: the hazard ratio is \(eventIsGood ? "at most" : "at least") "
        + "\(Wording.number(margin)); one-sided \(Wording.pValue(Normal.tail(z)))"
    } else {
      text += ", two-sided \(Wording.pValue(2 * Normal.tail(abs(effect) / error)))"
    }
    return text + "\nlog hazard ratio \(Wording.decimal(effect, places: 6)), standard error "
      + "\(Wording.decimal(error, places: 6)) (Cox, ties by \(ties.rawValue)"
      + (stratify.isEmpty ? "" : ", stratified") + ")\n"
  }

  private func curves(_ people: [Person]) throws -> String {
    var lines = [
      ["arm", "participants", "events", "median", "interval of the median"]
        + at.map { "without it at \(Wording.number($0))" }
    ]
    for arm in [rows.experimental, rows.comparator] {
      let curve = try KaplanMeier(people.filter { $0.arm == arm }.map(\.time))
      let median = try curve.time(survivalFallsTo: 0.5, limits: limits, level: level)
      lines.append(
        [
          TerminalText.plain(arm), "\(curve.count)", "\(curve.events)",
          median.time.map(number) ?? "not reached",
          (median.lower.map(number) ?? "–") + " to " + (median.upper.map(number) ?? "–"),
        ]
          + (try at.map { time in
            let step = curve.step(at: time)
            let found = try curve.interval(step, limits: limits, level: level)
            let interval =
              found.map { " (\(number($0.lower)) to \(number($0.upper)))" } ?? ""
            return number(step.survival) + interval
          }))
    }
    return TerminalText.table(lines)
  }

  private var limits: SurvivalLimits { plainLimits ? .plain : .logLog }

  /// Means up to a time and their difference; a curve that ends before has none.
  private func means(_ people: [Person]) throws -> String {
    guard let until else { return "" }
    var lines = [["arm", "mean time without it until \(Wording.number(until))", "standard error"]]
    var found: [(mean: Double, standardError: Double)] = []
    for arm in [rows.experimental, rows.comparator] {
      let own = people.filter { $0.arm == arm }.map(\.time)
      let curve = try KaplanMeier(own)
      let last = own.map(\.time).max() ?? 0
      guard curve.step(at: until).survival == 0 || last >= until else {
        throw ValidationError("Nobody of one arm was followed until then. Name an earlier time.")
      }
      let mean = try curve.restrictedMean(to: until)
      found.append(mean)
      lines.append([TerminalText.plain(arm), number(mean.mean), number(mean.standardError)])
    }
    let difference = found[0].mean - found[1].mean
    let error =
      (found[0].standardError * found[0].standardError
      + found[1].standardError * found[1].standardError).squareRoot()
    let half = Normal.tailQuantile((1 - level) / 2) * error
    return "\n" + TerminalText.table(lines, rightAligned: [1, 2])
      + "difference of means \(number(difference)), \(Wording.number(level * 100)) % interval "
      + "\(number(difference - half)) to \(number(difference + half))\n"
  }

  private func logRank(_ test: LogRank) -> String {
    "log-rank: chi-square \(number(test.chiSquare)) on \(test.degreesOfFreedom) degree of freedom, "
      + "\(Wording.pValue(test.p))" + (stratify.isEmpty ? "" : ", stratified") + "\n"
  }

  private func number(_ value: Double) -> String { Wording.decimal(value, places: 4) }
}
