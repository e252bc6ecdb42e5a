/// A statement as one connection has prepared it.
final class PreparedStatement {
  let name: String
  let text: String
  let types: [UInt32]
  /// Whether the server has confirmed it; until then it is not found again.
  var isReady = false
  var lastUse: UInt64 = 0

  init(name: String, text: String, types: [UInt32]) {
    self.name = name
    self.text = text
    self.types = types
  }

  /// A null fits a parameter of any type; everything else must be what was prepared.
  func accepts(_ given: [UInt32]) -> Bool {
    guard given.count == types.count else { return false }
    for index in given.indices
    where given[index] != types[index] && given[index] != TypeNumber.unspecified {
      return false
    }
    return true
  }
}

/// The statements prepared on one connection, found by text and types.
struct StatementCache {
  /// Each costs the server some kilobytes per connection; the product has fewer than this.
  static let capacity = 512

  private var entries: [String: [PreparedStatement]] = [:]
  private(set) var count = 0
  private var nameCounter: UInt64 = 0
  private var clock: UInt64 = 0

  /// The prepared statement, if there is one that fits.
  mutating func find(_ text: String, _ types: [UInt32]) -> PreparedStatement? {
    guard let found = entries[text]?.first(where: { $0.accepts(types) }) else { return nil }
    clock += 1
    found.lastUse = clock
    return found
  }

  /// Notes a statement that is about to be prepared.
  mutating func add(_ text: String, _ types: [UInt32]) -> PreparedStatement {
    nameCounter += 1
    clock += 1
    let entry = PreparedStatement(name: "e\(nameCounter)", text: text, types: types)
    entry.lastUse = clock
    entries[text, default: []].append(entry)
    count += 1
    return entry
  }

  mutating func remove(_ entry: PreparedStatement) {
    guard var variants = entries[entry.text],
      let index = variants.firstIndex(where: { $0 === entry })
    else { return }
    variants.remove(at: index)
    entries[entry.text] = variants.isEmpty ? nil : variants
    count -= 1
  }

  /// The mark that separates statements used before now from those used after.
  var now: UInt64 { clock }

  /// The statement unused for longest, if it was not used since the mark.
  func leastRecentlyUsed(before mark: UInt64) -> PreparedStatement? {
    entries.values.joined()
      .filter { $0.isReady && $0.lastUse <= mark }
      .min { $0.lastUse < $1.lastUse }
  }
}
