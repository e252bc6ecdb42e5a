/// A type whose JSON is told by hand, because it writes itself.
protocol DescribedByHand {
  static var schema: JSONSchema { get }
}

/// Reads the members of a type from how it decodes itself.
///
/// The decoder gives every member a value and notes its name and type; what is decoded only if
/// present is written only if present. Nothing is stated twice, so nothing can differ.
enum SchemaReading {
  /// The schema of a type, open where a type decodes itself in a way of its own.
  static func schema<Body: Decodable>(of type: Body.Type) -> JSONSchema {
    (try? Kinds.sample(of: type))?.schema ?? .any
  }

  /// A value of a type and its schema.
  fileprivate static func sample<Body: Decodable>(
    of type: Body.Type
  ) throws -> (value: Body, schema: JSONSchema) {
    let notes = Notes()
    let value = try Body(from: Reader(notes: notes))
    if let described = type as? any DescribedByHand.Type { return (value, described.schema) }
    return (value, notes.schema)
  }

  /// What was asked for while a value was decoded.
  fileprivate final class Notes {
    var members: [String: JSONSchema] = [:]
    var optional: Set<String> = []
    var alone: JSONSchema?

    var schema: JSONSchema { alone ?? .object(members, optional: optional) }
  }

  private struct Reader: Decoder {
    let notes: Notes
    var codingPath: [any CodingKey] { [] }
    var userInfo: [CodingUserInfoKey: Any] { [:] }

    func container<Key: CodingKey>(keyedBy type: Key.Type) -> KeyedDecodingContainer<Key> {
      KeyedDecodingContainer(Members<Key>(notes: notes))
    }

    func unkeyedContainer() throws -> any UnkeyedDecodingContainer {
      throw unreadable("a list that reads itself")
    }

    func singleValueContainer() -> any SingleValueDecodingContainer { Alone(notes: notes) }
  }

  fileprivate static func unreadable(_ what: String) -> DecodingError {
    .dataCorrupted(DecodingError.Context(codingPath: [], debugDescription: what))
  }

  private struct Members<Key: CodingKey>: KeyedDecodingContainerProtocol {
    let notes: Notes
    var codingPath: [any CodingKey] { [] }
    var allKeys: [Key] { [] }

    func contains(_ key: Key) -> Bool { true }
    func decodeNil(forKey key: Key) -> Bool { false }

    func decode<Value: Decodable>(_ type: Value.Type, forKey key: Key) throws -> Value {
      let (value, schema) = try Kinds.sample(of: type)
      notes.members[key.stringValue] = schema
      return value
    }

    func decodeIfPresent<Value: Decodable>(_ type: Value.Type, forKey key: Key) throws -> Value? {
      notes.optional.insert(key.stringValue)
      return try decode(type, forKey: key)
    }

    // The plain types have requirements of their own, which would otherwise say "not there".
    func decodeIfPresent(_ type: String.Type, forKey key: Key) throws -> String? {
      try noted(type, key)
    }
    func decodeIfPresent(_ type: Int.Type, forKey key: Key) throws -> Int? { try noted(type, key) }
    func decodeIfPresent(_ type: Bool.Type, forKey key: Key) throws -> Bool? {
      try noted(type, key)
    }
    func decodeIfPresent(_ type: Double.Type, forKey key: Key) throws -> Double? {
      try noted(type, key)
    }

    private func noted<Value: Decodable>(_ type: Value.Type, _ key: Key) throws -> Value {
      notes.optional.insert(key.stringValue)
      return try decode(type, forKey: key)
    }

    func nestedContainer<Nested: CodingKey>(
      keyedBy type: Nested.Type, forKey key: Key
    ) throws -> KeyedDecodingContainer<Nested> { throw unreadable("a nested container") }

    func nestedUnkeyedContainer(forKey key: Key) throws -> any UnkeyedDecodingContainer {
      throw unreadable("a nested list")
    }

    func superDecoder() throws -> any Decoder { throw unreadable("a superclass") }
    func superDecoder(forKey key: Key) throws -> any Decoder { throw unreadable("a superclass") }
  }

  private struct Alone: SingleValueDecodingContainer {
    let notes: Notes
    var codingPath: [any CodingKey] { [] }

    func decodeNil() -> Bool { false }

    func decode<Value: Decodable>(_ type: Value.Type) throws -> Value {
      let (value, schema) = try Kinds.sample(of: type)
      notes.alone = schema
      return value
    }
  }

  /// The types JSON has words for, and those made of them.
  private enum Kinds {
    static func sample<Value: Decodable>(
      of type: Value.Type
    ) throws -> (value: Value, schema: JSONSchema) {
      if let plain = plain(type), let value = plain.value as? Value { return (value, plain.schema) }
      return try SchemaReading.sample(of: type)
    }

    private static func plain(_ type: Any.Type) -> (value: Any, schema: JSONSchema)? {
      switch type {
      case is String.Type: ("", .string)
      case is Int.Type: (0, .integer)
      case is Int64.Type: (Int64(0), .integer)
      case is UInt64.Type: (UInt64(0), .integer)
      case is Bool.Type: (false, .boolean)
      case is Double.Type: (0.0, .number)
      default: (type as? any Gathering.Type)?.gathered
      }
    }
  }

  /// Lists and maps: the schema of what they hold is found without holding anything.
  fileprivate static func element<Element>(_ type: Element.Type) -> JSONSchema {
    guard let type = type as? any Decodable.Type else { return .any }
    return schema(of: type)
  }
}

private protocol Gathering {
  static var gathered: (value: Any, schema: JSONSchema) { get }
}

extension Array: Gathering {
  fileprivate static var gathered: (value: Any, schema: JSONSchema) {
    ([Element](), .list(SchemaReading.element(Element.self)))
  }
}

extension Dictionary: Gathering where Key == String {
  fileprivate static var gathered: (value: Any, schema: JSONSchema) {
    ([String: Value](), .map(SchemaReading.element(Value.self)))
  }
}
