import Conduct
import Pages
import Store
import StudyModel

/// Alerts for who must act, that there are alerts for who must know, and drafted deviations.
enum AlertPages {
  static func list(_ call: Call) async throws -> WorkListModel {
    let actor = try call.actor
    let zone = call.site.zone(of: actor)
    let now = call.installation.clock.now
    guard actor.role.can(.acknowledgeAlerts) else { return try await notices(call, actor, zone) }
    let alerts = try await call.installation.alerts(as: actor)
    return WorkListModel(
      frame: call.site.frame(for: call), title: "Alerts",
      lead: "\(alerts.count { $0.acknowledgedAt == nil }) to act on",
      nothing: "No alert was raised. One appears here with the value that raises it.",
      columns: ["Alert", "What was answered", "Act by"],
      rows: alerts.map { alert in
        WorkListRow(
          participant: link(alert.participant),
          texts: [
            "\(alert.name), \(alert.visit)", alert.items, Times.full(alert.dueAt, zone),
          ], chip: chip(alert.urgency(at: now)),
          act: alert.acknowledgedAt == nil
            ? Link(
              text: "Act…", href: "/alerts/\(alert.alert)", context: alert.participant) : nil)
      })
  }

  /// Existence only: which instrument or value it is stays with the physician.
  private static func notices(
    _ call: Call, _ actor: Actor, _ zone: String
  ) async throws -> WorkListModel {
    let notices = try await call.installation.alertNotices(as: actor)
    let now = call.installation.clock.now
    return WorkListModel(
      frame: call.site.frame(for: call), title: "Alerts",
      lead: "The investigator sees what it is. Make sure that one has seen it.",
      nothing: "No alert waits for the investigator.", columns: ["Act by"],
      rows: notices.map { notice in
        WorkListRow(
          participant: link(notice.participant), texts: [Times.full(notice.dueAt, zone)],
          chip: now >= notice.dueAt
            ? .state(.bad, "time has passed") : .waiting("the investigator"))
      })
  }

  private static func chip(_ urgency: AlertUrgency) -> Chip {
    switch urgency {
    case .open: .state(.due, "act now")
    case .reminded: .state(.bad, "little time left")
    case .escalated: .state(.bad, "time has passed")
    case .acknowledged: .done
    }
  }

  private static func link(_ participant: String) -> Link {
    Link(text: participant, href: "/participants/\(participant)")
  }

  static func one(_ call: Call, faults: [Pages.Fault] = []) async throws -> ActPageModel {
    let actor = try call.actor
    let zone = call.site.zone(of: actor)
    let found = try await call.installation.alerts(as: actor)
      .first { $0.alert == call.parameter("alert") }
    guard let found else { throw ActRefusal.notFound }
    var facts = [
      Fact(name: "Alert", value: "\(found.name) at \(found.visit)"),
      Fact(name: "What was answered", value: found.items),
      Fact(name: "Raised", value: Times.full(found.raisedAt, zone)),
      Fact(name: "Act by", value: Times.full(found.dueAt, zone)),
    ]
    if let at = found.acknowledgedAt {
      facts.append(
        Fact(
          name: "Acted on", value: "\(Times.full(at, zone)) by \(found.acknowledgedBy ?? "")"))
      facts.append(Fact(name: "What was done", value: found.actionTaken ?? ""))
    }
    return ActPageModel(
      frame: call.site.frame(for: call), back: Link(text: "Alerts", href: "/alerts"),
      title: "Alert, \(found.participant)", facts: facts,
      act: found.acknowledgedAt == nil
        ? ActForm(
          form: call.target("/alerts/\(found.alert)/acknowledge"), button: "I have acted",
          whatHappens: ["What you did is recorded with your name and the time, once."],
          fields: [
            EntryField(
              name: "action", label: "What you did",
              control: .lines(text: call.form["action"] ?? "", maximum: 500),
              fault: faults.first { $0.field == "action" }?.sentence ?? "")
          ], authentication: .notNeeded) : nil, faults: faults)
  }

