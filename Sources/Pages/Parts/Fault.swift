/// One fault, said in the summary and under its field in the same words.
public struct Fault: Sendable, Equatable {
  /// The name of the field; empty where no field has it.
  public var field: String
  /// What is wrong and what is allowed.
  public var sentence: String
  /// The page of the field, when it is on another one.
  public var href: String

  /// All of it at once.
  public init(field: String, sentence: String, href: String = "") {
    self.field = field
    self.sentence = sentence
    self.href = href
  }
}
