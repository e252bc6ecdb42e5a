import Store
import StudyModel

extension Installation {
  /// The facts formulas of an entry read; one that is not known, or not known to its writer, is left out.
  func facts(
    _ wanted: Set<StudyFact>, for place: CheckPlace, _ answers: [FieldID: FieldAnswer],
    _ trial: Trial, _ definition: StudyDefinition, _ writer: Actor?
  ) async throws -> [StudyFact: FormulaValue] {
    var facts: [StudyFact: FormulaValue] = [:]
    for fact in wanted {
      facts[fact] = try await value(of: fact, for: place, answers, trial, definition, writer)
    }
    return facts
  }

  private func value(
    of fact: StudyFact, for place: CheckPlace, _ answers: [FieldID: FieldAnswer],
    _ trial: Trial, _ definition: StudyDefinition, _ writer: Actor?
  ) async throws -> FormulaValue? {
    let site = definition.site(place.site)
    let zone = try await wallClock(of: place.site, in: trial)
    switch fact {
    case .visit: return .text(place.visit.text)
    case .today: return .date(zone.date(at: clock.now))
    case .enteredAt: return .instant(try await handedIn(place, trial, writer) ?? clock.now)
    case .secondsOpen: return place.secondsOpen.map { .number(ExactNumber($0)) }
    case .consentVersions:
      let given = place.form.consentedAt(answers).map(zone.date) ?? answers.visitDate
      return site?.approvedConsents(on: given ?? zone.date(at: clock.now))
    case .therapistCertified:
      return try await namedPeopleHoldRoles(place, answers, trial, zone).map { .truth($0) }
    case .kitInStock:
      return try await kitIsInStock(place, answers, definition, writer).map { .truth($0) }
    // What the system works out is saved by nobody.
    case .writer: return place.form.isWorkedOut ? nil : writer.map { .text($0.username) }
    // Given when the entry is saved, and only then.
    case .serial: return nil
    case .enrolmentClosed: return trial.enrolmentIsClosed
    case .ethicsApprovedOn, .contractSigned, .staffComplete, .capacityConfirmed, .releaseApproved,
      .randomizationInForce, .followUpEnded:
      return nil
    case .state, .consentedOn, .day0, .randomizedAt, .randomizationNumber, .arm, .consentHolds,
      .isDuplicate, .diedOn, .kitUsed, .hasExcludingDeviation, .expected, .acknowledged:
      guard let participant = place.participant else { return nil }
      return try await value(
        of: fact, about: participant, for: place, answers, trial, definition, writer)
    }
  }

  /// A fact about the participant; one that an entry about a site has none of.
  private func value(
    of fact: StudyFact, about participant: Participant, for place: CheckPlace,
    _ answers: [FieldID: FieldAnswer], _ trial: Trial, _ definition: StudyDefinition,
    _ writer: Actor?
  ) async throws -> FormulaValue? {
    switch fact {
    case .visit, .today, .enteredAt, .secondsOpen, .consentVersions, .therapistCertified,
      .kitInStock, .serial, .writer, .enrolmentClosed, .ethicsApprovedOn, .contractSigned,
      .staffComplete, .capacityConfirmed, .releaseApproved, .randomizationInForce, .followUpEnded:
      return nil
    case .kitUsed:
      return try await kitIsUsed(participant, place, answers, writer).map { .truth($0) }
    case .state, .consentedOn, .day0, .randomizedAt, .randomizationNumber, .consentHolds,
      .isDuplicate, .diedOn:
      return try await recorded(fact, of: participant, trial, definition)
    case .acknowledged:
      guard let writer, place.form.dataClass >= .treatment, writer.role.classes.contains(.treatment)
      else { return nil }
      return try await recorded(fact, of: participant, trial, definition)
    case .arm:
      guard let writer, place.form.dataClass >= .treatment else { return nil }
      return try await knownArm(of: participant.key, writer)
    case .hasExcludingDeviation:
      guard let writer, place.form.dataClass >= .treatment, writer.role.classes.contains(.treatment)
      else { return nil }
      return try await session(writer) {
        .truth(try $0.hasExcludingDeviation(participant.key, in: trial.id))
      }
    case .expected:
      guard let writer, place.number > 0, writer.role.classes.contains(place.form.dataClass)
      else { return nil }
      let address = EntryAddress(
        participant.key, place.form.id, place.visit, number: place.number)
      let dataClass = place.form.dataClass
      return try await session(writer) { session in
        try session.expectedness(of: address, in: dataClass, trial: trial.id).map { .truth($0) }
      }
    }
  }

