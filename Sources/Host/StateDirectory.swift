import Foundation

/// Why the host cannot be made ready.
public enum HostRefusal: Error, Hashable, Sendable, CustomStringConvertible {
  /// The key file is there but is not a key.
  case badKeyFile(path: String)
  /// The key file cannot be read or written.
  case keyFileUnreadable(path: String)
  /// The key is not the one things are sealed under, so that it cannot be replaced.
  case keyNotInForce(path: String)
  /// The database did not tell whether the new key came into force.
  case rotationUnknown(path: String)
  /// A server setting that keeps data safe is off.
  case unsafeSetting(String)
  /// The database is reached over a network without encryption.
  case unencryptedDatabase
  /// The file with the provider's secret is missing, or holds none.
  case providerSecretUnreadable(path: String)
  /// Others than the daemon's account may read that file.
  case providerSecretOpen(path: String)

  /// What is wrong and what to do, for the person at the console.
  public var description: String {
    switch self {
    case .badKeyFile(let path):
      "The key file \(path) does not hold a key of 64 hexadecimal digits. "
        + "Restore it from the escrow copy."
    case .keyFileUnreadable(let path):
      "The key file \(path) cannot be read or written. "
        + "Check that it belongs to the daemon's account."
    case .keyNotInForce(let path):
      "The key file \(path) is missing or holds another key than the one in force. "
        + "Nothing was changed. Put the right key file there."
    case .rotationUnknown(let path):
      "It is not known whether the new key came into force. Both keys are kept, in \(path) and "
        + "\(path).new. Start the server: it recognizes which one is in force."
    case .unencryptedDatabase:
      "The connection to the database is not encrypted. Use its local socket, or add sslmode=verify-full to the connection string. Nothing was changed."
    case .providerSecretUnreadable(let path):
      "The file \(path) does not hold the secret of the provider: one line of 8 to 1024 characters, "
        + "readable by the daemon's account. The server was not started."
    case .providerSecretOpen(let path):
      "The file \(path) can be read by others than the daemon's account. Set its rights to 0600, and have "
        + "the provider issue a new secret if somebody may have read it. The server was not started."
    case .unsafeSetting("log_statement"):
      "The database server logs every statement. Set log_statement to none and reload its configuration. "
        + "Nothing was changed."
    case .unsafeSetting(let name) where name.hasPrefix("log_"):
      "The database server may write what people enter into its own log. Set \(name) to 0 and reload its "
        + "configuration. Nothing was changed."
    case .unsafeSetting("data_sync_retry"):
      "The database server goes on after a failed write, which can lose committed data. "
        + "Set data_sync_retry to off and restart the server."
    case .unsafeSetting(let name):
      "The database server has \(name) off, which can lose committed data. "
        + "Switch it on and restart the server."
    }
  }
}
