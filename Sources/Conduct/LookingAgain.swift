import Foundation
import Store
import StudyModel

/// Which entries of a participant are looked at again.
enum LookedAt: Sendable {
  /// Those whose checks read what came later.
  case after(LaterInput, EntryAddress?)
  /// All whose checks read anything elsewhere.
  case everything
}

/// The entries of one participant, with the definitions they were entered under.
///
/// A check whose inputs come after its entry finds then what it would have found: the query is opened in
/// the class of the entry, on the program's own login, and the deviation is drafted in the class of who
/// may know. Entries up to class outcome are judged without treatment, as when somebody saves them.
struct EntriesLookedAtAgain {
  let participant: ParticipantKey
  let trial: TrialID
  /// By version, each with the same one reading what was entered under others.
  let definitions: [String: (own: StudyDefinition, reading: StudyDefinition)]
  /// The instant of the look, and its date at the site.
  let now: UTCInstant
  let today: CalendarDate
  /// The clock of the site, by which instants have their day.
  let siteClock: SiteClock
  /// Those that hold whoever asks.
  let facts: [StudyFact: FormulaValue]
  /// The entries, each in the class it is kept in.
  let stored: [(dataClass: DataClass, values: StoredValues, entry: FormEntry)]
  /// Those of the identity vault, which checks compare and nothing shows.
  let vault: VaultVersions
  /// The instant of randomization.
  let randomizedAt: UTCInstant?

  /// Looks again at what reads an input that came later.
  ///
  /// - Parameter classes: those in which something may be asked or drafted; of the others nothing is looked at.
  func lookAgain(
    _ which: LookedAt, reaching classes: [DataClass] = DerivedForm.classes, in session: Session
  ) throws {
    let all = stored.map(\.entry)
    let blinded = stored.filter { $0.dataClass <= .outcome }.map(\.entry)
    for (_, values, entry) in stored where entry.status.isSubmitted {
      guard let (own, reading) = definitions[values.definition], let visit = entry.visit,
        let form = own.form(entry.form)
      else { continue }
      let address = EntryAddress(participant, form.id, visit, number: entry.occurrence)
      func isMeant(_ formula: Formula) -> Bool {
        switch which {
        case .everything: true
        case .after(let input, let saved):
          saved.map { $0 != address } ?? true && form.reads(input, in: formula, at: visit)
        }
      }
      // What is asked about on another form was not asked by the save itself.
      let isSaved = if case .after(_, address) = which { true } else { false }
      let isReached = classes.contains(form.dataClass)
      let checks = own.checksLookedAtAgain(on: form).filter { check in
        let isElsewhere = check.isAskedElsewhere(than: form)
        return (isElsewhere ? classes.contains(check.inputClass) : isReached)
          && (isMeant(check.condition) || isSaved && isElsewhere)
      }
      let rules =
        isReached ? own.rulesLookedAtAgain(on: form).filter { isMeant($0.condition) } : []
      let window = isReached ? window(of: form, at: visit, entry, own, which) : nil
      guard !checks.isEmpty || !rules.isEmpty || window != nil else { continue }
      let among = (form.dataClass <= .outcome ? blinded : all) + vault.latest
      let read = (checks.map(\.condition) + rules.map(\.condition)).reduce(
        into: Set<FieldReference>()
      ) { $0.formUnion(form.everythingRead(by: $1)) }
      let elsewhere = reading.outsideValues(
        for: form, at: visit, occurrence: entry.occurrence, among: among, by: siteClock,
        facts: facts.merging([.visit: .text(visit.text)]) { $1 }, further: read)
      let elsewhereAsked = checks.filter { $0.isAskedElsewhere(than: form) }
      let closed = ClosedChecks(
        all: self, entry: entry, form: form, visit: visit, reading: reading, session: session)
      try judge(
        entry, at: address, form, own,
        checks: Set(checks.filter { !$0.isAskedElsewhere(than: form) }.map(\.place)), rules: rules,
        window: window, elsewhere, closed, session)
      let environment = form.environment(
        of: typed(of: entry, form), elsewhere: elsewhere, clocks: own.formulaClocks(at: siteClock))
      for check in elsewhereAsked {
        try ask(about: check, of: form, at: visit, own, environment, closed, session)
      }
    }
  }

