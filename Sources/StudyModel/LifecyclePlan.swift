/// One state of a lifecycle.
public struct LifecycleState: Hashable, Sendable, Identifiable {
  /// The name.
  public let id: String
  /// The words shown.
  public let title: String
  /// Whether nothing follows.
  public let isEnd: Bool

  /// Makes the value from its parts.
  public init(id: String, title: String, isEnd: Bool = false) {
    self.id = id
    self.title = title
    self.isEnd = isEnd
  }
}

/// One thing a step needs, with the sentence that says so while it is missing.
public struct LifecycleNeed: Hashable, Sendable {
  /// What must be true.
  public let condition: Formula
  /// What is missing, in a sentence.
  public let sentence: String

  /// Makes the value from its parts.
  public init(condition: Formula, sentence: String) {
    self.condition = condition
    self.sentence = sentence
  }
}

/// How often somebody must have been tried to be reached before a step is taken.
public struct ContactRule: Hashable, Sendable {
  /// The fewest attempts.
  public let attempts: Int
  /// The fewest different ways, such as telephone and letter.
  public let channels: Int
  /// The fewest days from the first attempt to the last.
  public let days: Int

  /// Makes the value from its parts.
  public init(attempts: Int, channels: Int, days: Int) {
    self.attempts = attempts
    self.channels = channels
    self.days = days
  }

  /// The rule in words, such as `3 attempts by 2 channels over 21 days`.
  public var words: String {
    func counted(_ number: Int, _ noun: String) -> String {
      "\(number) \(noun)\(number == 1 ? "" : "s")"
    }
    return "\(counted(attempts, "attempt")) by \(counted(channels, "channel")) over "
      + counted(days, "day")
  }

  /// Whether attempts, each a date and a channel, meet it.
  public func isMet(by made: [(date: CalendarDate, channel: String)]) -> Bool {
    let dates = made.map(\.date)
    let ways = Set(made.map { $0.channel.lowercased() }.filter { !$0.isEmpty })
    guard let first = dates.min(), let last = dates.max() else { return false }
    return made.count >= attempts && ways.count >= channels && last.days(since: first) >= days
  }
}

/// A step from one state to the next.
public struct LifecycleTransition: Hashable, Sendable {
  /// The event that asks for it, such as `withdraw`.
  public let event: String
  /// The states it starts from.
  public let from: [String]
  /// The state it leads to.
  public let to: String
  /// The roles that may ask for it.
  public let roles: [RoleID]
  /// Whether the system takes the step by itself.
  public let isAutomatic: Bool
  /// The forms that must carry a signature in force.
  public let signedForms: [FormID]
  /// What must be true.
  public let condition: Formula?
  /// What must be true one by one, each with a sentence of its own.
  public let needs: [LifecycleNeed]
  /// How many different people must ask for it.
  public let people: Int
  /// Whether a reason must be given.
  public let needsReason: Bool
  /// The attempts to reach the participant that must be on record; nil where none are asked for.
  public let contacts: ContactRule?
  /// What must be the case, in a sentence: shown where the step is refused.
  public let sentence: String

  /// Makes the value from its parts.
  public init(
    event: String,
    from: [String],
    to: String,
    roles: [RoleID] = [],
    isAutomatic: Bool = false,
    signedForms: [FormID] = [],
    condition: Formula? = nil,
    needs: [LifecycleNeed] = [],
    people: Int = 1,
    needsReason: Bool = false,
    contacts: ContactRule? = nil,
    sentence: String
  ) {
    self.event = event
    self.from = from
    self.to = to
    self.roles = roles
    self.isAutomatic = isAutomatic
    self.signedForms = signedForms
    self.condition = condition
    self.needs = needs
    self.people = people
    self.needsReason = needsReason
    self.contacts = contacts
    self.sentence = sentence
  }
}

/// What is known when a step is asked for.
public struct LifecycleFacts: Sendable {
  /// The role that asks, or nil for the system.
  public var role: RoleID?
  /// The forms with a signature in force.
  public var signedForms: Set<FormID>
  /// The values the conditions read.
  public var environment: FormulaEnvironment
  /// How many different people ask.
  public var people: Int
  /// Whether a reason was given.
  public var hasReason: Bool

  /// Makes the value from its parts.
  public init(
    role: RoleID? = nil, signedForms: Set<FormID> = [],
    environment: FormulaEnvironment = FormulaEnvironment(clocks: .none), people: Int = 1,
    hasReason: Bool = false
  ) {
    self.role = role
    self.signedForms = signedForms
    self.environment = environment
    self.people = people
    self.hasReason = hasReason
  }
}

/// The answer to the question whether a step may be taken.
public enum LifecycleAnswer: Hashable, Sendable {
  /// It may; this is the state after it.
  case moves(to: String)
  /// It may not; the sentences say what is missing.
  case refused([String])
}

