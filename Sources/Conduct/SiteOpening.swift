import Foundation
public import Store
public import StudyModel

/// One thing a site needs before it is opened, and whether it is there.
public struct SiteNeed: Sendable, Equatable {
  /// What is needed, in the sentence of the definition.
  public let sentence: String
  /// Whether it is there.
  public let isMet: Bool
}

/// How far a site is from being opened.
public struct SiteReadiness: Sendable, Equatable {
  /// The state of the site.
  public let state: SiteState
  /// The version of the definition in force there.
  public let version: String
  /// The roles that nobody holds there yet.
  public let missingStaff: [Role]
  /// What the definition asks for, one by one.
  public let needs: [SiteNeed]
  /// What is recorded, the latest of each kind.
  public let facts: [StoredSiteFact]

  /// Whether nothing is missing.
  public var isComplete: Bool { missingStaff.isEmpty && needs.allSatisfy(\.isMet) }
}

/// What somebody records of a site.
public struct SiteFactRecord: Sendable, Equatable {
  /// What it is.
  public var fact: SiteFactKind
  /// Whether it is so; false takes an earlier record back.
  public var holds: Bool
  /// The date, `YYYY-MM-DD`.
  public var since: String
  /// The document it stands in, or why it is taken back.
  public var reference: String
  /// The arms the site can carry out, of a capacity.
  public var arms: [String]

  /// Describes a record.
  public init(
    fact: SiteFactKind, holds: Bool = true, since: String, reference: String, arms: [String] = []
  ) {
    self.fact = fact
    self.holds = holds
    self.since = since
    self.reference = reference
    self.arms = arms
  }
}

extension Installation {
  /// Opens a site: through selected and initiated to active, or from suspended back.
  ///
  /// Each step is asked of the lifecycle of sites of the version in force there: who takes it, and what
  /// it needs.
  public func activateSite(_ site: SiteKey, reason: String, as actor: Actor) async throws {
    try actor.need(.activateSite)
    guard actor.definition.site(site) != nil else { throw ActRefusal.notFound }
    // The first version knows no site that an amendment added.
    guard try await definition(of: actor.trial, at: site).site(site) != nil else {
      throw ActRefusal.notNow(
        code: "site_without_version",
        sentence:
          "No version of the study that knows site \(site) is in force there. Put the amendment that adds "
          + "it in force at the site first. Nothing was changed.")
    }
    let now = try await state(of: site, actor)
    if now == .suspended {
      guard reason.hasWords else { throw ActRefusal.reasonMissing }
    }
    try await requireStaff(of: site, actor)
    // No step of the lifecycle is skipped, and each has its row in the audit trail.
    let path: [SiteState] = [.planned, .selected, .initiated, .active]
    let steps: [(from: SiteState, to: SiteState)] =
      path.dropLast().firstIndex(of: now).map { start in
        Array(zip(path[start...], path[(start + 1)...])).map { ($0, $1) }
      } ?? [(.suspended, .active)]
    if now == steps[0].from {
      for step in steps {
        try await needSiteStep(site, from: step.from, to: step.to, reason: reason, actor)
      }
    }
    try await session(actor) { session in
      for step in steps {
        try session.moveSite(
          site, from: [step.from.rawValue], to: step.to.rawValue, reason: reason)
      }
    }
  }

  /// Takes one step of a site on its way to be opened: it is chosen, or the initiation visit took place.
  public func prepareSite(
    _ site: SiteKey, to target: SiteState, reason: String, as actor: Actor
  ) async throws {
    try actor.need(.activateSite)
    let from: SiteState
    switch target {
    case .selected: from = .planned
    case .initiated: from = .selected
    case .planned, .active, .suspended, .closed: throw ActRefusal.notFound
    }
    guard try await state(of: site, actor) == from else {
      throw ActRefusal.notNow(
        code: "not_from_this_state",
        sentence: "This was done already, or is not possible in the present state.")
    }
    try await needSiteStep(site, from: from, to: target, reason: reason, actor)
    try await session(actor) { session in
      try session.moveSite(site, from: [from.rawValue], to: target.rawValue, reason: reason)
    }
  }

  /// Closes a site for good: nobody is enrolled there any more.
  public func closeSite(_ site: SiteKey, reason: String, as actor: Actor) async throws {
    try await leave(site, from: [.active, .suspended], to: .closed, reason, actor)
  }

