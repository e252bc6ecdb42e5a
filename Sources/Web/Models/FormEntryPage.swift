import Conduct
import Pages
import Store
import StudyModel

/// One form of one visit: read, filled in, shown again with its faults.
struct FormEntryPage {
  let call: Call
  let actor: Actor
  let key: ParticipantKey
  let form: Form
  let visit: Visit
  let entry: ReadEntry
  let clock: SiteClock

  init(_ call: Call) async throws {
    self.call = call
    actor = try call.actor
    key = try call.participant()
    let code = try call.visit()
    guard let visit = actor.definition.visit(code) else { throw ActRefusal.notFound }
    self.visit = visit
    entry = try await call.installation.readEntry(
      key, try call.formID(), code, as: actor
    ).entry
    form = entry.form
    let participant = try await call.installation.participant(key, as: actor)
    clock = try SiteClock(
      zone: actor.definition.site(participant.site)?.timeZone ?? "Europe/London")
  }

  var address: String { "/participants/\(key.text)/forms/\(form.id.text)/\(visit.code.text)" }
  var visitAddress: String { "/participants/\(key.text)/visits/\(visit.code.text)" }
  var filled: FilledFields { FilledFields(form: form, clock: clock) }
  var now: UTCInstant { call.installation.clock.now }

  /// Whether this person may save now: submitted forms open for a change only when asked.
  var isWritable: Bool { actor.writes(form) }

  /// The page as it is first read.
  func reading(changing: Bool) -> FormEntryModel {
    let boxes =
      entry.version == 0
      ? EntryControls.first(form, actor, today: clock.date(at: now))
      : filled.boxes(of: entry.answers)
    var model = model(boxes: boxes, faults: [], isStored: entry.version > 0)
    if !isWritable {
      model.closed =
        entry.version == 0 ? "Nobody entered this form yet." : "You can read this form."
    } else if entry.isSubmitted {
      if changing {
        model.changes = reason(changes: [], boxes: FormFields())
      } else {
        model.closed = "This form was submitted. A change needs a reason and voids its signatures."
        model.links.append(Link(text: "Change a value", href: address + "?change=1"))
      }
    }
    return model
  }

  /// The page with what was typed, and why it was not saved.
  func refused(_ boxes: FormFields, faults: [Pages.Fault], reasonFault: String = "")
    -> FormEntryModel
  {
    var model = model(boxes: boxes, faults: faults, isStored: false)
    model.saved = "Not saved. What you typed is still here."
    if entry.isSubmitted {
      var change = reason(changes: changes(to: boxes), boxes: boxes)
      change.fault = reasonFault
      model.changes = change
    }
    return model
  }

  func model(boxes: FormFields, faults: [Pages.Fault], isStored: Bool) -> FormEntryModel {
    var controls = EntryControls(form: form, actor: actor, boxes: boxes)
    controls.isStored = isStored
    for fault in faults where controls.faults[fault.field] == nil {
      controls.faults[fault.field] = fault.sentence
    }
    let zone = clock.zoneName
    return FormEntryModel(
      frame: call.site.frame(for: call),
      back: Link(text: "\(visit.code.text) of \(key.text)", href: visitAddress), key: key.text,
      visit: visit.code.text, formTitle: form.title,
      chip: entry.version == 0 ? .ready : CasebookView.chip(status: entry.status),
      saved: entry.enteredAt.map {
        "Saved \(Times.full($0, zone)) by \(entry.author), version \(entry.version)."
      } ?? "", facts: facts, links: links, sections: controls.sections, faults: faults,
      signatures: entry.signatures.map { $0.shown(zone) },
      form: call.target(address, version: entry.version))
  }

  private var facts: [Fact] {
    [
      Fact(name: "Visit", value: "\(visit.code.text) \(visit.title)"),
      Fact(name: "Version", value: entry.version == 0 ? "none yet" : String(entry.version)),
    ]
  }

  private var links: [Link] {
    var links: [Link] = []
    if actor.role.can(.signForms), form.signedBy.contains(actor.role.id), entry.isSubmitted,
      !entry.signatures.contains(where: { $0.version == entry.version && $0.voidedAt == nil })
    {
      links.append(Link(text: "Sign this form", href: address + "/sign"))
    }
    if actor.role.can(.openDataQuery), actor.role.classes.contains(form.dataClass) {
      links.append(
        Link(
          text: "Open a query",
          href: "/participants/\(key.text)/queries?form=\(form.id.text)&visit=\(visit.code.text)"))
    }
    if actor.role.can(.readAudit) {
      links.append(Link(text: "History of \(key.text)", href: "/participants/\(key.text)/history"))
    }
    return links
  }

  /// What would change of the submitted values, in words.
  func changes(to boxes: FormFields) -> [ValueChange] {
    let typed = filled.answers(of: boxes)
    return form.fields.filter { !$0.isCalculated && typed[$0.id] != entry.answers[$0.id] }
      .map {
        ValueChange(
          field: $0.label, old: words(entry.answers[$0.id], $0), new: words(typed[$0.id], $0))
      }
  }

  func words(_ answer: FieldAnswer?, _ field: Field) -> String {
    switch answer {
    case nil: ""
    case .missing(let code, _): "no value, \(code.rawValue)"
    case .value(let text): words(text, field)
    }
  }

  private func words(_ text: String, _ field: Field) -> String {
    switch field.type {
    case .code(let items): items.first { $0.code == text }?.label ?? text
    case .boolean: text == "true" ? "yes" : "no"
    case .dateTime:
      (try? UTCInstant(parsing: text)).map { Times.full($0, clock.zoneName) } ?? text
    case .integer, .decimal, .multi, .date, .partialDate, .time, .text, .userReference,
      .calculated:
      text
    }
  }

  private static let reasons = [
    Choice(code: "typing error", label: "typing error"),
    Choice(code: "source corrected", label: "source corrected"),
    Choice(code: "source found later", label: "source found later"),
    Choice(code: "other", label: "other"),
  ]

  private func reason(changes: [ValueChange], boxes: FormFields) -> ChangeReason {
    ChangeReason(
      changes: changes, choices: Self.reasons, selected: boxes["_reason"] ?? "",
      text: boxes["_reason_text"] ?? "")
  }
}

extension StoredSignature {
  /// The signature as a page shows it.
  func shown(_ zone: String) -> Signature {
    let text = Hex.text(digest)
    return Signature(
      name: name, role: role, time: Times.full(at, zone), meaning: meaning,
      digest: "\(text.prefix(8)) … \(text.suffix(4))",
      voided: voidedAt.map { "the form was changed on \(Times.full($0, zone))" } ?? "")
  }
}
