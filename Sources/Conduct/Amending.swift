import Foundation
public import Store
import StudyLanguage
public import StudyModel

/// What is written to draft an amendment.
public struct AmendmentDraft: Sendable {
  /// The whole definition of the new version, YAML.
  public var source: String
  /// What it changes and why.
  public var summary: String
  /// Whether participants are asked for their consent again.
  public var asksReconsent: Bool

  /// Makes a draft.
  public init(source: String, summary: String, asksReconsent: Bool) {
    self.source = source
    self.summary = summary
    self.asksReconsent = asksReconsent
  }
}

/// That a version comes into force at a site.
public struct ComingIntoForce: Sendable {
  /// The version.
  public var version: String
  /// The site.
  public var site: SiteKey
  /// The first day at the site.
  public var from: CalendarDate
  /// The day on which the site's ethics committee approved it.
  public var ethicsApprovedOn: CalendarDate
  /// The committee's document.
  public var ethicsReference: String

  /// Makes the value from its parts.
  public init(
    version: String, site: SiteKey, from: CalendarDate, ethicsApprovedOn: CalendarDate,
    ethicsReference: String
  ) {
    self.version = version
    self.site = site
    self.from = from
    self.ethicsApprovedOn = ethicsApprovedOn
    self.ethicsReference = ethicsReference
  }
}

/// The amendments of a trial: each version with what it changes, and where it is in force.
public struct AmendmentOverview: Sendable {
  /// The first version.
  public let first: String
  /// The amendments in their order.
  public let versions: [StoredStudyVersion]
  /// From which day which version is in force at which site.
  public let sites: [StoredSiteVersion]
  /// Who read what they mean for the data.
  public let dryRuns: [StoredDryRun]
}

/// What an amendment changes in the definition, whatever the data.
public struct AmendmentChanges: Sendable {
  /// What differs from the version it amends.
  public let changes: [DefinitionChange]
  /// What that means for data, in general.
  public let impacts: [CapturedDataImpact]
  /// The classes of the forms, visits and populations it touches.
  public let classes: [DataClass]
  /// What of it is one for the whole trial, and holds from one moment.
  public let whole: [WholePart]
}

extension Installation {
  // MARK: Reading

  private static let readers: [Capability] = [.loadStudy, .reviewAmendment, .activateSite]

  private func needAmendmentReader(_ actor: Actor) throws(ActRefusal) {
    guard Self.readers.contains(where: actor.role.can) else { throw .notFound }
  }

  /// The amendments with where they are in force.
  public func amendments(as actor: Actor) async throws -> AmendmentOverview {
    try needAmendmentReader(actor)
    let trial = actor.trial
    return try await session(actor, on: .custodian) { session in
      AmendmentOverview(
        first: trial.version, versions: try session.studyVersions(of: trial.id),
        sites: try session.siteVersions(of: trial.id), dryRuns: try session.dryRuns(of: trial.id))
    }
  }

  /// What a version changes in the one it amends.
  public func amendmentChanges(_ version: String, as actor: Actor) async throws -> AmendmentChanges
  {
    let found = try await amendment(version, as: actor)
    let old = try await definition(of: actor.trial, version: found.basedOn)
    let new = try await definition(of: actor.trial, version: version)
    return AmendmentChanges(
      changes: StudyDifference.changes(from: old, to: new),
      impacts: StudyDifference.impacts(from: old, to: new), classes: Self.classes(old, new),
      whole: old.wholeParts(changedIn: new))
  }

  func amendment(_ version: String, as actor: Actor) async throws -> StoredStudyVersion {
    guard
      let found = try await amendments(as: actor).versions.first(where: { $0.version == version })
    else { throw ActRefusal.notFound }
    return found
  }

