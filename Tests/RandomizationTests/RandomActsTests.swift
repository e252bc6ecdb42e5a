import Testing

@testable import Randomization

/// Trials made of random acts, each checked against a plain model and replayed from scratch.
@Suite struct RandomActsTests {
  static let methods: [Scheme.Method] = [
    .simple, .block(sizes: [3, 6, 9]), .blockUrn(lambda: 2), .bigStick(mti: 2),
    .maximal(mti: 2, length: 12), .biasedCoin(.init(2, of: 3)), .urn(alpha: 1, beta: 2),
    .minimizing,
  ]

  @Test func `five thousand random acts keep every promise of the ledger`() throws {
    let seed: UInt64 = 0xE0_1915
    for (index, method) in Self.methods.enumerated() {
      try perform(625, method: method, seed: seed + UInt64(index))
    }
  }

  private func perform(_ acts: Int, method: Scheme.Method, seed: UInt64) throws {
    var bits = TestBits(seed: seed)
    var world = try TrialWorld(method, void: .drop, correct: .apply)
    let context: Comment = "seed \(seed), \(method.name)"
    var epoch = 1
    var arms: [Label: Label] = [:]
    var positions: [StratumBytes: Int] = [:]
    for _ in 0..<acts {
      let number = Int.random(in: 1...400, using: &bits)
      let subject = Label("P-\(number)")
      let site = TrialWorld.sites[Int.random(in: 0..<3, using: &bits)]
      let sex: Label = Bool.random(using: &bits) ? "female" : "male"
      switch Int.random(in: 0..<20, using: &bits) {
      case 0:
        try? world.act(.void(subject: subject, reason: "ineligible"))
      case 1:
        try? world.act(
          .correct(subject: subject, levels: ["site": site, "sex": sex], reason: "typed wrongly"))
      case 2:
        try world.act(.note(text: "monitoring visit"))
      case 3 where epoch < 4:
        epoch += 1
        try world.start(world.scheme(method, epoch: epoch, void: .drop, correct: .apply))
      default:
        let request = try TrialWorld.request(number, site: site, sex: sex)
        let before = world.ledger.root
        switch world.ledger.draw(request) {
        case .failure(let refusal):
          #expect(refusal == .requestConflict && arms[subject] != nil, context)
          #expect(world.ledger.root == before, context)
        case .success(let draw) where draw.recordedIn != nil:
          #expect(arms[subject] == draw.arm, context)
        case .success(let draw):
          #expect(arms[subject] == nil, context)
          #expect(draw.seq == positions[draw.stratum, default: 0] + 1, context)
          #expect(draw.weights[draw.unit] > 0 && draw.epoch == epoch, context)
          positions[draw.stratum] = draw.seq
          arms[subject] = draw.arm
          try world.record(
            world.ledger.entry(for: draw, at: TrialWorld.instant, by: "coordinator"))
        }
      }
    }
    var replayed = try AllocationLedger(opening: world.entries[0], seed: world.seed)
    for entry in world.entries.dropFirst() {
      guard case .epoch(let number, _) = entry.body else {
        try replayed.apply(entry)
        continue
      }
      try replayed.apply(entry, scheme: world.schemes[number - 1])
    }
    #expect(replayed.root == world.ledger.root, context)
    #expect(replayed.allocations == world.ledger.allocations, context)
    #expect(replayed.allocations.allSatisfy { arms[$0.subject] == $0.arm }, context)
    let next = try TrialWorld.request(9999, site: "S02", sex: "male")
    #expect(replayed.draw(next) == world.ledger.draw(next), context)
    #expect(MerkleTree(leaves: world.entries.map(\.leaf)).root() == world.ledger.root, context)
    let bundle = Bundle(entries: world.entries, heads: [world.heads[3]], reveal: world.reveal)
    #expect(
      BundleVerifier.verify(try bundle.canonicalBytes()) == .verified(world.entries.count),
      context)
  }
}
