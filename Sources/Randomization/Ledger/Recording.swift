extension AllocationLedger {
  /// The entry that records a draw; apply it once it is committed.
  public func entry(
    for draw: Draw, at: String, by: Label
  ) throws(LedgerEntryRefusal) -> LedgerEntry {
    try next(
      .allocate(
        .init(
          requestID: draw.requestID, subject: draw.subject, epoch: draw.epoch, levels: draw.levels,
          seq: draw.seq, seal: draw.seal)), at: at, by: by)
  }

  /// The first entry of a new ledger.
  public static func opening(
    _ opening: LedgerEntry.Opening, at: String, by: Label
  ) throws(LedgerEntryRefusal) -> LedgerEntry {
    try LedgerEntry(index: 0, previous: .zero, at: at, by: by, body: .open(opening))
  }

  /// The entry that commits to a scheme as the next epoch.
  public func entry(
    committingTo scheme: Scheme, at: String, by: Label
  ) throws(RecordingRefusal) -> LedgerEntry {
    guard let seed else { throw .seedAbsent }
    if isClosed { throw .closed }
    if let fault = fault(ofNext: scheme) { throw .scheme(fault) }
    return try entry(
      .epoch(number: scheme.epoch, commitment: seed.commitment(to: scheme)), at: at, by: by)
  }

  /// The entry that records the public entropy of the pending epoch and puts it into force.
  public func entry(
    publicEntropy: [UInt8], source: Label, at: String, by: Label
  ) throws(RecordingRefusal) -> LedgerEntry {
    guard let pending else { throw .noPendingEpoch }
    return try entry(
      .entropy(epoch: pending.number, value: publicEntropy, source: source), at: at, by: by)
  }

  /// The entry that records an act other than an allocation or an epoch.
  public func entry(
    recording act: LedgerAct, at: String, by: Label
  ) throws(RecordingRefusal) -> LedgerEntry {
    switch act {
    case .void(let subject, let reason):
      guard let index = recordBySubject[subject] else { throw .notAllocated }
      if records[index].isVoid { throw .alreadyVoid }
      return try entry(.void(subject: subject, reason: reason), at: at, by: by)
    case .correct(let subject, let levels, let reason):
      guard let index = recordBySubject[subject] else { throw .notAllocated }
      if !isKnown(levels, toEpoch: records[index].draw.epoch) { throw .levels }
      return try entry(
        .correct(subject: subject, levels: levels, reason: reason), at: at, by: by)
    case .unblind(let subject, let reason):
      guard recordBySubject[subject] != nil else { throw .notAllocated }
      return try entry(.unblind(subject: subject, reason: reason), at: at, by: by)
    case .note(let text):
      return try entry(.note(text: text), at: at, by: by)
    case .close(let reason):
      if isClosed { throw .closed }
      return try entry(.close(reason: reason), at: at, by: by)
    }
  }

  /// Whether the levels are a level of every factor of the epoch the participant fell under.
  private func isKnown(_ levels: [Label: Label], toEpoch number: Int) -> Bool {
    guard let scheme = epochs.first(where: { $0.scheme.epoch == number })?.scheme else {
      return false
    }
    return levels.count == scheme.factors.count
      && scheme.factors.allSatisfy { factor in
        levels[factor.id].map { factor.levels.contains($0) } ?? false
      }
  }

  private func entry(
    _ body: LedgerEntry.Body, at: String, by: Label
  ) throws(RecordingRefusal) -> LedgerEntry {
    do {
      return try next(body, at: at, by: by)
    } catch {
      throw .entry(error)
    }
  }

  private func next(
    _ body: LedgerEntry.Body, at: String, by: Label
  ) throws(LedgerEntryRefusal) -> LedgerEntry {
    try LedgerEntry(index: size, previous: lastLeaf, at: at, by: by, body: body)
  }
}

/// An act recorded in the ledger beside allocations and epochs.
public enum LedgerAct: Sendable, Equatable {
  /// A participant was randomized in error.
  case void(subject: Label, reason: Label)

  /// The levels of a participant were wrong; these are right.
  case correct(subject: Label, levels: [Label: Label], reason: Label)

  /// A participant's arm is revealed.
  case unblind(subject: Label, reason: Label)

  /// Something else worth recording.
  case note(text: Label)

  /// Allocation ends.
  case close(reason: Label)
}

/// Why an act was not recorded.
public enum RecordingRefusal: Error, Sendable, Equatable, CustomStringConvertible {
  /// The participant was never allocated.
  case notAllocated

  /// The allocation is void already.
  case alreadyVoid

  /// The corrected levels are not those of the participant's scheme.
  case levels

  /// Allocation has ended already.
  case closed

  /// The ledger was opened without its seed.
  case seedAbsent

  /// The scheme may not be the next epoch.
  case scheme(SchemeFault)

  /// No epoch awaits public entropy.
  case noPendingEpoch

  /// The entry could not be written.
  case entry(LedgerEntryRefusal)

  /// What was refused and what to do.
  public var description: String {
    switch self {
    case .notAllocated:
      "This participant was not randomized. Nothing was recorded. Check the participant's number."
    case .alreadyVoid:
      "This allocation is already recorded as made in error. Nothing was changed."
    case .levels:
      "The corrected values must name a planned level of every factor. Nothing was recorded. "
        + "Complete the correction and record it again."
    case .closed:
      "Randomization is closed already. Nothing was recorded."
    case .seedAbsent:
      "The server cannot read the trial's sealed seed. Nothing was recorded. "
        + "Ask the administrator to check the key file."
    case .scheme(let fault):
      fault.description + " Nothing was committed. Correct the scheme and draft it again."
    case .noPendingEpoch:
      "No scheme awaits public entropy. Nothing was recorded. Commit to a scheme first."
    case .entry(let refusal): refusal.description
    }
  }
}
