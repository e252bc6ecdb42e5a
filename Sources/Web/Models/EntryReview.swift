import Conduct
import Pages
import Store
import StudyModel

/// Acts on a form beside saving it, and the list of a form's repeats.
enum EntryReview {
  /// Runs an act on the form and shows the form again; a refusal shows it with its sentence.
  private static func act(
    _ call: Call, note: String, _ act: (EntryPlace, Int, Actor) async throws -> Void
  ) async throws -> Answer {
    let place = try EntryPlace(call)
    do {
      try await act(place, Int(call.form["_version"] ?? "") ?? 0, try call.actor)
    } catch let refusal as ActRefusal {
      guard refusal != .notFound, refusal != .outcomeUnknown else { throw refusal }
      return try await FormEntryPage(call).again(refusal)
    }
    return .see(place.address("", "note=\(note)"))
  }

  static func verify(_ call: Call) async throws -> Answer {
    try await act(call, note: "verified") { place, version, actor in
      let fields = try call.form.all("fields").filter { !$0.isEmpty }.map { name in
        guard let field = try? FieldID(parsing: name) else { throw ActRefusal.notFound }
        return field
      }
      _ = try await call.installation.verifySource(
        place.key, place.form, place.visit, number: place.number, version: version,
        fields: fields, as: actor)
    }
  }

  static func freeze(_ call: Call) async throws -> Answer {
    try await act(call, note: "frozen") { place, version, actor in
      try await call.installation.freezeEntry(
        place.key, place.form, place.visit, number: place.number, version: version, as: actor)
    }
  }

  static func unfreeze(_ call: Call) async throws -> Answer {
    try await act(call, note: "unfrozen") { place, version, actor in
      try await call.installation.unfreezeEntry(
        place.key, place.form, place.visit, number: place.number, version: version,
        reason: call.form["reason"] ?? "", as: actor)
    }
  }

  static func void(_ call: Call) async throws -> Answer {
    try await act(call, note: "voided") { place, version, actor in
      _ = try await call.installation.voidEntry(
        place.key, place.form, place.visit, number: place.number, version: version,
        reason: call.form["void_reason"] ?? "", as: actor)
    }
  }

  // MARK: Repeats

  static func list(_ call: Call) async throws -> EntryListModel {
    let actor = try call.actor
    let place = try EntryPlace(call)
    let (key, visit) = (place.key, place.visit)
    let found = try await call.installation.repeats(of: place.form, at: visit, key, as: actor)
    let form = found.form
    let site: SiteKey
    switch key {
    case .participant(let key):
      site = try await call.installation.participant(key, as: actor).site
    case .site(let key): site = key
    }
    let zone = try await call.installation.wallClock(of: site, in: actor.trial).zoneName
    let stock =
      key.participant == nil
      ? try await call.installation.stock(of: form, found.entries, at: site, as: actor) : nil
    let typed = form.fields.filter { !$0.isCalculated }
    let required = typed.filter { $0.required == .required }
    let shown = (required.isEmpty ? typed : required).prefix(3)
    return EntryListModel(
      frame: call.site.frame(for: call),
      back: Link(
        text: key.participant == nil ? "Site forms" : place.words, href: place.visitAddress),
      key: key.participant == nil
        ? "\(key.text) \(actor.definition.site(site)?.title ?? "")" : key.text,
      formTitle: form.title, visit: key.participant == nil ? "" : visit.text,
      stock: stock?.picture, columns: shown.map(\.label),
      rows: found.entries.map { entry in
        EntryListRow(
          link: Link(
            text: String(entry.number),
            href: EntryPlace(key, form.id, visit, number: entry.number).address()),
          answers: shown.map { words(entry.answers[$0.id], $0) },
          chip: CasebookView.chip(status: entry.status),
          detail: entry.enteredAt.map { Times.saved($0, zone, by: entry.author) } ?? "")
      } + (actor.writes(form) ? planned(found.missing, form, shown, key, visit) : []),
      add: actor.writes(form)
        ? Link(
          text: "Add one more", href: EntryPlace(key, form.id, visit, number: 0).address())
        : nil)
  }

  /// A line for each planned repeat that was not handed in.
  private static func planned(
    _ missing: [String], _ form: Form, _ shown: ArraySlice<Field>, _ key: EntrySubject,
    _ visit: VisitCode
  ) -> [EntryListRow] {
    missing.map { value in
      EntryListRow(
        link: Link(
          text: "Enter \(value)",
          href: EntryPlace(key, form.id, visit, number: 0).address("", "planned=\(value)")),
        answers: shown.map { $0.id == form.planned?.field ? words(.value(value), $0) : "" },
        chip: .ready, detail: "planned")
    }
  }

  private static func words(_ answer: FieldAnswer?, _ field: Field) -> String {
    switch answer {
    case nil: return ""
    case .missing(let code, _): return "no value, \(code.rawValue)"
    case .value(let text):
      if field.type == .boolean { return text == "true" ? "yes" : "no" }
      guard case .code(let items) = field.type else { return text }
      return items.first { $0.code == text }?.label ?? text
    }
  }
}
