import StudyLanguage
import StudyModel
import Testing

/// Two versions of a definition side by side.
struct StudyDifferenceTests {
  private static func changes(_ replacements: [(String, String)]) throws -> [String] {
    let text = try SmallStudy.text
    let amended = replacements.reduce(text) { $0.replacing($1.0, with: $1.1) }
    try #require(amended != text)
    return StudyDifference.changes(
      from: try SmallStudy.study, to: try StudyDefinition(yaml: amended)
    ).map(\.description)
  }

  @Test func `the same version has no changes`() throws {
    let study = try SmallStudy.study
    #expect(StudyDifference.changes(from: study, to: study).isEmpty)
  }

  @Test func `an amendment is told part by part`() throws {
    let changes = try Self.changes([
      ("version: \"0.3\"", "version: \"0.4\""), ("window: [38, 46]", "window: [38, 45]"),
      ("range: [1, 100]", "range: [1, 80]"),
      ("id: habits, label: Habits", "id: drinks, label: Habits"),
      ("sizes: [6, 12]", "sizes: [9, 12]"),
    ])
    #expect(
      changes == [
        "changed: study", "changed: visit V2", "changed: field per_day of START",
        "added: field drinks of START", "removed: field habits of START", "changed: randomization",
      ])
  }

  @Test func `a changed check is a change of its form`() throws {
    #expect(try Self.changes([("bmi > 50", "bmi > 60")]) == ["changed: form START"])
  }
}
