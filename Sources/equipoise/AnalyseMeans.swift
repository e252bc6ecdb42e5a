import ArgumentParser
import Statistics

/// Compares mean scores of two arms from a file.
struct AnalyseMeans: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "means",
    abstract: "Compares mean scores, at equal covariates where some are named.",
    discussion: """
      Example: equipoise analyse means trial.csv --arm ARM --outcome CHG --experimental KAP \
      --comparator ECT --covariate BASE --factor SITE --lower-is-better --margin 3

      The difference is experimental arm − comparator. Of a symptom score, or its change, lower is \
      better: then the margin is positive, and the claim is that the experimental arm is less than \
      that many points worse. Where higher is better the margin is negative. The other sign would \
      claim something else and is refused.

      With covariates or factors: analysis of covariance, arms compared at the mean of covariates \
      and equal weights of factor levels. Without: Welch's and the pooled comparison of two arms. A \
      row without the outcome or a covariate is left out.
      """)

  @OptionGroup var rows: ModelTableArguments
  @OptionGroup var comparison: ScoreArguments
  @Option(help: "The column that holds the outcome.") var outcome: String
  @Option(help: "A column with a numeric covariate. May be repeated.") var covariate: [String] = []
  @Option(help: "A column with a factor. May be repeated.") var factor: [String] = []

  func run() throws {
    let table = try rows.table()
    let arms = try table.texts(rows.arm)
    let outcomes = try table.numbers(outcome)
    let covariates = try covariate.map { try table.numbers($0) }
    let factors = try factor.map { try table.texts($0) }
    let all = arms.indices.compactMap { row -> AncovaRow? in
      let known = covariates.compactMap { $0[row] }
      guard let outcome = outcomes[row], known.count == covariates.count else { return nil }
      return AncovaRow(
        arm: arms[row], outcome: outcome, covariates: known, factors: factors.map { $0[row] })
    }
    try ModelRefusal.told {
      if all.count < arms.count {
        print("\(TerminalText.count(arms.count - all.count, "row")) incomplete: left out.\n")
      }
      print(
        covariate.isEmpty && factor.isEmpty ? try twoSamples(all) : try ancova(all), terminator: "")
    }
  }

  private func ancova(_ all: [AncovaRow]) throws -> String {
    let model = try Ancova(all)
    guard let found = model.contrast(rows.experimental, rows.comparator) else {
      throw StatisticsRefusal.armWithoutParticipants
    }
    let means = model.arms.compactMap { model.leastSquaresMean($0) }.enumerated().map {
      index, mean in
      [
        TerminalText.plain(model.arms[index]), Wording.decimal(mean.estimate, places: 4),
        Wording.decimal(mean.standardError, places: 4),
      ]
    }
    return try comparison.text(
      found, rows, scale: .score, method: "analysis of covariance, \(model.count) participants")
      + "\n"
      + TerminalText.table([["arm", "mean", "standard error"]] + means, rightAligned: [1, 2])
  }

  private func twoSamples(_ all: [AncovaRow]) throws -> String {
    let moments = try [rows.experimental, rows.comparator].map { arm in
      try SampleMoments(of: all.filter { $0.arm == arm }.map(\.outcome))
    }
    let welch = try MeanDifference(welch: moments[0], moments[1])
    let pooled = try MeanDifference(pooled: moments[0], moments[1])
    let interval = try pooled.interval(level: comparison.level)
    let means = zip([rows.experimental, rows.comparator], moments).map { arm, moment in
      [
        TerminalText.plain(arm), Wording.decimal(moment.count, places: 0),
        Wording.decimal(moment.mean, places: 4),
        Wording.decimal(moment.standardDeviation, places: 4),
      ]
    }
    return try comparison.text(
      LinearEstimate(
        label: "", estimate: welch.estimate, standardError: welch.standardError,
        degreesOfFreedom: welch.degreesOfFreedom), rows, scale: .score,
      method: "Welch (1947), unequal variances")
      + "with a pooled variance: \(Wording.decimal(interval.lower, places: 4)) to "
      + "\(Wording.decimal(interval.upper, places: 4)), t = \(Wording.decimal(pooled.t, places: 4)) on "
      + "\(Wording.decimal(pooled.degreesOfFreedom, places: 0)) degrees of freedom\n\n"
      + TerminalText.table(
        [["arm", "participants", "mean", "standard deviation"]] + means, rightAligned: [1, 2, 3])
  }
}

/// The refusals of the statistics as a person at the command line reads them.
enum ModelRefusal {
  static func told(_ work: () throws -> Void) throws {
    do {
      try work()
    } catch let refusal as StatisticsRefusal {
      throw ValidationError(refusal.description)
    }
  }
}

/// Compares proportions standardized to covariates.
struct AnalyseLogistic: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "logistic",
    abstract: "Compares two proportions at equal covariates, by a logistic model.",
    discussion: """
      Example: equipoise analyse logistic trial.csv --arm ARM --response RESP --experimental KAP \
      --comparator ECT --covariate BASE --margin -0.10

      The response is 1 or 0. Where responding is good the margin is negative, a proportion above \
      −1; where it is bad (--lower-is-better), positive. The difference is that of the two \
      proportions everybody would have in either arm, with a variance that holds whether or not the \
      model does.
      """)

  @OptionGroup var rows: ModelTableArguments
  @OptionGroup var comparison: ScoreArguments
  @Option(help: "The column that holds the response, 1 or 0.") var response: String
  @Option(help: "A column with a numeric covariate. May be repeated.") var covariate: [String] = []

  func validate() throws { _ = try comparison.claim(isProportion: true) }

  func run() throws {
    let table = try rows.table()
    let arms = try table.texts(rows.arm)
    let responses = try table.truths(response)
    let covariates = try covariate.map { try table.numbers($0) }
    let all = arms.indices.compactMap { row -> BinaryRow? in
      let known = covariates.compactMap { $0[row] }
      guard let response = responses[row], known.count == covariates.count else { return nil }
      return BinaryRow(arm: arms[row], isResponder: response, covariates: known)
    }
    try ModelRefusal.told {
      let model = try StandardizedDifference(all)
      guard let found = model.difference(rows.experimental, rows.comparator) else {
        throw StatisticsRefusal.armWithoutParticipants
      }
      if all.count < arms.count {
        print("\(TerminalText.count(arms.count - all.count, "row")) incomplete: left out.\n")
      }
      let text = try comparison.text(
        found, rows, scale: .proportion,
        method: "logistic model, standardized to \(all.count) participants")
      let shares = zip(model.arms, model.proportions).map {
        [TerminalText.plain($0), Wording.decimal($1, places: 4)]
      }
      print(
        text + "\n"
          + TerminalText.table([["arm", "standardized"]] + shares, rightAligned: [1]),
        terminator: "")
    }
  }
}
