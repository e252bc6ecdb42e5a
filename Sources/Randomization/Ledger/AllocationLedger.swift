/// The state of one trial's allocation: what the entries so far amount to.
///
/// A value, brought up to date by `apply`, from which `draw` reads the next allocation without
/// changing it: a transaction that fails after drawing leaves nothing behind. The cost of either
/// does not grow with the number of allocations.
public struct AllocationLedger: Sendable {
  /// What the first entry fixed.
  public let opening: LedgerEntry.Opening

  /// The hash tree over all entries.
  public private(set) var tree: MerkleFrontier

  /// The leaf hash of the last entry.
  public private(set) var lastLeaf: Fingerprint

  /// Whether allocation has ended.
  public internal(set) var isClosed = false

  let seed: Seed?
  var epochs: [EpochInForce] = []
  var pending: PendingEpoch?
  var committedEpochs = 0
  var records: [AllocationRecord] = []
  var recordByRequest: [Label: Int] = [:]
  var recordBySubject: [Label: Int] = [:]
  var positions: [StratumBytes: Int] = [:]

  /// The ledger that this entry opens; without the seed it checks the chain and nothing else.
  public init(opening entry: LedgerEntry, seed: Seed?) throws(LedgerFault) {
    guard entry.index == 0 else { throw .index }
    guard entry.previous == .zero else { throw .chain }
    guard case .open(let opening) = entry.body else { throw .open }
    if let seed, seed.commitment != opening.seedCommitment { throw .seed }
    self.opening = opening
    self.seed = seed
    tree = MerkleFrontier()
    tree.append(entry.leaf)
    lastLeaf = entry.leaf
  }

  /// The identity of the ledger.
  public var identity: LedgerIdentity { opening.ledger }

  /// The number of entries.
  public var size: Int { tree.size }

  /// The root over all entries.
  public var root: Fingerprint { tree.root }

  /// The path that proves the last entry against the root.
  public var inclusionPathOfLast: [Fingerprint] { tree.inclusionPathOfLast }

  /// The number of participants allocated, voided ones included.
  public var allocationCount: Int { records.count }

  /// The scheme by which the next participant is allocated, if an epoch is in force.
  public var schemeInForce: Scheme? { epochInForce?.plan.scheme }

  /// The scheme of the last epoch that came into force, also while a later one awaits entropy.
  public var lastSchemeInForce: Scheme? { epochs.last?.plan.scheme }

  /// The epoch that is committed to and awaits public entropy.
  public var epochAwaitingEntropy: Int? { pending?.number }

  /// The number the next epoch must have.
  public var nextEpoch: Int { committedEpochs + 1 }

  /// The arms allocated, in ledger order.
  public var allocations: [Draw] { records.map(\.draw) }

  /// The allocation of a participant, if there is one.
  public func allocation(of subject: Label) -> Draw? {
    recordBySubject[subject].map { records[$0].draw }
  }

  /// Whether a scheme may be committed to as the next epoch, with its fault if it may not.
  public func fault(ofNext scheme: Scheme) -> SchemeFault? {
    scheme.fault(after: epochs.last?.plan.scheme, ledger: identity, epoch: nextEpoch)
  }

  /// The epoch by which the next participant is allocated.
  ///
  /// None while the public entropy of a new epoch is awaited: allocating on by the old scheme
  /// would let somebody choose who still falls under it.
  var epochInForce: EpochInForce? {
    pending == nil ? epochs.last : nil
  }

  mutating func extend(with leaf: Fingerprint) {
    tree.append(leaf)
    lastLeaf = leaf
  }
}

/// A scheme that is committed to and awaits public entropy.
struct PendingEpoch: Sendable {
  let number: Int

  /// The scheme, or nil when what was committed to breaks a rule.
  let scheme: Scheme?
}

/// One allocation with what was recorded about it since.
struct AllocationRecord: Sendable {
  var draw: Draw
  var isVoid = false
  var correctedLevels: [Label: Label]?
}
