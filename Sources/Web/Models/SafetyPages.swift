import Conduct
import Pages
import Pictures
import Store
import StudyModel

/// Serious events and their reporting times.
enum SafetyPages {
  static func list(_ call: Call) async throws -> WorkListModel {
    let actor = try call.actor
    let zone = call.site.zone(of: actor)
    let now = call.installation.clock.now
    let events = try await call.installation.seriousEvents(as: actor)
    let running = events.flatMap(\.clocks).count { $0.metAt == nil }
    return WorkListModel(
      frame: call.site.frame(for: call), title: "Safety",
      lead: "\(running == 1 ? "1 report" : "\(running) reports") to make",
      nothing: "No serious event is on record. One appears here when its form is handed in.",
      columns: ["Event", "Next report", "Limit"],
      rows: events.map { event in
        let next = event.clocks.first { $0.metAt == nil }
        return WorkListRow(
          participant: Link(text: event.participant, href: event.place),
          texts: [
            "\(event.form) at \(event.visit), number \(event.number), "
              + versions(event.versions.count),
            next?.title ?? "none", next.map { Times.full($0.dueAt, zone) } ?? "",
          ], chip: next.map { chip($0, at: now) } ?? .done,
          act: Link(text: "Open…", href: event.place, context: event.participant))
      })
  }

  private static func versions(_ count: Int) -> String {
    count == 1 ? "first report" : "follow-up \(count - 1)"
  }

  static func chip(_ clock: StoredClock, at now: UTCInstant) -> Chip {
    switch clock.state(at: now) {
    case .met: .done
    case .metLate: .state(.bad, "made late")
    case .late: .state(.bad, "time has passed")
    case .running:
      clock.share(at: now) >= 0.75
        ? .state(.bad, "little time left") : .state(.due, "time runs")
    }
  }

  static func found(_ call: Call) async throws -> SeriousEvent {
    let names = ["participant", "form", "visit", "number"]
    let place = "/safety/" + names.map { call.parameter($0) }.joined(separator: "/")
    guard
      let event = try await call.installation.seriousEvents(as: try call.actor)
        .first(where: { $0.place == place })
    else { throw ActRefusal.notFound }
    return event
  }

  static func one(_ call: Call, faults: [Pages.Fault] = []) async throws -> SeriousEventModel {
    let actor = try call.actor
    let zone = call.site.zone(of: actor)
    let now = call.installation.clock.now
    let event = try await found(call)
    return SeriousEventModel(
      frame: call.site.frame(for: call), back: Link(text: "Safety", href: "/safety"),
      title: "Serious event, \(event.participant)", picture: picture(event, now, zone),
      clocks: event.clocks.map { clock in
        SeriousEventModel.Clock(
          title: clock.title,
          start: Times.full(clock.startedAt, zone)
            + (clock.restarts == 0 ? "" : ", changed before"),
          due: Times.full(clock.dueAt, zone),
          met: clock.metAt.map { Times.full($0, zone) } ?? "", chip: chip(clock, at: now),
          act: act(clock, event, actor, call),
          change: change(clock, event, actor))
      }, expectedness: expectedness(event, actor, zone),
      judge: judging(event, actor, call, faults),
      versions: event.versions.map { version in
        SeriousEventModel.Version(
          title: version.number == 1 ? "First report" : "Follow-up \(version.number - 1)",
          state: "Entered \(Times.full(version.enteredAt, zone)), "
            + (version.isSigned ? "signed." : "not signed."),
          facts: version.told.map { Fact(name: $0.label, value: words($0.answer, zone)) })
      }, faults: faults)
  }

  /// An answer as people read it: instants by the reader's clock.
  private static func words(_ answer: String, _ zone: String) -> String {
    (try? UTCInstant(parsing: answer)).map { Times.full($0, zone) } ?? answer
  }

  private static func act(
    _ clock: StoredClock, _ event: SeriousEvent, _ actor: Actor, _ call: Call
  ) -> ActForm? {
    let plan = actor.definition.reportingTime(clock.clock)
    guard clock.metAt == nil, let plan, !plan.isMetByEntry,
      (plan.reminded + plan.escalatedTo).contains(actor.role.id)
    else { return nil }
    return ActForm(
      form: call.target("\(event.place)/\(clock.clock)/meet"), button: "\(clock.title): made",
      whatHappens: ["That the report was made is recorded with your name and the time, once."],
      fields: [], authentication: .notNeeded, title: clock.title)
  }

  private static func picture(
    _ event: SeriousEvent, _ now: UTCInstant, _ zone: String
  ) -> ClockPicture? {
    guard !event.clocks.isEmpty else { return nil }
    let rows = event.clocks.map { clock in
      ClockPicture.Row(
        label: clock.title, left: left(clock, now), share: clock.share(at: now),
        state: clock.state(at: now))
    }
    let late = rows.count { $0.state == .late }
    return ClockPicture(
      finding: late == 0
        ? "No reporting time has passed unmet."
        : "\(late) of \(rows.count) reporting times have passed unmet.",
      numbers: rows.map { "\($0.label): \($0.left)" }.joined(separator: ". "), rows: rows)
  }

