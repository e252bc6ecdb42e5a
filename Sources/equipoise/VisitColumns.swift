import ArgumentParser

/// The columns of a file with one row for each participant and visit.
struct VisitColumns: ParsableArguments {
  @Option(help: "The column that holds the participant.") var participant: String
  @Option(help: "The column that holds the visit.") var visit: String
  @Option(help: "The column that holds the outcome.") var outcome: String
  @Option(help: "The column that holds the score before treatment.") var baseline: String

  /// One row.
  struct Row {
    var participant: String
    var arm: String
    var visit: String
    var outcome: Double?
    var baseline: Double?
  }

  /// Every row, in file order; refuses a visit of a participant that stands there twice.
  func rows(of table: ModelTable, arm: String) throws -> [Row] {
    let arms = try table.texts(arm)
    let people = try table.texts(participant)
    let visits = try table.texts(visit)
    let outcomes = try table.numbers(outcome)
    let baselines = try table.numbers(baseline)
    var seen: Set<[String]> = []
    return try arms.indices.map { row in
      guard seen.insert([people[row], visits[row]]).inserted else {
        throw ModelTableRefusal.visitTwice(line: table.line(of: row))
      }
      return Row(
        participant: people[row], arm: arms[row], visit: visits[row], outcome: outcomes[row],
        baseline: baselines[row])
    }
  }
}
