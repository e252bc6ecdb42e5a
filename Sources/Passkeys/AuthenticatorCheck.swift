import Crypto

extension AuthenticatorData {
  /// Refuses what was made for another server, or without the person.
  func check(at party: RelyingParty) throws(PasskeyRefusal) {
    guard serverDigest == digest(Array(party.id.utf8)) else { throw .wrongServer }
    guard flags.isSuperset(of: [.isPresent, .isVerified]) else { throw .notVerified }
  }
}

func digest(_ bytes: [UInt8]) -> [UInt8] { Array(SHA256.hash(data: bytes)) }
