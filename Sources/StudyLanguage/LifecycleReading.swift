import StudyModel
import Yams

extension DefinitionReader {
  mutating func lifecycle(_ node: Node) -> LifecyclePlan? {
    guard
      let keyed = keyed(
        node, "a lifecycle", needs: ["id", "title", "class", "states", "transitions"])
    else { return nil }
    let id = text(keyed, "id")
    let title = text(keyed, "title")
    let dataClass = choice(keyed, "class", DataClass.self)
    refuseRepeats(in: keyed.entries["states"], key: "id", "state")
    let states = list(keyed, "states") { reader, node in reader.lifecycleState(node) }
    let transitions = list(keyed, "transitions") { reader, node in
      reader.transition(node, states, id ?? "")
    }
    guard let id, let title, let dataClass else { return nil }
    let plan = LifecyclePlan(
      id: id, title: title, dataClass: dataClass, states: states, transitions: transitions)
    if states.count == keyed.entries["states"]?.sequence?.count,
      transitions.count == keyed.entries["transitions"]?.sequence?.count
    {
      checkLifecycle(plan, keyed)
    }
    return plan
  }

  private mutating func lifecycleState(_ node: Node) -> LifecycleState? {
    guard let keyed = keyed(node, "a state", needs: ["id", "title"], may: ["end"]) else {
      return nil
    }
    guard let id = text(keyed, "id"), let title = text(keyed, "title") else { return nil }
    return LifecycleState(id: id, title: title, isEnd: truth(keyed, "end", else: false))
  }

  private mutating func transition(
    _ node: Node, _ states: [LifecycleState], _ plan: String
  ) -> LifecycleTransition? {
    guard
      let keyed = keyed(
        node, "a transition", needs: ["event", "from", "to", "say"],
        may: ["by", "automatic", "signed", "when", "needs", "people", "reason", "contacts"])
    else { return nil }
    let event = text(keyed, "event")
    let from = list(keyed, "from") { reader, node in reader.stateName(node, states) }
    let to = keyed.entries["to"].flatMap { stateName($0, states) }
    let roles = knownList(keyed, "by", .role, RoleID.self)
    let isAutomatic = truth(keyed, "automatic", else: false)
    if keyed.entries["by"] == nil, !isAutomatic {
      report("a transition names who takes it with “by”, or is “automatic”.", at: keyed.place)
    }
    let signed = knownList(keyed, "signed", .form, FormID.self)
    let before = formulas.count
    let condition = formula(keyed, "when", for: .nobody, .truth)
    let needs = list(keyed, "needs") { reader, node in reader.need(node) }
    let served = ServedLifecycle(rawValue: plan)
    for place in before..<formulas.count { formulas[place].lifecycle = served }
    let people = integer(keyed, "people", in: 1...5) ?? 1
    let needsReason = truth(keyed, "reason", else: false)
    let contacts = keyed.entries["contacts"].flatMap { contactRule($0, served, to) }
    let sentence = text(keyed, "say")
    guard let event, let to, let sentence else { return nil }
    return LifecycleTransition(
      event: event, from: from, to: to, roles: roles, isAutomatic: isAutomatic,
      signedForms: signed, condition: condition, needs: needs, people: people,
      needsReason: needsReason, contacts: contacts, sentence: sentence)
  }

  private mutating func contactRule(
    _ node: Node, _ served: ServedLifecycle?, _ target: String?
  ) -> ContactRule? {
    guard
      let keyed = keyed(node, "a rule of contacts", needs: ["attempts", "channels", "days"])
    else { return nil }
    if served != .participation {
      report("“contacts” is asked for by steps of participation alone.", at: keyed.place)
    } else if let target, target != ParticipantState.lost.rawValue {
      report(
        "“contacts” is asked for by steps into “lost” alone; this one leads into “\(target)”.",
        at: keyed.place)
    }
    let attempts = integer(keyed, "attempts", in: 1...50)
    let channels = integer(keyed, "channels", in: 1...10)
    let days = integer(keyed, "days", in: 0...365)
    guard let attempts, let channels, let days else { return nil }
    if channels > attempts {
      report("“contacts” asks for more channels than attempts.", at: keyed.place)
    }
    return ContactRule(attempts: attempts, channels: channels, days: days)
  }

