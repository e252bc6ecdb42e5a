import Foundation
import InventedTrials
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
  func `the advice on futility is told for every pair alike, so that none tells a letter`()
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

  /// f-bound-LDPocock-K2-a0.025-t60_100, f-bound-KimDeMets-1-K2-a0.025-t55_100 and, for the family of Hwang, Shih
  /// and DeCani, f-bound-HSD--4-K3-a0.025-t33_67_100 of Oracles/statistics.
  static let plans: [(String, [String], [Double])] = [
    ("pocock", ["0.6"], [2.10345914110122, 2.23053833111991]),
    ("kim-demets:1", ["0.55"], [2.20434628770224, 2.13856452338062]),
    (
      "hwang-shih-decani:-4", ["0.333333333333333", "0.666666666666667"],
      [3.01073948538569, 2.54653055608661, 1.99922635435658]
    ),
  ]

  @Test(arguments: plans)
  func `REQ-145: error is spent as the definition says, in interim report, result and simulation`(
    spending: String, information: [String], bounds: [Double]
  ) throws {
    let trial = try InventedTrial(
      participants: 60,
      amended: { text in
        let looks = information.enumerated().map { number, share in
          "- { id: I\(number + 1), participants: \(450 + number), reached_day: 41, efficacy: true, information: \(share) }"
        }.joined(separator: "\n    ")
        return
          text
          .replacing("spending: obrien-fleming", with: "spending: \(spending)")
          .replacing(
            "- { id: I1, participants: 450, reached_day: 41, efficacy: true, information: 0.5 }",
            with: looks
          )
          .replacing(
            """
              boundaries:
                - { information: 0.5, cumulative_alpha: 0.001525, critical: 2.963 }
                - { information: 1, cumulative_alpha: 0.025, critical: 1.969 }

            """, with: "")
      })
    func agree(_ found: [Double]) -> Bool {
      found.count == bounds.count && zip(found, bounds).allSatisfy { abs($0 - $1) < 2e-6 }
    }
    let interim = try Self.report(trial)
    #expect(agree(interim.bounds))
    #expect(interim.comparisons.allSatisfy { abs($0.bound - bounds[0]) < 2e-6 })
    let title = try #require(interim.spending)
    let table = try #require(try trial.report().table("boundaries"))
    #expect(agree(table.rows.compactMap { $0[2].value }))
    #expect(table.trace.method.contains(title))
    let work = try DesignWork(DesignOrder(trial.definition, runs: 100), trial.definition)
    let design = DesignReport(work, work.part(0..<100))
    #expect(agree(design.looks.map(\.bound)) && design.spending == title)
  }

  @Test(arguments: [
    (
      "critical: 2.963", "critical: 2.964",
      [
        "“critical” at information 0.5 is stated as 2.964; by “spending” (obrien-fleming) it is 2.9626."
      ]
    ),
    (
      "cumulative_alpha: 0.025,", "cumulative_alpha: 0.05,",
      [
        "“cumulative_alpha” at information 1 is stated as 0.05; by “spending” (obrien-fleming) it is 0.0250."
      ]
    ),
    (
      "- { information: 0.5, cum", "- { information: 0.4, cum",
      ["“boundaries” of “interim” states one at information 0.4, where no look tests efficacy."]
    ),
  ])
  func `a boundary stated on paper that does not follow from the plan is told`(
    written: String, changed: String, sentences: [String]
  ) throws {
    let trial = try InventedTrial(
      participants: 0, amended: { $0.replacing(written, with: changed) })
    #expect(EfficacyPlan.disagreements(trial.definition) == sentences)
    #expect(EfficacyPlan.disagreements(try InventedTrial(participants: 0).definition).isEmpty)
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
