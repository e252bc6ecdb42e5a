/// One answer to choose.
public struct Choice: Sendable, Equatable {
  /// What is stored and shown before the answer.
  public var code: String
  /// The answer in words.
  public var label: String

  /// All of it at once.
  public init(code: String, label: String) {
    self.code = code
    self.label = label
  }
}
