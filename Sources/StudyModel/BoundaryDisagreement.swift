/// A boundary stated in a definition that is not the one that follows from its looks.
public struct BoundaryDisagreement: Hashable, Sendable {
  /// Which of the stated ones, counted from 0; nil when none can be computed.
  public let index: Int?
  /// The key that says otherwise; nil for the boundary as a whole.
  public let key: String?
  /// The sentence for the person who wrote the definition.
  public let sentence: String

  /// Makes the value from its parts.
  public init(
    index: Int? = nil,
    key: String? = nil,
    sentence: String
  ) {
    self.index = index
    self.key = key
    self.sentence = sentence
  }
}
