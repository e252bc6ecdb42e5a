import Store
import StudyModel

/// Which entry of which participant or site is checked.
struct CheckPlace: Sendable {
  /// The participant; nil where the entry is about a site.
  let participant: Participant?
  /// The site the entry is about, or where the participant is.
  let site: SiteKey
  let form: Form
  let visit: VisitCode
  /// The number among repeats, 0 for one that has none yet.
  let number: Int
  /// Seconds since its writer first saw the questions, where that is known.
  var secondsOpen: Int?
  /// Entries that are saved in the same act, the one that is checked among them.
  var beside: [FormEntry] = []

  init(
    participant: Participant, form: Form, visit: VisitCode, number: Int, secondsOpen: Int? = nil,
    beside: [FormEntry] = []
  ) {
    self.participant = participant
    site = participant.site
    self.form = form
    self.visit = visit
    self.number = number
    self.secondsOpen = secondsOpen
    self.beside = beside
  }

  /// The place of an entry about a site.
  init(site: SiteKey, form: Form, number: Int, beside: [FormEntry] = []) {
    participant = nil
    self.site = site
    self.form = form
    visit = .site
    self.number = number
    self.beside = beside
  }

  /// Among repeats a new one comes after all others.
  var occurrence: Int { number == 0 ? Int.max : number }
}

/// What the checks of one entry read beside its own answers.
struct EntrySurroundings: Sendable {
  /// Values of other entries and facts.
  var elsewhere: [FieldReference: FormulaValue] = [:]
  /// The latest date of an earlier visit.
  var visitBefore: CalendarDate?
  /// The earliest date of a later visit.
  var visitAfter: CalendarDate?
  /// The planned repeats of the form at the visit for which another entry was handed in.
  var takenRepeats: Set<String> = []
  /// The day at the site on which the entry was first handed in, nil while it was not.
  var firstGivenOn: CalendarDate?
}

extension FormEntry {
  init(_ stored: StoredValues) throws {
    self.init(
      form: try FormID(parsing: stored.form), visit: try? VisitCode(parsing: stored.visit),
      occurrence: stored.number, version: stored.version,
      status: EntryStatus(rawValue: stored.status) ?? .inProgress,
      answers: try AnswerText.answers(stored.answers), handedInOn: stored.handedInOn)
  }
}

extension Installation {
  /// Reads what the checks of an entry need, on logins that hold no more than they may use.
  ///
  /// A form up to class outcome is checked on the login that draws allocations, which reads nothing of
  /// treatment: what its writer may not know cannot make a message. Values of class outcome are
  /// compared here and never shown. A form of treatment is checked with the writer's own login beside it.
  func surroundings(
    of place: CheckPlace, _ answers: [FieldID: FieldAnswer], trial: Trial,
    _ definition: StudyDefinition, writer: Actor?
  ) async throws -> EntrySurroundings {
    guard let participant = place.participant else {
      return try await surroundings(ofSite: place, answers, trial: trial, definition, writer)
    }
    var stored = try await asSystem(trial) { session in
      try session.values(of: participant.key, in: .open, trial: trial.id)
        + session.values(of: participant.key, in: .outcome, trial: trial.id)
    }
    let readsTreatment = writer?.readsTreatment(beside: place.form) ?? false
    if let writer, readsTreatment {
      stored += try await session(writer) {
        try $0.values(of: participant.key, in: .treatment, trial: trial.id)
      }
    }
    let beside = place.beside.filter { entry in
      readsTreatment || definition.form(entry.form).map { $0.dataClass <= .outcome } ?? false
    }
    // What is saved in the same act stands in the place of what is stored.
    let entries =
      try stored.map(FormEntry.init).filter { entry in
        !beside.contains {
          $0.form == entry.form && $0.visit == entry.visit && $0.occurrence == entry.occurrence
        }
      } + beside
    let dates = definition.datesAround(
      place.visit, among: entries, upTo: place.form.dataClass)
    var found = EntrySurroundings(visitBefore: dates.before, visitAfter: dates.after)
    found.firstGivenOn =
      entries.first {
        $0.form == place.form.id && $0.visit == place.visit && $0.occurrence == place.number
      }?.handedInOn
    // Who hands in by token or link gets the repeats in their order.
    if let planned = place.form.planned, writer != nil {
      found.takenRepeats = Set(
        entries.filter {
          $0.form == place.form.id && $0.visit == place.visit && $0.occurrence != place.number
            && $0.status.isSubmitted
        }.compactMap { $0.answers[planned.field]?.text })
    }
    let references = definition.readElsewhere(by: place.form)
    guard !references.isEmpty else { return found }
    let facts = try await self.facts(
      references.facts, for: place, answers, trial, definition, writer)
    let readsVault = references.contains { $0.form == definition.identityForm?.id }
    let vault =
      readsVault ? try await vaultEntries(of: participant.key, in: trial, definition) : []
    found.elsewhere = try await reading(definition, in: trial).outsideValues(
      for: place.form, at: place.visit, occurrence: place.occurrence, among: entries + vault,
      by: definition.formulaClocks(at: place.site).site, facts: facts, further: references)
    found.elsewhere.merge(
      definition.flagValues(
        references, found.elsewhere, clocks: definition.formulaClocks(at: participant.site))
    ) { _, flag in flag }
    return found
  }

  /// The same for an entry about a site: other entries of the same form there, and facts of the day.
  private func surroundings(
    ofSite place: CheckPlace, _ answers: [FieldID: FieldAnswer], trial: Trial,
    _ definition: StudyDefinition, _ writer: Actor?
  ) async throws -> EntrySurroundings {
    let references = definition.readElsewhere(by: place.form)
    guard !references.isEmpty, let writer else { return EntrySurroundings() }
    let stored = try await session(writer) {
      try $0.values(of: place.site, in: place.form.dataClass, trial: trial.id)
    }
    let facts = try await self.facts(
      references.facts, for: place, answers, trial, definition, writer)
    let entries =
      try stored.map(FormEntry.init).filter { entry in
        !place.beside.contains { $0.form == entry.form && $0.occurrence == entry.occurrence }
      } + place.beside
    return EntrySurroundings(
      elsewhere: try await reading(definition, in: trial).outsideValues(
        for: place.form, at: place.visit, occurrence: place.occurrence, among: entries,
        by: definition.formulaClocks(at: place.site).site, facts: facts, further: references))
  }

  /// Runs the body as the program itself, on the login that reads classes open and outcome.
  func asSystem<R: Sendable>(
    _ trial: Trial, actor: UserID? = nil, _ body: @escaping @Sendable (Session) throws -> R
  ) async throws -> R {
    let context = RequestContext(
      trial: trial.id, actor: actor, role: "", sites: .all,
      now: trial.mode == TrialMode.simulation.rawValue ? clock.now : nil)
    return try await refusing { try await store.session(.allocator, context, body) }
  }
}

extension Actor {
  /// Whether checks of a form may read treatment data: the form is as guarded, and its writer reads them.
  ///
  /// What is found on a less guarded form is read by blinded people, whoever filled it.
  fileprivate func readsTreatment(beside form: Form) -> Bool {
    form.dataClass >= .treatment && role.classes.contains(.treatment)
  }
}

extension Set<FieldReference> {
  /// The facts among what formulas read.
  var facts: Set<StudyFact> {
    Set<StudyFact>(
      compactMap { reference in
        reference.form?.text == StudyFact.formName
          ? StudyFact(rawValue: reference.field.text) : nil
      })
  }
}
