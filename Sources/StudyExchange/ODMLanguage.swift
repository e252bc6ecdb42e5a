/// The one language of a definition, chosen among those of a document.
struct ODMLanguage {
  /// The language, empty where texts name none.
  let chosen: String
  /// The others, with how many texts each has.
  let others: [(language: String, texts: Int)]

  private static let namespace = "http://www.w3.org/XML/1998/namespace"

  init(of root: XMLElement) {
    var counts: [String: Int] = [:]
    for text in root.descendants("TranslatedText") {
      counts[Self.language(of: text), default: 0] += 1
    }
    // English first, then what is used most.
    let ranked = counts.keys.sorted { one, other in
      let (first, second) = (one.lowercased().hasPrefix("en"), other.lowercased().hasPrefix("en"))
      if first != second { return first }
      let (count, otherCount) = (counts[one] ?? 0, counts[other] ?? 0)
      return count != otherCount ? count > otherCount : one < other
    }
    chosen = ranked.first ?? ""
    others = ranked.dropFirst().filter { !$0.isEmpty }.map { ($0, counts[$0] ?? 0) }
  }

  private static func language(of text: XMLElement) -> String {
    text.attributes.first { $0.name == "lang" && $0.namespace == namespace }?.value ?? ""
  }

  /// The text of an element in the language, else in none, else in the first there is.
  func text(of element: XMLElement?) -> String? {
    guard let element else { return nil }
    let texts = element.all("TranslatedText")
    let best =
      texts.first { Self.language(of: $0) == chosen } ?? texts.first {
        Self.language(of: $0).isEmpty
      } ?? texts.first
    let text = WrittenText.withoutMarkup(best?.text ?? element.text).text
    return text.isEmpty ? nil : text
  }
}
