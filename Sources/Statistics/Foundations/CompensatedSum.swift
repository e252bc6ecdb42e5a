/// A sum whose rounding error does not grow with the number of terms.
///
/// Source: Neumaier (1974), Rundungsfehleranalyse einiger Verfahren zur Summation endlicher
/// Summen, ZAMM 54, 39-51, algorithm IV. The error is below 2ε |Σ x| + n² ε² Σ |x|, so that results
/// do not depend visibly on the order in which terms arrive.
public struct CompensatedSum: Sendable {
  private var sum = 0.0
  private var correction = 0.0

  /// An empty sum.
  public init() {}

  /// The sum of a sequence of terms.
  public init(_ terms: some Sequence<Double>) {
    for term in terms { add(term) }
  }

  /// Adds one term.
  @inline(__always)
  public mutating func add(_ term: Double) {
    let total = sum + term
    if abs(sum) >= abs(term) {
      correction += (sum - total) + term
    } else {
      correction += (term - total) + sum
    }
    sum = total
  }

  /// The value of the sum so far.
  public var value: Double { sum + correction }
}
