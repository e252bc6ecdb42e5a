/// Where a form is posted, with what every form carries.
public struct FormTarget: Sendable, Equatable {
  /// The address that receives the form.
  public var action: String
  /// The anti-forgery token of the session, sent as `_token`.
  public var token: String
  /// The idempotency key of the act, sent as `_key`.
  public var key: String
  /// The version of the entry that was read, sent as `_version`.
  public var version: String

  /// All of it at once.
  public init(action: String, token: String, key: String, version: String = "") {
    self.action = action
    self.token = token
    self.key = key
    self.version = version
  }
}
