import StudyModel
import Testing

/// Which look is due by a plan of two safety looks around one efficacy look.
struct LookInTurnTests {
  static let start = UTCInstant(microsecondsSince1970: 1_799_053_200_000_000)

  static let plan = InterimPlan(
    looks: [
      InterimLook(id: "S1", isEfficacy: false, participants: 10, reachedDay: 30),
      InterimLook(
        id: "I1", isEfficacy: true, participants: 20, reachedDay: 41,
        information: ExactNumber(1, over: 2)),
      InterimLook(id: "S2", isEfficacy: false, participants: 30, reachedDay: 30),
    ], spending: .obrienFleming, boundaries: [], armLabels: ["A", "B"], smallestOpenCell: 5,
    safetyEveryMonths: 6)

  static func due(
    _ taken: Set<String>, at30: Int, at41: Int = 0, days: Int64 = 1, hasBegun: Bool = true
  ) -> String? {
    let turn = plan.inTurn(
      LookFacts(
        taken: taken, reached: [30: at30, 41: at41], lastLook: hasBegun ? start : nil,
        now: start.advanced(bySeconds: days * 86_400)))
    guard case .due(let look) = turn else { return nil }
    return look.id
  }

  @Test func `a safety look waits for its participants to the last one`() {
    #expect(Self.due([], at30: 9) == nil)
    #expect(Self.due([], at30: 10) == "S1")
  }

  @Test func `a safety look comes after the months of the plan, whoever has come, and no sooner`() {
    #expect(Self.due([], at30: 0, days: 182) == nil)
    #expect(Self.due([], at30: 0, days: 183) == "S1")
    #expect(Self.due([], at30: 0, days: 183, hasBegun: false) == nil)
  }

  @Test func `an efficacy look waits for its information, however much time has passed`() {
    #expect(Self.due(["S1", "S2"], at30: 30, at41: 19, days: 1000) == nil)
    #expect(Self.due(["S1", "S2"], at30: 30, at41: 20) == "I1")
    #expect(Self.due([], at30: 30, at41: 20) == "I1")
  }

  @Test func `looks of a kind come in their order, and none twice`() {
    #expect(Self.due([], at30: 30) == "S1")
    #expect(Self.due(["S1"], at30: 29) == nil)
    #expect(Self.due(["S1"], at30: 30) == "S2")
    #expect(Self.due(["S1", "I1", "S2"], at30: 99, at41: 99, days: 1000) == nil)
  }
}
