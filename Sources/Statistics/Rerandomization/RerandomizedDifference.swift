/// How participants of two arms were allocated, for a re-randomization test.
public enum AllocationProcedure: Equatable, Sendable {
  /// Every order of the arm sizes that came about is equally likely.
  case randomAllocation
  /// Blocks with equal shares of both arms, within strata.
  case permutedBlocks(size: Int)
  /// Efron's coin: the smaller arm is chosen with this probability; one half is complete randomization.
  case biasedCoin(probability: Double)
}

/// The difference of means of two arms, tested under the procedure that allocated them.
///
/// At most a million sequences are enumerated; more are sampled by a recorded key, with the p-value
/// (b + 1)/(m + 1), which holds its level whatever m is. Sources: Rosenberger and Lachin (2016),
/// Randomization in Clinical Trials, chapter 6; Phipson and Smyth (2010), Stat. Appl. Genet. Mol. Biol. 9,
/// article 39. With blocks, the difference is the one within strata weighed by n₁n₀/n.
public struct RerandomizedDifference: Equatable, Sendable {
  /// The distribution of the difference.
  public let test: RerandomizationTest
  /// Whether every sequence was looked at.
  public let isEnumerated: Bool

  /// Tests.
  /// - Parameters:
  ///   - values: outcomes in the order of allocation.
  ///   - arms: 1 for the experimental arm and 0 for the comparator, in the same order.
  ///   - strata: the stratum of each; of use with blocks only.
  ///   - samples: how many sequences are drawn where there are too many to enumerate.
  /// - Throws: `sequenceImpossible` when the procedure could not have made these arms.
  public init(
    _ values: [Double], arms: [Int], strata: [String], procedure: AllocationProcedure,
    key: UInt64, samples: Int
  ) throws(StatisticsRefusal) {
    guard values.count == arms.count, values.count == strata.count else { throw .lengthsDiffer }
    guard arms.allSatisfy({ $0 == 0 || $0 == 1 }), samples >= 1 else { throw .parameterOutOfRange }
    let blocks = try Self.blocks(arms, strata, procedure)
    func statistic(_ arms: [Int]) -> Double? {
      switch procedure {
      case .permutedBlocks: RerandomizationTest.stratifiedDifference(values, strata, arms)
      case .randomAllocation, .biasedCoin: RerandomizationTest.difference(values, arms)
      }
    }
    guard let observed = statistic(arms) else { throw .armWithoutParticipants }
    var test = RerandomizationTest(observed: observed)
    let isEnumerated = Self.count(arms, blocks, procedure) <= 1_000_000.5
    if isEnumerated {
      let visit: ([Int], Double) -> Void = { test.add(statistic($0), probability: $1) }
      switch procedure {
      case .randomAllocation:
        try SequenceEnumeration.randomAllocation(
          size: arms.count, inArmOne: arms.count { $0 == 1 }, visit: visit)
      case .permutedBlocks(let size):
        try SequenceEnumeration.permutedBlocks(strata: strata, blockSize: size, visit: visit)
      case .biasedCoin(let probability):
        try SequenceEnumeration.biasedCoin(
          size: arms.count, probability: probability, visit: visit)
      }
    } else {
      let mass = 1 / Double(samples + 1)
      test.add(observed, probability: mass)
      for sample in 0..<samples {
        var chances = CounterStream(key: key, stream: UInt64(sample))
        let drawn = Self.draw(arms, blocks, procedure, &chances)
        test.add(statistic(drawn), probability: mass)
      }
    }
    self.test = test
    self.isEnumerated = isEnumerated
  }

  /// The places of each block, the last of a stratum perhaps unfinished.
  private static func blocks(
    _ arms: [Int], _ strata: [String], _ procedure: AllocationProcedure
  ) throws(StatisticsRefusal) -> [[Int]] {
    switch procedure {
    case .randomAllocation: return []
    case .biasedCoin(let probability):
      guard probability > 0, probability < 1 else { throw .parameterOutOfRange }
      return []
    case .permutedBlocks(let size):
      guard size > 0, size <= largestBlock, size.isMultiple(of: 2) else {
        throw .parameterOutOfRange
      }
      var blocks: [[Int]] = []
      for stratum in Set(strata).sorted() {
        let members = strata.indices.filter { strata[$0] == stratum }
        for start in stride(from: 0, to: members.count, by: size) {
          blocks.append(Array(members[start..<min(start + size, members.count)]))
        }
      }
      for block in blocks {
        let inOne = block.reduce(0) { $0 + arms[$1] }
        guard inOne <= size / 2, block.count - inOne <= size / 2 else {
          throw .sequenceImpossible
        }
      }
      return blocks
    }
  }

  /// How many sequences there are.
  private static func count(
    _ arms: [Int], _ blocks: [[Int]], _ procedure: AllocationProcedure
  ) -> Double {
    switch procedure {
    case .randomAllocation: exp(logChoose(arms.count, arms.count { $0 == 1 }))
    case .permutedBlocks(let size): exp(Double(blocks.count) * logChoose(size, size / 2))
    case .biasedCoin: pow(2, Double(arms.count))
    }
  }

  private static func draw(
    _ arms: [Int], _ blocks: [[Int]], _ procedure: AllocationProcedure,
    _ chances: inout CounterStream
  ) -> [Int] {
    var sequence = arms
    switch procedure {
    case .randomAllocation: shuffle(&sequence, &chances)
    case .permutedBlocks(let size):
      for block in blocks {
        var order = (0..<size).map { $0 < size / 2 ? 1 : 0 }
        shuffle(&order, &chances)
        for (place, member) in block.enumerated() { sequence[member] = order[place] }
      }
    case .biasedCoin(let probability):
      var imbalance = 0
      for index in sequence.indices {
        let one = imbalance == 0 ? 0.5 : (imbalance < 0 ? probability : 1 - probability)
        sequence[index] = chances.uniform() < one ? 1 : 0
        imbalance += sequence[index] == 1 ? 1 : -1
      }
    }
    return sequence
  }

  private static func shuffle(_ values: inout [Int], _ chances: inout CounterStream) {
    guard values.count > 1 else { return }
    for last in stride(from: values.count - 1, to: 0, by: -1) {
      values.swapAt(last, min(last, Int(chances.uniform() * Double(last + 1))))
    }
  }
}

/// Larger blocks are not in use; the orders of one would not fit in memory.
private let largestBlock = 20
