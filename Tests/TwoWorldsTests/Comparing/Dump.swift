import Foundation
import Postgres
import PostgresTestServer

/// A dump of a database, as a thief of a backup holds it.
enum Dump {
  /// What may differ between worlds that differ in seeds alone, and why.
  enum Secret {
    /// A box under a key that is not in the database: of equal lengths, and random otherwise.
    case sealed
    /// A commitment of the ledger, or what carries one.
    case commitment
    /// An instant of the host's clock, which no simulated trial sets.
    case wallClock
  }

  static func secret(_ table: String, _ column: String, _ type: String) -> Secret? {
    if column.hasSuffix("box") { return .sealed }
    let isTimed = table.hasPrefix("access.") || table == "sealed.simulations"
    if isTimed, type.hasPrefix("timestamp") { return .wallClock }
    if seals.contains(where: { table == "\($0).seals" || table == "\($0).seal_heads" }),
      ["digest", "hash", "head", "proof"].contains(column)
    {
      return .commitment
    }
    return commitments.contains("\(table).\(column)") ? .commitment : nil
  }

  private static let commitments: Set<String> = [
    "allocation.ledger_entries.entry", "allocation.ledger_entries.leaf", "allocation.heads.head",
    "allocation.heads.signature", "allocation.ledgers.last_leaf", "access.replies.body",
    // The audit of a ledger check says how many milliseconds it took.
    "allocation.audit.hash", "allocation.audit.proof", "allocation.audit.reason_digest",
    "allocation.audit.new_digest",
    "allocation.audit_heads.head",
  ]

  /// Classes whose seals are digests of rows with boxes, or with instants of the host's clock.
  private static let seals = ["allocation", "sealed", "identity", "access"]

  /// Every row of every table, secrets replaced by their lengths.
  static func rows(_ world: World) throws -> [String: [String]] {
    let connection = try world.direct()
    defer { connection.close() }
    let columns = try connection.execute(
      Statement(
        text: """
          select c.oid::regclass::text, a.attname::text, format_type(a.atttypid, null)
            from pg_class c join pg_namespace n on n.oid = c.relnamespace
            join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
           where c.relkind = 'r' and n.nspname in
             ('access', 'open', 'outcome', 'treatment', 'allocation', 'sealed', 'identity')
           order by 1, a.attnum
          """))
    var shown: [String: [String]] = [:]
    for index in 0..<columns.count {
      let table: String = try columns[index].get(0)
      let column: String = try columns[index].get(1)
      let type: String = try columns[index].get(2)
      let text =
        switch secret(table, column, type) {
        case .sealed, .commitment: "length(\(column)::text)::text"
        case .wallClock: "(\(column) is null)::text"
        case nil:
          table == "allocation.audit"
            ? "regexp_replace(\(column)::text, '[0-9]+ ms', 'ms')" : "\(column)::text"
        }
      shown[table, default: []].append(text)
    }
    return try Dictionary(
      uniqueKeysWithValues: shown.map { table, columns in
        let rows = try connection.execute(
          Statement(
            text: "select row(\(columns.joined(separator: ", ")))::text from \(table) order by 1"))
        return (table, try rows.map { row throws(DatabaseError) in try row.get(0) as String })
      })
  }

  /// The lines pg_dump writes of some schemas, in order, without its own tokens.
  static func text(_ database: TestDatabase, schemas: [String]) throws -> [String] {
    let process = Process()
    let pipe = Pipe()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments =
      [
        "pg_dump", "--host", try Template.server.get().directory, "--port", "5432", "--username",
        "equipoise", "--data-only",
      ] + schemas.map { "--schema=\($0)" } + [database.name]
    process.standardOutput = pipe
    process.standardError = FileHandle.nullDevice
    try process.run()
    let data = pipe.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    return String(decoding: data, as: UTF8.self).split(separator: "\n").map(String.init)
      .filter { !$0.hasPrefix("\\restrict") && !$0.hasPrefix("\\unrestrict") }.sorted()
  }
}
