import StudyModel
import Yams

extension DefinitionReader {
  mutating func interim(_ node: Node) -> InterimPlan? {
    guard
      let keyed = keyed(
        node, "the interim plan", needs: ["looks", "spending", "arm_labels", "smallest_open_cell"],
        may: [
          "boundaries", "futility_advice_below", "safety_every_months",
          "pooled_events_declassified_because",
        ])
    else { return nil }
    refuseRepeats(in: keyed.entries["looks"], key: "id", "look")
    let looks = list(keyed, "looks") { reader, node in reader.look(node) }
    let steps = looks.compactMap(\.information)
    if let node = keyed.entries["looks"],
      zip(steps, steps.dropFirst()).contains(where: { $0 >= $1 })
    {
      report("“information” grows from one efficacy look to the next.", at: Place(node))
    }
    let spending = name(keyed, "spending", SpendingRule.self)
    let boundaries = list(keyed, "boundaries") { reader, node in reader.boundary(node) }
    let labels = list(keyed, "arm_labels") { reader, node in reader.text(node, "an arm label") }
    let arms = names.listed(.arm).count
    if arms > 0 && labels.count != arms || Set(labels).count != labels.count {
      report("“arm_labels” needs one different label for each arm.", at: keyed.place)
    }
    let cell = integer(keyed, "smallest_open_cell", in: 1...100)
    let futility = number(keyed, "futility_advice_below")
    if let futility, let node = keyed.entries["futility_advice_below"],
      futility <= ExactNumber(0) || futility >= ExactNumber(1)
    {
      report("“futility_advice_below” of the interim plan is above 0 and below 1.", at: Place(node))
    }
    let months = integer(keyed, "safety_every_months", in: 1...60)
    let reason = text(keyed, "pooled_events_declassified_because")
    guard let spending, let cell else { return nil }
    return InterimPlan(
      looks: looks, spending: spending, boundaries: boundaries, futilityAdviceBelow: futility,
      armLabels: labels, smallestOpenCell: cell, safetyEveryMonths: months,
      pooledEventsReason: reason)
  }

  private mutating func look(_ node: Node) -> InterimLook? {
    guard
      let keyed = keyed(
        node, "a look", needs: ["id", "participants", "reached_day"],
        may: ["efficacy", "information"])
    else { return nil }
    let id = text(keyed, "id")
    let participants = integer(keyed, "participants", in: 1...1_000_000)
    let day = integer(keyed, "reached_day", in: 0...10_000)
    let isEfficacy = truth(keyed, "efficacy", else: false)
    let information = number(keyed, "information")
    if isEfficacy != (keyed.entries["information"] != nil) {
      report("“information” is given for an efficacy look and for no other.", at: keyed.place)
    }
    if let information, information <= ExactNumber(0) || information > ExactNumber(1) {
      report("“information” of a look is above 0 and at most 1.", at: keyed.place)
    }
    guard let id, let participants, let day else { return nil }
    return InterimLook(
      id: id, isEfficacy: isEfficacy, participants: participants, reachedDay: day,
      information: information)
  }

  private mutating func boundary(_ node: Node) -> StatedBoundary? {
    guard
      let keyed = keyed(node, "a boundary", needs: ["information", "cumulative_alpha", "critical"])
    else { return nil }
    let information = number(keyed, "information")
    let alpha = number(keyed, "cumulative_alpha")
    let critical = number(keyed, "critical")
    guard let information, let alpha, let critical else { return nil }
    return StatedBoundary(information: information, cumulativeAlpha: alpha, critical: critical)
  }

  mutating func lock(_ node: Node, _ roles: [Role]) -> LockPlan? {
    guard
      let keyed = keyed(
        node, "the lock plan",
        needs: ["last_day", "hard_locked_by", "unblinded_by", "retention_years", "steps"])
    else { return nil }
    refuseRepeats(in: keyed.entries["steps"], key: "id", "step")
    let lastDay = integer(keyed, "last_day", in: 0...10_000)
    let lockers = pair(keyed, "hard_locked_by", .hardLock, roles)
    let unblinders = pair(keyed, "unblinded_by", .unblind, roles)
    let years = integer(keyed, "retention_years", in: 1...100)
    let steps = list(keyed, "steps") { reader, node in reader.step(node) }
    checkSteps(keyed, steps)
    guard let lastDay, let years else { return nil }
    return LockPlan(
      steps: steps, lastDay: lastDay, hardLockedBy: lockers, unblindedBy: unblinders,
      retentionYears: years)
  }

  /// The steps of which the server carries out, counts or shows each in its way, by name and in order.
  static let lockSteps = [
    "data_clean", "casebooks", "analysis_plan", "soft_lock", "hard_lock", "unblinding", "archive",
  ]

  // A step that is not listed is nobody's to do; those after the soft lock follow each other.
  private mutating func checkSteps(_ keyed: KeyedNode, _ steps: [LockStep]) {
    guard let node = keyed.entries["steps"], steps.count == node.sequence?.count else { return }
    let ids = steps.map(\.id)
    for step in Self.lockSteps where !ids.contains(step) {
      report("“steps” of the lock plan lacks the step “\(step)”.", at: Place(node))
    }
    guard let lock = ids.firstIndex(of: "soft_lock") else { return }
    let after = ids[lock...].filter(Self.lockSteps.contains)
    let expected = Self.lockSteps.drop { $0 != "soft_lock" }.filter(ids.contains)
    if after != expected {
      report(
        "the steps of the lock come in this order: whatever prepares it, then "
          + expected.joined(separator: ", ") + ".", at: Place(node))
    }
  }

  // One person alone can neither freeze nor open the whole study.
  private mutating func pair(
    _ keyed: KeyedNode, _ key: String, _ capability: Capability, _ roles: [Role]
  ) -> [RoleID] {
    let ids = list(keyed, key) { reader, node in reader.known(node, .role, RoleID.self) }
    guard let node = keyed.entries[key] else { return [] }
    if Set(ids).count < 2 {
      report("“\(key)” names two different roles, one person each.", at: Place(node))
    }
    for role in roles where ids.contains(role.id) && !role.can(capability) {
      report(
        "the role “\(role.id)” lacks the capability “\(capability.rawValue)”.", at: Place(node))
    }
    return ids
  }

  private mutating func step(_ node: Node) -> LockStep? {
    guard let keyed = keyed(node, "a step", needs: ["id", "sentence", "signed_by"]) else {
      return nil
    }
    let id = text(keyed, "id")
    let sentence = text(keyed, "sentence")
    let signers = knownList(keyed, "signed_by", .role, RoleID.self)
    guard let id, let sentence else { return nil }
    return LockStep(id: id, sentence: sentence, signedBy: signers)
  }
}
