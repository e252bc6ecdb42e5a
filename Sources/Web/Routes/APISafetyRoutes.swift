import Conduct
import Foundation
import Store
import StudyModel

/// Alerts, deviations and the lifecycle of participants over the API.
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
      "Deviations that tell nothing of treatment, drafts first."
    ) { call in
      try .json(try await call.installation.deviations(as: try call.actor).map(DeviationBody.init))
    },
    .api(
      "POST", "/participants/{participant}/deviations/{number}/judge", .anyOf([.judgeDeviations]),
      "Confirms a drafted deviation, or rejects it with a reason.",
      body: [.required("confirmed", .boolean), .optional("reason")]
    ) { call in
      guard let number = Int(call.parameter("number")) else { throw ActRefusal.notFound }
      let body = JSONBody(call.json)
      return try await call.once { (_: Void) in
        try .json(["status": "judged"])
      } _: {
        try await $0.judgeDeviation(
          try call.participant(), number: number, isConfirmed: body?.truth("confirmed") ?? false,
          reason: body?["reason"] ?? "", as: try call.actor)
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
  let items: String
  let raisedAt: String
  let dueAt: String
  let urgency: String
  let acknowledgedBy: String
  let actionTaken: String

  init(_ alert: StoredAlert, now: UTCInstant) {
    self.alert = alert.alert
    participant = alert.participant
    form = alert.form
    visit = alert.visit
    name = alert.name
    items = alert.items
    raisedAt = alert.raisedAt.description
    dueAt = alert.dueAt.description
    urgency = alert.urgency(at: now).rawValue
    acknowledgedBy = alert.acknowledgedBy ?? ""
    actionTaken = alert.actionTaken ?? ""
  }
}

/// A deviation.
struct DeviationBody: Encodable {
  let participant: String
  let number: Int
  let type: String
  let visit: String
  let occurredOn: String
  let how: String
  let description: String
  let status: String
  let reason: String

  init(_ deviation: StoredDeviation) {
    participant = deviation.participant
    number = deviation.number
    type = deviation.type
    visit = deviation.visit
    occurredOn = deviation.occurredOn
    how = deviation.how
    description = deviation.description
    status = deviation.status
    reason = deviation.reason
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
