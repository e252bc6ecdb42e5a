/// What this server and its provider agreed on.
public struct ProviderSettings: Sendable {
  /// The issuer.
  public let issuer: ProviderAddress
  /// The name of this server at the provider.
  public let client: String
  /// What only both know.
  let secret: String
  /// What people call the provider.
  public let name: String

  /// Keeps what was agreed on.
  public init(issuer: ProviderAddress, client: String, secret: String, name: String) {
    self.issuer = issuer
    self.client = client
    self.secret = secret
    self.name = name
  }
}