  /// A fact of a participant's record that asks for no entry; nil for every other.
  ///
  /// Read as the program itself; who may be told of it, the caller has asked.
  func recorded(
    _ fact: StudyFact, of participant: Participant, _ trial: Trial, _ definition: StudyDefinition
  ) async throws -> FormulaValue? {
    let zone = try await wallClock(of: participant.site, in: trial)
    let key = participant.key
    switch fact {
    case .state: return .text(participant.state)
    case .today: return .date(zone.date(at: clock.now))
    case .enrolmentClosed: return trial.enrolmentIsClosed
    case .consentedOn: return .date(zone.date(at: participant.consentedAt))
    case .day0, .randomizedAt, .randomizationNumber: return participant.randomizationFacts[fact]
    case .consentHolds:
      let forms = definition.consentForms
      return try await asSystem(trial) { .truth(try $0.isSigned(forms, of: key, in: trial.id)) }
    case .isDuplicate:
      return try await asSystem(trial) { .truth(try $0.isDuplicate(key, in: trial.id)) }
    case .diedOn:
      return try await asSystem(trial) { try $0.diedOn(key, in: trial.id).map { .date($0) } }
    case .acknowledged:
      return try await asCommittee(trial) {
        .truth(try $0.allocation(of: key, in: trial.id)?.acknowledgedAt != nil)
      }
    case .arm, .visit, .enteredAt, .secondsOpen, .serial, .expected, .therapistCertified,
      .kitInStock, .kitUsed, .writer, .hasExcludingDeviation, .consentVersions, .ethicsApprovedOn,
      .contractSigned, .staffComplete, .capacityConfirmed, .releaseApproved,
      .randomizationInForce, .followUpEnded:
      return nil
    }
  }

  /// Whether the people a form names held one of the roles its question asks for on the date of the
  /// visit; nil when it names nobody.
  ///
  /// A role is granted on evidence of training and ends with it: the grant stands for the certificate.
  private func namedPeopleHoldRoles(
    _ place: CheckPlace, _ answers: [FieldID: FieldAnswer], _ trial: Trial, _ zone: SiteClock
  ) async throws -> Bool? {
    let named = place.form.fields.compactMap { field -> (name: String, roles: [String])? in
      guard case .userReference(let roles) = field.type, let name = answers[field.id]?.text
      else { return nil }
      return (name, roles.map(\.text))
    }
    guard !named.isEmpty else { return nil }
    let date = answers.visitDate ?? zone.date(at: clock.now)
    let morning = zone.lastSecond(of: date.advanced(by: -1))
    for person in named where !person.roles.isEmpty {
      let holds = try await access { session in
        try session.holdsGrant(
          person.name, roles: person.roles, at: place.site, until: morning,
          trial: trial.id)
      }
      guard holds else { return false }
    }
    return true
  }

