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

/// One after the other: each changes tables of the same database, and waits for nobody in a circle.
@Suite(.serialized) struct TamperingTests {}

extension TamperingTests {
  @Suite(.serialized) struct RecordTableTests {
    @Test func `every table of the database is sealed, chained, or left out for a stated reason`()
      async throws
    {
      try await RecordedTrial.tampering { _, reader in
        let found = try reader.connection.execute(
          """
          select n.nspname || '.' || c.relname,
                 exists (select from pg_trigger t where t.tgrelid = c.oid and t.tgname = 'rows_sealed')
            from pg_class c join pg_namespace n on n.oid = c.relnamespace
           where c.relkind in ('r', 'p') and n.nspname !~ '^(pg_|information_schema)' and n.nspname <> 'public'
           order by 1
          """)
        var names: Set<String> = []
        var sealed: Set<String> = []
        for row in found {
          let name: String = try row.get(0)
          names.insert(name)
          if try row.get(1) as Bool { sealed.insert(name) }
        }
        let listed = RecordTable.all.map { "\($0.schema.rawValue).\($0.name)" }
        #expect(Set(listed) == names, "\(Set(listed).symmetricDifference(names).sorted())")
        #expect(Set(listed).count == listed.count)
        let meant = RecordTable.all.filter { table in
          if case .sealed = table.kind { true } else { false }
        }.map { "\($0.schema.rawValue).\($0.name)" }
        #expect(Set(meant) == sealed, "\(Set(meant).symmetricDifference(sealed).sorted())")
      }
    }

    static let sealedTables = RecordTable.all.filter { table in
      if case .sealed = table.kind { true } else { false }
    }

    @Test func `a row changed, removed or added in any table, and a table emptied, is named`()
      async throws
    {
      var changed = 0
      try await RecordedTrial.tampering { _, reader in
        for table in Self.sealedTables {
          let name = "\(table.schema.rawValue).\(table.name)"
          func after(_ sql: String) throws -> [RecordFault] {
            try reader.connection.script("savepoint s")
            defer { try? reader.connection.script("rollback to savepoint s") }
            try reader.connection.script(sql)
            return try reader.rowFaults(of: table)
          }
          #expect(try reader.rowFaults(of: table).isEmpty, "\(name) as it is")
          let added = try after("select pg_temp.add_row('\(name)')")
          #expect(added.map(\.kind) == [.added], "added to \(name)")
          #expect(added.first?.place.hasPrefix(table.name) == true, "\(added)")
          let rows = try reader.connection.execute(Statement(text: "select count(*) from \(name)"))
          // What this trial has no row of gets one that is sealed as the program would.
          if try rows[0].get(0) as Int == 0 {
            try reader.connection.script(
              """
              select pg_temp.add_row('\(name)');
              select pg_temp.seal_rows('\(table.schema.rawValue)', '\(table.name)', '{\(Self.left(of: table))}')
              """)
            #expect(try reader.rowFaults(of: table).isEmpty, "\(name) sealed")
          }
          for column in try Self.columns(of: table, reader) {
            let faults = try after("select pg_temp.change_row('\(name)', '\(column)')")
            // Seals are chained by trial: a row given to another trial is missing from its own.
            let isNamed =
              column == "trial_id"
              ? faults.first?.kind == .missing : faults.first?.kind == .changed
            #expect(isNamed, "\(column) of \(name): \(faults)")
            changed += 1
          }
          let first = "ctid = (select x.ctid from \(name) x limit 1)"
          #expect(
            try after("delete from \(name) where \(first)").first?.kind == .missing, "\(name)")
          #expect(try after("delete from \(name)").first?.kind == .missing, "\(name) emptied")
        }
      }
      #expect(changed > 200)
    }

