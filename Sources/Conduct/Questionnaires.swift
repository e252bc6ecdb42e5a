import Foundation
public import Store
public import StudyModel

/// A questionnaire as the participant who opened the link sees it.
public struct OpenQuestionnaire: Sendable {
  /// The form.
  public let form: Form
  /// The form as it is shown, in the words loaded for its instrument.
  public let shown: Form
  /// The trial.
  public let trial: Trial
  /// The definition.
  public let definition: StudyDefinition
  /// The site whose people the participant knows.
  public let site: SiteDefinition?
  /// Whether it was sent already.
  public let isUsed: Bool
  /// Whether the link has lapsed.
  public let isExpired: Bool
  /// The planned repeat that is asked now; nil where the form plans none.
  public let asked: AskedRepeat?
  /// Who reads the questions out on the telephone, nil where the participant answers alone.
  public let reader: QuestionnaireReader?
  /// When the questions were first seen, nil before.
  public let openedAt: UTCInstant?

  /// Whether somebody may see and answer the questions: whoever has the link, or who reads them out, in
  /// the role the link was made in and as long as that is held.
  public func isFor(_ visitor: Actor?) -> Bool {
    guard let reader else { return true }
    guard let visitor, visitor.user == reader.user, visitor.trial.id == trial.id,
      visitor.role.id.text == reader.role, Installation.readsOut(visitor.role)
    else { return false }
    return switch visitor.sites {
    case .all: true
    case .site(let key): key == site?.key
    }
  }

  /// On whose behalf the answers are handed in: the participant, or who reads out under the own name.
  fileprivate func context(_ visitor: Actor?, now: UTCInstant) -> RequestContext {
    var context = RequestContext(
      trial: trial.id, actor: reader?.user ?? 0, role: reader?.role ?? "participant", sites: .all,
      now: trial.mode == TrialMode.simulation.rawValue ? now : nil)
    if reader != nil, let visitor { context.session = visitor.session }
    return context
  }
}

extension Installation {
  /// The questionnaires a participant answers at a visit.
  public func questionnaires(_ definition: StudyDefinition, at visit: VisitCode) -> [Form] {
    let participants = definition.roles(with: .answerQuestionnaire).map(\.id)
    // A questionnaire of a treatment visit would tell the blinded person who sends it of the treatment.
    return definition.forms(at: visit).filter { form in
      form.dataClass <= .outcome && form.enteredBy.contains { participants.contains($0) }
    }
  }

  /// The hours a link can be used in a study that names none.
  public static let openHours = 72

  /// The hours within which a questionnaire that is read out on the telephone is handed in.
  public static let readOutHours = 4

  /// Whether a role may read questions out: it sends links, and knows no treatment.
  public static func readsOut(_ role: Role) -> Bool {
    role.can(.issueQuestionnaire) && role.blinding == .blinded
  }

  /// The questionnaires sent and not answered in the actor's reach, oldest first, with how they stand.
  public func waitingQuestionnaires(
    as actor: Actor
  ) async throws -> [(status: CollectionStatus, standing: QuestionnaireStanding)] {
    try actor.need(.issueQuestionnaire)
    let plan =
      actor.definition.questionnaires
      ?? QuestionnairePlan(openHours: Self.openHours, reminderHours: [])
    let trial = actor.trial.id
    let open = try await session(actor) { try $0.openCollection(in: trial, limit: 500) }
    return open.filter { $0.state == "issued" && actor.knowsStatus(ofFormNamed: $0.form) }
      .sorted { ($0.since, $0.participant, $0.form) < ($1.since, $1.participant, $1.form) }
      .map { ($0, plan.standing(sentAt: $0.since, now: clock.now)) }
  }

