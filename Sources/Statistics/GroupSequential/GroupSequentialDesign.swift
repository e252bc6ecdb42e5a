/// When a trial looks at its data and how far the statistic must lie out to stop for success.
///
/// Efficacy is the upper side: success at look k is Z_k ≥ b_k, with Z_k ~ N(θ√I_k, 1). The bounds are
/// solved look after look, so that the error spent never depends on looks to come.
/// Source: Lan and DeMets (1983), Biometrika 70, 659-663; Jennison and Turnbull (2000), chapter 7.
/// Accuracy: 1e-10 on the bounds.
public struct GroupSequentialDesign: Equatable, Sendable {
  /// The planned information fractions, increasing; the last is 1.
  public let informationFractions: [Double]
  /// The one-sided error rate of the whole trial.
  public let alphaOneSided: Double
  /// The upper bounds on the Z scale, one per look.
  public let bounds: [Double]
  /// The error spent by each look.
  public let cumulativeAlpha: [Double]

  /// A design from a spending function.
  public init(
    spending: SpendingFunction, alphaOneSided: Double, informationFractions: [Double]
  ) throws(StatisticsRefusal) {
    try Self.check(alphaOneSided, informationFractions)
    self.informationFractions = informationFractions
    self.alphaOneSided = alphaOneSided
    cumulativeAlpha = try spending.spent(alphaOneSided, at: informationFractions)
    bounds = Self.upperBounds(cumulativeAlpha, informationFractions)
  }

  /// A design of the power family: b_k = C (t_k)^{Δ − 1/2}.
  ///
  /// Δ = 0 is O'Brien and Fleming's, Δ = 1/2 Pocock's. Source: Wang and Tsiatis (1987), Biometrics 43,
  /// 193-199. The constant C is the bound at the last look.
  public init(
    wangTsiatis delta: Double, alphaOneSided: Double, looks: Int
  ) throws(StatisticsRefusal) {
    guard looks > 0 else { throw .informationNotIncreasing }
    guard delta.isFinite else { throw .parameterOutOfRange }
    let fractions = (1...looks).map { Double($0) / Double(looks) }
    try Self.check(alphaOneSided, fractions)
    func bounds(_ constant: Double) -> [Double] {
      fractions.map { constant * pow($0, delta - 0.5) }
    }
    let constant = rootBetween(0.1, 12, tolerance: 1e-12) {
      (Self.crossings(bounds($0), fractions).last ?? 0) - alphaOneSided
    }
    informationFractions = fractions
    self.alphaOneSided = alphaOneSided
    self.bounds = bounds(constant)
    cumulativeAlpha = Self.crossings(self.bounds, fractions)
    guard abs((cumulativeAlpha.last ?? 0) - alphaOneSided) < 1e-8 else { throw .notConverged }
  }

  /// The one-sided p-value that a single look at each bound would need.
  public var nominalAlpha: [Double] { bounds.map(Normal.tail) }

  /// The probability of having crossed by each look when the drift is θ√I_k, I_max = 1.
  public func power(drift theta: Double) -> [Double] {
    Self.crossings(bounds, informationFractions, theta: theta)
  }

  /// By how much the largest information exceeds that of a trial without looks.
  public func inflation(beta: Double) throws(StatisticsRefusal) -> Double {
    guard beta > 0, beta < 1 - alphaOneSided else { throw .parameterOutOfRange }
    let drift = drift(power: 1 - beta)
    return square(drift / (Normal.tailQuantile(alphaOneSided) + Normal.tailQuantile(beta)))
  }

  /// The drift at the last look at which the design has a given power.
  public func drift(power: Double) -> Double {
    rootBetween(0, 20, tolerance: 1e-12) { (self.power(drift: $0).last ?? 0) - power }
  }

