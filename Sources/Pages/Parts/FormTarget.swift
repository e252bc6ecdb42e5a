/// A value a form sends without showing it.
public struct KeptValue: Sendable, Equatable {
  /// The name under which it is sent.
  public var name: String
  /// The value.
  public var value: String

  /// All of it at once.
  public init(name: String, value: String) {
    self.name = name
    self.value = value
  }
}

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

  /// What was sent before and is sent again unseen, in order.
  public var kept: [KeptValue]
  /// Whether what it sends is as long as files are, and is sent like them.
  public var isLong = false

  /// All of it at once.
  public init(
    action: String, token: String, key: String, version: String = "", kept: [KeptValue] = []
  ) {
    self.kept = kept
    self.action = action
    self.token = token
    self.key = key
    self.version = version
  }
}
