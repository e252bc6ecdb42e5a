/// One allocation: what was drawn and what it was drawn from.
///
/// Its description and reflection show neither the arm nor anything that helps to foresee one.
public struct Draw: Sendable, Equatable {
  /// The identity of the request.
  public let requestID: Label

  /// The participant's code.
  public let subject: Label

  /// The levels as randomized.
  public let levels: [Label: Label]

  /// The epoch.
  public let epoch: Int

  /// The stratum.
  public let stratum: StratumBytes

  /// The position in the stratum, from 1, running on across epochs.
  public let seq: Int

  /// The index of the unit drawn.
  public let unit: Int

  /// The arm allocated.
  public let arm: Label

  /// The slot within the arm, from 0.
  public let slot: Int

  /// The size of the block the allocation lies in, for permuted blocks.
  public let block: Int?

  /// The weight of every unit.
  public let weights: [UInt64]

  /// The words read from the tape.
  public let words: Int

  /// The scores behind the weights, for minimization.
  public let scores: MinimizationScores?

  /// The key that proves this arm and no other.
  public let sealKey: SealKey

  /// What the ledger publishes in place of the arm.
  public let seal: Fingerprint

  /// The index of the entry that already holds this allocation; nil for a new draw.
  public internal(set) var recordedIn: Int?
}

extension Draw: CustomStringConvertible, CustomReflectable {
  /// The participant and nothing else.
  public var description: String { "a concealed allocation of participant \(subject)" }

  /// A mirror without children.
  public var customMirror: Mirror { Mirror(self, children: [:]) }
}
