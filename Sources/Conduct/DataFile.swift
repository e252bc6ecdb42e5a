import Datasets
public import StudyModel

/// A file of data with what is said about it.
public struct DataFile: Sendable {
  /// The name, kept with every row.
  public var name: String
  /// The bytes.
  public var bytes: [UInt8]
  /// The form its rows are entries of.
  public var form: FormID
  /// The visit of every row, when no column tells it.
  public var visit: VisitCode?
  /// Lines of `column = field` for columns that are called otherwise.
  public var mapping: String
  /// Why values change that were there before; empty when none may.
  public var reason: String

  /// Describes a file.
  public init(
    name: String, bytes: [UInt8], form: FormID, visit: VisitCode? = nil, mapping: String = "",
    reason: String = ""
  ) {
    self.name = name
    self.bytes = bytes
    self.form = form
    self.visit = visit
    self.mapping = mapping
    self.reason = reason
  }

  /// SHA-256 in hexadecimal digits, by which a file is known again.
  public var digest: String { Digests.sha256(of: bytes) }
}

/// What becomes of one row.
public struct ImportedRow: Sendable, Equatable {
  /// What becomes of it.
  public enum Outcome: String, Sendable, CaseIterable {
    /// It makes an entry.
    case new
    /// It changes values that were there.
    case changed
    /// Nothing differs from what is saved.
    case same
    /// It cannot be saved, and so nothing of the file is.
    case refused
  }

  /// The name of the file.
  public let file: String
  /// The form.
  public let form: String
  /// The line of the file, the header being 1.
  public let line: Int
  /// The participant, or site of a form about one, as the file names it, where it is a key.
  public let participant: String
  /// The visit.
  public let visit: String
  /// The number among repeats.
  public let number: Int
  /// What becomes of it.
  public let outcome: Outcome
  /// Why it is refused, or what the checks say.
  public let sentences: [String]
}

/// What becomes of the files of one import, row by row.
public struct ImportReport: Sendable, Equatable {
  /// SHA-256, in hexadecimal digits, of all that was tried and came of it: the bytes and names of the files,
  /// what their columns mean, form, visit and reason, and of every row what it would save.
  public let digest: String
  /// The names of the files in their order.
  public let files: [String]
  /// The rows in their order, file by file.
  public let rows: [ImportedRow]
  /// That one of the files was imported before, in a sentence; empty when none was.
  public let known: String
  /// Whether the rows are saved.
  public let isSaved: Bool

  /// How many rows become this.
  public func count(_ outcome: ImportedRow.Outcome) -> Int { rows.count { $0.outcome == outcome } }

  /// Whether the files can be saved as they are.
  public var isAcceptable: Bool {
    known.isEmpty && count(.refused) == 0 && count(.new) + count(.changed) > 0
  }

  /// The rows as a table.
  public var csv: String {
    CSVText.table(
      ["file", "form", "row", "participant", "visit", "number", "outcome", "sentences"],
      rows.map {
        [
          $0.file, $0.form, String($0.line), $0.participant, $0.visit, String($0.number),
          $0.outcome.rawValue,
          $0.sentences.joined(separator: " "),
        ]
      })
  }
}
