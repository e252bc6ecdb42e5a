/// What was measured: each workload through each rival, as medians of interleaved rounds.
public struct BenchmarkTable: Sendable {
  /// One workload through one rival.
  public struct Entry: Sendable {
    /// What was done.
    public let workload: String
    /// Through what.
    public let rival: String
    /// Units per second, one number per round.
    public let rates: [Double]

    /// The middle of the rounds.
    public var median: Double {
      let sorted = rates.sorted()
      guard !sorted.isEmpty else { return 0 }
      let middle = sorted.count / 2
      return sorted.count % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
    }
  }

  /// All entries in the order of the workloads.
  public var entries: [Entry] = []
  /// Rivals that are not installed here.
  public var missing: [String] = []
  /// How much memory the streamed copy took beyond what was held before, at its peak.
  public var copyGrowthBytes = 0

  /// The bridge's median over a rival's; nil when either is absent.
  public func ratio(_ workload: String, to rival: String) -> Double? {
    guard let ours = entries.first(where: { $0.workload == workload && $0.rival == "bridge" }),
      let theirs = entries.first(where: { $0.workload == workload && $0.rival == rival }),
      theirs.median > 0
    else { return nil }
    return ours.median / theirs.median
  }

  /// The table as text, one line per entry.
  public var text: String {
    var lines = ["workload | through | median/s | lowest | highest | bridge is faster by"]
    for entry in entries {
      let ratio = ratio(entry.workload, to: entry.rival).map(twoDecimals) ?? ""
      lines.append(
        [
          entry.workload, entry.rival, whole(entry.median), whole(entry.rates.min() ?? 0),
          whole(entry.rates.max() ?? 0), entry.rival == "bridge" ? "" : ratio,
        ].joined(separator: " | "))
    }
    for rival in missing { lines.append("\(rival): not installed, not measured") }
    lines.append("copy: memory grew by \(copyGrowthBytes / 1024) KiB at its peak")
    return lines.joined(separator: "\n")
  }

  private func whole(_ value: Double) -> String { "\(Int(value.rounded()))" }

  private func twoDecimals(_ value: Double) -> String {
    let hundredths = Int((value * 100).rounded())
    let rest = hundredths % 100
    return "\(hundredths / 100).\(rest < 10 ? "0" : "")\(rest)"
  }
}
