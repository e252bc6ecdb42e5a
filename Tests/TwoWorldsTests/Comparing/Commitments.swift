import Postgres
import Randomization

/// The values by which a ledger commits to what nobody may know yet, by name.
///
/// Receipts carry them: a leaf is the digest of an entry with a sealed arm, a root the digest over
/// leaves. They must differ where arms differ, or the receipt would bind nobody; that they tell
/// nothing is the strength of the digest under keys of 256 bits. They are replaced by their names,
/// each by its exact value, read from the world's own ledger.
struct Commitments: Sendable {
  private let names: [(value: String, name: String)]

  init(of world: World) throws {
    let direct = try world.direct()
    func hex(_ column: String, _ table: String, _ order: String) throws -> [String] {
      try direct.execute(
        Statement(
          text: "select coalesce(encode(\(column), 'hex'), '') from \(table) order by \(order)")
      ).map { row throws(DatabaseError) in try row.get(0) }
    }
    var names: [(String, String)] = []
    let leaves = try hex("leaf", "allocation.ledger_entries", "i")
    for (index, leaf) in leaves.enumerated() { names.append((leaf, "leaf \(index)")) }
    for (index, text) in try hex("signature", "allocation.heads", "size").enumerated() {
      names.append((text, "signature \(index)"))
    }
    let tree = MerkleTree(leaves: leaves.compactMap { Fingerprint(Self.bytes($0)) })
    for size in 1...max(1, leaves.count) where leaves.count >= size {
      names.append((tree.root(size: size).hex, "root \(size)"))
      for index in 0..<size {
        for (step, node) in tree.inclusionPath(index: index, size: size).enumerated() {
          names.append((node.hex, "node \(size) \(index) \(step)"))
        }
      }
    }
    var known: Set<String> = []
    self.names = names.filter { !$0.0.isEmpty && known.insert($0.0).inserted }
  }

  private static func bytes(_ hex: String) -> [UInt8] {
    let digits = Array(hex)
    return stride(from: 0, to: digits.count - 1, by: 2).compactMap {
      UInt8(String(digits[$0...($0 + 1)]), radix: 16)
    }
  }

  /// The text with every commitment replaced by its name.
  func named(_ text: String) -> String {
    guard text.contains(/[0-9a-f]{64}/) else { return text }
    return names.reduce(text) { $0.replacing($1.value, with: "[\($1.name)]") }
  }

  func named(_ told: Told, of asked: Asked) -> Told {
    Told(
      line: told.line, status: told.status,
      headers: told.headers.map { .init(name: $0.name, value: named($0.value)) },
      body: Array(
        named(
          told.status == 200 || told.status == 201
            ? Self.measured(told.text, of: asked.route) : told.text
        ).utf8))
  }

  /// The text with what follows from a seed of 256 bits, which nobody is told, as its length.
  private static func measured(_ text: String, of route: String) -> String {
    switch route {
    // Sealed arms, commitments to them and a signature over all of it; a card has the code of one of them.
    case _ where route.contains("/envelopes/{site}"):
      text.replacing(/"(box|seal|sig|code)":"([0-9A-Za-z-]*)"/) { "\"\($0.1)\":\($0.2.count)" }
    // A head signed now is kept by the witness and not among the heads of the ledger, where one has its size.
    case "POST /api/v1/ledger/heads":
      text.replacing(/"sig":"([0-9a-f]*)"/) { "\"sig\":\($0.1.count)" }
    // The seal of the arm just opened and the key to it, beside the arm itself.
    case "POST /emergency", "POST /api/v1/disclosures":
      text.replacing(/[0-9a-f]{64}/) { "[\($0.count)]" }
    default: text
    }
  }
}
