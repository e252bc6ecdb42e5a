public import Store
import StudyModel

/// What a derivation of a whole study did.
public struct DerivationReport: Sendable, Equatable {
  /// Participants whose values were worked out.
  public var participants = 0
  /// Values of a form at a visit that differed from those kept, which are kept now.
  public var differing = 0
  /// Participants somebody else was changing all the while: they are derived by the next derivation.
  public var held = 0
}

extension Installation {
  /// Works out anew what a saved entry bears on, after the save: the values of forms nobody enters, and the
  /// checks of other entries that read it.
  ///
  /// The save stands whatever becomes of this. What was not derived is an open data query on the saved
  /// form, is told to who runs the server, and is tried again by every round of the safety watch. What follows
  /// for treatment from an act of somebody blinded is tried again by its own queue, without a query.
  func derive(
    after form: FormID, at visit: VisitCode, number: Int = 1, of participant: ParticipantKey,
    in trial: Trial, _ definition: StudyDefinition
  ) async {
    let input = LaterInput.entry(form, visit)
    guard definition.isRead(form, at: visit) || definition.looksAgain(after: input) else { return }
    let address = EntryAddress(participant, form, visit, number: number)
    let dataClass = definition.form(form)?.dataClass ?? .open
    let kind: String
    do {
      let part = DerivedPart.following(from: dataClass)
      let kept = try await derive(
        participant, in: trial, .after(input, address),
        part: part == .everything ? .untreated : part)
      if kept != nil {
        if part == .everything {
          await deriveTreated(participant, after: input, address, in: trial)
        }
        return
      }
      kind = "held"
    } catch let error as StoreError {
      kind = error.kindForLog
    } catch {
      kind = "\(type(of: error))"
    }
    // No data query hangs on the vault, where no reviewer reads.
    guard DerivedForm.classes.contains(dataClass) else {
      return tells(
        "What follows from a recorded identity could not be worked out (\(kind)); the daily "
          + "derivation does.")
    }
    do {
      _ = try await asCommittee(trial) {
        try $0.oweDerivation(after: address, in: dataClass, text: Self.owedText)
      }
      tells("What follows from a saved form could not be worked out (\(kind)); it is tried again.")
    } catch {
      tells(
        "What follows from a saved form could not be worked out (\(kind)), and no data query says so; "
          + "the daily derivation finds it.")
    }
  }

  /// Works out what of treatment follows from an act of somebody blinded, whose answer does not wait for it.
  private func deriveTreated(
    _ participant: ParticipantKey, after input: LaterInput, _ address: EntryAddress, in trial: Trial
  ) async {
    @Sendable func isDerived(_ which: LookedAt, isLastTry: Bool) async -> Bool {
      if (try? await derive(participant, in: trial, which, part: .treated)) != nil { return true }
      // Nobody is asked about it in a data query: one on the form that was saved would tell who saved it.
      if isLastTry {
        tells(
          "What follows for treatment from a saved form could not be worked out; the daily derivation does."
        )
      }
      return false
    }
    // A simulated trial sets its clock, and nobody waits for its answers.
    guard let later, trial.mode != TrialMode.simulation.rawValue else {
      _ = await isDerived(.after(input, address), isLastTry: true)
      return
    }
    let request = RequestMark.current
    await later.add(LaterDerivations.Subject(trial: trial.id, participant: participant)) { isLast in
      await RequestMark.$current.withValue(request) {
        await isDerived(.everything, isLastTry: isLast)
      }
    }
  }

  /// Works out, after a randomization, what its number, instant and day bear on: the forms that show them,
  /// and the checks and rules that read them, since what was entered before may be prohibited from now on.
  ///
  /// On the login that draws allocations, which reads nothing of treatment and waits for no connection of
  /// others. The randomization stands whatever becomes of this; the daily derivation finds what was left.
  func derive(afterRandomizing key: ParticipantKey, in trial: Trial) async {
    do {
      guard let found = try await asSystem(trial, { try $0.participant(key, in: trial.id) }) else {
        return
      }
      let (facts, siteClock) = try await factsAndClock(of: found, in: trial)
      let now = clock.now
      let today = siteClock.date(at: now)
      let definitions = try await definitionsEverInForce(of: trial)
      let definition = try await definition(of: trial, at: found.site)
      let reading = try await reading(definition, in: trial)
      let vault = try await vaultVersions(of: key, in: trial, definition)
      try await asSystem(trial) { session in
        try Self.keepShownOfRandomization(
          of: found, facts, definition, read: reading, siteClock, in: session)
        let stored = try Self.entries(of: key, in: [.open, .outcome], trial, session)
        try EntriesLookedAtAgain(
          participant: key, trial: trial.id, definitions: definitions, now: now, today: today,
          siteClock: siteClock, facts: facts, stored: stored, vault: vault,
          randomizedAt: found.randomizedAt
        ).lookAgain(.after(.randomization, nil), in: session)
      }
    } catch {
      let kind = (error as? StoreError)?.kindForLog ?? "\(type(of: error))"
      tells(
        "What is entered of a participant was not looked at again after a randomization (\(kind)); "
          + "the daily derivation does.")
    }
  }

