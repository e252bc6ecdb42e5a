/// A form of a page, filled as its page fills it.
struct PageForm: Sendable {
  let action: String
  /// The fields with what a person would send: given values, and something plain where none is.
  let fields: [(name: String, value: String)]
}

/// Reads addresses and forms out of a page, as a browser finds them.
enum PageReading {
  /// Whom a form is about that asks for somebody.
  static let participant = "101-0001"

  /// The addresses a page links to, each once, in order.
  static func links(of page: String) -> [String] {
    var seen: Set<String> = []
    return page.matches(of: /<a\b[^>]*\bhref="([^"#]*)/).map { plain(String($0.1)) }
      .filter { $0.hasPrefix("/") && seen.insert($0).inserted }
  }

  /// What a page lets somebody search for: each form of it filled in, and each choice of a list alone.
  static func searches(of page: String) -> [String] {
    page.matches(of: /<form\b([^>]*)>(.*?)<\/form>/.dotMatchesNewlines()).flatMap { found in
      let (attributes, text) = (attributes(of: String(found.1)), String(found.2))
      guard attributes["method"] != "post", let action = attributes["action"] else {
        return [String]()
      }
      let fields = controls(of: text, password: "").fields
      let choices = text.matches(of: /<select\b([^>]*)>(.*?)<\/select>/.dotMatchesNewlines())
        .flatMap { list in
          let name = Self.attributes(of: String(list.1))["name"] ?? ""
          return String(list.2).matches(of: /<option\b([^>]*)>/).map { option in
            [(name: name, value: Self.attributes(of: String(option.1))["value"] ?? "")]
          }
        }
      return ([fields] + choices).map { fields in
        action + "?"
          + fields.map { "\($0.name.formText)=\($0.value.formText)" }.joined(separator: "&")
      }
    }
  }

  /// The forms a page posts.
  static func forms(of page: String, password: String) -> [PageForm] {
    page.matches(of: /<form\b([^>]*)>(.*?)<\/form>/.dotMatchesNewlines()).flatMap { found in
      let attributes = attributes(of: String(found.1))
      guard attributes["method"] == "post", let action = attributes["action"] else {
        return [PageForm]()
      }
      let (fields, buttons) = controls(of: String(found.2), password: password)
      // Every button of a form is an act of its own.
      return (buttons.isEmpty ? [nil] : buttons).map { button in
        PageForm(action: action, fields: fields + (button.map { [$0] } ?? []))
      }
    }
  }

  private static func controls(
    of text: String, password: String
  ) -> (fields: [(name: String, value: String)], buttons: [(name: String, value: String)?]) {
    var fields: [(name: String, value: String)] = []
    var buttons: [(name: String, value: String)?] = []
    var chosen: Set<String> = []
    let pattern =
      /<(input|button)\b([^>]*)>|<textarea\b([^>]*)>([^<]*)<|<select\b([^>]*)>(.*?)<\/select>/
      .dotMatchesNewlines()
    for found in text.matches(of: pattern) {
      if let tag = found.1 {
        let attributes = attributes(of: String(found.2 ?? ""))
        if tag == "button" {
          let name = attributes["name"]
          buttons.append(name.map { ($0, attributes["value"] ?? "") })
          continue
        }
        guard let name = attributes["name"], attributes["disabled"] == nil else { continue }
        switch attributes["type"] ?? "text" {
        case "radio", "checkbox":
          guard chosen.insert(name).inserted else { continue }
          fields.append((name, attributes["value"] ?? "on"))
        case "hidden": fields.append((name, attributes["value"] ?? ""))
        case "password": fields.append((name, password))
        default:
          let given = attributes["value"] ?? ""
          fields.append((name, given.isEmpty ? filling(name) : given))
        }
      } else if let inside = found.4 {
        guard let name = attributes(of: String(found.3 ?? ""))["name"] else { continue }
        fields.append((name, inside.isEmpty ? filling(name) : plain(String(inside))))
      } else if let inside = found.6 {
        guard let name = attributes(of: String(found.5 ?? ""))["name"] else { continue }
        let options = String(inside).matches(of: /<option\b([^>]*)>/)
          .map { attributes(of: String($0.1)) }
        let option =
          options.first { $0["selected"] != nil && $0["value"] != "" }
          ?? options.first { $0["value"] != "" }
        fields.append((name, option?["value"] ?? ""))
      }
    }
    return (fields, buttons)
  }

  /// What somebody writes into an empty box of this name.
  private static func filling(_ name: String) -> String {
    let part = name.split(separator: ".").last ?? ""
    switch part {
    // Somebody there is: for a name nobody has, a password costs as much as a real one.
    case "participant": return participant
    case "reason", "text", "answer", "action", "summary", "measures", "reference":
      return "as the source says"
    case "user": return "coordinator-101"
    case "day": return "20"
    case "month": return "2"
    case "year": return "2027"
    case "time": return "09:00"
    case "count", "first", "number": return "1"
    // A code made up would be an attempt, and after five the account waits by a clock that no world has.
    case "one_time_code": return ""
    case "digest": return String(repeating: "ab", count: 32)
    default: return name.hasPrefix("_") ? "as the source says" : "1"
    }
  }

  static func attributes(of text: String) -> [String: String] {
    var found: [String: String] = [:]
    for match in text.matches(of: /([a-z-]+)(?:="([^"]*)")?/) {
      found[String(match.1)] = match.2.map { plain(String($0)) } ?? ""
    }
    return found
  }

  static func plain(_ text: String) -> String {
    guard text.contains("&") else { return text }
    return text.replacing("&lt;", with: "<").replacing("&gt;", with: ">")
      .replacing("&quot;", with: "\"").replacing("&#39;", with: "'").replacing("&amp;", with: "&")
  }
}
