import SoftPasskeys
import Testing

@testable import Passkeys

/// Passkeys made and used as they should be, and in every way they should not.
@Suite struct PasskeyTests {
  private static let challenge: [UInt8] = (0..<32).map { UInt8($0) }
  private static let party = SoftAuthenticator.party

  /// A change of one thing, and what it is refused as.
  struct Forgery: CustomTestStringConvertible, Sendable {
    let testDescription: String
    let refusal: PasskeyRefusal
    let change: @Sendable (inout SoftAuthenticator) -> Void

    init(
      _ words: String, _ refusal: PasskeyRefusal,
      _ change: @escaping @Sendable (inout SoftAuthenticator) -> Void
    ) {
      testDescription = words
      self.refusal = refusal
      self.change = change
    }
  }

  static let forgeries = [
    Forgery("another origin", .wrongOrigin) {
      $0.origin = "https://trial.example.org.evil.example"
    },
    Forgery("another port", .wrongOrigin) { $0.origin = "https://trial.example.org:8443" },
    Forgery("without encryption", .wrongOrigin) { $0.origin = "http://trial.example.org" },
    Forgery("inside another page", .wrongOrigin) { $0.crossOrigin = "true" },
    Forgery("inside a page that is named", .wrongOrigin) {
      $0.crossOrigin = #"false,"topOrigin":"https://evil.example""#
    },
    Forgery("another server", .wrongServer) { $0.server = "example.org" },
    Forgery("not touched", .notVerified) { $0.flags = 0x04 },
    Forgery("not verified", .notVerified) { $0.flags = 0x01 },
    Forgery("neither", .notVerified) { $0.flags = 0 },
    Forgery("kept elsewhere without being allowed to", .malformed) { $0.flags = 0x15 },
    Forgery("announced extensions that are not there", .malformed) { $0.flags = 0x85 },
    Forgery("bytes left over", .malformed) { $0.further = [0] },
    Forgery("another kind of act", .wrongType) { $0.type = "payment.get" },
    Forgery("no account of the browser", .malformed) { $0.crossOrigin = "maybe" },
  ]

