/// What an authenticator says of itself and signs (Web Authentication, level 3, 6.1).
struct AuthenticatorData {
  /// SHA-256 of the name of the server.
  let serverDigest: [UInt8]
  /// Touched, verified, kept elsewhere too.
  let flags: Flags
  /// How many signatures it made; 0 from authenticators that do not count.
  let signCount: UInt32
  /// The new passkey, at registration.
  let credential: Credential?

  /// A passkey as the authenticator hands it over.
  struct Credential {
    let id: [UInt8]
    let keyBytes: [UInt8]
  }

  struct Flags: OptionSet {
    let rawValue: UInt8
    static let isPresent = Flags(rawValue: 0x01)
    static let isVerified = Flags(rawValue: 0x04)
    static let mayBeBackedUp = Flags(rawValue: 0x08)
    static let isBackedUp = Flags(rawValue: 0x10)
    static let hasCredential = Flags(rawValue: 0x40)
    static let hasExtensions = Flags(rawValue: 0x80)
  }

  /// The most bytes of a passkey's name (W3C: 1023).
  static let mostIDBytes = 1023

  init(reading bytes: [UInt8]) throws(PasskeyRefusal) {
    guard (37...8192).contains(bytes.count) else { throw .malformed }
    serverDigest = Array(bytes[0..<32])
    flags = Flags(rawValue: bytes[32])
    signCount = bytes[33..<37].reduce(0) { $0 << 8 | UInt32($1) }
    var rest = bytes[37...]
    if flags.contains(.hasCredential) {
      // 16 bytes name the model of the authenticator, which plays no part here.
      guard rest.count >= 18 else { throw .malformed }
      rest = rest.dropFirst(16)
      let length = rest.prefix(2).reduce(0) { $0 << 8 | Int($1) }
      rest = rest.dropFirst(2)
      guard (1...Self.mostIDBytes).contains(length), rest.count > length else { throw .malformed }
      let id = Array(rest.prefix(length))
      rest = rest.dropFirst(length)
      var reader = CBORReader(rest)
      _ = try reader.value()
      let keyBytes = Array(rest.prefix(rest.count - reader.rest.count))
      rest = reader.rest
      credential = Credential(id: id, keyBytes: keyBytes)
    } else {
      credential = nil
    }
    if flags.contains(.hasExtensions) {
      var reader = CBORReader(rest)
      guard case .map = try reader.value() else { throw .malformed }
      rest = reader.rest
    }
    guard rest.isEmpty else { throw .malformed }
    // A passkey that is kept elsewhere is one that may be.
    guard !flags.contains(.isBackedUp) || flags.contains(.mayBeBackedUp) else { throw .malformed }
  }
}
