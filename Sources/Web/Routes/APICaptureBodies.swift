import Conduct
import Foundation
import Store
import StudyModel

/// An answer as JSON: a text, or a missing code with its reason.
enum AnswerValue: Codable, DescribedByHand {
  static let schema = JSONSchema.either([.string, .map(.string)])

  case value(String)
  case missing(String, reason: String)

  init(_ answer: FieldAnswer) {
    switch answer {
    case .value(let text): self = .value(text)
    case .missing(let code, let reason): self = .missing(code.rawValue, reason: reason ?? "")
    }
  }

  func encode(to encoder: any Encoder) throws {
    switch self {
    case .value(let text):
      var container = encoder.singleValueContainer()
      try container.encode(text)
    case .missing(let code, let reason):
      var container = encoder.singleValueContainer()
      try container.encode(["missing": code, "reason": reason])
    }
  }

  init(from decoder: any Decoder) throws {
    self = .value(try decoder.singleValueContainer().decode(String.self))
  }

  static func all(_ answers: [FieldID: FieldAnswer]) -> [String: AnswerValue] {
    Dictionary(uniqueKeysWithValues: answers.map { ($0.key.text, AnswerValue($0.value)) })
  }
}

/// A refusal of a save at a version that is no longer the last: who saved what when.
struct ConflictBody: Encodable {
  struct Difference: Encodable {
    let field: String
    let before: AnswerValue?
    let stored: AnswerValue?
    let typed: AnswerValue?
    let isDisputed: Bool
  }

  let code = ActRefusal.stale.code
  let sentence: String
  let faults: [String] = []
  let request = RequestNumber.current?.text ?? ""
  let version: Int
  let savedBy: String
  let savedAt: String
  let differences: [Difference]

  init(_ conflict: EntryConflict) {
    version = conflict.version
    savedBy = conflict.author
    savedAt = conflict.savedAt?.description ?? ""
    sentence = conflict.sentence
    differences = conflict.differences.map {
      Difference(
        field: $0.field.id.text, before: $0.before.map(AnswerValue.init),
        stored: $0.stored.map(AnswerValue.init), typed: $0.typed.map(AnswerValue.init),
        isDisputed: $0.isDisputed)
    }
  }
}

/// Every version of a form.
struct HistoryBody: Codable {
  struct Version: Codable {
    let version: Int
    let status: String
    let author: String
    let at: String
    let reason: String
    let answers: [String: AnswerValue]
  }

  struct Verification: Codable {
    let version: Int
    let field: String
    let by: String
    let at: String
    let undoneAt: String?
  }

  /// How a questionnaire was answered: mode SELF or PHONE, seconds from the first opening by question.
  struct Sitting: Codable {
    let mode: String
    let readOutBy: String
    let openedAt: String?
    let handedInAt: String
    let seconds: [String: Int]

    init(_ sitting: StoredSitting) {
      mode = sitting.isReadOut ? "PHONE" : "SELF"
      readOutBy = sitting.readOutBy
      openedAt = sitting.openedAt?.description
      handedInAt = sitting.handedInAt.description
      seconds = Dictionary(
        uniqueKeysWithValues: sitting.seconds.map { ($0.key.text, $0.value) })
    }
  }

  let versions: [Version]
  let verifications: [Verification]
  let sitting: Sitting?

  init(_ file: EntryFile) {
    sitting = file.sitting.map(Sitting.init)
    versions = file.versions.map {
      Version(
        version: $0.version, status: $0.status, author: $0.author, at: $0.at.description,
        reason: $0.reason, answers: AnswerValue.all($0.answers))
    }
    verifications = file.verifications.map {
      Verification(
        version: $0.version, field: $0.field, by: $0.name, at: $0.at.description,
        undoneAt: $0.voidedAt?.description)
    }
  }
}

/// One repeat of a form.
struct RepeatRow: Codable {
  let number: Int
  let version: Int
  let status: String
  let author: String
  let answers: [String: AnswerValue]

  init(_ entry: ReadEntry) {
    number = entry.number
    version = entry.version
    status = entry.status
    author = entry.author
    answers = AnswerValue.all(entry.answers)
  }
}

/// The caller's own draft.
struct DraftBody: Codable {
  let version: Int
  let keptAt: String
  let typed: [String: [String]]

  init(_ draft: EntryDraft) {
    version = draft.version
    keptAt = draft.keptAt.description
    typed = draft.typed
  }

  /// Boxes with a text, or a list of texts, each.
  static func typed(_ object: [String: Any]) throws(ActRefusal) -> [String: [String]] {
    var typed: [String: [String]] = [:]
    for (name, value) in object {
      if let text = value as? String {
        typed[name] = [text]
      } else if let texts = value as? [String] {
        typed[name] = texts
      } else {
        throw .invalid([
          Fault(
            field: String(name.prefix(40)), code: "bad_answer",
            sentence: "A box holds a text or a list of texts. Nothing was kept.")
        ])
      }
    }
    return typed
  }
}

/// A data query.
struct OpenQueryRow: Codable {
  let number: String
  let participant: String
  let form: String
  let visit: String
  let entryNumber: Int
  let field: String
  let text: String
  let state: String
  let rule: String
  let isBlocking: Bool
  let isOverdue: Bool
  let openedAt: String

  init(_ query: StoredQuery, now: UTCInstant) {
    number = query.address.text
    participant = query.participant
    form = query.form
    visit = query.visit
    entryNumber = query.entryNumber
    field = query.field
    text = query.text
    state = query.state
    rule = query.rule
    isBlocking = query.isBlocking
    isOverdue = query.isOverdue(at: now)
    openedAt = query.openedAt.description
  }
}

/// A data query with its thread.
struct QueryThreadBody: Codable {
  struct Message: Codable {
    let kind: String
    let author: String
    let role: String
    let at: String
    let text: String
  }

  let query: OpenQueryRow
  let thread: [Message]

  init(_ file: QueryFile, now: UTCInstant) {
    query = OpenQueryRow(file.query, now: now)
    thread = file.thread.map {
      Message(
        kind: $0.kind, author: $0.author, role: $0.role, at: $0.at.description, text: $0.text)
    }
  }
}

/// A questionnaire sent and not answered.
struct WaitingQuestionnaire: Codable {
  let participant: String
  let form: String
  let visit: String
  let sentAt: String
  let standing: String

  init(_ waiting: (status: CollectionStatus, standing: QuestionnaireStanding)) {
    participant = waiting.status.participant
    form = waiting.status.form
    visit = waiting.status.visit
    sentAt = waiting.status.since.description
    standing =
      switch waiting.standing {
      case .sent: "sent"
      case .reminderDue: "reminder_due"
      case .lapsed: "lapsed"
      }
  }
}
