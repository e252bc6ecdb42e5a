import Testing

@testable import Randomization

@Suite struct MerkleTests {
  private func tree(_ size: Int) -> MerkleTree {
    MerkleTree(leaves: (0..<size).map { MerkleTree.leaf([UInt8($0)]) })
  }

  /// The root by the recursive definition of RFC 9162, sharing no code with the frontier.
  private func definedRoot(_ leaves: ArraySlice<Fingerprint>) -> [UInt8] {
    guard leaves.count > 1 else { return leaves.first?.bytes ?? Sha.digest() }
    var cut = 1
    while cut * 2 < leaves.count { cut *= 2 }
    return Sha.digest(
      [1], definedRoot(leaves.prefix(cut)), definedRoot(leaves.dropFirst(cut)))
  }

  @Test func `every root agrees with the recursive definition`() {
    let tree = tree(70)
    for size in 0...70 {
      #expect(tree.root(size: size).bytes == definedRoot(tree.leaves.prefix(size)))
    }
  }

  @Test func `every inclusion path verifies, and for no other leaf, index or root`() {
    for size in 1...33 {
      let tree = tree(size)
      let root = tree.root()
      for index in 0..<size {
        let path = tree.inclusionPath(index: index, size: size)
        func verifies(_ leaf: Int, _ index: Int, _ path: [Fingerprint], _ root: Fingerprint) -> Bool
        {
          MerkleProof.verifiesInclusion(
            of: tree.leaves[leaf], index: index, size: size, path: path, root: root)
        }
        #expect(verifies(index, index, path, root))
        #expect(!verifies(index, index, path + [root], root))
        #expect(!verifies(index, index, path, .zero))
        if size > 1 {
          #expect(!verifies((index + 1) % size, index, path, root))
          #expect(!verifies(index, (index + 1) % size, path, root))
          #expect(!verifies(index, index, Array(path.dropLast()), root))
        }
      }
    }
  }

  @Test func `every prefix is consistent with the whole, and no other root is`() {
    let tree = tree(33)
    for second in 1...33 {
      for first in 1...second {
        let path = tree.consistencyPath(first: first, second: second)
        func verifies(_ firstRoot: Fingerprint, _ path: [Fingerprint]) -> Bool {
          MerkleProof.verifiesConsistency(
            first: first, second: second, firstRoot: firstRoot,
            secondRoot: tree.root(size: second), path: path)
        }
        #expect(verifies(tree.root(size: first), path))
        #expect(!verifies(.zero, path))
        #expect(!verifies(tree.root(size: first), path + [.zero]))
      }
    }
  }

  @Test func `the frontier proves its last leaf at every size`() {
    let tree = tree(70)
    var frontier = MerkleFrontier()
    for size in 1...70 {
      frontier.append(tree.leaves[size - 1])
      #expect(frontier.root == tree.root(size: size))
      #expect(
        frontier.inclusionPathOfLast == tree.inclusionPath(index: size - 1, size: size))
    }
  }
}
