import Conduct
import Pages
import Store
import StudyModel

/// Changes the start of a reporting time in two steps: first what it changes is shown, then it is done.
enum ClockStartPage {
  static func show(_ call: Call, faults: [Pages.Fault] = []) async throws -> ActPageModel {
    let actor = try call.actor
    let zone = call.site.zone(of: actor)
    let event = try await SafetyPages.found(call)
    guard let clock = event.clocks.first(where: { $0.clock == call.parameter("clock") }),
      actor.definition.startIsChangeable(clock.clock)
    else { throw ActRefusal.notFound }
    let place = "\(event.place)/\(clock.clock)/start"
    let start = asked(call)
    let act: ActForm
    if let start {
      let changes = try await call.installation.clockChanges(
        try event.address, clock.clock, start: start, as: actor)
      act = confirming(call, "\(place)?at=\(start)", start, changes, zone, faults)
    } else {
      act = asking(call, place, faults)
    }
    return ActPageModel(
      frame: call.site.frame(for: call),
      back: Link(text: "Serious event, \(event.participant)", href: event.place),
      title: "Start of “\(clock.title)”",
      facts: [
        Fact(name: "Start now", value: Times.full(clock.startedAt, zone)),
        Fact(name: "Limit now", value: Times.full(clock.dueAt, zone)),
      ], act: act, links: start == nil ? [] : [Link(text: "Another start", href: place)],
      faults: faults)
  }

  /// The start that is shown before it is changed.
  private static func asked(_ call: Call) -> UTCInstant? {
    call.query["at"].flatMap { try? UTCInstant(parsing: $0) }
  }

  private static func asking(_ call: Call, _ place: String, _ faults: [Pages.Fault]) -> ActForm {
    ActForm(
      form: call.target(place), button: "Show the new limit",
      whatHappens: ["Nothing is changed yet: the limit now and the limit then are shown first."],
      fields: [
        EntryField(
          name: "start", label: "The time runs from",
          control: .dateTime(
            DateText(
              day: call.form["start.day"] ?? "", month: call.form["start.month"] ?? "",
              year: call.form["start.year"] ?? "", time: call.form["start.time"] ?? "")),
          hint: "By the clock shown above.",
          fault: faults.first { $0.field == "start" }?.sentence ?? "")
      ], authentication: .notNeeded)
  }

  private static func confirming(
    _ call: Call, _ place: String, _ start: UTCInstant, _ changes: [ClockChange], _ zone: String,
    _ faults: [Pages.Fault]
  ) -> ActForm {
    ActForm(
      form: call.target(place), button: "Change the start",
      whatHappens: [
        "The start is changed with your name and the reason. The one before stays on record."
      ],
      compare: [Fact(name: "Start then", value: Times.full(start, zone))]
        + changes.flatMap { change in
          [
            Fact(name: "\(change.title), limit now", value: Times.full(change.dueBefore, zone)),
            Fact(name: "\(change.title), limit then", value: Times.full(change.dueAfter, zone)),
          ]
        }, compared: "I have compared the limits.",
      fields: [
        EntryField(
          name: "reason", label: "Why",
          control: .lines(text: call.form["reason"] ?? "", maximum: 2000),
          hint: "No name, no treatment.",
          fault: faults.first { $0.field == "reason" }?.sentence ?? "")
      ], authentication: .notNeeded)
  }

  static func change(_ call: Call) async throws -> Answer {
    try await call.act {
      let event = try await SafetyPages.found(call)
      let clock = call.parameter("clock")
      guard let start = asked(call) else {
        let zone = try SiteClock(zone: call.site.zone(of: try call.actor))
        guard let typed = DateBoxes(call.form, zone).instant("start") else {
          throw refusal("start", "Give the start as day, month, year and time.")
        }
        _ = try await call.installation.clockChanges(
          try event.address, clock, start: typed, as: try call.actor)
        return "\(event.place)/\(clock)/start?at=\(typed)"
      }
      guard call.form["compared"] == "Y" else {
        throw refusal("compared", "Compare the limits, and say so.")
      }
      try await call.installation.restartClock(
        try event.address, clock, start: start, reason: call.form["reason"] ?? "",
        as: try call.actor)
      return "\(event.place)?note=restarted"
    } orShow: {
      try await show(call, faults: $0).page()
    }
  }

  private static func refusal(_ field: String, _ sentence: String) -> ActRefusal {
    .invalid([
      Conduct.Fault(
        field: field, code: "bad_\(field)", sentence: sentence + " Nothing was changed.")
    ])
  }
}
