import Foundation

/// What a provider says about itself (OpenID Connect Discovery 1.0).
struct ProviderDocument: Sendable {
  /// Where browsers are sent.
  let authorization: ProviderAddress
  /// Where a code is exchanged.
  let token: ProviderAddress
  /// Where its keys stand.
  let keys: ProviderAddress
  /// Whether the secret goes into the form, for who does not take it in the header.
  let takesSecretInForm: Bool

  private struct Written: Decodable {
    let issuer: String
    let authorization: String
    let token: String
    let keys: String
    let responses: [String]?
    let challenges: [String]?
    let algorithms: [String]?
    let secrets: [String]?

    private enum CodingKeys: String, CodingKey {
      case issuer
      case authorization = "authorization_endpoint"
      case token = "token_endpoint"
      case keys = "jwks_uri"
      case responses = "response_types_supported"
      case challenges = "code_challenge_methods_supported"
      case algorithms = "id_token_signing_alg_values_supported"
      case secrets = "token_endpoint_auth_methods_supported"
    }
  }

  /// Reads the document of an issuer.
  init(reading bytes: [UInt8], issuer: ProviderAddress) throws(ProviderRefusal) {
    guard let written = try? JSONDecoder().decode(Written.self, from: Data(bytes)) else {
      throw .malformed
    }
    // Character by character: a document for another issuer would let that one answer in its place.
    guard written.issuer == issuer.text else { throw .foreignDocument }
    guard let authorization = ProviderAddress(written.authorization),
      let token = ProviderAddress(written.token),
      let keys = ProviderAddress(written.keys)
    else { throw .unencrypted }
    // What is not said is what the standard takes for granted; what is said must hold what is needed.
    let algorithms = SigningAlgorithm.allCases.map(\.rawValue)
    let secrets = written.secrets ?? ["client_secret_basic"]
    guard written.responses?.contains("code") ?? true,
      written.challenges?.contains("S256") ?? true,
      written.algorithms?.contains(where: algorithms.contains) ?? true,
      secrets.contains("client_secret_basic") || secrets.contains("client_secret_post")
    else { throw .notOffered }
    self.authorization = authorization
    self.token = token
    self.keys = keys
    takesSecretInForm = !secrets.contains("client_secret_basic")
  }

  static func address(of issuer: ProviderAddress) throws(ProviderRefusal) -> ProviderAddress {
    guard let address = ProviderAddress(issuer.below("/.well-known/openid-configuration")) else {
      throw .malformed
    }
    return address
  }
}
