import Conduct
import Pages
import Store
import StudyModel

/// One instrument of a rating: read, answered item by item or on one page, kept as a draft.
struct RatingForm {
  let call: Call
  let actor: Actor
  let token: AssessmentToken
  let task: RatingTask
  let entry: ReadEntry
  /// The form in the words loaded for its instrument.
  let form: Form
  /// The zone in which the rater reads and writes times.
  let zone: String

  init(_ call: Call) async throws {
    self.call = call
    actor = try call.actor
    token = try call.assessmentToken()
    let read = try await call.installation.rating(token, try call.formID(), as: actor)
    task = read.task
    entry = read.entry
    form = read.shown
    zone = try await call.ownZone()
  }

  var address: String { "/desk/\(token.text)/\(form.id.text)" }
  private var now: UTCInstant { call.installation.clock.now }

  /// The fields that are chosen from few answers, one item a page.
  var items: [Field] { Self.items(of: form) }

  /// The instrument's own items come first, so that they keep the numbers of the manual.
  static func items(of form: Form) -> [Field] {
    let own = form.sections.last?.fields ?? []
    let call = form.sections.dropLast().flatMap(\.fields)
    return (own + call).filter { !$0.isCalculated && !choices(of: $0).isEmpty }
  }

  private static func choices(of field: Field) -> [RatingChoice] {
    switch field.type {
    case .integer(let range?) where range.count <= 11:
      range.map { RatingChoice(code: String($0)) }
    case .code(let codes): codes.map { RatingChoice(code: $0.code, anchor: $0.label) }
    case .integer, .decimal, .boolean, .multi, .date, .partialDate, .time, .dateTime, .text,
      .userReference, .calculated:
      []
    }
  }

  // MARK: One item

  func model(item id: String?, faults: [Pages.Fault] = []) throws(ActRefusal) -> RatingFormModel {
    let open = items.first { entry.answers[$0.id] == nil }
    guard let field = id.map({ id in items.first { $0.id.text == id } }) ?? open ?? items.first
    else { throw .notFound }
    let place = items.firstIndex(of: field) ?? 0
    return RatingFormModel(
      frame: call.site.frame(for: call), back: Link(text: "Desk", href: "/desk"),
      token: token.text, instrument: form.title, lead: lead,
      script: entry.version == 0 ? actor.definition.text("rating_script") ?? "" : "",
      steps: steps, items: items.enumerated().map { row($1, $0 + 1, current: field) },
      item: item(field, place + 1), total: total,
      previous: place == 0
        ? nil : Link(text: "Previous item", href: "\(address)?item=\(items[place - 1].id.text)"),
      isLast: place == items.count - 1,
      form: call.target("\(address)?item=\(field.id.text)", version: entry.version),
      faults: faults)
  }

  private var lead: String {
    guard let start = answer("start") else { return "The start is noted with the first answer." }
    let kept = entry.enteredAt.map { " · draft kept \(Times.clock($0, zone))" } ?? ""
    let begun = (try? UTCInstant(parsing: start)).map { Times.full($0, zone) } ?? start
    return "Started \(begun)" + kept
  }

  private func answer(_ name: String) -> String? {
    entry.answers.first { $0.key.text == name }?.value.text
  }

  private var total: String {
    let isComplete = items.allSatisfy { entry.answers[$0.id]?.text != nil }
    return isComplete ? answer("total") ?? "" : ""
  }

  private var steps: [RatingStep] {
    let done = items.count { entry.answers[$0.id] != nil }
    return [
      RatingStep(
        title: form.title, href: address, isCurrent: true,
        answered: "\(done) of \(items.count)"),
      RatingStep(title: "All on one page", href: "\(address)?all=1", answered: "with times"),
    ] + others + [
      RatingStep(title: "Review", href: "/desk/\(token.text)", answered: "")
    ]
  }

  /// The other instruments of the rating, in their order.
  private var others: [RatingStep] {
    call.installation.ratingForms(actor.definition)
      .filter { $0.id != form.id && task.forms.contains($0.id.text) }.map {
        RatingStep(title: $0.title, href: "/desk/\(token.text)/\($0.id.text)", answered: "")
      }
  }

  private func row(_ field: Field, _ number: Int, current: Field) -> RatingItemRow {
    let words: String
    switch entry.answers[field.id] {
    case .value(let text): words = text
    case .missing(let code, _): words = code.rawValue
    case nil: words = ""
    }
    return RatingItemRow(
      number: number, title: field.label.capitalizedFirst,
      href: "\(address)?item=\(field.id.text)", answer: words, isCurrent: field == current)
  }

