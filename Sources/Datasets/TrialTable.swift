public import Reports
import StudyModel

/// Which columns of a table hold what: one row a participant and visit.
public struct TrialTable: Sendable, Equatable {
  /// The column of the participant.
  public var participant: String
  /// The column of the arm.
  public var arm: String
  /// The columns of the strata.
  public var strata: [String]
  /// The column of the visit.
  public var visit: String
  /// The column of the score before treatment.
  public var baseline: String
  /// The column of the score at the visit; an empty cell is a score that was not taken.
  public var score: String

  /// All of it at once.
  public init(
    participant: String, arm: String, strata: [String], visit: String, baseline: String,
    score: String
  ) {
    self.participant = participant
    self.arm = arm
    self.strata = strata
    self.visit = visit
    self.baseline = baseline
    self.score = score
  }

  /// Reads a table whole or not at all; arms must be those named.
  public func visits(of text: String, arms: [String]) throws(CSVRefusal) -> [ImportedTrial.Visit] {
    let columns = [participant, arm, visit, baseline, score] + strata
    let table = try CSVImport(text, columns: columns)
    var faults: [CSVFault] = []
    var visits: [ImportedTrial.Visit] = []
    var first: [String: [String: String]] = [:]
    var seen: Set<[String]> = []
    for row in table.rows {
      func fault(_ column: String, _ sentence: String) {
        faults.append(CSVFault(row: row.line, column: column, sentence: sentence))
      }
      let key = row.values[participant] ?? ""
      if key.isEmpty { fault(participant, "the participant is missing.") }
      if !arms.contains(row.values[arm] ?? "") {
        fault(arm, "no such arm; the arms are \(arms.joined(separator: ", ")).")
      }
      let known = first[key] ?? row.values
      for column in [arm, baseline] + strata where known[column] != row.values[column] {
        fault(column, "differs from an earlier row of the same participant.")
      }
      first[key] = known
      if !seen.insert([key, row.values[visit] ?? ""]).inserted {
        fault(visit, "the participant has this visit twice.")
      }
      let base = number(row.values[baseline])
      if base == nil { fault(baseline, "enter a number.") }
      let text = row.values[score] ?? ""
      let scored = number(text)
      if scored == nil, !text.isEmpty { fault(score, "enter a number, or leave it empty.") }
      guard let base else { continue }
      visits.append(
        ImportedTrial.Visit(
          participant: key, arm: row.values[arm] ?? "",
          stratum: strata.map { row.values[$0] ?? "" }.joined(separator: "."),
          visit: row.values[visit] ?? "", baseline: base, score: scored))
    }
    guard faults.isEmpty else { throw CSVRefusal(faults: faults) }
    return visits
  }

  private func number(_ text: String?) -> ExactNumber? {
    text.flatMap { try? ExactNumber(parsing: $0) }
  }
}
