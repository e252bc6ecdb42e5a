/// A list of things somebody must look at, each with its state and one act.
public struct WorkListModel: Sendable, Equatable {
  /// The frame of the page.
  public var frame: PageFrame
  /// What the list is of.
  public var title: String
  /// One line more.
  public var lead: String
  /// What stands when there is nothing.
  public var nothing: String
  /// The columns between the participant and the state.
  public var columns: [String]
  /// The rows, the most pressing first.
  public var rows: [WorkListRow]
  /// What the first column holds.
  public var firstColumn: String
  /// Where one can go from here.
  public var links: [Link]
  /// What is wrong and must be known before the list is read.
  public var notice: String

  /// All of it at once.
  public init(
    frame: PageFrame, title: String, lead: String, nothing: String, columns: [String],
    rows: [WorkListRow], firstColumn: String = "Participant", links: [Link] = [],
    notice: String = ""
  ) {
    self.firstColumn = firstColumn
    self.links = links
    self.notice = notice
    self.frame = frame
    self.title = title
    self.lead = lead
    self.nothing = nothing
    self.columns = columns
    self.rows = rows
  }
}

/// One thing in the list.
public struct WorkListRow: Sendable, Equatable {
  /// The participant.
  public var participant: Link
  /// One text for each column.
  public var texts: [String]
  /// Its state.
  public var chip: Chip
  /// What can be done.
  public var act: Link?

  /// All of it at once.
  public init(participant: Link, texts: [String], chip: Chip, act: Link? = nil) {
    self.participant = participant
    self.texts = texts
    self.chip = chip
    self.act = act
  }
}
