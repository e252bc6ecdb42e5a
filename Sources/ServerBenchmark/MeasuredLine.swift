/// One line of a table: a figure through one way, round by round.
public struct MeasuredLine: Sendable {
  /// What was measured.
  public let what: String
  /// The unit.
  public let unit: String
  /// One figure for each round.
  public let rounds: [Double]

  init(_ what: String, _ unit: String, _ rounds: [Double]) {
    self.what = what
    self.unit = unit
    self.rounds = rounds
  }

  /// The middle of the rounds.
  public var median: Double { Quantile.of(rounds, 0.5) }

  /// The line as text: median and spread.
  public var text: String {
    [
      what, Self.number(median), Self.number(rounds.min() ?? 0), Self.number(rounds.max() ?? 0),
      unit,
    ].joined(separator: " | ")
  }

  /// What the columns are.
  public static let header = "measure | median | lowest | highest | unit"

  static func number(_ value: Double) -> String {
    guard value < 100 else { return "\(Int(value.rounded()))" }
    let hundredths = Int((value * 100).rounded())
    let rest = hundredths % 100
    return "\(hundredths / 100).\(rest < 10 ? "0" : "")\(rest)"
  }
}

/// Quantiles of what was measured.
enum Quantile {
  /// The value below which a part of the values lies; the middle of two where the half falls there.
  static func of(_ values: [Double], _ part: Double) -> Double {
    let sorted = values.sorted()
    guard !sorted.isEmpty else { return 0 }
    let place = part * Double(sorted.count - 1)
    let below = Int(place)
    guard below + 1 < sorted.count else { return sorted[below] }
    return sorted[below] + (place - Double(below)) * (sorted[below + 1] - sorted[below])
  }
}
