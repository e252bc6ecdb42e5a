/// Words that lead somewhere.
public struct Link: Sendable, Equatable {
  /// The visible words.
  public var text: String
  /// Where they lead.
  public var href: String
  /// What the accessible name adds, so that two links never sound alike.
  public var context: String
  /// Whether it leads to another server: opened beside this page, which is told nothing of and tells nothing.
  public var isOutside: Bool

  /// All of it at once.
  public init(text: String, href: String, context: String = "", isOutside: Bool = false) {
    self.isOutside = isOutside
    self.text = text
    self.href = href
    self.context = context
  }
}