  /// The classes of the data a change of forms and visits may touch.
  static func classes(_ old: StudyDefinition, _ new: StudyDefinition) -> [DataClass] {
    // Who reads what is changed is touched as well, on forms that stay as they are.
    let amended = AmendedFields(from: old, to: new)
    let forms = old.forms.filter {
      new.form($0.id) != $0 || amended.isReadElsewhere(by: $0)
        || !amended.consequences(of: $0, later: new.form($0.id)).isEmpty
    }.map(\.dataClass)
    let absent = AbsenceTrial.classes(old, new)
    let lifecycles = StepTrial.classes(old, new, amended)
    let ownChecks = amended.ownCodesChanged.isEmpty ? [] : [DataClass.open]
    let gone = old.visits.filter { new.visit($0.code) == nil }.map(\.code)
    let visited = old.forms.filter { $0.visits.contains(where: gone.contains) }.map(\.dataClass)
    let moved = (old.visits + new.visits).filter { old.visit($0.code) != new.visit($0.code) }
      .map(\.dataClass)
    let populations = (old.populations + new.populations).filter {
      !old.populations.contains($0) || !new.populations.contains($0)
    }.map(\.dataClass)
    let touched = Set(forms + visited + moved + populations).union(absent).union(lifecycles)
      .union(ownChecks)
    return [.open, .outcome, .treatment].filter(touched.contains)
  }

  // MARK: Drafting

  /// Loads a version as the draft of an amendment of the version approved last.
  ///
  /// - Throws: `invalid` with every fault of the definition and everything no amendment may change.
  public func draftAmendment(_ draft: AmendmentDraft, as actor: Actor) async throws -> String {
    try actor.need(.loadStudy)
    let new = try Self.read(draft.source)
    let base = try await amendments(as: actor).versions.last { $0.state == "approved" }?.version
    let old = try await definition(of: actor.trial, version: base ?? actor.trial.version)
    let taken = try await takenLooks(of: actor.trial)
    var faults = AmendmentRules.obstacles(from: old, to: new, taken: taken).map {
      Fault(
        field: "source", code: "not_an_amendment",
        sentence: "\($0.part): \($0.sentence) Nothing was loaded.")
    }
    if (3...2000).contains(draft.summary.count) == false {
      faults.append(
        Fault(
          field: "summary", code: "summary_missing",
          sentence: "Say what changes and why, in 3 to 2000 characters. Nothing was loaded."))
    }
    if draft.asksReconsent { faults += Self.reconsentFaults(old, new) }
    guard faults.isEmpty else { throw ActRefusal.invalid(faults) }
    do {
      try await session(actor, on: .custodian) { session in
        try session.draftVersion(
          new.version, source: draft.source, digest: sha256(draft.source), basedOn: old.version,
          summary: draft.summary, asksReconsent: draft.asksReconsent,
          consentVersion: new.consentVersions.last ?? "")
        if new.interim != old.interim { try session.markLookAmendment(new.version) }
      }
    } catch let error as StoreError {
      guard case .notUnique(let constraint) = error else { throw error }
      throw ActRefusal.notNow(
        code: "draft_exists",
        sentence: constraint == "study_versions_one_draft"
          ? "Another amendment is a draft. Approve or withdraw it first. Nothing was loaded."
          : "Version \(new.version) was loaded before. Give the amendment another version.")
    }
    return new.version
  }

  static func read(_ source: String) throws -> StudyDefinition {
    do throws(DefinitionFaults) {
      return try StudyDefinition(yaml: source)
    } catch {
      throw ActRefusal.invalid(
        error.faults.map {
          Fault(
            field: "source", code: "bad_definition",
            sentence: "Line \($0.line), column \($0.column): \($0.sentence)")
        })
    }
  }

  /// A consent given before stays as it was signed, so the new one is a further entry of the form.
  private static func reconsentFaults(
    _ old: StudyDefinition, _ new: StudyDefinition
  ) -> [Fault] {
    var faults: [Fault] = []
    if new.consentVersions.last == old.consentVersions.last {
      faults.append(
        Fault(
          field: "reconsent", code: "no_new_consent",
          sentence:
            "Consent is asked for again, and the consent form has no new version at the end of its "
            + "list. Nothing was loaded."))
    }
    if new.consentForm.flatMap({ new.form($0.form) })?.isRepeating != true {
      faults.append(
        Fault(
          field: "reconsent", code: "consent_not_repeating",
          sentence:
            "Consent is asked for again: the consent form must be repeating, so that the consent "
            + "given before stays as it was signed. Nothing was loaded."))
    }
    return faults
  }

