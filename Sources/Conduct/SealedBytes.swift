import Crypto
public import Foundation
import LockedMemory

/// Bytes sealed with ChaCha20-Poly1305 under a purpose, filled up to a length that tells nothing.
///
/// Boxes made before filling came into use are told by their associated data and open as before.
enum SealedBytes {
  static func seal(
    _ plain: [UInt8], _ purpose: KeyRing.Purpose, _ key: SymmetricKey
  ) throws(ActRefusal) -> [UInt8] {
    do {
      return Array(
        try ChaChaPoly.seal(
          filled(plain, to: purpose.grain), using: key,
          authenticating: purpose.associatedData + filledMark
        ).combined)
    } catch {
      throw .keyWrong
    }
  }

  static func open(
    _ box: [UInt8], _ purpose: KeyRing.Purpose, _ key: SymmetricKey
  ) throws(ActRefusal) -> [UInt8] {
    guard let sealed = try? ChaChaPoly.SealedBox(combined: box) else { throw .keyWrong }
    if let filled = try? ChaChaPoly.open(
      sealed, using: key, authenticating: purpose.associatedData + filledMark)
    {
      return try emptied(Array(filled))
    }
    do {
      return Array(
        try ChaChaPoly.open(sealed, using: key, authenticating: purpose.associatedData))
    } catch {
      throw .keyWrong
    }
  }

  private static let filledMark = Array("/filled".utf8)

  /// The content, one 1 bit, and zeros up to the next multiple of the grain.
  static func filled(_ plain: [UInt8], to grain: Int) -> [UInt8] {
    let length = (plain.count / grain + 1) * grain
    return plain + [0x80] + Array(repeating: 0, count: length - plain.count - 1)
  }

  private static func emptied(_ filled: [UInt8]) throws(ActRefusal) -> [UInt8] {
    guard let end = filled.lastIndex(where: { $0 != 0 }), filled[end] == 0x80 else {
      throw .keyWrong
    }
    return Array(filled[..<end])
  }
}

/// The key of one-time codes: with it people sign in, and nothing of the randomization opens.
public struct SignInKey: Sendable, CustomReflectable {
  /// The length of every key.
  public static let length = 32

  private let locked: LockedBytes

  /// The key with these bytes, nil when there are not 32.
  public init?(_ bytes: some ContiguousBytes) {
    let locked = LockedBytes(bytes)
    guard locked.count == Self.length else { return nil }
    self.locked = locked
  }

  /// A copy of the 32 bytes outside of the locked pages, for the file that keeps them.
  public var bytes: [UInt8] { locked.copied }

  /// Whether the system keeps the key from its swap.
  var isLocked: Bool { locked.isLocked }

  /// Tells this key from any other, and nothing about it.
  public var fingerprint: [UInt8] {
    Array(HMAC<SHA256>.authenticationCode(for: Array("equipoise/sign-in/v1".utf8), using: key))
  }

  /// A mirror without children, so that no log can print the key.
  public var customMirror: Mirror { Mirror(self, children: [:]) }

  /// For one use: the library wipes its copy when it is let go.
  var key: SymmetricKey { SymmetricKey(data: locked) }

  /// Opens the secret of a person's one-time codes.
  func factor(_ box: [UInt8], of username: String) throws(ActRefusal) -> [UInt8] {
    try SealedBytes.open(box, .factor(username: username), key)
  }

  /// Boxes the secret of a person's one-time codes.
  func seal(factor secret: [UInt8], of username: String) throws(ActRefusal) -> [UInt8] {
    try SealedBytes.seal(secret, .factor(username: username), key)
  }

  /// The secret that one showing of an invitation gives to a device: 20 bytes that follow from what was drawn for the
  /// showing, and from nothing else that anybody knows.
  func factor(drawn: [UInt8], invited token: [UInt8]) -> [UInt8] {
    let text = Array("equipoise/invited-factor/v1/".utf8) + sha256(token) + drawn
    return Array(HMAC<SHA256>.authenticationCode(for: text, using: key).prefix(20))
  }
}

/// How the key of this installation stands.
public enum KeyState: String, Sendable, CaseIterable {
  /// It is here and opens what is sealed.
  case present
  /// It is not here.
  case missing
  /// A key is here, and it is not the one things are sealed under.
  case wrong

  /// What it means, for the person who looks after the server.
  public var sentence: String {
    switch self {
    case .present: "The key is here and is the right one."
    case .missing:
      "The key file is not here. Everything is served but enrolling, randomizing, opening arms, "
        + "making accounts, building reports and unblinding. Put the key file back and start again."
    case .wrong:
      "The key file holds another key than the one this database is sealed under. It is not used: "
        + "everything is served but what needs the key. Put the right key file there and start "
        + "again."
    }
  }
}
