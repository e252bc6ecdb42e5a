import StudyModel

/// The facts of a participant as the database gave them under the ledger's lock.
struct ReadinessFacts {
  struct Signature {
    let role: String
    let at: String
    let version: Int

    init(_ json: JSONText) throws(JSONText.Malformed) {
      role = try json.text("role")
      at = try json.text("at")
      version = try json.integer("version")
    }
  }

  struct Entry {
    let form: String
    let visit: String
    let version: Int
    let status: String
    let answers: [(name: String, text: String)]
    let enteredAt: UTCInstant
    let submittedAt: String?
    let signatures: [Signature]

    init(_ json: JSONText) throws(JSONText.Malformed) {
      form = try json.text("form")
      visit = try json.text("visit")
      version = try json.integer("version")
      status = try json.text("status")
      guard case .members(let members)? = json["answers"] else { throw JSONText.Malformed() }
      // An answer that is no text says why it is missing.
      answers = members.compactMap { member in member.value.text.map { (member.name, $0) } }
      enteredAt =
        (try? UTCInstant(parsing: json.text("entered_at")))
        ?? UTCInstant(microsecondsSince1970: 0)
      submittedAt = json["submitted_at"]?.text
      signatures = try json.elements("signatures", Signature.init)
    }

    /// The value of one question of its form, nil when it is missing.
    func value(_ field: FieldID, _ form: Form) -> FormulaValue? {
      guard let text = answers.first(where: { $0.name == field.text })?.text else { return nil }
      return try? form.field(field)?.type.value(parsing: text)
    }
  }

  let studyState: String
  let siteState: String
  let zone: String
  let siteRandomized: Int
  let allocations: Int?
  let siteKey: String
  let state: String
  let withdrawalLevel: String?
  let now: String
  let likenessOpen: Bool
  let blockingQueries: [String]
  let entries: [Entry]

  init(json: String) throws(JSONText.Malformed) {
    let json = try JSONText(json)
    studyState = try json.text("study_state")
    siteState = try json.text("site_state")
    zone = try json.text("zone")
    siteRandomized = try json.integer("site_randomized")
    allocations = json["allocations"]?.integer
    siteKey = try json.text("site_key")
    state = try json.text("state")
    withdrawalLevel = json["withdrawal_level"]?.text
    now = try json.text("now")
    guard case .flag(let isOpen)? = json["likeness_open"] else { throw JSONText.Malformed() }
    likenessOpen = isOpen
    blockingQueries = try json.elements("blocking_queries") { visit throws(JSONText.Malformed) in
      guard let text = visit.text else { throw JSONText.Malformed() }
      return text
    }
    entries = try json.elements("entries", Entry.init)
  }

  /// The instant of the act as the database tells it.
  var instant: UTCInstant {
    get throws { try UTCInstant(parsing: now) }
  }

  /// The facts in the words of the definition.
  func facts(
    _ definition: StudyDefinition, requester: RequesterFacts
  ) throws -> RandomizationFacts {
    let site = try SiteKey(parsing: siteKey)
    let clock = try SiteClock(zone: zone)
    var blocking: [VisitCode: Int] = [:]
    for visit in blockingQueries { blocking[try VisitCode(parsing: visit), default: 0] += 1 }
    let read = definition.randomizationReading.fields
    var facts = RandomizationFacts(
      studyState: StudyState(rawValue: studyState) ?? .draft, site: site,
      siteState: SiteState(rawValue: siteState) ?? .planned, clock: clock,
      participantState: ParticipantState(rawValue: state) ?? .consented,
      isRandomized: state == "randomized" || state == "followed" || state == "completed",
      consentVersionInForce: Self.consentVersion(definition),
      isConsentWithdrawn: withdrawalLevel != nil || state == "withdrawn",
      entries: try entries.map { try fact($0, definition, read, clock) },
      openBlockingQueries: blocking,
      isDuplicateSuspected: likenessOpen, randomizedInStudy: allocations ?? 0,
      randomizedAtSite: siteRandomized,
      siteCap: definition.site(site)?.cap ?? definition.randomization.siteCap,
      requester: requester)
    facts.contradicted = definition.contradictedForms(facts)
    return facts
  }

