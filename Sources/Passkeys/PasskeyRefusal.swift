/// Why a registration or an assertion of a passkey is not taken (Web Authentication, level 3, 7.1 and 7.2).
public enum PasskeyRefusal: Error, Sendable, Equatable {
  /// Bytes that are not what an authenticator or a browser writes.
  case malformed
  /// Made for another kind of act.
  case wrongType
  /// Not the challenge that was given.
  case wrongChallenge
  /// Made on a page of another origin, or inside one.
  case wrongOrigin
  /// Made for another server.
  case wrongServer
  /// The person did not touch the authenticator, or did not prove to it who they are.
  case notVerified
  /// A kind of key that is not taken here.
  case unknownKey
  /// A statement about the authenticator that is not taken here, or does not hold.
  case wrongAttestation
  /// Of another passkey or another person than was asked for.
  case wrongPasskey
  /// The signature is not that of the key.
  case wrongSignature
}
