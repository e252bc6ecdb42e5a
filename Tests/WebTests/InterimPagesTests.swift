import Pages
import Reports
import Testing
import Web

@Suite struct InterimPagesTests {
  private static func page(_ advice: String, _ powers: [String]) throws -> ClosedReportModel {
    let pairs = zip(["A", "B"], powers).map { first, power in
      """
      {"first": "\(first)", "second": "C", "estimate": 0.01, "lower": -0.2, "upper": 0.2, "z": 0.5,
       "bound": 2.963, "alphaSpent": 0.0015, "isCrossed": false, "sentence": "s"\(power)}
      """
    }
    let text = """
      {"snapshot": 1, "cutOff": "2027-09-01T00:00:00Z", "information": 0.5,
       "plannedInformation": [0.5, 1], "bounds": [2.963, 1.969], "flow": [],
       "comparisons": [\(pairs.joined(separator: ","))], "fingerprint": "00"\(advice)}
      """
    return InterimPages.closed(
      try ReportText.report(InterimReport.self, from: text), frame: PageFrame(study: "s"),
      watermark: "")
  }

  @Test
  func `the closed report names the pairs below the plan's limit, and that this binds nobody`()
    throws
  {
    let page = try Self.page(
      ", \"futilityAdviceBelow\": 0.1",
      [", \"conditionalPower\": 0.0312", ", \"conditionalPower\": 0.4"])
    #expect(
      page.sentences == [
        "Conditional power below 10 %: A − C. For the pair of its first hypothesis the plan then "
          + "advises to stop for futility. The advice binds nobody, and going on costs no error."
      ])
    #expect(page.tables[0].rows.map { $0.cells.last } == ["3.1 %", "40.0 %"])
    #expect(page.tables[0].columns.last?.title == "Conditional power")
    // A report from before the choice was kept is of the type there was.
    #expect(
      page.method.contains { $0.contains("spending of the O'Brien-Fleming type; Lan and DeMets") })
    let spent = try Self.page(", \"spending\": \"spending of some type\"", ["", ""])
    #expect(spent.method.contains { $0.hasSuffix("Bounds: spending of some type.") })
    let none = try Self.page(", \"futilityAdviceBelow\": 0.1", [", \"conditionalPower\": 0.4", ""])
    #expect(none.sentences.first?.hasPrefix("No pair has a conditional power below 10 %.") == true)
    #expect(none.tables[0].rows[1].cells.last == "–")
  }

  @Test func `without advice in the plan the closed report has no word of futility`() throws {
    let page = try Self.page("", ["", ""])
    #expect(page.sentences.isEmpty)
    #expect(page.tables[0].columns.last?.title == "Bound crossed")
    #expect(!page.method.contains { $0.contains("onditional power") })
  }
}
