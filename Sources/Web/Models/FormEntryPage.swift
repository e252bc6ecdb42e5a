import Conduct
import Pages
import Store
import StudyModel

/// One form of one visit: read, filled in, shown again with its faults.
struct FormEntryPage {
  let call: Call
  let actor: Actor
  let place: EntryPlace
  let form: Form
  /// The visit, nil of a form about a site.
  let visit: Visit?
  let file: EntryFile
  let clock: SiteClock
  /// What a new review of a record of a sample begins with.
  private let beginning: [FieldID: String]

  init(_ call: Call) async throws {
    self.call = call
    place = try EntryPlace(call)
    file = try await call.installation.entryFile(
      place.key, place.form, place.visit, number: place.number, on: call.formDay,
      as: try call.actor)
    // What was entered under an earlier version is shown as that version has it.
    actor = try call.actor.under(file.definition)
    visit = actor.definition.visit(place.visit)
    form = file.shown ?? file.entry.form
    let site: SiteKey
    switch place.key {
    case .participant(let key):
      guard visit != nil else { throw ActRefusal.notFound }
      site = try await call.installation.participant(key, as: actor).site
    case .site(let key): site = key
    }
    clock = try await call.installation.wallClock(of: site, in: actor.trial)
    if let record = call.query["record"], place.number == 0,
      case .participant(let key) = place.key
    {
      beginning = try await call.installation.reviewBeginning(
        of: key, on: place.form, record: record, as: actor)
    } else {
      beginning = [:]
    }
  }

  var key: EntrySubject { place.key }
  var entry: ReadEntry { file.entry }
  var address: String { place.address() }
  var filled: FilledFields { FilledFields(form: form, clock: clock) }
  var now: UTCInstant { call.installation.clock.now }

  /// Whether this person writes the form, whatever its state.
  var isWriter: Bool { actor.writes(form) }

  /// Whether this person may save now: submitted forms open for a change only when asked.
  var isWritable: Bool { isWriter && closedBecause.isEmpty }

  /// Whether it is a record that was handed in and is not read again.
  private var isHandedIn: Bool { actor.handsIn(form) && entry.isSubmitted }

  /// Why the entry is closed for everybody; empty when it is not.
  private var closedBecause: String {
    if isHandedIn {
      return "This record was handed in. It is not shown again and changes no more."
    }
    return switch EntryStatus(rawValue: entry.status) {
    case .frozen: "This form is frozen. The data manager can open it again."
    case .locked: "This form is locked."
    case .voided: "This entry is voided: \(file.versions.last?.reason ?? "")"
    case .notDue, .due, .inProgress, .submitted, .queried, .answered, .verified, .signed, nil: ""
    }
  }

  /// The page as it is first read.
  func reading(changing: Bool) -> FormEntryModel {
    let draft = isWritable ? file.draft : nil
    let showsDraft = draft != nil && (changing || !entry.isSubmitted)
    let boxes: FormFields
    if let draft, showsDraft {
      boxes = FormFields(draft.typed)
    } else if entry.version == 0, !form.isWorkedOut {
      boxes = EntryControls.first(
        form, actor, today: clock.date(at: now), planned: call.query["planned"],
        set: file.setAnswers, beginning: beginning)
    } else {
      boxes = filled.boxes(of: entry.answers)
    }
    var model = model(
      boxes: boxes, faults: [], isStored: entry.version > 0 || form.isWorkedOut,
      version: showsDraft ? draft?.version : nil)
    if let draft, showsDraft { model.draft = notice(of: draft) }
    if !isWritable {
      model.closed =
        !closedBecause.isEmpty
        ? closedBecause
        : form.isWorkedOut
          ? workedOutNote
          : entry.version == 0
            ? "Nobody entered this form yet." : "You can read this form.\(sittingNote)"
    } else if entry.isSubmitted {
      if changing {
        model.changes = reason(changes: showsDraft ? changes(to: boxes) : [], boxes: boxes)
      } else {
        model.closed = "This form was submitted. A change needs a reason and voids its signatures."
        model.links.append(
          Link(
            text: draft == nil ? "Change a value" : "Go on with your draft",
            href: place.address("", "change=1")))
      }
    }
    model.keepsDraft = model.closed.isEmpty && !actor.handsIn(form)
    model.acts = acts(hasDraft: draft != nil)
    return model
  }

  /// How a questionnaire was answered, in words; empty of everything else.
  private var sittingNote: String {
    guard let sitting = file.sitting else { return "" }
    let name = sitting.readOutBy.isEmpty ? "" : " by \(sitting.readOutBy)"
    let how =
      sitting.isReadOut
      ? " Read out on the telephone\(name), who entered the answers."
      : " Answered by the participant."
    guard let opened = sitting.openedAt else { return how }
    return how
      + " Opened \(Times.full(opened, clock.zoneName)), handed in "
      + "\(Times.full(sitting.handedInAt, clock.zoneName))."
  }

  /// When a form nobody enters was worked out.
  private var workedOutNote: String {
    let note = "The system works this form out of other entries, and again whenever one changes."
    return note
      + (entry.enteredAt.map { " Last on \(Times.full($0, clock.zoneName))." } ?? "")
  }

