import Foundation
import Testing

/// The map of the requirements of OWASP ASVS 5.0.0 and what shows that they are met.
@Suite struct SecurityMapTests {
  /// A line of the map.
  struct Row {
    let number: String
    let level: Int
    let what: String
    let evidence: String
    let name: String
    let remark: String

    var chapter: String { String(number.prefix { $0 != "." }) }
    /// Whether something shows that it is met, or why there is nothing to meet.
    var isShown: Bool { evidence != "none" }
  }

  /// The last number of each section, and the requirements of each level in each chapter, as published.
  static let sections: [String: [Int]] = [
    "V1": [2, 10, 12, 3, 3], "V2": [3, 3, 5, 2], "V3": [1, 3, 5, 8, 8, 1, 5], "V4": [5, 5, 2, 4],
    "V5": [1, 6, 3, 3], "V6": [3, 12, 8, 6, 8, 4, 2, 4], "V7": [3, 4, 2, 5, 3, 2],
    "V8": [4, 4, 3, 2], "V9": [3, 4], "V10": [2, 3, 5, 16, 5, 2, 3], "V11": [4, 5, 5, 4, 2, 2, 2],
    "V12": [5, 2, 5], "V13": [4, 6, 4, 7], "V14": [2, 8, 3], "V15": [5, 5, 7, 4],
    "V16": [1, 5, 4, 3, 4], "V17": [2, 8, 2],
  ]
  static let levels: [String: [Int]] = [
    "V1": [8, 19, 3], "V2": [4, 7, 2], "V3": [8, 11, 12], "V4": [2, 8, 6], "V5": [4, 5, 4],
    "V6": [13, 22, 12], "V7": [6, 12, 1], "V8": [4, 3, 6], "V9": [4, 3, 0], "V10": [5, 24, 7],
    "V11": [3, 11, 10], "V12": [3, 6, 3], "V13": [1, 12, 8], "V14": [2, 7, 4], "V15": [3, 10, 8],
    "V16": [0, 16, 1], "V17": [0, 7, 5],
  ]
  /// Chapters the product has no part of, but for what a client of a provider does.
  static let apart: Set<String> = ["V9", "V10", "V17"]
  /// What of levels 1 and 2 is not met, and said so in Docs/Security.md: what is typed and not yet
  /// sent is kept in the tab.
  static let notMet: Set = ["V14.3.3"]
  /// What of level 3 must be shown, of the 80 outside of those chapters.
  static let leastOfLevel3 = 60

  static func rows(of file: TextFile) -> [Row] {
    file.text.split(separator: "\n").dropFirst().map { line in
      let cells = line.split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
      let filled = cells + Array(repeating: "", count: max(0, 6 - cells.count))
      return Row(
        number: filled[0], level: Int(filled[1]) ?? 0, what: filled[2], evidence: filled[3],
        name: filled[4], remark: cells.count == 6 ? filled[5] : "\(cells.count) cells")
    }
  }

  /// What of the numbers, levels and cells is not as published or as agreed.
  static func faults(in rows: [Row]) -> [String] {
    let expected = sections.flatMap { chapter, lasts in
      zip(1..., lasts).flatMap { section, last in
        (1...last).map { "\(chapter).\(section).\($0)" }
      }
    }
    let counted = Dictionary(grouping: rows, by: \.number).mapValues(\.count)
    var faults = Set(expected).subtracting(counted.keys).map { "\($0) is missing" }
    faults += Set(counted.keys).subtracting(expected).map { "\($0) is no requirement" }
    faults += counted.filter { $0.value > 1 }.map { "\($0.key) stands \($0.value) times" }
    for (chapter, counts) in levels {
      let found = (1...3).map { level in
        rows.filter { $0.chapter == chapter && $0.level == level }.count
      }
      if found != counts { faults.append("\(chapter) has \(found) of the levels, not \(counts)") }
    }
    for row in rows {
      if row.what.isEmpty { faults.append("\(row.number) says nothing") }
      if row.remark.hasSuffix(" cells") { faults.append("\(row.number) has \(row.remark)") }
      switch row.evidence {
      case "test", "section":
        if row.name.isEmpty { faults.append("\(row.number) names nothing") }
      case "absent", "none":
        if row.remark.isEmpty { faults.append("\(row.number) gives no reason") }
        if row.evidence == "none", !row.name.isEmpty {
          faults.append("\(row.number) has nothing, and names it")
        }
      default: faults.append("\(row.number) has evidence of the kind “\(row.evidence)”")
      }
    }
    return faults.sorted()
  }

