/// Notices that emergency unblindings happened; there is no place for an arm or a reason.
public struct NoticesModel: Sendable, Equatable {
  /// The frame of the page.
  public var frame: PageFrame
  /// The notices, newest first.
  public var rows: [NoticeRow]

  /// All of it at once.
  public init(frame: PageFrame, rows: [NoticeRow]) {
    self.frame = frame
    self.rows = rows
  }
}

/// One notice.
public struct NoticeRow: Sendable, Equatable {
  /// The key of the participant.
  public var key: String
  /// When it happened.
  public var time: String
  /// Whether the reader has read it.
  public var chip: Chip
  /// The page of the notice, nil once read.
  public var act: Link?

  /// All of it at once.
  public init(key: String, time: String, chip: Chip, act: Link?) {
    self.key = key
    self.time = time
    self.chip = chip
    self.act = act
  }
}
