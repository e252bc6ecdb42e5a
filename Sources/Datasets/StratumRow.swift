/// The stratum of one randomized participant: as used for the allocation, and as known to be true.
///
/// It holds no arm, no position and no order of allocation.
public struct StratumRow: Sendable, Equatable {
  /// The participant.
  public let participant: String
  /// The level used, by factor.
  public let used: [String: String]
  /// The level known to be true, by factor.
  public let known: [String: String]
  /// Whether the participant was randomized in error.
  public let isInError: Bool

  /// Makes a row.
  public init(
    participant: String, used: [String: String], known: [String: String], isInError: Bool
  ) {
    self.participant = participant
    self.used = used
    self.known = known
    self.isInError = isInError
  }

  /// The file of all rows in the order of their keys: a column for each factor as used and as true.
  static func file(_ rows: [StratumRow], factors: [String]) -> ExportFile {
    let head =
      ["participant"] + factors.map { $0 + "_used" } + factors.map { $0 + "_true" }
      + ["randomized_in_error"]
    let ordered = rows.sorted {
      $0.participant.utf8.lexicographicallyPrecedes($1.participant.utf8)
    }
    return ExportFile(
      "collected/strata.csv",
      text: CSVText.table(
        head,
        ordered.map { row in
          [row.participant] + factors.map { row.used[$0] ?? "" }
            + factors.map { row.known[$0] ?? "" } + [row.isInError ? "Y" : "N"]
        }))
  }
}
