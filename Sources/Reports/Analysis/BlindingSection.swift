import Statistics
import StudyModel

/// How well those who rated and assessed guessed the arm, and who told them.
enum BlindingSection {
  static func section(_ trial: AnalysedTrial) -> ReportSection {
    var section = ReportSection(id: "blinding", title: "Blinding of those who rated")
    guard !trial.plan.guesses.isEmpty else { return section }
    guard trial.source.holdsTreatment else {
      section.refusals.append("Guesses are of class treatment and are not read before unblinding.")
      return section
    }
    for guess in trial.plan.guesses {
      let counts = counts(guess, trial)
      let guessed = counts.joined().reduce(0, +)
      let record = record(guess, trial)
      guard guessed > 0 else {
        section.refusals.append("\(record): no guess was recorded.")
        continue
      }
      do throws(StatisticsRefusal) {
        let index = try BlindingIndex(counts)
        section.tables.append(table(index, counts, guessed, guess, trial))
        if let overall = index.overall {
          section.findings.append(
            "\(record): James's index is \(Wording.decimal(overall.value, places: 3)); 1 is complete blinding, 0 none."
          )
        }
      } catch {
        section.refuse("Blinding indices, \(record)", error)
      }
    }
    if let table = disclosures(trial) { section.tables.append(table) }
    return section
  }

  /// The record a guess stands in, and its visit.
  static func record(_ guess: FieldReference, _ trial: AnalysedTrial) -> String {
    let form = guess.form.flatMap { trial.definition.form($0) }
    let visit = guess.visit.map { ", \($0)" } ?? ""
    return (form?.title ?? guess.description) + visit
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
    _ index: BlindingIndex, _ counts: [[Int]], _ guessed: Int, _ guess: FieldReference,
    _ trial: AnalysedTrial
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
      id: "blinding-\(guess.description.replacing("@", with: "-"))",
      caption: "\(record(guess, trial)): guesses, and Bang's index by arm",
      columns: [.words("Arm")] + trial.arms.map { .numbers("Guessed \($0)") } + [
        .numbers("Did not know"), .numbers("Index"), .numbers("Lower limit"),
        .numbers("Upper limit"),
      ], rows: rows,
      trace: trial.trace(
        "Bang, Ni and Davis (2004), Controlled Clinical Trials 25, 143-156, by arm: 0 is chance. James and others (1996), Stat. Med. 15, 1421-1434, overall. 95 %.",
        "randomized, guess recorded", guessed))
  }

  /// Who told the arm to those who rated, as a share of the records of each form at each visit.
  private static func disclosures(_ trial: AnalysedTrial) -> ReportTable? {
    var rows: [[ReportCell]] = []
    var records = 0
    for guess in trial.plan.guesses {
      guard let form = guess.form.flatMap({ trial.definition.form($0) }),
        let rule = form.disclosure,
        case .code(let channels)? = form.field(rule.field)?.type
      else { continue }
      let reference = FieldReference(form: form.id, field: rule.field, visit: guess.visit)
      let told = trial.participants.compactMap { $0.values.value(reference).canonicalText }
      guard !told.isEmpty else { continue }
      records += told.count
      for channel in channels where channel.code != rule.undisclosed {
        let number = told.count { $0 == channel.code }
        let share = 100 * Double(number) / Double(told.count)
        rows.append([
          ReportCell(record(guess, trial)), ReportCell(channel.label), ReportCell(number),
          ReportCell(told.count),
          ReportCell(share, Wording.decimal(share)),
        ])
      }
    }
    guard !rows.isEmpty else { return nil }
    return ReportTable(
      id: "disclosures", caption: "Who told the arm to those who rated",
      columns: [
        .words("Record"), .words("Told by"), .numbers("Times"), .numbers("Records"),
        .numbers("Share, %"),
      ], rows: rows, trace: trial.trace("Counts.", "randomized, record given", records))
  }

  private static func cell(_ value: Double?) -> ReportCell {
    value.map { ReportCell($0, Wording.decimal($0, places: 3)) } ?? ReportCell("–")
  }
}
