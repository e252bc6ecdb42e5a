/// What a person gives again before an act that cannot be undone.
public enum Authentication: Sendable, Equatable {
  /// The last proof is less than five minutes old.
  case notNeeded
  /// The password alone.
  case password
  /// The password and a one-time code.
  case passwordAndCode
  /// The password and a one-time code, which a training server shows.
  case passwordAndShownCode(String)
  /// The password and a one-time code or a passkey; a training server shows the code.
  case passwordAndPasskeyOrCode(shown: String)
}
