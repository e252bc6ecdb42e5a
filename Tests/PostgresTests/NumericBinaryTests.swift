import Testing

@testable import Postgres

struct NumericBinaryTests {
  @Test func `no more digits are taken than a number of the server has`() {
    // Two groups, positive, and 64,769 digits after the point; then with 16,383, the most there are.
    let huge: [UInt8] = [0, 2, 0, 0, 0x40, 0, 0xFD, 0x01, 0, 12, 0x13, 0x88]
    var most = huge
    most.replaceSubrange(6..<8, with: [0x3F, 0xFF])
    #expect(decoded(huge) == nil)
    #expect(decoded(most)?.text.utf8.count == "-12.".count + 16_383)
  }

  private func decoded(_ bytes: [UInt8]) -> DecimalText? {
    unsafe bytes.withUnsafeBytes { unsafe NumericBinary.decode($0) }
  }
}
