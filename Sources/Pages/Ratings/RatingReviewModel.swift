/// What was answered and what was not, before a rating is submitted.
public struct RatingReviewModel: Sendable, Equatable {
  /// The frame of the page.
  public var frame: PageFrame
  /// The last item.
  public var back: Link
  /// The token.
  public var token: String
  /// The instruments of the task.
  public var instruments: [RatingSummary]
  /// Where it is submitted.
  public var form: FormTarget
  /// Why it was not submitted.
  public var faults: [Fault]

  /// All of it at once.
  public init(
    frame: PageFrame, back: Link, token: String, instruments: [RatingSummary], form: FormTarget,
    faults: [Fault] = []
  ) {
    self.frame = frame
    self.back = back
    self.token = token
    self.instruments = instruments
    self.form = form
    self.faults = faults
  }
}

/// How far one instrument is.
public struct RatingSummary: Sendable, Equatable {
  /// The instrument.
  public var title: String
  /// How many of its items are answered.
  public var answered: String
  /// The total; empty until every item is answered.
  public var total: String
  /// The items without an answer.
  public var unanswered: [Link]

  /// All of it at once.
  public init(title: String, answered: String, total: String = "", unanswered: [Link] = []) {
    self.title = title
    self.answered = answered
    self.total = total
    self.unanswered = unanswered
  }
}

/// What the rater believes and heard, asked only after the ratings.
public struct BlindingRecordModel: Sendable, Equatable {
  /// The frame of the page.
  public var frame: PageFrame
  /// The desk.
  public var back: Link
  /// The token.
  public var token: String
  /// When the ratings were submitted.
  public var submitted: String
  /// The fields of the record.
  public var fields: [EntryField]
  /// The faults in the order of the page.
  public var faults: [Fault]
  /// Where it is posted.
  public var form: FormTarget

  /// All of it at once.
  public init(
    frame: PageFrame, back: Link, token: String, submitted: String, fields: [EntryField],
    faults: [Fault] = [], form: FormTarget
  ) {
    self.frame = frame
    self.back = back
    self.token = token
    self.submitted = submitted
    self.fields = fields
    self.faults = faults
    self.form = form
  }
}