  /// Suspends an active site: existing participants continue, nobody is randomized.
  public func suspendSite(_ site: SiteKey, reason: String, as actor: Actor) async throws {
    try await leave(site, from: [.active], to: .suspended, reason, actor)
  }

  private func leave(
    _ site: SiteKey, from: [SiteState], to: SiteState, _ reason: String, _ actor: Actor
  ) async throws {
    try actor.need(.activateSite)
    guard reason.hasWords else { throw ActRefusal.reasonMissing }
    let now = try await state(of: site, actor)
    if from.contains(now) {
      try await needSiteStep(site, from: now, to: to, reason: reason, actor)
    }
    try await session(actor) { session in
      try session.moveSite(site, from: from.map(\.rawValue), to: to.rawValue, reason: reason)
    }
  }

  // MARK: What is asked for

  /// How far a site is from being opened, need by need.
  public func siteReadiness(of site: SiteKey, as actor: Actor) async throws -> SiteReadiness {
    try actor.need(.activateSite)
    let state = try await state(of: site, actor)
    let definition = try await definition(of: actor.trial, at: site)
    let steps = definition.siteLifecycle?.steps(
      from: state == .suspended ? .suspended : .initiated, to: .active)
    let (environment, facts) = try await known(of: site, steps ?? [], definition, actor)
    var needs: [SiteNeed] = []
    for need in (steps ?? []).flatMap(\.everyNeed)
    where !needs.contains(where: { $0.sentence == need.sentence }) {
      needs.append(
        SiteNeed(
          sentence: need.sentence, isMet: need.condition.truth(in: environment) == true))
    }
    return SiteReadiness(
      state: state, version: definition.version,
      missingStaff: try await staffMissing(at: site, actor),
      needs: needs, facts: facts)
  }

  /// Records what a site needs before it is opened; gives the number of the record.
  ///
  /// A release is for the version in force at the site on the day it is recorded.
  public func recordSiteFact(
    _ record: SiteFactRecord, at site: SiteKey, as actor: Actor
  ) async throws -> Int {
    try actor.need(.activateSite)
    let now = try await state(of: site, actor)
    let definition = try await definition(of: actor.trial, at: site)
    let zone = try await wallClock(of: site, in: actor.trial)
    let reference = record.reference.trimmingCharacters(in: .whitespacesAndNewlines)
    var faults = Self.faults(in: record, reference, definition)
    let since = try? CalendarDate(parsing: record.since)
    if let since, since > zone.date(at: clock.now) {
      faults.append(
        Fault(
          field: "since", code: "date_ahead",
          sentence: "The date lies in the future. Nothing was recorded."))
    }
    guard faults.isEmpty, let since else { throw ActRefusal.invalid(faults) }
    guard now != .closed else {
      throw ActRefusal.notNow(
        code: "site_closed", sentence: "The site is closed for good. Nothing was recorded.")
    }
    let arms = record.holds && record.fact == .capacity ? record.arms : []
    let version = record.holds && record.fact == .release ? definition.version : ""
    return try await session(actor) { session in
      try session.recordSiteFact(
        record.fact, at: site, holds: record.holds, since: since, reference: reference,
        arms: arms, protocolVersion: version)
    }
  }

  private static func faults(
    in record: SiteFactRecord, _ reference: String, _ definition: StudyDefinition
  ) -> [Fault] {
    var faults: [Fault] = []
    func add(_ field: String, _ code: String, _ sentence: String) {
      faults.append(Fault(field: field, code: code, sentence: sentence + " Nothing was recorded."))
    }
    if (try? CalendarDate(parsing: record.since)) == nil {
      add("since", "bad_date", "Give the date as year, month and day.")
    }
    if reference.count < 3 {
      add("reference", "no_reference", "Name the document, or say why it is taken back.")
    } else if reference.count > 200 {
      add("reference", "too_long", "The reference is longer than 200 characters.")
    }
    if let hidden = HiddenCharacter.first(in: reference) {
      add(
        "reference", "control_characters",
        "The reference holds the character \(hidden), which nobody sees.")
    }
    guard record.fact == .capacity, record.holds else { return faults }
    let known = definition.arms.map(\.code.text)
    if record.arms.isEmpty { add("arms", "no_arms", "Name the arms the site can carry out.") }
    for arm in record.arms where !known.contains(arm) {
      add("arms", "unknown_arm", "The study has no arm “\(arm)”.")
    }
    return faults
  }

