import Testing

@testable import Randomization

@Suite struct CanonicalTests {
  private func code(_ text: String) -> String {
    do throws(CanonicalRefusal) {
      _ = try CanonicalValue(parsing: Array(text.utf8))
      return "accepted"
    } catch {
      return error.rawValue
    }
  }

  @Test func `a text outside normalization form C is refused by its own code`() {
    // Singletons, composition exclusions, reordering and Hangul, from the Unicode data.
    for text in ["e\u{301}", "\u{2126}", "\u{212B}", "\u{0958}", "\u{1100}\u{1161}", "\u{344}"] {
      #expect(code("\"\(text)\"") == "not_nfc")
    }
    #expect(code("\"q\u{301}\u{323}\"") == "not_nfc")
    for text in ["\u{e9}", "\u{3a9}", "\u{c5}", "\u{ac00}", "q\u{323}\u{301}", "\u{1F600}"] {
      #expect(code("\"\(text)\"") == "accepted")
    }
  }

  @Test func `a value with a second spelling or outside the set is refused`() {
    for text in [
      "1.0", "1e3", "-0", "01", "9007199254740992", "-9007199254740992", "{\"a\":1,\"a\":2}",
      "\"\\u0000\"", "\"\\ud800\"", "\"\\udc00x\"", "\"\\n\"", "[1,]", "{\"a\" 1}", "", "tru",
      "[1] 2", "\"a", String(repeating: "[", count: 100) + String(repeating: "]", count: 100),
    ] {
      #expect(code(text) == "bad_json", "\(text)")
    }
    #expect(code("[9007199254740991,-9007199254740991]") == "accepted")
  }

  @Test func `bytes that are not UTF-8 are refused`() {
    for bytes: [UInt8] in [[0xFF], [0xC0, 0x80], [0xED, 0xA0, 0x80], [0xC3]] {
      #expect(throws: CanonicalRefusal.badJSON) {
        try CanonicalValue(parsing: [0x22] + bytes + [0x22])
      }
    }
  }

  @Test func `escapes and white space are read, but canonical bytes have one spelling`() throws {
    let loose = Array("{ \"b\" : \"\\u00e9\\ud83d\\ude00\\/\" , \"a\" : -7 }".utf8)
    let strict = Array("{\"a\":-7,\"b\":\"é😀/\"}".utf8)
    let value = try CanonicalValue(parsing: loose)
    #expect(try value.canonicalBytes() == strict)
    #expect(try CanonicalValue(canonical: strict) == value)
    #expect(throws: CanonicalRefusal.badJSON) { try CanonicalValue(canonical: loose) }
  }

  @Test func `labels that look alike are different labels`() {
    #expect("\u{e9}" == "e\u{301}")
    #expect(Label("\u{e9}") != Label("e\u{301}"))
    #expect([Label("\u{e9}"): 1][Label("e\u{301}")] == nil)
  }
}
