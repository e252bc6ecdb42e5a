import Store
import StudyModel

/// The entries of one participant that stand, as formulas read them.
struct AmendmentEntries {
  let entries: [FormEntry]
  private let definitions: [Address: String]

  private struct Address: Hashable {
    let form: String
    let visit: String
    let number: Int
  }

  init(_ stored: [VersionedEntry]) throws {
    entries = try stored.map { one in
      FormEntry(
        form: try FormID(parsing: one.form), visit: try? VisitCode(parsing: one.visit),
        occurrence: one.number, version: 1,
        status: EntryStatus(rawValue: one.status) ?? .inProgress,
        answers: try AnswerText.answers(one.answers), handedInOn: one.handedInOn)
    }
    definitions = Dictionary(
      stored.map { (Address(form: $0.form, visit: $0.visit, number: $0.number), $0.definition) }
    ) { first, _ in first }
  }

  /// The version an entry was entered under.
  func definition(of entry: FormEntry) -> String? {
    definitions[
      Address(form: entry.form.text, visit: entry.visit?.text ?? "", number: entry.occurrence)]
  }

  /// The entries of each participant that were not voided.
  static func byParticipant(
    _ stored: [VersionedEntry]
  ) throws -> [String: AmendmentEntries] {
    try Dictionary(
      grouping: stored.filter { $0.status != EntryStatus.voided.rawValue }, by: \.participant
    ).mapValues(AmendmentEntries.init)
  }
}
