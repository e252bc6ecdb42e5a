import Foundation
public import Store
public import StudyModel

/// What is sent to save a form.
public struct EntrySubmission: Sendable {
  /// The answers by field.
  public var answers: [FieldID: FieldAnswer]
  /// The version they were read at, 0 for the first save.
  public var expectedVersion: Int
  /// Whether the form is handed in, rather than kept as a draft.
  public var isFinal: Bool
  /// The reason for change, empty for a first entry.
  public var reason: String
  /// The day whose form was filled in, where that is not today's; a form differs before an amendment.
  public var formOf: CalendarDate?

  /// Makes a submission.
  public init(
    answers: [FieldID: FieldAnswer], expectedVersion: Int, isFinal: Bool, reason: String = "",
    formOf: CalendarDate? = nil
  ) {
    self.formOf = formOf
    self.answers = answers
    self.expectedVersion = expectedVersion
    self.isFinal = isFinal
    self.reason = reason.trimmingCharacters(in: .whitespacesAndNewlines)
  }
}

/// A saved entry: its version, and what the writer is told about it.
public struct SavedEntry: Sendable, Equatable {
  /// The number among repeats.
  public let number: Int
  /// The new version.
  public let version: Int
  /// Warnings, and the data queries the save opened.
  public let remarks: [Fault]
}

/// A form as somebody reads it before writing.
public struct ReadEntry: Sendable {
  /// The form of the definition.
  public let form: Form
  /// The visit.
  public let visit: VisitCode
  /// The number among repeats, 0 for one that has none yet.
  public var number = 1
  /// The version, 0 before the first save.
  public let version: Int
  /// The state of the entry, `due` before the first save.
  public let status: String
  /// The answers.
  public let answers: [FieldID: FieldAnswer]
  /// The author's printed name.
  public let author: String
  /// The instant of the version.
  public let enteredAt: UTCInstant?
  /// Whether it was handed in before.
  public let isSubmitted: Bool
  /// The signatures on it, void ones included.
  public let signatures: [StoredSignature]
}
