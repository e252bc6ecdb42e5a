/// What is assumed of the visits a participant missed at the end.
public enum ReferenceStrategy: Sendable {
  /// Like others of the same arm with the same past.
  case missingAtRandom
  /// From then on the mean of the reference arm.
  case jumpToReference
  /// The reference arm's mean from the beginning.
  case copyReference
  /// The own mean up to then, afterwards the increments of the reference arm.
  case copyIncrements
}

/// A participant with an outcome, or none, at every visit.
public struct IncompleteSeries: Equatable, Sendable {
  /// Whose series it is.
  public var participant: String
  /// The allocated arm.
  public var arm: String
  /// The baseline value.
  public var baseline: Double
  /// The outcome at every visit in order; nil where missing.
  public var outcomes: [Double?]

  /// A series from its parts.
  public init(participant: String, arm: String, baseline: Double, outcomes: [Double?]) {
    self.participant = participant
    self.arm = arm
    self.baseline = baseline
    self.outcomes = outcomes
  }
}

/// Reference-based imputation of conditional means, with a jackknife standard error.
///
/// A model for repeated measures is fitted to what was seen; a missing last visit is replaced by its
/// conditional mean under the strategy, and the arms are compared there by analysis of covariance. The
/// variance is that of leaving out one participant at a time. Sources: Carpenter, Roger and Kenward (2013),
/// J. Biopharm. Stat. 23, 1352-1371; Wolbers et al. (2022), Pharmaceutical Statistics 21, 1246-1257.
public struct ReferenceBasedImputation: Equatable, Sendable {
  /// Treatment − reference at the last visit.
  public let estimate: Double
  /// The jackknife standard error.
  public let standardError: Double
  /// The mean of the reference arm at the mean baseline.
  public let referenceMean: Double
  /// The mean of the other arm at the mean baseline.
  public let treatmentMean: Double

  /// Two-sided p-value, by normal approximation.
  public var p: Double { estimate == 0 ? 1 : 2 * Normal.tail(abs(estimate / standardError)) }

  /// Estimate ± z standard errors.
  public func interval(level: Double = 0.95) throws(StatisticsRefusal) -> ConfidenceInterval {
    let half = try criticalValue(level: level) * standardError
    return ConfidenceInterval(lower: estimate - half, upper: estimate + half, level: level)
  }

  /// Imputes and compares two arms.
  public init(
    _ series: [IncompleteSeries], reference: String, treatment: String,
    strategy: ReferenceStrategy
  ) throws(StatisticsRefusal) {
    let ordered = series.sorted { $0.participant < $1.participant }
    let comparison = ReferenceComparison(
      reference: reference, treatment: treatment, strategy: strategy)
    let whole = try comparison.means(ordered)
    estimate = whole.treatment - whole.reference
    referenceMean = whole.reference
    treatmentMean = whole.treatment
    var left: [Double] = []
    for index in ordered.indices {
      var others = ordered
      others.remove(at: index)
      let means = try comparison.means(others)
      left.append(means.treatment - means.reference)
    }
    let count = Double(left.count)
    let centre = CompensatedSum(left).value / count
    let squares = CompensatedSum(left.lazy.map { ($0 - centre) * ($0 - centre) }).value
    standardError = sqrt((count - 1) / count * squares)
  }
}

private struct ReferenceComparison {
  var reference: String
  var treatment: String
  var strategy: ReferenceStrategy

  /// The least-squares means of both arms at the last visit after imputation.
  func means(
    _ series: [IncompleteSeries]
  ) throws(StatisticsRefusal) -> (reference: Double, treatment: Double) {
    guard let visits = series.first?.outcomes.count, visits > 0 else { throw .tooFewObservations }
    guard series.allSatisfy({ $0.outcomes.count == visits }) else { throw .lengthsDiffer }
    let names = (0..<visits).map { VisitLabel.name($0) }
    var measures: [RepeatedMeasure] = []
    for one in series {
      for (visit, outcome) in one.outcomes.enumerated() {
        guard let outcome else { continue }
        measures.append(
          RepeatedMeasure(
            participant: one.participant, arm: one.arm, visit: names[visit], outcome: outcome,
            baseline: one.baseline))
      }
    }
    let model = try MixedModel(measures)
    var rows: [AncovaRow] = []
    for one in series {
      rows.append(
        AncovaRow(
          arm: one.arm, outcome: try lastOutcome(one, model, names), covariates: [one.baseline]))
    }
    let analysis = try Ancova(rows)
    guard let first = analysis.leastSquaresMean(reference),
      let second = analysis.leastSquaresMean(treatment)
    else { throw .armWithoutParticipants }
    return (first.estimate, second.estimate)
  }

  /// The outcome at the last visit: as seen, else E(last | seen) under the strategy.
  private func lastOutcome(
    _ series: IncompleteSeries, _ model: MixedModel, _ names: [String]
  ) throws(StatisticsRefusal) -> Double {
    if let seen = series.outcomes[names.count - 1] { return seen }
    let own = names.map { model.mean(series.arm, at: $0, baseline: series.baseline) }
    let other = names.map { model.mean(reference, at: $0, baseline: series.baseline) }
    let lastSeen = series.outcomes.lastIndex { $0 != nil }
    let mean = assumed(own, other, firstMissing: lastSeen.map { $0 + 1 } ?? 0)
    let seen = series.outcomes.indices.filter { series.outcomes[$0] != nil }
    guard !seen.isEmpty else { return mean[names.count - 1] }
    let sigma = model.covarianceMatrix
    let residual = seen.map { (series.outcomes[$0] ?? 0) - mean[$0] }
    let solved = try Cholesky(RestrictedLikelihood.block(sigma, seen)).solve(residual)
    return zip(seen, solved).reduce(mean[names.count - 1]) {
      $0 + sigma[names.count - 1, $1.0] * $1.1
    }
  }

  private func assumed(_ own: [Double], _ other: [Double], firstMissing: Int) -> [Double] {
    switch strategy {
    case .missingAtRandom: return own
    case .jumpToReference: return Array(own[..<firstMissing] + other[firstMissing...])
    case .copyReference: return other
    case .copyIncrements:
      guard firstMissing > 0 else { return other }
      let shift = own[firstMissing - 1] - other[firstMissing - 1]
      return Array(own[..<firstMissing] + other[firstMissing...].map { $0 + shift })
    }
  }
}

/// Names for visits that sort in their order.
private enum VisitLabel {
  static func name(_ visit: Int) -> String {
    let digits = "\(visit)"
    return String(repeating: "0", count: max(0, 4 - digits.count)) + digits
  }
}
