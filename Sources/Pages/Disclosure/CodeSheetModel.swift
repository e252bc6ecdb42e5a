/// A sheet of cards to print, cut and seal: a participant key and a code each.
public struct CodeSheetModel: Sendable, Equatable {
  /// The frame of the page.
  public var frame: PageFrame
  /// Where the person came from.
  public var back: Link
  /// Study and site.
  public var place: String
  /// The key the site's file is signed by.
  public var signedBy: String
  /// Participant key and code.
  public var cards: [Fact]

  /// All of it at once.
  public init(frame: PageFrame, back: Link, place: String, signedBy: String, cards: [Fact]) {
    self.frame = frame
    self.back = back
    self.place = place
    self.signedBy = signedBy
    self.cards = cards
  }
}
