import Testing

@testable import Randomization

/// Every table of arms a ledger's schemes could have made.
@Suite struct DistributionTests {
  private func world(_ method: Scheme.Method, sites: [Label]) throws -> TrialWorld {
    var world = try TrialWorld(method)
    for (index, site) in sites.enumerated() { try world.allocate(index + 1, site: site) }
    return world
  }

  @Test func `a whole block has every order of its arms, all alike`() throws {
    let found = try #require(
      try world(.block(sizes: [6]), sites: Array(repeating: "S01", count: 6)).ledger.distribution())
    // 6! / (2! 2! 2!)
    #expect(found.tables.count == 90)
    #expect(Set(found.tables).count == 90)
    #expect(found.probabilities.allSatisfy { abs($0 - 1.0 / 90) < 1e-15 })
    for arm in ["KET", "KAP", "ECT"] as [Label] {
      #expect(found.tables.allSatisfy { $0.count { $0 == arm } == 2 })
    }
  }

  @Test func `strata are independent of one another and keep the order of entry`() throws {
    let sites: [Label] = ["S02", "S01", "S02", "S01"]
    let world = try world(.block(sizes: [3]), sites: sites)
    let found = try #require(world.ledger.distribution())
    #expect(found.tables.count == 36)
    #expect(found.subjects == ["P-1", "P-3", "P-2", "P-4"])
    #expect(found.tables.allSatisfy { $0[0] != $0[1] && $0[2] != $0[3] })
  }

  @Test func `block sizes drawn at random share their probability`() throws {
    // After two alike arms a third is impossible in a block of 3 or 6 with two of each, possible in 9.
    let world = try world(.block(sizes: [6, 9]), sites: Array(repeating: "S01", count: 3))
    let found = try #require(world.ledger.distribution())
    #expect(found.tables.count == 27)
    let three = zip(found.tables, found.probabilities).filter { Set($0.0).count == 1 }
    // 1/2 · 3/9 · 2/8 · 1/7 for each arm.
    #expect(three.count == 3)
    #expect(three.allSatisfy { abs($0.1 - 0.5 / 84) < 1e-15 })
  }

  @Test(arguments: [
    Scheme.Method.simple, .block(sizes: [3, 6]), .blockUrn(lambda: 2), .bigStick(mti: 2),
    .biasedCoin(.init(2, of: 3)), .urn(alpha: 1, beta: 1), .maximal(mti: 2, length: 6), .minimizing,
  ])
  func `probabilities add up to one and are those of tables drawn anew`(
    _ method: Scheme.Method
  ) throws {
    let sites: [Label] = ["S01", "S02", "S01", "S01", "S02"]
    let strata: [Label] = method == .minimizing ? [] : ["site"]
    var world = try TrialWorld(method, strata: strata)
    for (index, site) in sites.enumerated() {
      try world.allocate(index + 1, site: site, sex: index % 2 == 0 ? "female" : "male")
    }
    let found = try #require(world.ledger.distribution())
    #expect(abs(found.probabilities.reduce(0, +) - 1) < 1e-12)
    let exact = Dictionary(uniqueKeysWithValues: zip(found.tables, found.probabilities))
    var seen: [[Label]: Int] = [:]
    let runs = 1000
    for number in 0..<runs {
      let bytes = (0..<32).map { UInt8(truncatingIfNeeded: number >> (8 * ($0 % 4))) ^ UInt8($0) }
      let arms = world.ledger.redrawn(try #require(Seed(secureBytes: bytes)))
      seen[found.subjects.compactMap { arms[$0] }, default: 0] += 1
    }
    #expect(seen.keys.allSatisfy { exact[$0] != nil })
    // Pearson's sum over tables that are expected often enough: about as large as its degrees of freedom.
    var sum = 0.0
    var cells = 0.0
    for (table, probability) in exact where probability * Double(runs) >= 2 {
      let expected = probability * Double(runs)
      let off = Double(seen[table] ?? 0) - expected
      sum += off * off / expected
      cells += 1
    }
    #expect(cells > 1)
    #expect(abs(sum - cells) < 5 * (2 * cells).squareRoot())
  }

  @Test func `too many tables are refused before anybody walks through them`() throws {
    let world = try world(.block(sizes: [6, 9]), sites: Array(repeating: "S01", count: 40))
    #expect(world.ledger.distribution() == nil)
    let small = try self.world(.block(sizes: [6]), sites: Array(repeating: "S01", count: 6))
    #expect(small.ledger.distribution(atMost: 89) == nil)
    #expect(small.ledger.distribution(atMost: 90) != nil)
    #expect(try TrialWorld(.simple).ledger.distribution() == nil)
  }
}
