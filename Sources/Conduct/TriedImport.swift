import Foundation
import Store
import StudyModel

/// What somebody reads before an import is confirmed, as it is known again.
private struct TriedFile: Encodable {
  let name: String
  let bytes: String
  let form: String
  let visit: String
  let mapping: String
  let reason: String
  let rows: [TriedRow]
}

private struct TriedRow: Encodable {
  let line: Int
  let participant: String
  let visit: String
  let number: Int
  let outcome: String
  let sentences: [String]
  /// The version the row would follow, empty where it saves nothing.
  let after: String
  /// What it would save, as it was typed.
  ///
  /// What is worked out is left out: it may hang on values the importer may not know, and few guesses
  /// would find them again in the digest.
  let answers: String
}

extension [PlannedFile] {
  /// SHA-256, in hexadecimal digits, of files, choices and what would become of every row.
  ///
  /// An entry that changed since, a mapping that means another column or another version of the protocol
  /// give another one, also where the bytes of the files are the same.
  func triedDigest(under version: String) throws -> String {
    let files = try map { planned in
      TriedFile(
        name: planned.file.name, bytes: planned.file.digest, form: planned.form.id.text,
        visit: planned.file.visit?.text ?? "", mapping: try planned.mapping.json,
        reason: planned.file.reason,
        rows: try planned.rows.map { row, save in
          TriedRow(
            line: row.line, participant: row.participant, visit: row.visit, number: row.number,
            outcome: row.outcome.rawValue, sentences: row.sentences,
            after: save.map { String($0.submission.expectedVersion) } ?? "",
            answers: try save.map { try AnswerText.json($0.typed) } ?? "")
        })
    }
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return Digests.sha256(of: [UInt8](version.utf8) + [UInt8](try encoder.encode(files)))
  }
}

extension CheckedSave {
  /// The answers of the writer, in their one stored text.
  fileprivate var typed: [FieldID: FieldAnswer] {
    checked.answers.filter { id, _ in
      form.field(id).map { !$0.isCalculated && form.dataClass(of: $0) <= form.dataClass } ?? false
    }
  }
}
