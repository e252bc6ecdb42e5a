import Randomization
public import Store
import StudyModel
import Synchronization

/// The trees over the chains of the record as this program has followed them.
///
/// A shortcut only: what is missing is read from the database before a head is signed.
final class RecordTrees: Sendable {
  private let known = Mutex<[RecordLog: MerkleFrontier]>([:])

  func find(_ log: RecordLog) -> MerkleFrontier? { known.withLock { $0[log] } }

  func keep(_ tree: MerkleFrontier, of log: RecordLog) {
    known.withLock { trees in
      if let other = trees[log], other.size > tree.size { return }
      trees[log] = tree
    }
  }
}

extension RecordLog {
  /// The name of a witness file: trial, schema and chain.
  public func witnessName(_ trials: [Int: String]) -> String {
    "\(trials[trial] ?? "installation").\(schema.rawValue).\(name)"
  }

  /// What heads over this chain name: bound to trial, schema, chain and key, so that none serves
  /// for another.
  func identity(_ trials: [Int: String], key: [UInt8]) -> LedgerIdentity {
    let text = ["record/v1", trials[trial] ?? "*", schema.rawValue, name, key.hex]
      .joined(separator: "\n")
    guard let identity = LedgerIdentity(Array(sha256(text).prefix(LedgerIdentity.length))) else {
      preconditionFailure("a digest has more bytes than an identity")
    }
    return identity
  }
}

extension MerkleFrontier {
  mutating func append(row hash: [UInt8]) { append(MerkleTree.leaf(hash)) }
}

extension Installation {
  /// Signs a head over every chain that has grown and gives it to the witness: at the start, every
  /// hour, and at lock, export and unblinding.
  ///
  /// - Parameter trial: one trial; everything when nil.
  public func signRecord(of trial: Trial? = nil) async throws {
    let key = try needKeys().recordKey
    let trials = Dictionary(
      try await self.trials().map { ($0.id, $0.key) }, uniquingKeysWith: { $1 })
    let system = RequestContext(trial: 0, actor: nil, role: "", sites: .all)
    let logs = try await refusing {
      try await store.session(.custodian, system) { try $0.recordLogs() }
    }
    for (log, size) in logs where trial == nil || log.trial == trial?.id {
      var tree = recordTrees.find(log) ?? MerkleFrontier()
      guard size > tree.size else { continue }
      let before = tree.size
      let context = RequestContext(trial: log.trial, actor: nil, role: "", sites: .all)
      let hashes = try await refusing {
        try await store.snapshot(.custodian, context) {
          try $0.recordHashes(of: log, after: before)
        }
      }
      for hash in hashes { tree.append(row: hash) }
      try await keep(tree, of: log, trials, key, context)
    }
  }

  private func keep(
    _ tree: MerkleFrontier, of log: RecordLog, _ trials: [Int: String], _ key: SigningKey,
    _ context: RequestContext
  ) async throws {
    let publicKey = key.verifyingKey.bytes
    guard
      let head = LedgerHead(
        ledger: log.identity(trials, key: publicKey), size: tree.size, root: tree.root,
        at: LedgerTime.text(clock.now))
    else { throw ActRefusal.unavailable }
    let signed = head.signed(with: key)
    let checkpoint = StoredCheckpoint(
      signed: tree.size, head: head.canonicalBytes, signature: signed.signature,
      publicKey: publicKey)
    try await refusing {
      try await store.session(.custodian, context) { try $0.keepCheckpoint(log, checkpoint) }
    }
    witness?.keep(signed.canonicalBytes, of: log.witnessName(trials))
    recordTrees.keep(tree, of: log)
  }
}
