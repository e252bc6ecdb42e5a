import Statistics
import StudyModel

/// Who was randomized: the table of participants at baseline, without tests.
enum BaselineSection {
  static func section(_ trial: AnalysedTrial) -> ReportSection {
    var section = ReportSection(id: "baseline", title: "Participants at baseline")
    let people = trial.fullSet
    let byArm = trial.arms.map { arm in people.filter { $0.arm == arm } }
    var rows: [[ReportCell]] = [
      [ReportCell("Participants")] + byArm.map { ReportCell($0.count) } + [ReportCell(people.count)]
    ]
    for (index, factor) in strata(of: trial).enumerated() {
      for level in Set(people.compactMap { $0.levels.element(index) }).sorted() {
        rows.append(
          share("\(factor.title): \(level)", byArm + [people]) {
            $0.levels.element(index) == level
          })
      }
    }
    for reference in trial.plan.baseline { rows += self.rows(reference, trial, byArm + [people]) }
    section.tables = [
      ReportTable(
        id: "baseline", caption: "Participants at baseline, by arm",
        columns: [.words("")] + trial.arms.map { .numbers($0) } + [.numbers("All")], rows: rows,
        trace: trial.trace(
          "Mean (standard deviation) of those with a value, or number and per cent. No tests: arms differ by chance alone; CONSORT 2010, item 15.",
          trial.setName(trial.plan.fullSet), people.count))
    ]
    return section
  }

  private static func strata(of trial: AnalysedTrial) -> [StratificationFactor] {
    trial.endpoint.strata.compactMap { id in trial.definition.factors.first { $0.id == id } }
  }

  private static func rows(
    _ reference: FieldReference, _ trial: AnalysedTrial, _ groups: [[AnalysedParticipant]]
  ) -> [[ReportCell]] {
    let field = reference.form.flatMap { trial.definition.form($0)?.field(reference.field) }
    let title = title(of: reference, field, trial)
    let numbers = groups.map { $0.compactMap { $0.values.value(reference).double } }
    if numbers.contains(where: { !$0.isEmpty }) {
      return [
        [ReportCell(title + (field?.unit.map { ", \($0)" } ?? ""))] + numbers.map { moments($0) }
      ]
    }
    let texts = Set(groups.flatMap { $0.compactMap { $0.values.value(reference).canonicalText } })
    return texts.sorted().map { text in
      share("\(title): \(label(text, field))", groups) {
        $0.values.value(reference).canonicalText == text
      }
    }
  }

  /// The label of a field, with its form where the label is that of several fields in the table.
  private static func title(
    of reference: FieldReference, _ field: Field?, _ trial: AnalysedTrial
  ) -> String {
    guard let field, let id = reference.form, let form = trial.definition.form(id) else {
      return reference.description
    }
    let alike = trial.plan.baseline.count { other in
      other.form.flatMap { trial.definition.form($0)?.field(other.field) }?.label == field.label
    }
    return alike > 1 ? "\(form.title): \(field.label)" : field.label
  }

  private static func label(_ code: String, _ field: Field?) -> String {
    switch field?.type {
    case .code(let items), .multi(let items):
      items.first { $0.code == code }?.label ?? code
    case .integer, .decimal, .boolean, .date, .partialDate, .time, .dateTime, .text,
      .userReference, .calculated, nil:
      code
    }
  }

  private static func moments(_ values: [Double]) -> ReportCell {
    guard let found = try? SampleMoments(of: values.sorted()) else { return ReportCell("–") }
    return ReportCell(
      found.mean,
      "\(Wording.decimal(found.mean)) (\(Wording.decimal(found.standardDeviation)))")
  }

  private static func share(
    _ title: String, _ groups: [[AnalysedParticipant]], _ holds: (AnalysedParticipant) -> Bool
  ) -> [ReportCell] {
    [ReportCell(title)]
      + groups.map { group in
        let count = group.count(where: holds)
        guard !group.isEmpty else { return ReportCell(0) }
        let percent = Wording.decimal(100 * Double(count) / Double(group.count))
        return ReportCell(Double(count), "\(count) (\(percent) %)")
      }
  }
}

extension Array {
  /// The element at an index, nil beyond the end.
  func element(_ index: Int) -> Element? { indices.contains(index) ? self[index] : nil }
}
