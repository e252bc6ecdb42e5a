import Store
public import StudyModel

/// Where a participant stands in a lifecycle nobody moves by hand, such as that of treatment.
public struct FollowedLifecycle: Sendable, Equatable {
  /// The name in the definition.
  public let id: String
  /// The title shown.
  public let title: String
  /// The state.
  public let state: LifecycleState
}

extension Installation {
  /// The lifecycles nobody moves by hand, each in the state that follows from what is recorded.
  ///
  /// A lifecycle is told to who reads its class, and worked out of that class and class open as the
  /// reader's own login gives them, so that nothing of another class can show. One of class treatment
  /// begins with randomization.
  public func lifecycles(
    of key: ParticipantKey, as actor: Actor
  ) async throws -> [FollowedLifecycle] {
    guard actor.knowsParticipants else { throw ActRefusal.notFound }
    let participant = try await participant(key, as: actor)
    let definition = try await definition(of: actor.trial, at: participant.site)
    let trial = actor.trial
    var found: [FollowedLifecycle] = []
    for plan in definition.lifecycles
    where !plan.isServed && actor.role.classes.contains(plan.dataClass)
      && (plan.dataClass == .open || participant.randomizedAt != nil)
    {
      let classes = Set([.open, plan.dataClass]).sorted()
      let entries = try await session(actor) { session in
        try classes.flatMap { try session.values(of: key, in: $0, trial: trial.id) }
      }.map(FormEntry.init)
      let environment = try await environment(
        of: Set(plan.transitions.flatMap(\.conditions).flatMap(\.references)), participant,
        entries, trial, definition)
      let signed = try await signedForms(
        Set(plan.transitions.flatMap(\.signedForms)), of: key, trial)
      guard let state = plan.stateFollowing(signedForms: signed, in: environment) else { continue }
      found.append(FollowedLifecycle(id: plan.id, title: plan.title, state: state))
    }
    return found
  }

  /// Refuses a step of participation that the definition's own lifecycle does not allow now.
  ///
  /// - Parameters:
  ///   - state: the state the participant is in.
  ///   - hasReason: whether the step carries a reason.
  ///   - told: facts the step itself brings, such as the date of a death.
  /// - Throws: `notNow` with the sentences of the definition.
  func needStep(
    of participant: Participant, from state: String, to target: ParticipantState, hasReason: Bool,
    told: [StudyFact: FormulaValue] = [:], as actor: Actor
  ) async throws {
    let definition = try await definition(of: actor.trial, at: participant.site)
    guard let plan = definition.participation else { return }
    let steps = plan.transitions.filter {
      $0.to == target.rawValue && $0.from.contains(state)
    }
    let trial = actor.trial
    var environment = try await environment(
      ofSteps: steps, of: participant, trial, definition)
    environment.elsewhere.add(told)
    let lacks = plan.lacks(
      from: state, into: target.rawValue,
      LifecycleFacts(
        role: actor.role.id,
        signedForms: try await signedForms(
          Set(steps.flatMap(\.signedForms)), of: participant.key, trial),
        environment: environment, hasReason: hasReason))
    guard lacks.isEmpty else {
      throw ActRefusal.notNow(
        code: "not_by_protocol",
        sentence: lacks.joined(separator: " ") + " Nothing was changed.")
    }
  }

  /// What the decision on eligibility is judged by, gathered before the transaction of its signature.
  func eligibilityDecision(
    of participant: Participant, _ actor: Actor
  ) async throws -> EligibilityDecision {
    let definition = actor.definition
    guard let plan = definition.participation else { return EligibilityDecision() }
    let targets = [ParticipantState.eligible, .screenFailed].map(\.rawValue)
    return EligibilityDecision(
      plan: plan,
      environment: try await environment(
        ofSteps: plan.transitions.filter { targets.contains($0.to) }, of: participant, actor.trial,
        definition))
  }

  /// What the conditions of steps read, of classes open and outcome.
  private func environment(
    ofSteps steps: [LifecycleTransition], of participant: Participant, _ trial: Trial,
    _ definition: StudyDefinition
  ) async throws -> FormulaEnvironment {
    let entries = try await asSystem(trial) { session in
      try session.values(of: participant.key, in: .open, trial: trial.id)
        + session.values(of: participant.key, in: .outcome, trial: trial.id)
    }.map(FormEntry.init)
    return try await environment(
      of: Set(steps.flatMap(\.conditions).flatMap(\.references)), participant, entries, trial,
      definition)
  }

