/// Allocations that the treatment team has not read yet.
public struct AcknowledgementListModel: Sendable, Equatable {
  /// The frame of the page.
  public var frame: PageFrame
  /// The allocations, oldest first.
  public var rows: [AcknowledgementRow]
  /// Within which time each is to be read.
  public var limit: String
  /// Allocations read before: key, number, when and by whom.
  public var read: [DataRow]

  /// All of it at once.
  public init(frame: PageFrame, rows: [AcknowledgementRow], limit: String, read: [DataRow] = []) {
    self.frame = frame
    self.rows = rows
    self.limit = limit
    self.read = read
  }
}

/// One allocation that waits to be read.
public struct AcknowledgementRow: Sendable, Equatable {
  /// The key of the participant.
  public var key: String
  /// The randomization number.
  public var number: String
  /// By whom and when.
  public var requested: String
  /// Since when it waits.
  public var chip: Chip
  /// The page before the reveal.
  public var act: Link

  /// All of it at once.
  public init(key: String, number: String, requested: String, chip: Chip, act: Link) {
    self.key = key
    self.number = number
    self.requested = requested
    self.chip = chip
    self.act = act
  }
}
