/// Size, mean and standard deviation of a sample.
public struct SampleMoments: Equatable, Sendable {
  /// The number of observations.
  public var count: Double
  /// Their mean.
  public var mean: Double
  /// Their standard deviation, with count − 1 in the denominator.
  public var standardDeviation: Double

  /// Moments given as such.
  public init(count: Double, mean: Double, standardDeviation: Double) {
    self.count = count
    self.mean = mean
    self.standardDeviation = standardDeviation
  }

  /// Moments of a list of values, in two passes.
  /// - Throws: `tooFewObservations` below two values.
  public init(of values: [Double]) throws(StatisticsRefusal) {
    guard values.count > 1 else { throw .tooFewObservations }
    guard values.allSatisfy(\.isFinite) else { throw .parameterOutOfRange }
    let size = Double(values.count)
    let centre = CompensatedSum(values).value / size
    let squares = CompensatedSum(values.lazy.map { ($0 - centre) * ($0 - centre) }).value
    self.init(count: size, mean: centre, standardDeviation: sqrt(squares / (size - 1)))
  }

  /// Moments of two samples laid together.
  public func joined(with other: SampleMoments) -> SampleMoments {
    let size = count + other.count
    let shift = other.mean - mean
    let squares =
      (count - 1) * square(standardDeviation) + (other.count - 1) * square(other.standardDeviation)
      + shift * shift * count * other.count / size
    return SampleMoments(
      count: size, mean: mean + shift * other.count / size,
      standardDeviation: sqrt(squares / (size - 1)))
  }
}

/// A difference of two means with its standard error and degrees of freedom.
public struct MeanDifference: Equatable, Sendable {
  /// First mean − second mean.
  public let estimate: Double
  /// Its standard error.
  public let standardError: Double
  /// The degrees of freedom of its t statistic.
  public let degreesOfFreedom: Double

  /// Under one common variance.
  ///
  /// Values that are all equal have no error to test by: `tooFewObservations`.
  /// Source: Student (1908), Biometrika 6, 1-25, as generalized by Fisher (1925).
  public init(pooled one: SampleMoments, _ two: SampleMoments) throws(StatisticsRefusal) {
    guard one.count > 0, two.count > 0, one.count + two.count > 2 else {
      throw .tooFewObservations
    }
    let pooled = PooledMeans(one, two)
    estimate = pooled.difference
    standardError = pooled.standardError
    guard standardError > 0, standardError.isFinite else { throw .tooFewObservations }
    degreesOfFreedom = one.count + two.count - 2
  }

  /// Under two variances, with the degrees of freedom of Satterthwaite.
  ///
  /// Source: Welch (1938), Biometrika 29, 350-362.
  public init(welch one: SampleMoments, _ two: SampleMoments) throws(StatisticsRefusal) {
    guard one.count > 1, two.count > 1 else { throw .tooFewObservations }
    let (v1, v2) = (
      square(one.standardDeviation) / one.count, square(two.standardDeviation) / two.count
    )
    estimate = one.mean - two.mean
    standardError = sqrt(v1 + v2)
    guard standardError > 0, standardError.isFinite else { throw .tooFewObservations }
    degreesOfFreedom =
      square(v1 + v2) / (v1 * v1 / (one.count - 1) + v2 * v2 / (two.count - 1))
  }

  /// The t statistic against a difference of zero.
  public var t: Double { estimate / standardError }
  /// The two-sided p-value.
  public var p: Double { StudentT.twoSided(t, degreesOfFreedom: degreesOfFreedom) }

  /// Estimate ± t standard errors.
  public func interval(level: Double = 0.95) throws(StatisticsRefusal) -> ConfidenceInterval {
    guard level > 0.5, level < 1 else { throw .levelOutOfRange }
    let half =
      -StudentT.quantile((1 - level) / 2, degreesOfFreedom: degreesOfFreedom) * standardError
    return ConfidenceInterval(lower: estimate - half, upper: estimate + half, level: level)
  }
}

/// A difference of means and its standard error under one common variance.
public struct PooledMeans: Equatable, Sendable {
  /// First mean − second mean.
  public let difference: Double
  /// s √(1/n₁ + 1/n₂).
  public let standardError: Double

  /// From the moments of two samples.
  public init(_ one: SampleMoments, _ two: SampleMoments) {
    difference = one.mean - two.mean
    let variance =
      ((one.count - 1) * square(one.standardDeviation)
        + (two.count - 1) * square(two.standardDeviation)) / (one.count + two.count - 2)
    standardError = sqrt(variance * (1 / one.count + 1 / two.count))
  }
}
