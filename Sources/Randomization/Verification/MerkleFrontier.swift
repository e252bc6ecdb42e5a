/// What of a growing Merkle tree is needed to append to it: the roots of its complete subtrees.
public struct MerkleFrontier: Sendable, Equatable {
  /// The number of leaves.
  public private(set) var size = 0

  /// The complete subtrees from the largest to the smallest, one for each bit of `size`.
  private var subtrees: [Fingerprint] = []

  /// The path that proves the last leaf: the complete subtrees before it was appended.
  public private(set) var inclusionPathOfLast: [Fingerprint] = []

  /// The frontier of an empty tree.
  public init() {}

  /// Appends one leaf hash.
  public mutating func append(_ leaf: Fingerprint) {
    inclusionPathOfLast = subtrees.reversed()
    var hash = leaf
    for _ in 0..<size.trailingOnes {
      hash = MerkleTree.node(subtrees.removeLast(), hash)
    }
    subtrees.append(hash)
    size += 1
  }

  /// The root over all leaves.
  public var root: Fingerprint {
    guard var hash = subtrees.last else { return MerkleTree.emptyRoot }
    for subtree in subtrees.dropLast().reversed() { hash = MerkleTree.node(subtree, hash) }
    return hash
  }
}

extension Int {
  /// The number of ones at the end of the binary number: subtrees an append completes.
  fileprivate var trailingOnes: Int { (~self).trailingZeroBitCount }
}
