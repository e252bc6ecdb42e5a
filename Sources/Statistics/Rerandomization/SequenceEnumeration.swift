/// Allocation sequences that a scheme could have made, each with its probability.
///
/// Arms are numbered from 0. Small designs are enumerated; what is too large is refused.
public enum SequenceEnumeration {
  /// All sequences that place a fixed number in arm 1.
  public static func randomAllocation(
    size: Int, inArmOne: Int, visit: ([Int], Double) -> Void
  ) throws(StatisticsRefusal) {
    guard size > 0, inArmOne >= 0, inArmOne <= size else { throw .parameterOutOfRange }
    let count = exp(logChoose(size, inArmOne))
    guard count <= sequencesAtMost * 1.001 else { throw .parameterOutOfRange }
    arrangements([size - inArmOne, inArmOne]) { visit($0, 1 / count.rounded()) }
  }

  /// All sequences of permuted blocks with equal shares of the arms, stratum by stratum.
  ///
  /// Participants are in the order of entry; an unfinished last block is the beginning of a full one.
  public static func permutedBlocks(
    strata: [String], blockSize: Int, arms: Int = 2, visit: ([Int], Double) -> Void
  ) throws(StatisticsRefusal) {
    guard !strata.isEmpty, arms > 1, blockSize > 0, blockSize % arms == 0 else {
      throw .parameterOutOfRange
    }
    var block: [[Int]] = []
    arrangements(Array(repeating: blockSize / arms, count: arms)) { block.append($0) }
    var blocks: [[Int]] = []
    for stratum in Set(strata).sorted() {
      let members = strata.indices.filter { strata[$0] == stratum }
      for start in stride(from: 0, to: members.count, by: blockSize) {
        blocks.append(Array(members[start..<min(start + blockSize, members.count)]))
      }
    }
    let total = pow(Double(block.count), Double(blocks.count))
    guard total <= sequencesAtMost else { throw .parameterOutOfRange }
    var sequence = Array(repeating: 0, count: strata.count)
    func fill(_ index: Int) {
      if index == blocks.count {
        visit(sequence, 1 / total)
        return
      }
      for order in block {
        for (place, member) in blocks[index].enumerated() { sequence[member] = order[place] }
        fill(index + 1)
      }
    }
    fill(0)
  }

  /// All sequences of Efron's biased coin: the smaller arm is chosen with the coin's probability.
  ///
  /// Source: Efron (1971), Biometrika 58, 403-417. One half gives complete randomization.
  public static func biasedCoin(
    size: Int, probability: Double, visit: ([Int], Double) -> Void
  ) throws(StatisticsRefusal) {
    guard size > 0, pow(2, Double(size)) <= sequencesAtMost, probability > 0, probability < 1
    else { throw .parameterOutOfRange }
    var sequence = Array(repeating: 0, count: size)
    func fill(_ index: Int, _ imbalance: Int, _ mass: Double) {
      if index == size {
        visit(sequence, mass)
        return
      }
      let one = imbalance == 0 ? 0.5 : (imbalance < 0 ? probability : 1 - probability)
      sequence[index] = 0
      fill(index + 1, imbalance - 1, mass * (1 - one))
      sequence[index] = 1
      fill(index + 1, imbalance + 1, mass * one)
    }
    fill(0, 0, 1)
  }

  /// Every order of a multiset of arms.
  private static func arrangements(_ counts: [Int], _ visit: ([Int]) -> Void) {
    var left = counts
    var sequence = Array(repeating: 0, count: counts.reduce(0, +))
    func fill(_ index: Int) {
      if index == sequence.count {
        visit(sequence)
        return
      }
      for arm in left.indices where left[arm] > 0 {
        left[arm] -= 1
        sequence[index] = arm
        fill(index + 1)
        left[arm] += 1
      }
    }
    fill(0)
  }
}

/// The bound of the protocol's methods: beyond a million sequences are sampled, not enumerated.
private let sequencesAtMost = 1_000_000.0
