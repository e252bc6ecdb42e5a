import Foundation
import StudyLanguage
import StudyModel
import Testing

/// Definitions with one mistake each, and the sentence its author must read.
struct BrokenDefinitionTests {
  @Test(arguments: BrokenDefinition.names)
  func `a mistake is told in one sentence at its place`(name: String) throws {
    let broken = try BrokenDefinition(name)
    let faults = try #require(Self.faults(broken.yaml))
    // One mistake, one fault: a flood of consequences would hide what is wrong.
    #expect(faults == [broken.expected], "\(name)")
  }

  @Test func `there are at least a hundred and ninety broken definitions`() {
    #expect(BrokenDefinition.names.count >= 190)
  }

  @Test func `several mistakes are all told at once, in the order of the lines`() throws {
    let yaml = try SmallStudy.text
      .replacing("ratio: 2", with: "ratio: 0")
      .replacing("zone: Australia/Sydney", with: "zone: Mars/Olympus")
      .replacing("hard_locked_by: [data, numbers]", with: "hard_locked_by: [data]")
      .replacing("smoker = 'Y'", with: "smoker == 'Y'")
    let faults = try #require(Self.faults(yaml))
    #expect(
      faults.map(\.sentence) == [
        "“ratio” of an arm must be a whole number from 1 to 100.",
        "“Mars/Olympus” is not a time zone such as Europe/Berlin.",
        "“required_when” of a field: Expected a field, a number, a text or “(”, found “=”.",
        "“hard_locked_by” names two different roles, one person each.",
      ])
    #expect(faults.map(\.line) == faults.map(\.line).sorted())
  }

  @Test func `a boundary that does not follow is told at its place, beside all other faults`()
    throws
  {
    let yaml = try ReferenceTrial.text("Docs/ReferenceTrial/kap-ect.yaml")
      .replacing("critical: 2.963", with: "critical: 2.5")
      .replacing("day: 15, window: [13, 17]", with: "day: 15, window: [17, 13]")
    func faults(_ boundaries: ((InterimPlan, [Hypothesis]) -> [BoundaryDisagreement])?) throws
      -> [DefinitionFault]
    {
      let refusal = #expect(throws: DefinitionFaults.self) {
        try StudyDefinition(yaml: yaml, boundaries: boundaries)
      }
      return try #require(refusal).faults
    }
    let told = try faults { plan, hypotheses in
      // What the statistics say of it is shown by the tests of the reports.
      #expect(plan.boundaries.count == 2 && hypotheses.count == 5)
      return [BoundaryDisagreement(index: 0, key: "critical", sentence: "It is another.")]
    }
    let lines = yaml.split(separator: "\n", omittingEmptySubsequences: false)
    let line = try #require(lines.firstIndex { $0.contains("critical: 2.5") })
    let column = try #require(lines[line].firstRange(of: "2.5 }"))
    let expected = DefinitionFault(
      line: line + 1,
      column: lines[line].distance(from: lines[line].startIndex, to: column.lowerBound) + 1,
      sentence: "It is another.")
    #expect(told.count == 2 && told.contains(expected), "\(told)")
    #expect(told.contains { $0.sentence.hasPrefix("“window” of a visit is written") })
    #expect(try faults(nil).count == 1)
  }

  @Test
  func `what was admitted before a rule came is read as it says; what says nothing is refused`()
    throws
  {
    let whole = [try SmallStudy.text, try ReferenceTrial.text("Docs/ReferenceTrial/kap-ect.yaml")]
    for text in whole {
      #expect(try StudyDefinition(admitted: text) == StudyDefinition(yaml: text))
    }
    let opened = try BrokenDefinition.names.filter { name in
      let broken = try BrokenDefinition(name)
      return (try? StudyDefinition(admitted: broken.yaml)) != nil
    }
    let rules = [
      "102-matrix-bars-the-writer.txt", "125-alert-of-treatment-to-the-blinded.txt",
      "158-sample-size-not-the-total.txt", "255-step-of-the-study-reads-a-form.txt",
    ]
    #expect(Set(rules).isSubset(of: opened), "\(opened)")
    let unreadable = ["01-unknown-key.txt", "02-missing-key.txt", "05-anchor.txt"]
    #expect(Set(unreadable).isDisjoint(with: opened))
  }

  @Test(arguments: [
    "", "   \n", "just text", "- a\n- b", "key: [unclosed", "\u{1}", "a: b\n\tc: d",
  ])
  func `a text that is no definition is refused with a place`(yaml: String) throws {
    let faults = try #require(Self.faults(yaml))
    #expect(!faults.isEmpty)
    #expect(faults.allSatisfy { $0.line >= 1 && $0.column >= 1 && $0.sentence.hasSuffix(".") })
  }

  @Test func `a definition cut off anywhere is refused or read, never a crash`() throws {
    let text = try SmallStudy.text
    let scalars = Array(text.utf8)
    for length in stride(from: 0, to: scalars.count, by: 97) {
      let cut = String(decoding: scalars.prefix(length), as: UTF8.self)
      #expect(Self.faults(cut) != nil, "cut at \(length)")
    }
  }

  static func faults(_ yaml: String) -> [DefinitionFault]? {
    do throws(DefinitionFaults) {
      _ = try StudyDefinition(yaml: yaml)
      return nil
    } catch {
      return error.faults
    }
  }
}

