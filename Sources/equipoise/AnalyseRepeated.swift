import ArgumentParser
import Statistics

/// How visits of one participant vary together, as written on a command line.
enum StructureName: String, ExpressibleByArgument, CaseIterable {
  case unstructured
  case csh
  case toeplitz
  case ar1

  var structure: CovarianceStructure {
    switch self {
    case .unstructured: .unstructured
    case .csh: .heterogeneousCompoundSymmetry
    case .toeplitz: .heterogeneousToeplitz
    case .ar1: .autoregressive
    }
  }
}

/// How degrees of freedom are found, as written on a command line.
enum DegreesName: String, ExpressibleByArgument, CaseIterable {
  case satterthwaite
  case kenwardRogerLinear = "kenward-roger-linear"
  case betweenWithin = "between-within"

  var method: DegreesOfFreedomMethod {
    switch self {
    case .satterthwaite: .satterthwaite
    case .kenwardRogerLinear: .kenwardRogerLinear
    case .betweenWithin: .betweenWithin
    }
  }
}

/// Compares mean scores at a visit from all visits.
struct AnalyseRepeated: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "repeated",
    abstract: "Compares mean scores at a visit by a model for repeated measures (MMRM).",
    discussion: """
      Example: equipoise analyse repeated trial.csv --arm ARM --participant USUBJID --visit VISIT \
      --outcome CHG --baseline BASE --factor SITE --at V6 --experimental KAP --comparator ECT \
      --lower-is-better --margin 3

      One row for each participant and visit. The model has arm by visit, baseline by visit and \
      factors, fitted by restricted maximum likelihood; a row without the outcome is left out, and \
      its participant counts with the other visits. Visits are in the order of their texts. \
      Direction and margin are as in “equipoise help analyse means”.
      """)

  @OptionGroup var rows: ModelTableArguments
  @OptionGroup var comparison: ScoreArguments
  @OptionGroup var columns: VisitColumns
  @Option(help: "A column with a factor. May be repeated.") var factor: [String] = []
  @Option(help: "The visit at which the arms are compared.") var at: String
  @Option(help: "How visits vary together: unstructured, csh, toeplitz or ar1.")
  var structure = StructureName.unstructured
  @Option(help: "Degrees of freedom: satterthwaite, kenward-roger-linear or between-within.")
  var degrees = DegreesName.satterthwaite

  func run() throws {
    let table = try rows.table()
    let measures = try measures(table)
    guard measures.contains(where: { $0.visit == at }) else { throw ModelTableRefusal.visitAbsent }
    try ModelRefusal.told {
      let model = try MixedModel(measures, covariance: structure.structure)
      guard
        let found = model.contrast(
          rows.experimental, rows.comparator, at: at, degreesOfFreedom: degrees.method)
      else { throw StatisticsRefusal.armWithoutParticipants }
      let text = try comparison.text(
        found, rows, scale: .score,
        method: "restricted maximum likelihood, \(structure.rawValue), \(degrees.rawValue); "
          + "\(model.participants) participants, \(model.observations) scores, −2 log likelihood "
          + Wording.decimal(model.minusTwoLogLikelihood, places: 4))
      print(text + "\n" + means(model), terminator: "")
    }
  }

  private func measures(_ table: ModelTable) throws -> [RepeatedMeasure] {
    let factors = try factor.map { try table.texts($0) }
    return try columns.rows(of: table, arm: rows.arm).enumerated().compactMap { row, visit in
      guard let outcome = visit.outcome, let baseline = visit.baseline else { return nil }
      return RepeatedMeasure(
        participant: visit.participant, arm: visit.arm, visit: visit.visit, outcome: outcome,
        baseline: baseline, factors: factors.map { $0[row] })
    }
  }

  private func means(_ model: MixedModel) -> String {
    let rows = model.arms.map { arm -> [String] in
      let mean = model.leastSquaresMean(arm, at: at, degreesOfFreedom: degrees.method)
      return [
        TerminalText.plain(arm), mean.map { Wording.decimal($0.estimate, places: 4) } ?? "–",
        mean.map { Wording.decimal($0.standardError, places: 4) } ?? "–",
      ]
    }
    return TerminalText.table(
      [["arm", "mean at \(TerminalText.plain(at))", "standard error"]] + rows,
      rightAligned: [1, 2])
  }
}
