import Store
public import StudyModel

/// A step the study can take now, as its definition has it.
public struct StudyStep: Sendable, Equatable {
  /// The state it leads to.
  public let target: StudyState
  /// The words for that state.
  public let title: String
  /// What must be the case.
  public let sentence: String
  /// What is missing, in sentences; empty when it may be taken.
  public let lacks: [String]
  /// Whether it needs a reason.
  public let needsReason: Bool
}

extension Installation {
  /// Takes a step of the study that is neither lock nor unblinding, as its lifecycle allows it.
  ///
  /// The steps are those of every study; what must be the case for one, a definition without a lifecycle of
  /// the study does not say, and the capability is enough.
  public func moveStudy(to target: StudyState, reason: String, as actor: Actor) async throws {
    guard let capability = target.movedBy else { throw ActRefusal.notFound }
    try actor.need(capability)
    let trial = try await trial(actor.trial.key)
    if target == .paused {
      guard reason.hasWords else { throw ActRefusal.reasonMissing }
    }
    if target == .enrolling {
      guard try await randomizationState(of: actor.trial) == .inForce else {
        throw ActRefusal.notNow(
          code: "randomization_not_in_force",
          sentence: "The randomization is not in force yet. Enrolment was not opened.")
      }
    }
    let lacks = try await lacksOfStudy(to: target, reason: reason, trial, actor)
    guard lacks.isEmpty else { throw Self.notByProtocol(lacks) }
    let sources = StudyState.allCases.filter { $0.successors.contains(target) }
    try await session(actor) { session in
      try session.moveTrial(
        from: sources.map(\.rawValue), to: target.rawValue, reason: reason)
    }
  }

  /// Opens the study for enrolment, once its randomization is in force.
  public func openEnrolment(as actor: Actor) async throws {
    try await moveStudy(to: .enrolling, reason: "", as: actor)
  }

  /// The state of the study with the steps the actor can take from it.
  public func studySteps(
    as actor: Actor
  ) async throws -> (state: StudyState, title: String, steps: [StudyStep]) {
    guard StudyState.allCases.contains(where: { $0.movedBy.map(actor.role.can) ?? false }) else {
      throw ActRefusal.notFound
    }
    let trial = try await trial(actor.trial.key)
    guard let state = StudyState(rawValue: trial.state) else { throw ActRefusal.notFound }
    func title(_ state: StudyState) -> String {
      actor.definition.studyLifecycle?.states.first { $0.id == state.rawValue }?.title
        ?? state.rawValue.replacing("_", with: " ")
    }
    var steps: [StudyStep] = []
    for target in StudyState.allCases
    where state.successors.contains(target) && target.movedBy.map(actor.role.can) ?? false {
      let known = actor.definition.studyLifecycle?.steps(from: state, to: target) ?? []
      // What another role takes is no step of this one.
      guard
        actor.definition.studyLifecycle == nil
          || known.contains(where: { $0.roles.contains(actor.role.id) })
      else { continue }
      steps.append(
        StudyStep(
          target: target, title: title(target), sentence: known.first?.sentence ?? "",
          lacks: try await lacksOfStudy(to: target, reason: "a reason is given", trial, actor),
          needsReason: target == .paused || known.contains(where: \.needsReason)))
    }
    return (state, title(state), steps)
  }

  /// What the lifecycle of the study says against a step, in sentences; empty where it has none.
  ///
  /// Who signs an act of two people is counted by that act.
  func lacksOfStudy(
    to target: StudyState, reason: String = "", _ trial: Trial, _ actor: Actor
  ) async throws -> [String] {
    guard let plan = actor.definition.studyLifecycle, let state = StudyState(rawValue: trial.state)
    else { return [] }
    let steps = plan.steps(from: state, to: target)
    let references = steps.flatMap(\.conditions).reduce(into: Set<FieldReference>()) {
      $0.formUnion($1.references)
    }
    var values: [StudyFact: FormulaValue] = [.today: .date(CalendarDate(inUTC: clock.now))]
    if references.facts.contains(.randomizationInForce) {
      values[.randomizationInForce] = .truth(
        try await randomizationState(of: trial) == .inForce)
    }
    if references.facts.contains(.followUpEnded) {
      values[.followUpEnded] = .truth(try await followUpHasEnded(trial, actor.definition))
    }
    var environment = FormulaEnvironment(
      clocks: actor.definition.formulaClocks(at: nil as SiteClock?))
    environment.elsewhere.add(values)
    return plan.lacks(
      from: state.rawValue, into: target.rawValue,
      LifecycleFacts(
        role: actor.role.id, environment: environment,
        people: steps.map(\.people).max() ?? 1, hasReason: reason.hasWords))
  }

  static func notByProtocol(_ lacks: [String]) -> ActRefusal {
    .notNow(
      code: "not_by_protocol", sentence: lacks.joined(separator: " ") + " Nothing was changed.")
  }

  /// Whether every participant is in an end state or past the last day of the study.
  private func followUpHasEnded(
    _ trial: Trial, _ definition: StudyDefinition
  ) async throws -> Bool {
    let participants = try await asCommittee(trial) { try $0.allParticipants(in: trial.id) }
    for one in participants {
      if ParticipantState(rawValue: one.state)?.isEnd ?? false { continue }
      guard let day0 = one.day0 else { return false }
      let site = try await wallClock(of: one.site, in: trial)
      let day = StudyDay(of: site.date(at: clock.now), randomizedOn: day0).number
      if day <= definition.lock.lastDay { return false }
    }
    return true
  }
}

extension StudyState {
  /// The capability by which the study comes into the state; nil for lock and unblinding, which are acts
  /// of their own, and for the state it begins in.
  public var movedBy: Capability? {
    switch self {
    case .testing: .loadStudy
    case .approved, .enrolling, .paused, .enrolmentClosed: .activateSite
    case .followupComplete, .archived: .softLock
    case .draft, .softLocked, .hardLocked, .unblinded: nil
    }
  }
}

extension StudyDefinition {
  /// The lifecycle of the study, where the definition has rules of its own for it.
  var studyLifecycle: LifecyclePlan? {
    lifecycles.first { $0.id == ServedLifecycle.study.rawValue }
  }
}

extension LifecyclePlan {
  fileprivate func steps(from: StudyState, to: StudyState) -> [LifecycleTransition] {
    transitions.filter { $0.from.contains(from.rawValue) && $0.to == to.rawValue }
  }
}
