import Conduct
import Store
import StudyModel

/// An alert.
struct AlertBody: Codable {
  let alert: String
  let participant: String
  let form: String
  let visit: String
  let name: String
  let title: String
  let items: String
  let raisedAt: String
  let dueAt: String
  let urgency: String
  let repeats: Int
  let escalatedAt: String
  let acknowledgedBy: String
  let actionTaken: String

  init(_ alert: StoredAlert, now: UTCInstant) {
    self.alert = alert.alert
    participant = alert.participant
    form = alert.form
    visit = alert.visit
    name = alert.name
    title = alert.title
    items = alert.items
    raisedAt = alert.raisedAt.description
    dueAt = alert.dueAt.description
    urgency = alert.urgency(at: now).rawValue
    repeats = alert.repeats
    escalatedAt = alert.escalatedAt?.description ?? ""
    acknowledgedBy = alert.acknowledgedBy ?? ""
    actionTaken = alert.actionTaken ?? ""
  }
}

/// A serious event.
struct SeriousEventBody: Codable {
  struct Clock: Codable {
    let clock: String
    let title: String
    let startedAt: String
    let dueAt: String
    let metAt: String
    let state: String
    let restarts: Int
  }
  struct Version: Codable {
    let version: Int
    let enteredAt: String
    let isSigned: Bool
    let told: [[String]]
  }

  struct Expectedness: Codable {
    let expected: Bool
    let reference: String?
    let reason: String?
    let version: Int
    let judgedAt: String
    let judgedBy: String?
  }

  let participant: String
  let form: String
  let visit: String
  let number: Int
  let clocks: [Clock]
  let versions: [Version]
  let expectedness: Expectedness?

  init(_ event: SeriousEvent, now: UTCInstant) {
    expectedness = event.judgement.map {
      Expectedness(
        expected: $0.isExpected, reference: $0.words?.reference, reason: $0.words?.reason,
        version: $0.version, judgedAt: $0.judgedAt.description, judgedBy: $0.words?.judgedBy)
    }
    participant = event.participant
    form = event.form.text
    visit = event.visit
    number = event.number
    clocks = event.clocks.map { clock in
      Clock(
        clock: clock.clock, title: clock.title, startedAt: clock.startedAt.description,
        dueAt: clock.dueAt.description, metAt: clock.metAt?.description ?? "",
        state: "\(clock.state(at: now))", restarts: clock.restarts)
    }
    versions = event.versions.map { version in
      Version(
        version: version.number, enteredAt: version.enteredAt.description,
        isSigned: version.isSigned, told: version.told.map { [$0.label, $0.answer] })
    }
  }
}

/// A deviation.
struct DeviationBody: Codable {
  let participant: String
  let number: String
  let type: String
  let visit: String
  let occurredOn: String
  let how: String
  let description: String
  let excludes: Bool?
  let status: String
  let reason: String
  let measures: String
  let adjudicatedBlind: Bool?
  let reportedOn: String

  init(_ deviation: StoredDeviation) {
    participant = deviation.participant
    number = deviation.name
    type = deviation.type
    visit = deviation.visit
    occurredOn = deviation.occurredOn
    how = deviation.how
    description = deviation.description
    status = deviation.status
    reason = deviation.reason
    excludes = deviation.excludes
    measures = deviation.measures
    adjudicatedBlind = deviation.adjudicatedBlind
    reportedOn = deviation.reportedOn ?? ""
  }
}

/// A step of the participation lifecycle as it is sent.
enum MoveBody {
  static func move(_ body: JSONBody?) throws(ActRefusal) -> ParticipantMove {
    try move { body?[$0] ?? "" }
  }

  /// The step from texts by name: to, reason, date and attempts.
  static func move(_ text: (String) -> String) throws(ActRefusal) -> ParticipantMove {
    let reason = text("reason")
    switch text("to") {
    case "screen_failed": return .screenFailed
    case "not_randomized": return .notRandomized(reason: reason)
    case "completed": return .completed
    case "followed": return .regained(reason: reason)
    case "died":
      guard let date = try? CalendarDate(parsing: text("date")) else { throw bad("date") }
      return .died(date)
    case "lost":
      var attempts: [ContactAttempt] = []
      for part in text("attempts").split(separator: ";") {
        let words = part.split(separator: " ", maxSplits: 1).map(String.init)
        guard words.count == 2, let date = try? CalendarDate(parsing: words[0]) else {
          throw bad("attempts")
        }
        attempts.append(ContactAttempt(date: date, channel: words[1]))
      }
      return .lost(attempts)
    default: throw bad("to")
    }
  }

  private static func bad(_ field: String) -> ActRefusal {
    .invalid([
      Fault(
        field: field, code: "bad_move",
        sentence:
          "to is screen_failed, not_randomized, completed, lost, followed or died; date is a date, "
          + "attempts are dates with a channel each, such as 2027-01-04 phone;2027-01-12 letter. "
          + "Nothing was changed.")
    ])
  }
}
