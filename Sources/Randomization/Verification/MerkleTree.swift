/// The Merkle tree of RFC 9162, section 2.1, with SHA-256.
public struct MerkleTree: Sendable {
  /// The leaf hashes in order.
  public private(set) var leaves: [Fingerprint]

  /// The tree over these leaf hashes.
  public init(leaves: [Fingerprint] = []) {
    self.leaves = leaves
  }

  /// The hash of a leaf's content.
  public static func leaf(_ content: [UInt8]) -> Fingerprint {
    Fingerprint(digest: Sha.digest([0x00], content))
  }

  /// The hash over two subtrees.
  static func node(_ left: Fingerprint, _ right: Fingerprint) -> Fingerprint {
    Fingerprint(digest: Sha.digest([0x01], left.bytes, right.bytes))
  }

  /// The root of a tree without leaves.
  package static let emptyRoot = Fingerprint(digest: Sha.digest())

  /// The root over the first `size` leaves, or over all.
  public func root(size: Int? = nil) -> Fingerprint {
    Self.root(leaves[..<(size ?? leaves.count)])
  }

  /// The path that proves one leaf against the root of the first `size` leaves.
  public func inclusionPath(index: Int, size: Int) -> [Fingerprint] {
    precondition(index >= 0 && index < size && size <= leaves.count, "the leaf lies in the tree")
    return Self.inclusion(index, leaves[..<size])
  }

  /// The path that proves that the first `first` leaves are a prefix of the first `second`.
  public func consistencyPath(first: Int, second: Int) -> [Fingerprint] {
    precondition(
      first >= 1 && first <= second && second <= leaves.count, "the prefix lies in the tree")
    return Self.consistency(first, leaves[..<second], isComplete: true)
  }

  private static func root(_ leaves: ArraySlice<Fingerprint>) -> Fingerprint {
    var frontier = MerkleFrontier()
    for leaf in leaves { frontier.append(leaf) }
    return frontier.root
  }

  private static func inclusion(
    _ index: Int, _ leaves: ArraySlice<Fingerprint>
  ) -> [Fingerprint] {
    guard leaves.count > 1 else { return [] }
    let (left, right) = split(leaves)
    return index < left.count
      ? inclusion(index, left) + [root(right)]
      : inclusion(index - left.count, right) + [root(left)]
  }

  private static func consistency(
    _ first: Int, _ leaves: ArraySlice<Fingerprint>, isComplete: Bool
  ) -> [Fingerprint] {
    if first == leaves.count { return isComplete ? [] : [root(leaves)] }
    let (left, right) = split(leaves)
    return first <= left.count
      ? consistency(first, left, isComplete: isComplete) + [root(right)]
      : consistency(first - left.count, right, isComplete: false) + [root(left)]
  }

  /// The leaves cut at the largest power of two below their number.
  private static func split(
    _ leaves: ArraySlice<Fingerprint>
  ) -> (ArraySlice<Fingerprint>, ArraySlice<Fingerprint>) {
    let left = 1 << (Int.bitWidth - 1 - (leaves.count - 1).leadingZeroBitCount)
    return (leaves.prefix(left), leaves.dropFirst(left))
  }
}
