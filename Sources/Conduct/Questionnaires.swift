import Foundation
public import Store
public import StudyModel

/// A questionnaire as the participant who opened the link sees it.
public struct OpenQuestionnaire: Sendable {
  /// The form.
  public let form: Form
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
  /// - Returns: the link's random part, which is not stored.
  public func issueQuestionnaire(
    _ participant: ParticipantKey, _ form: FormID, at visit: VisitCode, as actor: Actor
  ) async throws -> String {
    try actor.need(.issueQuestionnaire)
    let actor = try await acting(actor, for: participant)
    guard
      let planned = questionnaires(actor.definition, at: visit).first(where: { $0.id == form })
        .map(\.planned)
    else { throw ActRefusal.notFound }
    let order = planned.map { $0.isShuffled ? random.drawnOrder(of: $0.values) : $0.values }
    // The trial's number stands in front, since row policies ask for the trial first.
    let link = "\(actor.trial.id)-\(random.linkText())"
    let hours = Int64(actor.definition.questionnaires?.openHours ?? Self.openHours)
    let expires = clock.now.advanced(bySeconds: hours * 3600)
    return try await session(actor) { session in
      if let planned, let order {
        try session.planQuestionnaire(
          participant, visit: visit, form: form, field: planned.field, order: order)
      }
      try session.issueQuestionnaire(
        participant, visit: visit, form: form, linkHash: sha256(link), expiresAt: expires)
      return link
    }
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
    let definition =
      if let site {
        try await self.definition(of: trial, at: site)
      } else {
        try await self.definition(of: trial)
      }
    guard let form = definition.form(try FormID(parsing: found.form)) else {
      throw ActRefusal.notFound
    }
    return OpenQuestionnaire(
      form: form, trial: trial, definition: definition,
      site: site.flatMap { definition.site($0) },
      isUsed: found.isUsed,
      isExpired: found.isExpired, asked: asked)
  }

  /// Notes that the participant sees the questions: from the first time on their time is counted.
  public func openQuestionnaire(_ open: OpenQuestionnaire, link: String) async throws {
    guard !open.isUsed, !open.isExpired else { return }
    let context = RequestContext(
      trial: open.trial.id, actor: 0, role: "participant", sites: .all,
      now: open.trial.mode == TrialMode.simulation.rawValue ? clock.now : nil)
    try await refusing {
      try await store.session(.participant, context) {
        try $0.openQuestionnaire(linkHash: sha256(link))
      }
    }
  }

  /// Hands in a questionnaire, finally.
  public func submitQuestionnaire(
    link: String, _ answers: [FieldID: FieldAnswer]
  ) async throws {
    let open = try await questionnaire(link: link)
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
    let context = RequestContext(
      trial: open.trial.id, actor: 0, role: "participant", sites: .all,
      now: open.trial.mode == "simulation" ? clock.now : nil)
    let consequences = try entry.consequences(open.definition)
    let asked = try checked.askedAbout(in: open.form)
    try await refusing {
      try await marked(.participant, context) { session in
        if let consequences { try session.announce(consequences) }
        try session.saveQuestionnaire(
          linkHash: sha256(link), answers: json, definition: open.definition.version)
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
