import Testing

@testable import Randomization

@Suite struct AllocationLedgerTests {
  @Test func `drawing changes nothing, and drawing again draws the same arm`() throws {
    var world = try TrialWorld(.block(sizes: [3, 6]))
    for number in 1...20 {
      let first = try world.ledger.draw(TrialWorld.request(number)).get()
      let again = try world.ledger.draw(TrialWorld.request(number)).get()
      #expect(first == again)
      // Another participant at the same position would draw the same arm: position, not person.
      let other = try world.ledger.draw(TrialWorld.request(number + 100)).get()
      #expect(other.arm == first.arm && other.seal == first.seal)
      try world.allocate(number)
    }
  }

  @Test(arguments: [[3], [3, 6, 9], [9]])
  func `every complete block holds every arm equally often`(sizes: [Int]) throws {
    var world = try TrialWorld(.block(sizes: sizes))
    var open: [Label: [Draw]] = [:]
    var complete = 0
    for number in 1...300 {
      let site = TrialWorld.sites[number * number % 3]
      let draw = try world.allocate(number, site: site)
      open[site, default: []].append(draw)
      let size = try #require(draw.block)
      #expect(sizes.contains(size))
      let block = open[site] ?? []
      #expect(block.allSatisfy { $0.block == size })
      guard block.count == size else { continue }
      for arm: Label in ["KET", "KAP", "ECT"] {
        #expect(block.count { $0.arm == arm } == size / 3)
      }
      open[site] = []
      complete += 1
    }
    #expect(complete > 25)
  }

