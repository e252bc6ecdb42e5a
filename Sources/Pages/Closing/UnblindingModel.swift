/// Unblinding of the whole study by two people.
public struct UnblindingModel: Sendable, Equatable {
  /// The frame of the page.
  public var frame: PageFrame
  /// The lock.
  public var back: Link?
  /// The state.
  public var chip: Chip
  /// What stands in the way, or what was done.
  public var lead: String
  /// Hard lock, plan, first person, second person.
  public var steps: [StepRow]
  /// Snapshot, manifest and plan with their hashes.
  public var facts: [Fact]
  /// What this person can do now.
  public var act: ActForm?
  /// Who signed.
  public var signatures: [Signature]
  /// Why it was refused.
  public var faults: [Fault]

  /// All of it at once.
  public init(
    frame: PageFrame, back: Link? = nil, chip: Chip, lead: String, steps: [StepRow], facts: [Fact],
    act: ActForm? = nil, signatures: [Signature] = [], faults: [Fault] = []
  ) {
    self.frame = frame
    self.back = back
    self.chip = chip
    self.lead = lead
    self.steps = steps
    self.facts = facts
    self.act = act
    self.signatures = signatures
    self.faults = faults
  }
}
