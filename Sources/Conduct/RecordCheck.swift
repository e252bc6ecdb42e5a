public import Randomization
public import Store

/// The first thing in a part of the record that does not agree with the rest.
public struct RecordFinding: Sendable, Equatable, CustomStringConvertible {
  /// What was compared.
  public enum Part: Sendable, Equatable {
    /// Rows and chains inside the database.
    case stored(RecordFault.Part, RecordFault.Kind)
    /// A signed head the database keeps.
    case checkpoint
    /// A signed head a witness keeps.
    case witness
    /// The ledger of allocations.
    case ledger
    /// The key in force.
    case key
    /// Tables, triggers, rights and functions of the database.
    case schema
  }

  /// The trial's key, or `installation`.
  public let trial: String
  /// The schema, or the chain.
  public let schema: String
  /// What was compared.
  public let part: Part
  /// The place.
  public let place: String
  /// What it means, for who looks after the installation.
  public let sentence: String

  /// One line: what, where.
  public var description: String {
    let code =
      switch part {
      case .stored(let part, let kind): "\(part.rawValue) \(kind.rawValue)"
      case .checkpoint: "checkpoint"
      case .witness: "witness"
      case .ledger: "ledger"
      case .key: "key"
      case .schema: "schema"
      }
    return "\(code) in \(trial), \(schema): \(place)"
  }
}

extension RecordFinding {
  /// A key in force that is not the one that was given.
  public static let foreignKey = RecordFinding(
    trial: "installation", schema: RecordSchema.sealed.rawValue, part: .key, place: "master_keys",
    sentence:
      "The key that was given is not the one the database names as the one in force. Either another key file is "
      + "meant, or somebody wrote a key into the database to end what is compared with it.")

  /// A database that is not as this program makes it.
  public init(_ difference: SchemaDifference) {
    self.init(
      trial: "installation", schema: "database", part: .schema, place: "\(difference)",
      sentence:
        "The database is not as this program makes it: its guards were changed by hand, and what "
        + "passed meanwhile may show in no row.")
  }
}

/// A file of signed heads a witness kept, by the name of its chain.
public struct WitnessedHeads: Sendable {
  /// The name: trial, schema and chain.
  public let name: String
  /// The heads in order.
  public let heads: [SignedHead]

  /// Takes the lines of a witness file.
  public init(name: String, heads: [SignedHead]) {
    self.name = name
    self.heads = heads
  }
}

/// What a verification of the record came to.
public struct RecordReport: Sendable {
  /// What does not agree: at most the first of each comparison, schema and trial, worst first.
  public var findings: [RecordFinding] = []
  /// Rows in the chains that were computed again.
  public var chained = 0
  /// Signed heads that agree.
  public var heads = 0
  /// Heads of witnesses that agree.
  public var witnessed = 0
  /// Values that were removed by the act for it.
  public var removals = 0
}

/// Compares the record with itself: chains, rows with their seals, versions with their audit rows,
/// signatures with what they stand on, and signed heads with all of it.
public struct RecordCheck {
  let reader: RecordReader
  let trials: [Int: String]
  let trusted: [UInt8]?
  let writeKey: [UInt8]?
  let witnesses: [String: [SignedHead]]
  private var report = RecordReport()

  /// - Parameters:
  ///   - trusted: the public key of this installation, nil where the key is not here.
  ///   - writeKey: the key by which the program's own writing is told; nil where it is not here.
  public init(
    _ reader: RecordReader, trusted: [UInt8]?, writeKey: [UInt8]?, witnesses: [WitnessedHeads]
  ) throws {
    self.reader = reader
    self.trusted = trusted
    self.writeKey = writeKey
    trials = try reader.trials()
    self.witnesses = Dictionary(
      witnesses.map { ($0.name, $0.heads) }, uniquingKeysWith: { $0 + $1 })
  }

  /// Makes every comparison.
  public mutating func run() throws -> RecordReport {
    for schema in RecordSchema.allCases {
      for fault in try reader.auditFaults(of: schema) { tell(fault) }
      for fault in try reader.sealFaults(of: schema) { tell(fault) }
      if let writeKey {
        for fault in try reader.unprovenFaults(of: schema, key: writeKey) { tell(fault) }
      }
      for table in RecordTable.all where table.schema == schema {
        for fault in try reader.rowFaults(of: table) { tell(fault) }
      }
      for fault in try reader.versionFaults(of: schema) { tell(fault) }
      for fault in try reader.queryFaults(of: schema) { tell(fault) }
      for fault in try reader.signatureFaults(of: schema) { tell(fault) }
    }
    for fault in try reader.reviewFaults() { tell(fault) }
    for fault in try reader.correctionFaults() { tell(fault) }
    for fault in try reader.lockSignatureFaults() { tell(fault) }
    for fault in try reader.accessReviewFaults() { tell(fault) }
    for fault in try reader.sessionFaults() { tell(fault) }
    try compareHeads()
    report.removals = try reader.removals()
    return report
  }

