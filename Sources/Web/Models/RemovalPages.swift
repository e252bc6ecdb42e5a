import Conduct
import Pages
import Store
import StudyModel

/// A removal in an address: class and number, such as `open-3`.
struct RemovalName {
  let dataClass: DataClass
  let number: Int

  init?(_ text: String) {
    let parts = text.split(separator: "-")
    guard parts.count == 2, let dataClass = DataClass(rawValue: String(parts[0])),
      let number = Int(parts[1])
    else { return nil }
    self.dataClass = dataClass
    self.number = number
  }
}

/// Personal data entered by mistake: asked for by one, removed by another.
enum RemovalPages {
  static func address(_ place: EntryPlace) -> EntryAddress {
    EntryAddress(place.key, place.form, place.visit, number: place.number)
  }

  /// Whether the role may ask for a removal on this form.
  static func canAsk(_ actor: Actor, _ form: Form) -> Bool {
    Installation.removes(actor.role) && actor.reads(form)
      && actor.auditClasses.contains(form.dataClass) && !texts(of: form).isEmpty
  }

  private static func texts(of form: Form) -> [Field] {
    form.fields.filter { if case .text = $0.type { true } else { false } }
  }

  static func list(_ call: Call) async throws -> WorkListModel {
    let actor = try call.actor
    let found = try await call.installation.removals(as: actor)
    let zone = call.site.zone(of: actor)
    let waiting = found.count { $0.confirmedAt == nil }
    return WorkListModel(
      frame: call.site.frame(for: call), title: "Removed personal data",
      lead: waiting == 1 ? "1 waits for a second person" : "\(waiting) wait for a second person",
      nothing: "No personal data were removed. A request made on a form appears here.",
      columns: ["Field", "Why", "Asked", "Removed"],
      rows: found.map { removal in
        WorkListRow(
          participant: Link(
            text: removal.participant, href: "/participants/\(removal.participant)"),
          texts: [
            "\(removal.form), \(removal.visit): \(removal.field)", removal.reason,
            "\(removal.askedName), \(Times.full(removal.askedAt, zone))",
            removal.confirmedAt.map { "\(removal.confirmedName), \(Times.full($0, zone))" } ?? "",
          ], chip: removal.confirmedAt == nil ? .state(.due, "waits") : .state(.off, "removed"),
          act: removal.confirmedAt == nil && removal.askedBy != actor.user
            ? Link(
              text: "Confirm…", href: "/removals/\(removal.dataClass.rawValue)-\(removal.number)",
              context: removal.participant) : nil)
      }, links: [Link(text: "Audit trail", href: "/audit")])
  }

  static func one(_ call: Call, faults: [Pages.Fault] = []) async throws -> ActPageModel {
    let actor = try call.actor
    guard let name = RemovalName(call.parameter("number")) else { throw ActRefusal.notFound }
    let found = try await call.installation.removals(as: actor).first {
      $0.dataClass == name.dataClass && $0.number == name.number
    }
    guard let found else { throw ActRefusal.notFound }
    let zone = call.site.zone(of: actor)
    return ActPageModel(
      frame: call.site.frame(for: call),
      back: Link(text: "Removed personal data", href: "/removals"),
      title: "Removal, \(found.participant)",
      facts: [
        Fact(name: "Field", value: "\(found.form), \(found.visit): \(found.field)"),
        Fact(name: "Why", value: found.reason),
        Fact(name: "Asked", value: "\(found.askedName), \(Times.full(found.askedAt, zone))"),
      ],
      act: found.confirmedAt == nil && found.askedBy != actor.user
        ? ActForm(
          form: call.target("/removals/\(call.parameter("number"))"), button: "Remove the value",
          whatHappens: [
            "The value goes from every version of the form and from the audit trail.",
            "A signature on the form is void afterwards; the form is signed again.",
            "Who asked, who removed it, when, why and which field stay on record.",
          ], cannotBeUndone: "The value cannot be brought back.", authentication: call.proof,
          isDestructive: true) : nil, faults: faults)
  }

  static func confirm(_ call: Call) async throws -> Answer {
    try await call.act {
      guard let name = RemovalName(call.parameter("number")) else { throw ActRefusal.notFound }
      try await call.installation.confirmRemoval(
        name.number, in: name.dataClass, as: try await call.freshActor())
      return "/removals?note=removed"
    } orShow: {
      try await one(call, faults: $0).page()
    }
  }

  static func request(_ call: Call, faults: [Pages.Fault] = []) async throws -> ActPageModel {
    let actor = try call.actor
    let place = try EntryPlace(call)
    guard let form = actor.definition.form(place.form), canAsk(actor, form) else {
      throw ActRefusal.notFound
    }
    return ActPageModel(
      frame: call.site.frame(for: call), back: Link(text: form.title, href: place.address()),
      title: "Remove personal data, \(place.key.text)", lead: "\(form.title), \(place.visit.text)",
      act: ActForm(
        form: call.target(place.address("removal")), button: "Ask for the removal",
        whatHappens: [
          "A second person confirms; until then nothing is removed.",
          "Afterwards the value is gone from every version and from the audit trail.",
        ],
        fields: [
          EntryField(
            name: "field", label: "Field",
            control: .code(
              choices: texts(of: form).map { Choice(code: $0.id.text, label: $0.label) },
              selected: call.form["field"] ?? "")),
          EntryField(
            name: "reason", label: "Why",
            control: .lines(text: call.form["reason"] ?? "", maximum: 500),
            hint: "What kind of data it is, without the data. No name, no treatment."),
        ], authentication: .notNeeded), faults: faults)
  }

  static func ask(_ call: Call) async throws -> Answer {
    try await call.act {
      let place = try EntryPlace(call)
      guard let field = try? FieldID(parsing: call.form["field"] ?? "") else {
        throw ActRefusal.invalid([
          Conduct.Fault(
            field: "field", code: "no_field",
            sentence: "Choose the field. Nothing was recorded.")
        ])
      }
      _ = try await call.installation.askRemoval(
        of: field, on: address(place), reason: call.form["reason"] ?? "", as: try call.actor)
      return "/removals?note=removal-asked"
    } orShow: {
      try await request(call, faults: $0).page()
    }
  }
}
