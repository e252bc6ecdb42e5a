import Foundation

@testable import Web

/// An operation of the API, as the description tells it that the server serves.
struct DescribedOperation {
  /// A member of a body.
  struct Member {
    let name: String
    /// The JSON type: string, integer, boolean or object.
    let type: String
    let isRequired: Bool
  }

  let method: String
  /// The path with its parameters in braces, and its segments.
  let pattern: String
  let segments: [Substring]
  /// The parameters of the query.
  let query: [String]
  /// The members of the body, none where it describes no body.
  let members: [Member]

  var name: String { "\(method) \(pattern)" }
  var parameters: [Substring] { segments.filter { $0.hasPrefix("{") } }
}

/// The whole description, read as anybody reads it.
enum Description {
  static let operations: [DescribedOperation] = read()

  /// The operation of a name; any other text chooses one of all.
  static func operation(_ text: [UInt8]) -> DescribedOperation {
    let name = String(decoding: text, as: UTF8.self)
    if let found = operations.first(where: { $0.name == name }) { return found }
    return operations[Int(Plan.number(of: text) % UInt32(operations.count))]
  }

  /// The operations at an address, whatever the method: a word is meant before a parameter, and no
  /// address with a segment left out is another address.
  static func operations(at path: String) -> [DescribedOperation] {
    let segments = path.split(separator: "/", omittingEmptySubsequences: false).dropFirst()
    let found = operations.filter { operation in
      operation.segments.count == segments.count
        && zip(operation.segments, segments).allSatisfy { part, segment in
          part.hasPrefix("{") ? meaning(segment) != nil : part.utf8.elementsEqual(segment.utf8)
        }
    }
    let fewest = found.map(\.parameters.count).min()
    return found.filter { $0.parameters.count == fewest }
  }

  /// The bytes a segment stands for, nil where no text is meant by it.
  static func meaning(_ segment: Substring) -> [UInt8]? {
    var (bytes, rest) = ([UInt8](), Array(segment.utf8)[...])
    while let byte = rest.popFirst() {
      guard byte == UInt8(ascii: "%") else {
        bytes.append(byte)
        continue
      }
      guard rest.count >= 2, rest.prefix(2).allSatisfy({ isHexDigit($0) }),
        let value = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16)
      else { return nil }
      bytes.append(value)
      rest = rest.dropFirst(2)
    }
    let isText = String(validating: bytes, as: UTF8.self) != nil
    return isText && !bytes.isEmpty && !bytes.contains(0) ? bytes : nil
  }

  private static func isHexDigit(_ byte: UInt8) -> Bool {
    (0x30...0x39).contains(byte) || (0x41...0x46).contains(byte) || (0x61...0x66).contains(byte)
  }

  private static func read() -> [DescribedOperation] {
    guard let text = try? APIDescription.text(RouteTable.all),
      let document = try? JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any],
      let paths = document["paths"] as? [String: [String: [String: Any]]]
    else { fatalError("a description that nobody reads") }
    return paths.flatMap { pattern, methods in
      methods.map { method, operation in
        DescribedOperation(
          method: method.uppercased(), pattern: pattern,
          segments: pattern.dropFirst().split(separator: "/"),
          query: (operation["parameters"] as? [[String: Any]] ?? [])
            .filter { $0["in"] as? String == "query" }.compactMap { $0["name"] as? String },
          members: members(of: operation))
      }
    }.sorted { $0.name < $1.name }
  }

  private static func members(of operation: [String: Any]) -> [DescribedOperation.Member] {
    guard let body = operation["requestBody"] as? [String: Any] else { return [] }
    guard let content = body["content"] as? [String: [String: Any]],
      let schema = content["application/json"]?["schema"] as? [String: Any],
      let properties = schema["properties"] as? [String: [String: Any]],
      let required = schema["required"] as? [String],
      schema["additionalProperties"] as? Bool == false
    else { fatalError("a body whose members nobody knows") }
    return properties.keys.sorted().map { name in
      DescribedOperation.Member(
        name: name, type: properties[name]?["type"] as? String ?? "",
        isRequired: required.contains(name))
    }
  }
}
