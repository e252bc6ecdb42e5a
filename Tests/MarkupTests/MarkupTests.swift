import Markup
import Testing

struct MarkupTests {
  private func written(_ write: (inout Markup) -> Void) -> String {
    var markup = Markup()
    write(&markup)
    return String(decoding: markup.bytes, as: UTF8.self)
  }

  @Test func `text is written with the five characters of markup replaced`() {
    #expect(
      written { $0.text("a < b & c > \"d\" 'e'") }
        == "a &lt; b &amp; c &gt; &quot;d&quot; &#39;e&#39;")
  }

  @Test func `an entity that is typed is shown as it was typed`() {
    #expect(written { $0.text("&lt;") } == "&amp;lt;")
  }

  @Test func `control characters are replaced and letters of every script are kept`() {
    #expect(written { $0.text("a\u{0}b\u{1B}c") } == "a\u{FFFD}b\u{FFFD}c")
    #expect(written { $0.text("Zoë Ωμέγα 日本 🙂\n\t") } == "Zoë Ωμέγα 日本 🙂\n\t")
  }

  @Test func `an attribute cannot be left by a quote`() {
    let page = written { $0.element(.p, .class("\" onclick=\"x"), text: "t") }
    #expect(page == "<p class=\"&quot; onclick=&quot;x\">t</p>\n")
  }

  @Test func `an element without content has no end`() {
    #expect(written { $0.empty(.br) } == "<br>")
    #expect(written { $0.empty(.input, .name("a"), .checked) } == "<input name=\"a\" checked>")
    #expect(written { $0.element(.hr, text: "lost") } == "<hr>")
  }

  @Test func `an attribute that is absent is not written`() {
    #expect(written { $0.element(.span, nil, .id("a"), nil, text: "") } == "<span id=\"a\"></span>")
  }

  @Test(arguments: [
    "/p/104-0031", "?page=2", "#f-sbp", "style.css", "/a:b", "https://call.example/7",
    "tel:0000000104", "mailto:a@b.example", "", "http://localhost", "http://localhost:8420/a?b=c:d",
    "http://127.0.0.1:9/",
  ])
  func `an address of this server, a call, a letter or a secure page is kept`(address: String) {
    #expect(written { $0.element(.a, .href(address), text: "") } == "<a href=\"\(address)\"></a>")
  }

  @Test(arguments: [
    "javascript:alert(1)", "JaVaScRiPt:alert(1)", " javascript:alert(1)", "java\nscript:alert(1)",
    "\u{1}javascript:alert(1)", "data:text/html,x", "vbscript:x", "//evil.example",
    "/\\evil.example", "http://plain.example", "blob:x", "\tdata:x", "/\t/evil.example",
    "/\n/evil.example", "https://a b", "http://localhost.evil.example",
    "http://localhost@evil.example",
    "http://localhost:80@evil.example", "http://localhost:evil", "http://127.0.0.10/",
  ])
  func `any other address becomes a link that goes nowhere`(address: String) {
    #expect(written { $0.element(.a, .href(address), text: "") } == "<a href=\"#\"></a>")
    #expect(
      written { $0.element(.form, .action(address), text: "") } == "<form action=\"#\"></form>\n")
  }

  @Test func `a style sheet that holds markup stops the program`() async {
    await #expect(processExitsWith: .failure) {
      var markup = Markup()
      markup.styleSheet("a{}</style><script>")
    }
  }

  @Test(arguments: [
    (0.0, "0"), (12.0, "12"), (12.25, "12.3"), (12.04, "12"), (-0.04, "0"), (-3.75, "-3.8"),
    (0.05, "0.1"), (99.96, "100"),
  ])
  func `a coordinate has at most one decimal, halves away from zero`(
    number: Double, text: String
  ) {
    #expect(Decimal1.text(number) == text)
  }

  @Test(arguments: [
    (0, "0"), (9_999, "9999"), (10_482, "10\u{2009}482"), (1_204_881, "1\u{2009}204\u{2009}881"),
    (-10_000, "\u{2212}10\u{2009}000"),
  ])
  func `a count above four digits is read in groups of three`(count: Int, text: String) {
    #expect(Decimal1.count(count) == text)
  }

  @Test(arguments: [(15.3, "+15.3"), (-3.8, "−3.8"), (0.0, "0.0"), (-0.04, "0.0"), (4.0, "+4.0")])
  func `a difference is read with its sign and a real minus`(number: Double, text: String) {
    #expect(Decimal1.signed(number) == text)
  }
}
