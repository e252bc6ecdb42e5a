import Foundation
import Postgres
import PostgresTestServer
import Store
import Testing

@Suite(.serialized) struct SchemaTests {
  private static let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .appending(path: "schema.txt")

  private static func migrated() async throws -> TestDatabase {
    let database = try JourneyServer.emptyDatabase()
    _ = try await JourneyServer.migrator(of: database).migrate()
    return database
  }

  /// EQUIPOISE_WRITE_SCHEMA=1 writes the description anew, for a reader to judge the difference.
  @Test func `a database migrated from nothing is the one described`() async throws {
    let database = try await Self.migrated()
    defer { try? database.drop() }
    let lines = try SchemaDescription.lines(on: Connection(configuration: database.configuration))
    let text = lines.joined(separator: "\n") + "\n"
    if ProcessInfo.processInfo.environment["EQUIPOISE_WRITE_SCHEMA"] != nil {
      try text.write(to: Self.file, atomically: true, encoding: .utf8)
    }
    let described = try String(contentsOf: Self.file, encoding: .utf8)
      .split(separator: "\n").map(String.init)
    let added = Set(lines).subtracting(described).sorted()
    let missing = Set(described).subtracting(lines).sorted()
    #expect(added.isEmpty, "not described: \(added.joined(separator: "\n"))")
    #expect(missing.isEmpty, "not there: \(missing.joined(separator: "\n"))")
    let isInOrder = lines == described
    #expect(isInOrder)
  }

  @Test func `a change of the schema by hand is seen in its description`() async throws {
    let database = try await Self.migrated()
    defer { try? database.drop() }
    var before = try SchemaDescription.lines(on: Connection(configuration: database.configuration))
    let connection = try Connection(configuration: database.configuration)
    for change in [
      "grant select on outcome.entries to eq_open",
      "alter table open.participants no force row level security",
      "drop policy audit_read on open.audit", "alter table open.sites add column note text",
      "drop trigger heads_append_only on allocation.heads",
      "alter function outcome.save_rating(text, text, integer, jsonb, boolean, text, text) reset search_path",
      "grant execute on function open.withdraw(text, text, date) to public",
      "alter table open.trials drop constraint trials_mode_check",
    ] {
      try connection.script(change)
      let after = try SchemaDescription.lines(on: Connection(configuration: database.configuration))
      let isSeen = after != before
      #expect(isSeen, "\(change)")
      before = after
    }
  }

  @Test
  func `REQ-022: what somebody changes about the guards of the database by hand is named`()
    async throws
  {
    let database = try await Self.migrated()
    defer { try? database.drop() }
    let comparison = SchemaComparison(database.configuration)
    #expect(try await comparison.differences() == [])
    let connection = try Connection(configuration: database.configuration)
    for (change, named, undo) in [
      (
        "alter table allocation.heads disable trigger heads_append_only", "fires D",
        "alter table allocation.heads enable trigger heads_append_only"
      ),
      (
        "drop policy audit_read on open.audit", "missing: policy open.audit audit_read",
        "create policy audit_read on open.audit for select using (true)"
      ),
      (
        "grant select on sealed.secrets to eq_open",
        "not of this program: table sealed.secrets", "revoke select on sealed.secrets from eq_open"
      ),
      (
        """
        create or replace function access.trial() returns integer language sql stable set search_path = pg_catalog
        begin atomic select 1; end
        """, "not of this program: function access.trial()", ""
      ),
      (
        "create rule quiet as on delete to open.sites do instead nothing",
        "not of this program: rule open.sites quiet", "drop rule quiet on open.sites"
      ),
      (
        "alter role eq_rater in database \(database.name) set session_replication_role = replica",
        "not of this program: setting eq_rater", ""
      ),
    ] {
      try connection.script(change)
      let found = try await comparison.differences().map(\.description)
      #expect(found.contains { $0.contains(named) }, "\(change): \(found)")
      if !undo.isEmpty { try connection.script(undo) }
    }
    // Those of comparisons that go on beside this one are marked by their sessions.
    #expect(
      try connection.execute(
        """
        select d.datname from pg_database d
         where d.datname like 'equipoise_compared_%'
           and not exists (select from pg_stat_activity a where a.application_name = d.datname)
        """
      ).isEmpty)
  }

  @Test func `two migrators at once apply every step once, a later one none`() async throws {
    let database = try JourneyServer.emptyDatabase()
    defer { try? database.drop() }
    let applied = try await withThrowingTaskGroup(of: [String].self) { group in
      for _ in 0..<3 {
        group.addTask { try await JourneyServer.migrator(of: database).migrate() }
      }
      var applied: [[String]] = []
      for try await names in group { applied.append(names) }
      return applied
    }
    #expect(applied.filter { !$0.isEmpty }.count == 1)
    #expect(applied.flatMap { $0 }.count >= 9)
    #expect(applied.flatMap { $0 } == applied.flatMap { $0 }.sorted())
    #expect(try await JourneyServer.migrator(of: database).migrate().isEmpty)
  }

  @Test func `an applied step in another wording is refused and nothing is changed`() async throws {
    let database = try await Self.migrated()
    defer { try? database.drop() }
    let connection = try Connection(configuration: database.configuration)
    try connection.script(
      """
      update public.migrations set digest = sha256('another wording') where name like '0005%';
      delete from public.migrations where name like '0009%'
      """)
    await #expect(throws: MigrationRefusal.changedHistory(name: "0005_entries.each-class.sql")) {
      _ = try await JourneyServer.migrator(of: database).migrate()
    }
    let names = try connection.execute(
      "select count(*) from public.migrations where name like '0009%'")
    #expect(try names[0].get(0) as Int == 0)
  }

  @Test func `a step of a newer program is refused`() async throws {
    let database = try await Self.migrated()
    defer { try? database.drop() }
    try Connection(configuration: database.configuration).script(
      "insert into public.migrations (name, digest) values ('9999_later.sql', '\\x00')")
    await #expect(throws: MigrationRefusal.newerDatabase(name: "9999_later.sql")) {
      _ = try await JourneyServer.migrator(of: database).migrate()
    }
  }
}
