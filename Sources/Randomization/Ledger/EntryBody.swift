extension LedgerEntry {
  /// What an entry says happened.
  public enum Body: Sendable, Equatable {
    /// The ledger begins: its identity, its commitment to the seed, its signing key.
    case open(Opening)

    /// A scheme is committed to as the next epoch.
    case epoch(number: Int, commitment: Fingerprint)

    /// The public entropy of the pending epoch is recorded and puts it into force.
    case entropy(epoch: Int, value: [UInt8], source: Label)

    /// A participant is allocated.
    case allocate(SealedAllocation)

    /// A participant was randomized in error.
    case void(subject: Label, reason: Label)

    /// The levels of a participant are corrected.
    case correct(subject: Label, levels: [Label: Label], reason: Label)

    /// The arm of a participant is revealed.
    case unblind(subject: Label, reason: Label)

    /// Something else worth recording.
    case note(text: Label)

    /// Allocation ends.
    case close(reason: Label)
  }

  /// The content of the first entry.
  public struct Opening: Sendable, Equatable {
    /// The identity of the ledger.
    public let ledger: LedgerIdentity

    /// The commitment to the seed.
    public let seedCommitment: SeedCommitment

    /// The key that verifies heads.
    public let key: VerifyingKey

    /// Where public entropy will come from.
    public let entropyPlan: Label

    /// The opening of a ledger.
    public init(
      ledger: LedgerIdentity, seedCommitment: SeedCommitment, key: VerifyingKey, entropyPlan: Label
    ) {
      self.ledger = ledger
      self.seedCommitment = seedCommitment
      self.key = key
      self.entropyPlan = entropyPlan
    }
  }

  /// An allocation as the ledger shows it: everything but the arm.
  public struct SealedAllocation: Sendable, Equatable {
    /// The identity of the request.
    public let requestID: Label

    /// The participant's code.
    public let subject: Label

    /// The epoch.
    public let epoch: Int

    /// The levels as randomized.
    public let levels: [Label: Label]

    /// The position in the stratum.
    public let seq: Int

    /// The seal that stands for the arm.
    public let seal: Fingerprint
  }
}

extension LedgerEntry.Body {
  /// The kinds an entry may have.
  static let kinds: Set<String> = [
    "open", "epoch", "entropy", "allocate", "void", "correct", "unblind", "note", "close",
  ]

  /// The kind as it stands in the entry.
  public var kind: String {
    switch self {
    case .open: "open"
    case .epoch: "epoch"
    case .entropy: "entropy"
    case .allocate: "allocate"
    case .void: "void"
    case .correct: "correct"
    case .unblind: "unblind"
    case .note: "note"
    case .close: "close"
    }
  }

  /// The body as it stands in the entry.
  var value: CanonicalValue {
    switch self {
    case .open(let opening):
      [
        "v": .integer(1), "ledger": .text(opening.ledger.hex),
        "seed_commitment": .text(opening.seedCommitment.fingerprint.hex),
        "key": .hex(opening.key.bytes), "entropy_plan": .string(opening.entropyPlan),
      ]
    case .epoch(let number, let commitment):
      ["epoch": .integer(number), "commitment": .text(commitment.hex)]
    case .entropy(let epoch, let value, let source):
      ["epoch": .integer(epoch), "value": .hex(value), "source": .string(source)]
    case .allocate(let allocation):
      [
        "rid": .string(allocation.requestID), "subject": .string(allocation.subject),
        "epoch": .integer(allocation.epoch), "levels": Self.value(allocation.levels),
        "seq": .integer(allocation.seq), "seal": .text(allocation.seal.hex),
      ]
    case .void(let subject, let reason), .unblind(let subject, let reason):
      ["subject": .string(subject), "reason": .string(reason)]
    case .correct(let subject, let levels, let reason):
      ["subject": .string(subject), "levels": Self.value(levels), "reason": .string(reason)]
    case .note(let text):
      ["text": .string(text)]
    case .close(let reason):
      ["reason": .string(reason)]
    }
  }

  private static func value(_ levels: [Label: Label]) -> CanonicalValue {
    .object(CanonicalObject(levels.mapValues { .string($0) }))
  }

