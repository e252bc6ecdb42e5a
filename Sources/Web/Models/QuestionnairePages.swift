import Conduct
import Foundation
import Pages
import Store
import StudyModel

/// A questionnaire on the participant's own device: questions, review, thanks.
///
/// Nothing names the instrument, the study or a treatment: the phone lies on the kitchen table.
struct QuestionnairePages {
  private let call: Call
  private let link: String
  let open: OpenQuestionnaire
  /// Who reads the questions out, where somebody does and is signed in.
  let visitor: Actor?

  init(_ call: Call) async throws {
    self.call = call
    link = call.parameter("link")
    open = try await call.installation.questionnaire(link: link)
    visitor = open.reader == nil ? nil : try await call.visitor()
  }

  private var address: String { "/q/\(link)" }

  private var frame: PageFrame {
    var frame = call.site.plainFrame
    frame.study = "Study centre" + (open.site.map { " \($0.title)" } ?? "")
    frame.homeHref = address
    frame.isTraining = open.trial.mode != TrialMode.live.rawValue
    return frame
  }

  private var skip: String {
    open.definition.text("questionnaire_skip") ?? "I prefer not to answer"
  }

  private var help: HelpLine {
    let contact = open.site?.emergencyContact ?? ""
    let parts = contact.split(separator: ":", maxSplits: 1).map {
      $0.trimmingCharacters(in: .whitespaces)
    }
    let number = parts.last ?? ""
    return HelpLine(
      text: (open.definition.text("questionnaire_emergency") ?? "") + " "
        + (parts.count > 1 ? "\(parts[0]):" : ""), number: number,
      href: "tel:" + number.filter { $0.isNumber || $0 == "+" })
  }

  /// The questions, one a number; calculated fields are not asked.
  private var fields: [Field] {
    open.shown.fields.filter { !$0.isCalculated && (open.asked == nil || $0.id != planned) }
  }

  private var planned: FieldID? { open.form.planned?.field }

  /// What this repeat is about, in the words of its code; empty where none is planned.
  private var about: String {
    guard let asked = open.asked, let field = planned.flatMap(open.form.field) else { return "" }
    return choices(field).first { $0.code == asked.value }?.label ?? asked.value
  }

  private var position: String {
    let how = open.reader == nil ? "" : "Read out on the telephone: "
    guard let asked = open.asked else { return "\(how)\(fields.count) questions" }
    return "\(how)\(about): part \(asked.number) of \(asked.total), \(fields.count) questions"
  }

  private func choices(_ field: Field) -> [Choice] {
    switch field.type {
    case .integer(let range?): range.map { Choice(code: String($0), label: String($0)) }
    case .code(let items): items.map { Choice(code: $0.code, label: $0.label) }
    case .boolean: [Choice(code: "true", label: "Yes"), Choice(code: "false", label: "No")]
    case .integer, .decimal, .multi, .date, .partialDate, .time, .dateTime, .text,
      .userReference, .calculated:
      []
    }
  }

  private func hint(_ field: Field) -> String {
    guard case .integer(let range?) = field.type else { return "" }
    return "In the past 7 days. \(range.lowerBound) is the least, \(range.upperBound) the most."
  }

  // MARK: Pages

  func questions(faults: [Pages.Fault] = []) -> QuestionnaireModel {
    QuestionnaireModel(
      frame: frame, position: position,
      answered: fields.count { !(call.form[$0.id.text] ?? "").isEmpty }, count: fields.count,
      questions: fields.enumerated().map { index, field in
        Question(
          name: field.id.text, title: "\(index + 1). \(field.label.capitalizedFirst)",
          hint: field.hint ?? hint(field), choices: choices(field),
          selected: call.form[field.id.text] ?? "")
      }, button: "Check your answers", form: target, faults: faults, help: help,
      times: QuestionTimes(
        elapsed: open.openedAt.map {
          max(0, Int(call.installation.clock.now.seconds(since: $0)))
        } ?? 0, known: given))
  }

  /// The seconds after which each question was last answered, as the page before sent them.
  private var given: [Choice] {
    fields.compactMap { field in
      let name = QuestionTimes.name(of: field.id.text)
      return call.form[name].map { Choice(code: name, label: $0) }
    }
  }

  private var seconds: [FieldID: Int] {
    var seconds: [FieldID: Int] = [:]
    for field in fields {
      seconds[field.id] = call.form[QuestionTimes.name(of: field.id.text)].flatMap { Int($0) }
    }
    return seconds
  }

  private var target: FormTarget { call.target(address, token: "") }

  /// Which part the answers are to, so that a page left open never answers for the next one.
  private var part: [String] { open.asked.map { [String($0.number)] } ?? [] }

