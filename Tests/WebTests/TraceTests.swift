import Foundation
import InventedTrials
import Pages
import Reports
import StudyModel
import Testing

@testable import Conduct
@testable import Web

/// Every number of the report of a trial tells where it comes from, one click away.
struct TraceTests {
  /// What stands in a page, in order: where it belongs, and what it is.
  enum Part: Equatable {
    /// Words with a number in them.
    case number(owner: String, String)
    /// A table or a picture.
    case block(owner: String, String)
    /// Where numbers come from: the names of the facts that have a value.
    case origin(owner: String, Set<String>)
  }

  /// Reads the main part of a page.
  ///
  /// What belongs together is a section, or the page around them.
  static func parts(_ html: String) -> [Part] {
    var reader = TraceReader()
    let start = html.firstRange(of: "<main")?.lowerBound ?? html.startIndex
    let end = html.firstRange(of: "</main>")?.upperBound ?? html.endIndex
    var rest = html[start..<end]
    while let open = rest.firstIndex(of: "<") {
      reader.text(String(rest[..<open]))
      guard let close = rest[open...].firstIndex(of: ">") else { break }
      reader.tag(String(rest[rest.index(after: open)..<close]))
      rest = rest[rest.index(after: close)...]
    }
    return reader.parts
  }

  /// What has no origin, in words: empty when everything has.
  static func untraced(_ parts: [Part]) -> [String] {
    let needed: Set = ["Method", "Population", "Participants", "Definition"]
    func isWhole(_ part: Part, of owner: String) -> Bool {
      guard case .origin(owner, let names) = part else { return false }
      return names.isSuperset(of: needed)
    }
    return parts.enumerated().compactMap { index, part in
      switch part {
      case .number(let owner, let text):
        return parts.contains { isWhole($0, of: owner) } ? nil : "\(owner): \(text)"
      case .block(let owner, let name):
        let next = parts[(index + 1)...].first {
          if case .number = $0 { false } else { true }
        }
        return next.map { isWhole($0, of: owner) } == true ? nil : "\(owner): \(name)"
      case .origin(let owner, let names):
        return names.isSuperset(of: needed) ? nil : "\(owner): origin of \(names.sorted())"
      }
    }
  }

  private static func page(
    _ trial: InventedTrial, holdsTreatment: Bool = true, hasLook: Bool = false
  ) throws -> String {
    var source = try trial.source(holdsTreatment: holdsTreatment)
    if hasLook { source.looks = [source.snapshot] }
    let report = try TrialReport(source)
    let model = TrialResultPages.model(
      FinalResult(
        report: report, json: "", digest: "00",
        lockedAt: UTCInstant(microsecondsSince1970: 0)),
      frame: PageFrame(study: "s"), lead: ["definition 1.0"])
    return String(decoding: StandaloneReport(model, styleSheet: "").file(), as: UTF8.self)
  }

  @Test
  func
    `REQ-140: every number of the result has method, population, count and version a click away`()
    throws
  {
    let html = try Self.page(try InventedTrial())
    let parts = Self.parts(html)
    #expect(parts.count { if case .number = $0 { true } else { false } } > 300)
    #expect(parts.count { if case .block = $0 { true } else { false } } > 25)
    #expect(Self.untraced(parts) == [])
  }

  @Test func `every number of a dry run has them too, under the mark of the false`() throws {
    let html = try Self.page(try InventedTrial(), holdsTreatment: false)
    #expect(html.contains(TrialResultPages.falseBand))
    #expect(Self.untraced(Self.parts(html)) == [])
  }

  @Test func `every number of a trial that can hardly be analysed has them too`() throws {
    let trial = try InventedTrial(
      participants: 90,
      changing: { _, place, answers in
        if place.hasPrefix("QIDSSR16@") || place == "AE@UNS" { answers = [:] }
      })
    #expect(Self.untraced(Self.parts(try Self.page(trial))) == [])
  }

