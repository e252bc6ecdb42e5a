/// How severe a finding is.
public enum FaultKind: String, CaseIterable, Sendable, Codable {
  /// The entry is not saved.
  case hard
  /// The entry is saved and a data query opens.
  case query
  /// Shown to the writer only.
  case warning
}

/// A rule over the answers of an entry, with the sentence shown when it is broken.
public struct EditCheck: Hashable, Sendable {
  /// The code, such as `EC-VS-01`.
  public let code: String
  /// How severe it is.
  public let kind: FaultKind
  /// True when something is wrong.
  public let condition: Formula
  /// The sentence.
  public let sentence: String
  /// The field to point to, when there is one.
  public let field: FieldID?
  /// The most guarded class among its inputs: who may be shown the sentence.
  public let inputClass: DataClass

  /// Makes the value from its parts.
  public init(
    code: String,
    kind: FaultKind,
    condition: Formula,
    sentence: String,
    field: FieldID? = nil,
    inputClass: DataClass = .open
  ) {
    self.code = code
    self.kind = kind
    self.condition = condition
    self.sentence = sentence
    self.field = field
    self.inputClass = inputClass
  }
}