  @Test(arguments: SoftAuthenticator.Kind.allCases)
  func `REQ-052: a passkey of each kind is made and used`(_ kind: SoftAuthenticator.Kind) throws {
    var device = try SoftAuthenticator(kind)
    device.count = 6
    let passkey = try device.registration(Self.challenge)
      .passkey(challenge: Self.challenge, at: Self.party)
    #expect(passkey.id == device.id)
    #expect(passkey.key == (try device.key))
    #expect(passkey.signCount == 6)
    #expect(!passkey.mayBeBackedUp)
    device.count = 7
    let given = try device.assertion(Self.challenge)
    #expect(given.challenge == Self.challenge)
    let count = try given.signCount(
      challenge: Self.challenge, at: Self.party, key: passkey.key, mayBeBackedUp: false)
    #expect(count == 7)
    // A signature over anything else, by anybody else, is none.
    let other = try SoftAuthenticator(kind)
    #expect(throws: PasskeyRefusal.wrongSignature) {
      try given.signCount(
        challenge: Self.challenge, at: Self.party, key: other.key, mayBeBackedUp: false)
    }
    var more = device
    more.count = 8
    let mixed = PasskeyAssertion(
      id: given.id, clientData: given.clientData, authenticatorData: try more.data(withKey: false),
      signature: given.signature)
    #expect(throws: PasskeyRefusal.wrongSignature) {
      try mixed.signCount(
        challenge: Self.challenge, at: Self.party, key: passkey.key, mayBeBackedUp: false)
    }
    let empty = PasskeyAssertion(
      id: given.id, clientData: given.clientData, authenticatorData: given.authenticatorData,
      signature: [])
    #expect(throws: PasskeyRefusal.wrongSignature) {
      try empty.signCount(
        challenge: Self.challenge, at: Self.party, key: passkey.key, mayBeBackedUp: false)
    }
  }

  @Test(arguments: forgeries)
  func `REQ-052: a passkey that is made in any other way is not taken`(_ forgery: Forgery) throws {
    var device = try SoftAuthenticator()
    forgery.change(&device)
    let made = try device.registration(Self.challenge)
    #expect(throws: forgery.refusal) {
      try made.passkey(challenge: Self.challenge, at: Self.party)
    }
  }

  @Test(arguments: forgeries)
  func `REQ-052: a passkey that is used in any other way proves nothing`(_ forgery: Forgery) throws
  {
    var device = try SoftAuthenticator()
    let key = try device.key
    forgery.change(&device)
    let given = try device.assertion(Self.challenge)
    #expect(throws: forgery.refusal) {
      try given.signCount(
        challenge: Self.challenge, at: Self.party, key: key, mayBeBackedUp: false)
    }
  }

  @Test func `REQ-052: an answer is to its own challenge and its own act`() throws {
    let device = try SoftAuthenticator()
    let other = Array(Self.challenge.reversed())
    let made = try device.registration(Self.challenge)
    #expect(throws: PasskeyRefusal.wrongChallenge) {
      try made.passkey(challenge: other, at: Self.party)
    }
    let given = try device.assertion(Self.challenge)
    #expect(throws: PasskeyRefusal.wrongChallenge) {
      try given.signCount(
        challenge: other, at: Self.party, key: device.key, mayBeBackedUp: false)
    }
    // What was made to add a passkey does not sign anybody in, and the other way round.
    let mixed = PasskeyAssertion(
      id: given.id, clientData: made.clientData, authenticatorData: given.authenticatorData,
      signature: try device.sign(given.authenticatorData + digest(made.clientData)))
    #expect(throws: PasskeyRefusal.wrongType) {
      try mixed.signCount(
        challenge: Self.challenge, at: Self.party, key: device.key, mayBeBackedUp: false)
    }
    #expect(throws: PasskeyRefusal.wrongType) {
      try PasskeyRegistration(clientData: given.clientData, attestation: made.attestation)
        .passkey(challenge: Self.challenge, at: Self.party)
    }
  }

  @Test func `a passkey that may be copied does not pass for one that may not`() throws {
    var device = try SoftAuthenticator()
    device.flags = 0x1D
    let made = try device.registration(Self.challenge)
      .passkey(challenge: Self.challenge, at: Self.party)
    #expect(made.mayBeBackedUp)
    let given = try device.assertion(Self.challenge)
    #expect(throws: PasskeyRefusal.wrongPasskey) {
      try given.signCount(
        challenge: Self.challenge, at: Self.party, key: device.key, mayBeBackedUp: false)
    }
  }

  @Test func `statements of makers are not taken, and its own must hold`() throws {
    func refusal(
      _ format: String, _ statement: [UInt8], _ device: SoftAuthenticator
    ) throws -> PasskeyRefusal? {
      var device = device
      device.format = format
      device.statement = statement
      let made = try device.registration(Self.challenge)
      do throws(PasskeyRefusal) {
        _ = try made.passkey(challenge: Self.challenge, at: Self.party)
        return nil
      } catch {
        return error
      }
    }
    let device = try SoftAuthenticator()
    #expect(try refusal("none", [0xA1, 0x01, 0x01], device) == .wrongAttestation)
    #expect(try refusal("fido-u2f", [0xA0], device) == .wrongAttestation)
    #expect(try refusal("packed", [0xA0], device) == .wrongAttestation)
    let signed = try device.sign(
      device.data(withKey: true)
        + digest(device.clientData("webauthn.create", Self.challenge)))
    func packed(_ algorithm: UInt8, _ signature: [UInt8]) -> [UInt8] {
      [0xA2, 0x63] + Array("alg".utf8) + [algorithm, 0x63] + Array("sig".utf8)
        + SoftAuthenticator.bytes(signature)
    }
    #expect(try refusal("packed", packed(0x26, signed), device) == nil)
    #expect(try refusal("packed", packed(0x27, signed), device) == .wrongAttestation)
    let foreign = try SoftAuthenticator().sign(Array("anything".utf8))
    #expect(try refusal("packed", packed(0x26, foreign), device) == .wrongAttestation)
  }

  @Test func `keys that are none, or of a kind that is not taken, are refused`() throws {
    let good = try SoftAuthenticator().key
    var offCurve = good
    offCurve[12] ^= 1
    var algorithm = good
    algorithm[4] = 0x25
    var curve = good
    curve[6] = 2
    for key in [offCurve, algorithm, curve, [0xA0]] {
      #expect(throws: PasskeyRefusal.unknownKey) { try CredentialKey(reading: key) }
    }
    #expect(throws: Never.self) { try CredentialKey(reading: good) }
  }

  @Test(arguments: [
    ("localhost:8420", "localhost", "http://localhost:8420"),
    ("Trial.Example.org", "trial.example.org", "https://trial.example.org"),
    ("trial.example.org:8443", "trial.example.org", "https://trial.example.org:8443"),
  ])
  func `the server is known by its name, and by its pages' origin`(
    _ authority: String, _ id: String, _ origin: String
  ) {
    #expect(RelyingParty(authority: authority)?.id == id)
    #expect(RelyingParty(authority: authority)?.origin == origin)
  }

  @Test(arguments: ["127.0.0.1:8420", "[::1]:8420", ""])
  func `no passkey is made for an address`(_ authority: String) {
    #expect(RelyingParty(authority: authority) == nil)
  }

  @Test func `bytes are written without padding, and read in one spelling`() {
    for count in 0..<70 {
      let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 37 &+ count) }
      #expect(Base64URL.bytes(Base64URL.text(bytes)) == bytes)
    }
    for text in ["AA==", "AB", "A", "a+b_", "a/b_", "AA\n", "ä"] {
      #expect(Base64URL.bytes(text) == nil)
    }
  }
}
