/// How one epoch of a trial allocates.
///
/// A scheme exists only in canonical form and only when every rule holds, so that nothing is left
/// to check when a participant is waiting.
public struct Scheme: Sendable, Equatable {
  /// An arm open for allocation, with its share of the allocation ratio.
  public struct Arm: Sendable, Equatable {
    /// The identity, 1 to 64 bytes.
    public let id: Label

    /// The share of the ratio, 1 to 60.
    public let ratio: Int

    /// The arm with this identity and ratio.
    public init(id: Label, ratio: Int) {
      self.id = id
      self.ratio = ratio
    }
  }

  /// Something known of a participant before allocation, with its possible levels.
  public struct Factor: Sendable, Equatable {
    /// The identity, a plain key.
    public let id: Label

    /// The levels in the order used for simulation.
    public let levels: [Label]

    /// The factor with these levels.
    public init(id: Label, levels: [Label]) {
      self.id = id
      self.levels = levels
    }
  }

  /// A largest number of allocations where certain levels match.
  public struct Cap: Sendable, Equatable {
    /// The levels that must match; empty for the whole trial.
    public let when: [Label: Label]

    /// The largest number.
    public let max: Int

    /// The cap with this condition and number.
    public init(when: [Label: Label], max: Int) {
      self.when = when
      self.max = max
    }
  }

  /// What becomes of a participant randomized in error in the counts of minimization.
  public enum VoidRule: String, Sendable {
    /// The participant goes on counting.
    case keep

    /// The participant stops counting from then on.
    case drop
  }

  /// Which levels count in minimization after a correction.
  public enum CorrectionRule: String, Sendable {
    /// The levels as randomized.
    case keep

    /// The corrected levels, from then on.
    case apply
  }

  /// The ledger this scheme allocates in.
  public let ledger: LedgerIdentity

  /// The number of the epoch, from 1.
  public let epoch: Int

  /// The open arms, in an order that is part of the scheme.
  public let arms: [Arm]

  /// The factors every request states a level of.
  public let factors: [Factor]

  /// The factors that form the strata, in order.
  public let strata: [Label]

  /// How weights follow from earlier allocations.
  public let method: Method

  /// The largest numbers of allocations.
  public let caps: [Cap]

  /// What a void allocation counts for.
  public let void: VoidRule

  /// What corrected levels count for.
  public let correct: CorrectionRule

  /// Whether minimization counts the participants of the epoch before.
  public let carry: Bool

  /// The scheme as canonical JSON, the bytes that are committed to.
  public let canonicalBytes: [UInt8]

  /// The shares of the ratio in the order of the arms.
  var ratios: [Int] { arms.map(\.ratio) }

  /// The sum of the ratio.
  public var ratioSum: Int { ratios.reduce(0, +) }

  /// The factor with this identity.
  func factor(_ id: Label) -> Factor? {
    factors.first { $0.id == id }
  }

  /// The scheme made of these parts.
  public init(
    ledger: LedgerIdentity, epoch: Int, arms: [Arm], factors: [Factor], strata: [Label],
    method: Method, caps: [Cap] = [], void: VoidRule = .keep, correct: CorrectionRule = .keep,
    carry: Bool = false
  ) throws(SchemeRefusal) {
    try self.init([
      "v": .integer(1), "ledger": .text(ledger.hex), "epoch": .integer(epoch),
      "arms": .array(arms.map { ["id": .string($0.id), "ratio": .integer($0.ratio)] }),
      "factors": .array(
        factors.map { ["id": .string($0.id), "levels": .array($0.levels.map { .string($0) })] }),
      "strata": .array(strata.map { .string($0) }), "method": method.value,
      "caps": .array(
        caps.map {
          [
            "when": .object(CanonicalObject($0.when.mapValues { .string($0) })),
            "max": .integer($0.max),
          ]
        }),
      "void": .text(void.rawValue), "correct": .text(correct.rawValue), "carry": .bool(carry),
    ])
  }

  /// The scheme spelled by JSON text.
  public init(parsing bytes: [UInt8]) throws(SchemeRefusal) {
    try self.init(Self.value(parsing: bytes))
  }

  /// The value spelled by JSON text, or the place at which it is none that a scheme can hold.
  public static func value(parsing bytes: [UInt8]) throws(SchemeRefusal) -> CanonicalValue {
    var parser = CanonicalParser(bytes: bytes)
    do {
      return try parser.document()
    } catch {
      throw .notCanonical(error, at: parser.place)
    }
  }

  /// The scheme held by a value, or every rule it breaks.
  public init(_ value: CanonicalValue) throws(SchemeRefusal) {
    let bytes: [UInt8]
    do {
      bytes = try value.canonicalBytes()
    } catch {
      throw .notCanonical(error, at: CanonicalPlace(path: value.stepsToFault))
    }
    var reader = SchemeReader()
    guard let parts = reader.read(value), reader.faults.isEmpty else {
      throw .badScheme(reader.faults)
    }
    ledger = parts.ledger
    epoch = parts.epoch
    arms = parts.arms
    factors = parts.factors
    strata = parts.strata
    method = parts.method
    caps = parts.caps
    void = parts.void
    correct = parts.correct
    carry = parts.carry
    canonicalBytes = bytes
  }
}
