import Foundation

/// The file with the secret that this server and its provider share: one line, for the daemon's account alone.
public struct ProviderSecretFile: Sendable {
  private let path: String

  /// The file of that path.
  public init(_ path: String) { self.path = path }

  /// The secret.
  public func read() throws(HostRefusal) -> String {
    guard let rights = try? FileManager.default.attributesOfItem(atPath: path)[.posixPermissions],
      let mode = (rights as? NSNumber)?.intValue,
      let data = FileManager.default.contents(atPath: path),
      let text = String(data: data.prefix(4096), encoding: .utf8)
    else { throw .providerSecretUnreadable(path: path) }
    guard mode & 0o077 == 0 else { throw .providerSecretOpen(path: path) }
    let secret = text.trimmingCharacters(in: .whitespacesAndNewlines)
    guard (8...1024).contains(secret.utf8.count), !secret.contains(where: \.isNewline) else {
      throw .providerSecretUnreadable(path: path)
    }
    return secret
  }
}
