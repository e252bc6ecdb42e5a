import StudyModel
import Testing

struct FieldTypeTests {
  static var cases: [(String, FieldType, String, String?)] {
    let yesNo = [CodeItem(code: "Y", label: "Yes"), CodeItem(code: "N", label: "No")]
    let weight = FieldType.decimal(
      precision: 4, scale: 1, range: ExactNumber(30)...ExactNumber(250))
    return [
      ("int", .integer(0...6), "6", "6"), ("int", .integer(0...6), "7", nil),
      ("int", .integer(0...6), "-1", nil), ("int", .integer(nil), "3.0", nil),
      ("int", .integer(nil), "0x10", nil), ("int", .integer(nil), "٣", nil),
      ("dec", weight, "70.50", "70.5"), ("dec", weight, "70.55", nil), ("dec", weight, "29.9", nil),
      ("dec", weight, "250", "250"), ("dec", weight, "250.1", nil), ("dec", weight, "7e1", nil),
      ("dec", .decimal(precision: 3, scale: 1, range: nil), "100", nil),
      ("dec", .decimal(precision: 3, scale: 1, range: nil), "-99.9", "-99.9"),
      ("bool", .boolean, "true", "true"), ("bool", .boolean, "1", nil),
      ("code", .code(yesNo), "Y", "Y"), ("code", .code(yesNo), "y", nil),
      ("code", .code(yesNo), "", nil),
      ("multi", .multi(yesNo), "N,Y", "Y,N"), ("multi", .multi(yesNo), "Y,Y", nil),
      ("multi", .multi(yesNo), "Y,", nil), ("multi", .multi(yesNo), "Y,X", nil),
      ("date", .date, "2028-02-29", "2028-02-29"), ("date", .date, "2027-02-29", nil),
      ("pdate", .partialDate, "2027", "2027"), ("pdate", .partialDate, "2027-13", nil),
      ("pdate", .partialDate, "2027-1", nil), ("pdate", .partialDate, "2027-02-30", nil),
      ("time", .time, "23:59", "23:59"), ("time", .time, "24:00", nil),
      ("time", .time, "9:30", nil),
      ("instant", .dateTime, "2027-03-28T01:30:00+01:00", "2027-03-28T00:30:00Z"),
      ("instant", .dateTime, "2027-03-28T01:30:00", nil),
      ("text", .text(maxLength: 3), "äöü", "äöü"), ("text", .text(maxLength: 3), "abcd", nil),
      ("text", .text(maxLength: 3), "  ", nil), ("text", .text(maxLength: 9), "a\u{7}b", nil),
      ("text", .text(maxLength: 9), "a\u{0}", nil), ("text", .text(maxLength: 9), "a\nb", "a\nb"),
    ]
  }

  @Test func `a field takes what its type holds and nothing else`() {
    for (name, type, written, stored) in Self.cases {
      let value = try? type.value(parsing: written)
      #expect(value?.canonicalText == stored, "\(name) \(written)")
    }
  }
}
