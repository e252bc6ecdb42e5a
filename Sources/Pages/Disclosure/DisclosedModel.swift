/// One participant's arm, opened before the end, with what proves it.
public struct DisclosedModel: Sendable, Equatable {
  /// The frame of the page.
  public var frame: PageFrame
  /// Where the person came from.
  public var back: Link
  /// The key of the participant.
  public var key: String
  /// When it was shown, with the zone.
  public var shown: String
  /// The arm in words.
  public var armName: String
  /// The arm's code.
  public var armDetail: String
  /// The entry of the allocation, the seal and the key that opens it.
  public var proof: [Fact]
  /// A command with which anybody repeats the proof.
  public var check: String
  /// Who is told.
  public var told: String

  /// All of it at once.
  public init(
    frame: PageFrame, back: Link, key: String, shown: String, armName: String, armDetail: String,
    proof: [Fact], check: String, told: String
  ) {
    self.frame = frame
    self.back = back
    self.key = key
    self.shown = shown
    self.armName = armName
    self.armDetail = armDetail
    self.proof = proof
    self.check = check
    self.told = told
  }
}
