internal import Postgres

/// What every rival is asked to do.
enum Workload: String, CaseIterable {
  case select
  case insert
  case six

  static let accounts = 100_000
  static let counters = 300

  var title: String {
    switch self {
    case .select: "select of one row"
    case .insert: "insert with commit"
    case .six: "transaction of six statements"
    }
  }

  /// The tables that every unit adds one row to.
  var tables: [String] {
    switch self {
    case .select: []
    case .insert: ["bench_entries"]
    case .six: ["bench_draws", "bench_audit"]
    }
  }

  static let schema = """
    drop table if exists bench_accounts, bench_entries, bench_counters, bench_draws, bench_audit,
      bench_copy;
    create table bench_accounts (id bigint primary key, balance bigint not null);
    create table bench_entries (id bigserial primary key, account bigint not null, note text);
    create table bench_counters (id bigint primary key, counter bigint not null);
    create table bench_draws (id bigserial primary key, counter bigint, account bigint);
    create table bench_audit (id bigserial primary key, account bigint, note text);
    create table bench_copy as
      select n as id, n % 7 as site, repeat('x', 40) as note, clock_timestamp() as entered
        from generate_series(1, 1000000) n;
    insert into bench_accounts select n, n from generate_series(1, \(accounts)) n;
    insert into bench_counters select n, 0 from generate_series(1, \(counters)) n;
    vacuum analyze;
    """

  /// The same statements in pgbench's language.
  var pgbenchScript: String {
    let choose = """
      \\set account random(1, \(Self.accounts))
      \\set counter random(1, \(Self.counters))

      """
    switch self {
    case .select: return choose + "select balance from bench_accounts where id = :account;\n"
    case .insert:
      return choose + "insert into bench_entries (account, note) values (:account, 'benchmark');\n"
    case .six:
      return choose + """
        begin;
        select counter from bench_counters where id = :counter for update;
        insert into bench_draws (counter, account) values (:counter, :account);
        insert into bench_audit (account, note) values (:account, 'benchmark');
        update bench_counters set counter = counter + 1 where id = :counter;
        commit;

        """
    }
  }

  /// One unit through the bridge, statement by statement as the others do it.
  func perform(_ connection: Connection, account: Int64, counter: Int64) throws {
    switch self {
    case .select:
      let rows = try connection.execute(
        "select balance from bench_accounts where id = $1", .int(account))
      guard rows.count == 1, try rows[0].get(0, as: Int64.self) == account else {
        throw BenchmarkFailure.wrongRow
      }
    case .insert:
      try connection.execute(
        "insert into bench_entries (account, note) values ($1, $2)", .int(account),
        .text("benchmark"))
    case .six:
      try connection.begin()
      try connection.execute(
        "select counter from bench_counters where id = $1 for update", .int(counter))
      try connection.execute(
        "insert into bench_draws (counter, account) values ($1, $2)", .int(counter), .int(account))
      try connection.execute(
        "insert into bench_audit (account, note) values ($1, $2)", .int(account),
        .text("benchmark"))
      try connection.execute(
        "update bench_counters set counter = counter + 1 where id = $1", .int(counter))
      try connection.commit()
    }
  }

  /// One unit through the bridge as the product sends it.
  func perform(on pool: Pool, account: Int64, counter: Int64) async throws {
    switch self {
    case .select:
      let rows = try await pool.read(
        "select balance from bench_accounts where id = $1", .int(account))
      guard rows.count == 1, try rows[0].get(0, as: Int64.self) == account else {
        throw BenchmarkFailure.wrongRow
      }
    case .insert:
      try await pool.execute(
        "insert into bench_entries (account, note) values ($1, $2)", .int(account),
        .text("benchmark"))
    case .six:
      try await pool.transaction([
        Query("select counter from bench_counters where id = $1 for update", .int(counter))
      ]) { connection, rows in
        guard rows[0].count == 1 else { throw BenchmarkFailure.wrongRow }
        return .commit(
          [
            Query(
              "insert into bench_draws (counter, account) values ($1, $2)", .int(counter),
              .int(account)),
            Query(
              "insert into bench_audit (account, note) values ($1, $2)", .int(account),
              .text("benchmark")),
            Query("update bench_counters set counter = counter + 1 where id = $1", .int(counter)),
          ], ())
      }
    }
  }

  /// The transaction of six statements in the same two pipelines as the bridge sends it.
  var pipelinedPgbenchScript: String {
    pgbenchScript
      .replacing("begin;", with: "\\startpipeline\nbegin;")
      .replacing("for update;", with: "for update;\n\\endpipeline\n\\startpipeline")
      .replacing("commit;", with: "commit;\n\\endpipeline")
  }
}
