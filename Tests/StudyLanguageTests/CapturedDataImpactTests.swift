import StudyLanguage
import StudyModel
import Testing

/// What an amendment means for entries made under the version before.
struct CapturedDataImpactTests {
  private static func impacts(_ replacements: [(String, String)]) throws -> [String] {
    let text = try SmallStudy.text
    var amended = text
    for (old, new) in replacements {
      try #require(amended.contains(old), "\(old)")
      amended = amended.replacing(old, with: new)
    }
    return StudyDifference.impacts(
      from: try SmallStudy.study, to: try StudyDefinition(yaml: amended)
    ).map(\.description)
  }

  @Test func `what only adds touches nothing`() throws {
    #expect(try Self.impacts([]).isEmpty)
    #expect(
      try Self.impacts([
        ("range: [1, 100]", "range: [1, 200]"),
        ("[TEA, COFFEE, NONE]", "[TEA, COFFEE, NONE, COLA]"),
        ("window: [38, 46]", "window: [36, 48]"), ("last_day: 46", "last_day: 48"),
      ]).isEmpty)
  }

  @Test(arguments: [
    (
      [("range: [1, 100]", "range: [1, 80]")],
      "refused: Answers to per_day of START: only 1 to 80 is accepted."
    ),
    (
      [("[TEA, COFFEE, NONE]", "[TEA, NONE]")],
      "refused: Answers to habits of START: the codes COFFEE are gone."
    ),
    (
      [("{ Y: \"Yes\", N: \"No\" }", "{ Y: \"Now\", N: \"No\" }")],
      "refused: Answers to smoker of START: the words of Y changed."
    ),
    (
      [("precision: 4, scale: 1", "precision: 3, scale: 0")],
      "refused: Answers to weight of START: fewer digits are accepted."
    ),
    (
      [("unit: kg", "unit: lb")],
      "refused: Answers to weight of START were given in kg, now lb is meant."
    ),
    (
      [("id: habits, label", "id: drinks, label")],
      "orphaned: Answers to habits of START have no field any more."
    ),
    (
      [("weight * 10000 /", "weight * 9999 /")],
      "recomputed: bmi of START is computed by another formula."
    ),
    (
      [("[TEA, COFFEE, NONE] }", "[TEA, COFFEE, NONE], required: true }")],
      "incomplete: habits of START is asked for where it was not."
    ),
    (
      [("window: [38, 46]", "window: [39, 46]")],
      "scheduled: Entries at V2 within days 38 to 46 may lie outside of days 39 to 46."
    ),
    (
      [("severity: query", "severity: hard")],
      "refused: Entries of START may break the hard check EC-START-01 when saved again."
    ),
    (
      [
        (
          "label: Cigarettes a day, type: integer, range: [1, 100]",
          "label: Cigarettes a day, type: text, max: 5"
        )
      ],
      "refused: Answers to per_day of START: the field has another type."
    ),
  ])
  func `a change that touches stored answers is told`(
    replacements: [(String, String)], expected: String
  ) throws {
    let found = try Self.impacts(replacements)
    #expect(found.contains(expected), "\(found)")
  }
}
