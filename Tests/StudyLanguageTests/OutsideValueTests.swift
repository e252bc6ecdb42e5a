import StudyLanguage
import StudyModel
import Testing

/// Values of one entry as another entry reads them.
struct OutsideValueTests {
  private static func rating(
    _ total: Int, visit: String = "SCR", version: Int = 1, status: EntryStatus = .submitted
  ) throws -> FormEntry {
    FormEntry(
      form: try FormID(parsing: "MADRS"), visit: try VisitCode(parsing: visit), version: version,
      status: status, answers: [try FieldID(parsing: "total"): .value(String(total))])
  }

  private static func madrs(_ entries: [FormEntry]) throws -> FormulaValue? {
    let study = try ReferenceTrial.study
    let form = try #require(study.form(try FormID(parsing: "ELIG")))
    let reference = FieldReference(
      form: try FormID(parsing: "MADRS"), field: try FieldID(parsing: "total"),
      visit: try VisitCode(parsing: "SCR"))
    return study.outsideValues(for: form, at: try VisitCode(parsing: "SCR"), among: entries)[
      reference]
  }

  @Test func `the latest version that was handed in is read`() throws {
    let value = try Self.madrs([
      try Self.rating(30), try Self.rating(28, version: 2),
      try Self.rating(5, version: 3, status: .inProgress), try Self.rating(11, visit: "BL"),
    ])
    #expect(value == .number(ExactNumber(28)))
  }

  @Test func `what was not handed in is missing`() throws {
    #expect(try Self.madrs([try Self.rating(30, status: .inProgress)]) == .missing)
    #expect(try Self.madrs([]) == .missing)
  }

  @Test func `a visit is ahead, open, closing and past by the calendar of the site`() throws {
    let study = try ReferenceTrial.study
    let day0 = try CalendarDate(parsing: "2027-01-04")
    let schedule = study.schedule(randomizedOn: day0)
    #expect(schedule.map(\.visit.text) == ["A1", "A2", "A3", "EOT", "F1", "F2", "F3", "F6"])
    let first = try #require(schedule.first)
    let phases = [5, 6, 8, 9, 10, 11].map { first.phase(on: day0.advanced(by: $0)) }
    #expect(phases == [.ahead, .open, .open, .closing, .closing, .past])
    #expect(first.isOutside(day0.advanced(by: 11)))
    #expect(!first.isOutside(day0.advanced(by: 10)))
  }
}
