import Crypto
import Foundation
import Testing

@testable import Randomization

@Suite struct MacTests {
  @Test func `a code is that of the library's HMAC for keys and texts of every length`() {
    var bits = TestBits(seed: 21)
    for length in 0...200 {
      let key = (0..<length).map { _ in UInt8.random(in: 0...255, using: &bits) }
      let text = (0..<Int.random(in: 0...300, using: &bits)).map { _ in
        UInt8.random(in: 0...255, using: &bits)
      }
      let cut = Int.random(in: 0...text.count, using: &bits)
      let code = Mac.code(key: key, Array(text[..<cut]), [], Array(text[cut...]))
      let expected = HMAC<SHA256>.authenticationCode(for: text, using: SymmetricKey(data: key))
      #expect(code == Array(expected), "key of \(length) bytes")
    }
  }

  // RFC 4231, test cases 1 and 6.
  @Test func `published codes agree`() throws {
    func hex(_ bytes: [UInt8]) -> String { String(decoding: Hex.digits(bytes), as: UTF8.self) }
    #expect(
      hex(Mac.code(key: Array(repeating: 0x0B, count: 20), Array("Hi There".utf8)))
        == "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7")
    #expect(
      hex(
        Mac.code(
          key: Array(repeating: 0xAA, count: 131),
          Array("Test Using Larger Than Block-Size Key - Hash Key First".utf8)))
        == "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54")
  }
}