  private mutating func need(_ node: Node) -> LifecycleNeed? {
    guard let keyed = keyed(node, "a need of a transition", needs: ["when", "say"]) else {
      return nil
    }
    guard let condition = formula(keyed, "when", for: .nobody, .truth),
      let sentence = text(keyed, "say")
    else { return nil }
    return LifecycleNeed(condition: condition, sentence: sentence)
  }

  private mutating func stateName(_ node: Node, _ states: [LifecycleState]) -> String? {
    guard let name = text(node, "a state") else { return nil }
    guard states.contains(where: { $0.id == name }) else {
      report(
        "There is no state “\(name)”." + Spelling.hint(for: name, among: states.map(\.id)),
        at: Place(node))
      return nil
    }
    return name
  }

  private mutating func checkLifecycle(_ plan: LifecyclePlan, _ keyed: KeyedNode) {
    var reached: Set<String> = Set(plan.states.prefix(1).map(\.id))
    // Each round reaches one state more at least, or nothing new is found.
    for _ in plan.states {
      for step in plan.transitions where !reached.isDisjoint(with: step.from) {
        reached.insert(step.to)
      }
    }
    for state in plan.states {
      let leaves = plan.transitions.contains { $0.from.contains(state.id) }
      if state.isEnd && leaves {
        report("the state “\(state.id)” is an end, but a transition leaves it.", at: keyed.place)
      }
      if !state.isEnd && !leaves {
        report("nothing follows “\(state.id)”; it needs “end: true”.", at: keyed.place)
      }
      if !reached.contains(state.id) {
        report("no way leads to the state “\(state.id)”.", at: keyed.place)
      }
    }
    checkKnownStates(plan, keyed)
  }

  // Three lifecycles are carried out by the server, which knows their states by name.
  private mutating func checkKnownStates(_ plan: LifecyclePlan, _ keyed: KeyedNode) {
    guard let known = ServedLifecycle(rawValue: plan.id).flatMap({ Self.served[$0] }) else {
      checkRecordedSteps(plan, keyed)
      return
    }
    for state in plan.states where known[state.id] == nil {
      report("the server knows no state “\(state.id)” of “\(plan.id)”.", at: keyed.place)
    }
    for step in plan.transitions {
      for from in step.from where known[from].map({ !$0.contains(step.to) }) ?? false {
        report(
          "the server takes no step from “\(from)” to “\(step.to)” in “\(plan.id)”.",
          at: keyed.place)
      }
    }
  }

  // The states of every other lifecycle follow from records: a step without one would never be taken.
  private mutating func checkRecordedSteps(_ plan: LifecyclePlan, _ keyed: KeyedNode) {
    for step in plan.transitions where step.conditions.isEmpty && step.signedForms.isEmpty {
      report(
        "the step “\(step.event)” of “\(plan.id)” needs “when” or “signed”: nobody takes it by hand, "
          + "it follows from what is recorded.", at: keyed.place)
    }
  }

  /// A lifecycle of which nobody takes the steps reads no value above its own class.
  mutating func checkLifecycleClasses(
    _ keyed: KeyedNode, _ plans: [LifecyclePlan], _ table: FieldTable
  ) {
    let nodes = keyed.entries["lifecycles"]?.sequence.map(Array.init) ?? []
    for plan in plans where !plan.isServed {
      for step in plan.transitions {
        guard let inputs = step.conditions.map({ table.dataClass(of: $0, for: .nobody) }).max(),
          inputs > plan.dataClass,
          let node = nodes.first(where: { $0["id"]?.scalar?.string == plan.id })
        else { continue }
        report(
          "the step “\(step.event)” of “\(plan.id)” reads class “\(inputs.rawValue)” and cannot be told "
            + "to readers of class “\(plan.dataClass.rawValue)”.", at: Place(node))
      }
    }
  }

  private static let served: [ServedLifecycle: [String: Set<String>]] = [
    .participation: steps(ParticipantState.self, \.successors),
    .site: steps(SiteState.self, \.successors),
    .study: steps(StudyState.self, \.successors),
  ]

  private static func steps<State: RawRepresentable & CaseIterable & Hashable>(
    _: State.Type, _ successors: (State) -> Set<State>
  ) -> [String: Set<String>] where State.RawValue == String {
    Dictionary(
      uniqueKeysWithValues: State.allCases.map { state in
        (state.rawValue, Set(successors(state).map(\.rawValue)))
      })
  }
}