  private func environment(
    of references: Set<FieldReference>, _ participant: Participant, _ entries: [FormEntry],
    _ trial: Trial, _ definition: StudyDefinition
  ) async throws -> FormulaEnvironment {
    var facts: [StudyFact: FormulaValue] = [:]
    for fact in references.facts {
      facts[fact] = try await recorded(fact, of: participant, trial, definition)
    }
    return FormulaEnvironment(
      elsewhere: try await reading(definition, in: trial).outsideValues(
        of: references, among: entries,
        by: definition.formulaClocks(at: participant.site).site, facts: facts),
      clocks: definition.formulaClocks(at: participant.site))
  }

  private func signedForms(
    _ forms: Set<FormID>, of participant: ParticipantKey, _ trial: Trial
  ) async throws -> Set<FormID> {
    guard !forms.isEmpty else { return [] }
    return try await asSystem(trial) { session in
      try forms.filter { try session.isSigned([$0], of: participant, in: trial.id) }
    }
  }
}

/// The protocol's own rules for who is eligible and whose screening failed, with what they read.
struct EligibilityDecision: Sendable {
  /// The lifecycle of participation, where the definition has one.
  var plan: LifecyclePlan?
  /// The values its conditions read.
  var environment = FormulaEnvironment(clocks: .none)

  /// The forms whose signatures the steps into a state ask for.
  func signedForms(into target: ParticipantState) -> Set<FormID> {
    Set(plan?.transitions.filter { $0.to == target.rawValue }.flatMap(\.signedForms) ?? [])
  }

  /// Whether a role takes a step into a state; every role where the definition names none.
  func isTaken(into target: ParticipantState, by role: RoleID) -> Bool {
    let steps = plan?.transitions.filter { $0.to == target.rawValue } ?? []
    return steps.isEmpty || steps.contains { $0.roles.contains(role) }
  }

  /// What is missing for the step, in sentences; empty when it may be taken.
  func lacks(
    from state: String, into target: ParticipantState, role: RoleID, signed: Set<FormID>
  ) -> [String] {
    guard let plan else { return [] }
    var lacks = plan.lacks(
      from: state, into: target.rawValue,
      LifecycleFacts(
        role: role, signedForms: signed, environment: environment, hasReason: true))
    // What leads on from where the participant stands is what the signer can do about it.
    if !lacks.isEmpty, state == ParticipantState.consented.rawValue {
      lacks += plan.transitions.filter {
        $0.from.contains(state) && $0.to == ParticipantState.screening.rawValue
      }.map { "Needed first: \($0.sentence)" }
    }
    return lacks
  }
}

extension StudyDefinition {
  /// Whether the signature on a form decides who is eligible.
  func decidesEligibility(_ form: FormID) -> Bool {
    randomization.preconditions.contains { $0.kind == .eligibilitySigned(form: form) }
  }

  /// The forms the protocol has signed before screening begins; none where it begins with consent.
  var formsSignedBeforeScreening: Set<FormID> {
    let steps =
      participation?.transitions.filter {
        $0.from.contains(ParticipantState.consented.rawValue)
          && $0.to == ParticipantState.screening.rawValue
      } ?? []
    // Of several ways the one that asks for least is taken.
    return Set(steps.map(\.signedForms).min { $0.count < $1.count } ?? [])
  }

  /// The lifecycle of participation, where the definition has rules of its own for it.
  var participation: LifecyclePlan? {
    lifecycles.first { $0.id == ServedLifecycle.participation.rawValue }
  }

  /// The attempts to reach a participant before contact counts as lost, by the step from the state the
  /// participant is in; nil where that step asks for none: then one attempt is enough.
  ///
  /// Who is randomized is followed from the next day on, though nothing has written it yet: the rule of a state
  /// without a step of its own is that of the step there is.
  public func contactsBeforeLoss(from state: String) -> ContactRule? {
    let steps = participation?.transitions.filter { $0.to == ParticipantState.lost.rawValue } ?? []
    return (steps.first { $0.from.contains(state) } ?? steps.first)?.contacts
  }

  /// Whether a withdrawal holds from the signature on its form, not from its entry.
  func withdrawsWhenSigned(_ form: FormID) -> Bool {
    participation?.transitions.contains { step in
      step.to == ParticipantState.withdrawn.rawValue && step.signedForms.contains(form)
    } ?? false
  }
}