/// The small study all mistakes are made in.
enum SmallStudy {
  static var text: String {
    get throws { try ReferenceTrial.text("Tests/Oracles/studies/two-arm.yaml") }
  }

  private static let reading = Result { try StudyDefinition(yaml: try text) }

  static var study: StudyDefinition { get throws { try reading.get() } }
}

/// One mistake, with the place of the fault marked « in the text.
struct BrokenDefinition {
  let yaml: String
  let expected: DefinitionFault

  static let folder = "Tests/Oracles/broken-definitions"

  static var names: [String] {
    let tests = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    let root = tests.deletingLastPathComponent().deletingLastPathComponent()
    let path = root.appendingPathComponent(folder).path
    return ((try? FileManager.default.contentsOfDirectory(atPath: path)) ?? [])
      .filter { $0.hasSuffix(".txt") }.sorted()
  }

  init(_ name: String) throws {
    let parts = Self.parts(of: try ReferenceTrial.text("\(Self.folder)/\(name)"))
    let original = try #require(parts["replace"])
    let base =
      try parts["base"].map { base in
        try ReferenceTrial.text(base.contains("/") ? base : "Tests/Oracles/studies/\(base)")
      }
      ?? SmallStudy.text
    try #require(base.ranges(of: original).count == 1)
    var marked = base.replacing(original, with: parts["with"] ?? "")
    if let place = parts["place"] {
      let plain = place.replacing("«", with: "")
      try #require(marked.ranges(of: plain).count == 1)
      marked = marked.replacing(plain, with: place)
    }
    let before = try #require(marked.split(separator: "«", omittingEmptySubsequences: false).first)
    let lines = before.split(separator: "\n", omittingEmptySubsequences: false)
    expected = DefinitionFault(
      line: lines.count, column: (lines.last?.unicodeScalars.count ?? 0) + 1,
      sentence: try #require(parts["says"]))
    yaml = marked.replacing("«", with: "")
  }

  private static func parts(of text: String) -> [String: String] {
    var parts: [String: String] = [:]
    for part in text.split(separator: "--- ", omittingEmptySubsequences: true) {
      let lines = part.split(separator: "\n", maxSplits: 1, omittingEmptySubsequences: false)
      guard let name = lines.first else { continue }
      var body = lines.count > 1 ? String(lines[1]) : ""
      if body.hasSuffix("\n") { body.removeLast() }
      parts[String(name)] = body
    }
    return parts
  }
}
