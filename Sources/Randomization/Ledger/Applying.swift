extension AllocationLedger {
  /// Brings the ledger up to date by its next entry; a fault leaves it as it was.
  ///
  /// With the seed everything is recomputed, and an `epoch` entry needs the scheme it commits to.
  public mutating func apply(
    _ entry: LedgerEntry, scheme: Scheme? = nil
  ) throws(LedgerFault) {
    try apply(
      entry,
      revealed: scheme.map {
        RevealedScheme(epoch: $0.epoch, canonicalBytes: $0.canonicalBytes, scheme: $0)
      })
  }

  mutating func apply(
    _ entry: LedgerEntry, revealed: RevealedScheme?
  ) throws(LedgerFault) {
    guard entry.index == size else { throw .index }
    guard entry.previous == lastLeaf else { throw .chain }
    switch entry.body {
    case .open: throw .kind
    case .epoch(let number, let commitment):
      try commit(number, commitment, revealed)
    case .entropy(let epoch, let value, _):
      try putIntoForce(epoch, publicEntropy: value)
    case .allocate(let allocation):
      try record(allocation, entry: entry.index)
    case .void(let subject, _):
      try change(subject) { $0.isVoid = true }
    case .correct(let subject, let levels, _):
      try change(subject) { record in
        record.correctedLevels = (record.correctedLevels ?? record.draw.levels)
          .merging(levels) { $1 }
      }
    case .unblind, .note: break
    case .close: isClosed = true
    }
    extend(with: entry.leaf)
  }

  private mutating func commit(
    _ number: Int, _ commitment: Fingerprint, _ revealed: RevealedScheme?
  ) throws(LedgerFault) {
    guard let seed else { return }
    guard let revealed, number == nextEpoch, revealed.epoch == number,
      seed.commitment(toCanonical: revealed.canonicalBytes, epoch: number) == commitment
    else { throw .scheme }
    committedEpochs = number
    pending = PendingEpoch(number: number, scheme: revealed.scheme)
  }

  private mutating func putIntoForce(
    _ number: Int, publicEntropy: [UInt8]
  ) throws(LedgerFault) {
    guard let seed else { return }
    guard let pending, pending.number == number else { throw .entropy }
    guard let scheme = pending.scheme,
      scheme.fault(after: epochs.last?.scheme, ledger: identity, epoch: number) == nil
    else { throw .scheme }
    let master = seed.master(ledger: identity, epoch: number, publicEntropy: publicEntropy)
    epochs.append(
      EpochInForce(
        plan: AllocationPlan(scheme), master: master, records: records,
        carriedFrom: firstCarriedEpoch(scheme)))
    self.pending = nil
  }

  /// The earliest epoch whose participants count in this one: carrying reaches back while it is
  /// unbroken.
  func firstCarriedEpoch(_ scheme: Scheme) -> Int? {
    guard scheme.carry else { return nil }
    var first = scheme.epoch - 1
    for epoch in epochs.reversed() where epoch.scheme.epoch == first {
      guard epoch.scheme.carry else { break }
      first -= 1
    }
    return first
  }

  private mutating func record(
    _ allocation: LedgerEntry.SealedAllocation, entry index: Int
  ) throws(LedgerFault) {
    guard seed != nil else { return }
    guard epochInForce != nil else { throw .entropy }
    guard recordByRequest[allocation.requestID] == nil,
      recordBySubject[allocation.subject] == nil
    else { throw .duplicate }
    guard
      let request = try? AllocationRequest(
        requestID: allocation.requestID, subject: allocation.subject, levels: allocation.levels),
      case .success(var draw) = draw(request)
    else { throw .refusable }
    guard draw.seq == allocation.seq, draw.epoch == allocation.epoch else { throw .sequence }
    guard draw.seal == allocation.seal else { throw .allocation }
    draw.recordedIn = index
    recordByRequest[draw.requestID] = records.count
    recordBySubject[draw.subject] = records.count
    records.append(AllocationRecord(draw: draw))
    positions[draw.stratum] = draw.seq
    epochs[epochs.count - 1].count(draw)
  }

  private mutating func change(
    _ subject: Label, _ change: (inout AllocationRecord) -> Void
  ) throws(LedgerFault) {
    guard seed != nil else { return }
    guard let index = recordBySubject[subject] else { throw .subject }
    let before = records[index]
    change(&records[index])
    guard let latest = epochs.indices.last,
      before.draw.epoch >= (firstCountedEpoch(latest) ?? Int.max)
    else { return }
    epochs[latest].recount(from: before, to: records[index])
  }

  /// The earliest epoch whose participants the latest epoch counts.
  private func firstCountedEpoch(_ latest: Int) -> Int? {
    let scheme = epochs[latest].scheme
    return firstCarriedEpoch(scheme) ?? scheme.epoch
  }
}

/// A scheme as it was revealed, which need not obey the rules.
struct RevealedScheme: Sendable {
  let epoch: Int?
  let canonicalBytes: [UInt8]
  let scheme: Scheme?

  init(epoch: Int?, canonicalBytes: [UInt8], scheme: Scheme?) {
    self.epoch = epoch
    self.canonicalBytes = canonicalBytes
    self.scheme = scheme
  }
}