  private mutating func tell(_ fault: RecordFault) {
    report.findings.append(
      RecordFinding(
        trial: trials[fault.trial] ?? "installation", schema: fault.schema.rawValue,
        part: .stored(fault.part, fault.kind), place: fault.place, sentence: fault.sentence))
  }

  // MARK: Signed heads

  private mutating func compareHeads() throws {
    var kept: [RecordLog: [StoredCheckpoint]] = [:]
    for schema in RecordSchema.allCases {
      kept.merge(try reader.checkpoints(of: schema)) { $1 }
    }
    let logs = Set(kept.keys).union(witnessedLogs()).sorted {
      $0.witnessName(trials) < $1.witnessName(trials)
    }
    for log in logs { try compare(log, kept[log] ?? []) }
  }

  private func witnessedLogs() -> [RecordLog] {
    let numbers = Array(trials.keys) + [0]
    return RecordSchema.allCases.flatMap { schema in
      numbers.flatMap { trial in
        ["audit", "seals"].map { RecordLog(schema: schema, name: $0, trial: trial) }
      }
    }.filter { witnesses[$0.witnessName(trials)] != nil }
  }

  private mutating func compare(_ log: RecordLog, _ kept: [StoredCheckpoint]) throws {
    let hashes = try reader.hashes(of: log)
    report.chained += hashes.count
    let seen = witnesses[log.witnessName(trials)] ?? []
    let sizes = Set(kept.map(\.size)).union(seen.map(\.head.size))
    var tree = MerkleFrontier()
    var roots: [Int: Fingerprint] = [0: tree.root]
    for hash in hashes {
      tree.append(row: hash)
      if sizes.contains(tree.size) { roots[tree.size] = tree.root }
    }
    var good = 0
    for checkpoint in kept {
      guard judge(checkpoint, log, roots, rows: hashes.count, after: good) else { return }
      good = checkpoint.size
    }
    for signed in seen {
      guard judge(signed, log, roots, rows: hashes.count, kept) else { return }
    }
  }

  private mutating func judge(
    _ checkpoint: StoredCheckpoint, _ log: RecordLog, _ roots: [Int: Fingerprint], rows: Int,
    after good: Int
  ) -> Bool {
    let place = "the signed head over \(checkpoint.size) rows of the \(log.name)"
    guard let key = VerifyingKey(checkpoint.publicKey),
      let head = LedgerHead(canonical: checkpoint.head), head.size == checkpoint.size,
      head.ledger == log.identity(trials, key: key.bytes),
      trusted.map({ $0 == key.bytes }) ?? true,
      SignedHead(head: head, signature: checkpoint.signature).isSigned(by: key)
    else {
      return fail(
        log, .checkpoint, place,
        "This signed head is not one of this installation: it was written by somebody else.")
    }
    guard checkpoint.size <= rows else {
      return fail(
        log, .checkpoint, place,
        "Row \(rows + 1) and those after it are missing: \(checkpoint.size) rows were vouched for at "
          + "\(head.at), \(rows) are there.")
    }
    guard roots[checkpoint.size] == head.root else {
      return fail(
        log, .checkpoint, place,
        "The first row that was rewritten lies from \(good + 1) to \(checkpoint.size): these are not "
          + "the rows vouched for at \(head.at).")
    }
    report.heads += 1
    return true
  }

  private mutating func judge(
    _ signed: SignedHead, _ log: RecordLog, _ roots: [Int: Fingerprint], rows: Int,
    _ kept: [StoredCheckpoint]
  ) -> Bool {
    let place = "the witnessed head over \(signed.head.size) rows of the \(log.name)"
    let bytes = trusted ?? kept.first?.publicKey
    guard let bytes, let key = VerifyingKey(bytes),
      signed.head.ledger == log.identity(trials, key: bytes), signed.isSigned(by: key)
    else {
      return fail(
        log, .witness, place,
        "The witness keeps a head this installation's key did not sign: file or database were "
          + "exchanged.")
    }
    guard kept.contains(where: { $0.size == signed.head.size }) else {
      return fail(
        log, .witness, place, "The database does not hold this head any more: it was removed.")
    }
    guard signed.head.size <= rows, roots[signed.head.size] == signed.head.root else {
      return fail(
        log, .witness, place,
        "The rows are not those the witness keeps a head of: they were rewritten or cut off after "
          + "\(signed.head.at).")
    }
    report.witnessed += 1
    return true
  }

