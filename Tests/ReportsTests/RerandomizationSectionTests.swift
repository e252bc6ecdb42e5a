import InventedTrials
import Statistics
import Testing

@testable import Reports

/// The test that rests on the randomization alone, over all tables of arms.
@Suite struct RerandomizationSectionTests {
  @Test func `with every table of arms at hand the p-value is their exact share`() throws {
    let invented = try InventedTrial()
    var source = try invented.source()
    let keys = invented.arms.keys.sorted()
    let actual = keys.map { invented.arms[$0] ?? "" }
    // The arms of KAP and ECT exchanged give the same difference with the other sign; with all in one arm there is none.
    let exchanged = actual.map { $0 == "KAP" ? "ECT" : $0 == "ECT" ? "KAP" : $0 }
    let alike = keys.enumerated().map { ["KAP", "ECT"][$0.offset % 2] }
    let none = keys.map { _ in "KET" }
    source.enumerated = EnumeratedArms(
      participants: keys, tables: [actual, exchanged, alike, none],
      probabilities: [0.1, 0.2, 0.3, 0.4])
    let table = try #require(try TrialReport(source).table("rerandomization"))
    let row = try #require(table.rows.first { $0[0].text == "KAP − ECT" })
    #expect(row[2].value == 4)
    #expect(abs(try #require(row[3].value) - 40) < 1e-9)
    // Of the 0.6 with a difference, 0.3 are as far from zero; the alternating table is nearer.
    #expect(abs(try #require(row[4].value) - 0.5) < 1e-9)
  }

  @Test func `tables drawn at random count the true one once more`() throws {
    let invented = try InventedTrial()
    var source = try invented.source()
    source.redrawn = Array(repeating: invented.arms, count: 99)
    let table = try #require(try TrialReport(source).table("rerandomization"))
    for row in table.rows {
      #expect(row[2].value == 99 && row[3].value == 99)
      #expect(row[4].value == 1)
    }
  }
}
