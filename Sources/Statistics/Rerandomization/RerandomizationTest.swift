/// The distribution of a statistic over the sequences a scheme could have made.
///
/// P-values are conditional on the statistic being defined; a sequence that leaves an arm empty has
/// none. A value within 1e-9 of the observed one counts as equal. Source: Rosenberger and Lachin
/// (2016), Randomization in Clinical Trials, chapter 6.
public struct RerandomizationTest: Equatable, Sendable {
  /// The statistic at the sequence that was used.
  public let observed: Double
  /// How many sequences were enumerated.
  public private(set) var sequences = 0
  /// The probability of sequences without a statistic.
  public private(set) var undefinedMass = 0.0
  private var greater = CompensatedSum()
  private var less = CompensatedSum()
  private var extreme = CompensatedSum()
  private var defined = CompensatedSum()

  /// A test before its first sequence.
  public init(observed: Double) { self.observed = observed }

  /// Counts one sequence.
  /// - Parameter statistic: nil where the sequence leaves it undefined.
  public mutating func add(_ statistic: Double?, probability: Double) {
    sequences += 1
    guard let statistic else {
      undefinedMass += probability
      return
    }
    defined.add(probability)
    if statistic >= observed - 1e-9 { greater.add(probability) }
    if statistic <= observed + 1e-9 { less.add(probability) }
    if abs(statistic) >= abs(observed) - 1e-9 { extreme.add(probability) }
  }

  /// P(T ≥ observed); 1 where no sequence has a statistic.
  public var pGreater: Double { share(greater) }
  /// P(T ≤ observed); 1 where no sequence has a statistic.
  public var pLess: Double { share(less) }
  /// P(|T| ≥ |observed|); 1 where no sequence has a statistic.
  public var pTwoSided: Double { share(extreme) }

  private func share(_ part: CompensatedSum) -> Double {
    defined.value > 0 ? part.value / defined.value : 1
  }

  /// Two tests are equal when they saw the same distribution.
  public static func == (one: RerandomizationTest, two: RerandomizationTest) -> Bool {
    one.observed == two.observed && one.sequences == two.sequences
      && one.pGreater == two.pGreater && one.pLess == two.pLess
      && one.pTwoSided == two.pTwoSided
  }

  /// The mean of arm `first` − that of arm `second`; nil when one is empty.
  public static func difference(
    _ values: [Double], _ arms: [Int], first: Int = 1, second: Int = 0
  ) -> Double? {
    var (one, two) = (CompensatedSum(), CompensatedSum())
    var (n1, n2) = (0.0, 0.0)
    for (value, arm) in zip(values, arms) {
      if arm == first {
        one.add(value)
        n1 += 1
      } else if arm == second {
        two.add(value)
        n2 += 1
      }
    }
    guard n1 > 0, n2 > 0 else { return nil }
    return one.value / n1 - two.value / n2
  }

  /// The differences within strata, weighed by n₁n₀/n; strata with an empty arm are left out.
  public static func stratifiedDifference(
    _ values: [Double], _ strata: [String], _ arms: [Int]
  ) -> Double? {
    var sum = CompensatedSum()
    var total = 0.0
    for stratum in Set(strata).sorted() {
      let members = strata.indices.filter { strata[$0] == stratum }
      let allocated = members.map { arms[$0] }
      guard let difference = difference(members.map { values[$0] }, allocated) else { continue }
      let inOne = Double(allocated.reduce(0, +))
      let size = Double(members.count)
      let weight = inOne * (size - inOne) / size
      sum.add(weight * difference)
      total += weight
    }
    return total > 0 ? sum.value / total : nil
  }

  /// The sum of squares between arms.
  public static func betweenArms(_ values: [Double], _ arms: [Int], count: Int) -> Double {
    var sums = Array(repeating: 0.0, count: count)
    var sizes = Array(repeating: 0.0, count: count)
    for (value, arm) in zip(values, arms) {
      sums[arm] += value
      sizes[arm] += 1
    }
    let centre = CompensatedSum(values).value / Double(values.count)
    return (0..<count).reduce(0) {
      sizes[$1] > 0 ? $0 + sizes[$1] * square(sums[$1] / sizes[$1] - centre) : $0
    }
  }
}