  private mutating func fail(
    _ log: RecordLog, _ part: RecordFinding.Part, _ place: String, _ sentence: String
  ) -> Bool {
    report.findings.append(
      RecordFinding(
        trial: trials[log.trial] ?? "installation", schema: log.schema.rawValue, part: part,
        place: place, sentence: sentence))
    return false
  }
}

extension RecordFault {
  /// What it means, for who looks after the installation; no value.
  var sentence: String {
    switch (part, kind) {
    case (.audit, .changed): "Row \(place) of the audit trail was changed after it was written."
    case (.audit, .missing): "Row \(place) of the audit trail is missing."
    case (.audit, .added): "Row \(place) of the audit trail was written behind the program."
    case (.audit, .cut):
      "The audit trail does not end where its head says: from row \(place) on something was cut off or "
        + "added."
    case (.seals, .changed): "Seal \(place) was changed after it was written."
    case (.seals, .missing): "Seal \(place) is missing."
    case (.seals, .cut), (.seals, .added):
      "The seals do not end where their head says: from seal \(place) on something was cut off or "
        + "added."
    case (.row, .changed), (.row, .cut):
      "This row of \(place) is not the one that was last written: it was changed behind the program."
    case (.row, .missing): "This row of \(place) is missing: it was removed behind the program."
    case (.row, .added): "This row of \(place) was added behind the program."
    case (.version, .added): "Entry \(place) has no audit row for what it changed."
    case (.version, .missing), (.version, .cut):
      "\(place) is missing, or has no version it belongs to."
    case (.version, .changed):
      "Entry \(place) differs from its audit rows or from its last version."
    case (.signature, _):
      "The signature on entry \(place) does not fit what it stands on: name, role, meaning, time or "
        + "content were changed, or it was moved."
    case (.queries, _):
      "The counter of data queries says \(place): it was changed behind the program, and the next "
        + "query would take a number that is used, or leave a gap."
    case (.review, _): "The signed review \(place) of the audit trail was changed."
    case (.correction, _):
      "The signed correction \(place) does not fit what it stands on: what was reported, what is said of "
        + "it, name, role or meaning were changed, or it was moved."
    case (.lockSignature, _):
      "The signature \(place) does not fit what it stands on: act, person, name, role, meaning, time, "
        + "analysis plan or locked data were changed."
    case (.accessReview, _):
      "The signed review \(place) of roles was changed, or a decision made with it."
    }
  }
}

extension Installation {
  /// The public key that verifies heads over the record; nil without the keys.
  public var recordPublicKey: [UInt8]? { keys?.recordKey.verifyingKey.bytes }

  /// The key by which the program's own writing is told; nil without the keys.
  public var recordWriteKey: [UInt8]? { keys?.writeKey }

  /// Compares the ledger of every trial, also with what witnesses keep of it, and says nothing in any
  /// audit trail.
  ///
  /// - Parameter witnesses: signed heads over ledgers, by the key of their trial.
  public func ledgerFindings(
    _ witnesses: [WitnessedHeads] = []
  ) async throws -> [RecordFinding] {
    let keys = try needKeys()
    var found: [RecordFinding] = []
    for trial in try await trials() {
      let context = RequestContext(trial: trial.id, actor: nil, role: "", sites: .all)
      let rows = try await refusing {
        try await store.snapshot(.allocator, context) { try $0.ledgerRows(of: trial.id) }
      }
      let heads = witnesses.filter { $0.name == trial.key }.flatMap(\.heads)
      var wasRandomized = false
      if rows == nil {
        wasRandomized = try await asCommittee(trial) { session in
          try session.allParticipants(in: trial.id).contains { $0.randomizedAt != nil }
        }
      }
      do throws(LedgerFinding) {
        guard let rows else {
          guard heads.isEmpty, !wasRandomized else { throw LedgerFinding(.absent, 0) }
          continue
        }
        let check = LedgerCheck(rows: rows, keys: keys, trial: trial.id)
        _ = try check.followed()
        try check.compare(heads)
      } catch {
        found.append(
          RecordFinding(
            trial: trial.key, schema: "allocation", part: .ledger, place: error.description,
            sentence: error.sentence))
      }
    }
    return found
  }
}
