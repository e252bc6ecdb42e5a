import Testing

@testable import Randomization

/// Weights against counting by brute force.
@Suite struct MethodWeightTests {
  @Test func `the square root is exact around every square`() {
    for root: UInt128 in [0, 1, 2, 3, 10, 65_535, 1 << 32, (1 << 63) - 1, (1 << 64) - 1] {
      let square = root * root
      #expect(WholeNumbers.squareRoot(square) == root)
      if root > 0 { #expect(WholeNumbers.squareRoot(square - 1) == root - 1) }
      if root > 0 { #expect(WholeNumbers.squareRoot(square + 2 * root) == root) }
    }
    #expect(WholeNumbers.squareRoot(.max) == UInt128(UInt64.max))
  }

  @Test func `the maximal procedure counts the segments one would write down`() {
    // All sequences of three units and length 6, listed one by one.
    for mti in 1...3 {
      var permitted: [[Int]] = []
      for code in 0..<729 {
        var rest = code
        var counts = [0, 0, 0]
        var sequence: [Int] = []
        var isPermitted = true
        for _ in 0..<6 {
          sequence.append(rest % 3)
          counts[rest % 3] += 1
          rest /= 3
          if counts.contains(where: { low in counts.contains { $0 - low > mti } }) {
            isPermitted = false
          }
        }
        if isPermitted, counts == [2, 2, 2] { permitted.append(sequence) }
      }
      let segments = MaximalSegments(units: 3, mti: mti, length: 6)
      #expect(segments.sequences(units: 3) == UInt64(permitted.count))
      for prefix in Set(permitted.flatMap { whole in (0..<6).map { Array(whole.prefix($0)) } }) {
        var counts = [0, 0, 0]
        for unit in prefix { counts[unit] += 1 }
        let ways = (0..<3).map { unit in
          UInt64(permitted.count { $0.starts(with: prefix + [unit]) })
        }
        #expect(segments.weights(counts) == ways)
      }
    }
  }

  @Test func `a coin's weights are the probabilities of drawing the tie first`() {
    for units in 2...6 {
      for ties in 1...units {
        let p = Scheme.Chance(7, of: 10)
        let weights = Coins.weights(units: units, preferred: Array(0..<ties), p: p)
        let total = weights.reduce(0, +)
        for unit in 0..<units {
          // Mean over which tied unit is drawn: 7/10 if it is this one, else a share of 3/10,
          // both sides multiplied by 10 ties (units - 1).
          let drawn = unit < ties ? 1 : 0
          let expected = UInt64(7 * drawn * (units - 1) + 3 * (ties - drawn))
          #expect(weights[unit] * UInt64(10 * ties * (units - 1)) == expected * total)
        }
      }
    }
  }

  @Test func `allocation by slots keeps the ratio at the first step of every method`() throws {
    let world = try TrialWorld()
    for method in [
      .bigStick(mti: 2), .biasedCoin(.init(4, of: 5)), .urn(alpha: 1, beta: 1),
      .maximal(mti: 2, length: 10), Scheme.Method.minimizing,
    ] {
      let plan = AllocationPlan(try world.scheme(method, ratios: [2, 2, 1]))
      var tape = Tape(entropy: [1], nonce: [], personalization: [])
      let drawn = plan.draw(plan.emptyState(), levels: [0, 0], from: &tape)
      var byArm = [0, 0, 0] as [UInt64]
      for (unit, weight) in drawn.weights.enumerated() { byArm[plan.units[unit].arm] += weight }
      #expect(byArm[0] == 2 * byArm[2] && byArm[1] == 2 * byArm[2] && byArm[2] > 0)
    }
  }
}
