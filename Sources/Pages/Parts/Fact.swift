/// A name and its value, to be compared with the paper.
public struct Fact: Sendable, Equatable {
  /// What it is.
  public var name: String
  /// Its value in words.
  public var value: String
  /// Whether the value is a code or a hash.
  public var isCode: Bool
  /// Where the value leads, if anywhere.
  public var href: String

  /// All of it at once.
  public init(name: String, value: String, isCode: Bool = false, href: String = "") {
    self.name = name
    self.value = value
    self.isCode = isCode
    self.href = href
  }
}