  /// The dates a visit may take place on, of an entry that was handed in before anybody could know them:
  /// windows are counted from the day of randomization.
  private func window(
    of form: Form, at visit: VisitCode, _ entry: FormEntry, _ definition: StudyDefinition,
    _ which: LookedAt
  ) -> ClosedRange<CalendarDate>? {
    switch which {
    case .everything, .after(.randomization, _): break
    case .after(.entry, _): return nil
    }
    // Windows of treatment have checks of their own: a finding here is told to blinded readers.
    guard case .date(let day0)? = facts[.day0], let planned = definition.visit(visit),
      planned.dataClass == .open, let givenOn = entry.handedInOn, givenOn <= day0
    else { return nil }
    return planned.dates(randomizedOn: day0)?.window
  }

  private func typed(of entry: FormEntry, _ form: Form) -> [FieldID: FieldAnswer] {
    entry.answers.filter { form.field($0.key)?.isCalculated == false }
  }

  /// Asks about a finding on the most guarded form the check reads: who reads the form of the check may
  /// not know what broke it.
  private func ask(
    about check: EditCheck, of form: Form, at visit: VisitCode, _ definition: StudyDefinition,
    _ environment: FormulaEnvironment, _ closed: ClosedChecks, _ session: Session
  ) throws {
    guard let reference = definition.askedAbout(check, on: form), let name = reference.form else {
      return
    }
    let at = reference.visit ?? visit
    let found = stored.last {
      $0.dataClass == check.inputClass && $0.entry.form == name && $0.entry.visit == at
        && $0.entry.status.isSubmitted
    }
    guard let found else { return }
    let fault = EntryFault(
      field: reference.field, kind: .query, code: check.code,
      sentence: "\(form.title), \(visit): \(check.sentence)", inputClass: check.inputClass)
    let isBroken = check.condition.truth(in: environment) == true
    let address = EntryAddress(participant, name, at, number: found.entry.occurrence)
    _ = try session.lookAgain(
      at: address, in: found.dataClass, checks: [fault.place],
      faults: try CheckedEntry.asked(
        isBroken ? [fault] : [], isBlocking: { _ in check.kind == .hard },
        isSettled: {
          try !hasWaited(check, of: closed.entry, at: visit, in: form.dataClass, session)
            || closed.hold(
              $0.place, at: address, in: found.dataClass, over: check.condition,
              pointingTo: check.field)
        }))
  }

  private func judge(
    _ entry: FormEntry, at address: EntryAddress, _ form: Form, _ definition: StudyDefinition,
    checks: Set<String>, rules: [(type: String, condition: Formula)],
    window: ClosedRange<CalendarDate>?, _ elsewhere: [FieldReference: FormulaValue],
    _ closed: ClosedChecks, _ session: Session
  ) throws {
    let typed = typed(of: entry, form)
    var context = EntryContext(
      siteToday: today, isSubmission: false, clocks: definition.formulaClocks(at: siteClock),
      window: window, elsewhere: elsewhere)
    context.givenOn = entry.handedInOn
    context.isGivenAtVisit = definition.isGivenAtVisit(form)
    let checked = checkedEntry(typed, in: form, context)
    let checks = window == nil ? checks : checks.union(form.placesOfWindow)
    let broken = (checked.faults + checked.waiting).filter {
      $0.kind != .warning && checks.contains($0.place)
    }
    let early = try checked.waiting.filter { fault in
      let check = form.checks.first { $0.place == fault.place }
      return try check.map {
        try !hasWaited($0, of: entry, at: address.visit, in: form.dataClass, session)
      } ?? false
    }.map(\.place)
    let found = broken.map(\.asQuery)
    let refusing = Set(broken.filter { $0.kind == .hard }.map(\.place))
    var opened: Set<String> = []
    if !checks.isEmpty {
      opened = Set(
        try session.lookAgain(
          at: address, in: form.dataClass, checks: checks.sorted(),
          faults: try CheckedEntry.asked(
            found, isBlocking: { refusing.contains($0.place) },
            isSettled: { fault in
              try early.contains(fault.place)
                || closed.hold(
                  fault.place, at: address, in: form.dataClass,
                  over: form.checks.first { $0.place == fault.place }?.condition,
                  pointingTo: fault.field)
            })))
    }
    let environment = form.environment(
      of: typed, elsewhere: elsewhere, clocks: definition.formulaClocks(at: siteClock))
    let ruled = Set(rules.filter { $0.condition.truth(in: environment) == true }.map(\.type))
    let news = found.filter { opened.contains($0.place) }
    guard !news.isEmpty || !ruled.isEmpty else { return }
    try draft(
      CheckedEntry(answers: checked.answers, faults: news), ruled, at: address, form, definition,
      elsewhere, session)
  }

