import Postgres
import PostgresTestServer
import Testing

@Suite struct StatementTests {
  @Test func `a statement is prepared once and its plan is used again`() throws {
    let connection = try Connection(configuration: PostgresTestServer.shared().configuration())
    for value in 0..<5 {
      #expect(
        try connection.execute("select $1::bigint * 2", .int(Int64(value)))[0].get(0, as: Int.self)
          == value * 2)
    }
    let count = try connection.execute(
      "select count(*) from pg_prepared_statements where statement = 'select $1::bigint * 2'")
    #expect(try count[0].get(0, as: Int.self) == 1)
  }

  @Test func `the number of prepared statements is bounded and the latest stay`() throws {
    let connection = try Connection(configuration: PostgresTestServer.shared().configuration())
    for number in 0..<1200 {
      let row = try connection.execute(Statement(text: "select \(number)"))[0]
      #expect(try row.get(0, as: Int.self) == number)
    }
    let row = try connection.execute(
      "select count(*), bool_or(statement = 'select 1199'), bool_or(statement = 'select 3') from pg_prepared_statements"
    )[0]
    #expect(try row.get(0, as: Int.self) <= 512)
    #expect(try row.get(1, as: Bool.self))
    #expect(try !row.get(2, as: Bool.self))
  }

  @Test func `a refusal names its state and constraint and shows no more`() throws {
    let bench = try Bench(
      schema: """
        create table participants (id bigint constraint participants_are_unique primary key,
          age int constraint participants_are_adults check (age >= 18) not null,
          site bigint constraint participants_site references participants)
        """)
    let connection = try Connection(configuration: bench.database.configuration)
    try connection.execute("insert into participants values ($1, 20)", .int(7))
    func fault(_ sql: Statement) -> ServerFault? {
      guard case .server(let fault) = refusal({ try connection.execute(sql) }) else { return nil }
      return fault
    }
    let duplicate = try #require(fault("insert into participants values (7, 30)"))
    #expect(duplicate.sqlState == .uniqueViolation)
    #expect(duplicate.constraint == "participants_are_unique")
    #expect(duplicate.table == "participants")
    #expect(!duplicate.internalMessage.isEmpty)
    #expect(
      fault("insert into participants values (8, 3)")?.constraint == "participants_are_adults")
    #expect(fault("insert into participants values (8, 3)")?.sqlState == .checkViolation)
    #expect(fault("insert into participants values (8, null)")?.sqlState == .notNullViolation)
    #expect(fault("insert into participants values (8, 33, 99)")?.sqlState == .foreignKeyViolation)
    #expect(fault("do $$ begin raise 'secret arm' ; end $$")?.sqlState == .raiseException)
    #expect(fault("select * from nowhere")?.sqlState == .undefinedTable)
    for error in [DatabaseError.server(duplicate)] {
      var dumped = ""
      dump(error, to: &dumped)
      for text in [
        "\(error)", String(reflecting: error), "\(duplicate)", String(reflecting: duplicate),
        dumped,
      ] {
        #expect(!text.contains("participants"))
        #expect(!text.contains(duplicate.internalMessage))
      }
    }
    #expect(!connection.inTransaction)
  }

  @Test func `a changed table does not leave a statement broken`() throws {
    let bench = try Bench(schema: "create table t (a int); insert into t values (1)")
    let connection = try Connection(configuration: bench.database.configuration)
    let all: Statement = "select * from t"
    #expect(try connection.execute(all).columns == ["a"])
    try connection.script("alter table t add b int")
    #expect(try connection.execute(all).columns == ["a", "b"])
    try connection.script("deallocate all")
    #expect(try connection.execute(all).columns == ["a", "b"])
  }

  @Test func `a pipeline answers in order and is all or nothing`() throws {
    let bench = try Bench(schema: "create table t (a bigint primary key)")
    let connection = try Connection(configuration: bench.database.configuration)
    let insert: Statement = "insert into t values ($1)"
    let rows = try connection.pipeline([
      Query(insert, .int(1)), Query("select count(*) from t"), Query(insert, .int(2)),
      Query("select count(*) from t"),
    ])
    #expect(try rows[1][0].get(0, as: Int.self) == 1)
    #expect(try rows[3][0].get(0, as: Int.self) == 2)
    #expect(rows[0].affected == 1)
    let state = refusal {
      try connection.pipeline([
        Query(insert, .int(3)), Query(insert, .int(1)), Query(insert, .int(4)),
      ])
    }?.state
    #expect(state == .uniqueViolation)
    #expect(!connection.inTransaction)
    #expect(try connection.execute("select count(*) from t")[0].get(0, as: Int.self) == 2)
  }

  @Test func `fifty thousand statements in one pipeline do not wait for each other`() throws {
    let bench = try Bench(schema: "create table t (a bigint, b text)")
    let connection = try Connection(configuration: bench.database.configuration)
    let filler = String(repeating: "x", count: 200)
    let rows = try connection.pipeline(
      (0..<50_000).map {
        Query("insert into t values ($1, $2) returning b", .int($0), .text(filler))
      })
    #expect(rows.count == 50_000)
    #expect(rows.allSatisfy { $0.count == 1 })
    #expect(
      try connection.execute("select count(*), sum(a) from t")[0].get(0, as: Int.self) == 50_000)
  }

  @Test func `a value that cannot be stored keeps the whole batch from being sent`() throws {
    let bench = try Bench(schema: "create table t (a timestamptz)")
    let connection = try Connection(configuration: bench.database.configuration)
    let insert: Statement = "insert into t values ($1)"
    let bad = Query(insert, .instant(Instant(microsecondsSince1970: .min)))
    let good = Query(insert, .instant(Instant(microsecondsSince1970: 0)))
    #expect(refusal { try connection.pipeline([good, bad]) } == .parameterOutOfRange(1))
    #expect(try connection.execute("select count(*) from t")[0].get(0, as: Int.self) == 0)
  }

  @Test func `a result too large to hold is refused and the connection stays usable`() throws {
    let connection = try Connection(configuration: PostgresTestServer.shared().configuration())
    let huge: Statement = "select repeat('x', 1000) from generate_series(1, 20000000)"
    #expect(
      refusal { try connection.execute(huge) }
        == .resultTooLarge(limitBytes: Connection.maximumResultBytes))
    #expect(try connection.execute("select 1")[0].get(0, as: Int.self) == 1)
  }

  @Test func `a script runs several statements or none`() throws {
    let bench = try Bench()
    let connection = try Connection(configuration: bench.database.configuration)
    try connection.script("create table a (x int); create table b (x int);")
    #expect(
      refusal { try connection.script("create table c (x int); select 1/0") }?.state == "22012")
    #expect(refusal { try connection.execute("select * from c") }?.state == .undefinedTable)
  }
}
