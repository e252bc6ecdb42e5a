public import StudyModel

/// How a whole score moved from baseline.
public struct Change: Hashable, Sendable {
  /// Follow-up minus baseline.
  public let difference: Int?
  /// The same in per cent of baseline, rounded half away from zero to one decimal.
  public let percent: ExactNumber?
  /// Whether the score fell by at least half.
  public let isResponse: Bool?
  /// Whether the score is at most the limit of remission.
  public let isRemission: Bool?

  /// Judges a change; what needs a score that is missing is missing itself.
  public init(baseline: Int?, followUp: Int?, remissionAtMost limit: Int) {
    isRemission = followUp.map { $0 <= limit }
    guard let baseline, let followUp else {
      difference = nil
      percent = nil
      isResponse = nil
      return
    }
    difference = followUp - baseline
    // No fall from zero can be told in per cent, and none can be a response.
    percent = ExactNumber(Int128(100 * (followUp - baseline)), over: Int128(baseline))?
      .rounded(decimals: 1)
    isResponse = baseline > 0 ? 2 * followUp <= baseline : nil
  }
}
