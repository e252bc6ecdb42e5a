// swift-format-ignore: AlwaysUseLowerCamelCase
/// A data query as a snapshot holds one.
///
/// The names are those of its JSON.
public struct SnapshotQuery: Decodable, Sendable {
  /// The class it stands in.
  public let `class`: String
  /// The number in its class.
  public let data_query: Int
  /// The participant.
  public let participant: String
  /// The form.
  public let form: String
  /// The visit.
  public let visit: String
  /// The number among repeats.
  public let `repeat`: Int
  /// The field, empty for the form as a whole.
  public let field: String
  /// The check that asked, empty for a person.
  public let rule: String
  /// Whether randomization waited for it.
  public let is_blocking: Bool
  /// open, answered or closed.
  public let state: String
  /// What was written, oldest first.
  public let messages: [Message]

  /// One thing written about it.
  public struct Message: Decodable, Sendable {
    /// The number in the thread.
    public let message: Int
    /// opened, answered, reopened or closed.
    public let kind: String
    /// The role of who wrote it, empty for a check.
    public let role: String
    /// The instant.
    public let at: String
    /// What was written.
    public let text: String
  }
}
