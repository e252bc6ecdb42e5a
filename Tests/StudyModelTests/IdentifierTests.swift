import StudyModel
import Testing

struct IdentifierTests {
  @Test func `a participant key is site, dash and four digits`() throws {
    let site = try SiteKey(parsing: "104")
    #expect(ParticipantKey(site: site, number: 37)?.text == "104-0037")
    #expect(ParticipantKey(site: site, number: 10_000) == nil)
    #expect(ParticipantKey(site: site, number: 0) == nil)
    #expect(try ParticipantKey(parsing: "104-0037").siteText == "104")
  }

  @Test(arguments: ["104-037", "1040037", "104_0037", "1O4-0037", "104-0037 ", "", "104-00370"])
  func `what is no participant key is refused`(text: String) {
    #expect(throws: ParseFault.self) { try ParticipantKey(parsing: text) }
  }

  @Test func `a rating token has eight letters of Crockford's base 32`() throws {
    #expect(try AssessmentToken(parsing: "A-7K3QX9TM").text == "A-7K3QX9TM")
    for wrong in [
      "A-7K3QX9TI", "A-7K3QX9TL", "A-7K3QX9TO", "A-7K3QX9TU", "A-7k3qx9tm", "B-7K3QX9TM",
    ] {
      #expect(throws: ParseFault.self) { try AssessmentToken(parsing: wrong) }
    }
  }

  @Test func `names keep to their alphabets`() throws {
    #expect(throws: ParseFault.self) { try ArmCode(parsing: "ket") }
    #expect(throws: ParseFault.self) { try ArmCode(parsing: "KÉT") }
    #expect(throws: ParseFault.self) { try RoleID(parsing: "Rater") }
    #expect(throws: ParseFault.self) { try FieldID(parsing: "1st") }
    #expect(throws: ParseFault.self) { try FieldID(parsing: "x; drop") }
    #expect(throws: ParseFault.self) { try VisitCode(parsing: "TOOLONGXX") }
    #expect(try FieldID(parsing: "q6_3mo") < FieldID(parsing: "q7"))
  }

  @Test func `the class of a derived value is the highest of its inputs`() {
    #expect(DataClass.highest(of: [.open, .treatment, .outcome]) == .treatment)
    #expect(DataClass.highest(of: []) == .open)
  }
}
