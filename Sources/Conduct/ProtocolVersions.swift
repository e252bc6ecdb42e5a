import Foundation
public import Store
import StudyLanguage
public import StudyModel

/// What is in force where, already read: the count of a trial's amendments tells whether it is old.
actor VersionShelf {
  private var known: [TrialID: (amendments: Int, rows: [StoredSiteVersion])] = [:]
  private var approved: [TrialID: (amendments: Int, versions: [String])] = [:]

  private var readings:
    [TrialID: [(amendments: Int, own: StudyDefinition, joined: StudyDefinition)]] = [:]

  func findApproved(_ trial: Trial) -> [String]? {
    guard let found = approved[trial.id], found.amendments == trial.amendments else { return nil }
    return found.versions
  }

  func keepApproved(_ versions: [String], of trial: Trial) {
    approved[trial.id] = (trial.amendments, versions)
  }

  /// A definition that reads entries of every version; one with visits of a participant's own is not kept.
  func findReading(_ definition: StudyDefinition, of trial: Trial) -> StudyDefinition? {
    let found = readings[trial.id]?.first { $0.own == definition }
    return found.flatMap { $0.amendments == trial.amendments ? $0.joined : nil }
  }

  func keepReading(_ joined: StudyDefinition, by own: StudyDefinition, of trial: Trial) {
    var kept = (readings[trial.id] ?? []).filter { $0.amendments == trial.amendments }
    kept.append((trial.amendments, own, joined))
    readings[trial.id] = kept.suffix(4)
  }

  func find(_ trial: Trial) -> [StoredSiteVersion]? {
    guard let found = known[trial.id], found.amendments == trial.amendments else { return nil }
    return found.rows
  }

  func keep(_ rows: [StoredSiteVersion], of trial: Trial) {
    known[trial.id] = (trial.amendments, rows)
  }
}

extension [StoredSiteVersion] {
  /// The version in force at a site on a day; nil for the first one.
  ///
  /// - Parameter instant: as it was known at an instant: what was recorded later that day, or for days
  ///   past, schedules nothing again. Nil for what is known now.
  func inForce(
    at site: SiteKey, on day: CalendarDate, recordedBy instant: UTCInstant? = nil
  ) -> String? {
    last { row in
      row.site == site && row.from <= day && instant.map { row.recordedAt <= $0 } ?? true
    }?.version
  }
}

extension Actor {
  /// The same person in the same role under another version of the definition.
  public func under(_ definition: StudyDefinition) -> Actor {
    guard definition != self.definition else { return self }
    return Actor(
      user: user, username: username, fullName: fullName,
      role: definition.role(role.id) ?? role, sites: sites, trial: trial, definition: definition,
      authenticatedAt: authenticatedAt, secondFactorAt: secondFactorAt, session: session)
  }
}

extension Installation {
  // MARK: What is in force

  /// From which day which version is in force at which site; none before the first amendment.
  func siteVersions(of trial: Trial) async throws -> [StoredSiteVersion] {
    guard trial.amendments > 0 else { return [] }
    if let known = await versions.find(trial) { return known }
    let rows = try await onBehalfOfTheSystem(trial) { try $0.siteVersions(of: trial.id) }
    await versions.keep(rows, of: trial)
    return rows
  }

  /// The version in force at a site on a day.
  func version(at site: SiteKey, on day: CalendarDate, in trial: Trial) async throws -> String {
    try await siteVersions(of: trial).inForce(at: site, on: day) ?? trial.version
  }

  /// A version of a trial's definition.
  public func definition(of trial: Trial, version: String) async throws -> StudyDefinition {
    if let known = await definitions.find(trial.id, version) { return known }
    let source = try await onBehalfOfTheSystem(trial) {
      try $0.definition(trial.id, version: version)
    }
    guard let source else { throw ActRefusal.notFound }
    return try await definitions.read(source, for: trial.id, version)
  }

  /// What is the same for the whole trial: the first version, with every site that an approved amendment
  /// added, and with what is one for the whole trial of the last version found in force at every site.
  public func definition(of trial: Trial) async throws -> StudyDefinition {
    let first = try await definition(of: trial, version: trial.version)
    guard trial.amendments > 0 else { return first }
    var later: [StudyDefinition] = []
    for version in try await approvedVersions(of: trial) {
      later.append(try await definition(of: trial, version: version))
    }
    let whole = first.adding(sitesOf: later)
    guard let held = try await versionHeldForTheWhole(in: trial, among: later) else { return whole }
    return whole.taking(partsOfTheWholeFrom: held)
  }