  /// Issues a one-time link for a questionnaire; an earlier unused link of the same lapses.
  ///
  /// It is answered within the window of its visit: the link is made no earlier and lapses with it. A visit
  /// that is done late keeps its code, so that a link is made after the window too, until the next visit at
  /// which the same is asked.
  /// - Parameter isReadOut: whether the actor reads the questions out on the telephone and enters the
  ///   answers, under the own name; for blinded people alone.
  /// - Returns: the link's random part, which is not stored.
  public func issueQuestionnaire(
    _ participant: ParticipantKey, _ form: FormID, at visit: VisitCode, isReadOut: Bool = false,
    as actor: Actor
  ) async throws -> String {
    try actor.need(.issueQuestionnaire)
    guard !isReadOut || Self.readsOut(actor.role) else {
      throw ActRefusal.notNow(
        code: "not_blinded",
        sentence:
          "Questions are read out by somebody who does not know the treatment. No link was made.")
    }
    let actor = try await acting(actor, for: participant)
    guard
      let asked = questionnaires(actor.definition, at: visit).first(where: { $0.id == form })
    else { throw ActRefusal.notFound }
    let planned = asked.planned
    let order = planned.map { $0.isShuffled ? random.drawnOrder(of: $0.values) : $0.values }
    // The trial's number stands in front, since row policies ask for the trial first.
    let link = "\(actor.trial.id)-\(random.linkText())"
    let hours = Int64(
      isReadOut
        ? Self.readOutHours : actor.definition.questionnaires?.openHours ?? Self.openHours)
    let expires = try await lapse(
      ofLinkTo: form, at: visit, of: participant,
      clock.now.advanced(bySeconds: hours * 3600), actor)
    return try await session(actor) { session in
      if let planned, let order {
        try session.planQuestionnaire(
          participant, visit: visit, form: form, field: planned.field, order: order)
      }
      try session.issueQuestionnaire(
        participant, visit: visit, form: form, linkHash: sha256(link), expiresAt: expires,
        isReadOut: isReadOut, isOneMore: !asked.isOfOneVisit)
      return link
    }
  }

  /// When a link made now lapses: with the window of its visit where that ends before its hours do, and a late one
  /// when the next visit begins at which the same is asked.
  ///
  /// - Throws: `notNow` before the window, and once the same is asked at a later visit.
  private func lapse(
    ofLinkTo form: FormID, at visit: VisitCode, of participant: ParticipantKey,
    _ hoursEnd: UTCInstant, _ actor: Actor
  ) async throws -> UTCInstant {
    let person = try await self.participant(participant, as: actor)
    // Who withdrew from contact is sent none, whatever the day.
    if ["W3", "W4"].contains(person.withdrawalLevel) { throw ActRefusal.noFurtherData }
    guard let day0 = person.day0, let planned = actor.definition.visit(visit),
      let window = planned.dates(randomizedOn: day0)?.window,
      let zone = actor.definition.site(person.site)?.timeZone
    else { return hoursEnd }
    let site = try SiteClock(zone: zone)
    let today = site.date(at: clock.now)
    guard today >= window.lowerBound else {
      throw ActRefusal.notNow(
        code: "window_ahead",
        sentence: "The window of \(visit) begins on \(window.lowerBound). No link was made.")
    }
    guard today > window.upperBound else {
      return min(hoursEnd, site.lastSecond(of: window.upperBound).advanced(bySeconds: 1))
    }
    let later = actor.definition.visits.compactMap { later -> VisitDates? in
      guard questionnaires(actor.definition, at: later.code).contains(where: { $0.id == form })
      else { return nil }
      return later.dates(randomizedOn: day0)
    }.filter { window.upperBound < $0.window.lowerBound }
    if let next = later.last(where: { $0.window.lowerBound <= today }) {
      throw ActRefusal.notNow(
        code: "window_past",
        sentence: "The same is asked at \(next.visit) now, and no longer at \(visit). "
          + "No link was made.")
    }
    // A late answer is one to this visit until the same is asked at the next.
    guard let begins = later.map(\.window.lowerBound).min() else { return hoursEnd }
    return min(hoursEnd, site.lastSecond(of: begins.advanced(by: -1)).advanced(bySeconds: 1))
  }

