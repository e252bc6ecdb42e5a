/// An epoch that allocates: its scheme and key with the counts of every stratum.
struct EpochInForce: Sendable {
  let plan: AllocationPlan
  let master: EpochMaster
  private var strata: [StratumBytes: StratumState] = [:]
  private var capCounts: [Int]

  /// The epoch at its beginning, with the counts of earlier records that caps and carrying ask for.
  init(
    plan: AllocationPlan, master: EpochMaster, records: [AllocationRecord], carriedFrom first: Int?
  ) {
    self.plan = plan
    self.master = master
    capCounts = plan.scheme.caps.map { _ in 0 }
    for record in records {
      countTowardsCaps(record.draw.levels)
      if let first, record.draw.epoch >= first { carry(record) }
    }
  }

  var scheme: Scheme { plan.scheme }

  func state(_ stratum: StratumBytes) -> StratumState {
    strata[stratum] ?? plan.emptyState()
  }

  /// Whether a cap that matches these levels is already reached.
  func isCapReached(_ levels: [Label: Label]) -> Bool {
    zip(scheme.caps, capCounts).contains { cap, count in
      cap.matches(levels) && count >= cap.max
    }
  }

  /// Counts a new allocation of this epoch.
  mutating func count(_ draw: Draw) {
    countTowardsCaps(draw.levels)
    plan.record(
      unit: draw.unit, block: draw.block, levels: levelIndices(draw.levels),
      in: &strata[draw.stratum, default: plan.emptyState()])
  }

  /// Counts a record as it stands now where it was counted as it stood before.
  ///
  /// Only minimization ever recounts; blocks, urns and sticks keep what was drawn.
  mutating func recount(from before: AllocationRecord, to after: AllocationRecord) {
    guard let unit = plan.unit(arm: before.draw.arm, slot: before.draw.slot),
      var state = strata[before.draw.stratum]
    else { return }
    if counts(before) {
      plan.withdraw(unit: unit, levels: countedLevels(before), in: &state)
    }
    if counts(after), case .minimized = state {
      plan.record(unit: unit, block: nil, levels: countedLevels(after), in: &state)
    }
    strata[before.draw.stratum] = state
  }

  private mutating func carry(_ record: AllocationRecord) {
    // Participants of arms closed since do not count.
    guard counts(record), let unit = plan.unit(arm: record.draw.arm, slot: record.draw.slot) else {
      return
    }
    plan.record(
      unit: unit, block: nil, levels: countedLevels(record),
      in: &strata[record.draw.stratum, default: plan.emptyState()])
  }

  private func counts(_ record: AllocationRecord) -> Bool {
    switch scheme.void {
    case .keep: true
    case .drop: !record.isVoid
    }
  }

  private func countedLevels(_ record: AllocationRecord) -> [Int?] {
    switch scheme.correct {
    case .keep: levelIndices(record.draw.levels)
    case .apply: levelIndices(record.correctedLevels ?? record.draw.levels)
    }
  }

  private func levelIndices(_ levels: [Label: Label]) -> [Int?] {
    scheme.factors.enumerated().map { index, factor in
      levels[factor.id].flatMap { plan.levelIndex($0, ofFactor: index) }
    }
  }

  private mutating func countTowardsCaps(_ levels: [Label: Label]) {
    for (index, cap) in scheme.caps.enumerated() where cap.matches(levels) {
      capCounts[index] += 1
    }
  }
}

extension Scheme.Cap {
  /// Whether these levels fall under the cap.
  func matches(_ levels: [Label: Label]) -> Bool {
    when.allSatisfy { levels[$0] == $1 }
  }
}
