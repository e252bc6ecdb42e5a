/// The one page that shows an arm, to the treatment team, once.
public struct RevealModel: Sendable, Equatable {
  /// The frame of the page.
  public var frame: PageFrame
  /// The key of the participant.
  public var key: String
  /// The randomization number.
  public var number: String
  /// When it was shown, with the zone.
  public var shown: String
  /// The arm in words.
  public var armName: String
  /// What the arm means.
  public var armDetail: String
  /// When and by whom it was requested.
  public var requested: String
  /// The days of the first treatment.
  public var firstTreatment: String
  /// Where reading is confirmed.
  public var form: FormTarget

  /// All of it at once.
  public init(
    frame: PageFrame, key: String, number: String, shown: String, armName: String,
    armDetail: String, requested: String, firstTreatment: String, form: FormTarget
  ) {
    self.frame = frame
    self.key = key
    self.number = number
    self.shown = shown
    self.armName = armName
    self.armDetail = armDetail
    self.requested = requested
    self.firstTreatment = firstTreatment
    self.form = form
  }
}