  /// The questionnaire behind a link.
  public func questionnaire(link: String) async throws -> OpenQuestionnaire {
    let number = Int(link.prefix { $0.isNumber }) ?? 0
    guard link.utf8.count < 80, let trial = try await trials().first(where: { $0.id == number })
    else { throw ActRefusal.notFound }
    let context = RequestContext(
      trial: trial.id, actor: nil, role: "participant", sites: .all,
      now: trial.mode == "simulation" ? clock.now : nil)
    let (found, asked) = try await refusing {
      try await store.session(.participant, context) {
        (
          try $0.questionnaire(linkHash: sha256(link)), try $0.askedRepeat(linkHash: sha256(link))
        )
      }
    }
    guard let found else { throw ActRefusal.notFound }
    let site = try? SiteKey(parsing: found.site)
    let place = try await asSystem(trial) { try $0.place(ofLink: sha256(link)) }
    let name = try FormID(parsing: found.form)
    let definition = try await self.definition(for: name, at: place, in: trial)
    guard let form = definition.form(name) else { throw ActRefusal.notFound }
    return OpenQuestionnaire(
      form: form,
      shown: try await worded(form, for: place?.participant, definition, trial: trial),
      trial: trial, definition: definition,
      site: site.flatMap { definition.site($0) },
      isUsed: found.isUsed,
      isExpired: found.isExpired, asked: asked, reader: found.reader, openedAt: place?.openedAt)
  }

  /// Notes that the participant sees the questions: from the first time on their time is counted.
  public func openQuestionnaire(
    _ open: OpenQuestionnaire, link: String, by visitor: Actor? = nil
  ) async throws {
    guard !open.isUsed, !open.isExpired else { return }
    let context = open.context(visitor, now: clock.now)
    try await refusing {
      try await store.session(.participant, context) {
        try $0.openQuestionnaire(linkHash: sha256(link))
      }
    }
  }

  /// Hands in a questionnaire, finally.
  ///
  /// - Parameters:
  ///   - seconds: whole seconds from the first opening to the last answer to each question, as the
  ///     device tells them; what lies beyond the time the questions were open is not kept.
  ///   - visitor: who is signed in; needed where the questions are read out.
  /// - Throws: `notFound` where they are read out by somebody else.
  public func submitQuestionnaire(
    link: String, _ answers: [FieldID: FieldAnswer], seconds: [FieldID: Int] = [:],
    by visitor: Actor? = nil
  ) async throws {
    let open = try await questionnaire(link: link)
    guard open.isFor(visitor) else { throw ActRefusal.notFound }
    var answers = answers
    // Which repeat it is nobody answers: it is the next of the order that was drawn.
    if let asked = open.asked, let planned = open.form.planned {
      answers[planned.field] = .value(asked.value)
    }
    let place = try await asSystem(open.trial) { try $0.place(ofLink: sha256(link)) }
    let entry = try await checkRemotely(
      EntrySubmission(answers: answers, expectedVersion: 0, isFinal: true), open.form, at: place,
      trial: open.trial, open.definition)
    let checked = entry.checked
    let json = try AnswerText.json(checked.answers)
    let context = open.context(visitor, now: clock.now)
    let times = try open.times(seconds, now: clock.now)
    let consequences = try entry.consequences(open.definition)
    let asked = try checked.askedAbout(in: open.form)
    try await refusing {
      try await marked(.participant, context) { session in
        if let consequences { try session.announce(consequences) }
        try session.saveQuestionnaire(
          linkHash: sha256(link), answers: json, definition: open.definition.version,
          seconds: times)
        try session.askAboutQuestionnaire(linkHash: sha256(link), faults: asked)
      }
    }
    if let place {
      await derive(
        after: open.form.id, at: place.visit, of: place.participant, in: open.trial,
        open.definition)
    }
  }
}

extension OpenQuestionnaire {
  /// The seconds of questions that were asked, within the time they were open, as they are stored.
  fileprivate func times(_ seconds: [FieldID: Int], now: UTCInstant) throws -> String {
    let open = openedAt.map { Int(now.seconds(since: $0)) } ?? 0
    let kept = seconds.filter { (0...max(open, 0)).contains($0.value) && form.asks($0.key) }
    return try SaveConsequences.text(
      of: Dictionary(uniqueKeysWithValues: kept.map { ($0.key.text, $0.value) }))
  }
}

extension Form {
  /// Whether somebody answers a question, rather than the system.
  fileprivate func asks(_ field: FieldID) -> Bool {
    self.field(field).map { !$0.isCalculated } ?? false
  }
}
