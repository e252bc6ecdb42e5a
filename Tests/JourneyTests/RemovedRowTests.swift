import Foundation
import Postgres
import PostgresTestServer
import StudyModel
import Testing

@testable import Conduct
@testable import Simulation
@testable import Store

/// Rows of the audit trail whose words were removed hold the mark of it, and are otherwise as they were written.
@Suite(.serialized) struct RemovedRowTests {
  /// A value, and a reason that quotes it, removed from an interview.
  private static func removed(_ body: (ReferenceTrial) async throws -> Void) async throws {
    try await ReferenceTrial.run { world in
      let walk = try await Walk.ready(world)
      let now = walk.instant(11)
      let office = world.installation.at(now)
      var interview = [
        "mde": "Y", "psychotic_now": "N", "bipolar": "N", "sud_mod": "N", "dx_code": "Jane Doe",
        "interviewer": try await world.actor("coordinator", at: walk.way.site).username,
      ]
      _ = try await walk.save("MINI", "SCR", interview, at: now)
      interview["dx_code"] = "F33.2"
      _ = try await walk.save(
        "MINI", "SCR", interview, expected: 1, reason: "Jane Doe is no code",
        at: walk.instant(11, 60))
      let address = EntryAddress(
        walk.key, try FormID(parsing: "MINI"), try VisitCode(parsing: "SCR"))
      let number = try await office.askRemoval(
        of: FieldID(parsing: "dx_code"), on: address, reason: "The name of a person.",
        as: try await world.actor("investigator", at: walk.way.site, now: now))
      try await office.confirmRemoval(
        number, in: .open, as: try await world.actor("data_manager", now: now))
      try await body(world)
    }
  }

  /// What a superuser's statements do to the audit trail of class `open`; nothing of it is kept.
  private static func faults(
    _ world: ReferenceTrial, after sql: String
  ) throws -> (audit: [RecordFault], unproven: [RecordFault]) {
    try world.tampered(loosened + sql) { reader in
      (
        try reader.auditFaults(of: .open),
        try reader.unprovenFaults(of: .open, key: JourneyServer.writeKey)
      )
    }
  }

  /// Without the rules of the table, which somebody who may change rows may also take away.
  private static let loosened = """
    do $$ declare c record; begin
      for c in select conname from pg_constraint where conrelid = 'open.audit'::regclass and contype = 'c' loop
        execute format('alter table open.audit drop constraint %I', c.conname);
      end loop;
      for c in select attname from pg_attribute where attrelid = 'open.audit'::regclass and attnum > 0
          and attnotnull and attname not in ('trial_id', 'seq') loop
        execute format('alter table open.audit alter column %I drop not null', c.attname);
      end loop;
    end $$;
    """

  /// The row of the first version, which had no earlier value, and that of the second, which had both.
  private static let first = "seq = (select min(audit_row) from open.removed_values)"
  private static let second = "seq = (select max(audit_row) from open.removed_values)"
  private static let silent = "seq = (select max(audit_row) from open.removed_reasons)"
  private static let old = "format = 1, salt = null, old_digest = null, new_digest = null, "
  private static let bare = """
    reason_digest = null, software = '', session = '', zone = '', cause = '', request = '', grant_period = null,
    """

