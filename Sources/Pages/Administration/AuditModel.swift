/// The audit trail with its filters.
public struct AuditModel: Sendable, Equatable {
  /// The frame of the page.
  public var frame: PageFrame
  /// How many of how many, in words.
  public var lead: String
  /// The classes the reader may choose from; empty where there is one.
  public var classes: [Link]
  /// The questions of a review.
  public var questions: [Link]
  /// What the rows are filtered by.
  public var filters: [EntryField]
  /// The class shown.
  public var dataClass: String
  /// The changes, newest first.
  public var rows: [HistoryRow]
  /// Earlier and later rows.
  public var pages: [Link]
  /// Without filters, where one is set.
  public var clear: Link?
  /// Removed personal data, for who removes them.
  public var removals: Link?
  /// The same rows as files.
  public var files: Link
  /// Signed reviews.
  public var reviews: Link

  /// All of it at once.
  public init(
    frame: PageFrame, lead: String, classes: [Link], questions: [Link], filters: [EntryField],
    dataClass: String, rows: [HistoryRow], pages: [Link], clear: Link?, removals: Link?,
    files: Link, reviews: Link
  ) {
    self.frame = frame
    self.lead = lead
    self.classes = classes
    self.questions = questions
    self.filters = filters
    self.dataClass = dataClass
    self.rows = rows
    self.pages = pages
    self.clear = clear
    self.removals = removals
    self.files = files
    self.reviews = reviews
  }
}
