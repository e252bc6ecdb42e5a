/// Exact unconditional inference on a risk difference, tables ordered by the score statistic.
///
/// The p-value at δ is the supremum, over the comparator's unknown rate, of the probability of a
/// table at least as extreme. Sources: Chan and Zhang (1999), Test-based exact confidence intervals
/// for the difference of two binomial proportions, Biometrics 55, 1202-1209 (two one-sided tests);
/// Agresti and Min (2001), Biometrics 57, 963-971 (one two-sided test).
/// Accuracy: 1e-6 on limits; the supremum is taken on a grid and refined at its highest points.
public enum ExactUnconditional {
  /// Interval from two one-sided tests, each at half of 1 − level.
  public static func chanZhang(
    _ experimental: BinomialSample, _ comparator: BinomialSample, level: Double = 0.95
  ) throws(StatisticsRefusal) -> ConfidenceInterval {
    guard level > 0.5, level < 1 else { throw .levelOutOfRange }
    var forward = ExactTail(try experimental.parsed(), try comparator.parsed(), .greater)
    var backward = ExactTail(comparator, experimental, .greater)
    let alpha = (1 - level) / 2
    return ConfidenceInterval(
      lower: forward.outermost(above: alpha), upper: -backward.outermost(above: alpha),
      level: level)
  }

  /// Interval from one two-sided test; shorter than that of two one-sided tests.
  public static func agrestiMin(
    _ experimental: BinomialSample, _ comparator: BinomialSample, level: Double = 0.95
  ) throws(StatisticsRefusal) -> ConfidenceInterval {
    guard level > 0.5, level < 1 else { throw .levelOutOfRange }
    var forward = ExactTail(try experimental.parsed(), try comparator.parsed(), .either)
    var backward = ExactTail(comparator, experimental, .either)
    return ConfidenceInterval(
      lower: forward.outermost(above: 1 - level), upper: -backward.outermost(above: 1 - level),
      level: level)
  }

  /// One-sided p-value at a margin against a larger difference.
  /// - Parameter margin: δ₀ in −1 < δ₀ < 1 with its sign.
  public static func pGreater(
    _ experimental: BinomialSample, _ comparator: BinomialSample, margin: Double
  ) throws(StatisticsRefusal) -> Double {
    guard margin > -1, margin < 1 else { throw .marginOutOfRange }
    var tail = ExactTail(try experimental.parsed(), try comparator.parsed(), .greater)
    return tail.supremum(at: margin)
  }
}

/// Which tables count as at least as extreme.
enum ExactDirection { case greater, either }

/// The tail probability of one observed table as a function of the difference.
struct ExactTail {
  private let n1: Int
  private let n0: Int
  private let observed: BinomialSample
  private let observedComparator: BinomialSample
  private let direction: ExactDirection
  /// For each count of the experimental arm: the largest comparator count that is still extreme
  /// upwards, and the smallest that is extreme downwards.
  private var upTo: [Int]
  private var from: [Int]
  private var mass: [Double]
  private var cumulative: [Double]
  private let logFactorials: [Double]

  init(_ one: BinomialSample, _ two: BinomialSample, _ direction: ExactDirection) {
    n1 = one.total
    n0 = two.total
    observed = one
    observedComparator = two
    self.direction = direction
    upTo = Array(repeating: -1, count: one.total + 1)
    from = Array(repeating: two.total + 1, count: one.total + 1)
    mass = Array(repeating: 0, count: one.total + 1)
    cumulative = Array(repeating: 0, count: two.total + 2)
    logFactorials = (0...max(one.total, two.total)).map { logGamma(Double($0) + 1) }
  }

  /// The smallest difference whose tail probability still exceeds α.
  ///
  /// The probability is not monotone in the difference: after bisection the neighbourhood outside
  /// is scanned, and any difference found still above α becomes the new start.
  mutating func outermost(above alpha: Double) -> Double {
    let estimate = observed.proportion - observedComparator.proportion
    var inside = estimate
    var outside = -1.0
    if estimate <= -1 { return -1 }
    if supremum(at: -1 + 1e-12) > alpha { return -1 }
    for _ in 0..<scansAtMost {
      while inside - outside > 1e-8 {
        let middle = 0.5 * (inside + outside)
        if supremum(at: middle) > alpha { inside = middle } else { outside = middle }
      }
      var found: Double?
      for step in 1...scanSteps {
        let candidate = inside - scanWidth * Double(step) / Double(scanSteps)
        if candidate > -1, supremum(at: candidate) > alpha { found = candidate }
      }
      guard let found else { return inside }
      inside = found
      outside = max(-1, found - scanWidth / Double(scanSteps))
    }
    return inside
  }