  /// The consent version in force: the last one of the consent form's list of versions.
  private static func consentVersion(_ definition: StudyDefinition) -> String {
    for precondition in definition.randomization.preconditions {
      guard case .consentInForce(let form, let field) = precondition.kind,
        case .code(let versions)? = definition.form(form)?.field(field)?.type
      else { continue }
      return versions.last?.code ?? ""
    }
    return ""
  }

  /// One entry with the values that judge a randomization; all others stay unread.
  private func fact(
    _ entry: Entry, _ definition: StudyDefinition, _ read: [FormID: Set<FieldID>],
    _ clock: SiteClock
  ) throws -> EntryFact {
    let formID = try FormID(parsing: entry.form)
    let form = definition.form(formID)
    var values: [FieldID: FormulaValue] = [:]
    if let form, let wanted = read[formID] {
      for field in wanted { values[field] = entry.value(field, form) }
      addDerived(to: &values, wanted, form, definition, clock)
    }
    // Ratings carry no date field: they are of the day they were begun. Of other records their submission tells it.
    let dated = try form.flatMap { entry.value(try FieldID(parsing: FormHeader.dateField), $0) }
    let begun = form?.datingField.flatMap { field in
      entry.answers.first { $0.name == field.id.text }
        .map { [field.id: FieldAnswer.value($0.text)] }
    }
    let handedInOn = entry.submittedAt.flatMap { try? UTCInstant(parsing: $0) }.map(clock.date)
    let performed: CalendarDate? =
      dated.flatMap { if case .date(let date) = $0 { date } else { nil } }
      ?? (form?.datedOn(begun ?? [:], handedInOn: handedInOn, at: clock) ?? handedInOn)
    let signature = try entry.signatures.last { $0.version == entry.version }.map { signed in
      let role = try RoleID(parsing: signed.role)
      return SignatureFact(
        signedAt: try UTCInstant(parsing: signed.at), role: role,
        isDelegated: form?.signedBy.contains(role) ?? false)
    }
    return EntryFact(
      form: formID, visit: try? VisitCode(parsing: entry.visit),
      status: EntryStatus(rawValue: entry.status) ?? .inProgress, performedOn: performed,
      lastChangedAt: entry.enteredAt, signature: signature, values: values)
  }

  /// Adds the calculated copies that are not stored with the form, because their class is higher.
  private func addDerived(
    to values: inout [FieldID: FormulaValue], _ wanted: Set<FieldID>, _ form: Form,
    _ definition: StudyDefinition, _ clock: SiteClock
  ) {
    let hidden = wanted.compactMap(form.field).filter { form.dataClass(of: $0) > form.dataClass }
    guard !hidden.isEmpty else { return }
    var environment = FormulaEnvironment(
      own: values, clocks: definition.formulaClocks(at: clock))
    let references = hidden.reduce(into: Set<FieldReference>()) { found, field in
      if let calculation = field.calculation { found.formUnion(calculation.references) }
    }
    for reference in references {
      guard let name = reference.form, let source = definition.form(name) else { continue }
      let found = entries.filter {
        $0.form == name.text && $0.submittedAt != nil
          && (reference.visit == nil || $0.visit == reference.visit?.text)
      }.max { $0.enteredAt < $1.enteredAt }
      environment.elsewhere[reference] = found?.value(reference.field, source)
    }
    for field in hidden {
      guard let calculation = field.calculation else { continue }
      values[field.id] = calculation.value(in: environment)
    }
  }
}

extension JSONText {
  fileprivate func text(_ name: String) throws(Malformed) -> String {
    guard let text = self[name]?.text else { throw Malformed() }
    return text
  }

  fileprivate func integer(_ name: String) throws(Malformed) -> Int {
    guard let integer = self[name]?.integer else { throw Malformed() }
    return integer
  }

  /// The elements of a list, none when it is null; a list that is not there is a fault.
  fileprivate func elements<Element>(
    _ name: String, _ read: (JSONText) throws(Malformed) -> Element
  ) throws(Malformed) -> [Element] {
    switch self[name] {
    case .list(let list)?:
      var found: [Element] = []
      for element in list { found.append(try read(element)) }
      return found
    case .null?: return []
    case .flag?, .number?, .text?, .members?, nil: throw Malformed()
    }
  }
}
