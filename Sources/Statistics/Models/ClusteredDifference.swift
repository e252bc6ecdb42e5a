/// A difference of response proportions when one arm is treated by providers and the other is not.
///
/// Participants of one provider are more alike than others; in the comparator everybody stands alone
/// (a partially nested design). Variance of the clustered arm: k/(k − 1) Σ_c (Σ_i (y − p̂))²/n², k clusters;
/// of the other: p̂q̂/(n − 1). Degrees of freedom by Satterthwaite from k − 1 and n − 1. Sources: Roberts and
/// Roberts (2005), Clinical Trials 2, 152-162; Cochran (1977), Sampling Techniques, eq. 9A.5; the intraclass
/// correlation by analysis of variance, Donner and Klar (2000), section 1.6.
public struct ClusteredDifference: Equatable, Sendable {
  /// Clustered arm − other arm.
  public let estimate: LinearEstimate
  /// Clusters of the first arm.
  public let clusters: Int
  /// The intraclass correlation of response; nil when every cluster has one member.
  public let intraclassCorrelation: Double?
  /// The variance of the clustered arm over that of as many who stand alone.
  public let designEffect: Double?

  /// Compares the arms.
  /// - Parameters:
  ///   - clusters: responders and size of every cluster, in any order.
  ///   - other: the arm without clusters.
  public init(
    clusters given: [BinomialSample], other: BinomialSample
  ) throws(StatisticsRefusal) {
    let clusters = given.filter { $0.total > 0 }
      .sorted { ($0.total, $0.responders) < ($1.total, $1.responders) }
    guard clusters.allSatisfy(\.isPossible), other.isPossible else { throw .countsOutOfRange }
    guard clusters.count > 1, other.total > 1 else { throw .tooFewObservations }
    let k = Double(clusters.count)
    let n = Double(clusters.reduce(0) { $0 + $1.total })
    let x = Double(clusters.reduce(0) { $0 + $1.responders })
    let p = x / n
    let between = CompensatedSum(
      clusters.lazy.map { square(Double($0.responders) - p * Double($0.total)) }
    ).value
    let clustered = k / (k - 1) * between / (n * n)
    let m = Double(other.total)
    let q = Double(other.responders) / m
    let alone = q * (1 - q) / (m - 1)
    guard clustered + alone > 0 else { throw .noVariation }
    let degrees =
      square(clustered + alone) / (square(clustered) / (k - 1) + square(alone) / (m - 1))
    estimate = LinearEstimate(
      label: "clustered", estimate: p - q, standardError: sqrt(clustered + alone),
      degreesOfFreedom: degrees)
    self.clusters = clusters.count
    let plain = p * (1 - p) / n
    designEffect = plain > 0 ? clustered / plain : nil
    intraclassCorrelation = Self.correlation(clusters, k: k, n: n, p: p)
  }

  private static func correlation(
    _ clusters: [BinomialSample], k: Double, n: Double, p: Double
  ) -> Double? {
    guard n > k, p > 0, p < 1 else { return nil }
    var between = CompensatedSum()
    var within = CompensatedSum()
    var squares = CompensatedSum()
    for cluster in clusters {
      let size = Double(cluster.total)
      let rate = Double(cluster.responders) / size
      between.add(size * square(rate - p))
      within.add(size * rate * (1 - rate))
      squares.add(size * size)
    }
    let meanSize = (n - squares.value / n) / (k - 1)
    let (msb, msw) = (between.value / (k - 1), within.value / (n - k))
    let total = msb + (meanSize - 1) * msw
    return total > 0 ? (msb - msw) / total : nil
  }
}
