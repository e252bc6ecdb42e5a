public import Datasets
import Store
public import StudyModel

/// A casebook to keep: every answer of a participant with every change and signature, as its reader may know them.
///
/// It is made at any time, after the lock and the end of the trial too, by who reads the casebook.
public struct CasebookCopy: Sendable {
  /// The participant.
  public let participant: ParticipantKey
  /// The table, one answer given, changed, taken out or signed a row.
  public let csv: String
  /// How many rows it has.
  public let rows: Int
}

extension Installation {
  /// Copies a participant's casebook, and puts on record who took the copy.
  public func copyCasebook(
    of participant: ParticipantKey, for variant: CSVText.Variant = .exact, as actor: Actor
  ) async throws -> CasebookCopy {
    try actor.need(.readAudit)
    try needFreshSecondFactor(actor)
    let book = try await casebook(of: participant, as: actor)
    var rows: [[String]] = []
    for entry in book.entries {
      let file = try await entryFile(
        participant, entry.form, entry.visit, number: entry.number, as: actor)
      rows +=
        Self.changes(in: file, of: participant, actor)
        + Self.signatures(on: file, of: participant)
    }
    // In the class of the reader: that somebody who treats in one arm took a copy would tell the arm.
    let dataClass: DataClass = actor.isUnblinded ? .treatment : .open
    try await session(actor) { session in
      try session.note("casebook copied", on: participant.text, in: dataClass)
    }
    return CasebookCopy(
      participant: participant, csv: CSVText.table(Self.copyColumns, rows, for: variant),
      rows: rows.count)
  }

  private static let copyColumns = [
    "participant", "visit", "form", "number", "protocol_version", "version", "at", "by", "status",
    "what", "field", "label", "before", "after", "reason",
  ]

  private static func row(
    _ file: EntryFile, _ participant: ParticipantKey, version: Int, at: String, by: String,
    _ rest: [String]
  ) -> [String] {
    [
      participant.text, file.entry.visit.text, file.entry.form.id.text, String(file.entry.number),
      file.definition.version, String(version), at, by,
    ] + rest
  }

  /// Each answer of each version that is another one than before; a code of why there is none stands for it.
  private static func changes(
    in file: EntryFile, of participant: ParticipantKey, _ actor: Actor
  ) -> [[String]] {
    func text(_ answer: FieldAnswer?) -> String {
      switch answer {
      case .value(let text): text
      case .missing(let code, let reason):
        "(\(code.rawValue))" + (reason.map { " \($0)" } ?? "")
      case nil: ""
      }
    }
    let form = file.entry.form
    let fields = form.fields.filter {
      form.dataClass(of: $0) <= form.dataClass
        || actor.entryClasses.contains(form.dataClass(of: $0))
    }
    var before: [FieldID: FieldAnswer] = [:]
    var rows: [[String]] = []
    for version in file.versions {
      for field in fields {
        let (old, new) = (before[field.id], version.answers[field.id])
        guard old != new else { continue }
        rows.append(
          row(
            file, participant, version: version.version, at: version.at.description,
            by: version.author,
            [
              version.status, old == nil ? "entered" : new == nil ? "taken out" : "changed",
              field.id.text, field.label, text(old), text(new), version.reason,
            ]))
      }
      before = version.answers
    }
    return rows
  }

  private static func signatures(on file: EntryFile, of participant: ParticipantKey) -> [[String]] {
    file.entry.signatures.map { signature in
      row(
        file, participant, version: signature.version, at: signature.at.description,
        by: "\(signature.name), \(signature.role)",
        [
          file.entry.status, "signed", "", signature.meaning, "", "",
          signature.voidedAt.map { "void since \($0)" } ?? "",
        ])
    }
  }
}
