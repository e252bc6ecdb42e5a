/// What a browser hands over when a person adds a passkey.
public struct PasskeyRegistration: Sendable {
  /// The browser's own account of the act.
  public let clientData: [UInt8]
  /// The authenticator's data with its statement.
  public let attestation: [UInt8]

  /// Takes what was handed over.
  public init(clientData: [UInt8], attestation: [UInt8]) {
    self.clientData = clientData
    self.attestation = attestation
  }

  /// The challenge it answers, nil when it holds none.
  public var challenge: [UInt8]? { ClientData.challenge(in: clientData) }

  /// The passkey, when everything about it holds (Web Authentication, level 3, 7.1).
  ///
  /// No statement about the maker of the authenticator is asked for: taken are none, and the one a
  /// passkey signs itself.
  public func passkey(
    challenge: [UInt8], at party: RelyingParty
  ) throws(PasskeyRefusal) -> NewPasskey {
    try ClientData.check(clientData, for: .registration, challenge: challenge, at: party)
    let object = try CBORValue(reading: attestation)
    guard case .map(let members) = object, members.count == 3,
      let format = object["fmt"]?.asText, let statement = object["attStmt"],
      let bytes = object["authData"]?.asBytes
    else { throw .malformed }
    let data = try AuthenticatorData(reading: bytes)
    try data.check(at: party)
    guard let credential = data.credential else { throw .malformed }
    let key = try CredentialKey(reading: credential.keyBytes)
    switch format {
    case "none":
      guard statement == .map([]) else { throw .wrongAttestation }
    case "packed":
      guard statement["x5c"] == nil, statement["alg"]?.asInteger == Int64(key.algorithm.rawValue),
        let signature = statement["sig"]?.asBytes,
        try key.isRight(signature, for: bytes + digest(clientData))
      else { throw .wrongAttestation }
    default: throw .wrongAttestation
    }
    return NewPasskey(
      id: credential.id, key: credential.keyBytes, algorithm: key.algorithm,
      signCount: data.signCount, mayBeBackedUp: data.flags.contains(.mayBeBackedUp))
  }
}

/// A passkey that was just made.
public struct NewPasskey: Sendable, Equatable {
  /// Its name in the authenticator.
  public let id: [UInt8]
  /// Its public key as the authenticator wrote it.
  public let key: [UInt8]
  /// How it signs.
  public let algorithm: CredentialKey.Algorithm
  /// Where its counter stands.
  public let signCount: UInt32
  /// Whether it can be kept on several devices.
  public let mayBeBackedUp: Bool
}
