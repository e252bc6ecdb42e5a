import Statistics
import StudyModel

/// How well those who rated guessed the arm.
enum BlindingSection {
  static func section(_ trial: AnalysedTrial) -> ReportSection {
    var section = ReportSection(id: "blinding", title: "Blinding of those who rated")
    guard let guess = trial.plan.guess else { return section }
    guard trial.source.holdsTreatment else {
      section.refusals.append("Guesses are of class treatment and are not read before unblinding.")
      return section
    }
    let counts = counts(guess, trial)
    let guessed = counts.joined().reduce(0, +)
    do throws(StatisticsRefusal) {
      let index = try BlindingIndex(counts)
      section.tables = [table(index, counts, guessed, trial)]
      if let overall = index.overall {
        section.findings = [
          "James's index is \(Wording.decimal(overall.value, places: 3)); 1 is complete blinding, 0 none."
        ]
      }
    } catch {
      section.refuse("Blinding indices", error)
    }
    return section
  }

  /// By arm, how often each arm was guessed, and in the last place how often none was.
  static func counts(_ guess: FieldReference, _ trial: AnalysedTrial) -> [[Int]] {
    var counts = trial.arms.map { _ in Array(repeating: 0, count: trial.arms.count + 1) }
    for person in trial.participants {
      guard let said = person.values.value(guess).canonicalText,
        let row = trial.arms.firstIndex(of: person.arm)
      else { continue }
      counts[row][trial.arms.firstIndex(of: said) ?? trial.arms.count] += 1
    }
    return counts
  }

  private static func table(
    _ index: BlindingIndex, _ counts: [[Int]], _ guessed: Int, _ trial: AnalysedTrial
  ) -> ReportTable {
    var rows: [[ReportCell]] = []
    for (number, arm) in trial.arms.enumerated() {
      let found = index.arms[number].index
      let interval = found.flatMap { try? $0.interval() }
      rows.append(
        [ReportCell(arm)] + counts[number].map { ReportCell($0) } + [
          cell(found?.value), cell(interval?.lower), cell(interval?.upper),
        ])
    }
    let interval = index.overall.flatMap { try? $0.interval() }
    rows.append(
      [ReportCell("All, James")]
        + counts[0].indices.map { column in
          ReportCell(counts.reduce(0) { $0 + $1[column] })
        } + [cell(index.overall?.value), cell(interval?.lower), cell(interval?.upper)])
    return ReportTable(
      id: "blinding", caption: "Guesses at the end of treatment, and Bang's index by arm",
      columns: [.words("Arm")] + trial.arms.map { .numbers("Guessed \($0)") } + [
        .numbers("Did not know"), .numbers("Index"), .numbers("Lower limit"),
        .numbers("Upper limit"),
      ], rows: rows,
      trace: trial.trace(
        "Bang, Ni and Davis (2004), Controlled Clinical Trials 25, 143-156, by arm: 0 is chance. James and others (1996), Stat. Med. 15, 1421-1434, overall. 95 %.",
        "randomized, guess recorded", guessed))
  }

  private static func cell(_ value: Double?) -> ReportCell {
    value.map { ReportCell($0, Wording.decimal($0, places: 3)) } ?? ReportCell("–")
  }
}
