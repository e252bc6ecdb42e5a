import Foundation
import Statistics
import Testing

@testable import Reports

@Suite struct InterimReportTests {
  private static func report(
    _ trial: InventedTrial, isEfficacy: Bool = true
  ) throws -> InterimReport {
    try InterimReport(
      trial.source().snapshot, number: 1, cutOff: "2027-09-01T00:00:00Z", fingerprint: "00",
      arms: trial.arms, letters: ["KET": "A", "KAP": "B", "ECT": "C"],
      definition: trial.definition, isEfficacy: isEfficacy)
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

  @Test func `a safety look gives no advice on futility`() throws {
    let report = try Self.report(InventedTrial(participants: 30), isEfficacy: false)
    #expect(report.futilityAdviceBelow == nil)
    #expect(report.comparisons.allSatisfy { $0.conditionalPower == nil })
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
