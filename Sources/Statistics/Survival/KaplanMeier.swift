/// On which scale limits of a survival curve are symmetric.
public enum SurvivalLimits: Sendable {
  /// log(−log S): limits stay inside 0 and 1.
  case logLog
  /// log S.
  case log
  /// S itself.
  case plain
}

/// The product-limit estimate of a survival curve.
///
/// Ŝ(t) = Π (1 − d/n) over event times up to t; variance by Greenwood, Ŝ² Σ d/(n(n − d)).
/// Sources: Kaplan and Meier (1958), JASA 53, 457-481; Kalbfleisch and Prentice (2002), section 1.4
/// for the limits. An event and a censoring at the same time: the event comes first.
public struct KaplanMeier: Equatable, Sendable {
  /// The curve at one observed time.
  public struct Step: Equatable, Sendable {
    /// The time.
    public var time: Double
    /// How many were at risk just before.
    public var atRisk: Int
    /// How many events then.
    public var events: Int
    /// Ŝ after the events.
    public var survival: Double
    /// Σ d/(n(n − d)) up to here.
    var greenwood: Double
    /// The standard error of Ŝ by Greenwood; 0 where the curve has fallen to 0, of which his formula
    /// tells nothing.
    public var standardError: Double { survival > 0 ? survival * sqrt(greenwood) : 0 }
  }

  /// The curve at every observed time, in order.
  public let steps: [Step]
  /// How many participants.
  public let count: Int

  /// Estimates a curve.
  public init(_ times: [SurvivalTime]) throws(StatisticsRefusal) {
    guard !times.isEmpty else { throw .tooFewObservations }
    guard times.allSatisfy({ $0.time >= 0 && $0.time.isFinite }) else {
      throw .parameterOutOfRange
    }
    let sorted = times.sorted { $0.time < $1.time }
    var steps: [Step] = []
    var survival = 1.0
    var greenwood = CompensatedSum()
    var index = 0
    while index < sorted.count {
      let time = sorted[index].time
      let atRisk = sorted.count - index
      var events = 0
      while index < sorted.count, sorted[index].time == time {
        if sorted[index].isEvent { events += 1 }
        index += 1
      }
      survival *= 1 - Double(events) / Double(atRisk)
      if events > 0, events < atRisk {
        greenwood.add(Double(events) / (Double(atRisk) * Double(atRisk - events)))
      }
      steps.append(
        Step(
          time: time, atRisk: atRisk, events: events, survival: survival,
          greenwood: survival > 0 ? greenwood.value : .infinity))
    }
    self.steps = steps
    count = sorted.count
  }

  /// How many events.
  public var events: Int { steps.reduce(0) { $0 + $1.events } }

  /// The step that holds at a time; before the first observed time nothing has happened.
  public func step(at time: Double) -> Step {
    steps.last { $0.time <= time }
      ?? Step(time: 0, atRisk: count, events: 0, survival: 1, greenwood: 0)
  }

  /// How many were at risk just before a time.
  public func atRisk(at time: Double) -> Int { steps.first { $0.time >= time }?.atRisk ?? 0 }

  /// Limits for Ŝ at a step; nil where the curve has fallen to 0, at which Greenwood's variance is not defined.
  public func interval(
    _ step: Step, limits: SurvivalLimits = .logLog, level: Double = 0.95
  ) throws(StatisticsRefusal) -> ConfidenceInterval? {
    let z = try criticalValue(level: level)
    let (lower, upper) = Self.limits(step, limits, z)
    guard step.survival > 0 else { return nil }
    return ConfidenceInterval(lower: lower, upper: upper, level: level)
  }

  /// The first time at which survival has fallen to a share, with limits; nil when not reached.
  ///
  /// Where the curve lies exactly on the share the middle of that flat piece is given. The limits are where
  /// the limits of the curve fall to the share: Brookmeyer and Crowley (1982), Biometrics 38, 29-41.
  public func time(
    survivalFallsTo share: Double, limits: SurvivalLimits = .logLog, level: Double = 0.95
  ) throws(StatisticsRefusal) -> (time: Double?, lower: Double?, upper: Double?) {
    let z = try criticalValue(level: level)
    let bounds = steps.map { Self.limits($0, limits, z) }
    return (
      crossing(share, steps.map(\.survival)), crossing(share, bounds.map(\.lower)),
      crossing(share, bounds.map(\.upper))
    )
  }

  /// The mean time free of the event up to τ, the area under the curve.
  ///
  /// Variance Σ (area from t to τ)² d/(n(n − d)) over event times up to τ. Source: Irwin (1949), J. Hygiene
  /// 47, 188-189; Klein and Moeschberger (2003), eq. 4.5.2.
  public func restrictedMean(to tau: Double) throws(StatisticsRefusal) -> (
    mean: Double, standardError: Double
  ) {
    guard tau > 0, tau.isFinite else { throw .parameterOutOfRange }
    let inside = steps.filter { $0.time <= tau }
    var area = CompensatedSum()
    var variance = CompensatedSum()
    var right = tau
    for step in inside.reversed() {
      area.add((right - step.time) * step.survival)
      right = step.time
      if step.events > 0, step.atRisk > step.events {
        let share = Double(step.events) / (Double(step.atRisk) * Double(step.atRisk - step.events))
        variance.add(square(area.value) * share)
      }
    }
    area.add(right)
    return (area.value, sqrt(variance.value))
  }

  private static func limits(
    _ step: Step, _ limits: SurvivalLimits, _ z: Double
  ) -> (lower: Double, upper: Double) {
    let survival = step.survival
    if survival >= 1 { return (1, 1) }
    if survival <= 0 { return (.nan, .nan) }
    let half = z * sqrt(step.greenwood)
    switch limits {
    case .logLog:
      let ratio = half / log(survival)
      return (pow(survival, exp(-ratio)), pow(survival, exp(ratio)))
    case .log: return (survival * exp(-half), min(1, survival * exp(half)))
    case .plain: return (max(0, survival * (1 - half)), min(1, survival * (1 + half)))
    }
  }

  private func crossing(_ share: Double, _ curve: [Double]) -> Double? {
    let slack = 1e-8
    guard let first = curve.firstIndex(where: { $0 <= share + slack }) else { return nil }
    if curve[first] < share - slack { return steps[first].time }
    guard let next = curve.firstIndex(where: { $0 < share - slack }) else {
      return steps[first].time
    }
    return (steps[first].time + steps[next].time) / 2
  }
}
