import Conduct
import Foundation
import Store
import StudyModel

/// Alerts, deviations, serious events and the lifecycle of participants over the API.
extension APIRoutes {
  static let safety: [Route] = [
    .api(
      "GET", "/alerts", .anyOf([.acknowledgeAlerts]),
      "The alerts of the site, those to act on first."
    ) { call in
      let now = call.installation.clock.now
      return try .json(
        try await call.installation.alerts(as: try call.actor).map { AlertBody($0, now: now) })
    },
    .api(
      "POST", "/alerts/{alert}/acknowledge", .anyOf([.acknowledgeAlerts]),
      "Records what was done about an alert.", body: [.text("action")]
    ) { call in
      try await call.once { (at: UTCInstant) in
        try .json(["acknowledged_at": at.description], status: 201)
      } _: {
        try await $0.acknowledgeAlert(
          call.parameter("alert"), action: JSONBody(call.json)?["action"] ?? "",
          as: try call.actor)
      }
    },
    .api(
      "GET", "/alert-notices", .anyOf([.knowOfAlerts]),
      "That participants have an alert nobody acted on, and nothing of what it is."
    ) { call in
      try .json(
        try await call.installation.alertNotices(as: try call.actor).map {
          [
            "participant": $0.participant, "raisedAt": $0.raisedAt.description,
            "dueAt": $0.dueAt.description,
          ]
        })
    },
    .api(
      "GET", "/deviations", .anyOf([.judgeDeviations, .openDataQuery]),
      "The deviations the role may know of, drafts first."
    ) { call in
      try .json(try await call.installation.deviations(as: try call.actor).map(DeviationBody.init))
    },
    .api(
      "POST", "/participants/{participant}/deviations/{number}/judge", .anyOf([.judgeDeviations]),
      "Confirms a drafted deviation, or rejects it with a reason.",
      body: [
        .required("confirmed", .boolean), .optional("reason"), .optional("excludes", .boolean),
        .optional("measures"),
      ]
    ) { call in
      guard let name = DeviationName(call.parameter("number")) else { throw ActRefusal.notFound }
      let body = JSONBody(call.json)
      return try await call.once { (_: Void) in
        try .json(["status": "judged"])
      } _: {
        try await $0.judgeDeviation(
          try call.participant(), number: name.number, in: name.dataClass,
          DeviationJudgement(
            isConfirmed: body?.truth("confirmed") ?? false, reason: body?["reason"] ?? "",
            excludes: body?.truth("excludes"), measures: body?["measures"] ?? ""),
          as: try call.actor)
      }
    },
    .api(
      "GET", "/serious-events", .anyOf([.followSafety]),
      "Serious events with reporting times and versions, without any arm."
    ) { call in
      let now = call.installation.clock.now
      return try .json(
        try await call.installation.seriousEvents(as: try call.actor).map {
          SeriousEventBody($0, now: now)
        })
    },
    .api(
      "POST", "/serious-events/{participant}/{form}/{visit}/{number}/clocks/{clock}/meet",
      .anyOf([.followSafety]), "Says that the report a reporting time asks for was made."
    ) { call in
      let event = try await SafetyPages.found(call)
      return try await call.once { (at: UTCInstant) in
        try .json(["met_at": at.description], status: 201)
      } _: {
        try await $0.meetClock(
          EntryAddress(
            try ParticipantKey(parsing: event.participant), event.form,
            try VisitCode(parsing: event.visit), number: event.number),
          call.parameter("clock"), as: try call.actor)
      }
    },
    .api(
      "POST", "/participants/{participant}/move", .anyOf([.consentParticipant, .signForms]),
      "Moves a participant: screen_failed, not_randomized, completed, lost, followed or died.",
      body: [
        .text("to"), .optional("reason"), .optional("date"), .optional("attempts"),
      ]
    ) { call in
      let move = try MoveBody.move(JSONBody(call.json))
      return try await call.once { (_: Void) in
        try .json(["status": "moved"])
      } _: {
        try await $0.moveParticipant(try call.participant(), move, as: try call.actor)
      }
    },
    .api(
      "POST", "/sites/{site}/close", .anyOf([.activateSite]), "Closes a site for good.",
      body: [.text("reason")]
    ) { call in
      guard let site = try? SiteKey(parsing: call.parameter("site")) else {
        throw ActRefusal.notFound
      }
      return try await call.once { (_: Void) in
        try .json(["status": "closed"])
      } _: {
        try await $0.closeSite(
          site, reason: JSONBody(call.json)?["reason"] ?? "", as: try call.actor)
      }
    },
  ]
}

/// An alert.
struct AlertBody: Encodable {
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
struct SeriousEventBody: Encodable {
  struct Clock: Encodable {
    let clock: String
    let title: String
    let startedAt: String
    let dueAt: String
    let metAt: String
    let state: String
    let restarts: Int
  }
  struct Version: Encodable {
    let version: Int
    let enteredAt: String
    let isSigned: Bool
    let told: [[String]]
  }

  let participant: String
  let form: String
  let visit: String
  let number: Int
  let clocks: [Clock]
  let versions: [Version]

  init(_ event: SeriousEvent, now: UTCInstant) {
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
struct DeviationBody: Encodable {
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