/// The states of something and the steps between them.
public struct LifecyclePlan: Hashable, Sendable, Identifiable {
  /// The name, such as `participation`.
  public let id: String
  /// The title.
  public let title: String
  /// Who may know the state.
  public let dataClass: DataClass
  /// The states; the first is the one it begins in.
  public let states: [LifecycleState]
  /// The steps.
  public let transitions: [LifecycleTransition]

  /// Makes the value from its parts.
  public init(
    id: String,
    title: String,
    dataClass: DataClass,
    states: [LifecycleState],
    transitions: [LifecycleTransition]
  ) {
    self.id = id
    self.title = title
    self.dataClass = dataClass
    self.states = states
    self.transitions = transitions
  }

  /// Whether a step may be taken from a state, and where it leads.
  ///
  /// Of several steps for one event the first that may be taken is taken. A condition that cannot be
  /// decided refuses.
  public func answer(
    from state: String, to event: String, _ facts: LifecycleFacts
  ) -> LifecycleAnswer {
    let steps = transitions.filter { $0.event == event && $0.from.contains(state) }
    guard !steps.isEmpty else {
      let now = states.first { $0.id == state }?.title ?? state
      return .refused(["\(title): “\(event)” does not follow from “\(now)”."])
    }
    var lacks: [String] = []
    for step in steps {
      let lack = step.lacks(facts)
      if lack.isEmpty { return .moves(to: step.to) }
      lacks += lack.filter { !lacks.contains($0) }
    }
    return .refused(lacks)
  }

  /// What is missing for a step into a state, in sentences; empty when one may be taken.
  ///
  /// The same as `answer`, for who knows where the step leads and not what the definition calls it.
  public func lacks(
    from state: String, into target: String, _ facts: LifecycleFacts
  ) -> [String] {
    let steps = transitions.filter { $0.to == target && $0.from.contains(state) }
    guard !steps.isEmpty else {
      func title(_ id: String) -> String { states.first { $0.id == id }?.title ?? id }
      return ["\(self.title): “\(title(target))” does not follow from “\(title(state))”."]
    }
    let lacks = steps.map { $0.lacks(facts) }
    if lacks.contains(where: \.isEmpty) { return [] }
    return lacks.joined().reduce(into: []) { told, lack in
      if !told.contains(lack) { told.append(lack) }
    }
  }

  /// Whether the server takes the steps of this lifecycle itself, by its own acts.
  ///
  /// The states of every other one follow from what is recorded.
  public var isServed: Bool { ServedLifecycle(rawValue: id) != nil }

  /// The state that follows from what is recorded, step by step from the first.
  ///
  /// A step is taken as soon as what it asks for is recorded; who recorded it was asked when it was.
  /// Of several the first in the definition is taken. No state is entered twice.
  public func stateFollowing(
    signedForms: Set<FormID>, in environment: FormulaEnvironment
  ) -> LifecycleState? {
    guard var state = states.first else { return nil }
    var entered: Set<String> = [state.id]
    while let step = transitions.first(where: { step in
      step.from.contains(state.id) && !entered.contains(step.to)
        && step.isRecorded(signedForms, environment)
    }), let next = states.first(where: { $0.id == step.to }) {
      entered.insert(next.id)
      state = next
    }
    return state
  }

  /// The events that may be asked for in a state, in the order of the definition.
  public func events(from state: String) -> [String] {
    transitions.filter { $0.from.contains(state) }.map(\.event)
      .reduce(into: []) { found, event in if !found.contains(event) { found.append(event) } }
  }
}

/// The lifecycles whose steps are acts of the server.
public enum ServedLifecycle: String, CaseIterable, Sendable {
  /// From consent to the end of participation.
  case participation
  /// From planning a site to closing it.
  case site
  /// From the draft of the study to its archive.
  case study
}

extension LifecycleTransition {
  /// Everything that must be true.
  public var conditions: [Formula] { (condition.map { [$0] } ?? []) + needs.map(\.condition) }

  /// Whether a record shows that the step was taken; one that asks for no record is never shown.
  fileprivate func isRecorded(
    _ signed: Set<FormID>, _ environment: FormulaEnvironment
  ) -> Bool {
    guard !conditions.isEmpty || !signedForms.isEmpty else { return false }
    return signedForms.allSatisfy(signed.contains)
      && conditions.allSatisfy { $0.truth(in: environment) == true }
  }

  /// What is missing for the step, in sentences; empty when it may be taken.
  fileprivate func lacks(_ facts: LifecycleFacts) -> [String] {
    var lacks: [String] = []
    if let role = facts.role {
      if !roles.contains(role) { lacks.append("Another role takes this step.") }
    } else if !isAutomatic {
      lacks.append("A person takes this step.")
    }
    let isSigned = signedForms.allSatisfy(facts.signedForms.contains)
    let holds = condition.map { $0.truth(in: facts.environment) == true } ?? true
    if !isSigned || !holds { lacks.append(sentence) }
    lacks += needs.filter { $0.condition.truth(in: facts.environment) != true }.map(\.sentence)
    if facts.people < people { lacks.append("\(people) different people ask for this step.") }
    if needsReason && !facts.hasReason { lacks.append("This step needs a reason.") }
    return lacks
  }
}