  /// Keeps the forms that show what the randomization gave and read no entry.
  private static func keepShownOfRandomization(
    of found: Participant, _ facts: [StudyFact: FormulaValue], _ definition: StudyDefinition,
    read reading: StudyDefinition, _ siteClock: SiteClock, in session: Session
  ) throws {
    let derived = definition.derivedForms(
      of: [], facts.merging([.state: .text(found.state)]) { $1 }, read: reading,
      clocks: definition.formulaClocks(at: siteClock))
    for shown in derived where shown.form.dataClass == .open && shown.form.isMadeByRandomization {
      _ = try session.keepDerived(
        found.key, shown.form.id, shown.visit,
        answers: try AnswerText.json(shown.answers(in: .open)), definition: definition.version,
        in: .open)
    }
  }

  /// The facts that are the same whoever asks, and the clock of the site.
  func factsAndClock(
    of found: Participant, in trial: Trial
  ) async throws -> ([StudyFact: FormulaValue], SiteClock) {
    let clock = try await wallClock(of: found.site, in: trial)
    var facts: [StudyFact: FormulaValue] = [
      .consentedOn: .date(clock.date(at: found.consentedAt))
    ]
    facts.merge(found.randomizationFacts) { $1 }
    return (facts, clock)
  }

  /// Every version an entry may be of, each with the same one reading what was entered under others.
  func definitionsEverInForce(
    of trial: Trial
  ) async throws -> [String: (own: StudyDefinition, reading: StudyDefinition)] {
    var found: [String: (own: StudyDefinition, reading: StudyDefinition)] = [:]
    for version in try await versionsEverInForce(of: trial) {
      found[version.version] = (version, try await reading(version, in: trial))
    }
    return found
  }

  static func entries(
    of participant: ParticipantKey, in classes: [DataClass], _ trial: Trial, _ session: Session
  ) throws -> [(dataClass: DataClass, values: StoredValues, entry: FormEntry)] {
    try classes.flatMap { dataClass in
      try session.values(of: participant, in: dataClass, trial: trial.id).map {
        (dataClass: dataClass, values: $0, entry: try FormEntry($0))
      }
    }
  }

  private static let owedText =
    "What follows from this form could not be worked out when it was saved. The form is saved; the "
    + "program tries again every minute and closes this query then. (SYS-DERIVE)"

  /// Works out again what could not be after a save, and closes the data queries that say so.
  ///
  /// - Returns: of how many participants something is still owed.
  @discardableResult
  func deriveOwed(in trial: Trial) async throws -> Int {
    var owed: [String: DataClass] = [:]
    for dataClass in DerivedForm.classes {
      for key in try await asCommittee(trial, { try $0.owedDerivations(in: dataClass) }) {
        owed[key] = min(owed[key] ?? dataClass, dataClass)
      }
    }
    var remaining = 0
    for (key, dataClass) in owed.sorted(by: { $0.key < $1.key }) {
      let part = DerivedPart.following(from: dataClass)
      guard let participant = try? ParticipantKey(parsing: key),
        (try? await derive(participant, in: trial, .everything, part: part)) != nil
      else {
        remaining += 1
        continue
      }
      _ = try await asCommittee(trial) { session in
        try part.classes.reduce(0) { $0 + (try session.settleDerivations(of: participant, in: $1)) }
      }
    }
    return remaining
  }

  /// Compares what is kept with what the entries give, in every trial whose data are not closed.
  ///
  /// - Returns: how often they differed; nil when a trial could not be compared.
  public func deriveEveryTrial() async -> Int? {
    guard let trials = try? await trials() else { return nil }
    var differing: Int? = 0
    for trial in trials
    where trial.mode != TrialMode.simulation.rawValue
      && StudyState(rawValue: trial.state).map({ !$0.isClosed }) ?? false
    {
      let report = try? await deriveAll(in: trial)
      differing = report.flatMap { found in differing.map { $0 + found.differing } }
    }
    return differing
  }

  /// Works out the forms nobody enters, of every participant, and keeps what differs.
  @discardableResult
  public func deriveAll(in trial: Trial) async throws -> DerivationReport {
    var report = DerivationReport()
    let participants = try await asCommittee(trial) { session in
      try session.allParticipants(in: trial.id)
    }
    for participant in participants {
      report.participants += 1
      guard let differing = try await derive(participant.key, in: trial, .everything) else {
        report.held += 1
        continue
      }
      report.differing += differing
    }
    return report
  }

