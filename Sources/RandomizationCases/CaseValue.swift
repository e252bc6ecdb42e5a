import Foundation
package import Randomization

/// A JSON value of a file of reference cases, which may hold real numbers.
package indirect enum CaseValue: Sendable, Equatable {
  case null
  case bool(Bool)
  case integer(Int)
  case real(Double)
  case text(String)
  case list([CaseValue])
  case record([Label: CaseValue])
}

extension CaseValue: Decodable {
  private struct Key: CodingKey {
    let stringValue: String
    var intValue: Int? { nil }

    init(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { nil }
  }

  package init(from decoder: any Decoder) throws {
    if let record = try? decoder.container(keyedBy: Key.self) {
      var members: [Label: CaseValue] = [:]
      for key in record.allKeys {
        members[Label(key.stringValue)] = try record.decode(CaseValue.self, forKey: key)
      }
      self = .record(members)
      return
    }
    if var list = try? decoder.unkeyedContainer() {
      var items: [CaseValue] = []
      while !list.isAtEnd { items.append(try list.decode(CaseValue.self)) }
      self = .list(items)
      return
    }
    let value = try decoder.singleValueContainer()
    if value.decodeNil() {
      self = .null
    } else if let flag = try? value.decode(Bool.self) {
      self = .bool(flag)
    } else if let number = try? value.decode(Int.self) {
      self = .integer(number)
    } else if let number = try? value.decode(Double.self) {
      self = .real(number)
    } else {
      self = .text(try value.decode(String.self))
    }
  }

  /// The value spelled by JSON text.
  package init(parsing bytes: [UInt8]) throws(CaseFileRefusal) {
    do {
      self = try JSONDecoder().decode(CaseValue.self, from: Data(bytes))
    } catch {
      throw .notJSON
    }
  }
}

extension CaseValue {
  /// The value under a key, if this is a record that has it.
  subscript(key: Label) -> CaseValue? {
    if case .record(let members) = self { members[key] } else { nil }
  }

  /// The value under a key that a case must have.
  func required(_ key: Label) throws(CaseFileRefusal) -> CaseValue {
    guard let value = self[key] else { throw .malformed("\"\(key)\"") }
    return value
  }

  /// The items under a key; none when the file has no such part.
  func itemsIfAny(_ key: Label) throws(CaseFileRefusal) -> [CaseValue] {
    self[key] == nil ? [] : try items(key)
  }

  func items(_ key: Label) throws(CaseFileRefusal) -> [CaseValue] {
    guard case .list(let items) = try required(key) else { throw .malformed("list \"\(key)\"") }
    return items
  }

  func text(_ key: Label) throws(CaseFileRefusal) -> String {
    guard case .text(let text) = try required(key) else { throw .malformed("text \"\(key)\"") }
    return text
  }

  func integer(_ key: Label) throws(CaseFileRefusal) -> Int {
    guard case .integer(let number) = try required(key) else {
      throw .malformed("number \"\(key)\"")
    }
    return number
  }

  func integers(_ key: Label) throws(CaseFileRefusal) -> [Int] {
    try items(key).map { item throws(CaseFileRefusal) in
      guard case .integer(let number) = item else { throw .malformed("numbers \"\(key)\"") }
      return number
    }
  }

  func bytes(_ key: Label) throws(CaseFileRefusal) -> [UInt8] {
    guard let bytes = Hex.bytes(Array(try text(key).utf8)) else {
      throw .malformed("hex \"\(key)\"")
    }
    return bytes
  }

  /// The texts by key of a record of texts.
  func labels(_ key: Label) throws(CaseFileRefusal) -> [Label: Label] {
    try required(key).labels()
  }

  func labels() throws(CaseFileRefusal) -> [Label: Label] {
    guard case .record(let members) = self else { throw .malformed("levels") }
    var labels: [Label: Label] = [:]
    for (key, value) in members {
      guard case .text(let text) = value else { throw .malformed("levels") }
      labels[key] = Label(text)
    }
    return labels
  }

  /// The record without what a case expects, so that nothing computed can depend on it.
  func without(_ keys: Set<Label>) -> CaseValue {
    guard case .record(let members) = self else { return self }
    return .record(members.filter { !keys.contains($0.key) })
  }

  /// The record with only what a case expects.
  func only(_ keys: Set<Label>) -> CaseValue {
    guard case .record(let members) = self else { return self }
    return .record(members.filter { keys.contains($0.key) })
  }

  /// The value for a canonical ledger; a real number has no canonical form.
  func canonical() throws(CanonicalRefusal) -> CanonicalValue {
    switch self {
    case .null: return .null
    case .bool(let flag): return .bool(flag)
    case .integer(let number): return .integer(number)
    case .real: throw .badJSON
    case .text(let text): return .string(Label(text))
    case .list(let items):
      return .array(try items.map { item throws(CanonicalRefusal) in try item.canonical() })
    case .record(let members):
      var values: [Label: CanonicalValue] = [:]
      for (key, value) in members { values[key] = try value.canonical() }
      return .object(CanonicalObject(values))
    }
  }

  func scheme(_ key: Label = "scheme") throws(CaseFileRefusal) -> Scheme {
    guard let value = try? required(key).canonical(), let scheme = try? Scheme(value) else {
      throw .malformed("a valid scheme")
    }
    return scheme
  }
}

extension CaseValue {
  static func hex(_ bytes: [UInt8]) -> CaseValue {
    .text(String(decoding: Hex.digits(bytes), as: UTF8.self))
  }

  static func numbers<Number: BinaryInteger>(_ numbers: [Number]) -> CaseValue {
    .list(numbers.map { .integer(Int($0)) })
  }

  /// The value as JSON with sorted keys.
  package var json: String {
    switch self {
    case .null: "null"
    case .bool(let flag): flag ? "true" : "false"
    case .integer(let number): String(number)
    case .real(let number): String(number)
    case .text(let text): Self.quoted(text)
    case .list(let items): "[" + items.map(\.json).joined(separator: ",") + "]"
    case .record(let members):
      "{"
        + members.sorted { $0.key < $1.key }
        .map { Self.quoted($0.key.text) + ":" + $0.value.json }.joined(separator: ",") + "}"
    }
  }

  private static func quoted(_ text: String) -> String {
    var quoted = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": quoted += "\\\""
      case "\\": quoted += "\\\\"
      case "\u{0}"..."\u{1F}", "\u{7F}":
        let digits = String(scalar.value, radix: 16)
        quoted += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      default: quoted.unicodeScalars.append(scalar)
      }
    }
    return quoted + "\""
  }
}
