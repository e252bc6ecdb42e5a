/// Everything a third party needs to verify a trial's allocation.
public struct Bundle: Sendable, Equatable {
  /// What is revealed when a trial is unblinded.
  public struct Reveal: Sendable, Equatable {
    /// The seed.
    public let seed: Seed

    /// The schemes of all epochs.
    public let schemes: [Scheme]

    /// The arm of every participant allocated, as the data set has it; nil to leave it out.
    public let arms: [ArmRow]?

    /// The reveal of these secrets.
    public init(seed: Seed, schemes: [Scheme], arms: [ArmRow]?) {
      self.seed = seed
      self.schemes = schemes
      self.arms = arms
    }
  }

  /// One row of the treatment column of the data set.
  public struct ArmRow: Sendable, Equatable {
    /// The participant's code.
    public let subject: Label

    /// The arm.
    public let arm: Label

    /// The row of a participant.
    public init(subject: Label, arm: Label) {
      self.subject = subject
      self.arm = arm
    }
  }

  /// The entries in order.
  public let entries: [LedgerEntry]

  /// The signed heads, those returned by sites and witnesses included.
  public let heads: [SignedHead]

  /// What is revealed, or nil while the trial is blinded.
  public let reveal: Reveal?

  /// The bundle of these parts.
  public init(entries: [LedgerEntry], heads: [SignedHead], reveal: Reveal?) {
    self.entries = entries
    self.heads = heads
    self.reveal = reveal
  }

  /// The bundle as canonical JSON.
  public func canonicalBytes() throws(CanonicalRefusal) -> [UInt8] {
    var parts: [Label: CanonicalValue] = [
      "entries": .array(entries.map(\.value)), "heads": .array(heads.map(\.value)),
    ]
    if let reveal {
      parts["seed"] = .hex(reveal.seed.bytes)
      var schemes: [CanonicalValue] = []
      for scheme in reveal.schemes {
        schemes.append(try CanonicalValue(parsing: scheme.canonicalBytes))
      }
      parts["schemes"] = .array(schemes)
      if let arms = reveal.arms {
        parts["arms"] = .array(
          arms.map { ["subject": .string($0.subject), "arm": .string($0.arm)] })
      }
    }
    return try CanonicalValue.object(CanonicalObject(parts)).canonicalBytes()
  }
}