  @Test func `REQ-004, REQ-014: whatever is written into a row of a removed value is named`()
    async throws
  {
    try await Self.removed { world in
      let untouched = try Self.faults(world, after: "")
      #expect(untouched.audit.isEmpty && untouched.unproven.isEmpty)
      for change in [
        "new = '\"Somebody Else\"'", "new = '[personal data removed]'", "new = null",
        "new = '\"[personal data removed] \"'", "salt = null",
        "salt = overlay(salt placing '\\x01'::bytea from 3 for 1)", "new_digest = null, new = null",
        "format = 1", "format = 1, actor = 1, role = 'monitor'", "format = 2", "format = 4",
        "format = 0, actor = 1", "format = null, actor = 1", "hash = null, actor = 1",
        Self.old + "reason_digest = null, actor = 1, at = at - interval '1 day'",
        Self.old + Self.bare + "proof = null, actor = 1",
      ] {
        for row in [Self.first, Self.second] {
          let sql = "update open.audit set \(change) where \(row)"
          let found = try Self.faults(world, after: sql).audit
          #expect(found.map(\.kind) == [.changed], "\(sql)")
        }
      }
      for (change, row) in [
        ("old = '\"[personal data removed]\"'", Self.first), ("old = 'null'", Self.first),
        ("old = null", Self.second), ("old = '\"Somebody Else\"'", Self.second),
      ] {
        let sql = "update open.audit set \(change) where \(row)"
        let found = try Self.faults(world, after: sql).audit
        #expect(found.map(\.kind) == [.changed], "\(sql)")
      }
    }
  }

  @Test func `REQ-004, REQ-014: whatever is written into a row of a removed reason is named`()
    async throws
  {
    try await Self.removed { world in
      for change in [
        "reason = ''", "reason = 'typing error'", "reason = null",
        "reason = '\"[personal data removed]\"'", "format = 1, role = 'monitor'",
        "salt = overlay(salt placing '\\x01'::bytea from 40 for 1)", "salt = null, old = 'x'",
        "salt = substr(salt, 1, 32)",
      ] {
        let sql = "update open.audit set \(change) where \(Self.silent)"
        let found = try Self.faults(world, after: sql).audit
        #expect(found.map(\.kind) == [.changed], "\(sql)")
      }
    }
  }

  @Test
  func `REQ-004: the first row of a trail is not called one of the first format either`()
    async throws
  {
    try await Self.removed { world in
      let forged = """
        insert into open.removed_values (trial_id, audit_row, tombstone_no) values (\(world.trial.id), 1, 1)
          on conflict do nothing;
        update open.audit set \(Self.old) \(Self.bare) old = null, new = null, actor = 1
        """
      let kept = try Self.faults(world, after: forged + " where seq = 1")
      #expect(kept.audit.map(\.place) == ["1"])
      // Without its proof it is one that nobody wrote through the program.
      let bare = try Self.faults(world, after: forged + ", proof = null where seq = 1")
      #expect(bare.unproven.map(\.place) == ["1"])
    }
  }

  @Test func `a trail of the first format stays whole, also where a value was removed`()
    async throws
  {
    try await Self.removed { world in
      let rewritten = """
        delete from open.removed_values; delete from open.removed_reasons;
        update open.audit set \(Self.old) \(Self.bare) proof = null;
        do $$ declare r open.audit; v bytea := decode(repeat('00', 32), 'hex'); begin
          for r in select * from open.audit order by seq loop
            v := sha256(v || convert_to(jsonb_build_array(r.trial_id, r.seq,
              extract(epoch from r.at)::numeric(20,6)::text, r.actor, r.role, r.site_key, r.object, r.action, r.field,
              r.old, r.new, r.reason)::text, 'UTF8'));
            update open.audit set hash = v where trial_id = r.trial_id and seq = r.seq;
          end loop;
          update open.audit_heads set head = v;
        end $$;
        """
      let whole = try Self.faults(world, after: rewritten).audit
      #expect(whole.isEmpty)
      let removed = """
        update open.audit set old = null, new = '"[personal data removed]"' where seq = 5;
        insert into open.removed_values (trial_id, audit_row, tombstone_no) values (\(world.trial.id), 5, 1);
        """
      let changed = "update open.audit set new = 'x' where seq = 5"
      let named = try Self.faults(world, after: rewritten + changed).audit
      #expect(named.map(\.place) == ["5"])
      let gone = try Self.faults(world, after: rewritten + removed).audit
      #expect(gone.isEmpty)
      let another = "update open.audit set new = '\"Somebody Else\"' where seq = 5"
      let told = try Self.faults(world, after: rewritten + removed + another).audit
      #expect(told.map(\.place) == ["5"])
    }
  }
}
