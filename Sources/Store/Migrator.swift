import CEmbeddedFiles
public import Postgres
import StudyModel

/// Why a database cannot be brought to this program's schema.
public enum MigrationRefusal: Error, Equatable, Sendable, CustomStringConvertible {
  /// An applied migration reads differently in this program.
  case changedHistory(name: String)
  /// The database has migrations this program does not know.
  case newerDatabase(name: String)
  /// A step failed; nothing of it was kept.
  case stepFailed(name: String, SQLState?)

  /// What happened and what to do, for the person who runs the command.
  public var description: String {
    switch self {
    case .changedHistory(let name):
      """
      Migration \(name) was applied to this database in another wording. Nothing was changed. \
      Use the program version that made the database, or restore its backup.
      """
    case .newerDatabase(let name):
      """
      The database holds migration \(name), which this program does not know. Nothing was \
      changed. Use a newer program version.
      """
    case .stepFailed(let name, let state):
      """
      Migration \(name) failed\(state.map { " (SQLSTATE \($0.rawValue))" } ?? "") and was undone. \
      The server log tells why; the daemon cannot start before it is mended.
      """
    }
  }
}

/// A numbered step of the schema.
struct Migration {
  let name: String
  let text: String

  /// The steps inside the binary, in order.
  static let embedded: [Migration] = (0..<embedded_migration_count).map { index in
    let file = embeddedMigration(index)
    return Migration(name: file.name, text: String(decoding: file.bytes, as: UTF8.self))
  }

  /// The SQL to run: once, or once for each data class the step names in its first line.
  func statements(database: String) -> [String] {
    let quoted = "\"" + database.replacing("\"", with: "\"\"") + "\""
    let text = text.replacing(":database", with: quoted)
    guard name.hasSuffix(".each-class.sql"), let heading = text.split(separator: "\n").first
    else { return [text] }
    // The schema of accounts is no class of a participant's data; a step names it like one.
    return (DataClass.allCases.map(\.rawValue) + ["access"])
      .filter { heading.contains($0) }
      .map { text.replacing(":class", with: $0) }
  }
}

/// Brings a database to the schema of this program: forward only, each step once.
public struct Migrator: Sendable {
  private let configuration: ConnectionConfiguration

  /// - Parameter configuration: the database, with the owner's login.
  public init(_ configuration: ConnectionConfiguration) {
    self.configuration = configuration
  }

  /// How many steps make the schema of an empty database.
  public static var steps: Int { Migration.embedded.count }

  /// The statements that create the logins, for the superuser to run once.
  public static var loginsSQL: String {
    String(decoding: embeddedLogins().bytes, as: UTF8.self)
  }

  /// Applies what is missing and gives the names of the steps applied.
  ///
  /// Two daemons that start together apply each step once: the second waits for the first's lock.
  ///
  /// - Throws: `MigrationRefusal`, or `DatabaseError` with its sentence when the database cannot be
  ///   reached.
  public func migrate() async throws -> [String] {
    let pool = Pool(configuration: configuration, size: 1, reserve: 0, name: "migrator")
    do {
      let applied = try await pool.withConnection(.ordinary, deadline: .seconds(120)) {
        connection in try Self.apply(on: connection)
      }
      await pool.close()
      return applied
    } catch {
      await pool.close()
      throw error
    }
  }

  private static func apply(on connection: Connection) throws -> [String] {
    // One key for every daemon: whoever holds it migrates, the others wait and find it done.
    _ = try connection.execute("select pg_advisory_lock(7298301)::text")
    defer { _ = try? connection.execute("select pg_advisory_unlock(7298301)") }
    try connection.script(
      """
      create table if not exists public.migrations (
        name text primary key, digest bytea not null, applied_at timestamptz not null default clock_timestamp())
      """)
    let known = Migration.embedded
    let rows = try connection.execute(
      "select name, digest from public.migrations order by name")
    var done: [String: [UInt8]] = [:]
    for row in rows { done[try row.text(0)] = try row.bytes(1) }
    if let unknown = done.keys.sorted().first(where: { name in
      !known.contains { $0.name == name }
    }) {
      throw MigrationRefusal.newerDatabase(name: unknown)
    }
    let database = try connection.execute("select current_database()::text").first?.text(0) ?? ""
    var applied: [String] = []
    for migration in known {
      let digest = try digest(of: migration.text, on: connection)
      if let earlier = done[migration.name] {
        guard earlier == digest else {
          throw MigrationRefusal.changedHistory(name: migration.name)
        }
        continue
      }
      try run(migration, database: database, digest: digest, on: connection)
      applied.append(migration.name)
    }
    return applied
  }

  private static func digest(of text: String, on connection: Connection) throws -> [UInt8] {
    try connection.execute("select sha256(convert_to($1, 'UTF8'))", .text(text)).first?.bytes(0)
      ?? []
  }

  private static func run(
    _ migration: Migration, database: String, digest: [UInt8], on connection: Connection
  ) throws {
    do {
      try connection.transaction { connection, _ in
        for statement in migration.statements(database: database) {
          try connection.script(statement)
        }
        _ = try connection.execute(
          "insert into public.migrations (name, digest) values ($1, $2)", .text(migration.name),
          .bytes(digest))
      }
    } catch let error as DatabaseError {
      if case .server(let fault) = error {
        throw MigrationRefusal.stepFailed(name: migration.name, fault.sqlState)
      }
      throw error
    }
  }
}