  /// Works out the forms nobody enters, of every participant of a site, where another version has come into
  /// force there: all of them at one moment that no act on a participant chose.
  ///
  /// Who is held by somebody else meanwhile is left to the daily derivation.
  func deriveEveryone(at site: SiteKey, in trial: Trial) async throws {
    let participants = try await asCommittee(trial) { try $0.allParticipants(in: trial.id) }
    for participant in participants where participant.site == site {
      _ = try await derive(participant.key, in: trial, .everything)
    }
  }

  /// The same for one participant; gives how many forms at a visit had other values, nil where it could
  /// not be looked at.
  ///
  /// - Parameter part: where values are kept and entries looked at; the others stay as they are, with their
  ///   versions and instants.
  ///
  /// Whoever changes the participant at the moment is not waited for beyond half a second: a lock of
  /// the data waits for writers in its own place, and the next derivation finds what they left. What is kept
  /// of treatment and what is kept of the rest hold a participant each for itself: how long the former takes
  /// may follow the arm, and no save of somebody blinded is to meet it (NI-1).
  func derive(
    _ participant: ParticipantKey, in trial: Trial, _ which: LookedAt,
    part: DerivedPart = .everything
  ) async throws -> Int? {
    for _ in 0..<5 {
      if let differing = try await deriveUnlessHeld(participant, in: trial, which, part) {
        return differing
      }
      try await Task.sleep(for: .milliseconds(100))
    }
    return nil
  }

  /// Nil where somebody else holds the participant.
  private func deriveUnlessHeld(
    _ participant: ParticipantKey, in trial: Trial, _ which: LookedAt, _ part: DerivedPart
  ) async throws -> Int? {
    guard
      let found = try await asCommittee(trial, { try $0.participant(participant, in: trial.id) })
    else { return 0 }
    let definition = try await definition(of: trial, at: found.site)
    let reading = try await reading(definition, in: trial)
    let versions = try await definitionsEverInForce(of: trial)
    let vault = try await vaultVersions(of: participant, in: trial, definition)
    let (stable, siteClock) = try await factsAndClock(of: found, in: trial)
    let now = clock.now
    let today = siteClock.date(at: now)
    let facts = stable.merging([.state: .text(found.state)]) { $1 }
    return try await asCommittee(trial) { session in
      // Held first, so that what is read is not older than what another derivation read.
      guard try part.classes == [.treatment] || session.hold(participant, in: trial.id),
        try part == .untreated || session.holdTreatment(of: participant, in: trial.id)
      else { return nil }
      let stored = try Self.entries(of: participant, in: part.read, trial, session)
      let entries = stored.map(\.entry)
      var differing = 0
      for derived in definition.derivedForms(
        of: entries, facts, read: reading, clocks: definition.formulaClocks(at: siteClock)
      ) {
        for dataClass in DerivedForm.classes
        where part.keeps(
          dataClass, isTreated: definition.readsTreatment(derived.form, in: dataClass))
        {
          differing +=
            try session.keepDerived(
              participant, derived.form.id, derived.visit,
              answers: try AnswerText.json(derived.answers(in: dataClass)),
              definition: definition.version, in: dataClass) ? 1 : 0
        }
      }
      try EntriesLookedAtAgain(
        participant: participant, trial: trial.id, definitions: versions, now: now, today: today,
        siteClock: siteClock, facts: stable, stored: stored, vault: vault,
        randomizedAt: found.randomizedAt
      ).lookAgain(which, reaching: part.classes, in: session)
      return differing
    }
  }

  /// Runs the body as the program itself, on the login that reads every class of entries.
  func asCommittee<R: Sendable>(
    _ trial: Trial, _ body: @escaping @Sendable (Session) throws -> R
  ) async throws -> R {
    let context = RequestContext(
      trial: trial.id, actor: nil, role: "", sites: .all,
      now: trial.mode == TrialMode.simulation.rawValue ? clock.now : nil)
    return try await refusing { try await store.session(.committee, context, body) }
  }
}

extension Participant {
  /// What the randomization gave; empty before it.
  var randomizationFacts: [StudyFact: FormulaValue] {
    var facts: [StudyFact: FormulaValue] = [:]
    facts[.day0] = day0.map { .date($0) }
    facts[.randomizedAt] = randomizedAt.map { .instant($0) }
    facts[.randomizationNumber] = randomizationNumber.map { .text("R-\($0)") }
    return facts
  }
}

extension StudyState {
  /// Whether nothing is written any more.
  var isClosed: Bool {
    switch self {
    case .draft, .testing, .approved, .enrolling, .paused, .enrolmentClosed, .followupComplete:
      false
    case .softLocked, .hardLocked, .unblinded, .archived: true
    }
  }
}