  /// The probability of success at later looks, given the statistic seen at one.
  ///
  /// - Parameters:
  ///   - look: the number of the look, from 1.
  ///   - z: the statistic seen there.
  ///   - theta: the drift per unit of √information; information is that of `informationFractions`
  ///     times `maximalInformation`.
  /// - Returns: for every later look, the probability of crossing there first.
  public func conditionalCrossings(
    look: Int, z: Double, theta: Double, maximalInformation: Double = 1
  ) throws(StatisticsRefusal) -> [Double] {
    guard look >= 1, look < bounds.count, maximalInformation > 0, z.isFinite, theta.isFinite
    else { throw .parameterOutOfRange }
    let information = informationFractions.map { $0 * maximalInformation }
    return Self.crossingsAfter(
      look, z: z, theta: theta, bounds: bounds, information: information)
  }

  /// The total over later looks of `conditionalCrossings`.
  public func conditionalPower(
    look: Int, z: Double, theta: Double, maximalInformation: Double = 1
  ) throws(StatisticsRefusal) -> Double {
    try conditionalCrossings(
      look: look, z: z, theta: theta, maximalInformation: maximalInformation
    ).reduce(0, +)
  }

  static func crossingsAfter(
    _ look: Int, z: Double, theta: Double, bounds: [Double], information: [Double]
  ) -> [Double] {
    var path = RecursiveIntegration(theta: theta, seen: z, at: information[look - 1])
    var crossings: [Double] = []
    for index in look..<bounds.count {
      crossings.append(path.upper(bounds[index], at: information[index]))
      if index + 1 < bounds.count {
        path.goOn(
          between: -.infinity, and: bounds[index], at: information[index],
          following: information[index + 1])
      }
    }
    return crossings
  }

  /// Bounds that spend given cumulative errors.
  static func upperBounds(_ spent: [Double], _ information: [Double]) -> [Double] {
    var path = RecursiveIntegration(theta: 0)
    var bounds: [Double] = []
    var before = 0.0
    for index in spent.indices {
      let bound = bound(
        path, probability: spent[index] - before, at: information[index])
      bounds.append(bound)
      before = spent[index]
      if index + 1 < spent.count {
        path.goOn(
          between: -.infinity, and: bound, at: information[index],
          following: information[index + 1])
      }
    }
    return bounds
  }

  /// The z with P(not stopped before, Z ≥ z) = probability, by Newton's method on log P.
  static func bound(
    _ path: RecursiveIntegration, probability: Double, at information: Double
  ) -> Double {
    guard probability > 0 else { return .infinity }
    var z = Normal.tailQuantile(probability)
    for _ in 0..<newtonStepsAtMost {
      let value = path.upper(z, at: information)
      guard value > 0 else { break }
      let step = log(value / probability) * value / path.density(z, at: information)
      z += min(max(step, -1), 1)
      // The error after a step is about its square.
      if abs(step) < 1e-7 { return z }
    }
    return rootBetween(-10, 40) { path.upper($0, at: information) - probability }
  }

  static func crossings(
    _ bounds: [Double], _ information: [Double], theta: Double = 0
  ) -> [Double] {
    var path = RecursiveIntegration(theta: theta)
    var total = 0.0
    var cumulative: [Double] = []
    for index in bounds.indices {
      total += path.upper(bounds[index], at: information[index])
      cumulative.append(total)
      if index + 1 < bounds.count {
        path.goOn(
          between: -.infinity, and: bounds[index], at: information[index],
          following: information[index + 1])
      }
    }
    return cumulative
  }

  static func check(_ alpha: Double, _ fractions: [Double]) throws(StatisticsRefusal) {
    guard alpha > 0, alpha < 0.5 else { throw .alphaOutOfRange }
    try checkIncreasing(fractions)
    guard let last = fractions.last, last <= 1 + 1e-12 else { throw .informationNotIncreasing }
  }

  static func checkIncreasing(_ information: [Double]) throws(StatisticsRefusal) {
    var before = 0.0
    for value in information {
      guard value > before, value.isFinite else { throw .informationNotIncreasing }
      before = value
    }
    guard !information.isEmpty else { throw .informationNotIncreasing }
  }
}

/// Newton settles in four steps from the marginal quantile; bisection takes over after this many.
private let newtonStepsAtMost = 40
