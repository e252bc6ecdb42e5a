import Conduct
import Pages
import Store
import StudyModel

/// Alerts for who must act, and that there are alerts for who must know.
enum AlertPages {
  /// The alerts nobody acted on, as work of the reader: what it is for who acts, that it is for
  /// who must know.
  ///
  /// - Parameter participant: nil for everybody in reach.
  static func work(_ call: Call, of participant: ParticipantKey? = nil) async throws -> [WorkRow] {
    let actor = try call.actor
    let now = call.installation.clock.now
    let alerts =
      actor.role.can(.acknowledgeAlerts)
      ? try await call.installation.alerts(as: actor).filter { $0.acknowledgedAt == nil } : []
    let notices =
      actor.role.can(.knowOfAlerts) ? try await call.installation.alertNotices(as: actor) : []
    let rows =
      alerts.map { work($0, actor, zone(of: $0.participant, call, actor), now) }
      + notices.map { work($0, actor, zone(of: $0.participant, call, actor), now) }
    return rows.filter { participant == nil || $0.key == participant?.text }
  }

  /// Times of alerts are those of the participant's site.
  private static func zone(of participant: String, _ call: Call, _ actor: Actor) -> String {
    (try? ParticipantKey(parsing: participant)).flatMap { try? SiteKey(parsing: $0.siteText) }
      .flatMap(actor.definition.site)?.timeZone ?? call.site.zone(of: actor)
  }

  private static func work(
    _ alert: StoredAlert, _ actor: Actor, _ zone: String, _ now: UTCInstant
  ) -> WorkRow {
    WorkRow(
      key: alert.participant, href: link(alert.participant, actor).href,
      what: "Alert: \(alert.title), \(alert.visit)", detail: alert.items,
      until: "by \(Times.full(alert.dueAt, zone))", chip: chip(alert.urgency(at: now)),
      act: Link(text: "Act…", href: "/alerts/\(alert.alert)"))
  }

  private static func work(
    _ notice: AlertNotice, _ actor: Actor, _ zone: String, _ now: UTCInstant
  ) -> WorkRow {
    WorkRow(
      key: notice.participant, href: link(notice.participant, actor).href,
      what: "Alert: somebody else must act", detail: "Make sure that one of them has seen it.",
      until: "by \(Times.full(notice.dueAt, zone))", chip: chip(notice, now),
      act: Link(text: "Alerts", href: "/alerts"))
  }

  static func list(_ call: Call) async throws -> WorkListModel {
    let actor = try call.actor
    let zone = call.site.zone(of: actor)
    let now = call.installation.clock.now
    let acts = actor.role.can(.acknowledgeAlerts)
    let alerts = acts ? try await call.installation.alerts(as: actor) : []
    let notices =
      actor.role.can(.knowOfAlerts) ? try await call.installation.alertNotices(as: actor) : []
    let waiting = alerts.count { $0.acknowledgedAt == nil }
    let trouble = try await LetterWords.notice(call, actor)
    return WorkListModel(
      frame: call.site.frame(for: call), title: "Alerts",
      lead: acts
        ? "\(waiting) to act on"
        : "Who acts sees what it is. Make sure that one of them has seen it.",
      nothing: acts
        ? "No alert was raised. One appears here with the value that raises it."
        : "No alert waits for anybody.",
      columns: ["Alert", "What was answered", "Act by"],
      rows: alerts.filter { $0.acknowledgedAt == nil }.map { row($0, actor, zone, now) }
        + notices.map { row($0, actor, zone, now) }
        + alerts.filter { $0.acknowledgedAt != nil }.map { row($0, actor, zone, now) },
      notice: trouble)
  }

  private static func row(
    _ alert: StoredAlert, _ actor: Actor, _ zone: String, _ now: UTCInstant
  ) -> WorkListRow {
    WorkListRow(
      participant: link(alert.participant, actor),
      texts: [
        "\(alert.title), \(alert.visit)", alert.items,
        Times.full(alert.dueAt, zone)
          + (alert.repeats == 0
            ? "" : ", repeated \(alert.repeats == 1 ? "once" : "\(alert.repeats) times")"),
      ], chip: chip(alert.urgency(at: now)),
      act: alert.acknowledgedAt == nil
        ? Link(text: "Act…", href: "/alerts/\(alert.alert)", context: alert.participant) : nil)
  }

  /// Existence only: which instrument or value it is stays with who acts.
  private static func row(
    _ notice: AlertNotice, _ actor: Actor, _ zone: String, _ now: UTCInstant
  ) -> WorkListRow {
    WorkListRow(
      participant: link(notice.participant, actor),
      texts: [
        "Somebody else must act", "Only who acts sees what it is", Times.full(notice.dueAt, zone),
      ],
      chip: chip(notice, now))
  }

  private static func chip(_ notice: AlertNotice, _ now: UTCInstant) -> Chip {
    now >= notice.dueAt ? .state(.bad, "time has passed") : .waiting("who acts")
  }

  private static func chip(_ urgency: AlertUrgency) -> Chip {
    switch urgency {
    case .open: .state(.due, "act now")
    case .reminded: .state(.bad, "little time left")
    case .escalated: .state(.bad, "time has passed")
    case .acknowledged: .done
    }
  }

  // Who may not open the participant stays on this page.
  private static func link(_ participant: String, _ actor: Actor) -> Link {
    let opens = actor.role.classes.contains(.open)
    return Link(text: participant, href: opens ? "/participants/\(participant)" : "/alerts")
  }

  static func one(_ call: Call, faults: [Pages.Fault] = []) async throws -> ActPageModel {
    let actor = try call.actor
    let zone = call.site.zone(of: actor)
    let found = try await call.installation.alerts(as: actor)
      .first { $0.alert == call.parameter("alert") }
    guard let found else { throw ActRefusal.notFound }
    var facts = [
      Fact(name: "Alert", value: "\(found.title) at \(found.visit)"),
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
}
