import Foundation
import Reports
public import Store
import StudyLanguage
import StudyModel

extension Installation {
  /// Lists every participant, value, data query, derived field, deviation, alert and step of a lifecycle an
  /// amendment would touch, in the classes the actor reads, and puts on record that it was read.
  public func dryRunAmendment(_ version: String, as actor: Actor) async throws -> AmendmentDryRun {
    try actor.need(.reviewAmendment)
    _ = try await amendment(version, as: actor)
    let new = try await definition(of: actor.trial, version: version)
    let classes = actor.entryClasses
    let run = try await dryRun(new, in: actor.trial, classes) { body in
      try await session(actor, body)
    }
    // Whoever reads no open data has nothing to find there either; the other reader answers for it.
    try await session(actor, on: .custodian) { session in
      try session.recordDryRun(version, classes: classes.map(\.rawValue))
    }
    return run
  }

  /// The same for a file on the console of the installation, over every class.
  public func dryRun(_ source: String, in trial: Trial) async throws -> AmendmentDryRun {
    let new = try Self.read(source)
    let context = RequestContext(trial: trial.id, actor: nil, role: "", sites: .all)
    return try await dryRun(new, in: trial, [.open, .outcome, .treatment]) { body in
      try await refusing { try await store.session(.committee, context, body) }
    }
  }

  private typealias Reading = (
    entries: [(dataClass: DataClass, entry: VersionedEntry)], queries: [OpenQueryPlace],
    participants: [Participant], snapshot: TrialSnapshot, excluded: Set<String>?
  )

  private func dryRun(
    _ new: StudyDefinition, in trial: Trial, _ classes: [DataClass],
    _ read: (@escaping @Sendable (Session) throws -> Reading) async throws -> Reading
  ) async throws -> AmendmentDryRun {
    let versions = try await versionsEverInForce(of: trial)
    let plan = try await planAmended(in: trial)
    let found = try await read { session in
      (
        try classes.flatMap { one in
          try session.versionedEntries(in: one, trial: trial.id).map { (one, $0) }
        }, try classes.flatMap { try session.openQueryPlaces(in: $0, trial: trial.id) },
        try session.allParticipants(in: trial.id),
        try TrialSnapshot(
          contents: [
            plan.populations == new.populations
              ? [] : try session.participantLines(in: trial.id)
          ].map { $0.joined(separator: "\n") }
            + (plan.populations == new.populations ? [] : classes).map {
              try session.entryLines(of: $0, in: trial.id).joined(separator: "\n")
            }),
        classes.contains(.treatment)
          ? Set(
            try classes.flatMap { try session.confirmedDeviations(of: $0, in: trial.id) }
              .filter { $0.excludes == true }.map(\.participant)) : nil
      )
    }
    let populations = PopulationTrial(
      old: plan.joined(with: versions + [new]), new: new.joined(with: versions),
      snapshot: found.snapshot, classes: classes, excluded: found.excluded)
    let whole = PlanTrial(
      old: plan, new: new, randomized: found.participants.count { $0.randomizedAt != nil },
      taken: try await takenLooks(of: trial))
    let inForce = try await inForceToday(in: trial)
    let visits = VisitTrial(
      inForce: inForce, new: new, participants: found.participants, classes: classes)
    let findings = try AmendmentTrial(
      versions: Dictionary(versions.map { ($0.version, $0) }) { first, _ in first }, new: new,
      entries: found.entries, queries: found.queries, participants: found.participants,
      classes: classes, now: clock.now
    ).findings()
    return AmendmentDryRun(
      version: new.version, classes: classes, entries: found.entries.count,
      visits: visits.moved(), populations: populations.moved(), whole: whole.sentences(),
      findings: findings
        + (try await absences(new, inForce, in: trial, classes))
        + (try await steps(new, inForce, versions, found, in: trial, classes))
        + visits.findings() + populations.findings())
  }

  /// Of whom a form would count as missing otherwise, read as the program itself reads it and told to
  /// who reads the class of what would follow.
  private func absences(
    _ new: StudyDefinition, _ inForce: [SiteKey: StudyDefinition], in trial: Trial,
    _ classes: [DataClass]
  ) async throws -> [AmendmentFinding] {
    let all = inForce.values + [new]
    let forms = Set(all.flatMap(AbsenceTrial.forms).map(\.id))
    let followed = try await asCommittee(trial) { session in
      try forms.reduce(into: [FormID: [FollowedParticipant]]()) { found, form in
        guard let dataClass = all.compactMap({ $0.form(form) }).first?.dataClass else { return }
        found[form] = try session.followed(form, in: dataClass, trial: trial.id)
      }
    }
    return try AbsenceTrial(
      inForce: inForce, new: new, followed: followed,
      schedules: try await VersionsOfSites(self, trial), classes: classes, now: clock.now
    ).findings()
  }

  /// Whose steps of lifecycles would be open otherwise.
  private func steps(
    _ new: StudyDefinition, _ inForce: [SiteKey: StudyDefinition], _ versions: [StudyDefinition],
    _ found: Reading, in trial: Trial, _ classes: [DataClass]
  ) async throws -> [AmendmentFinding] {
    let plans = (inForce.values + [new]).flatMap(\.lifecycles)
    let forms = Set(plans.flatMap(\.transitions).flatMap(\.signedForms)).sorted()
    return try StepTrial(
      inForce: inForce, versions: Dictionary(versions.map { ($0.version, $0) }) { one, _ in one },
      new: new, participants: found.participants,
      entries: try AmendmentEntries.byParticipant(found.entries.map(\.entry)),
      signed: try await asSystem(trial) { try $0.signedForms(forms, in: trial.id) },
      classes: classes, now: clock.now
    ).findings()
  }

  /// The plan an amendment would change: that of the version approved last, which the next one is written
  /// over, or before there is one that of the first.
  private func planAmended(in trial: Trial) async throws -> StudyDefinition {
    let approved = try await onBehalfOfTheSystem(trial) {
      try $0.studyVersions(of: trial.id).filter { $0.state == "approved" }
        .max { $0.ordinal < $1.ordinal }?.version
    }
    return try await definition(of: trial, version: approved ?? trial.version)
  }

  /// The version in force at each site today, as the site's calendar has it.
  private func inForceToday(in trial: Trial) async throws -> [SiteKey: StudyDefinition] {
    var found: [SiteKey: StudyDefinition] = [:]
    for site in try await definition(of: trial).sites {
      found[site.key] = try await definition(of: trial, at: site.key)
    }
    return found
  }
}