  /// Gives a draft up; its version is not used again.
  public func withdrawAmendment(_ version: String, reason: String, as actor: Actor) async throws {
    try actor.need(.loadStudy)
    try await session(actor, on: .custodian) { session in
      try session.withdrawVersion(version, reason: reason)
    }
  }

  // MARK: Approval

  /// Approves an amendment as the second person, after a dry run of every class it touches.
  public func approveAmendment(_ version: String, as actor: Actor) async throws {
    try actor.need(.reviewAmendment)
    try needFresh(actor)
    let found = try await amendment(version, as: actor)
    guard found.loadedBy != actor.user else {
      throw ActRefusal.notNow(
        code: "second_person",
        sentence: "Another person must approve what you loaded. Nothing was changed.")
    }
    let classes = try await amendmentChanges(version, as: actor).classes
    let added = try await definition(of: actor.trial, version: version)
      .sitesAdded(to: try await definition(of: actor.trial, version: found.basedOn))
    try await session(actor, on: .custodian) { session in
      try session.approveVersion(version, classes: classes.map(\.rawValue))
      for site in added {
        try session.addSite(site.key, name: site.title, zone: site.timeZone, version: version)
      }
    }
  }

  // MARK: In force

  /// Puts an approved amendment in force at a site, from a day not before its ethics committee approved it.
  ///
  /// - Returns: how many participants are asked for their consent again.
  public func putInForce(_ coming: ComingIntoForce, as actor: Actor) async throws -> Int {
    try actor.need(.activateSite)
    guard (3...200).contains(coming.ethicsReference.count) else {
      throw ActRefusal.invalid([
        Fault(
          field: "reference", code: "reference_missing",
          sentence: "Name the document of the ethics committee. Nothing was changed.")
      ])
    }
    guard coming.from >= coming.ethicsApprovedOn else {
      throw ActRefusal.invalid([
        Fault(
          field: "from", code: "before_ethics",
          sentence:
            "A version is in force from the day of its approval by the site's ethics committee, or "
            + "later. Nothing was changed.")
      ])
    }
    let definition = try await definition(of: actor.trial, version: coming.version)
    guard definition.site(coming.site) != nil else {
      throw ActRefusal.notNow(
        code: "site_unknown_to_version",
        sentence: "Version \(coming.version) knows no site \(coming.site). Nothing was changed.")
    }
    do {
      let asked = try await session(actor, on: .custodian) { session in
        try session.putInForce(
          coming.version, at: coming.site, from: coming.from, approvedOn: coming.ethicsApprovedOn,
          reference: coming.ethicsReference)
      }
      await stamp(coming, in: actor.trial)
      return asked
    } catch ActRefusal.notNow(code: "not_from_this_state", sentence: _) {
      throw ActRefusal.notNow(
        code: "not_in_force",
        sentence:
          "The amendment is not approved, the day lies before its approval, the committee's day lies "
          + "ahead, or a version in force there is as new. Nothing was changed.")
    }
  }

  /// Works out again what is worked out at the site, under the version that holds there now: left to the next
  /// save, each participant's instant would be that of an act, which may be one of treatment.
  ///
  /// A version of a later day is left to the first daily derivation on which it holds; so is what fails here,
  /// since the version is in force.
  private func stamp(_ coming: ComingIntoForce, in trial: Trial) async {
    do {
      let trial = try await self.trial(trial.key)
      let today = try await wallClock(of: coming.site, in: trial).date(at: clock.now)
      guard coming.from <= today else { return }
      try await deriveEveryone(at: coming.site, in: trial)
    } catch {
      let kind = (error as? StoreError)?.kindForLog ?? "\(type(of: error))"
      tells(
        "What is worked out at a site was not worked out again under its new version (\(kind)); the "
          + "daily derivation does.")
    }
  }

  /// The tasks of re-consent in the actor's reach, those to be done first.
  public func reconsentTasks(as actor: Actor) async throws -> [StoredReconsentTask] {
    guard actor.role.classes.contains(.open), actor.readsConsent else {
      throw ActRefusal.notFound
    }
    let trial = actor.trial.id
    return try await session(actor) { try $0.reconsentTasks(of: nil, in: trial) }
  }
}
