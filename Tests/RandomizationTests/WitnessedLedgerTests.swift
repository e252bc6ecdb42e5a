import Testing

@testable import Randomization

/// A keeper with every key rewrites the past and signs it anew: only what was handed out shows it.
@Suite struct WitnessedLedgerTests {
  private let honest: TrialWorld
  private let rewritten: TrialWorld

  init() throws {
    var honest = try TrialWorld(.block(sizes: [3, 6]))
    var rewritten = honest
    for number in 1...6 { try honest.allocate(number, site: TrialWorld.sites[number % 2]) }
    // Two participants in each other's place, everything signed by the right key.
    for number in [2, 1, 3, 4, 5, 6] {
      try rewritten.allocate(number, site: TrialWorld.sites[number % 2])
    }
    self.honest = honest
    self.rewritten = rewritten
  }

  private func ledger(_ world: TrialWorld, entries: Int? = nil) throws -> WitnessedLedger {
    let kept = Array(world.entries.prefix(entries ?? world.entries.count))
    let bundle = Bundle(
      entries: kept, heads: world.heads.filter { $0.head.size <= kept.count },
      reveal: entries == nil ? world.reveal : nil)
    let bytes = try bundle.canonicalBytes()
    switch BundleVerifier.verify(bytes) {
    case .verified, .chainOnly: break
    case .failure(let code, let index): Issue.record("\(code) at \(index)")
    }
    return try #require(WitnessedLedger(bundle: bytes))
  }

  private func receipt(_ world: TrialWorld, entry: Int) -> SiteReceipt {
    let tree = MerkleTree(leaves: world.entries.map(\.leaf))
    return SiteReceipt(
      index: entry, leaf: world.entries[entry].leaf,
      inclusionPath: tree.inclusionPath(index: entry, size: entry + 1),
      signedHead: world.heads[entry - 1])
  }

  @Test func `every head and receipt agrees with the bundle of its own history`() throws {
    let ledger = try ledger(honest)
    for head in honest.heads { #expect(ledger.judge(head) == .agrees) }
    for entry in 3..<9 { #expect(ledger.judge(receipt(honest, entry: entry)) == .agrees) }
  }

  @Test func `a ledger rewritten and signed anew verifies by itself and forks from what was kept`()
    throws
  {
    let ledger = try ledger(rewritten)
    // What was signed before the exchange is the same in both histories.
    for head in honest.heads.prefix(2) { #expect(ledger.judge(head) == .agrees) }
    for head in honest.heads.dropFirst(2) { #expect(ledger.judge(head) == .fork) }
    for entry in 3..<9 { #expect(ledger.judge(receipt(honest, entry: entry)) == .fork) }
  }

  @Test func `a ledger cut short forks from a head over more entries`() throws {
    let ledger = try ledger(honest, entries: 7)
    #expect(ledger.judge(honest.heads[5]) == .agrees)
    #expect(ledger.judge(honest.heads[6]) == .fork)
    #expect(ledger.judge(receipt(honest, entry: 7)) == .fork)
  }

  @Test func `what the ledger's key did not sign, or a receipt that was altered, proves nothing`()
    throws
  {
    let ledger = try ledger(honest)
    let stranger = try #require(SigningKey(secureBytes: Array(repeating: 9, count: 32)))
    #expect(ledger.judge(honest.heads[4].head.signed(with: stranger)) == .signature)
    let right = receipt(honest, entry: 5)
    let altered = SiteReceipt(
      index: 5, leaf: honest.entries[4].leaf, inclusionPath: right.inclusionPath,
      signedHead: right.signedHead)
    #expect(ledger.judge(altered) == .inclusion)
    let moved = SiteReceipt(
      index: 4, leaf: right.leaf, inclusionPath: right.inclusionPath, signedHead: right.signedHead)
    #expect(ledger.judge(moved) == .inclusion)
  }

  @Test func `heads are read a line each, as a list or alone, and anything else is no heads`()
    throws
  {
    let lines: [UInt8] = honest.heads.flatMap { head -> [UInt8] in head.canonicalBytes + [0x0A] }
    #expect(SignedHead.heads(in: lines) == honest.heads)
    #expect(SignedHead.heads(in: honest.heads[0].canonicalBytes) == [honest.heads[0]])
    let list = Array("[".utf8) + honest.heads[0].canonicalBytes + Array("]".utf8)
    #expect(SignedHead.heads(in: list) == [honest.heads[0]])
    for bytes in [Array("".utf8), Array("[]".utf8), lines + Array("{}\n".utf8), Array("x".utf8)] {
      #expect(SignedHead.heads(in: bytes) == nil)
    }
  }

  @Test func `the proof between any two sizes is one that anybody can check`() throws {
    let ledger = try ledger(honest)
    for second in 1...ledger.size {
      for first in 1...second {
        let proof = try #require(ledger.consistencyPath(first: first, second: second))
        #expect(
          MerkleProof.verifiesConsistency(
            first: first, second: second, firstRoot: proof.firstRoot,
            secondRoot: proof.secondRoot, path: proof.path), "\(first) \(second)")
      }
    }
    #expect(ledger.consistencyPath(first: 0, second: 2) == nil)
    #expect(ledger.consistencyPath(first: 3, second: 2) == nil)
    #expect(ledger.consistencyPath(first: 3, second: ledger.size + 1) == nil)
  }
}
