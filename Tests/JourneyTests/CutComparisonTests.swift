import Foundation
import Postgres
import PostgresTestServer
import Store
import Testing

@testable import Host

/// The comparison of a database with an empty one beside it, cut short.
@Suite(.serialized) struct CutComparisonTests {
  private static let left =
    "select datname::text from pg_database where datname ~ '^equipoise_compared_[0-9]+$' order by 1"

  /// Waits until a query gives lines or none, two minutes at most: other tests keep every core busy.
  private static func wait(
    _ direct: DirectSession, _ sql: String, forSome: Bool
  ) async throws -> [String] {
    for _ in 0..<12_000 {
      let lines = try direct.lines(sql)
      if lines.isEmpty != forSome { return lines }
      try await Task.sleep(for: .milliseconds(10))
    }
    return try direct.lines(sql)
  }

  @Test
  func
    `REQ-022: verify that is killed leaves its database, which the next one removes, and no other`()
    async throws
  {
    // A server of its own: nobody else compares on it.
    let server = try PostgresTestServer(settings: ["fsync = on", "full_page_writes = on"])
    defer { server.stop() }
    let direct = try DirectSession(connection: Connection(configuration: server.configuration()))
    try direct.run(Migrator.loginsSQL)
    let database = try server.createDatabase()
    try direct.run("alter database \(database.name) owner to \(Login.owner)")
    try Connection(configuration: database.configuration).script(CatalogRights.closingSQL)
    _ = try await Migrator(database.configuration.with("user", Login.owner)).migrate()
    // Of names alike: one of somebody else, and one that is no number.
    try direct.run("create database equipoise_compared_7")
    try direct.run("create database equipoise_compared_mine owner equipoise_owner")
    let folder = try KeyFolder()
    defer { folder.remove() }
    try folder.file.make(KeyFolder.master)
    func lines() throws -> [String] {
      try SchemaDescription.lines(on: Connection(configuration: database.configuration))
    }
    let before = try lines()

    let program = Process()
    let tests = try #require(Bundle.main.executableURL)
    program.executableURL = tests.deletingLastPathComponent().appending(path: "equipoise")
    program.arguments = [
      "verify", "--database", "host=\(server.directory) port=5432 dbname=\(database.name)",
      "--state", folder.path, "--superuser", "equipoise",
    ]
    program.standardOutput = FileHandle.nullDevice
    let said = FileManager.default.temporaryDirectory.appending(path: "\(database.name).err")
    #expect(FileManager.default.createFile(atPath: said.path, contents: nil))
    defer { try? FileManager.default.removeItem(at: said) }
    program.standardError = try FileHandle(forWritingTo: said)
    program.standardInput = FileHandle.nullDevice
    try program.run()
    // The server watches, and answers the moment the database is there: it lives for a second or two, and a
    // task that sleeps between two looks may be given its core back only after that.
    try direct.run(
      """
      set statement_timeout = '2min';
      do $$ begin
        while not exists (select from pg_database where datname ~ '^equipoise_compared_[0-9]+$'
          and datname <> 'equipoise_compared_7') loop
          perform pg_sleep(0.005);
        end loop;
      end $$;
      reset statement_timeout
      """)
    kill(program.processIdentifier, SIGKILL)
    program.waitUntilExit()
    let made = try direct.lines(
      "\(Self.left.replacing(" order", with: " and datname <> 'equipoise_compared_7' order"))")
    let words = try String(contentsOf: said, encoding: .utf8)
    let scratch = try #require(made.first, Comment(rawValue: words))
    #expect(made.count == 1 && program.terminationReason == .uncaughtSignal)
    #expect(try direct.lines(Self.left).contains(scratch))
    let isGone = try await Self.wait(
      direct, "select '' from pg_stat_activity where application_name = '\(scratch)'",
      forSome: false)
    #expect(isGone.isEmpty)

    // One that is under way is left alone by the next; one that was killed is removed by it.
    let comparison = SchemaComparison(database.configuration)
    async let one = comparison.differences()
    async let two = comparison.differences()
    let found = try await (one, two)
    #expect(found.0 == [] && found.1 == [])
    #expect(
      try direct.lines(
        "select datname::text from pg_database where datname like 'equipoise%' order by 1")
        == ["equipoise_compared_7", "equipoise_compared_mine"])
    let isSame = try lines() == before
    #expect(isSame)
  }
}