  /// The names of all tests: sentences of Swift, and `file.py::test` of Python.
  static func tests() throws -> Set<String> {
    var names: Set<String> = []
    for file in try Tree.files(below: "Tests", ending: "swift") {
      names.formUnion(file.text.matches(of: /func\s+`([^`]+)`/).map { String($0.1) })
    }
    for file in try Tree.files(below: "Tests/Browser", ending: "py") {
      let base = file.path.split(separator: "/").last ?? ""
      names.formUnion(file.text.matches(of: /(?m)^def (test_\w+)/).map { "\(base)::\($0.1)" })
    }
    return names
  }

  /// The headings of all documents, as `Docs/File.md#heading`.
  static func headings() throws -> Set<String> {
    var found: Set<String> = []
    for file in try Tree.files(below: "Docs", ending: "md") {
      found.formUnion(
        file.text.matches(of: /(?m)^#+ (.+)$/).map { "\(file.path)#\(anchor(of: $0.1))" })
    }
    return found
  }

  /// What a heading is called in an address: small, without signs, with dashes for spaces.
  static func anchor(of heading: Substring) -> String {
    String(
      heading.lowercased().filter { $0.isLetter || $0.isNumber || " -_".contains($0) }
        .map { $0 == " " ? "-" : $0 })
  }

  /// The names of the map that nothing bears.
  static func unfound(in rows: [Row], tests: Set<String>, headings: Set<String>) -> [String] {
    rows.flatMap { row in
      // Several pieces of evidence stand in one cell, parted by two bars.
      row.name.components(separatedBy: " || ").filter { !$0.isEmpty }
        .filter { row.evidence == "test" ? !tests.contains($0) : !headings.contains($0) }
        .map { "\(row.number): \($0)" }
    }
  }

  static func map() throws -> [Row] {
    rows(of: try Tree.file("Docs/Validation/asvs.tsv"))
  }

  @Test func `every requirement of ASVS 5.0.0 stands once in the map, with its level`() throws {
    let rows = try Self.map()
    #expect(rows.count == 345)
    let faults = Self.faults(in: rows)
    #expect(faults.isEmpty, "\(faults.joined(separator: "\n"))")
  }

  @Test func `every test and section the map names is there`() throws {
    let tests = try Self.tests()
    let headings = try Self.headings()
    try #require(tests.count > 1000 && headings.count > 100)
    let unfound = Self.unfound(in: try Self.map(), tests: tests, headings: headings)
    #expect(unfound.isEmpty, "\(unfound.joined(separator: "\n"))")
  }

  @Test func `levels 1 and 2 of ASVS are shown but for what is listed, and sixty of level 3`()
    throws
  {
    let rows = try Self.map().filter { !Self.apart.contains($0.chapter) }
    let (most, third) = (rows.filter { $0.level < 3 }, rows.filter { $0.level == 3 })
    #expect(most.count == 210 && third.count == 80)
    #expect(Set(most.filter { !$0.isShown }.map(\.number)) == Self.notMet)
    #expect(third.filter(\.isShown).count >= Self.leastOfLevel3)
  }

  @Test func `the numbers the document tells are those of the map`() throws {
    let rows = try Self.map().filter { !Self.apart.contains($0.chapter) }
    func count(_ kind: String) -> Int { rows.filter { $0.evidence == kind }.count }
    let words =
      "\(count("test")) named with a test, \(count("section")) with a section, "
      + "\(count("absent")) absent, \(count("none")) not met"
    #expect(try Tree.file("Docs/Security.md").text.contains(words), "\(words)")
  }

  @Test func `a misspelt test, a missing heading and a number twice or left out are found`() throws
  {
    var lines = try Tree.file("Docs/Validation/asvs.tsv").text.split(separator: "\n")
    let first = try #require(lines.firstIndex { $0.hasPrefix("V1.1.1\t") })
    lines[first] = "V1.1.1\t2\twords\ttest\ta sentence no test bears\t"
    lines.append("V1.1.2\t2\twords\tsection\tDocs/Security.md#no-such-heading\t")
    lines.append("V2.9.1\t2\twords\tabsent\t\t")
    lines.removeAll { $0.hasPrefix("V16.5.4\t") }
    let rows = Self.rows(of: TextFile(path: "asvs.tsv", text: lines.joined(separator: "\n")))
    let faults = Self.faults(in: rows)
    for words in [
      "V16.5.4 is missing", "V1.1.2 stands 2 times", "V2.9.1 is no requirement",
      "V2.9.1 gives no reason", "V16 has [0, 16, 0] of the levels, not [0, 16, 1]",
    ] {
      #expect(faults.contains(words), "\(words)")
    }
    let unfound = Self.unfound(
      in: rows, tests: try Self.tests(), headings: try Self.headings())
    #expect(
      unfound == [
        "V1.1.1: a sentence no test bears", "V1.1.2: Docs/Security.md#no-such-heading",
      ])
    #expect(Self.anchor(of: "What it costs, in full (2)") == "what-it-costs-in-full-2")
  }

  // MARK: Statements of Docs/Security.md that the sources can be asked about

  /// The primitives each target uses, by the names of the library.
  static func primitives(in files: [TextFile]) -> [String: Set<String>] {
    var found: [String: Set<String>] = [:]
    let names =
      /\b(SHA256|SHA384|SHA512|HMAC|HKDF|ChaChaPoly|AES|Curve25519|P256|P384|P521|_RSA|Insecure\.\w+|KDF\.\w+)\b/
      .wordBoundaryKind(.simple)
    // What comes from no library of cryptography is a word in a sentence.
    for file in files
    where file.text.contains("import Crypto") || file.text.contains("import JWTKit") {
      let code = file.lines.map(\.text).filter { !TextFile.isComment($0) }
      for line in code {
        for match in line.matches(of: names) {
          found[file.target ?? "", default: []].insert(String(match.1))
        }
      }
    }
    return found
  }

  /// The rows of the inventory: a target and its primitives.
  static func inventory(of file: TextFile) -> [String: Set<String>] {
    var table: [String: Set<String>] = [:]
    for row in file.text.matches(of: /(?m)^\| `(\w+)` \| ((?:`[\w.]+`(?:, )?)+) \|/) {
      table[String(row.1)] = Set(row.2.matches(of: /`([\w.]+)`/).map { String($0.1) })
    }
    return table
  }

  @Test func `cryptography stands where the inventory says, and nowhere else`() throws {
    let found = Self.primitives(in: try Tree.sources())
    let told = Self.inventory(of: try Tree.file("Docs/Security.md"))
    #expect(found.count >= 5)
    #expect(Set(found.keys) == Set(told.keys))
    for (target, primitives) in found {
      #expect(told[target] == primitives, "\(target)")
    }
    let planted = TextFile(
      path: "Sources/Web/Planted.swift", text: "import Crypto\nlet a = Insecure.MD5.hash(data: b)")
    #expect(Self.primitives(in: [planted]) == ["Web": ["Insecure.MD5"]])
  }

  /// The lines of a script that run text, keep data beyond the tab, or speak to somebody else.
  static func reaches(in script: TextFile) -> [String] {
    script.code(
      /\beval\b|\bFunction\(|innerHTML|outerHTML|insertAdjacentHTML|document\.write|createContextualFragment|postMessage|localStorage|indexedDB|document\.cookie|__proto__|importScripts|WebSocket|https?:\/\//
    )
  }

  @Test func `the script of the pages runs no text, keeps nothing and speaks to nobody else`()
    throws
  {
    let script = try Tree.file("Sources/Web/Assets/app.js")
    #expect(script.lines.count > 100 && script.text.contains("\"use strict\";"))
    #expect(Self.reaches(in: script) == [])
    for line in [
      "eval(text)", "box.innerHTML = text", "localStorage.setItem(a, b)", "new Function(text)",
      "parent.postMessage(a, b)", "fetch(\"https://elsewhere.example\")",
    ] {
      #expect(Self.reaches(in: TextFile(path: "a.js", text: line)) == ["a.js:1"], "\(line)")
    }
  }
}
