import SoftPasskeys
import Testing

@testable import Passkeys

/// What is read of CBOR, and what is refused (RFC 8949, appendix A).
@Suite struct CBORTests {
  private static func hex(_ text: String) -> [UInt8] {
    let digits = Array(text.utf8)
    return stride(from: 0, to: digits.count, by: 2).compactMap {
      UInt8(String(decoding: digits[$0..<($0 + 2)], as: UTF8.self), radix: 16)
    }
  }

  @Test(arguments: [
    ("00", CBORValue.integer(0)), ("17", .integer(23)), ("1818", .integer(24)),
    ("1903e8", .integer(1000)), ("1a000f4240", .integer(1_000_000)),
    ("1b000000e8d4a51000", .integer(1_000_000_000_000)), ("20", .integer(-1)),
    ("3903e7", .integer(-1000)), ("f4", .truth(false)), ("f5", .truth(true)),
    ("4401020304", .bytes([1, 2, 3, 4])), ("62c3bc", .text("ü")), ("80", .array([])),
    (
      "8301820203820405",
      .array([
        .integer(1), .array([.integer(2), .integer(3)]),
        .array([.integer(4), .integer(5)]),
      ])
    ),
    (
      "a201020304",
      .map([
        CBORPair(key: .integer(1), value: .integer(2)),
        CBORPair(key: .integer(3), value: .integer(4)),
      ])
    ),
  ])
  func `the examples of the standard are read`(_ text: String, _ value: CBORValue) throws {
    #expect(try CBORValue(reading: Self.hex(text)) == value)
  }

  @Test(arguments: [
    // Nothing, cut short, bytes left over.
    "", "18", "1903", "440102", "62c3", "8201", "a101", "0000",
    // A head longer than it needs to be.
    "1817", "190017", "1a0000ffff", "1b00000000ffffffff", "5800", "3817",
    // Beyond what is counted, indefinite lengths, tags, floats, null, undefined, simple values.
    "1bffffffffffffffff", "3bffffffffffffffff", "5f42010243030405ff", "9fff", "bfff", "c001",
    "f90000", "fb3ff199999999999a", "f6", "f7", "f8ff", "1c",
    // Texts that are none, keys twice, keys that are no names.
    "61ff", "62c328", "a201020103", "a1410102", "a1f50102", "a1800102",
    // More values announced than there are bytes for; nested too deep.
    "9a7fffffff01", "ba7fffffff01", "5b7fffffffffffffff01", "81818181818181",
  ])
  func `what is not written as authenticators write is refused`(_ text: String) {
    #expect(throws: PasskeyRefusal.malformed) { try CBORValue(reading: Self.hex(text)) }
  }

  @Test func `more than 64 KiB or 512 values are refused`() {
    let long = [UInt8(0x5A), 0, 1, 0, 0] + Array(repeating: UInt8(0), count: 65_536)
    #expect(throws: PasskeyRefusal.malformed) { try CBORValue(reading: long) }
    func list(_ count: Int) -> [UInt8] {
      [0x99, UInt8(count >> 8), UInt8(count & 255)] + Array(repeating: UInt8(0), count: count)
    }
    #expect(throws: Never.self) { try CBORValue(reading: list(511)) }
    #expect(throws: PasskeyRefusal.malformed) { try CBORValue(reading: list(512)) }
  }

  @Test func `whatever byte of a registration is changed or cut off, nothing else is read`() throws
  {
    let challenge: [UInt8] = Array(repeating: 7, count: 32)
    let device = try SoftAuthenticator()
    let good = try device.registration(challenge)
    let read = try good.passkey(challenge: challenge, at: SoftAuthenticator.party)
    for count in 0..<good.attestation.count {
      let cut = PasskeyRegistration(
        clientData: good.clientData, attestation: Array(good.attestation.prefix(count)))
      #expect(throws: PasskeyRefusal.self) {
        try cut.passkey(challenge: challenge, at: SoftAuthenticator.party)
      }
      var bytes = good.attestation
      bytes[count] ^= 0x80
      let changed = PasskeyRegistration(clientData: good.clientData, attestation: bytes)
      // The model of the authenticator alone plays no part.
      let model = good.attestation.count - (try device.data(withKey: true)).count + 37
      if let other = try? changed.passkey(challenge: challenge, at: SoftAuthenticator.party),
        !(model..<(model + 16)).contains(count)
      {
        #expect(other != read)
      }
    }
  }
}
