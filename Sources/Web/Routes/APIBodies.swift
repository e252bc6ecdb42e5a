import Conduct
import Foundation
import Reports
import Statistics
import Store
import StudyModel

/// Answers as JSON: field to text, or to a missing code with its reason.
enum AnswerBody {
  static let members: [BodyMember] = [
    .required("answers", .object), .required("version", .integer), .optional("submit", .boolean),
    .optional("reason"),
  ]

  static func answers(_ object: [String: Any]) throws(ActRefusal) -> [FieldID: FieldAnswer] {
    var answers: [FieldID: FieldAnswer] = [:]
    for (name, value) in object {
      guard let field = try? FieldID(parsing: name) else { throw bad(name) }
      if let text = value as? String {
        answers[field] = .value(text)
      } else if let missing = value as? [String: String], let text = missing["missing"],
        let code = MissingCode(rawValue: text)
      {
        answers[field] = .missing(code, reason: missing["reason"])
      } else {
        throw bad(name)
      }
    }
    return answers
  }

  /// Whole seconds by question.
  static func seconds(_ object: [String: Any]) throws(ActRefusal) -> [FieldID: Int] {
    var seconds: [FieldID: Int] = [:]
    for (name, value) in object {
      guard let field = try? FieldID(parsing: name), let second = value as? Int, second >= 0 else {
        throw .invalid([
          Fault(
            field: "seconds", code: "bad_seconds",
            sentence: "seconds has a whole number by question. Nothing was handed in.")
        ])
      }
      seconds[field] = second
    }
    return seconds
  }

  private static func bad(_ name: String) -> ActRefusal {
    .invalid([
      Fault(
        field: String(name.prefix(40)), code: "bad_answer",
        sentence:
          "An answer is a text, or an object with a missing code and its reason; decimals are texts."
      )
    ])
  }

  static func submission(_ json: [UInt8]) throws(ActRefusal) -> EntrySubmission {
    guard let body = JSONBody(json) else { throw .notFound }
    return EntrySubmission(
      answers: try answers(body.object("answers") ?? [:]),
      expectedVersion: body.number("version") ?? 0, isFinal: body.truth("submit") ?? false,
      reason: body["reason"] ?? "")
  }

  static func json(_ entry: ReadEntry) throws -> String {
    struct Head: Encodable {
      let form: String
      let status: String
      let version: Int
    }
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    let head = String(
      decoding: try encoder.encode(
        Head(form: entry.form.id.text, status: entry.status, version: entry.version)),
      as: UTF8.self)
    return "{\"answers\":\(try AnswerText.json(entry.answers)),\(head.dropFirst())"
  }
}

/// A saved form.
struct SavedBody: Codable {
  struct Remark: Codable {
    let field: String
    let code: String
    let sentence: String
  }
  let number: Int
  let version: Int
  let remarks: [Remark]

  init(_ saved: SavedEntry) {
    number = saved.number
    version = saved.version
    remarks = saved.remarks.map {
      Remark(field: $0.field ?? "", code: $0.code, sentence: $0.sentence)
    }
  }
}

/// The state of a lifecycle nobody moves by hand.
struct LifecycleRow: Codable {
  let lifecycle: String
  let title: String
  let state: String
  let words: String

  init(_ found: FollowedLifecycle) {
    lifecycle = found.id
    title = found.title
    state = found.state.id
    words = found.state.title
  }
}

/// A participant.
struct ParticipantRow: Codable {
  let participant: String
  let site: String
  let state: String
  /// The day of consent, for who reads the consent.
  let consentedAt: String?
  let randomizationNumber: String?
  let randomizedAt: String?

  init(_ participant: Participant, to actor: Actor) {
    self.participant = participant.key.text
    site = participant.site.text
    state = participant.state
    consentedAt = actor.readsConsent ? participant.consentedAt.description : nil
    randomizationNumber = participant.randomizationNumber.map { "R-\($0)" }
    randomizedAt = participant.randomizedAt?.description
  }
}

/// A page of participants.
struct ParticipantList: Codable {
  let total: Int
  let participants: [ParticipantRow]
}

/// The times that are offered for a rating.
struct RatingOfferBody: Codable {
  let times: [String]
  let zone: String

  init(_ offer: RatingOffer) {
    times = offer.times.map(\.description)
    zone = offer.zone
  }
}

/// What is booked for a visit.
struct RatingBookingBody: Codable {
  let startsAt: String
  let language: String
  /// Where the call is joined; empty where nobody said.
  let callLink: String
  let mayChange: Bool

  init(_ booking: RatingBooking) {
    startsAt = booking.startsAt.description
    language = booking.language
    callLink = booking.callLink ?? ""
    mayChange = booking.mayChange
  }
}

/// A rater's task.
struct TaskRow: Codable {
  let token: String
  let forms: [String]
  let language: String
  let startsAt: String
  let state: String
  /// Where the call is joined; empty where nobody said.
  let callLink: String

  init(_ task: RatingTask) {
    callLink = task.callLink ?? ""
    token = task.token.text
    forms = task.forms
    language = task.language
    startsAt = task.startsAt.description
    state = task.state
  }
}

/// A precondition.
struct ReadinessRow: Codable {
  let code: String
  let isMet: Bool
  let sentence: String

  init(_ outcome: PreconditionOutcome) {
    code = outcome.code
    isMet = outcome.isMet
    sentence = outcome.sentence
  }
}

/// An allocation without its arm.
struct AllocationRow: Codable {
  let participant: String
  let number: String
  let randomizedAt: String
  let acknowledgedAt: String?

  init(_ allocation: PendingAllocation) {
    participant = allocation.participant.text
    number = "R-\(allocation.number)"
    randomizedAt = allocation.randomizedAt.description
    acknowledgedAt = allocation.acknowledgedAt?.description
  }
}

/// An allocation with its arm, for the treatment team alone.
struct ArmRow: Codable {
  let participant: String
  let number: String
  let arm: String
  let title: String

  init(_ revealed: RevealedArm) {
    participant = revealed.participant.text
    number = "R-\(revealed.number)"
    arm = revealed.arm.code.text
    title = revealed.arm.title
  }
}

/// A site.
struct SiteRow: Codable {
  let site: String
  let name: String
  let state: String
  let consented: Int
  let randomized: Int

  init(_ site: Site) {
    self.site = site.key.text
    name = site.name
    state = site.state
    consented = site.consented
    randomized = site.randomized
  }
}
