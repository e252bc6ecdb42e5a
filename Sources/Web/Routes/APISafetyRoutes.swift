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
      "GET", "/deviations",
      .anyOf([.recordDeviations, .judgeDeviations, .openDataQuery, .readDeviations]),
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
      "POST", "/deviations", .anyOf([.recordDeviations]),
      "Drafts a deviation a person found. class is open or treatment, how is SITE, MON or DM.",
      body: [
        .text("participant"), .text("type"), .optional("class"), .optional("visit"),
        .text("date"), .optional("how"), .text("description"), .optional("measures"),
      ]
    ) { call in
      let body = JSONBody(call.json)
      let (key, found) = try DeviationRecordPage.found { body?[$0] ?? "" }
      let prefix = found.dataClass == .treatment ? "T" : ""
      return try await call.once { (number: Int) in
        try .json(["number": "\(prefix)\(number)"], status: 201)
      } _: {
        try await $0.recordDeviation(key, found, as: try call.actor)
      }
    },
    .api(
      "POST", "/participants/{participant}/deviations/{number}/report", .anyOf([.judgeDeviations]),
      "Records on which day the ethics committee was told.", body: [.text("date")]
    ) { call in
      guard let name = DeviationName(call.parameter("number")) else { throw ActRefusal.notFound }
      guard let date = try? CalendarDate(parsing: JSONBody(call.json)?["date"] ?? "") else {
        throw ActRefusal.invalid([
          Fault(
            field: "date", code: "bad_date",
            sentence: "date is a date such as 2027-01-04. Nothing was recorded.")
        ])
      }
      return try await call.once { (_: Void) in
        try .json(["status": "reported"])
      } _: {
        try await $0.reportDeviation(
          try call.participant(), number: name.number, in: name.dataClass, on: date,
          as: try call.actor)
      }
    },
    .api(
      "GET", "/serious-events", .anyOf([.followSafety, .readSafety]),
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
          try event.address, call.parameter("clock"), as: try call.actor)
      }
    },
    .api(
      "GET", "/serious-events/{participant}/{form}/{visit}/{number}/clocks/{clock}/start",
      .anyOf([.followSafety]),
      "What another start, given as the instant at in the query, would change of a reporting time."
    ) { call in
      let event = try await SafetyPages.found(call)
      let changes = try await call.installation.clockChanges(
        try event.address, call.parameter("clock"),
        start: try APIRoutes.start(call.query["at"] ?? ""),
        as: try call.actor)
      return try .json(
        changes.map {
          [
            "title": $0.title, "dueBefore": $0.dueBefore.description,
            "dueAfter": $0.dueAfter.description,
          ]
        })
    },
    .api(
      "POST", "/serious-events/{participant}/{form}/{visit}/{number}/clocks/{clock}/start",
      .anyOf([.followSafety]),
      "Changes the start of a reporting time with a reason; the old one is kept.",
      body: [.text("start"), .text("reason")]
    ) { call in
      let event = try await SafetyPages.found(call)
      let body = JSONBody(call.json)
      let start = try APIRoutes.start(body?["start"] ?? "")
      return try await call.once { (_: Void) in
        try .json(["status": "restarted"])
      } _: {
        try await $0.restartClock(
          try event.address, call.parameter("clock"), start: start, reason: body?["reason"] ?? "",
          as: try call.actor)
      }
    },
    .api(
      "POST", "/serious-events/{participant}/{form}/{visit}/{number}/expectedness",
      .anyOf([.judgeExpectedness]),
      "Says whether an event was expected, against a reference document.",
      body: [
        .required("version", .integer), .required("expected", .boolean), .text("reference"),
        .text("reason"),
      ]
    ) { call in
      let event = try await SafetyPages.found(call)
      let body = JSONBody(call.json)
      return try await call.once { (number: Int) in
        try .json(["judgement": number], status: 201)
      } _: {
        try await $0.judgeExpectedness(
          try event.address, version: body?.number("version") ?? 0,
          ExpectednessJudgement(
            isExpected: body?.truth("expected") ?? false, reference: body?["reference"] ?? "",
            reason: body?["reason"] ?? ""), as: try call.actor)
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

extension APIRoutes {
  fileprivate static func start(_ text: String) throws(ActRefusal) -> UTCInstant {
    guard let start = try? UTCInstant(parsing: text) else {
      throw .invalid([
        Fault(
          field: "start", code: "bad_start",
          sentence: "A start is an instant such as 2027-01-04T08:00:00Z. Nothing was changed.")
      ])
    }
    return start
  }
}
