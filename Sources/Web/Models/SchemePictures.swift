public import Conduct
public import Pictures
import Statistics

/// The pictures and tables of a simulation of candidate schemes.
public struct SchemePictures: Sendable {
  /// How far the arms end apart.
  public let imbalance: ImbalancePicture
  /// Guesses against certainty.
  public let predictability: PredictabilityPicture
  /// The arms around their planned numbers.
  public let balance: ArmBalancePicture

  /// The pictures of a report.
  public init(_ report: SimulationReport) {
    imbalance = Self.imbalance(report)
    predictability = Self.predictability(report)
    balance = Self.balance(report)
  }

  private static func imbalance(_ report: SimulationReport) -> ImbalancePicture {
    let rows = report.candidates.map { candidate in
      ImbalancePicture.Row(
        label: label(candidate), shares: candidate.imbalances,
        mean: "mean \(decimal(candidate.finalImbalance.mean, 2)) ± "
          + decimal(candidate.finalImbalance.standardError, 2))
    }
    let least = report.candidates.min { $0.finalImbalance.mean < $1.finalImbalance.mean }
    return ImbalancePicture(
      finding: least.map {
        "The arms end nearest to one another with \(label($0)): imbalance "
          + "\(decimal($0.finalImbalance.mean, 2)) on average."
      } ?? "Nothing was simulated.",
      numbers: rows.map { "\($0.label): \($0.mean)" }.joined(separator: "; "),
      width: report.width, rows: rows)
  }

  private static func predictability(_ report: SimulationReport) -> PredictabilityPicture {
    let points = report.candidates.map { candidate in
      PredictabilityPicture.Point(
        sign: String(candidate.number), label: candidate.name,
        certain: candidate.deterministic.mean * 100, guessed: candidate.guess.mean * 100)
    }
    let least = report.candidates.min { $0.guess.mean < $1.guess.mean }
    let shares = report.candidates.compactMap { candidate -> Double? in
      let sum = candidate.arms.map(\.ratio).reduce(0, +)
      return candidate.arms.map(\.ratio).max().map { 100 * Double($0) / Double(sum) }
    }
    return PredictabilityPicture(
      finding: least.map {
        "The next arm is guessed least often with \(label($0)): "
          + "\(decimal($0.guess.mean * 100, 1)) %."
      } ?? "Nothing was simulated.",
      numbers: points.map {
        "\($0.sign), \($0.label): guessed \(decimal($0.guessed, 1)) %, certain "
          + "\(decimal($0.certain, 1)) %"
      }.joined(separator: "; "), chance: shares.max() ?? 0, points: points)
  }

  private static func balance(_ report: SimulationReport) -> ArmBalancePicture {
    let rows = report.candidates.map { candidate in
      ArmBalancePicture.Row(
        label: label(candidate),
        arms: candidate.arms.map { arm in
          ArmBalancePicture.Arm(
            label: "\(arm.id), ratio \(arm.ratio)", mean: arm.allocated.mean - arm.target,
            low: arm.low - arm.target, high: arm.high - arm.target)
        })
    }
    let widest = rows.flatMap(\.arms).map { max($0.high, -$0.low) }.max() ?? 0
    return ArmBalancePicture(
      finding:
        "In 9 of 10 trials every arm ends within \(decimal(widest, 1)) participants of its plan.",
      numbers: rows.map { row in
        "\(row.label): "
          + row.arms.map { "\($0.label) \(decimal($0.low, 1)) to \(decimal($0.high, 1))" }
          .joined(separator: ", ")
      }.joined(separator: "; "), rows: rows)
  }

  private static func label(_ candidate: SimulationReport.Candidate) -> String {
    "\(candidate.number): \(candidate.name)"
  }

  static func decimal(_ number: Double, _ places: Int) -> String {
    Wording.decimal(number, places: places)
  }
}