  /// The approved amendments of a trial, in order.
  private func approvedVersions(of trial: Trial) async throws -> [String] {
    if let known = await versions.findApproved(trial) { return known }
    let approved = try await onBehalfOfTheSystem(trial) {
      try $0.studyVersions(of: trial.id).filter { $0.state == "approved" }
        .sorted { $0.ordinal < $1.ordinal }.map(\.version)
    }
    await versions.keepApproved(approved, of: trial)
    return approved
  }

  /// The definition in force at a site on a day; today when none is named.
  public func definition(
    of trial: Trial, at site: SiteKey, on day: CalendarDate? = nil
  ) async throws -> StudyDefinition {
    guard trial.amendments > 0 else { return try await definition(of: trial) }
    let wall = try await wallClock(of: site, in: trial)
    let day = day ?? wall.date(at: clock.now)
    return try await definition(
      of: trial, version: try await version(at: site, on: day, in: trial))
  }

  /// Every version that was ever in force somewhere, the first one first.
  func versionsEverInForce(of trial: Trial) async throws -> [StudyDefinition] {
    var found = [try await definition(of: trial, version: trial.version)]
    for row in try await siteVersions(of: trial).sorted(by: { $0.ordinal < $1.ordinal })
    where !found.contains(where: { $0.version == row.version }) {
      found.append(try await definition(of: trial, version: row.version))
    }
    return found
  }

  /// The latest version with everything that only earlier ones have: for exports of all entries.
  func everyVersion(of trial: Trial) async throws -> StudyDefinition {
    let all = try await versionsEverInForce(of: trial)
    return all[all.count - 1].joined(with: all.dropLast())
  }

  /// What is reported and analysed: what holds for the whole trial, with every form, field and code an
  /// entry may have under any version.
  func reportedDefinition(of trial: Trial) async throws -> StudyDefinition {
    let whole = try await definition(of: trial)
    guard trial.amendments > 0 else { return whole }
    return whole.joined(with: try await versionsEverInForce(of: trial))
  }

  /// A definition that reads what was entered under any version: rules stay its own.
  func reading(
    _ definition: StudyDefinition, in trial: Trial
  ) async throws -> StudyDefinition {
    guard trial.amendments > 0 else { return definition }
    if let known = await versions.findReading(definition, of: trial) { return known }
    let joined = definition.joined(with: try await versionsEverInForce(of: trial))
    await versions.keepReading(joined, by: definition, of: trial)
    return joined
  }

  /// The actor who knows the forms of every version: for lists over all entries.
  func knowingEveryVersion(_ actor: Actor) async throws -> Actor {
    guard actor.trial.amendments > 0 else { return actor }
    return actor.under(try await everyVersion(of: actor.trial))
  }

  func onBehalfOfTheSystem<R: Sendable>(
    _ trial: Trial, _ body: @escaping @Sendable (Session) throws -> R
  ) async throws -> R {
    let context = RequestContext(
      trial: trial.id, actor: nil, role: "", sites: .all,
      now: trial.mode == TrialMode.simulation.rawValue ? clock.now : nil)
    return try await refusing { try await store.session(.custodian, context, body) }
  }

  // MARK: What holds for one participant

  /// The actor under what is in force at a participant's site today, visits as they were scheduled.
  func acting(_ actor: Actor, for participant: ParticipantKey) async throws -> Actor {
    guard actor.trial.amendments > 0 else { return actor }
    return try await acting(actor, for: try await self.participant(participant, as: actor))
  }

  /// The same for a participant that was read.
  func acting(
    _ actor: Actor, for participant: Participant, on day: CalendarDate? = nil
  ) async throws -> Actor {
    guard actor.trial.amendments > 0 else { return actor }
    let inForce = try await definition(of: actor.trial, at: participant.site, on: day)
    return actor.under(try await scheduled(inForce, participant, actor.trial))
  }

  /// The definition with the visits of a participant as they were when randomization scheduled them.
  private func scheduled(
    _ definition: StudyDefinition, _ participant: Participant, _ trial: Trial
  ) async throws -> StudyDefinition {
    guard let day0 = participant.day0, let site = participant.randomizedSite,
      let instant = participant.randomizedAt
    else { return definition }
    let then =
      try await siteVersions(of: trial).inForce(at: site, on: day0, recordedBy: instant)
      ?? trial.version
    return definition.keepingSchedule(of: try await self.definition(of: trial, version: then))
  }

