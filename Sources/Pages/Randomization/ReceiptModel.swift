/// What a coordinator learns: the number and the time, nothing else.
public struct ReceiptModel: Sendable, Equatable {
  /// The frame of the page.
  public var frame: PageFrame
  /// The key of the participant.
  public var key: String
  /// The randomization number.
  public var number: String
  /// When, with the zone.
  public var time: String
  /// The next visit with its window.
  public var nextVisit: String
  /// The participant.
  public var participant: Link
  /// The ledger receipt, to keep outside the server.
  public var file: Link
  /// The list of work.
  public var home: Link

  /// All of it at once.
  public init(
    frame: PageFrame, key: String, number: String, time: String, nextVisit: String,
    participant: Link, file: Link, home: Link
  ) {
    self.frame = frame
    self.key = key
    self.number = number
    self.time = time
    self.nextVisit = nextVisit
    self.participant = participant
    self.file = file
    self.home = home
  }
}