  @Test(arguments: [(false, "95", "0.0250"), (true, "95.1", "0.0245")])
  func `intervals are called by the level that the looks at efficacy left`(
    hasLook: Bool, level: String, alpha: String
  ) throws {
    let html = try Self.page(try InventedTrial(), hasLook: hasLook)
    // Of the picture as drawn wide, and of the table of hypotheses.
    let titles = html.matches(of: /(?:>|")(95[0-9.]*) % interval</).map { String($0.1) }
    #expect(titles.count == 2 && Set(titles) == [level])
    #expect(html.contains("one-sided α \(alpha)"))
    let primary = try #require(html.firstRange(of: "id=\"f-primary\""))
    let method = html[primary.upperBound...].firstMatch(of: /Two-sided ([0-9.]+) %/)
    #expect(method.map { String($0.1) } == level)
  }

  @Test func `a number, a table, a picture and an origin that tell nothing are found`() {
    let whole =
      "<details class=\"origin\"><dl><dt>Method</dt><dd>m</dd><dt>Population</dt><dd>p</dd>"
      + "<dt>Participants</dt><dd>9</dd><dt>Definition</dt><dd>1.0</dd></dl></details>"
    func missing(_ content: String) -> Int {
      Self.untraced(Self.parts("<main>\(content)</main>")).count
    }
    #expect(missing("<section id=\"a\"><p>7.1 points</p>\(whole)</section>") == 0)
    #expect(missing("<section id=\"a\"><p>7.1 points</p></section>\(whole)") == 1)
    #expect(missing("<section id=\"a\"><table></table><svg></svg>\(whole)</section>") == 1)
    #expect(missing("<section id=\"a\"><svg></svg></section>") == 1)
    #expect(
      missing("<section id=\"a\"><svg></svg>\(whole.replacing(">9<", with: "><"))</section>") == 2)
  }
}

/// Keeps where in a page the reading is.
private struct TraceReader {
  private(set) var parts: [TraceTests.Part] = []
  private var open: [(name: String, attributes: String)] = []
  private var origin: [String: String]?
  private var term = ""

  private static let void: Set = ["meta", "br", "hr", "img", "input", "link", "wbr"]

  /// The section around, by its name; the page itself outside of sections.
  private var owner: String {
    guard let index = open.lastIndex(where: { $0.name == "section" }) else { return "page" }
    let attributes = open[index].attributes
    guard let start = attributes.firstRange(of: "id=\"")?.upperBound else {
      return "section \(attributes)"
    }
    return String(attributes[start...].prefix { $0 != "\"" })
  }

  /// What made the whole stands apart, and the list of parts has no numbers of its own.
  private var isApart: Bool {
    owner == "computed"
      || open.contains { $0.name == "nav" || $0.attributes.contains("false-band") }
  }

  mutating func tag(_ tag: String) {
    let name = String(tag.drop { $0 == "/" }.prefix { !" /".contains($0) })
    if tag.hasPrefix("/") {
      if name == "details", let facts = origin {
        parts.append(.origin(owner: owner, Set(facts.filter { !$0.value.isEmpty }.keys)))
        origin = nil
      }
      if let index = open.lastIndex(where: { $0.name == name }) { open.removeSubrange(index...) }
      return
    }
    guard !tag.hasSuffix("/"), !Self.void.contains(name), !tag.hasPrefix("!") else { return }
    open.append((name, tag))
    if name == "details", tag.contains("origin") { origin = [:] }
    // A picture is drawn twice, for wide pages and for narrow ones.
    let isSecond = tag.contains("narrow")
    if ["table", "svg"].contains(name), !isApart, !isSecond {
      parts.append(.block(owner: owner, String(tag.prefix(60))))
    }
  }

  mutating func text(_ text: String) {
    guard !isApart else { return }
    if origin != nil {
      switch open.last?.name {
      case "dt": term = text
      case "dd", "code": if !term.isEmpty { origin?[term, default: ""] += text }
      case _: break
      }
      return
    }
    // A name such as H1 or QIDS-SR16 is no number.
    let words = text.split { " (,/:;".contains($0) }
    if words.contains(where: { $0.drop { "−+-±<≤".contains($0) }.first?.isNumber == true }) {
      parts.append(.number(owner: owner, text.trimmingCharacters(in: .whitespacesAndNewlines)))
    }
  }
}