  /// The supremum over the comparator's rate of the probability of the extreme tables at δ.
  mutating func supremum(at delta: Double) -> Double {
    orderTables(delta)
    let lowest = max(0, -delta)
    let highest = min(1, 1 - delta)
    guard highest > lowest else { return probability(lowest, delta) }
    let count = min(max(48, 2 * Int(sqrt(Double(n1 + n0)) * 6)), 400)
    let width = (highest - lowest) / Double(count)
    // Local maxima of the grid; the highest three are refined.
    var tops: [(value: Double, rate: Double)] = []
    var before = -1.0
    var here = probability(lowest, delta)
    for step in 0...count {
      let rate = lowest + width * Double(step)
      let after = step < count ? probability(min(rate + width, highest), delta) : -1
      if here >= before && here >= after { tops.append((here, rate)) }
      before = here
      here = after
    }
    tops.sort { $0.value > $1.value }
    var best = tops.first?.value ?? 0
    for top in tops.prefix(3) where top.value > 0.8 * best {
      best = max(
        best, refined(max(lowest, top.rate - width), min(highest, top.rate + width), delta))
    }
    return min(1, best)
  }

  /// Golden section on a bracket of one grid step to each side.
  private mutating func refined(_ low: Double, _ high: Double, _ delta: Double) -> Double {
    let golden = 0.6180339887498949
    var (a, b) = (low, high)
    var (x, y) = (b - golden * (b - a), a + golden * (b - a))
    var (fx, fy) = (probability(x, delta), probability(y, delta))
    for _ in 0..<22 {
      if fx > fy {
        (b, y, fy) = (y, x, fx)
        x = b - golden * (b - a)
        fx = probability(x, delta)
      } else {
        (a, x, fx) = (x, y, fy)
        y = a + golden * (b - a)
        fy = probability(y, delta)
      }
    }
    return max(fx, fy)
  }

  /// Marks the extreme tables at δ, walking the staircase that bounds them once.
  private mutating func orderTables(_ delta: Double) {
    let reference = score(observed.responders, observedComparator.responders, delta)
    let threshold: Double
    switch direction {
    case .greater: threshold = reference
    case .either: threshold = abs(reference)
    }
    // Tables equal to the observed one in exact arithmetic must stay with it after rounding.
    let slack = 1e-9 * (1 + min(abs(threshold), 1e6))
    var up = -1
    var down = 0
    for x1 in 0...n1 {
      while up < n0, score(x1, up + 1, delta) >= threshold - slack { up += 1 }
      upTo[x1] = up
      switch direction {
      case .greater: break
      case .either:
        down = max(down, up + 1)
        while down <= n0, score(x1, down, delta) > slack - threshold { down += 1 }
        from[x1] = down
      }
    }
  }

  private func score(_ x1: Int, _ x0: Int, _ delta: Double) -> Double {
    let (a, b) = (Double(x1), Double(x0))
    let (n, m) = (Double(n1), Double(n0))
    let rates = RestrictedRates(a, n, b, m, difference: delta)
    let numerator = a / n - b / m - delta
    return standardized(abs(numerator) < 1e-14 ? 0 : numerator, rates.variance(n, m))
  }

  /// The probability of the extreme tables when the comparator's rate is given.
  private mutating func probability(_ comparator: Double, _ delta: Double) -> Double {
    fillBinomial(&mass, n1, min(max(comparator + delta, 0), 1), logFactorials)
    fillBinomial(&cumulative, n0, comparator, logFactorials)
    var running = 0.0
    for index in 0...n0 {
      let term = cumulative[index]
      cumulative[index] = running
      running += term
    }
    cumulative[n0 + 1] = running
    var total = 0.0
    switch direction {
    case .greater:
      for x1 in 0...n1 { total += mass[x1] * cumulative[upTo[x1] + 1] }
    case .either:
      for x1 in 0...n1 {
        total += mass[x1] * (cumulative[upTo[x1] + 1] + running - cumulative[from[x1]])
      }
    }
    return total
  }
}

/// Writes the n + 1 binomial probabilities, by ratios outwards from the mode.
private func fillBinomial(
  _ mass: inout [Double], _ trials: Int, _ rate: Double, _ logFactorials: [Double]
) {
  for index in 0...trials { mass[index] = 0 }
  if rate <= 0 {
    mass[0] = 1
    return
  }
  if rate >= 1 {
    mass[trials] = 1
    return
  }
  let mode = min(trials, Int(Double(trials + 1) * rate))
  let n = Double(trials)
  let peak = exp(
    logFactorials[trials] - logFactorials[mode] - logFactorials[trials - mode]
      + Double(mode) * log(rate) + (n - Double(mode)) * log1p(-rate))
  mass[mode] = peak
  let odds = rate / (1 - rate)
  var value = peak
  var index = mode
  while index < trials, value > 1e-20 {
    value *= odds * (n - Double(index)) / Double(index + 1)
    index += 1
    mass[index] = value
  }
  value = peak
  index = mode
  while index > 0, value > 1e-20 {
    value *= Double(index) / (odds * (n - Double(index) + 1))
    index -= 1
    mass[index] = value
  }
}

/// Outward scans after which the outermost difference is taken as found.
private let scansAtMost = 8
private let scanSteps = 40
private let scanWidth = 0.05
