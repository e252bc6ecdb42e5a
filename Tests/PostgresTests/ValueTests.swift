import Postgres
import PostgresTestServer
import Testing

/// The oracle is the server: what it reads from our bytes is compared as its own text.
@Suite struct ValueTests {
  private func ask<Value: ColumnDecodable & Equatable>(
    _ connection: Connection, _ value: SQLValue, _ type: String, _ expected: Value, _ text: String
  ) throws {
    let rows = try connection.execute(
      Statement(text: "select $1::\(type), ($1::\(type))::text"), value)
    #expect(try rows[0].get(0, as: Value.self) == expected)
    #expect(try rows[0].get(1, as: String.self) == text)
  }

  private func connect() throws -> Connection {
    try Connection(configuration: PostgresTestServer.shared().configuration())
  }

  @Test func `whole numbers keep their extremes`() throws {
    let connection = try connect()
    for value in [Int64.min, -1, 0, 1, .max] {
      try ask(connection, .int(value), "bigint", value, "\(value)")
    }
    for value in [Int64(Int32.min), 0, Int64(Int32.max)] {
      try ask(connection, .int(value), "integer", value, "\(value)")
    }
    for value in [-32768, 32767] {
      try ask(connection, .int(Int64(value)), "smallint", value, "\(value)")
    }
    #expect(
      try connection.execute("select 4294967295::oid")[0].get(0, as: Int64.self) == 4_294_967_295)
  }

  @Test func `decimals are exact in every digit and keep their scale`() throws {
    let connection = try connect()
    let long = String(repeating: "9", count: 1000) + "." + String(repeating: "1", count: 1000)
    let cases = [
      "0", "0.0", "0.00000000000000000001", "1", "10", "100", "1000", "10000", "100000000",
      "9999", "-9999.9999", "12345678901234567890.123456789", "0.0001", "0.00010", "10000.0001",
      "-0.5", "1.10", "123.4500", "100000000000000000000000000000000.00", long, "-" + long,
      "1" + String(repeating: "0", count: 131_071),
      "0." + String(repeating: "0", count: 16_382) + "1",
    ]
    for text in cases {
      let value = try #require(DecimalText(parsing: text))
      try ask(connection, .decimal(value), "numeric", value, text)
    }
  }

  @Test func `ten thousand random decimals come back as the server prints them`() throws {
    let connection = try connect()
    var generator = SplitMix(seed: 20_261)
    for _ in 0..<100 {
      let texts = (0..<100).map { _ in randomDecimal(&generator) }
      let rows = try connection.execute(
        "select x::numeric, x::numeric::text from unnest($1::text[]) with ordinality u(x, n) order by n",
        .textArray(texts))
      #expect(rows.count == texts.count)
      for (row, text) in zip(rows, texts) {
        let decoded = try row.get(0, as: DecimalText.self)
        #expect(decoded.text == (try row.get(1, as: String.self)), "seed 20261")
        #expect(DecimalText(parsing: text) == decoded, "seed 20261")
      }
    }
  }

  private func randomDecimal(_ generator: inout SplitMix) -> String {
    func digits(_ count: Int) -> String {
      String((0..<count).map { _ in Character("\(generator.next() % 10)") })
    }
    // Runs of zeros meet the groups that the server leaves out.
    let whole =
      digits(Int(generator.next() % 20)) + String(repeating: "0", count: Int(generator.next() % 9))
    let fraction =
      String(repeating: "0", count: Int(generator.next() % 9)) + digits(Int(generator.next() % 20))
    let sign = generator.next() % 2 == 0 ? "-" : ""
    return sign + (whole.isEmpty ? "0" : whole) + (fraction.isEmpty ? "" : "." + fraction)
  }

  @Test func `what is no decimal is not taken for one`() {
    for text in ["", "-", ".", "1e5", " 1", "1 ", "1,5", "NaN", "0x1", "--1", "1.2.3", "١"] {
      #expect(DecimalText(parsing: text) == nil)
    }
    #expect(DecimalText(parsing: "-007.50")?.text == "-7.50")
    #expect(DecimalText(parsing: "+.5")?.text == "0.5")
    #expect(DecimalText(parsing: "-0.0")?.text == "0.0")
  }

  @Test func `decimals that are no number are refused by column`() throws {
    let connection = try connect()
    for text in ["NaN", "Infinity", "-Infinity"] {
      let row = try connection.execute("select $1::text::numeric as dose", .text(text))[0]
      #expect(
        refusal { _ = try row.get(0, as: DecimalText.self) } == .unrepresentable(column: "dose"))
    }
  }

  @Test func `instants are exact to the microsecond from the first year to the last`() throws {
    let connection = try connect()
    let cases: [(Int64, String)] = [
      (0, "1970-01-01 00:00:00+00"), (-1, "1969-12-31 23:59:59.999999+00"),
      (946_684_800_000_000, "2000-01-01 00:00:00+00"),
      (1_772_323_200_123_456, "2026-03-01 00:00:00.123456+00"),
      (-210_866_803_200_000_000, "4714-11-24 00:00:00+00 BC"),
    ]
    for (value, text) in cases {
      let instant = Instant(microsecondsSince1970: value)
      try ask(connection, .instant(instant), "timestamptz", instant, text)
    }
    // The last year of the server lies beyond what 64 bits can count from 1970.
    let last = try connection.execute("select timestamptz '294276-12-31 23:59:59.999999+00'")[0]
    #expect(
      refusal { _ = try last.get(0, as: Instant.self) } == .unrepresentable(column: "timestamptz"))
    let far = Instant(microsecondsSince1970: .max)
    try ask(connection, .instant(far), "timestamptz", far, "294247-01-10 04:00:54.775807+00")
    for value: Int64 in [.min, .min + 1] {
      let instant = Instant(microsecondsSince1970: value)
      #expect(
        refusal { try connection.execute("select $1", .instant(instant)) }
          == .parameterOutOfRange(1))
    }
    let row = try connection.execute("select timestamptz 'infinity' as seen")[0]
    #expect(refusal { _ = try row.get(0, as: Instant.self) } == .unrepresentable(column: "seen"))
  }

  @Test func `days are exact from the first year to the last`() throws {
    let connection = try connect()
    for (value, text) in [
      (0, "1970-01-01"), (-1, "1969-12-31"), (20_513, "2026-03-01"), (11_016, "2000-02-29"),
      (-2_440_588, "4714-11-24 BC"), (2_145_042_905, "5874897-12-31"),
    ] {
      let day = CalendarDay(daysSince1970: value)
      try ask(connection, .day(day), "date", day, text)
    }
    #expect(
      refusal { try connection.execute("select $1", .day(CalendarDay(daysSince1970: .max))) }
        == .parameterOutOfRange(1))
    #expect(
      refusal { try connection.execute("select $1", .day(CalendarDay(daysSince1970: .min))) }
        == .parameterOutOfRange(1))
  }

  @Test func `text keeps every character the database can hold`() throws {
    let connection = try connect()
    let long = String(repeating: "Žlutý kůň 馬 🐎 ", count: 50_000)
    for text in [
      "", "a", "'\"\\%$1;--", "é", "e\u{301}", "\u{1}\u{7F}\u{FFFD}\u{10FFFF}", "\r\n\t", long,
    ] {
      try ask(connection, .text(text), "text", text, text)
    }
    #expect(
      refusal { try connection.execute("select $1", .text("a\0b")) }?.state
        == .characterNotInRepertoire)
    #expect(
      try connection.execute("select $1::text", .text("still usable"))[0].get(0) == "still usable")
  }

  @Test func `bytes keep all 256 values and any length`() throws {
    let connection = try connect()
    let all = (0...255).map { UInt8($0) }
    for bytes in [[], [0], all, Array(repeating: 0, count: 5_000_000)] {
      let row = try connection.execute(
        "select $1::bytea, length($1), md5($1) = md5($2)", .bytes(bytes), .bytes(bytes))[0]
      #expect(try row.get(0, as: [UInt8].self) == bytes)
      #expect(try row.get(1, as: Int.self) == bytes.count)
      #expect(try row.get(2, as: Bool.self))
    }
  }

  @Test func `truth values, JSON, identifiers and names are themselves`() throws {
    let connection = try connect()
    try ask(connection, .bool(true), "boolean", true, "true")
    try ask(connection, .bool(false), "boolean", false, "false")
    let json = #"{"a": [1, null, "ž"], "b": 1.10}"#
    try ask(connection, .json(json), "jsonb", json, json)
    let uuid = try #require(UniqueIdentifier(parsing: "00112233-4455-6677-8899-AaBbCcDdEeFf"))
    try ask(connection, .uuid(uuid), "uuid", uuid, "00112233-4455-6677-8899-aabbccddeeff")
    #expect(uuid.description == "00112233-4455-6677-8899-aabbccddeeff")
    #expect(UniqueIdentifier(parsing: "0011223-34455-6677-8899-aabbccddeeff") == nil)
    #expect(UniqueIdentifier(parsing: "+0112233-4455-6677-8899-aabbccddeeff") == nil)
    try connection.script("create type pg_temp.sex as enum ('male', 'female')")
    let row = try connection.execute(
      "select $1::pg_temp.sex, 'x'::varchar, 'y'::char(3), current_database(), '{\"a\":1}'::json",
      .text("female"))[0]
    let texts = try (0..<5).map { try row.get($0, as: String.self) }
    #expect(texts == ["female", "x", "y  ", "postgres", #"{"a":1}"#])
  }

  @Test func `floating-point numbers keep every bit`() throws {
    let connection = try connect()
    for value in [
      0, -0.0, 0.1, 1 / 3, .leastNonzeroMagnitude, .greatestFiniteMagnitude, .infinity, -.infinity,
    ] {
      let back = try connection.execute("select $1::float8", .double(value))[0].get(
        0, as: Double.self)
      #expect(back.bitPattern == value.bitPattern)
    }
    #expect(try connection.execute("select 'NaN'::float8")[0].get(0, as: Double.self).isNaN)
    #expect(try connection.execute("select 0.5::float4")[0].get(0, as: Double.self) == 0.5)
  }

  @Test func `arrays keep order, emptiness and awkward elements`() throws {
    let connection = try connect()
    let awkward = ["", "NULL", "a,b", "{}", "\"", "\\", "ž"]
    for texts in [[], ["x"], awkward] {
      let row = try connection.execute("select $1::text[], cardinality($1)", .textArray(texts))[0]
      #expect(try row.get(0, as: [String].self) == texts)
      #expect(try row.get(1, as: Int.self) == texts.count)
    }
    for numbers in [[], [Int64.min, 0, .max], Array(0..<100_000)] {
      let row = try connection.execute("select $1::bigint[], cardinality($1)", .intArray(numbers))[
        0]
      #expect(try row.get(0, as: [Int64].self) == numbers)
      #expect(try row.get(1, as: Int.self) == numbers.count)
    }
    let row = try connection.execute(
      "select array[1, null]::bigint[] as a, array[[1],[2]]::int4[] as b, array[3,4]::int4[]")[0]
    #expect(refusal { _ = try row.get("a", as: [Int64].self) } == .unrepresentable(column: "a"))
    #expect(refusal { _ = try row.get("b", as: [Int64].self) } == .unrepresentable(column: "b"))
    #expect(try row.get(2, as: [Int64].self) == [3, 4])
  }

  @Test func `nothing is read as what it is not`() throws {
    let connection = try connect()
    let row = try connection.execute("select 1::bigint as n, null::text as t, 1.5::numeric as d")[0]
    #expect(
      refusal { _ = try row.get("n", as: String.self) }
        == .typeMismatch(column: "n", expected: "text", found: 20))
    #expect(
      refusal { _ = try row.get("d", as: Double.self) }
        == .typeMismatch(column: "d", expected: "double precision", found: 1700))
    #expect(refusal { _ = try row.get("t", as: String.self) } == .unexpectedNull(column: "t"))
    #expect(try row.get("t", as: String?.self) == nil)
    #expect(refusal { _ = try row.get("x", as: Int.self) } == .noSuchColumn("x"))
    #expect(refusal { _ = try row.get(3, as: Int.self) } == .noSuchColumn("3"))
    #expect(refusal { _ = try row.get(-1, as: Int.self) } == .noSuchColumn("-1"))
  }

  @Test func `null fits every type`() throws {
    let connection = try connect()
    let statement: Statement = "select $1::bigint, $2::text, $3::jsonb, $4::bigint[]"
    let full = try connection.execute(statement, .int(1), .text("a"), .json("{}"), .intArray([1]))[
      0]
    #expect(try full.get(0, as: Int?.self) == 1)
    let empty = try connection.execute(statement, .null, .null, .null, .null)[0]
    #expect(try empty.get(0, as: Int?.self) == nil)
    #expect(try empty.get(3, as: [Int64]?.self) == nil)
    let again = try connection.execute(statement, .int(2), .null, .json("[]"), .null)[0]
    #expect(try again.get(0, as: Int?.self) == 2)
    let prepared = try connection.execute(
      "select count(*) from pg_prepared_statements where statement like '%$4::bigint[]%' and statement not like '%pg_prepared%'"
    )[0]
    #expect(try prepared.get(0, as: Int.self) == 1)
  }
}

/// A small generator whose seed is printed with every failure.
struct SplitMix {
  private var state: UInt64
  init(seed: UInt64) { state = seed }
  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }
}