  func review() -> QuestionnaireReviewModel {
    QuestionnaireReviewModel(
      frame: frame,
      answers: (about.isEmpty ? [] : [ReviewedAnswer(question: "About", answer: about)])
        + fields.enumerated().map { index, field in
          let given = call.form[field.id.text] ?? ""
          return ReviewedAnswer(
            question: "\(index + 1). \(field.label.capitalizedFirst)",
            answer: given == MissingCode.refused.rawValue
              ? skip : choices(field).first { $0.code == given }?.label ?? given)
        }, form: target, help: help,
      carried: fields.map { Choice(code: $0.id.text, label: call.form[$0.id.text] ?? "") }
        + given + part.map { Choice(code: "_part", label: $0) })
  }

  func thanks(support: Bool = false) -> QuestionnaireThanksModel {
    QuestionnaireThanksModel(
      frame: frame,
      support: support
        ? [
          open.definition.text("questionnaire_emergency") ?? "",
          open.site?.emergencyContact ?? "",
        ]
        : [],
      next: "Your answers have arrived. You can close this page.", help: help)
  }

  /// A link that was used or has lapsed: a friendly page, and still whom to call.
  func closed() -> QuestionnaireThanksModel {
    QuestionnaireThanksModel(
      frame: frame, title: open.isUsed ? "Thank you" : "Too late",
      next: open.isUsed
        ? "These questions were answered already. There is nothing more to do."
        : "This link has lapsed. Ask your study centre for a new one.", help: help)
  }

  // MARK: Sending

  private var unanswered: [Pages.Fault] {
    fields.enumerated().compactMap { index, field in
      guard (call.form[field.id.text] ?? "").isEmpty else { return nil }
      return Pages.Fault(
        field: field.id.text,
        sentence:
          "Question \(index + 1) has no answer yet. You may also choose “\(skip)”.")
    }
  }

  private var answers: [FieldID: FieldAnswer] {
    var answers: [FieldID: FieldAnswer] = [:]
    for field in fields {
      let given = call.form[field.id.text] ?? ""
      answers[field.id] =
        given == MissingCode.refused.rawValue ? .missing(.refused, reason: skip) : .value(given)
    }
    return answers
  }

  /// Whether the answers raise an alert of the plan.
  private var isAlerting: Bool {
    let clocks = open.definition.formulaClocks(at: open.site?.key)
    return !open.definition.alerts(
      raisedBy: open.form, open.form.environment(of: answers, clocks: clocks)
    ).isEmpty
  }

  /// Whether whoever asks may see the questions: what is read out is for its reader alone.
  var isForVisitor: Bool { open.isFor(visitor) }

  /// Of questions somebody else reads out: nothing but how to go on.
  func readOutElsewhere() -> QuestionnaireThanksModel {
    QuestionnaireThanksModel(
      frame: frame, title: "Not here",
      next:
        "These questions are read out by the person who made this link. Sign in as that person, "
        + "then open the link again.", help: help)
  }

  func answer() async throws -> Answer {
    guard !open.isUsed, !open.isExpired else { return .page(closed().page()) }
    // A session that ended meanwhile loses nothing of what was said.
    guard isForVisitor else {
      let again = Pages.Fault(
        field: fields.first?.id.text ?? "",
        sentence:
          "You are not signed in any more. Sign in in another tab and send again: the answers "
          + "are still here, and nothing was sent.")
      return .page(questions(faults: [again]).page(), status: 422)
    }
    if let sent = call.form["_part"], part != [sent] { return .see(address) }
    switch call.form["act"] {
    case "change": return .page(questions().page())
    case "send": return try await send()
    case nil, .some:
      let faults = unanswered
      guard faults.isEmpty else { return .page(questions(faults: faults).page(), status: 422) }
      return .page(review().page())
    }
  }

  private func send() async throws -> Answer {
    let faults = unanswered
    guard faults.isEmpty else { return .page(questions(faults: faults).page(), status: 422) }
    let isAlerting = isAlerting
    do {
      try await call.installation.submitQuestionnaire(
        link: link, answers, seconds: seconds, by: visitor)
    } catch ActRefusal.invalid(let faults) {
      let shown = faults.map { Pages.Fault(field: $0.field ?? "", sentence: $0.sentence) }
      return .page(questions(faults: shown).page(), status: 422)
    } catch ActRefusal.closed {
      return .page(closed().page())
    }
    // Answered here and not after a redirect: the help comes first and needs no second request.
    if isAlerting { return .page(thanks(support: true).page()) }
    if let asked = open.asked, asked.number < asked.total { return .see(address) }
    return .see("\(address)/thanks")
  }
}