  /// The body of a kind held by a value, or nil.
  init?(kind: String, _ value: CanonicalValue) {
    guard let reader = BodyReader(value) else { return nil }
    guard let body = reader.body(kind) else { return nil }
    self = body
  }
}

/// Reads the body of an entry.
private struct BodyReader {
  private let object: CanonicalObject

  init?(_ value: CanonicalValue) {
    guard let object = value.object else { return nil }
    self.object = object
  }

  func body(_ kind: String) -> LedgerEntry.Body? {
    switch kind {
    case "open": opening()
    case "epoch": epoch()
    case "entropy": entropy()
    case "allocate": allocation()
    case "void": act().map { .void(subject: $0.subject, reason: $0.reason) }
    case "unblind": act().map { .unblind(subject: $0.subject, reason: $0.reason) }
    case "correct": correction()
    case "note": only("text").map { .note(text: $0) }
    case "close": only("reason").map { .close(reason: $0) }
    default: nil
    }
  }

  private func opening() -> LedgerEntry.Body? {
    guard object.hasExactly(["entropy_plan", "key", "ledger", "seed_commitment", "v"]),
      object["v"] == .integer(1),
      let ledger = object["ledger"]?.label.flatMap({ LedgerIdentity(hex: $0) }),
      let commitment = object["seed_commitment"]?.label.flatMap({ Fingerprint(hex: $0) }),
      let key = object["key"]?.label.flatMap({ Hex.bytes($0.utf8) })
        .flatMap({ VerifyingKey($0) }),
      let plan = object["entropy_plan"]?.label
    else { return nil }
    return .open(
      .init(
        ledger: ledger, seedCommitment: SeedCommitment(commitment), key: key, entropyPlan: plan))
  }

  private func epoch() -> LedgerEntry.Body? {
    guard object.hasExactly(["commitment", "epoch"]), let number = number("epoch"),
      let commitment = object["commitment"]?.label.flatMap({ Fingerprint(hex: $0) })
    else { return nil }
    return .epoch(number: number, commitment: commitment)
  }

  private func entropy() -> LedgerEntry.Body? {
    guard object.hasExactly(["epoch", "source", "value"]), let epoch = number("epoch"),
      let value = object["value"]?.label.flatMap({ Hex.bytes($0.utf8) }),
      let source = object["source"]?.label
    else { return nil }
    return .entropy(epoch: epoch, value: value, source: source)
  }

  private func allocation() -> LedgerEntry.Body? {
    guard object.hasExactly(["epoch", "levels", "rid", "seal", "seq", "subject"]),
      let rid = object["rid"]?.label, let subject = object["subject"]?.label,
      let epoch = number("epoch"), let levels = levels(), let seq = number("seq"),
      let seal = object["seal"]?.label.flatMap({ Fingerprint(hex: $0) })
    else { return nil }
    return .allocate(
      .init(
        requestID: rid, subject: subject, epoch: epoch, levels: levels, seq: seq, seal: seal))
  }

  private func act() -> (subject: Label, reason: Label)? {
    guard object.hasExactly(["reason", "subject"]), let subject = object["subject"]?.label,
      let reason = object["reason"]?.label
    else { return nil }
    return (subject, reason)
  }

  private func correction() -> LedgerEntry.Body? {
    guard object.hasExactly(["levels", "reason", "subject"]),
      let subject = object["subject"]?.label, let levels = levels(),
      let reason = object["reason"]?.label
    else { return nil }
    return .correct(subject: subject, levels: levels, reason: reason)
  }

  private func only(_ key: String) -> Label? {
    object.hasExactly([key]) ? object[key]?.label : nil
  }

  private func number(_ key: String) -> Int? {
    // Numbers become u32 or u64 in the derivation of keys; a negative one has no bytes.
    object[key]?.integer.flatMap { $0 >= 0 && $0 <= Int(UInt32.max) ? $0 : nil }
  }

  private func levels() -> [Label: Label]? {
    guard let members = object["levels"]?.object?.members else { return nil }
    var levels: [Label: Label] = [:]
    for member in members {
      guard let level = member.value.label else { return nil }
      levels[member.key] = level
    }
    return levels
  }
}
