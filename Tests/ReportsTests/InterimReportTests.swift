import Foundation
import Statistics
import Testing

@testable import Reports

@Suite struct InterimReportTests {
  private static func report(
    _ trial: InventedTrial, efficacyLook: Int? = 1
  ) throws -> InterimReport {
    try InterimReport(
      trial.source().snapshot, number: 1, cutOff: "2027-09-01T00:00:00Z", fingerprint: "00",
      arms: trial.arms, letters: ["KET": "A", "KAP": "B", "ECT": "C"],
      definition: trial.definition, efficacyLook: efficacyLook)
  }

  /// Φ((z/√t − c)/√(1 − t)), Lan and Wittes (1988); t = 0.5 and the final bound of the protocol.
  @Test
  func `REQ-010: the advice on futility is told for every pair alike, so that none tells a letter`()
    throws
  {
    let report = try Self.report(InventedTrial())
    #expect(report.futilityAdviceBelow == 0.1)
    #expect(report.comparisons.count == 6)
    let final = try #require(report.bounds.last)
    for pair in report.comparisons {
      let power = try #require(pair.conditionalPower)
      let expected = Normal.cdf((pair.z / 0.5.squareRoot() - final) / 0.5.squareRoot())
      #expect(abs(power - expected) < 1e-9)
    }
    let low = report.comparisons.filter { ($0.conditionalPower ?? 1) < 0.1 }
    #expect(!low.isEmpty && low.count < 6)
  }

  @Test func `a look at safety compares nothing with a bound, spends no error and gives no advice`()
    throws
  {
    let report = try Self.report(InventedTrial(participants: 30), efficacyLook: nil)
    #expect(report.comparisons.isEmpty && report.bounds.isEmpty && report.information == nil)
    #expect(report.futilityAdviceBelow == nil && report.plannedInformation.isEmpty)
    #expect(report.flow.map(\.arm) == ["A", "B", "C"])
  }

  @Test func `each look that tests efficacy has the bound of its place in the plan`() throws {
    for (look, bound) in [(1, 2.963), (2, 1.969)] {
      let report = try Self.report(InventedTrial(), efficacyLook: look)
      #expect(report.comparisons.allSatisfy { abs($0.bound - bound) < 0.0005 })
      #expect(report.information == [0.5, 1][look - 1])
    }
    #expect(throws: AnalysisRefusal.self) {
      try Self.report(InventedTrial(), efficacyLook: 3)
    }
  }

  @Test func `a report kept before advice was given reads as it was`() throws {
    let report = try Self.report(InventedTrial(participants: 30))
    var fields = try #require(
      try JSONSerialization.jsonObject(with: Data(ReportText.json(report).utf8))
        as? [String: Any])
    fields["futilityAdviceBelow"] = nil
    fields["comparisons"] = (fields["comparisons"] as? [[String: Any]])?.map {
      $0.filter { $0.key != "conditionalPower" }
    }
    let old = try JSONSerialization.data(withJSONObject: fields)
    let read = try ReportText.report(
      InterimReport.self, from: String(decoding: old, as: UTF8.self))
    #expect(read.futilityAdviceBelow == nil)
    #expect(read.comparisons.count == 6)
    #expect(read.comparisons.allSatisfy { $0.conditionalPower == nil })
    #expect(read.comparisons.map(\.z) == report.comparisons.map(\.z))
  }
}
