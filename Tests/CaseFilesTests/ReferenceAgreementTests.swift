import CaseFiles
import Foundation
import Testing

/// The reference folder beside the tests.
enum Oracles {
  static let folder = URL(filePath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().appending(path: "Oracles/statistics")

  static func report(_ file: String) throws -> CaseFileReport {
    let folder = folder
    return try CaseFileRunner().evaluate(
      name: file, bytes: try Data(contentsOf: folder.appending(path: file)),
      data: { try? Data(contentsOf: folder.appending(path: $0)) })
  }
}

@Suite struct ReferenceAgreementTests {
  static let everyFile = [
    "a-two-proportions.json", "b-continuous.json", "c-time-to-event.json", "d-missing-data.json",
    "e-multiplicity.json", "f-group-sequential.json", "g-safety.json", "h-rerandomization.json",
    "published-anchors.json",
  ]

  /// Families in which every method is offered.
  static let completeFiles = everyFile.filter { $0 != "b-continuous.json" }

  /// Conditional odds ratios whose reference comes from a root search that stops at 1e-4.
  ///
  /// The tail at the reference's own limit is 0.025005 (9/67, 2/66) and 0.025016 (1/20, 1/20) where the
  /// definition asks for 0.025, by exact rational arithmetic. Ours meet the definition, which FisherExactTests checks for each of them.
  static let referencesFromCoarseRoots: Set<String> = [
    "g-fisher-9_67_2_66", "g-fisher-0_67_5_66", "g-fisher-6_133_15_134", "g-fisher-2_7_6_7",
    "g-fisher-10_10_0_20", "g-fisher-33_60_28_58", "g-fisher-1_20_1_20",
  ]

  @Test(arguments: everyFile)
  func `no required reference case that is answered differs`(file: String) throws {
    let report = try Oracles.report(file)
    let differing = report.results.filter {
      switch $0.outcome {
      case .agrees, .notImplemented: false
      case .differs, .refused: !$0.isOptional
      }
    }
    let unexplained = differing.map(\.id).filter { !Self.referencesFromCoarseRoots.contains($0) }
    #expect(unexplained == [], "\(report.text)")
  }

  @Test(arguments: completeFiles)
  func `every case of a complete family is answered`(file: String) throws {
    let report = try Oracles.report(file)
    #expect(report.notImplemented == 0)
    #expect(!report.results.isEmpty)
  }

  @Test func `in the family with an optional method only that one is not answered`() throws {
    let report = try Oracles.report("b-continuous.json")
    let open = report.results.filter { $0.outcome == .notImplemented }
    #expect(open.filter { !$0.isOptional }.isEmpty)
    #expect(open.count == 6)
  }
}
