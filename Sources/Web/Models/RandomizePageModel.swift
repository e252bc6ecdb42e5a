import Conduct
import Pages
import Store
import StudyModel

/// The preconditions of a randomization, without any value, band or stratum.
struct RandomizePage {
  let call: Call
  let actor: Actor
  let view: CasebookView
  let outcomes: [PreconditionOutcome]
  let request: (form: Form, visit: VisitCode, field: FieldID)?
  /// The request as saved before, nil when there is none.
  let saved: ReadEntry?

  init(_ call: Call, outcomes known: [PreconditionOutcome]? = nil) async throws {
    self.call = call
    actor = try call.actor
    let key = try call.participant()
    let book = try await call.installation.casebook(of: key, as: actor)
    view = try CasebookView(book, actor, now: call.installation.clock.now, call.installation)
    if let known {
      outcomes = known
    } else {
      outcomes = try await call.installation.readiness(of: key, as: actor)
    }
    request = call.installation.requestForm(actor)
    if let request {
      let entry = try await call.installation.readEntry(
        key, request.form.id, request.visit, as: actor
      ).entry
      saved = entry.version > 0 ? entry : nil
    } else {
      saved = nil
    }
  }

  private func kind(_ outcome: PreconditionOutcome) -> PreconditionKind? {
    actor.definition.randomization.preconditions.first { $0.code == outcome.code }?.kind
  }

  /// Asked on this page: who you are, and the request itself while it is not saved.
  private func isAskedHere(_ outcome: PreconditionOutcome) -> Bool {
    switch kind(outcome) {
    case .reauthenticated: true
    case .stratificationValues: saved == nil
    case .studyAndSiteOpen, .consentInForce, .eligibleAndNotRandomized, .eligibilitySigned,
      .formsSubmitted, .formAges, .pregnancyTest, .riskReviewed, .slotConfirmed,
      .duplicateResolved, .requesterAllowed, .capNotReached, nil:
      false
    }
  }

  private func link(_ outcome: PreconditionOutcome) -> Link? {
    let base = "/participants/\(view.key)"
    func form(_ id: FormID) -> Link? {
      guard let form = actor.definition.form(id), let visit = form.visits.first,
        actor.knows(form)
      else { return nil }
      return Link(text: "Open \(form.title)", href: "\(base)/forms/\(id.text)/\(visit.text)")
    }
    switch kind(outcome) {
    case .consentInForce(let id, _): return form(id)
    case .eligibilitySigned(let id): return form(id)
    case .pregnancyTest(let id, _, _, _, _): return form(id)
    case .slotConfirmed(let id, _, _): return form(id)
    case .formsSubmitted(let forms, _):
      guard let visit = forms.first?.visit else { return nil }
      return Link(text: "Open \(visit.text)", href: "\(base)/visits/\(visit.text)")
    case .formAges(let ages):
      guard let visit = ages.first?.visit else { return nil }
      return Link(text: "Open \(visit.text)", href: "\(base)/visits/\(visit.text)")
    case .eligibleAndNotRandomized:
      return Link(text: "Open \(view.key)", href: base)
    case .studyAndSiteOpen, .stratificationValues, .riskReviewed, .duplicateResolved,
      .requesterAllowed, .capNotReached, .reauthenticated, nil:
      return nil
    }
  }

  private static let groups = [
    "Study and site", "Consent and eligibility", "Baseline", "Readiness",
  ]

  private func group(_ outcome: PreconditionOutcome) -> Int {
    switch kind(outcome) {
    case .studyAndSiteOpen, .capNotReached: 0
    case .consentInForce, .eligibleAndNotRandomized, .eligibilitySigned, .duplicateResolved: 1
    case .formsSubmitted, .formAges, .stratificationValues, .pregnancyTest, .riskReviewed: 2
    case .slotConfirmed, .requesterAllowed, .reauthenticated, nil: 3
    }
  }

  private var met: [CheckGroup] {
    let met = outcomes.filter { $0.isMet && $0.isJudged }
    return Self.groups.enumerated().compactMap { index, title in
      let items = met.filter { group($0) == index }
        .map { CheckItem(sentence: $0.sentence, code: $0.code) }
      return items.isEmpty ? nil : CheckGroup(title: title, items: items)
    }
  }

  private func item(_ outcome: PreconditionOutcome) -> CheckItem {
    CheckItem(
      sentence: outcome.sentence, detail: "\(outcome.fact) Where: \(outcome.whereToMend).",
      link: link(outcome), code: outcome.code, isBlocking: !outcome.isMet)
  }

  func model(faults: [Pages.Fault] = []) -> RandomizeModel {
    let address = "/participants/\(view.key)/randomize"
    // What cannot be judged yet stands in the way of nobody, and is not shown as met beside what does.
    let isHeldUp = outcomes.contains { !$0.isMet && !isAskedHere($0) }
    let unmet = outcomes.filter {
      isHeldUp && !($0.isMet && $0.isJudged) && !isAskedHere($0)
    }.map(item)
    let last = outcomes.first { kind($0).map(Self.isAuthentication) ?? false }
    let site = view.book.participant.site
    return RandomizeModel(
      frame: call.site.frame(for: call),
      back: Link(text: view.key, href: "/participants/\(view.key)"), key: view.key, lead: lead,
      unmet: unmet,
      comesLast: last.map {
        CheckItem(sentence: "You confirm who you are", code: $0.code, isBlocking: false)
      }, met: met,
      // What this page asks itself is not claimed as met.
      total: unmet.isEmpty ? outcomes.count { $0.isMet } : outcomes.count,
      confirm: [
        Fact(name: "Participant", value: view.key),
        Fact(name: "Site", value: "\(site) \(actor.definition.site(site)?.title ?? "")"),
      ], settings: settings, setting: call.form["setting"] ?? savedSetting,
      form: call.target(address), authentication: call.isFresh ? .notNeeded : .password,
      faults: faults, checkAgain: Link(text: "Check again", href: address))
  }

  private static func isAuthentication(_ kind: PreconditionKind) -> Bool {
    if case .reauthenticated = kind { true } else { false }
  }

  private var lead: String {
    let state = view.state.words
    let day = view.clock.date(at: view.now)
      .days(since: view.clock.date(at: view.book.participant.consentedAt))
    return "\(state.prefix(1).uppercased())\(state.dropFirst()) · day \(day) since consent"
  }

  var settings: [Choice] {
    guard let request, case .code(let items)? = request.form.field(request.field)?.type else {
      return []
    }
    return items.map { Choice(code: $0.code, label: $0.label.lowercased()) }
  }

  var savedSetting: String {
    request.flatMap { saved?.answers[$0.field]?.text } ?? ""
  }
}
