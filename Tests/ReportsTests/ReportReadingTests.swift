import InventedTrials
import Testing

@testable import Reports

/// What a reader must be able to tell apart in a report.
@Suite struct ReportReadingTests {
  @Test func `no two tables have one caption and no two rows at baseline one name`() throws {
    let report = try InventedTrial().report()
    let captions = report.sections.flatMap(\.tables).map(\.caption)
    #expect(Set(captions).count == captions.count, "\(captions.sorted())")
    let names = try #require(report.table("baseline")).rows.map { $0[0].text }
    #expect(Set(names).count == names.count, "\(names)")
    #expect(names.count { $0.hasSuffix(": Total") } == 2)
  }

  @Test func `everybody in a forest is the primary comparison`() throws {
    let report = try InventedTrial().report()
    let primary = try #require(report.table("primary-full")).rows[0]
    for id in ["forest-strata", "forest-sites"] {
      let table = try #require(report.table(id))
      let all = try #require(table.rows.last)
      #expect(all[0].text == "All")
      for (column, primaryColumn) in [(2, 3), (3, 4), (4, 5)] {
        let one = try #require(all[column].value)
        let two = try #require(primary[primaryColumn].value)
        #expect(abs(one - two) < 1e-9, "\(id) \(column)")
      }
    }
  }
}
