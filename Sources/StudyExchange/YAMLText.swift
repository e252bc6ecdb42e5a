/// A piece of YAML on its way to text.
indirect enum YAMLText {
  /// A text, quoted where it could be read as something else.
  case text(String)
  /// A word or number the definition language reads as such.
  case plain(String)
  case list([YAMLText])
  /// Keys with values; `onOneLine` writes them in braces.
  case mapping([(key: String, value: YAMLText)], onOneLine: Bool)

  /// The lines of a mapping or list, indented.
  func lines(_ indent: Int = 0) -> [String] {
    let space = String(repeating: " ", count: indent)
    switch self {
    case .text, .plain: return [space + flow]
    case .list(let items):
      return items.flatMap { item -> [String] in
        guard !item.isFlow else { return [space + "- " + item.flow] }
        var lines = item.lines(indent + 2)
        if let first = lines.first { lines[0] = space + "- " + first.dropFirst(indent + 2) }
        return lines
      }
    case .mapping(let entries, _):
      return entries.flatMap { entry -> [String] in
        let key = space + Self.scalar(entry.key) + ":"
        return entry.value.isFlow
          ? [key + " " + entry.value.flow] : [key] + entry.value.lines(indent + 2)
      }
    }
  }

  private var isFlow: Bool {
    switch self {
    case .text, .plain: true
    case .list(let items): items.isEmpty || items.allSatisfy(\.isScalar)
    case .mapping(let entries, let onOneLine): onOneLine || entries.isEmpty
    }
  }

  private var isScalar: Bool {
    switch self {
    case .text, .plain: true
    case .list, .mapping: false
    }
  }

  private var flow: String {
    switch self {
    case .text(let text): return Self.scalar(text)
    case .plain(let word): return word
    case .list(let items): return "[" + items.map(\.flow).joined(separator: ", ") + "]"
    case .mapping(let entries, _):
      guard !entries.isEmpty else { return "{}" }
      let parts = entries.map { Self.scalar($0.key) + ": " + $0.value.flow }
      return "{ " + parts.joined(separator: ", ") + " }"
    }
  }

  // Read by this language every scalar is a text, but other tools, and people, read Y, no and 1.0
  // as something else: those are quoted as well.
  private static let otherwiseRead: Set<String> = [
    "y", "n", "yes", "no", "on", "off", "true", "false", "null", "ne", "na",
  ]

  /// A text as a scalar.
  static func scalar(_ text: String) -> String {
    let isWord = text.unicodeScalars.allSatisfy { scalar in
      scalar.isASCII
        && (scalar.properties.isAlphabetic || ("0"..."9").contains(scalar)
          || "_-./() ".unicodeScalars.contains(scalar))
    }
    let first = text.unicodeScalars.first
    let startsPlainly = first.map { $0.isASCII && $0.properties.isAlphabetic } ?? false
    if isWord, startsPlainly, !text.hasSuffix(" "), !otherwiseRead.contains(text.lowercased()) {
      return text
    }
    return quoted(text)
  }

  private static func quoted(_ text: String) -> String {
    var result = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": result += "\\\""
      case "\\": result += "\\\\"
      case "\n": result += "\\n"
      case "\t": result += "\\t"
      default:
        if isPrintable(scalar) {
          result.unicodeScalars.append(scalar)
        } else {
          result += "\\U" + hexadecimal(scalar.value)
        }
      }
    }
    return result + "\""
  }

  private static func isPrintable(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.properties.generalCategory {
    case .control, .format, .lineSeparator, .paragraphSeparator, .unassigned, .privateUse: false
    default: scalar.value < 0x10000
    }
  }

  private static func hexadecimal(_ value: UInt32) -> String {
    let digits = String(value, radix: 16, uppercase: true)
    return String(repeating: "0", count: 8 - digits.count) + digits
  }
}

/// The keys of one mapping, in the order they are added.
struct YAMLKeys {
  private(set) var entries: [(key: String, value: YAMLText)] = []

  mutating func add(_ key: String, _ value: YAMLText?) {
    if let value { entries.append((key, value)) }
  }

  mutating func add(_ key: String, text: String?) { add(key, text.map { .text($0) }) }

  mutating func add(_ key: String, number: Int?) { add(key, number.map { .plain(String($0)) }) }

  mutating func add(_ key: String, truth: Bool) { add(key, .plain(truth ? "true" : "false")) }

  /// A list of texts, left out when empty.
  mutating func add(_ key: String, texts: [String]) {
    if !texts.isEmpty { add(key, .list(texts.map { .text($0) })) }
  }

  var onOneLine: YAMLText { .mapping(entries, onOneLine: true) }
  var onLines: YAMLText { .mapping(entries, onOneLine: false) }
}
