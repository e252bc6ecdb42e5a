import PostgresTestServer
import Store
import StudyModel
import Testing

@testable import Conduct

/// What is kept of disclosures, voids and corrections agrees with the ledger, and each entry has its signed head.
@Suite(.serialized) struct LedgerRecordTests {
  /// After the entries of the allocated trial: 9 is a void, 10 a correction, 11 a disclosure.
  private static let made = Task {
    try await AllocatedTrial.make { world, walks in
      let now = walks[0].instant(12)
      let office = world.installation.at(now)
      let manager = try await world.actor("rand_manager", now: now)
      try await office.voidRandomization(
        of: walks[1].key, ground: "INELIGIBLE", reason: "found at monitoring", as: manager)
      try await office.correctStratum(
        of: walks[0].key, levels: ["severity": "SEV"], ground: "WRONG_VALUE",
        reason: "source compared", as: manager)
      _ = try await DisclosureTests.open(walks[0], at: now)
    }
  }

  /// The end of the ledger cut off with its heads, and its counters set to what is left.
  private static func cut(from index: Int) -> String {
    """
    delete from allocation.heads where size > \(index);
    delete from allocation.ledger_entries where i >= \(index);
    update allocation.ledgers l set size = \(index),
      last_leaf = (select e.leaf from allocation.ledger_entries e where e.i = \(index) - 1)
    """
  }

  private static let tamperings: [Tampering] = [
    Tampering(
      "the head over a void deleted", .headMissing, 9,
      "delete from allocation.heads where size = 10"),
    Tampering(
      "the head over a correction deleted", .headMissing, 10,
      "delete from allocation.heads where size = 11"),
    Tampering(
      "the head over a disclosure deleted", .headMissing, 11,
      "delete from allocation.heads where size = 12"),
    Tampering("the last disclosure cut off with its head", .recordExtra, 11, cut(from: 11)),
    Tampering("a correction and a disclosure cut off", .recordExtra, 10, cut(from: 10)),
    Tampering("every act after the allocations cut off", .recordExtra, 9, cut(from: 9)),
    Tampering(
      "the record of a disclosure deleted", .recordMissing, 11,
      "delete from allocation.unblinding_events"),
    Tampering(
      "the record of a void deleted", .recordMissing, 9,
      "delete from allocation.randomization_corrections where i = 9"),
    Tampering(
      "a disclosure told of somebody else", .record, 11,
      """
      update allocation.unblinding_events e set participant =
        (select a.participant from allocation.allocations a where a.participant <> e.participant limit 1)
      """),
    Tampering(
      "another ground of a disclosure", .record, 11,
      "update allocation.unblinding_events set ground = 'REACTION'"),
    Tampering(
      "a disclosure told as one of a case", .record, 11,
      "update allocation.unblinding_events set kind = 'CASE', event_number = '1'"),
    Tampering(
      "a void told as a correction", .record, 9,
      "update allocation.randomization_corrections set kind = 'correct' where i = 9"),
    Tampering(
      "another ground of a correction", .record, 10,
      "update allocation.randomization_corrections set ground = 'SOURCE' where i = 10"),
    Tampering(
      "a correction told as another person's", .record, 10,
      "update allocation.randomization_corrections set recorded_by = recorded_by + 1 where i = 10"),
    Tampering(
      "a disclosure that no entry tells of", .recordExtra, 5,
      """
      insert into allocation.unblinding_events (trial_id, i, participant, site_key, kind, channel, is_planned, ground,
          reason, event_number, opened_by, opened_at, recorded_by, recorded_role, recorded_at)
        select trial_id, 5, participant, site_key, kind, channel, is_planned, ground, reason, event_number, opened_by,
          opened_at, recorded_by, recorded_role, recorded_at from allocation.unblinding_events
      """),
  ]

  @Test func `REQ-004: disclosures and corrections nobody touched agree with the ledger`()
    async throws
  {
    try await AllocatedTrial.run(on: try await Self.made.value) { world in
      let found = try await world.installation.ledgerFindings()
      #expect(found.isEmpty, "\(found)")
      let verdict = try await world.installation.checkLedger(of: world.trial)
      #expect(verdict?.isPassed == true)
    }
  }

  @Test(arguments: tamperings)
  func `REQ-004: acts cut off the ledger, and records of them changed, are named without a witness`(
    _ tampering: Tampering
  ) async throws {
    try await AllocatedTrial.run(on: try await Self.made.value) { world in
      try world.tamper(tampering.sql)
      let found = try await world.installation.ledgerFindings()
      #expect(
        found.map(\.place) == [LedgerFinding(tampering.code, tampering.index).description],
        "\(found)")
    }
  }
}
