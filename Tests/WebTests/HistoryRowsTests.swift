import Pages
import StudyModel
import Testing

@testable import Store
@testable import Web

/// Changes as people read them.
@Suite struct HistoryRowsTests {
  private static func row(
    _ object: String, _ field: String, old: String? = nil, new: String? = nil,
    action: String = "saved"
  ) throws -> Pages.HistoryRow {
    let row = AuditRow(
      number: 1, at: try UTCInstant(parsing: "2026-11-28T09:25:00Z"), name: "M. Coordinator",
      role: "coordinator", object: object, action: action, field: field, old: old, new: new,
      reason: "")
    let rows = HistoryRows.rows(
      [row], "Europe/London", try AccessTableTests.definition())
    return try #require(rows.first)
  }

  @Test func `instants, days and codes are told in words, by the clock of the site`() throws {
    let time = try Self.row(
      "101-0001/ICF@SCR#1", "icf_dt", old: "\"2026-07-28T09:25:00Z\"",
      new: "\"2026-11-28T09:25:00Z\"")
    #expect(time.old == "28 Jul 2026, 10:25 (London)" && time.new == "28 Nov 2026, 09:25 (London)")
    let code = try Self.row("101-0001/DM@SCR#1", "employ", new: "\"FT\"")
    #expect(code.new == "Full time" && code.old.isEmpty)
    let day = try Self.row("101-0001/SLOT@RND#1", "valid_until", new: "\"2026-12-05\"")
    #expect(day.new == "5 Dec 2026")
    // What is no value of the field stands as it was stored.
    #expect(try Self.row("101-0001/DM@SCR#1", "employ", new: "\"XX\"").new == "XX")
  }

  @Test func `an act that changes no value is named`() throws {
    let asked = try Self.row("101-0001/DM@SCR#1", "edu_years", action: "query opened")
    #expect(asked.object.hasSuffix("SCR: Years of education, query opened"))
    let saved = try Self.row("101-0001/DM@SCR#1", "edu_years", new: "\"12\"")
    #expect(saved.object.hasSuffix("SCR: Years of education") && saved.new == "12")
  }
}
