/// The probability of leaving the continuation region on each side at each look.
///
/// Z_k ~ N(θ√I_k, 1); a path goes on while lower < Z < upper. Source: Jennison and Turnbull (2000),
/// section 19.2. Absolute error below 1e-11.
public struct CrossingProbabilities: Equatable, Sendable {
  /// P(first exit at look k, above).
  public let upper: [Double]
  /// P(first exit at look k, below).
  public let lower: [Double]
  private let information: [Double]

  /// - Precondition: all lists have the same length; information increases.
  init(theta: Double, information: [Double], lower: [Double], upper: [Double]) {
    var path = RecursiveIntegration(theta: theta)
    var ups: [Double] = []
    var downs: [Double] = []
    for index in information.indices {
      ups.append(path.upper(upper[index], at: information[index]))
      downs.append(path.lower(lower[index], at: information[index]))
      if index + 1 < information.count {
        path.goOn(
          between: lower[index], and: upper[index], at: information[index],
          following: information[index + 1])
      }
    }
    self.upper = ups
    self.lower = downs
    self.information = information
  }

  /// Exit probabilities for a drift and bounds on the Z scale.
  public init(
    drift theta: Double, information: [Double], lowerBounds: [Double], upperBounds: [Double]
  ) throws(StatisticsRefusal) {
    guard information.count == lowerBounds.count, information.count == upperBounds.count else {
      throw .lengthsDiffer
    }
    guard theta.isFinite, !lowerBounds.contains(where: \.isNaN),
      !upperBounds.contains(where: \.isNaN)
    else { throw .parameterOutOfRange }
    try GroupSequentialDesign.checkIncreasing(information)
    self.init(theta: theta, information: information, lower: lowerBounds, upper: upperBounds)
  }

  /// P(exit by look k, on either side).
  var cumulativeEither: [Double] {
    var total = 0.0
    return upper.indices.map {
      total += upper[$0] + lower[$0]
      return total
    }
  }

  /// The information at the stop, on average; a path that never exits uses all of it.
  public var expectedInformation: Double {
    guard let last = information.last else { return 0 }
    return upper.indices.reduce(last) {
      $0 - (last - information[$1]) * (upper[$1] + lower[$1])
    }
  }
}
