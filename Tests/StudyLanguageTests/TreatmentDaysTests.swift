import StudyModel
import Testing

/// On which days anybody may be treated, whatever the arm.
struct TreatmentDaysTests {
  private static func days() throws -> TreatmentDays {
    TreatmentDays(of: try ReferenceTrial.study)
  }

  // By hand from the windows and distances of the protocol: K1 3 to 7, then 2 to 5 days each, to day 26 at most.
  @Test(arguments: [
    ("PE0", 0...6), ("P1", 1...6), ("P2", 2...6), ("K1", 3...7), ("K2", 5...12), ("K6", 13...26),
    ("G1", 4...10), ("G6", 14...27), ("E1", 3...7), ("E2", 5...11), ("E9", 19...27),
  ])
  func
    `a visit of treatment takes place within its window, or as far from the one before as it may`(
      visit: String, span: ClosedRange<Int>
    ) throws
  {
    #expect(try Self.days().spans[VisitCode(parsing: visit)] == span)
  }

  @Test func `somebody may be treated on every day up to 27, and a session may precede day 28`()
    throws
  {
    let days = try Self.days()
    #expect((-7...40).filter(days.contains) == Array(0...27))
    #expect((-7...40).filter(days.mayPrecede) == Array(0...28))
    // What everybody knows of is no treatment.
    #expect(days.spans.keys.allSatisfy { !["A1", "EOT", "F6"].contains($0.text) })
  }
}