  /// The definition under which somebody who is not told whom it is about hands in a form: that of the entry
  /// there is, or what is in force at the participant's site today, visits as randomization scheduled them.
  ///
  /// Read as the program itself. The trial's own where nobody is known by the token or link.
  func definition(
    for form: FormID, at place: CollectionPlace?, in trial: Trial
  ) async throws -> StudyDefinition {
    guard trial.amendments > 0, let place,
      let participant = try await asSystem(
        trial, { try $0.participant(place.participant, in: trial.id) })
    else { return try await definition(of: trial) }
    let address = EntryAddress(participant.key, form, place.visit)
    let entered = try await asSystem(trial) {
      try $0.definition(of: address, in: .outcome, trial: trial.id)
    }
    let held =
      if let entered {
        try await definition(of: trial, version: entered)
      } else {
        try await definition(of: trial, at: participant.site)
      }
    return try await scheduled(held, participant, trial)
  }

  /// The actor under the version that holds for an entry: the one it was entered under, or for one
  /// that is not there yet the one in force at the site on a day.
  func acting(
    _ actor: Actor, on address: EntryAddress, day: CalendarDate? = nil
  ) async throws -> Actor {
    guard actor.trial.amendments > 0 else { return actor }
    let version = try await versionOfEntry(address, actor)
    guard case .participant(let key) = address.subject else {
      return try await acting(actor, aboutSiteOf: address, version, on: day)
    }
    let participant = try await self.participant(key, as: actor)
    guard let version else { return try await acting(actor, for: participant, on: day) }
    let entered = try await definition(of: actor.trial, version: version)
    return actor.under(try await scheduled(entered, participant, actor.trial))
  }

  /// The same for an entry about a site, which no visit schedules.
  private func acting(
    _ actor: Actor, aboutSiteOf address: EntryAddress, _ version: String?, on day: CalendarDate?
  ) async throws -> Actor {
    if let version { return actor.under(try await definition(of: actor.trial, version: version)) }
    guard case .site(let site) = address.subject else { return actor }
    return actor.under(try await definition(of: actor.trial, at: site, on: day))
  }

  /// The actor under the version a submission is saved under.
  ///
  /// A new entry belongs to the version in force on its own date. Where the form of that day is another
  /// one than the form that was filled in, nothing is guessed: it has to be filled in as it was that day.
  func acting(
    _ actor: Actor, on address: EntryAddress, saving submission: EntrySubmission
  ) async throws -> Actor {
    guard actor.trial.amendments > 0 else { return actor }
    let shown = try await acting(actor, on: address, day: submission.formOf)
    let dated = submission.answers.first { $0.key.text == FormHeader.dateField }?.value.text
      .flatMap { try? CalendarDate(parsing: $0) }
    guard submission.expectedVersion == 0, let dated, dated != submission.formOf else {
      return shown
    }
    let meant = try await acting(actor, on: address, day: dated)
    if meant.definition.form(address.form) == shown.definition.form(address.form) { return meant }
    throw ActRefusal.invalid([
      Fault(
        field: FormHeader.dateField, code: "other_version",
        sentence:
          "On \(dated) version \(meant.definition.version) of the protocol was in force here, with "
          + "another form. Open the form as it was on that day. Nothing was saved.")
    ])
  }

  /// The version an entry was entered under, nil where the actor knows of none.
  private func versionOfEntry(_ address: EntryAddress, _ actor: Actor) async throws -> String? {
    let form = try await versionsEverInForce(of: actor.trial).lazy
      .compactMap { $0.form(address.form) }.first
    guard let form, actor.knows(form) else { return nil }
    let isRead = actor.entryClasses.contains(form.dataClass)
    guard isRead || form.dataClass == .outcome else { return nil }
    let trial = actor.trial.id
    return try await session(actor) { session in
      isRead
        ? try session.definition(of: address, in: form.dataClass, trial: trial)
        : try session.ownDefinition(of: address)
    }
  }

  /// What a reader of a participant's casebook needs: what is in force, with the forms and visits
  /// of entries that were made under other versions.
  func casebookDefinition(
    _ entries: [EntryState], _ participant: Participant, _ actor: Actor
  ) async throws -> StudyDefinition {
    guard actor.trial.amendments > 0 else { return actor.definition }
    var definition = try await acting(actor, for: participant).definition
    let all = try await versionsEverInForce(of: actor.trial)
    for entry in entries {
      let isThere =
        definition.form(entry.form).map { definition.schedules($0, at: entry.visit) } ?? false
      guard !isThere,
        let source = all.last(where: { version in
          version.form(entry.form).map { version.schedules($0, at: entry.visit) } ?? false
        })
      else { continue }
      definition = definition.showing(entry.form, at: entry.visit, from: source)
    }
    return definition
  }
}
