/// Fisher's exact test of a 2 × 2 table and the conditional odds ratio.
///
/// Given both margins the count x₁ has the noncentral hypergeometric distribution with odds ratio ψ.
/// Sources: Fisher (1935), JRSS 98, 39-82; Cornfield (1956), Proc. Third Berkeley Symp. 4, 135-148
/// (estimate and limits). Two-sided: all tables no more probable than the one seen.
/// Accuracy: p-values 1e-11 relative, odds ratios 1e-10 relative.
public struct FisherExact: Equatable, Sendable {
  /// Two-sided p-value.
  public let pTwoSided: Double
  /// P(X ≥ x₁).
  public let pGreater: Double
  /// P(X ≤ x₁).
  public let pLess: Double
  /// The conditional maximum likelihood estimate of ψ; zero or infinite at the edges.
  public let oddsRatio: Double
  /// Its exact interval.
  public let interval: ConfidenceInterval

  /// Tests one table.
  public init(
    _ one: BinomialSample, _ two: BinomialSample, level: Double = 0.95
  ) throws(StatisticsRefusal) {
    guard level > 0.5, level < 1 else { throw .levelOutOfRange }
    let table = ConditionalTable(try one.parsed(), try two.parsed())
    let x = one.responders
    let null = table.probabilities(logOddsRatio: 0)
    let seen = null[x - table.lowest]
    // Tables that tie with the observed one in exact arithmetic must not drop out by rounding.
    pTwoSided = min(1, CompensatedSum(null.lazy.filter { $0 <= seen * (1 + 1e-7) }).value)
    pGreater = table.upper(x, logOddsRatio: 0)
    pLess = table.lower(x, logOddsRatio: 0)
    let atLowest = x == table.lowest
    let atHighest = x == table.highest
    func solve(_ function: (Double) -> Double) -> Double {
      exp(rootBetween(-logRatioBound, logRatioBound, of: function))
    }
    if atLowest {
      oddsRatio = 0
    } else if atHighest {
      oddsRatio = .infinity
    } else {
      oddsRatio = solve { table.mean(logOddsRatio: $0) - Double(x) }
    }
    let tail = (1 - level) / 2
    interval = ConfidenceInterval(
      lower: atLowest ? 0 : solve { table.upper(x, logOddsRatio: $0) - tail },
      upper: atHighest ? .infinity : solve { table.lower(x, logOddsRatio: $0) - tail },
      level: level)
  }
}

/// The distribution of x₁ when both margins are held.
private struct ConditionalTable {
  let lowest: Int
  let highest: Int
  private let logWeights: [Double]

  init(_ one: BinomialSample, _ two: BinomialSample) {
    let responders = one.responders + two.responders
    lowest = max(0, responders - two.total)
    highest = min(one.total, responders)
    logWeights = (lowest...highest).map {
      logChoose(one.total, $0) + logChoose(two.total, responders - $0)
    }
  }

  func probabilities(logOddsRatio: Double) -> [Double] {
    let logs = logWeights.indices.map { logWeights[$0] + Double(lowest + $0) * logOddsRatio }
    let largest = logs.max() ?? 0
    let masses = logs.map { exp($0 - largest) }
    let total = CompensatedSum(masses).value
    return masses.map { $0 / total }
  }

  func mean(logOddsRatio: Double) -> Double {
    let probabilities = probabilities(logOddsRatio: logOddsRatio)
    return CompensatedSum(
      probabilities.indices.lazy.map { probabilities[$0] * Double(lowest + $0) }
    ).value
  }

  func upper(_ x: Int, logOddsRatio: Double) -> Double {
    min(1, CompensatedSum(probabilities(logOddsRatio: logOddsRatio)[(x - lowest)...]).value)
  }

  func lower(_ x: Int, logOddsRatio: Double) -> Double {
    min(1, CompensatedSum(probabilities(logOddsRatio: logOddsRatio)[...(x - lowest)]).value)
  }
}