  /// Whether the hours of a check have passed since the answer its field has was handed in.
  private func hasWaited(
    _ check: EditCheck, of entry: FormEntry, at visit: VisitCode, in dataClass: DataClass,
    _ session: Session
  ) throws -> Bool {
    guard let hours = check.afterHours, let field = check.field else { return true }
    let address = EntryAddress(participant, entry.form, visit, number: entry.occurrence)
    let since = try session.answeredSince(field, at: address, in: dataClass)
    return since.map { $0.advanced(bySeconds: Int64(hours) * 3600) <= now } ?? false
  }

  /// Drafts what follows: of a check once with its query, of a rule once for the form at its visit.
  private func draft(
    _ news: CheckedEntry, _ ruled: Set<String>, at address: EntryAddress, _ form: Form,
    _ definition: StudyDefinition, _ elsewhere: [FieldReference: FormulaValue], _ session: Session
  ) throws {
    let codes = Set(news.faults.map(\.code))
    let follows = definition.consequences(
      of: form, news, elsewhere: elsewhere, clocks: definition.formulaClocks(at: siteClock))
    for var draft in follows.deviations {
      draft.repeat = address.number
      let isAsked =
        definition.deviations.first { $0.id == draft.type }?.draftedBy
        .contains(where: codes.contains) ?? false
      guard let dataClass = DataClass(rawValue: draft.class), isAsked || ruled.contains(draft.type)
      else { continue }
      let text = try SaveConsequences.text(of: draft)
      if isAsked {
        _ = try session.draftBySystem(
          participant, form: form.id.text, visit: address.visit.text, in: dataClass, text)
      } else {
        _ = try session.draftOnce(
          participant, form: form.id, visit: address.visit, in: dataClass, text)
      }
    }
  }
}

extension Form {
  /// The check of the window on each field it can point to, as data queries name it.
  fileprivate var placesOfWindow: Set<String> {
    Set(([""] + fields.map(\.id.text)).map { "EC-GEN-04@\($0)" })
  }
}

extension StudyDefinition {
  /// Whether a form is answered or rated on the day of its visit by who hands it in, and not entered
  /// afterwards by staff.
  fileprivate func isGivenAtVisit(_ form: Form) -> Bool {
    let remote = (roles(with: .rate) + roles(with: .answerQuestionnaire)).map(\.id)
    return form.enteredBy.contains(where: remote.contains)
  }
}

extension EntryFault {
  /// What would refuse a save, as a question about what stands.
  fileprivate var asQuery: EntryFault { like(.query) }

  /// What is asked later, as it is told to the writer meanwhile.
  var asWarning: EntryFault { like(.warning) }

  private func like(_ kind: FaultKind) -> EntryFault {
    EntryFault(field: field, kind: kind, code: code, sentence: sentence, inputClass: inputClass)
  }

  /// The check on its field, as data queries name it.
  var place: String { "\(code)@\(field?.text ?? "")" }
}