  @Test func `a repeated request returns the stored allocation, other content conflicts`() throws {
    var world = try TrialWorld(.simple)
    let draw = try world.allocate(1)
    let again = try world.ledger.draw(TrialWorld.request(1)).get()
    #expect(again.recordedIn == 3)
    #expect(again.arm == draw.arm && again.seal == draw.seal && again.seq == 1)
    try world.act(.close(reason: "target reached"))
    #expect(try world.ledger.draw(TrialWorld.request(1)).get() == again)
    #expect(
      try world.ledger.draw(TrialWorld.request(1, sex: "male")) == .failure(.requestConflict))
  }

  @Test func `refusals come in the order of the specification`() throws {
    var world = try TrialWorld(
      .simple, caps: [.init(when: ["site": "S02"], max: 0), .init(when: [:], max: 1)])
    func refusal(
      _ rid: Label, _ subject: Label, _ levels: [Label: Label], _ ledger: AllocationLedger
    ) throws -> AllocationRefusal? {
      let request = try AllocationRequest(requestID: rid, subject: subject, levels: levels)
      if case .failure(let refusal) = ledger.draw(request) { return refusal }
      return nil
    }
    // Each request breaks every later rule as well; only the first is told.
    let faulty: [Label: Label] = ["site": "S09", "ward": "x"]
    try world.allocate(1)
    let running = world.ledger
    #expect(try refusal("r1", "P-1", faulty, running) == .requestConflict)
    #expect(try refusal("r9", "P-1", faulty, running) == .alreadyRandomized)
    #expect(try refusal("r9", "P-9", faulty, running) == .unknownFactor)
    #expect(try refusal("r9", "P-9", ["site": "S09"], running) == .missingFactor)
    #expect(
      try refusal("r9", "P-9", ["site": "S09", "sex": "male"], running) == .unknownLevel)
    #expect(try refusal("r9", "P-9", ["site": "S02", "sex": "male"], running) == .capReached)
    #expect(try refusal("r9", "P-9", ["site": "S01", "sex": "male"], running) == .capReached)
    try world.commit(world.scheme(.simple, epoch: 2))
    #expect(try refusal("r9", "P-1", faulty, world.ledger) == .notOpen)
    try world.act(.close(reason: "stopped"))
    #expect(try refusal("r9", "P-1", faulty, world.ledger) == .closed)
    #expect(try refusal("r1", "P-2", faulty, world.ledger) == .requestConflict)
    let unopened = try TrialWorld().ledger
    #expect(try refusal("r9", "P-9", faulty, unopened) == .notOpen)
    let chainOnly = try AllocationLedger(opening: world.entries[0], seed: nil)
    #expect(try refusal("r9", "P-9", faulty, chainOnly) == .seedAbsent)
  }

  @Test func `positions run on across epochs while blocks start afresh`() throws {
    var world = try TrialWorld(.block(sizes: [9]))
    for number in 1...4 { try world.allocate(number) }
    try world.start(world.scheme(.block(sizes: [3]), epoch: 2))
    let next = try world.allocate(5)
    #expect(next.seq == 5 && next.epoch == 2 && next.block == 3)
    #expect(next.weights == [1, 1, 1])
  }

  @Test func `caps count earlier epochs and voided participants`() throws {
    var world = try TrialWorld(.simple)
    for number in 1...3 { try world.allocate(number, site: "S02") }
    try world.act(.void(subject: "P-2", reason: "ineligible"))
    try world.start(
      world.scheme(.simple, epoch: 2, caps: [.init(when: ["site": "S02"], max: 4)]))
    try world.allocate(4, site: "S02")
    #expect(
      try world.ledger.draw(TrialWorld.request(5, site: "S02")) == .failure(.capReached))
    try world.allocate(5, site: "S01")
  }

  @Test func `a fault leaves the ledger as it was`() throws {
    var world = try TrialWorld(.block(sizes: [3]))
    try world.allocate(1)
    var ledger = world.ledger
    let draw = try ledger.draw(TrialWorld.request(2)).get()
    let good = try ledger.entry(for: draw, at: TrialWorld.instant, by: "c")
    var seal = draw.seal.bytes
    seal[0] ^= 1
    let forged = try LedgerEntry(
      index: good.index, previous: good.previous, at: good.at, by: good.by,
      body: .allocate(
        .init(
          requestID: "r2", subject: "P-2", epoch: 1, levels: draw.levels, seq: 2,
          seal: #require(Fingerprint(seal)))))
    #expect(throws: LedgerFault.allocation) { try ledger.apply(forged) }
    #expect(throws: LedgerFault.index) { try ledger.apply(world.entries[0]) }
    let unchained = try LedgerEntry(
      index: good.index, previous: world.entries[0].leaf, at: good.at, by: good.by,
      body: good.body)
    #expect(throws: LedgerFault.chain) { try ledger.apply(unchained) }
    #expect(ledger.size == world.ledger.size && ledger.root == world.ledger.root)
    try ledger.apply(good)
    #expect(ledger.allocation(of: "P-2")?.arm == draw.arm)
  }

  @Test func `a ledger replayed from its entries draws the same next arm`() throws {
    var world = try TrialWorld(.minimizing)
    for number in 1...40 {
      try world.allocate(
        number, site: TrialWorld.sites[number % 3], sex: number % 4 == 0 ? "male" : "female")
      var replayed = try AllocationLedger(opening: world.entries[0], seed: world.seed)
      for entry in world.entries.dropFirst() {
        let stored = try LedgerEntry(canonical: entry.canonicalBytes)
        try replayed.apply(stored, scheme: entry.index == 1 ? world.schemes[0] : nil)
      }
      let request = try TrialWorld.request(number + 1, site: "S02", sex: "male")
      #expect(replayed.draw(request) == world.ledger.draw(request))
      #expect(replayed.root == world.ledger.root)
    }
  }

  @Test func `a receipt proves its entry and nothing else`() throws {
    var world = try TrialWorld(.block(sizes: [3]))
    for number in 1...12 {
      try world.allocate(number)
      let entry = try #require(world.entries.last)
      let head = try #require(world.heads.last)
      let receipt = Receipt(
        entry: entry, inclusionPath: world.ledger.inclusionPathOfLast, signedHead: head)
      let read = try Receipt(canonical: receipt.canonicalBytes)
      #expect(read == receipt)
      let key = world.signingKey.verifyingKey
      try read.verify(ledger: world.identity, key: key)
      let moved = Receipt(
        entry: world.entries[number], inclusionPath: receipt.inclusionPath, signedHead: head)
      #expect(throws: ReceiptFault.inclusion) {
        try moved.verify(ledger: world.identity, key: key)
      }
      let unsigned = Receipt(
        entry: entry, inclusionPath: receipt.inclusionPath,
        signedHead: SignedHead(head: head.head, signature: world.heads[0].signature))
      #expect(throws: ReceiptFault.signature) {
        try unsigned.verify(ledger: world.identity, key: key)
      }
      let text = String(decoding: receipt.canonicalBytes, as: UTF8.self)
      for arm in ["KET", "KAP", "ECT"] { #expect(!text.contains(arm)) }
    }
  }
}