  /// Whether the kit a form names was received at the site and neither returned nor destroyed by the
  /// date of the visit; nil when it names none, or the study keeps no stock.
  private func kitIsInStock(
    _ place: CheckPlace, _ answers: [FieldID: FieldAnswer], _ definition: StudyDefinition,
    _ writer: Actor?
  ) async throws -> Bool? {
    guard let writer, let field = try? FieldID(parsing: StockField.kit.rawValue),
      let kit = answers[field]?.text,
      let stock = definition.forms.first(where: { $0.subject == .site && $0.field(field) != nil }),
      writer.role.classes.contains(stock.dataClass)
    else { return nil }
    let site = place.site
    let entries = try await session(writer) {
      try $0.values(of: stock.id, at: site, in: stock.dataClass, trial: writer.trial.id)
    }
    let date = answers.visitDate
    return try entries.contains { entry in
      let texts = try AnswerText.answers(entry.answers)
      func day(_ name: StockField) -> CalendarDate? {
        texts.first { $0.key.text == name.rawValue }?.value.text
          .flatMap { try? CalendarDate(parsing: $0) }
      }
      func happened(_ name: StockField) -> Bool {
        day(name).map { happened in date.map { happened <= $0 } ?? true } ?? false
      }
      return texts[field]?.text == kit && happened(.received) && !happened(.returned)
        && !happened(.destroyed)
    }
  }
}

extension Installation {
  /// When the entry was first handed in, nil before: what is reported again is not reported later.
  private func handedIn(
    _ place: CheckPlace, _ trial: Trial, _ writer: Actor?
  ) async throws -> UTCInstant? {
    guard let writer, let participant = place.participant, place.number > 0,
      writer.role.classes.contains(place.form.dataClass)
    else { return nil }
    let address = EntryAddress(
      participant.key, place.form.id, place.visit, number: place.number)
    let dataClass = place.form.dataClass
    return try await session(writer) {
      try $0.entry(address, in: dataClass, trial: trial.id)?.submittedAt
    }
  }

  /// Whether the kit a form names stands on another entry of the form at the site; nil when it names none.
  ///
  /// Of two who save at the same moment the database lets one.
  private func kitIsUsed(
    _ participant: Participant, _ place: CheckPlace, _ answers: [FieldID: FieldAnswer],
    _ writer: Actor?
  ) async throws -> Bool? {
    guard let writer, writer.role.classes.contains(place.form.dataClass),
      let field = try? FieldID(parsing: StockField.kit.rawValue), let kit = answers[field]?.text
    else { return nil }
    let (dataClass, trial) = (place.form.dataClass, writer.trial.id)
    let address = EntryAddress(
      participant.key, place.form.id, place.visit, number: place.number)
    return try await session(writer) {
      try $0.isKitUsed(kit, exceptAt: address, site: place.site, in: dataClass, trial: trial)
    }
  }
}

extension StudyDefinition {
  /// The forms whose signature is the consent.
  fileprivate var consentForms: [FormID] {
    randomization.preconditions.compactMap { precondition in
      if case .consentInForce(let form, _) = precondition.kind { form } else { nil }
    }
  }
}

extension Trial {
  /// Whether nobody is enrolled any more, as a value of formulas.
  fileprivate var enrolmentIsClosed: FormulaValue? {
    StudyState(rawValue: state).map { .truth($0.isAfterEnrolment) }
  }
}

extension StudyState {
  /// Whether nobody is enrolled any more.
  fileprivate var isAfterEnrolment: Bool {
    switch self {
    case .draft, .testing, .approved, .enrolling, .paused: false
    case .enrolmentClosed, .followupComplete, .softLocked, .hardLocked, .unblinded, .archived: true
    }
  }
}

extension Form {
  /// When consent was given, as its form tells: its first field of an instant.
  func consentedAt(_ answers: [FieldID: FieldAnswer]) -> UTCInstant? {
    fields.first { $0.type == .dateTime }.flatMap { answers[$0.id]?.text }
      .flatMap { try? UTCInstant(parsing: $0) }
  }
}

extension [FieldID: FieldAnswer] {
  /// The date of the visit the answers speak of.
  var visitDate: CalendarDate? {
    first { $0.key.text == FormHeader.dateField }?.value.text
      .flatMap { try? CalendarDate(parsing: $0) }
  }
}

extension SiteDefinition {
  /// The versions of consent approved on a date; nil where the definition keeps none for the site.
  func approvedConsents(on date: CalendarDate) -> FormulaValue? {
    consentVersions.isEmpty ? nil : .choices(consentVersions(on: date))
  }
}
