/// Noninferiority, then superiority, from one interval: no error rate is shared out.
///
/// Both are read off the same limit, so that the second never needs its own α. Source: Morikawa and
/// Yoshida (1995), J. Biopharm. Stat. 5, 297-306.
public struct NoninferiorityThenSuperiority: Equatable, Sendable {
  /// The limit on the side of the margin, of one-sided level 1 − α.
  public let limit: Double
  /// P-value against the margin.
  public let pNoninferiority: Double
  /// P-value against no difference.
  public let pSuperiority: Double
  /// Whether the limit lies on the good side of the margin.
  public let isNoninferior: Bool
  /// Whether it lies on the good side of zero; only ever together with noninferiority.
  public let isSuperior: Bool

  /// From an approximately normal estimate.
  public init(
    estimate: Double, standardError: Double, margin: NoninferiorityMargin, alphaOneSided: Double
  ) throws(StatisticsRefusal) {
    guard alphaOneSided > 0, alphaOneSided < 0.5 else { throw .alphaOutOfRange }
    guard standardError > 0, standardError.isFinite, estimate.isFinite else {
      throw .tooFewObservations
    }
    let half = Normal.tailQuantile(alphaOneSided) * standardError
    switch margin.direction {
    case .higherIsBetter:
      limit = estimate - half
      pNoninferiority = Normal.tail((estimate - margin.value) / standardError)
      pSuperiority = Normal.tail(estimate / standardError)
      isNoninferior = limit > margin.value
      isSuperior = isNoninferior && limit > 0
    case .lowerIsBetter:
      limit = estimate + half
      pNoninferiority = Normal.cdf((estimate - margin.value) / standardError)
      pSuperiority = Normal.cdf(estimate / standardError)
      isNoninferior = limit < margin.value
      isSuperior = isNoninferior && limit < 0
    }
  }
}
