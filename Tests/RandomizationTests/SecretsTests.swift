import Testing

@testable import Randomization

@Suite struct SecretsTests {
  private let ledger: LedgerIdentity
  private let key: BoxKey
  private let seed: Seed

  init() throws {
    ledger = try #require(LedgerIdentity(Array(repeating: 1, count: 16)))
    key = try #require(BoxKey(Array(repeating: 2, count: 32)))
    seed = try #require(Seed(secureBytes: Array(repeating: 3, count: 32)))
  }

  @Test func `a sealed seed opens under its key and ledger only`() throws {
    let box = try SecretBox(
      sealing: seed, ledger: ledger, key: key, nonce: Array(repeating: 4, count: 12))
    #expect(try box.seed(ledger: ledger, key: key) == seed)
    let otherLedger = try #require(LedgerIdentity(Array(repeating: 9, count: 16)))
    let otherKey = try #require(BoxKey(Array(repeating: 9, count: 32)))
    #expect(throws: SecretBoxRefusal.notOpened) { try box.seed(ledger: otherLedger, key: key) }
    #expect(throws: SecretBoxRefusal.notOpened) { try box.seed(ledger: ledger, key: otherKey) }
  }

  @Test func `a box with any bit changed does not open`() throws {
    let box = try SecretBox(
      sealing: Label("KET"), ledger: ledger, entry: 7, key: key,
      nonce: Array(repeating: 4, count: 12))
    #expect(try box.arm(ledger: ledger, entry: 7, key: key) == "KET")
    for bit in 0..<box.bytes.count * 8 {
      var bytes = box.bytes
      bytes[bit / 8] ^= 1 << (bit % 8)
      let altered = try SecretBox(bytes)
      #expect(throws: SecretBoxRefusal.notOpened) {
        try altered.arm(ledger: ledger, entry: 7, key: key)
      }
    }
  }

  @Test func `an arm's box moved to another entry, or taken for a seed's, does not open`() throws {
    let box = try SecretBox(
      sealing: Label("KET"), ledger: ledger, entry: 7, key: key,
      nonce: Array(repeating: 4, count: 12))
    #expect(throws: SecretBoxRefusal.notOpened) {
      try box.arm(ledger: ledger, entry: 8, key: key)
    }
    #expect(throws: SecretBoxRefusal.notOpened) { try box.seed(ledger: ledger, key: key) }
    #expect(throws: SecretBoxRefusal.malformed) { try SecretBox([1, 2, 3]) }
  }

  @Test func `neither description nor dump of a secret shows it`() throws {
    var world = try TrialWorld(.block(sizes: [3]))
    let draw = try world.allocate(1)
    let master = seed.master(ledger: ledger, epoch: 1, publicEntropy: [])
    let values: [Any] = [draw, seed, key, master, draw.sealKey, world.signingKey]
    for value in values {
      var dumped = ""
      dump(value, to: &dumped)
      for text in ["\(value)", String(reflecting: value), dumped] {
        for arm in ["KET", "KAP", "ECT"] { #expect(!text.contains(arm)) }
        #expect(!text.contains("[") && !text.contains("weights"))
      }
    }
  }
}
