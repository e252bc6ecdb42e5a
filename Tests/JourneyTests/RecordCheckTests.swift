import Foundation
import Postgres
import PostgresTestServer
import Randomization
import Simulation
import StudyModel
import Synchronization
import Testing

@testable import Conduct
@testable import Store

extension TamperingTests {
  @Suite(.serialized) struct RecordCheckTests {
    @Test func `REQ-022: the record of a whole trial nobody touched agrees with itself`()
      async throws
    {
      try await RecordedTrial.tampering { made, reader in
        var check = try RecordCheck(
          reader, trusted: made.key, writeKey: JourneyServer.writeKey,
          witnesses: made.witness.ofRecord)
        let report = try check.run()
        #expect(report.findings.isEmpty, "\(report.findings)")
        #expect(report.chained > 5000)
        #expect(report.heads >= 22 && report.witnessed >= 22)
        #expect(report.removals == 0)
      }
    }

    @Test func `REQ-004, T7: a record is vouched for once, whatever becomes of its proofs`()
      async throws
    {
      try await RecordedTrial.tampering(silencing: false) { made, reader in
        // Written past the program, sealed and chained by the triggers, and then every proof taken away.
        try reader.connection.script(
          "update access.users set full_name = 'Somebody Else' where user_id = (select min(user_id) from access.users)"
        )
        try reader.connection.script("set constraints all immediate")
        let forged = try reader.unprovenFaults(of: .access, key: JourneyServer.writeKey)
        #expect(forged.contains { $0.part == .row && $0.place.hasPrefix("users") })
        try reader.connection.script("set local session_replication_role = replica")
        // The first start was not a minute ago.
        try reader.connection.script(
          "update access.seals set at = at - interval '1 day' where relation = 'adopted'")
        for schema in RecordSchema.allCases {
          try reader.connection.script("update \(schema.rawValue).seals set proof = null")
          if schema.hasAudit {
            try reader.connection.script("update \(schema.rawValue).audit set proof = null")
          }
        }
        try reader.connection.script("set local session_replication_role = origin")
        // What a start with the key did before it kept in mind that there was one.
        _ = try reader.connection.execute(
          Statement(text: "select set_config('eq.write_key', $1, true)"),
          parameters: [
            .text(String(decoding: Hex.digits(JourneyServer.writeKey), as: UTF8.self))
          ])
        for schema in RecordSchema.allCases {
          try reader.connection.script(
            "select \(schema.rawValue).adopt_record(\(schema.hasAudit))")
        }
        let faults = try RecordSchema.allCases.flatMap {
          try reader.unprovenFaults(of: $0, key: JourneyServer.writeKey)
        }
        #expect(
          Set(faults.filter { $0.part == .row }.map(\.schema)) == Set(RecordSchema.allCases),
          "\(faults)")
        #expect(try !made.findings(reader).isEmpty)
      }
    }

