import Foundation

/// What the browser says of an act with a passkey: the bytes an authenticator signs the digest of.
struct ClientData: Decodable {
  /// The most bytes that are read.
  static let mostBytes = 4096

  let type: String
  let challenge: String
  let origin: String
  let crossOrigin: Bool?
  let topOrigin: String?

  /// What the browser made the bytes for.
  enum Act: String {
    case registration = "webauthn.create"
    case assertion = "webauthn.get"
  }

  /// The challenge in the bytes, nil when there is none: to look up what it was given for.
  static func challenge(in bytes: [UInt8]) -> [UInt8]? {
    (try? read(bytes)).flatMap { Base64URL.bytes($0.challenge) }
  }

  /// Refuses what was made for another act, challenge or origin.
  static func check(
    _ bytes: [UInt8], for act: Act, challenge: [UInt8], at party: RelyingParty
  ) throws(PasskeyRefusal) {
    let data = try read(bytes)
    guard data.type == act.rawValue else { throw .wrongType }
    guard data.challenge == Base64URL.text(challenge) else { throw .wrongChallenge }
    guard data.origin == party.origin, data.crossOrigin != true, data.topOrigin == nil else {
      throw .wrongOrigin
    }
  }

  private static func read(_ bytes: [UInt8]) throws(PasskeyRefusal) -> ClientData {
    guard bytes.count <= mostBytes, String(validating: bytes, as: UTF8.self) != nil,
      let data = try? JSONDecoder().decode(ClientData.self, from: Data(bytes))
    else { throw .malformed }
    return data
  }
}
