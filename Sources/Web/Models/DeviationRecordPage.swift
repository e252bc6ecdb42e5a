import Conduct
import Pages
import Store
import StudyModel

/// Where a person records a departure from the protocol no rule saw.
enum DeviationRecordPage {
  static func show(_ call: Call, faults: [Pages.Fault] = []) async throws -> ActPageModel {
    let actor = try call.actor
    guard actor.role.can(.recordDeviations) else { throw ActRefusal.notFound }
    return ActPageModel(
      frame: call.site.frame(for: call), back: Link(text: "Deviations", href: "/deviations"),
      title: "Record a deviation",
      lead: "What a rule of the study sees is drafted by itself. Record here what it cannot see.",
      act: ActForm(
        form: call.target("/deviations/new"), button: "Draft the deviation",
        whatHappens: [
          "It is drafted with your name and the time. Whoever judges deviations confirms or rejects it."
        ], fields: fields(call, actor, faults), authentication: .notNeeded), faults: faults)
  }

  private static func fields(
    _ call: Call, _ actor: Actor, _ faults: [Pages.Fault]
  ) -> [EntryField] {
    func fault(_ name: String) -> String { faults.first { $0.field == name }?.sentence ?? "" }
    func typed(_ name: String) -> String { call.form[name] ?? "" }
    let classes = actor.recordedDeviationClasses
    var fields = [
      EntryField(
        name: "participant", label: "Participant",
        control: .text(
          text: call.form["participant"] ?? call.query["participant"] ?? "", maximum: 8),
        hint: "The key, such as 101-0001.", fault: fault("participant")),
      EntryField(
        name: "type", label: "Type",
        control: .code(
          choices: actor.recordedDeviationTypes.map {
            Choice(code: $0.id, label: $0.title)
          }, selected: typed("type")), fault: fault("type")),
    ]
    if classes.count > 1 {
      fields.append(
        EntryField(
          name: "class", label: "Who may know of it",
          control: .code(
            choices: [
              Choice(code: "open", label: "Everybody who works on the study"),
              Choice(code: "treatment", label: "Only who knows treatment"),
            ], selected: typed("class")),
          hint: "What you write is read by people who know treatment only, whatever you choose.",
          fault: fault("class")))
    }
    fields += [
      EntryField(
        name: "visit", label: "Visit", control: .text(text: typed("visit"), maximum: 8),
        hint: "Its code, such as A1, where it belongs to one.", isOptional: true,
        fault: fault("visit")),
      EntryField(
        name: "date", label: "It happened on", control: .date(date(call)), fault: fault("date")),
      EntryField(
        name: "how", label: "Found by",
        control: .code(
          choices: [
            Choice(code: "SITE", label: "The site"), Choice(code: "MON", label: "Monitoring"),
            Choice(code: "DM", label: "Data management"),
          ], selected: typed("how")), fault: fault("how")),
      EntryField(
        name: "description", label: "What happened",
        control: .lines(text: typed("description"), maximum: 2000),
        hint: actor.role.classes.contains(.treatment) ? "No name." : "No name, no treatment.",
        fault: fault("description")),
      EntryField(
        name: "measures", label: "What is done about it",
        control: .lines(text: typed("measures"), maximum: 2000), isOptional: true,
        fault: fault("measures")),
    ]
    return fields
  }

  static func record(_ call: Call) async throws -> Answer {
    try await call.act {
      let (key, found) = try found(
        { $0 == "date" ? typedDate(call)?.description ?? "" : call.form[$0] ?? "" })
      _ = try await call.installation.recordDeviation(key, found, as: try call.actor)
      return "/deviations?note=deviation"
    } orShow: {
      try await show(call, faults: $0).page()
    }
  }

  /// A found deviation from texts by name: participant, type, class, visit, date, how, description, measures.
  static func found(
    _ text: (String) -> String
  ) throws(ActRefusal) -> (ParticipantKey, FoundDeviation) {
    func bad(_ field: String, _ sentence: String) -> ActRefusal {
      .invalid([
        Conduct.Fault(
          field: field, code: "bad_\(field)", sentence: sentence + " Nothing was recorded.")
      ])
    }
    guard let key = try? ParticipantKey(parsing: text("participant")) else {
      throw bad("participant", "A participant's key has the form 101-0001.")
    }
    guard let date = try? CalendarDate(parsing: text("date")) else {
      throw bad("date", "Give the day as day, month and year.")
    }
    let how = text("how").isEmpty ? "SITE" : text("how")
    guard let source = DeviationSource(rawValue: how) else {
      throw bad("how", "Choose who found it: SITE, MON or DM.")
    }
    let named = text("class").isEmpty ? "open" : text("class")
    guard let dataClass = DataClass(rawValue: named) else {
      throw bad("class", "Choose who may know of it.")
    }
    return (
      key,
      FoundDeviation(
        type: text("type"), dataClass: dataClass, visit: text("visit"), occurredOn: date,
        source: source, description: text("description"), measures: text("measures"))
    )
  }

  static func date(_ call: Call) -> DateText {
    DateText(
      day: call.form["date.day"] ?? "", month: call.form["date.month"] ?? "",
      year: call.form["date.year"] ?? "")
  }

  static func typedDate(_ call: Call) -> CalendarDate? {
    func part(_ name: String, _ length: Int) -> String {
      let text = call.form["date.\(name)"] ?? ""
      return String(repeating: "0", count: max(0, length - text.count)) + text
    }
    return try? CalendarDate(
      parsing: "\(part("year", 4))-\(part("month", 2))-\(part("day", 2))")
  }
}
