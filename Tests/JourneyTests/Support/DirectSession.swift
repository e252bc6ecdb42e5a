import Conduct
import Postgres
import PostgresTestServer
import Store

/// A session of the database without the product between: as somebody would have who holds a login.
struct DirectSession {
  let connection: Connection

  /// Runs statements; gives the state with which the database refused, nil when it did not.
  func refusal(of sql: String) -> String? {
    do {
      try connection.script(sql)
      return nil
    } catch {
      guard case .server(let fault) = error else { return "\(error)" }
      return fault.sqlState.rawValue
    }
  }

  /// The first value of the first row as text.
  func text(_ sql: String) throws -> String {
    try connection.execute(Statement(text: sql)).first?.get(0) ?? ""
  }

  /// Every row of a query of one text column, a line each.
  func lines(_ sql: String) throws -> [String] {
    try connection.execute(Statement(text: sql)).map { row throws(DatabaseError) in
      try row.get(0)
    }
  }

  func run(_ sql: String) throws { try connection.script(sql) }
}

extension ReferenceTrial {
  /// A direct session of a login with the context of a request; of the superuser when none is named.
  func direct(
    _ login: String? = nil, role: String = "", sites: String = "*", actor: Int64 = 1
  ) throws -> DirectSession {
    let configuration = login.map { database.configuration.with("user", $0) }
    let connection = try Connection(configuration: configuration ?? database.configuration)
    try connection.script(
      """
      select set_config('eq.trial', '\(trial.id)', false), set_config('eq.actor', '\(actor)', false),
             set_config('eq.role', '\(role)', false), set_config('eq.sites', '\(sites)', false)
      """)
    return DirectSession(connection: connection)
  }

  /// Everything a randomization would change, as text.
  func consumed() throws -> String {
    try direct().text(
      """
      select jsonb_pretty(jsonb_build_object(
        'ledger', (select to_jsonb(l) from allocation.ledgers l),
        'entries', (select count(*) from allocation.ledger_entries),
        'heads', (select count(*) from allocation.heads),
        'allocations', (select count(*) from allocation.allocations),
        'positions', (select max(a.seq) from allocation.allocations a),
        'participants', (select jsonb_agg(to_jsonb(p) order by p.participant) from open.participants p),
        'sites', (select jsonb_agg(to_jsonb(s) order by s.site_key) from open.sites s),
        'replies', (select jsonb_agg(to_jsonb(r) order by r.request_key) from access.replies r),
        'audit', (select to_jsonb(h) from open.audit_heads h)))
      """)
  }
}

/// What an act was refused with, nil when it was done.
func refusal<Value>(_ act: () async throws -> Value) async -> ActRefusal? {
  do {
    _ = try await act()
    return nil
  } catch {
    return error as? ActRefusal
  }
}

/// The fields a refusal names; none when it was not refused for its values.
func fields(of refusal: ActRefusal?) -> [String] {
  guard case .invalid(let faults)? = refusal else { return [] }
  return faults.map { $0.field ?? "" }
}