  private func state(of site: SiteKey, _ actor: Actor) async throws -> SiteState {
    let found = try await sites(as: actor).first { $0.key == site }
    guard let state = found.flatMap({ SiteState(rawValue: $0.state) }) else {
      throw ActRefusal.notFound
    }
    return state
  }

  private func requireStaff(of site: SiteKey, _ actor: Actor) async throws {
    let missing = try await staffMissing(at: site, actor)
    guard missing.isEmpty else {
      throw ActRefusal.notNow(
        code: "site_staff_missing",
        sentence:
          "Site \(site) has nobody as \(missing.map(\.title).joined(separator: ", ")). "
          + "Grant these roles first; the site was not opened.")
    }
  }

  /// Refuses a step the lifecycle of sites does not allow now, with the sentence of each need.
  private func needSiteStep(
    _ site: SiteKey, from: SiteState, to: SiteState, reason: String, _ actor: Actor
  ) async throws {
    let definition = try await definition(of: actor.trial, at: site)
    guard let plan = definition.siteLifecycle else { return }
    let (environment, _) = try await known(
      of: site, plan.steps(from: from, to: to), definition, actor)
    let lacks = plan.lacks(
      from: from.rawValue, into: to.rawValue,
      LifecycleFacts(role: actor.role.id, environment: environment, hasReason: reason.hasWords))
    guard lacks.isEmpty else {
      throw ActRefusal.notNow(
        code: to == .active ? "site_not_ready" : "not_by_protocol",
        sentence: lacks.joined(separator: " ")
          + (to == .active ? " The site was not opened." : " Nothing was changed."))
    }
  }

  /// What steps of the lifecycle of sites read, with the records it is read from.
  private func known(
    of site: SiteKey, _ steps: [LifecycleTransition], _ definition: StudyDefinition,
    _ actor: Actor
  ) async throws -> (FormulaEnvironment, [StoredSiteFact]) {
    let facts = try await session(actor) { try $0.siteFacts(of: site, in: actor.trial.id) }
    let holding = Dictionary(
      facts.filter(\.holds).map { ($0.fact, $0) }, uniquingKeysWith: { first, _ in first })
    let arms = Set(definition.arms.map(\.code.text))
    let zone = try await wallClock(of: site, in: actor.trial)
    var values: [StudyFact: FormulaValue] = [
      .contractSigned: .truth(holding[.contract] != nil),
      .capacityConfirmed: .truth(
        holding[.capacity].map { arms.isSubset(of: $0.arms) } ?? false),
      // A release of another version is none.
      .releaseApproved: .truth(holding[.release]?.protocolVersion == definition.version),
      .today: .date(zone.date(at: clock.now)),
    ]
    values[.ethicsApprovedOn] = holding[.ethics].map { .date($0.since) }
    let references = steps.flatMap(\.conditions).reduce(into: Set<FieldReference>()) {
      $0.formUnion($1.references)
    }
    if references.facts.contains(.staffComplete) {
      values[.staffComplete] = .truth(try await staffMissing(at: site, actor).isEmpty)
    }
    var environment = FormulaEnvironment(clocks: definition.formulaClocks(at: zone))
    environment.elsewhere.add(values)
    return (environment, facts)
  }
}

extension StudyDefinition {
  /// The lifecycle of sites, where the definition has rules of its own for it.
  fileprivate var siteLifecycle: LifecyclePlan? {
    lifecycles.first { $0.id == ServedLifecycle.site.rawValue }
  }
}

extension LifecyclePlan {
  fileprivate func steps(from: SiteState, to: SiteState) -> [LifecycleTransition] {
    transitions.filter { $0.from.contains(from.rawValue) && $0.to == to.rawValue }
  }
}

extension LifecycleTransition {
  /// What it needs one by one; the condition of the whole with the sentence of the whole.
  fileprivate var everyNeed: [LifecycleNeed] {
    (condition.map { [LifecycleNeed(condition: $0, sentence: sentence)] } ?? []) + needs
  }
}
