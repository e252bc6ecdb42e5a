import Foundation
import Postgres
import PostgresTestServer
import Testing

/// A database of its own for one test, with a pool on it.
struct Bench {
  let database: TestDatabase
  let pool: Pool

  /// Both, on the server that all tests share.
  init(size: Int = 4, reserve: Int = 0, schema: String = "") throws {
    database = try PostgresTestServer.shared().createDatabase()
    if !schema.isEmpty {
      try Connection(configuration: database.configuration).script(schema)
    }
    pool = Pool(configuration: database.configuration, size: size, reserve: reserve)
  }

  /// How many sessions other than the asking one the server sees in this database.
  func otherSessions() throws -> Int {
    let connection = try Connection(configuration: database.configuration)
    return try connection.execute(
      """
      select count(*) from pg_stat_activity
       where datname = current_database() and pid <> pg_backend_pid()
      """)[0].get(0)
  }
}

/// What a call threw, as an error of the bridge.
func refusal<Value>(_ body: () throws -> Value) -> DatabaseError? {
  do {
    _ = try body()
    return nil
  } catch {
    return error as? DatabaseError
  }
}

/// What a call threw, as an error of the bridge.
func asyncRefusal<Value>(_ body: () async throws -> Value) async -> DatabaseError? {
  do {
    _ = try await body()
    return nil
  } catch {
    return error as? DatabaseError
  }
}

extension DatabaseError {
  var state: SQLState? {
    guard case .server(let fault) = self else { return nil }
    return fault.sqlState
  }
}

/// Asks again and again until something outside this process has happened.
func eventually(_ what: String, _ isSo: () async throws -> Bool) async throws {
  for _ in 0..<3000 {
    if try await isSo() { return }
    try await Task.sleep(for: .milliseconds(5))
  }
  Issue.record("it never came about that \(what)")
}

/// Memory of this process that is held now; the arguments of a test run share it.
func residentBytes() throws -> Int {
  let text = try String(contentsOfFile: "/proc/self/statm", encoding: .utf8)
  return Int(text.split(separator: " ")[1]).map { $0 * 4096 } ?? 0
}
