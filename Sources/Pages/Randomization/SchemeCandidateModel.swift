/// One candidate scheme, for the people who may see schemes.
public struct SchemeCandidateModel: Sendable, Equatable {
  /// The frame of the page.
  public var frame: PageFrame
  /// The list.
  public var back: Link
  /// Which candidate it is.
  public var title: String
  /// The method in words.
  public var lead: String
  /// How far its simulation is.
  public var chip: Chip
  /// The parts of the scheme.
  public var facts: [Fact]
  /// What to weigh before committing to it.
  public var advisories: [String]
  /// What it changes against the scheme in force.
  public var differences: [String]
  /// Whether a scheme is in force with which it is compared.
  public var isAmendment: Bool
  /// What can be done next.
  public var links: [Link]
  /// Where withdrawing is posted, nil for who may not.
  public var withdraw: FormTarget?
  /// Why it was refused.
  public var faults: [Fault]

  /// All of it at once.
  public init(
    frame: PageFrame, back: Link, title: String, lead: String, chip: Chip, facts: [Fact],
    advisories: [String], differences: [String] = [], isAmendment: Bool = false,
    links: [Link] = [], withdraw: FormTarget? = nil, faults: [Fault] = []
  ) {
    self.frame = frame
    self.back = back
    self.title = title
    self.lead = lead
    self.chip = chip
    self.facts = facts
    self.advisories = advisories
    self.differences = differences
    self.isAmendment = isAmendment
    self.links = links
    self.withdraw = withdraw
    self.faults = faults
  }
}
