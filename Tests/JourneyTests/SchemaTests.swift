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
    let lines = try SchemaDescription.lines(of: database.configuration)
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
    var before = try SchemaDescription.lines(of: database.configuration)
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
      let after = try SchemaDescription.lines(of: database.configuration)
      let isSeen = after != before
      #expect(isSeen, "\(change)")
      before = after
    }
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
