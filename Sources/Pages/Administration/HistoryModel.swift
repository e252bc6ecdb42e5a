/// Changes in the reader's own numbering, without gaps.
public struct HistoryModel: Sendable, Equatable {
  /// The frame of the page.
  public var frame: PageFrame
  /// What the history belongs to.
  public var back: Link?
  /// Of what the history is.
  public var subject: String
  /// How many of how many, in words.
  public var shown: String
  /// The changes, newest first.
  public var rows: [HistoryRow]
  /// Earlier and later rows.
  public var pages: [Link]
  /// What the check of the chain found.
  public var verified: String
  /// The same as CSV.
  public var export: Link?

  /// All of it at once.
  public init(
    frame: PageFrame, back: Link? = nil, subject: String, shown: String, rows: [HistoryRow],
    pages: [Link] = [], verified: String = "", export: Link? = nil
  ) {
    self.frame = frame
    self.back = back
    self.subject = subject
    self.shown = shown
    self.rows = rows
    self.pages = pages
    self.verified = verified
    self.export = export
  }
}
