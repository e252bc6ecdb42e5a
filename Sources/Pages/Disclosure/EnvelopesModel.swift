/// The envelope files of the sites for the officer who holds them.
public struct EnvelopesModel: Sendable, Equatable {
  /// The frame of the page.
  public var frame: PageFrame
  /// The files, a site each.
  public var files: [Link]
  /// The page on which an opening is entered afterwards.
  public var enter: Link

  /// All of it at once.
  public init(frame: PageFrame, files: [Link], enter: Link) {
    self.frame = frame
    self.files = files
    self.enter = enter
  }
}