  private func item(_ field: Field, _ number: Int) -> RatingItem {
    var missing = MissingValue(codes: [
      Choice(code: "ND", label: "not done"), Choice(code: "RF", label: "refused"),
    ])
    var selected = ""
    switch entry.answers[field.id] {
    case .value(let text): selected = text
    case .missing(let code, let reason):
      missing.selected = code.rawValue
      missing.reason = reason ?? ""
    case nil: break
    }
    return RatingItem(
      number: number, title: field.label.capitalizedFirst, hint: field.hint ?? hint(of: field),
      choices: Self.choices(of: field), selected: selected, missing: missing)
  }

  private func hint(of field: Field) -> String {
    guard case .integer(let range?) = field.type else { return "" }
    return "\(range.lowerBound) to \(range.upperBound), by the anchors of your manual."
  }

  /// Keeps one item and tells where to go on.
  func saveItem(_ id: String) async throws -> String {
    guard let field = items.first(where: { $0.id.text == id }) else { throw ActRefusal.notFound }
    var answers = entry.answers.filter { form.field($0.key)?.isCalculated != true }
    if let code = call.form["answer.missing"].flatMap(MissingCode.init(rawValue:)) {
      answers[field.id] = .missing(code, reason: call.form["answer.missing_reason"])
    } else if let text = call.form["answer"], !text.isEmpty {
      answers[field.id] = .value(text)
    } else {
      throw ActRefusal.invalid([
        Fault(
          field: "answer", code: "EC-GEN-05",
          sentence: "\(field.label.capitalizedFirst): choose an answer, or say why there is none.")
      ])
    }
    _ = try await call.installation.saveRating(
      token, form.id,
      EntrySubmission(
        answers: begun(answers), expectedVersion: Int(call.form["_version"] ?? "") ?? -1,
        isFinal: false), as: actor)
    let next = items.drop { $0 != field }.dropFirst().first
    return next.map { "\(address)?item=\($0.id.text)" } ?? "/desk/\(token.text)"
  }

  /// The start of the call is the first answer, unless the rater said otherwise.
  private func begun(_ answers: [FieldID: FieldAnswer]) -> [FieldID: FieldAnswer] {
    var answers = answers
    if let start = form.fields.first(where: { $0.id.text == "start" }), answers[start.id] == nil {
      answers[start.id] = .value(now.description)
    }
    return answers
  }

  // MARK: All on one page

  private func filled() throws -> FilledFields {
    FilledFields(form: form, clock: try SiteClock(zone: zone))
  }

  func whole(boxes typed: FormFields? = nil, faults: [Pages.Fault] = []) throws -> FormEntryModel {
    let boxes = try typed ?? filled().boxes(of: begun(entry.answers))
    var controls = EntryControls(form: form, actor: actor, boxes: boxes)
    controls.faults = Dictionary(
      faults.map { ($0.field, $0.sentence) }, uniquingKeysWith: { first, _ in first })
    return FormEntryModel(
      frame: call.site.frame(for: call),
      back: Link(text: "\(token.text), item by item", href: address), key: token.text,
      visit: "central rating, times by the clock of \(zone)", formTitle: form.title,
      chip: entry.version == 0 ? .ready : .inProgress, sections: controls.sections,
      faults: faults,
      form: call.target("\(address)?all=1", version: entry.version, zone: zone))
  }

  /// Keeps or submits the whole instrument.
  func saveWhole() async throws -> String {
    let isFinal = call.form["act"] == "submit"
    _ = try await call.installation.saveRating(
      token, form.id,
      EntrySubmission(
        answers: try filled().answers(of: call.form),
        expectedVersion: Int(call.form["_version"] ?? "") ?? -1, isFinal: isFinal), as: actor)
    return isFinal ? "/desk/\(token.text)?note=submitted" : "\(address)?note=draft"
  }

  /// Submits what is kept; the end of the call is now, unless the rater said otherwise.
  func submit() async throws {
    guard !entry.isSubmitted else { return }
    var answers = begun(entry.answers.filter { form.field($0.key)?.isCalculated != true })
    if let end = form.fields.first(where: { $0.id.text == "end" }), answers[end.id] == nil {
      answers[end.id] = .value(now.description)
    }
    _ = try await call.installation.saveRating(
      token, form.id,
      EntrySubmission(answers: answers, expectedVersion: entry.version, isFinal: true), as: actor)
  }
}

extension String {
  /// The text with its first letter in upper case.
  var capitalizedFirst: String { prefix(1).uppercased() + dropFirst() }
}
