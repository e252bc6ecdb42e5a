import StudyModel
import Testing

@testable import Web

/// What is typed in the boxes of a page, as answers and back.
@Suite struct FilledFieldsTests {
  @Test(arguments: [
    "123456789012345.123456789012345", "-999999999999999.000000000000001",
    "0.100000000000000", "7.50",
  ])
  func `a decimal of thirty digits goes through the boxes of a page as it was typed`(
    _ text: String
  ) throws {
    let field = Field(
      id: try FieldID(parsing: "assay"), label: "Assay",
      type: .decimal(precision: 30, scale: 15, range: nil))
    let form = Form(
      id: try FormID(parsing: "LAB"), title: "Assay", dataClass: .open, enteredBy: [],
      sections: [FormSection(title: "", fields: [field])])
    let filled = FilledFields(form: form, clock: try SiteClock(zone: "Europe/Berlin"))
    let boxes = try #require(FormFields(urlEncoded: "assay=\(text)&vdate.day="))
    let answers = filled.answers(of: boxes)
    #expect(answers == [field.id: .value(text)])
    #expect(filled.boxes(of: answers)["assay"] == text)
    // Read as a number it is the same to the last digit.
    guard case .number(let number) = try field.type.value(parsing: text) else {
      Issue.record("no number")
      return
    }
    #expect(try ExactNumber(parsing: text) == number)
    let body = JSONBody(Array(#"{"assay": "\#(text)"}"#.utf8))
    #expect(body?["assay"] == text)
  }
}