  private static func left(_ clock: StoredClock, _ now: UTCInstant) -> String {
    let end = clock.metAt ?? now
    let seconds = clock.dueAt.seconds(since: end)
    let hours = abs(seconds) / 3600
    let words = hours >= 48 ? "\(hours / 24) days" : hours == 1 ? "1 hour" : "\(hours) hours"
    switch clock.state(at: now) {
    case .running: return "\(words) left"
    case .late: return "late by \(words)"
    case .met: return "made \(words) before the limit"
    case .metLate: return "made late by \(words)"
    }
  }

  private static func change(
    _ clock: StoredClock, _ event: SeriousEvent, _ actor: Actor
  ) -> Link? {
    guard actor.definition.startIsChangeable(clock.clock),
      let plan = actor.definition.reportingTime(clock.clock),
      (plan.reminded + plan.escalatedTo).contains(actor.role.id)
    else { return nil }
    return Link(
      text: "Change the start…", href: "\(event.place)/\(clock.clock)/start",
      context: clock.title)
  }

  private static func expectedness(
    _ event: SeriousEvent, _ actor: Actor, _ zone: String
  ) -> [Fact] {
    guard actor.definition.form(event.form)?.asksExpectedness == true else { return [] }
    guard let judgement = event.judgement else {
      return [Fact(name: "Expected", value: "Not judged yet")]
    }
    var facts = [Fact(name: "Expected", value: judgement.isExpected ? "Yes" : "No")]
    var judged = Times.full(judgement.judgedAt, zone)
    if let words = judgement.words {
      facts.append(Fact(name: "Against", value: words.reference))
      facts.append(Fact(name: "Why", value: words.reason))
      judged += " by \(words.judgedBy)"
    }
    judged +=
      judgement.version == 1
      ? ", on the first report" : ", on follow-up \(judgement.version - 1)"
    facts.append(Fact(name: "Judged", value: judged))
    return facts
  }

  private static func judging(
    _ event: SeriousEvent, _ actor: Actor, _ call: Call, _ faults: [Pages.Fault]
  ) -> ActForm? {
    guard actor.role.can(.judgeExpectedness), let newest = event.versions.first,
      actor.definition.form(event.form)?.asksExpectedness == true
    else { return nil }
    func fault(_ name: String) -> String { faults.first { $0.field == name }?.sentence ?? "" }
    return ActForm(
      form: call.target("\(event.place)/expectedness", version: newest.number),
      button: "Record the judgement",
      whatHappens: [
        "It stands beside the site's form with your name. Reporting times that follow run from the first report.",
        "A later judgement stands beside this one and stops no time that runs.",
      ],
      fields: [
        EntryField(
          name: "expected", label: "Is the event named in the reference document?",
          control: .code(
            choices: [
              Choice(code: "yes", label: "Yes, it was expected"),
              Choice(code: "no", label: "No, it was not expected"),
            ], selected: call.form["expected"] ?? ""), fault: fault("expected")),
        EntryField(
          name: "reference", label: "Reference document and version",
          control: .text(text: call.form["reference"] ?? "", maximum: 200),
          fault: fault("reference")),
        EntryField(
          name: "reason", label: "Why",
          control: .lines(text: call.form["reason"] ?? "", maximum: 2000),
          hint: "No name, no treatment.", fault: fault("reason")),
      ], authentication: .notNeeded, title: "Judge the expectedness")
  }

  static func judge(_ call: Call) async throws -> Answer {
    try await call.act {
      let event = try await found(call)
      guard let expected = ["yes": true, "no": false][call.form["expected"] ?? ""] else {
        throw ActRefusal.invalid([
          Conduct.Fault(
            field: "expected", code: "no_judgement",
            sentence: "Choose whether the event was expected. Nothing was recorded.")
        ])
      }
      try await call.installation.judgeExpectedness(
        try event.address, version: Int(call.form["_version"] ?? "") ?? 0,
        ExpectednessJudgement(
          isExpected: expected, reference: call.form["reference"] ?? "",
          reason: call.form["reason"] ?? ""), as: try call.actor)
      return "\(event.place)?note=judged"
    } orShow: {
      try await one(call, faults: $0).page()
    }
  }

  static func meet(_ call: Call) async throws -> Answer {
    try await call.act {
      let event = try await found(call)
      _ = try await call.installation.meetClock(
        try event.address, call.parameter("clock"), as: try call.actor)
      return "\(event.place)?note=acted"
    } orShow: {
      try await one(call, faults: $0).page()
    }
  }
}

extension SeriousEvent {
  /// The entry it was reported on.
  var address: EntryAddress {
    get throws {
      EntryAddress(
        try ParticipantKey(parsing: participant), form, try VisitCode(parsing: visit),
        number: number)
    }
  }

  /// Its address.
  var place: String { "/safety/\(participant)/\(form)/\(visit)/\(number)" }
}

extension StoredClock {
  /// How it stands at an instant.
  func state(at now: UTCInstant) -> ClockPicture.State {
    if let metAt { return metAt <= dueAt ? .met : .metLate }
    return now <= dueAt ? .running : .late
  }

  /// The share of its time that has passed, or had when it was met.
  func share(at now: UTCInstant) -> Double {
    Double((metAt ?? now).seconds(since: startedAt)) / Double(dueAt.seconds(since: startedAt))
  }
}
