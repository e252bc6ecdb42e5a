import Randomization
import Reports
import Store
import StudyModel
import Testing

@testable import Conduct

/// The arms of a dry run have nothing to do with those anybody has.
@Suite(.serialized) struct InventedArmTests {
  private static let arms = ["KET", "KAP", "ECT"]
  private static let people = (1...900).map { number in
    "101-" + String(repeating: "0", count: 4 - String(number).count) + String(number)
  }

  @Test func `REQ-101: invented arms follow from the keys of participants, and from nothing else`()
  {
    let invented = InventedArms.byParticipant(Self.people, arms: Self.arms, purpose: "dry run")
    // In whatever order and company, a key has the same arm; for another purpose it has another one.
    let half = InventedArms.byParticipant(
      Self.people.reversed().filter { $0.hasSuffix("7") }, arms: Self.arms, purpose: "dry run")
    #expect(half.allSatisfy { invented[$0.key] == $0.value })
    let other = InventedArms.byParticipant(Self.people, arms: Self.arms, purpose: "dry run 1")
    // Against any table of arms that does not come from them, a third agrees: 300 of 900, with a standard
    // deviation of 14.1 (by hand: the square root of 900 × 1/3 × 2/3); four of them are 57.
    let tables = [
      other,
      Dictionary(uniqueKeysWithValues: Self.people.enumerated().map { ($1, Self.arms[$0 % 3]) }),
      Dictionary(
        uniqueKeysWithValues: Self.people.enumerated().map { ($1, Self.arms[$0 / 3 % 3]) }),
      Dictionary(
        uniqueKeysWithValues: Self.people.enumerated().map { ($1, Self.arms[$0 / 300]) }),
    ]
    for table in tables {
      #expect((243...357).contains(Self.people.count { table[$0] == invented[$0] }))
    }
  }

  @Test func `REQ-101: a dry run is the same whoever has which arm`() async throws {
    try await ReferenceTrial.run { world in
      _ = try await LockTests.followed(world, count: 9)
      let at = InterimTests.looking
      let office = world.installation.at(at)
      let tried = try await office.dryRun(as: try await world.actor("statistician", now: at))
      let known = try await office.openLedger(of: world.trial).state.allocations
      let invented = InventedArms.byParticipant(
        known.map(\.subject.text), arms: world.definition.arms.map(\.code.text), purpose: "dry run")
      #expect(known.count == 9)
      #expect(known.contains { invented[$0.subject.text] != $0.arm.text })
      // What it counts by arm are the invented arms, to the last participant.
      for flow in tried.report.analysis.flow {
        #expect(flow.randomized == invented.values.count { $0 == flow.arm }, "\(flow.arm)")
      }
      #expect(tried.json.contains("\"isDryRun\":true"))
    }
  }
}