  private func notice(of draft: EntryDraft) -> String {
    let kept = Times.full(draft.keptAt, clock.zoneName)
    let own = "This is your draft of \(kept). Only you see it, and it is not saved as data."
    guard entry.version > draft.version else { return own }
    return own + " \(entry.author) saved version \(entry.version) since: when you submit, both are "
      + "compared field by field."
  }

  /// The page with what was typed, and why it was not saved.
  ///
  /// - Parameter version: the version it was typed over, which the next save expects again.
  func refused(
    _ boxes: FormFields, faults: [Pages.Fault], reasonFault: String = "", version: Int? = nil
  ) -> FormEntryModel {
    var model = model(
      boxes: boxes, faults: faults, isStored: false,
      version: version ?? Int(boxes["_version"] ?? ""))
    model.saved = "Not saved. What you typed is still here."
    model.keepsDraft = !actor.handsIn(form)
    if entry.isSubmitted {
      var change = reason(changes: changes(to: boxes), boxes: boxes)
      change.fault = reasonFault
      model.changes = change
    }
    return model
  }

  func model(
    boxes: FormFields, faults: [Pages.Fault], isStored: Bool, version: Int? = nil
  ) -> FormEntryModel {
    var controls = EntryControls(form: form, actor: actor, boxes: boxes)
    controls.isStored = isStored
    controls.marks = marks
    controls.set = file.setAnswers.mapValues(\.sentence)
    for fault in faults where controls.faults[fault.field] == nil {
      controls.faults[fault.field] = fault.sentence
    }
    let zone = clock.zoneName
    let back =
      form.isRepeating
      ? Link(text: "\(form.title), \(place.words)", href: place.listAddress)
      : Link(
        text: visit == nil ? "Site forms" : place.words, href: place.visitAddress)
    return FormEntryModel(
      frame: call.site.frame(for: call), back: back, key: key.text,
      visit: visit?.code.text ?? "",
      formTitle: form.isRepeating
        ? "\(form.title) \(place.number == 0 ? "(new)" : String(place.number))" : form.title,
      chip: chip,
      saved: entry.enteredAt.map {
        form.isWorkedOut
          ? ""
          : actor.handsIn(form)
            ? "Handed in \(Times.full($0, zone))."
            : "Saved \(Times.saved($0, zone, by: entry.author)), version \(entry.version)."
      } ?? "", facts: facts, links: links, sections: isHandedIn ? [] : controls.sections,
      faults: faults,
      signatures: entry.signatures.map { $0.shown(zone) },
      form: call.target(address, version: version ?? entry.version))
  }

  private var chip: Chip {
    if !file.queries.isEmpty { return .query(file.queries.count) }
    if form.isWorkedOut { return .state(.calm, "worked out") }
    return entry.version == 0 ? .ready : CasebookView.chip(status: entry.status)
  }

  /// Earlier values, open queries and verification of each field.
  private var marks: [FieldID: FieldMarks] {
    let zone = clock.zoneName
    var marks: [FieldID: FieldMarks] = [:]
    for field in form.fields {
      let queries = file.queries.filter { $0.field == field.id.text }
      let verified = file.verifications.last { $0.field == field.id.text && $0.voidedAt == nil }
      let found = FieldMarks(
        queries: queries.count,
        queriesHref: queries.first.map { "/queries/\($0.address.text)" } ?? "",
        verifiedBy: verified.map { "by \($0.name), \(Times.full($0.at, zone))" } ?? "",
        history: field.isCalculated
          ? []
          : file.earlier(of: field.id).map { earlier in
            EarlierValue(
              value: words(earlier.answer, field),
              saved: "saved " + Times.saved(earlier.from.at, zone, by: earlier.from.author),
              replaced: "replaced \(Times.full(earlier.replacedBy.at, zone)) by "
                + earlier.replacedBy.author
                + (earlier.replacedBy.reason.isEmpty ? "" : ": \(earlier.replacedBy.reason)"))
          },
        corrections: file.corrections.filter { $0.field == field.id.text }.map {
          CorrectionPage.shown($0, field, zone)
        })
      if found != FieldMarks() { marks[field.id] = found }
    }
    return marks
  }

  private var facts: [Fact] {
    var facts = [
      visit.map { Fact(name: "Visit", value: "\($0.code.text) \($0.title)") }
        ?? Fact(
          name: "Site",
          value:
            "\(key.text) \((try? SiteKey(parsing: key.text)).flatMap { actor.definition.site($0)?.title } ?? "")"
        ),
      Fact(name: "Version", value: entry.version == 0 ? "none yet" : String(entry.version)),
    ]
    if actor.trial.amendments > 0 {
      facts.append(Fact(name: "Protocol", value: file.definition.version))
    }
    if let origin = file.origins.last {
      facts.append(
        Fact(
          name: "Imported",
          value: "version \(origin.version) from \(origin.fileName), row \(origin.line), by "
            + "\(origin.name)"))
    }
    if let verified = file.verifications.last(where: { $0.field.isEmpty }) {
      let at = Times.full(verified.at, clock.zoneName)
      facts.append(
        Fact(
          name: "Source verification",
          value: verified.voidedAt == nil
            ? "\(verified.name), \(at)" : "of version \(verified.version), undone by a change"))
    }
    return facts
  }

