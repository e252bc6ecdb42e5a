/// A block with allocations left.
package struct OpenBlock: Sendable, Equatable {
  let size: Int
  var counts: [Int]

  /// Takes one more allocation and answers whether that completes the block.
  mutating func take(_ arm: Int) -> Bool {
    counts[arm] += 1
    return counts.reduce(0, +) == size
  }
}

/// Permuted blocks, drawn one allocation at a time without replacement.
///
/// No block is ever laid out in advance: there is nothing to steal but the seed.
enum PermutedBlocks {
  /// A new block; its size is drawn even when there is only one.
  static func open(_ sizes: [Int], arms: Int, from tape: inout Tape) -> OpenBlock {
    let size = sizes[Int(tape.uniform(UInt64(sizes.count)))]
    return OpenBlock(size: size, counts: Array(repeating: 0, count: arms))
  }

  /// What is left of every arm in the block.
  static func weights(_ block: OpenBlock, ratios: [Int], ratioSum: Int) -> [UInt64] {
    zip(ratios, block.counts).map { ratio, count in
      UInt64(block.size / ratioSum * ratio - count)
    }
  }
}