    @Test func `T7: the record is read with the names of the server, whatever a login was given`()
      async throws
    {
      try await ReferenceTrial.run { world in
        let crafted = world.database.configuration.beginning(
          with: "search_path", "information_schema,pg_catalog")
        let path = try await RecordReader.read(crafted) {
          try $0.connection.execute(Statement(text: "show search_path"))[0].get(0) as String
        }
        #expect(path == "pg_catalog")
        try world.direct().run(
          """
          create function information_schema.sha256(bytea) returns bytea language sql immutable
            as 'select pg_catalog.sha256($1)'
          """)
        let found = try await SchemaComparison(crafted).differences()
        #expect(
          found.map(\.description)
            == ["not of this program: function information_schema.sha256(bytea) of nobody's"])
      }
    }

    @Test(arguments: [RecordSchema.open, .outcome, .treatment, .allocation])
    func
      `REQ-004: a row of an audit trail changed, removed, exchanged or added is named by its number`(
        _ schema: RecordSchema
      ) async throws
    {
      let audit = "\(schema.rawValue).audit"
      for (sql, kind, place) in [
        (
          "update \(audit) set action = action || ' ' where seq = 17", RecordFault.Kind.changed,
          "17"
        ),
        ("update \(audit) set new = 'x' where seq = 12", .changed, "12"),
        (
          """
          update \(audit) set new = null, old = null
           where seq = (select min(seq) from \(audit) where new is not null)
          """, .changed, nil
        ),
        ("update \(audit) set reason = 'another' where seq = 9", .changed, "9"),
        ("update \(audit) set actor = 1, cause = 'rule' where seq = 9", .changed, "9"),
        ("delete from \(audit) where seq = 15", .missing, "15"),
        (
          "update \(audit) set seq = -seq where seq in (11, 12); update \(audit) set seq = 23 + seq where seq < 0",
          .changed, "11"
        ),
        ("delete from \(audit)", .cut, "1"),
        ("delete from \(audit) where seq > 10", .cut, "11"),
        (
          """
          insert into \(audit) select (jsonb_populate_record(a, jsonb_build_object('seq',
            (select max(seq) + 1 from \(audit))))).* from \(audit) a where seq = 3
          """,
          .changed, nil
        ),
      ] as [(String, RecordFault.Kind, String?)] {
        try await RecordedTrial.tampering { _, reader in
          try reader.connection.script(sql)
          let fault = try #require(try reader.auditFaults(of: schema).first, "\(sql)")
          #expect(fault.kind == kind, "\(sql)")
          if let place { #expect(fault.place == place, "\(sql)") }
        }
      }
    }

    @Test(arguments: [RecordSchema.open, .outcome, .treatment])
    func `REQ-004: the counter of data queries changed, or the last query with it, is named`(
      _ schema: RecordSchema
    ) async throws {
      let (heads, queries) = ("\(schema.rawValue).audit_heads", "\(schema.rawValue).data_queries")
      for sql in [
        "update \(heads) set queries = queries + 1", "update \(heads) set queries = queries - 1",
        "update \(heads) set queries = 0",
      ] {
        try await RecordedTrial.tampering { made, reader in
          #expect(try reader.queryFaults(of: schema).isEmpty)
          let last = try #require(
            try reader.connection.execute(
              Statement(text: "select coalesce(max(query_no), 0)::bigint from \(queries)")
            ).first?.get(0) as Int64?)
          guard last > 0 || sql.contains("+") else { return }
          try reader.connection.script(sql)
          let fault = try #require(try reader.queryFaults(of: schema).first, "\(sql)")
          #expect(fault.kind == .changed && fault.place.hasSuffix("the last is number \(last)"))
          let told = try made.findings(reader)
          #expect(
            told.contains {
              $0.schema == schema.rawValue && $0.sentence.contains("counter of data queries")
            }, "\(told)")
        }
      }
    }

    @Test(arguments: RecordSchema.allCases)
    func `a seal changed, removed, exchanged or cut off is named by its number`(
      _ schema: RecordSchema
    ) async throws {
      let seals = "\(schema.rawValue).seals"
      for (sql, kind) in [
        ("update \(seals) set digest = sha256('x') where n = 2", RecordFault.Kind.changed),
        ("delete from \(seals) where n = 2", .missing),
        (
          "update \(seals) set n = -n where n in (2, 3); update \(seals) set n = 5 + n where n < 0",
          .changed
        ),
        ("delete from \(seals) where n >= 2", .cut),
        ("delete from \(seals)", .cut),
      ] as [(String, RecordFault.Kind)] {
        try await RecordedTrial.tampering { _, reader in
          try reader.connection.script(sql)
          // Each trial has a chain of its own, that of the installation perhaps of two seals.
          let faults = try reader.sealFaults(of: schema)
          #expect(
            faults.contains { $0.kind == kind && ($0.place == "2" || $0.place == "1") },
            "\(sql) \(faults)")
        }
      }
    }

    /// The last rows, and every sign of them inside the chain.
    private static let tailCut = """
      delete from treatment.audit a where a.seq > (select max(b.seq) - 5 from treatment.audit b);
      update treatment.audit_heads h set (size, head) =
        (select a.seq, a.hash from treatment.audit a where a.trial_id = h.trial_id order by a.seq desc limit 1)
      """

    @Test
    func
      `REQ-004: a tail that is cut with its head is told by the signed head, and by the witness`()
      async throws
    {
      try await RecordedTrial.tampering { made, reader in
        try reader.connection.script(Self.tailCut)
        #expect(try reader.auditFaults(of: .treatment).isEmpty)
        let found = try made.findings(reader, witnessed: false)
        #expect(found.contains { $0.part == .checkpoint && $0.schema == "treatment" })
        try reader.connection.script(
          """
          delete from treatment.checkpoints c where c.log = 'audit'
            and c.size > (select max(a.seq) from treatment.audit a)
          """)
        #expect(
          try !made.findings(reader, witnessed: false).contains { $0.part == .checkpoint })
        let told = try made.findings(reader)
        #expect(told.contains { $0.part == .witness && $0.schema == "treatment" }, "\(told)")
      }
    }

    @Test func `a chain computed anew over a change is told by the signed head`() async throws {
      try await RecordedTrial.tampering { made, reader in
        try reader.connection.script(
          """
          do $$ declare r record; v bytea := decode(repeat('00', 32), 'hex'); begin
            update outcome.seals set digest = sha256('x') where n = 20;
            for r in select * from outcome.seals where trial_id = 1 order by n loop
              v := sha256(v || convert_to(jsonb_build_array(r.trial_id, r.n, r.relation, r.row_key, r.width,
                encode(r.digest, 'hex'), extract(epoch from r.at)::numeric(20,6)::text)::text, 'UTF8'));
              update outcome.seals set hash = v where trial_id = r.trial_id and n = r.n;
            end loop;
            update outcome.seal_heads set head = v where trial_id = 1;
          end $$
          """)
        #expect(try reader.sealFaults(of: .outcome).isEmpty)
        let found = try made.findings(reader, witnessed: false)
        let told = found.first { $0.part == .checkpoint && $0.schema == "outcome" }
        let start = "The first row that was rewritten lies from"
        #expect(told?.sentence.hasPrefix(start) == true, "\(found)")
      }
    }

    @Test func `a signed head altered, of another chain, or of another key is none`() async throws {
      for sql in [
        "update open.checkpoints set signature = set_byte(signature, 5, get_byte(signature, 5) # 1)",
        "update open.checkpoints set head = (select c.head from outcome.checkpoints c limit 1)",
        "update open.checkpoints set public_key = sha256('another')",
        "update open.checkpoints set size = size + 1 where log = 'seals'",
      ] {
        try await RecordedTrial.tampering { made, reader in
          try reader.connection.script(sql)
          let found = try made.findings(reader, witnessed: false)
          #expect(found.contains { $0.part == .checkpoint && $0.schema == "open" }, "\(sql)")
        }
      }
    }

    /// Seals rows as they are, as somebody would who knows of the seals.
    private static func sealed(_ table: String, _ set: String, _ condition: String) -> String {
      """
      set local session_replication_role = origin;
      alter table open.\(table) disable trigger user;
      alter table open.\(table) enable trigger rows_sealed;
      set constraints all immediate;
      update open.\(table) x set \(set) where \(condition);
      """
    }

    @Test func `a version changed together with its seal no longer agrees with its audit rows`()
      async throws
    {
      try await RecordedTrial.tampering { _, reader in
        try reader.connection.script(
          Self.sealed(
            "entry_versions",
            """
            answers = jsonb_set(answers, array[(select min(k) from jsonb_object_keys(answers) k)], '\"zz\"')
            """,
            "x.ctid = (select v.ctid from open.entry_versions v limit 1)"))
        let table = try #require(
          RecordTable.all.first { $0.schema == .open && $0.name == "entry_versions" })
        #expect(try reader.rowFaults(of: table).isEmpty)
        let fault = try #require(try reader.versionFaults(of: .open).first)
        #expect(fault.part == .version)
      }
    }

    @Test(arguments: [
      "signer_name = 'Somebody Else'", "signer_role = 'sponsor_lead'",
      "meaning = 'I do not agree.'",
      "at = at - interval '1 day'", "digest = sha256('x')", "version = version + 1",
      "participant = '101-0001', form = 'DM'",
    ])
    func `REQ-031: a signature changed, dated back or moved to another record no longer fits`(
      _ change: String
    ) async throws {
      try await RecordedTrial.tampering { _, reader in
        #expect(try reader.signatureFaults(of: .open).isEmpty)
        try reader.connection.script(
          Self.sealed(
            "signatures", change,
            """
            x.ctid = (select s.ctid from open.signatures s where s.participant <> '101-0001'
              order by s.at limit 1)
            """))
        #expect(try reader.signatureFaults(of: .open).first?.part == .signature, "\(change)")
      }
    }

    @Test(arguments: [
      "name = 'Somebody Else'", "role = 'monitor'", "meaning = 'I do not agree.'",
      "at = at - interval '1 day'", "signer = signer + 1000", "attempt = 2",
      "act = 'soft_lock', attempt = 9",
      "detail = 'x'", "plan = ''", "plan = repeat('0', 64)", "cut = ''", "cut = repeat('0', 64)",
      "binding = sha256('x')", "binding = null", "binding = null, plan = '', cut = ''",
    ])
    func `REQ-031: a signature of the lock changed, dated back or moved elsewhere is named`(
      _ change: String
    ) async throws {
      try await RecordedTrial.tampering { _, reader in
        #expect(try reader.lockSignatureFaults().isEmpty)
        try reader.connection.script(
          "update open.lock_signatures x set \(change) where x.ctid = (select min(s.ctid) from "
            + "open.lock_signatures s where s.act = 'unblind' and s.plan <> '' and s.cut <> '')")
        #expect(try reader.lockSignatureFaults().map(\.part) == [.lockSignature], "\(change)")
      }
    }

    @Test func `REQ-031: the plan and the locked data a signature stands on are bound with it`()
      async throws
    {
      for sql in [
        "update open.lock_signatures set detail = repeat('0', 64) where act = 'analysis_plan'",
        "delete from open.lock_signatures where act = 'analysis_plan'",
        "update open.snapshots set digest = sha256('x')",
        "update open.cuts set kind = 'interim' where kind = 'hard_lock'",
      ] {
        try await RecordedTrial.tampering { made, reader in
          try reader.connection.script(sql)
          let told = try made.findings(reader, witnessed: false)
          #expect(told.contains { $0.part == .stored(.lockSignature, .changed) }, "\(sql)")
        }
      }
      // One made before signatures were bound is known by its seal, and stays what it was.
      try await RecordedTrial.tampering { _, reader in
        try reader.connection.script(
          """
          update open.lock_signatures set binding = null, plan = '', cut = '';
          update open.seals set width = 9 where relation = 'lock_signatures';
          """)
        #expect(try reader.lockSignatureFaults().isEmpty)
        try reader.connection.script("update open.lock_signatures set plan = 'x'")
        #expect(try reader.lockSignatureFaults().count == 1)
      }
    }

    @Test func `the ledger is part of the record`() async throws {
      try await AllocatedTrial.run { world in
        #expect(try await world.installation.ledgerFindings().isEmpty)
        try world.tamper(Tampering.dated(5))
        let found = try await world.installation.ledgerFindings()
        #expect(found.map(\.part) == [.ledger] && found.first?.place == "chain at entry 6")
      }
    }
  }
}
