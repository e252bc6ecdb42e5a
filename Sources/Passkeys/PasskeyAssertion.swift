/// What a browser hands over when a person proves with a passkey who they are.
public struct PasskeyAssertion: Sendable {
  /// The name of the passkey.
  public let id: [UInt8]
  /// The browser's own account of the act.
  public let clientData: [UInt8]
  /// What the authenticator says and signs.
  public let authenticatorData: [UInt8]
  /// Its signature.
  public let signature: [UInt8]

  /// Takes what was handed over.
  public init(
    id: [UInt8], clientData: [UInt8], authenticatorData: [UInt8], signature: [UInt8]
  ) {
    self.id = id
    self.clientData = clientData
    self.authenticatorData = authenticatorData
    self.signature = signature
  }

  /// The challenge it answers, nil when it holds none.
  public var challenge: [UInt8]? { ClientData.challenge(in: clientData) }

  /// The counter it came with, when everything about it holds (Web Authentication, level 3, 7.2).
  ///
  /// The counter itself is judged where it is kept.
  ///
  /// - Parameters:
  ///   - key: the public key kept of this passkey.
  ///   - mayBeBackedUp: what was kept of it; an authenticator does not change its mind.
  public func signCount(
    challenge: [UInt8], at party: RelyingParty, key: [UInt8], mayBeBackedUp: Bool
  ) throws(PasskeyRefusal) -> UInt32 {
    try ClientData.check(clientData, for: .assertion, challenge: challenge, at: party)
    let data = try AuthenticatorData(reading: authenticatorData)
    try data.check(at: party)
    guard data.flags.contains(.mayBeBackedUp) == mayBeBackedUp, data.credential == nil else {
      throw .wrongPasskey
    }
    guard
      try CredentialKey(reading: key)
        .isRight(signature, for: authenticatorData + digest(clientData))
    else { throw .wrongSignature }
    return data.signCount
  }
}
