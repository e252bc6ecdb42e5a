import StudyModel
import Testing

@Suite struct MentionsTests {
  private static func holds(_ formula: String, _ drug: String?) throws -> Bool? {
    var environment = FormulaEnvironment(clocks: .none)
    let field = try FieldID(parsing: "drug")
    environment.own[field] = drug.map { .text($0) } ?? .missing
    return try Formula(parsing: formula).truth(in: environment)
  }

  @Test(arguments: [
    ("Ketamine", true), ("KETAMINE 50 mg", true), ("s-ketamine nasal spray", true),
    ("Kétamine", true), ("Ke\u{0301}tamine", true), ("ketamine-hydrochloride", true),
    ("norketamine", false), ("Ketaminex", false), ("keta mine", false), ("", false),
    ("Valproic  Acid", true), ("acid, valproic", false), ("valproic (acid)", true),
    ("LSD", true), ("lsd25", false),
  ])
  func `a name is found as whole words, without case and accents`(
    _ drug: String, _ isFound: Bool
  ) throws {
    #expect(
      try Self.holds("mentions(drug, 'ketamine', 'valproic acid', 'LSD')", drug) == isFound,
      "\(drug)")
  }

  @Test func `letters with marks of every kind are the plain ones`() throws {
    #expect(try Self.holds("mentions(drug, 'phenelzine')", "PHÉNÈLZÏÑE") == true)
    #expect(try Self.holds("mentions(drug, 'søm', 'strasse')", "Som") == true)
    #expect(try Self.holds("mentions(drug, 'strasse')", "Straße") == true)
    #expect(try Self.holds("mentions(drug, 'memantine')", nil) == nil)
  }
}