  private var links: [Link] {
    var links: [Link] = []
    if actor.signs(form), entry.isSubmitted,
      closedBecause.isEmpty,
      !entry.signatures.contains(where: { $0.version == entry.version && $0.voidedAt == nil })
    {
      links.append(Link(text: "Sign this form", href: place.address("sign")))
    }
    if actor.role.can(.openDataQuery), actor.reads(form) {
      let number = place.number == 1 ? "" : "&number=\(place.number)"
      let at = visit.map { "&visit=\($0.code.text)" } ?? ""
      links.append(
        Link(
          text: "Open a query",
          href: "\(place.queriesAddress)?form=\(form.id.text)\(at)\(number)"))
    }
    if actor.corrects(form), entry.isSubmitted, entry.status != EntryStatus.voided.rawValue {
      links.append(Link(text: "Record a correction beside it", href: place.address("correction")))
    }
    if RemovalPages.canAsk(actor, form), entry.version > 0 || !file.queries.isEmpty {
      links.append(Link(text: "Remove personal data", href: place.address("removal")))
    }
    if actor.role.can(.readAudit), actor.role.classes.contains(.open), visit != nil {
      links.append(Link(text: "History of \(key.text)", href: "/participants/\(key.text)/history"))
    }
    return links
  }

  // MARK: What else can be done

  private func acts(hasDraft: Bool) -> [ActForm] {
    var acts: [ActForm] = []
    if hasDraft {
      acts.append(
        ActForm(
          form: call.target(place.address("discard")), button: "Discard your draft",
          whatHappens: ["What you typed and did not save is removed. Saved values stay."],
          authentication: .notNeeded, isDestructive: true, title: "Your draft"))
    }
    guard entry.isSubmitted, actor.reads(form) else { return acts }
    let isVoided = entry.status == EntryStatus.voided.rawValue
    let isFrozen = entry.status == EntryStatus.frozen.rawValue
    if actor.role.can(.verifySource), !isVoided, let verify { acts.append(verify) }
    if actor.role.can(.freezeForms), !isVoided { acts.append(isFrozen ? unfreeze : freeze) }
    if isWritable, form.isRepeating { acts.append(void) }
    return acts
  }

  private var verify: ActForm? {
    let standing = file.verifications.filter { $0.voidedAt == nil }
    guard !standing.contains(where: { $0.field.isEmpty }) else { return nil }
    let open = form.fields.filter { field in
      !field.isCalculated && !standing.contains { $0.field == field.id.text }
    }
    return ActForm(
      form: call.target(place.address("verify"), version: entry.version), button: "Verified",
      whatHappens: [
        "You say that version \(entry.version) agrees with its source. A later change undoes it "
          + "for what it changes."
      ],
      fields: [
        EntryField(
          name: "fields", label: "Only these fields",
          control: .multiple(
            choices: open.map { Choice(code: $0.id.text, label: $0.label) },
            selected: call.form.all("fields")), hint: "None chosen: the form as a whole.",
          isOptional: true)
      ], authentication: .notNeeded, title: "Source verification")
  }

  private var freeze: ActForm {
    ActForm(
      form: call.target(place.address("freeze"), version: entry.version),
      button: "Freeze this form",
      whatHappens: ["Nobody can change the form until it is opened again."],
      authentication: .notNeeded, title: "Freeze")
  }

  private var unfreeze: ActForm {
    ActForm(
      form: call.target(place.address("unfreeze"), version: entry.version),
      button: "Open this form again",
      whatHappens: ["The form can be changed again, with a reason for each change."],
      fields: [
        EntryField(
          name: "reason", label: "Reason for opening it",
          control: .text(text: call.form["reason"] ?? "", maximum: 200))
      ], authentication: .notNeeded, title: "Frozen")
  }

  private var void: ActForm {
    ActForm(
      form: call.target(place.address("void"), version: entry.version),
      button: "Void this entry",
      whatHappens: ["The entry stays readable, counts nowhere, and is never changed again."],
      cannotBeUndone: "This cannot be undone.",
      fields: [
        EntryField(
          name: "void_reason", label: "Why it was entered in error",
          control: .text(text: call.form["void_reason"] ?? "", maximum: 200))
      ], authentication: .notNeeded, isDestructive: true, title: "Entered in error")
  }

  /// The page again after an act on the form was refused.
  func again(_ refusal: ActRefusal) -> Answer {
    var model = reading(changing: false)
    model.faults =
      refusal == .stale
      ? [
        Pages.Fault(
          field: "",
          sentence:
            "\(entry.author.isEmpty ? "Somebody" : entry.author) saved version \(entry.version) "
            + "meanwhile. Read it first.")
      ] : Call.faults(of: refusal)
    return .page(model.page(), status: Refusals.status(of: refusal))
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
