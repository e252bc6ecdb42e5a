import StudyLanguage
import StudyModel
import Testing

/// How a definition names the function by which error is spent.
struct SpendingRuleTests {
  private static let written = "spending: obrien-fleming"

  private static func yaml() throws -> String {
    try ReferenceTrial.text("Docs/ReferenceTrial/kap-ect.yaml")
  }

  private func faults(_ spending: String) throws -> [DefinitionFault] {
    let text = try Self.yaml().replacing(Self.written, with: "spending: \(spending)")
    do {
      _ = try StudyDefinition(yaml: text)
      return []
    } catch {
      return error.faults
    }
  }

  @Test(arguments: [
    ("pocock", SpendingRule.pocock),
    ("obrien-fleming", .obrienFleming),
    ("kim-demets:3", .kimDeMets(rho: ExactNumber(3))),
    ("kim-demets:0.5", .kimDeMets(rho: ExactNumber(1, over: 2) ?? ExactNumber(0))),
    ("hwang-shih-decani:-4", .hwangShihDeCani(gamma: ExactNumber(-4))),
    ("hwang-shih-decani:0", .hwangShihDeCani(gamma: ExactNumber(0))),
  ])
  func `every way to spend error is read as it is written`(
    text: String, rule: SpendingRule
  ) throws {
    let yaml = try Self.yaml().replacing(Self.written, with: "spending: \(text)")
    #expect(try StudyDefinition(yaml: yaml).interim?.spending == rule)
    #expect(rule.text == text)
    #expect(try SpendingRule(parsing: rule.text) == rule)
  }

  @Test func `the words of the first definitions are still read`() throws {
    #expect(try SpendingRule(parsing: "Lan-DeMets, O'Brien-Fleming type") == .obrienFleming)
  }

  @Test(arguments: [
    "Pocock", "obrien-fleming:2", "pocock:1", "kim-demets", "kim-demets:", "kim-demets:0",
    "kim-demets:-1", "kim-demets:101", "hwang-shih-decani", "hwang-shih-decani:101",
    "hwang-shih-decani:-100.5", "kim-demets:three", "wang-tsiatis:0.25", "as agreed",
  ])
  func `any other is refused with its line and column, and with what can be written`(
    text: String
  ) throws {
    let lines = try Self.yaml().split(separator: "\n", omittingEmptySubsequences: false)
    let line = try #require(lines.firstIndex { $0.contains(Self.written) }) + 1
    let found = try faults("\"\(text)\"")
    #expect(found.map(\.line) == [line])
    #expect(found.map(\.column) == [13])
    #expect(found.first?.sentence.contains("Write obrien-fleming, pocock, kim-demets:RHO") == true)
  }

  @Test func `looks that test efficacy have growing information`() throws {
    let text = try Self.yaml().replacing(
      "- { id: S600, participants: 600, reached_day: 30 }",
      with: "- { id: I2, participants: 600, reached_day: 41, efficacy: true, information: 0.5 }")
    let faults = #expect(throws: DefinitionFaults.self) { try StudyDefinition(yaml: text) }
    #expect(
      faults?.faults.map(\.sentence) == [
        "“information” grows from one efficacy look to the next."
      ])
  }
}
