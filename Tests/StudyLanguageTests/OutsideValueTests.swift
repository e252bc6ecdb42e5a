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
    return study.outsideValues(
      for: form, at: try VisitCode(parsing: "SCR"), among: entries,
      by: try ReferenceTrial.clocks.site)[reference]
  }

  // 23:00 in Greenwich is the next morning in Adelaide and the afternoon in Phoenix.
  @Test(arguments: [
    ("112", "2027-02-03T23:00:00Z", "2027-02-04"), ("110", "2027-02-03T06:00:00Z", "2027-02-02"),
    ("101", "2027-02-03T23:00:00Z", "2027-02-03"),
  ])
  func `a rating is of the day its call began at the site, whenever it was handed in`(
    site: String, start: String, day: String
  ) throws {
    let study = try ReferenceTrial.study
    let rating = FormEntry(
      form: try FormID(parsing: "MADRS"), visit: try VisitCode(parsing: "EOT"), version: 1,
      status: .submitted, answers: [try FieldID(parsing: "start"): .value(start)],
      handedInOn: try CalendarDate(parsing: "2027-02-06"))
    let answered = FormEntry(
      form: try FormID(parsing: "QIDSSR16"), visit: try VisitCode(parsing: "F1"), version: 1,
      status: .submitted, answers: [:], handedInOn: try CalendarDate(parsing: "2027-02-06"))
    func date(_ text: String, by clock: SiteClock?) throws -> FormulaValue? {
      guard case .reference(let reference) = try Formula(parsing: text) else { return nil }
      return study.outsideValues(of: [reference], among: [rating, answered], by: clock)[reference]
    }
    let clock = try ReferenceTrial.clocks(at: site).site
    #expect(try date("MADRS.vdate@EOT", by: clock) == .date(try CalendarDate(parsing: day)))
    #expect(
      try date("QIDSSR16.vdate@F1", by: clock) == .date(try CalendarDate(parsing: "2027-02-06")))
  }

  @Test func `without a site an instant has no day, and never that in UTC`() throws {
    let form = try #require(try ReferenceTrial.study.form(try FormID(parsing: "MADRS")))
    let start = try #require(form.field(try FieldID(parsing: "start")))
    let answer = FieldAnswer.value("2027-02-03T23:00:00Z")
    #expect(form.day(of: answer, start, at: nil) == nil)
    #expect(form.recordDay(of: [start.id: answer], isFollowUp: false, at: nil) == nil)
    #expect(
      form.day(of: answer, start, at: try ReferenceTrial.clocks(at: "112").site)
        == (try CalendarDate(parsing: "2027-02-04")))
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
