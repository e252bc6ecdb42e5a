/// One event of a ledger, fixed in its place by the hash of the event before.
public struct LedgerEntry: Sendable, Equatable {
  /// The index, from 0.
  public let index: Int

  /// The leaf hash of the entry before.
  public let previous: Fingerprint

  /// The instant, as UTC text with milliseconds.
  public let at: String

  /// The pseudonymous identity of who acted.
  public let by: Label

  /// What happened.
  public let body: Body

  /// The entry as canonical JSON, the bytes that are hashed.
  public let canonicalBytes: [UInt8]

  /// The leaf hash of this entry.
  public let leaf: Fingerprint

  /// The entry made of these parts.
  public init(
    index: Int, previous: Fingerprint, at: String, by: Label, body: Body
  ) throws(LedgerEntryRefusal) {
    guard EntryTime.isWellFormed(at) else { throw .time }
    let value: CanonicalValue = [
      "i": .integer(index), "prev": .text(previous.hex), "kind": .text(body.kind),
      "at": .text(at), "by": .string(by), "body": body.value,
    ]
    do {
      canonicalBytes = try value.canonicalBytes()
    } catch {
      throw .notCanonical(error)
    }
    self.index = index
    self.previous = previous
    self.at = at
    self.by = by
    self.body = body
    leaf = MerkleTree.leaf(canonicalBytes)
  }

  /// The entry spelled by stored canonical bytes.
  public init(canonical bytes: [UInt8]) throws(LedgerEntryRefusal) {
    let value: CanonicalValue
    do {
      value = try CanonicalValue(canonical: bytes)
    } catch {
      throw .notCanonical(error)
    }
    try self.init(value)
  }

  /// The entry held by a value.
  public init(_ value: CanonicalValue) throws(LedgerEntryRefusal) {
    guard let object = value.object,
      object.hasExactly(["at", "body", "by", "i", "kind", "prev"]),
      let index = object["i"]?.integer, index >= 0,
      let previous = object["prev"]?.label.flatMap({ Fingerprint(hex: $0) }),
      let kind = object["kind"]?.label, let at = object["at"]?.label,
      let by = object["by"]?.label, let bodyValue = object["body"]
    else { throw .form }
    guard Body.kinds.contains(kind.text) else { throw .unknownKind }
    guard let body = Body(kind: kind.text, bodyValue) else { throw .form }
    try self.init(index: index, previous: previous, at: at.text, by: by, body: body)
  }

  /// The entry as a value.
  var value: CanonicalValue {
    [
      "i": .integer(index), "prev": .text(previous.hex), "kind": .text(body.kind),
      "at": .text(at), "by": .string(by), "body": body.value,
    ]
  }
}

/// Why an entry could not be made or read.
public enum LedgerEntryRefusal: Error, Sendable, Equatable, CustomStringConvertible {
  /// A part of the entry is not canonical.
  case notCanonical(CanonicalRefusal)

  /// The instant is not UTC text with milliseconds.
  case time

  /// A part is missing, superfluous or of the wrong kind.
  case form

  /// The kind of the entry is unknown.
  case unknownKind

  /// What was refused and what to do.
  public var description: String {
    switch self {
    case .notCanonical(let refusal): refusal.description
    case .time:
      "The instant of a ledger entry must read like 2027-01-01T00:00:00.000Z. "
        + "Nothing was written. Report this to the coordinating office."
    case .form:
      "The bytes are not those of a ledger entry. Nothing was changed. "
        + "Compare the ledger with a receipt or a witnessed head."
    case .unknownKind:
      "The kind of the ledger entry is unknown. Nothing was changed. "
        + "Use the version of the program that wrote the ledger."
    }
  }
}

/// The text form of an instant in a ledger.
enum EntryTime {
  private static let pattern = Array("dddd-dd-ddTdd:dd:dd.dddZ".utf8)

  /// Whether the text has the one permitted form and names possible fields.
  static func isWellFormed(_ text: String) -> Bool {
    let bytes = Array(text.utf8)
    guard bytes.count == pattern.count else { return false }
    for (byte, expected) in zip(bytes, pattern) {
      if expected == UInt8(ascii: "d") {
        guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) else { return false }
      } else if byte != expected {
        return false
      }
    }
    func field(_ start: Int) -> Int {
      Int(bytes[start] - UInt8(ascii: "0")) * 10 + Int(bytes[start + 1] - UInt8(ascii: "0"))
    }
    return (1...12).contains(field(5)) && (1...31).contains(field(8)) && field(11) < 24
      && field(14) < 60 && field(17) <= 60
  }
}
