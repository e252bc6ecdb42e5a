/// Words that lead somewhere.
public struct Link: Sendable, Equatable {
  /// The visible words.
  public var text: String
  /// Where they lead.
  public var href: String
  /// What the accessible name adds, so that two links never sound alike.
  public var context: String

  /// All of it at once.
  public init(text: String, href: String, context: String = "") {
    self.text = text
    self.href = href
    self.context = context
  }
}
