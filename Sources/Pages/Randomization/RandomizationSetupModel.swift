/// From a draft to a randomization in force, by two people and public chance.
public struct RandomizationSetupModel: Sendable, Equatable {
  /// The frame of the page.
  public var frame: PageFrame
  /// The list.
  public var back: Link?
  /// The state of the set-up.
  public var chip: Chip
  /// What it is, in a sentence.
  public var lead: String
  /// Method, ratio, strata and limits as configured.
  public var facts: [Fact]
  /// Draft, second person, public entropy, in force.
  public var steps: [StepRow]
  /// The schemes nothing is committed to yet.
  public var candidates: [CandidateRow]
  /// What can be done with them; nil where no candidate may be seen.
  public var candidateLinks: [Link]?
  /// The latest simulation.
  public var progress: SimulationProgress?
  /// The epochs committed to, when there is more than the list of steps tells.
  public var epochs: DataTable?
  /// The digests that were published.
  public var commitments: [Fact]
  /// What this person can do now.
  public var act: ActForm?
  /// Why it was refused.
  public var faults: [Fault]
  /// Who signed.
  public var signatures: [Signature]

  /// All of it at once.
  public init(
    frame: PageFrame, back: Link? = nil, chip: Chip, lead: String, facts: [Fact], steps: [StepRow],
    candidates: [CandidateRow] = [], candidateLinks: [Link]? = nil,
    progress: SimulationProgress? = nil, epochs: DataTable? = nil, commitments: [Fact],
    act: ActForm? = nil, faults: [Fault] = [], signatures: [Signature] = []
  ) {
    self.frame = frame
    self.back = back
    self.chip = chip
    self.lead = lead
    self.facts = facts
    self.steps = steps
    self.candidates = candidates
    self.candidateLinks = candidateLinks
    self.progress = progress
    self.epochs = epochs
    self.commitments = commitments
    self.act = act
    self.faults = faults
    self.signatures = signatures
  }
}
