import Foundation
public import Store
public import StudyModel

/// What is asked when a participant consents.
public struct ConsentRequest: Sendable {
  /// Initials, two or three letters: kept in the identity vault and compared by a keyed digest.
  public var initials: String
  /// Birth year.
  public var birthYear: Int
  /// Sex as on the demographics form.
  public var sex: String
  /// The answers of the consent form.
  public var consent: [FieldID: FieldAnswer]

  /// Makes a request.
  public init(
    initials: String, birthYear: Int, sex: String, consent: [FieldID: FieldAnswer]
  ) {
    self.initials = initials
    self.birthYear = birthYear
    self.sex = sex
    self.consent = consent
  }
}

extension Installation {
  /// The consent form of a definition: the one its first precondition on consent names.
  public func consentForm(_ definition: StudyDefinition) -> Form? {
    for precondition in definition.randomization.preconditions {
      if case .consentInForce(let form, _) = precondition.kind { return definition.form(form) }
    }
    return nil
  }

  /// Enrols a participant: next key of the site and the form of consent, all at once.
  ///
  /// Screening begins at once where the definition's lifecycle asks for no signature before it, and
  /// otherwise with the signature.
  public func consent(_ request: ConsentRequest, as actor: Actor) async throws -> ParticipantKey {
    try actor.need(.consentParticipant)
    let site = try actor.oneSite()
    let actor = actor.under(try await definition(of: actor.trial, at: site))
    let keys = try needKeys()
    try Self.checkIdentity(request)
    guard let form = consentForm(actor.definition),
      let visit = form.visits.first ?? actor.definition.visits.first?.code
    else { throw ActRefusal.notFound }
    let now = clock.now
    // Consent is given when its form says, which may be before it is entered, and never after.
    let given = form.consentedAt(request.consent).map { min($0, now) } ?? now
    var context = try consentContext(given, at: site, visit, now, actor.definition)
    context.strangers = try await strangers(named: request.consent, on: form, at: site, actor)
    let checked = checkedEntry(request.consent, in: form, context)
    let hard = checked.faults.filter { $0.kind == .hard }
    guard hard.isEmpty else { throw ActRefusal.invalid(hard.map(Fault.init)) }
    let json = try AnswerText.json(checked.answers)
    let likeness = keys.likeness(
      birthYear: request.birthYear, sex: request.sex, initials: request.initials)
    let identity = try keys.seal(
      GivenIdentity(
        initials: request.initials, birthYear: request.birthYear, sex: request.sex
      ).bytes,
      for: .identity(trial: actor.trial.id))
    let version = actor.definition.version
    let follows = try actor.definition.consequences(
      of: form, checked, elsewhere: context.elsewhere, clocks: context.clocks
    ).text()
    return try await session(actor) { session in
      let key = try session.consent(
        at: site, likeness: likeness, identityBox: identity, consentedAt: given)
      if let follows { try session.announce(follows) }
      _ = try session.saveEntry(
        EntryAddress(key, form.id, visit), in: form.dataClass, expected: 0, answers: json,
        submit: true, reason: "", definition: version)
      // Where the protocol asks for a signature first, screening begins with it.
      if actor.definition.formsSignedBeforeScreening.isEmpty {
        try session.moveParticipant(
          key, from: [ParticipantState.consented.rawValue], to: ParticipantState.screening.rawValue)
      }
      return key
    }
  }

  /// What the consent form is checked against before there is a participant.
  private func consentContext(
    _ given: UTCInstant, at site: SiteKey, _ visit: VisitCode, _ now: UTCInstant,
    _ definition: StudyDefinition
  ) throws -> EntryContext {
    let zone = try definition.clock(of: site)
    let (today, consented) = (zone.date(at: now), zone.date(at: given))
    var context = EntryContext(
      siteToday: today, now: now, isSubmission: true, clocks: definition.formulaClocks(at: zone))
    var facts: [StudyFact: FormulaValue] = [
      .visit: .text(visit.text), .today: .date(today), .consentedOn: .date(consented),
      .enteredAt: .instant(now),
    ]
    facts[.consentVersions] = definition.site(site)?.approvedConsents(on: consented)
    context.elsewhere.add(facts)
    return context
  }

  private static func checkIdentity(_ request: ConsentRequest) throws(ActRefusal) {
    var faults: [Fault] = []
    let letters = request.initials.filter(\.isLetter)
    if letters.count != request.initials.count || !(2...3).contains(letters.count) {
      faults.append(
        Fault(
          field: "initials", code: "EC-GEN-01", sentence: "Initials are two or three letters."))
    }
    if !(1900...2020).contains(request.birthYear) {
      faults.append(
        Fault(
          field: "birth_year", code: "EC-GEN-01",
          sentence: "Birth year: enter a year such as 1974."))
    }
    if !["F", "M", "I", "U"].contains(request.sex) {
      faults.append(
        Fault(field: "sex", code: "EC-GEN-01", sentence: "Sex: choose one of the answers listed."))
    }
    if !faults.isEmpty { throw .invalid(faults) }
  }

  /// Records that a likeness to another participant was judged to be another person.
  public func resolveLikeness(
    _ participant: ParticipantKey, reason: String, as actor: Actor
  ) async throws {
    try actor.need(.signForms)
    guard reason.hasWords else { throw ActRefusal.reasonMissing }
    let site = try actor.oneSite().text
    try await session(actor) { session in
      // Free text of an unblinded writer is of class treatment, whatever it says.
      guard actor.isUnblinded else {
        return try session.resolveLikeness(participant, reason: reason)
      }
      try session.resolveLikeness(participant, reason: "judged by the investigator")
      try session.note(
        "likeness judged", on: participant.text, site: site, reason: reason,
        in: .treatment)
    }
  }

  /// A page of participants after a key, and how many there are in reach.
  public func participants(
    after key: String, limit: Int, as actor: Actor
  ) async throws -> (page: [Participant], total: Int) {
    let trial = actor.trial.id
    let found = try await session(actor) { session in
      (
        page: try session.participants(in: trial, after: key, limit: min(limit, 200)),
        total: try session.participantCount(in: trial)
      )
    }
    return found
  }
}