  static func acknowledge(_ call: Call) async throws -> Answer {
    try await call.act {
      _ = try await call.installation.acknowledgeAlert(
        call.parameter("alert"), action: call.form["action"] ?? "", as: try call.actor)
      return "/alerts?note=acted"
    } orShow: {
      try await one(call, faults: $0).page()
    }
  }

  // MARK: Deviations

  static func deviations(_ call: Call) async throws -> WorkListModel {
    let actor = try call.actor
    let found = try await call.installation.deviations(as: actor)
    return WorkListModel(
      frame: call.site.frame(for: call), title: "Deviations",
      lead: "\(found.count { $0.status == "DRAFT" }) drafted by a rule and not judged",
      nothing:
        "No deviation is on record. A rule drafts one here when a visit departs from the protocol.",
      columns: ["Type", "On", "What happened"],
      rows: found.map { deviation in
        let place = "/deviations/\(deviation.participant)/\(deviation.number)"
        return WorkListRow(
          participant: link(deviation.participant),
          texts: [
            [deviation.type, deviation.visit].filter { !$0.isEmpty }.joined(separator: ", "),
            deviation.occurredOn, deviation.description,
          ],
          chip: deviation.status == "DRAFT"
            ? .state(.due, "draft")
            : deviation.status == "CONFIRMED"
              ? .state(.bad, "confirmed") : .state(.off, "rejected"),
          act: deviation.status == "DRAFT" && actor.role.can(.judgeDeviations)
            ? Link(text: "Judge…", href: place, context: deviation.participant) : nil)
      })
  }

  static func deviation(_ call: Call, faults: [Pages.Fault] = []) async throws -> ActPageModel {
    let actor = try call.actor
    let key = try call.participant()
    let found = try await call.installation.deviations(of: key, as: actor)
      .first { String($0.number) == call.parameter("number") }
    guard let found else { throw ActRefusal.notFound }
    return ActPageModel(
      frame: call.site.frame(for: call), back: Link(text: "Deviations", href: "/deviations"),
      title: "Deviation, \(key.text)",
      facts: [
        Fact(name: "Type", value: found.type), Fact(name: "Visit", value: found.visit),
        Fact(name: "On", value: found.occurredOn),
        Fact(name: "What happened", value: found.description),
      ],
      act: found.status == "DRAFT"
        ? ActForm(
          form: call.target("/deviations/\(key.text)/\(found.number)/judge"),
          button: "Record the judgement",
          whatHappens: ["The judgement stays on record and is not changed."],
          fields: [
            EntryField(
              name: "judgement", label: "Judgement",
              control: .code(
                choices: [
                  Choice(code: "CONFIRMED", label: "It is a deviation"),
                  Choice(code: "REJECTED", label: "It is none"),
                ], selected: call.form["judgement"] ?? "")),
            EntryField(
              name: "reason", label: "Reason",
              control: .lines(text: call.form["reason"] ?? "", maximum: 500),
              hint: "Needed where it is none. No name, no treatment.", isOptional: true),
          ], authentication: .notNeeded) : nil, faults: faults)
  }

  static func judge(_ call: Call) async throws -> Answer {
    try await call.act {
      let judgement = call.form["judgement"] ?? ""
      guard ["CONFIRMED", "REJECTED"].contains(judgement),
        let number = Int(call.parameter("number"))
      else {
        throw ActRefusal.invalid([
          Conduct.Fault(
            field: "judgement", code: "no_judgement",
            sentence: "Choose whether it is a deviation. Nothing was recorded.")
        ])
      }
      try await call.installation.judgeDeviation(
        try call.participant(), number: number, isConfirmed: judgement == "CONFIRMED",
        reason: call.form["reason"] ?? "", as: try call.actor)
      return "/deviations?note=judged"
    } orShow: {
      try await deviation(call, faults: $0).page()
    }
  }
}
