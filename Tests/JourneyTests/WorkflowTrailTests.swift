import Postgres
import StudyModel
import Testing

@testable import Conduct
@testable import Store

extension TamperingTests {
  /// What people do with a study beside entering data stands in the same trail, with who, in which role and when.
  @Suite(.serialized) struct WorkflowTrailTests {
    @Test(arguments: [
      (RecordSchema.open, "state"), (.open, "complete"), (.open, "consented"), (.open, "signed"),
      (.open, "randomized"), (.open, "rating booked"), (.open, "signed soft_lock"),
      (.open, "signed hard_lock"), (.open, "signed unblind"), (.open, "blinded export delivered"),
      (.outcome, "data query opened"), (.outcome, "data query closed"), (.outcome, "alert raised"),
      (.treatment, "deviation drafted"), (.allocation, "randomization committed"),
      (.allocation, "randomization approved"), (.allocation, "public entropy recorded"),
      (.allocation, "allocation acknowledged"), (.allocation, "interim look built"),
      (.allocation, "closed report read"), (.allocation, "final unblinding"),
      (.allocation, "unblinded export delivered"), (.allocation, "result read"),
    ])
    func `REQ-010: a step of the study is in the audit trail like data`(
      _ schema: RecordSchema, _ action: String
    ) async throws {
      try await RecordedTrial.tampering { _, reader in
        let rows = try reader.connection.execute(
          Statement(
            text: """
              select count(*)::bigint, count(*) filter (where actor is not null and role <> '' or cause <> '')::bigint
                from \(schema.rawValue).audit where action = $1
              """), parameters: [.text(action)])
        let (found, attributed): (Int, Int) = (try rows[0].get(0), try rows[0].get(1))
        #expect(found > 0 && attributed == found, "\(attributed) of \(found)")
      }
    }

    @Test func `REQ-010: verifying a value and disclosing an arm are in the audit trail like data`()
      async throws
    {
      try await ReferenceTrial.run { world in
        let (walk, _) = try await DisclosureTests.randomized(world)
        let now = walk.instant(4)
        let monitor = try await world.actor("monitor", at: walk.way.site, now: now)
        _ = try await world.installation.at(now).verifySource(
          walk.key, FormID(parsing: "DM"), VisitCode(parsing: "SCR"), version: 1, fields: [],
          as: monitor)
        _ = try await DisclosureTests.open(walk)
        func last(_ schema: String, _ action: String) throws -> [String] {
          try world.direct().lines(
            """
            select a.role || ' ' || u.username || ' ' || a.object || ' ' || to_char(a.at at time zone 'UTC', 'YYYY-MM-DD')
              from \(schema).audit a join access.users u on u.user_id = a.actor where a.action = '\(action)'
            """)
        }
        let days = ["\(now)", "\(walk.instant(10))"].map { $0.prefix(10) }
        #expect(
          try last("open", "verified")
            == ["monitor \(monitor.username) \(walk.key)/DM@SCR#1 \(days[0])"])
        let physician = try await world.actor("oncall_physician")
        let disclosed = try world.direct().lines(
          "select action || ' ' || role from allocation.audit order by seq desc limit 1")
        #expect(disclosed == ["unblinded emergency oncall_physician"], "\(physician.username)")
      }
    }
  }
}
