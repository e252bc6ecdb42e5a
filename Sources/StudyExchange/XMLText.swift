/// Puts a document of XML together as text; whatever is said is escaped.
struct XMLText {
  private(set) var text = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
  private var depth = 0

  /// An element with others inside, or an empty one.
  mutating func element(
    _ name: String, _ attributes: [(String, String?)] = [],
    _ content: ((inout XMLText) -> Void)? = nil
  ) {
    let indent = String(repeating: "  ", count: depth)
    text += indent + "<" + name + Self.written(attributes)
    guard let content else {
      text += "/>\n"
      return
    }
    text += ">\n"
    depth += 1
    content(&self)
    depth -= 1
    text += indent + "</" + name + ">\n"
  }

  /// An element with nothing but characters inside.
  mutating func element(
    _ name: String, _ attributes: [(String, String?)] = [], text characters: String
  ) {
    let indent = String(repeating: "  ", count: depth)
    text += indent + "<" + name + Self.written(attributes) + ">" + Self.escaped(characters)
    text += "</" + name + ">\n"
  }

  private static func written(_ attributes: [(String, String?)]) -> String {
    attributes.map { name, value in
      value.map { " \(name)=\"\(escaped($0))\"" } ?? ""
    }.joined()
  }

  private static func escaped(_ text: String) -> String {
    var result = ""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "&": result += "&amp;"
      case "<": result += "&lt;"
      case ">": result += "&gt;"
      case "\"": result += "&quot;"
      case "\n", "\t": result += "&#\(scalar.value);"
      default:
        // What the language of XML 1.0 has no spelling for.
        let isAllowed = scalar.value >= 0x20 && scalar.value != 0xFFFE && scalar.value != 0xFFFF
        if isAllowed { result.unicodeScalars.append(scalar) }
      }
    }
    return result
  }
}
