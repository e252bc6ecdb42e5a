public import Postgres

/// One thing of a database that is not as the steps of this program make it.
public struct SchemaDifference: Sendable, Equatable, CustomStringConvertible {
  /// What the database has and should not have, or the other way round.
  public let isMissing: Bool
  /// The thing, as `SchemaDescription` tells it.
  public let thing: String

  /// One line.
  public var description: String { (isMissing ? "missing: " : "not of this program: ") + thing }
}

/// Compares a database with an empty one that the steps of this program make beside it on the same server,
/// so that both are told in the same words: tables, constraints, triggers, row security, rights, functions.
public struct SchemaComparison: Sendable {
  private let superuser: ConnectionConfiguration

  /// - Parameter superuser: the database, with a superuser's login.
  public init(_ superuser: ConnectionConfiguration) {
    self.superuser = superuser.findingOwnNames
  }

  /// What differs, missing things first; the other database is dropped again.
  public func differences() async throws -> [SchemaDifference] {
    let name = "equipoise_compared_\(UInt32.random(in: .min ... .max))"
    let pool = Pool(configuration: superuser, size: 1, reserve: 0, name: "schema")
    do {
      let (found, logins) = try await pool.withConnection(.ordinary, deadline: .seconds(60)) {
        connection in
        // This session bears the name of the other database as long as the comparison goes on.
        try connection.script("set application_name = '\(name)'")
        // A comparison that was cut short leaves its database behind, and no session of that name.
        for old in try connection.execute(
          """
          select d.datname from pg_database d
           where d.datname ~ '^equipoise_compared_[0-9]+$' and pg_get_userbyid(d.datdba) = 'equipoise_owner'
             and not exists (select from pg_stat_activity a where a.application_name = d.datname)
          """)
        {
          try connection.script("drop database if exists \(try old.text(0)) with (force)")
        }
        try connection.script(
          "create database \(name) owner equipoise_owner encoding 'UTF8' template template0")
        return (
          try SchemaDescription.lines(on: connection, wholly: true),
          try SchemaDescription.unlawfulLogins(on: connection) + CatalogRights.open(on: connection)
        )
      }
      let meant = try await meant(name)
      try await pool.withConnection(.ordinary, deadline: .seconds(60)) { connection in
        try connection.script("drop database \(name) with (force)")
      }
      await pool.close()
      return Set(meant).subtracting(found).sorted().map {
        SchemaDifference(isMissing: true, thing: $0)
      }
        + (Set(found).subtracting(meant).sorted() + logins).map {
          SchemaDifference(isMissing: false, thing: $0)
        }
    } catch {
      _ = try? await pool.withConnection(.ordinary, deadline: .seconds(60)) { connection in
        try connection.script("drop database if exists \(name) with (force)")
      }
      await pool.close()
      throw error
    }
  }

  private func meant(_ name: String) async throws -> [String] {
    let other = superuser.with("dbname", name)
    _ = try await Migrator(other.with("user", Login.owner)).migrate()
    let pool = Pool(configuration: other, size: 1, reserve: 0, name: "schema")
    do {
      let lines = try await pool.withConnection(.ordinary, deadline: .seconds(60)) { connection in
        try SchemaDescription.lines(on: connection, wholly: true)
      }
      await pool.close()
      return lines
    } catch {
      await pool.close()
      throw error
    }
  }
}
