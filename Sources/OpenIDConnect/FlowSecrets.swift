import Crypto
import Foundation
import Passkeys

/// What a browser is sent to a provider for; the state tells it, so that the way back is known.
public enum FlowPurpose: String, Sendable {
  /// The word of the provider in the place of the password.
  case signIn = "sign-in"
  /// An account there linked with the own one.
  case link

  /// The purpose a state names; whether it is a state of ours shows later.
  public init?(state: String) {
    self.init(rawValue: String(state.prefix { $0 != "." }))
  }
}

/// What is sent along with one sign-in at a provider, made of one secret that the browser keeps.
///
/// The server keeps digests alone: who reads its database can neither answer in a person's place nor
/// exchange a code that was caught on its way.
public struct FlowSecrets: Sendable {
  /// Comes back with the answer, and tells which sign-in it is.
  public let state: String
  /// Comes back in the token, and binds it to this sign-in.
  let nonce: String
  /// Shows at the exchange that the code is given by who asked for it (RFC 7636).
  let verifier: String

  /// Derives them from the secret of the browser.
  public init(browser secret: [UInt8], _ purpose: FlowPurpose) {
    let key = SymmetricKey(data: secret)
    func derived(_ part: String) -> String {
      let text = Array("\(purpose.rawValue) \(part)".utf8)
      return Base64URL.text(Array(HMAC<SHA256>.authenticationCode(for: text, using: key)))
    }
    state = "\(purpose.rawValue).\(derived("state"))"
    nonce = derived("nonce")
    verifier = derived("verifier")
  }

  /// What the provider is told of the verifier beforehand.
  var challenge: String { Self.challenge(of: verifier) }

  static func challenge(of verifier: String) -> String {
    Base64URL.text(Array(SHA256.hash(data: Array(verifier.utf8))))
  }
}
