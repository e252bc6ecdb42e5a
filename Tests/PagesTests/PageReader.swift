/// A small reader of our own pages: enough of the rules of HTML to see what a browser would see.
///
/// It is strict: an end tag that does not match, an attribute without quotes or a bare `<` stops
/// the test, because our builder never writes one.
struct PageReader {
  /// One element with its attributes and the text directly and indirectly inside.
  struct Element {
    var tag: String
    var attributes: [(name: String, value: String)]
    var text = ""
    var ancestors: [Int]

    func value(_ name: String) -> String? {
      attributes.first { $0.name == name }?.value
    }
  }

  /// Why a text is no page of ours.
  struct Malformed: Error, CustomStringConvertible {
    var description: String
  }

  private(set) var elements: [Element] = []
  private var open: [Int] = []
  private static let voids: Set<String> = ["meta", "link", "br", "hr", "input"]

  init(_ bytes: [UInt8]) throws {
    let page = Array(String(decoding: bytes, as: UTF8.self).unicodeScalars)
    var place = 0
    while place < page.count {
      if page[place] == "<" {
        place = try readTag(page, at: place)
      } else {
        let end = page[place...].firstIndex(of: "<") ?? page.count
        let text = Self.decoded(page[place..<end])
        for index in open { elements[index].text += text }
        place = end
      }
    }
    guard open.isEmpty else { throw Malformed(description: "an element has no end") }
  }

  func all(_ tag: String) -> [Element] { elements.filter { $0.tag == tag } }

  private mutating func readTag(_ page: [Unicode.Scalar], at start: Int) throws -> Int {
    var place = start + 1
    if page[place] == "!" { return (page[place...].firstIndex(of: ">") ?? place) + 1 }
    let isEnd = page[place] == "/"
    if isEnd { place += 1 }
    var tag = ""
    while place < page.count, Self.isName(page[place]) {
      tag.unicodeScalars.append(page[place])
      place += 1
    }
    guard !tag.isEmpty else { throw Malformed(description: "a bare < in the page") }
    if isEnd {
      guard let last = open.popLast(), elements[last].tag == tag else {
        throw Malformed(description: "the end of \(tag) does not match")
      }
      return place + 1
    }
    var attributes: [(name: String, value: String)] = []
    while place < page.count, page[place] != ">" {
      if page[place] == " " {
        place += 1
        continue
      }
      var name = ""
      while place < page.count, Self.isName(page[place]) {
        name.unicodeScalars.append(page[place])
        place += 1
      }
      guard !name.isEmpty else { throw Malformed(description: "an attribute without a name") }
      var value = ""
      if page[place] == "=" {
        guard page[place + 1] == "\"" else { throw Malformed(description: "no quotes: \(name)") }
        let end = page[(place + 2)...].firstIndex(of: "\"") ?? page.count
        value = Self.decoded(page[(place + 2)..<end])
        place = end + 1
      }
      attributes.append((name, value))
    }
    elements.append(Element(tag: tag, attributes: attributes, ancestors: open))
    if !Self.voids.contains(tag) { open.append(elements.count - 1) }
    return place + 1
  }

  private static func isName(_ letter: Unicode.Scalar) -> Bool {
    letter.properties.isAlphabetic || ("0"..."9").contains(letter) || letter == "-"
  }

  private static func decoded(_ text: ArraySlice<Unicode.Scalar>) -> String {
    var result = String.UnicodeScalarView()
    result.append(contentsOf: text)
    var words = String(result)
    for (entity, letter) in [
      ("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&#39;", "'"), ("&amp;", "&"),
    ] {
      words.replace(entity, with: letter)
    }
    return words
  }
}
