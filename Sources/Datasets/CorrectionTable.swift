public import Reports

/// Signed corrections beside what participants and raters reported, as a table of its own (REQ-020).
///
/// The tables of what was collected hold what was reported, whatever was corrected beside it.
public struct CorrectionTable: Sendable {
  private static let path = "quality/corrections.csv"

  private static let columns = [
    ("correction", "number of the correction"), ("participant", "participant key"),
    ("form", "form"), ("visit", "visit"), ("repeat", "number among repeats"), ("field", "field"),
    ("version", "version of the entry it corrects"),
    ("reported", "value at the lock, as its author reported it, empty where there is none"),
    ("corrected", "value as the evidence has it"), ("reason", "why, as typed"),
    ("evidence", "what shows it, as typed"), ("role", "role of who signed"),
    ("meaning", "meaning of the signature"), ("signed_at", "instant of the signature, UTC"),
    ("voided_at", "instant from which it does not count, UTC, empty while it does"),
    ("voided_because", "changed by its author, corrected again or removed"),
  ]

  private let snapshot: TrialSnapshot

  /// The table of a snapshot.
  public init(_ snapshot: TrialSnapshot) {
    self.snapshot = snapshot
  }

  /// The table and what its columns mean; none where nothing was corrected.
  public var files: [ExportFile] {
    guard !snapshot.corrections.isEmpty else { return [] }
    return [
      ExportFile(
        Self.path,
        text: CSVText.table(Self.columns.map(\.0), snapshot.corrections.map(row))),
      ExportFile(
        "codebook/corrections.csv",
        text: CSVText.table(
          ["file", "column", "meaning"], Self.columns.map { [Self.path, $0.0, $0.1] })),
    ]
  }

  private func row(_ correction: SnapshotCorrection) -> [String] {
    let entry = snapshot.entries.first {
      $0.participant == correction.participant && $0.form == correction.form
        && $0.visit == correction.visit && $0.repeat == correction.repeat
    }
    return [
      String(correction.data_correction), correction.participant, correction.form,
      correction.visit, String(correction.repeat), correction.field, String(correction.version),
      entry?.answers[correction.field]?.text ?? "", correction.corrected, correction.reason,
      correction.evidence, correction.role, correction.meaning, correction.at,
      correction.voided_at, correction.voided_because,
    ]
  }
}
