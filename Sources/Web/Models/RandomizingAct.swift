import Conduct
import Pages
import Store
import StudyModel

/// The act of randomizing from its page: the request is saved, then the allocation is drawn.
enum RandomizingAct {
  static func answer(_ call: Call) async throws -> Answer {
    let key = try call.participant()
    let actor: Actor
    do {
      actor = try await call.randomizingActor()
    } catch ActRefusal.notReady(let outcomes) {
      return try await refused(
        call, outcomes.map { "\($0.fact) (\($0.code))" }.joined(separator: " "),
        field: "password")
    }
    let known = try await call.installation.participant(key, as: actor)
    // The same press again, or a reload: the receipt stands where it stood.
    guard known.randomizedAt == nil else { return try await receipt(call, key, actor) }
    let page = try await RandomizePage(call)
    let setting = call.form["setting"] ?? ""
    guard page.settings.contains(where: { $0.code == setting }) || page.settings.isEmpty else {
      return try await refused(call, "Choose the setting of today.", field: "setting")
    }
    guard call.form["compared"] == "Y" else {
      return try await refused(
        call, "Compare key, site and setting with the source, and say so.", field: "compared")
    }
    do {
      try await saveRequest(page, setting, key, actor, call)
      return try await receipt(call, key, actor)
    } catch ActRefusal.notReady(let outcomes) {
      let missing = outcomes.filter { !$0.isMet }
        .map { Pages.Fault(field: "", sentence: "\($0.fact) (\($0.code))") }
      let page = try await RandomizePage(call, outcomes: outcomes)
      return .page(page.model(faults: missing).page(), status: 422)
    } catch ActRefusal.invalid(let faults) {
      let page = try await RandomizePage(call)
      let shown = faults.map { Pages.Fault(field: "", sentence: $0.sentence) }
      return .page(page.model(faults: shown).page(), status: 422)
    }
  }

  private static func receipt(
    _ call: Call, _ key: ParticipantKey, _ actor: Actor
  ) async throws -> Answer {
    let known = try await call.installation.participant(key, as: actor)
    if known.randomizedAt == nil {
      _ = try await call.installation.randomize(key, requestKey: call.requestKey, as: actor)
    }
    return .see("/participants/\(key.text)/receipt")
  }

  private static func refused(
    _ call: Call, _ sentence: String, field: String
  ) async throws -> Answer {
    var model = try await RandomizePage(call).model(
      faults: [Pages.Fault(field: field, sentence: sentence)])
    if field == "password" { model.authentication = .password }
    return .page(model.page(), status: 422)
  }

  /// Saves the request as its own form; the values it is compared with are worked out in the
  /// database's classes and never pass through this page.
  private static func saveRequest(
    _ page: RandomizePage, _ setting: String, _ key: ParticipantKey, _ actor: Actor, _ call: Call
  ) async throws {
    guard let request = page.request else { return }
    if let saved = page.saved, saved.isSubmitted, page.savedSetting == setting { return }
    var answers: [FieldID: FieldAnswer] = [request.field: .value(setting)]
    for field in request.form.fields where field.type == .boolean && field.required == .required {
      answers[field.id] = .value("true")
    }
    _ = try await call.installation.saveEntry(
      key, request.form.id, request.visit,
      EntrySubmission(
        answers: answers, expectedVersion: page.saved?.version ?? 0, isFinal: true,
        reason: page.saved == nil ? "" : "setting compared with the source at randomization"),
      as: actor)
  }

  /// What the person who randomized learns: key, number and dates, nothing else.
  static func receiptPage(_ call: Call) async throws -> ReceiptModel {
    let actor = try call.actor
    let key = try call.participant()
    let known = try await call.installation.participant(key, as: actor)
    guard let at = known.randomizedAt, let day0 = known.day0, let number = known.randomizationNumber
    else {
      throw ActRefusal.notFound
    }
    let zone = try await call.installation.wallClock(of: known.site, in: actor.trial).zoneName
    let next = actor.definition.schedule(randomizedOn: day0).min {
      $0.window.lowerBound < $1.window.lowerBound
    }
    return ReceiptModel(
      frame: call.site.frame(for: call), key: key.text, number: "R-\(number)",
      time: Times.full(at, zone),
      nextVisit: next.map { "\($0.visit.text), \(CasebookView.range($0.window))" } ?? "",
      participant: Link(text: key.text, href: "/participants/\(key.text)"),
      file: Link(text: "Ledger receipt", href: "/participants/\(key.text)/receipt.json"),
      home: Link(text: "Home", href: "/"))
  }
}