    @Test(arguments: [
      ("later_on timestamptz", "later_on = now()"),
      ("later text not null default ''", "later = 'x'"),
      ("later integer not null default 1", "later = 2"),
      ("later boolean not null default false", "later = true"),
    ])
    func `T7: what stands in a column that came after a row was sealed is changed by no one`(
      _ column: String, _ change: String
    ) async throws {
      try await RecordedTrial.tampering { _, reader in
        let table = try #require(Self.sealedTables.first { $0.name == "participants" })
        try reader.connection.script("alter table open.participants add column \(column)")
        #expect(try reader.rowFaults(of: table).isEmpty)
        try reader.connection.script(
          "update open.participants set \(change) where participant = '101-0002'")
        let faults = try reader.rowFaults(of: table)
        #expect(
          faults.map(\.kind) == [.changed] && faults.first?.place.contains("101-0002") == true)
      }
    }

    /// Every trigger fires for this superuser: the database seals what was written, without a proof.
    @Test func `what a superuser writes in plain statements is refused or named`() async throws {
      var (named, refused) = (0, 0)
      try await RecordedTrial.tampering(silencing: false) { _, reader in
        for table in Self.sealedTables {
          let name = "\(table.schema.rawValue).\(table.name)"
          func judge(_ sql: String) throws {
            try reader.connection.script("savepoint s")
            defer { try? reader.connection.script("rollback to savepoint s") }
            do {
              let rows = try reader.connection.execute(Statement(text: sql))
              guard try rows[0].get(0) as Int > 0 else { return }
              try reader.connection.script("set constraints all immediate")
            } catch {
              refused += 1
              return
            }
            let faults = try reader.unprovenFaults(of: table.schema, key: JourneyServer.writeKey)
            let isNamed = faults.contains { $0.part == .row && $0.place.hasPrefix(table.name) }
            #expect(isNamed, "\(sql): \(faults)")
            named += 1
          }
          try judge("select pg_temp.add_row('\(name)')")
          for column in try Self.columns(of: table, reader) where column != "trial_id" {
            try judge("select pg_temp.change_row('\(name)', '\(column)')")
          }
          try judge(
            """
            with gone as (delete from \(name) where ctid = (select x.ctid from \(name) x limit 1) returning 1)
            select count(*) from gone
            """)
        }
      }
      #expect(named > 60, "\(named) named, \(refused) refused")
    }

    @Test func `a session a superuser makes or takes over, with or without its record, is named`()
      async throws
    {
      let forged = """
        insert into access.sessions (token_hash, user_id, stage, form_token, expires_at)
        select sha256('forged'), user_id, 'complete', sha256('form'), now() + interval '1 hour'
          from access.users order by user_id limit 1
        """
      // With the triggers, the record of it has no proof; without them, it has no record.
      try await RecordedTrial.tampering(silencing: false) { _, reader in
        #expect(try reader.sessionFaults().isEmpty)
        try reader.connection.script(forged + "; set constraints all immediate")
        let faults = try reader.unprovenFaults(of: .access, key: JourneyServer.writeKey)
        #expect(faults.contains { $0.place.hasPrefix("session_openings") }, "\(faults)")
      }
      try await RecordedTrial.tampering(silencing: true) { _, reader in
        try reader.connection.script(forged)
        let faults = try reader.sessionFaults()
        #expect(faults.map(\.kind) == [.added], "\(faults)")
      }
    }

    @Test(arguments: [RecordSchema.open, .outcome, .treatment, .allocation])
    func `an audit row a superuser adds in somebody's name is named`(_ schema: RecordSchema)
      async throws
    {
      try await RecordedTrial.tampering(silencing: false) { _, reader in
        #expect(try reader.unprovenFaults(of: schema, key: JourneyServer.writeKey).isEmpty)
        let last: Int = try reader.connection.execute(
          Statement(text: "select max(seq) from \(schema.rawValue).audit where trial_id = 1"))[0]
          .get(
            0)
        try reader.connection.script(
          """
          select set_config('eq.trial', '1', true), set_config('eq.actor', '1', true),
            set_config('eq.role', 'data_manager', true);
          select \(schema.rawValue).note('101', '101-0001', 'submitted', '', 'x', '1', '2');
          """)
        let found = try reader.unprovenFaults(of: schema, key: JourneyServer.writeKey)
        #expect(found.map(\.part) == [.audit] && found.map(\.place) == ["\(last + 1)"], "\(found)")
        #expect(
          try reader.unprovenFaults(of: schema, key: Array(repeating: 7, count: 32)).first?.place
            != "\(last + 1)", "another key proves nothing")
      }
    }

    /// The columns that are counters or moments and no record.
    private static func left(of table: RecordTable) -> String {
      guard case .sealed(let left) = table.kind else { return "" }
      return left.joined(separator: ",")
    }

    /// The columns that are neither key nor counters.
    static func columns(of table: RecordTable, _ reader: RecordReader) throws -> [String] {
      guard case .sealed(let left) = table.kind else { return [] }
      let name = "\(table.schema.rawValue).\(table.name)"
      return try reader.connection.execute(
        Statement(
          text: """
            select a.attname::text from pg_attribute a
             where a.attrelid = '\(name)'::regclass and a.attnum > 0 and not a.attisdropped
               and a.attgenerated = '' and a.attname <> all ($1)
               and not exists (select from pg_index i where i.indrelid = a.attrelid and i.indisprimary
                 and a.attnum = any (i.indkey::smallint[]))
             order by a.attnum
            """), .textArray(left)
      ).map { try $0.get(0) as String }
    }
  }

}
