/// Verification of the proofs of RFC 9162, sections 2.1.3.2 and 2.1.4.2.
public enum MerkleProof {
  /// Whether the path leads from the leaf at `index` to the root over `size` leaves.
  public static func verifiesInclusion(
    of leaf: Fingerprint, index: Int, size: Int, path: [Fingerprint], root: Fingerprint
  ) -> Bool {
    guard index >= 0, index < size else { return false }
    var (position, last) = (index, size - 1)
    var hash = leaf
    for sibling in path {
      if last == 0 { return false }
      if position & 1 == 1 || position == last {
        hash = MerkleTree.node(sibling, hash)
        while position & 1 == 0, position != 0 {
          position >>= 1
          last >>= 1
        }
      } else {
        hash = MerkleTree.node(hash, sibling)
      }
      position >>= 1
      last >>= 1
    }
    return last == 0 && hash == root
  }

  /// Whether the path shows that the tree with the first root is a prefix of that with the second.
  public static func verifiesConsistency(
    first: Int, second: Int, firstRoot: Fingerprint, secondRoot: Fingerprint, path: [Fingerprint]
  ) -> Bool {
    guard first >= 1, first <= second else { return false }
    if first == second { return path.isEmpty && firstRoot == secondRoot }
    // A first tree that is a complete subtree of the second is its own start of the path.
    var siblings = path[...]
    guard let start = first & (first - 1) == 0 ? firstRoot : siblings.popFirst() else {
      return false
    }
    var (position, last) = (first - 1, second - 1)
    while position & 1 == 1 {
      position >>= 1
      last >>= 1
    }
    var (firstHash, secondHash) = (start, start)
    for sibling in siblings {
      if last == 0 { return false }
      if position & 1 == 1 || position == last {
        firstHash = MerkleTree.node(sibling, firstHash)
        secondHash = MerkleTree.node(sibling, secondHash)
        while position & 1 == 0, position != 0 {
          position >>= 1
          last >>= 1
        }
      } else {
        secondHash = MerkleTree.node(secondHash, sibling)
      }
      position >>= 1
      last >>= 1
    }
    return last == 0 && firstHash == firstRoot && secondHash == secondRoot
  }
}
