import Testing

@testable import Randomization

@Suite struct SiteReceiptTests {
  @Test func `a site receipt proves the entry and tells no level of it`() throws {
    let key = try #require(SigningKey(secureBytes: Array(repeating: 7, count: 32)))
    let ledger = try #require(LedgerIdentity(Array(repeating: 3, count: 16)))
    let entry = try LedgerEntry(
      index: 0, previous: .zero, at: "2027-01-01T00:00:00.000Z", by: "u1",
      body: .note(text: "SEV"))
    let root = MerkleTree(leaves: [entry.leaf]).root()
    let head = try #require(
      LedgerHead(ledger: ledger, size: 1, root: root, at: "2027-01-01T00:00:00.000Z"))
    let whole = Receipt(entry: entry, inclusionPath: [], signedHead: head.signed(with: key))
    let receipt = SiteReceipt(whole)
    try receipt.verify(ledger: ledger, key: key.verifyingKey)
    #expect(!String(decoding: receipt.canonicalBytes, as: UTF8.self).contains("SEV"))
    #expect(try SiteReceipt(canonical: receipt.canonicalBytes) == receipt)
    var forged = receipt.canonicalBytes
    let place = try #require(forged.indices.last { forged[$0] == UInt8(ascii: "0") })
    forged[place] = UInt8(ascii: "1")
    #expect(throws: ReceiptFault.self) {
      try SiteReceipt(canonical: forged).verify(ledger: ledger, key: key.verifyingKey)
    }
  }
}
