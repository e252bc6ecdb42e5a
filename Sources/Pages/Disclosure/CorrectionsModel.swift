/// Errors in the randomization and disclosures as they are on record, for the randomization manager.
public struct CorrectionsModel: Sendable, Equatable {
  /// The frame of the page.
  public var frame: PageFrame
  /// Randomizations in error and corrected strata.
  public var corrections: [DataRow]
  /// Disclosures of single arms, without the arms.
  public var disclosures: [DataRow]
  /// The pages of the acts.
  public var acts: [Link]

  /// All of it at once.
  public init(
    frame: PageFrame, corrections: [DataRow], disclosures: [DataRow], acts: [Link]
  ) {
    self.frame = frame
    self.corrections = corrections
    self.disclosures = disclosures
    self.acts = acts
  }
}
