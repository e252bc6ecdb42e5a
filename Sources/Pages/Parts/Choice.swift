/// One answer to choose.
public struct Choice: Sendable, Equatable {
  /// What is stored and shown before the answer.
  public var code: String
  /// The answer in words.
  public var label: String
  /// Whether the code is told to people; what only a program needs is not.
  public var isCodeShown: Bool

  /// All of it at once.
  public init(code: String, label: String, isCodeShown: Bool = true) {
    self.isCodeShown = isCodeShown
    self.code = code
    self.label = label
  }
}
