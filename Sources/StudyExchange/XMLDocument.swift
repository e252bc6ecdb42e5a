import CXML

/// An attribute with the address of its namespace, empty where it has none.
struct XMLAttribute: Hashable {
  let name: String
  let namespace: String
  let value: String
}

/// An element of a document.
struct XMLElement {
  let name: String
  let namespace: String
  let line: Int
  let attributes: [XMLAttribute]
  fileprivate(set) var children: [XMLElement] = []
  /// The characters directly inside.
  fileprivate(set) var text = ""

  /// The value of an attribute of the element's own vocabulary, nil when absent or blank.
  subscript(_ name: String) -> String? { value(name, in: "") }

  /// The value of an attribute of REDCap's vocabulary, nil when absent or blank.
  func redcap(_ name: String) -> String? { value(name, in: XMLDocument.redcap) }

  private func value(_ name: String, in namespace: String) -> String? {
    let value = attributes.first { $0.name == name && $0.namespace == namespace }?.value
    return value.flatMap { WrittenText.trimmed($0).isEmpty ? nil : $0 }
  }

  func all(_ name: String) -> [XMLElement] { children.filter { $0.name == name } }
  func first(_ name: String) -> XMLElement? { children.first { $0.name == name } }

  /// Every element of this name below, in the order of the document.
  func descendants(_ name: String) -> [XMLElement] {
    children.flatMap { ($0.name == name ? [$0] : []) + $0.descendants(name) }
  }

  /// All characters inside, at any depth.
  var wholeText: String { text + children.map(\.wholeText).joined() }
}

/// A document of XML, read without network, external files, document type and entities of its own.
enum XMLDocument {
  static let redcap = "https://projectredcap.org"

  /// Far above any definition, with data of participants beside it.
  static let mostBytes = 64 * 1024 * 1024
  /// ODM is some 12 deep.
  static let deepest = 48
  /// Tokens take more room than the text they stand for; beyond this it is an attack.
  private static let mostTokenBytes = 256 * 1024 * 1024
  /// Data of participants is no definition: read for its form, and not kept.
  private static let unread: Set<String> = ["ClinicalData", "ReferenceData", "AdminData"]

  static func root(of bytes: [UInt8]) throws(ExchangeRefusal) -> XMLElement {
    guard bytes.count <= mostBytes else {
      throw ExchangeRefusal(
        "The file is larger than \(mostBytes / 1_048_576) MiB. Export the definition without data.")
    }
    var builder = TreeBuilder(unread: unread)
    guard let root = builder.tree(of: try tokens(of: bytes)) else {
      throw ExchangeRefusal("The file holds no element of XML.")
    }
    return root
  }

  private static func tokens(of bytes: [UInt8]) throws(ExchangeRefusal) -> [UInt8] {
    var pointer: UnsafeMutablePointer<UInt8>?
    var count = 0
    var line: Int32 = 0
    let status = unsafe cxml_read(
      bytes, bytes.count, Int32(deepest), mostTokenBytes, &pointer, &count, &line)
    defer { unsafe cxml_free(pointer) }
    let tokens = unsafe [UInt8](UnsafeBufferPointer(start: pointer, count: count))
    switch Int(status) {
    case CXML_READ: return tokens
    case CXML_DOCTYPE:
      throw ExchangeRefusal(
        "Line \(line): the file declares a document type (DOCTYPE). A definition needs none, and "
          + "such declarations can hide entities; remove it.")
    case CXML_TOO_DEEP:
      throw ExchangeRefusal("Line \(line): elements are nested deeper than \(deepest).")
    case CXML_TOO_MUCH, CXML_NO_MEMORY:
      throw ExchangeRefusal("Line \(line): the file holds more than can be a definition.")
    default:
      let sentence = WrittenText.line(String(decoding: tokens, as: UTF8.self))
      throw ExchangeRefusal("Line \(line): the file is not well-formed XML: \(sentence).")
    }
  }
}

/// Puts tokens together into elements.
private struct TreeBuilder {
  let unread: Set<String>
  private var bytes: [UInt8] = []
  private var position = 0

  init(unread: Set<String>) { self.unread = unread }

  mutating func tree(of tokens: [UInt8]) -> XMLElement? {
    bytes = tokens
    position = 0
    var open: [XMLElement] = []
    var skipped = 0
    while position < bytes.count {
      let kind = bytes[position]
      position += 1
      switch kind {
      case UInt8(ascii: "S"):
        let element = start()
        if skipped > 0 || unread.contains(element.name) && !open.isEmpty {
          skipped += 1
        } else {
          open.append(element)
        }
      case UInt8(ascii: "T"):
        let text = word()
        if skipped == 0, !open.isEmpty { open[open.count - 1].text += text }
      default:
        if skipped > 0 {
          skipped -= 1
          continue
        }
        guard let done = open.popLast() else { return nil }
        guard !open.isEmpty else { return done }
        open[open.count - 1].children.append(done)
      }
    }
    return nil
  }

  private mutating func start() -> XMLElement {
    let line = number()
    let name = word()
    let namespace = word()
    let count = number()
    var attributes: [XMLAttribute] = []
    for _ in 0..<count {
      let name = word()
      let namespace = word()
      attributes.append(XMLAttribute(name: name, namespace: namespace, value: word()))
    }
    return XMLElement(name: name, namespace: namespace, line: line, attributes: attributes)
  }

  private mutating func number() -> Int {
    let value = (0..<4).reduce(0) { $0 | Int(bytes[position + $1]) << (8 * $1) }
    position += 4
    return value
  }

  private mutating func word() -> String {
    let count = number()
    defer { position += count }
    return String(decoding: bytes[position..<(position + count)], as: UTF8.self)
  }
}
