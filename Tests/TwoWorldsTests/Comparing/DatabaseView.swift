import Foundation
import Postgres
import Store
import StudyModel

/// What a holder of one of the product's logins reads without the product between.
enum DatabaseView {
  /// Everything readable, by relation; how rows lie depends on which connection wrote them, so they
  /// are put in order.
  static func rows(
    _ connection: Connection, schemas: String = "not in ('information_schema', 'two_worlds')"
  ) throws -> [String: [String]] {
    let relations = try connection.execute(
      Statement(
        text: """
          select c.oid::regclass::text, string_agg(format('%I', a.attname), ', ' order by a.attnum)
            from pg_class c join pg_namespace n on n.oid = c.relnamespace
            join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
           where c.relkind in ('r', 'v', 'm', 'p') and n.nspname \(schemas)
             and n.nspname not like 'pg\\_%' and has_schema_privilege(n.oid, 'usage')
             and has_column_privilege(c.oid, a.attnum, 'select')
           group by c.oid order by 1
          """))
    var found: [String: [String]] = [:]
    for index in 0..<relations.count {
      let name: String = try relations[index].get(0)
      let columns: String = try relations[index].get(1)
      found[name] = try connection.execute(
        Statement(text: "select row(\(columns))::text from \(name) order by 1")
      ).map { row throws(DatabaseError) in try row.get(0) }
    }
    return found
  }

  /// The catalogs: objects and their definitions.
  ///
  /// What the planner and the statistics know of contents is closed to the logins.
  private static let catalogs = [
    "objects": """
    select c.oid::regclass || ' ' || c.relkind::text || ' ' || c.relnatts from pg_class c
      join pg_namespace n on n.oid = c.relnamespace where n.nspname not in ('two_worlds', 'pg_toast')
     order by c.oid
    """,
    "columns": """
    select attrelid::regclass || ' ' || attname || ' ' || coalesce(pg_get_expr(adbin, adrelid), '')
      from pg_attribute left join pg_attrdef on adrelid = attrelid and adnum = attnum
     where attrelid >= 16384 and attrelid::regclass::text !~ '^(pg_toast|two_worlds)[.]' order by attrelid, attnum
    """,
    "functions": "select oid::regprocedure || ' ' || md5(prosrc) from pg_proc order by oid",
    "constraints":
      "select conname || ' ' || pg_get_constraintdef(oid) from pg_constraint order by oid",
    "policies": "select p::text from pg_policies p order by 1",
    "triggers": "select pg_get_triggerdef(oid) from pg_trigger order by oid",
    "indexes": "select indexdef from pg_indexes order by schemaname, tablename, indexname",
    "sequences":
      "select schemaname || '.' || sequencename || ' ' || coalesce(last_value, 0) from pg_sequences where schemaname <> 'two_worlds' order by 1",
    "comments":
      "select classoid || ' ' || objoid || ' ' || objsubid || ' ' || description from pg_description order by classoid, objoid, objsubid",
  ]

  static func catalogs(_ connection: Connection) throws -> [String: [String]] {
    try catalogs.mapValues { text in
      try connection.execute(Statement(text: text)).map { row throws(DatabaseError) in
        try row.get(0)
      }
    }
  }

  /// What the login's functions answer that take a participant or nothing, by name.
  static func functions(_ connection: Connection, _ participants: [String]) throws
    -> [String: [String]]
  {
    let callable = try connection.execute(
      Statement(
        text: """
          select p.oid::regproc::text, p.pronargs::bigint from pg_proc p
            join pg_namespace n on n.oid = p.pronamespace
           where n.nspname not like 'pg\\_%' and n.nspname not in ('information_schema', 'two_worlds')
             and p.prokind = 'f' and p.provolatile <> 'v' and p.prorettype <> 'trigger'::regtype
             and has_schema_privilege(n.oid, 'usage') and has_function_privilege(p.oid, 'execute')
             and (p.pronargs = 0 or p.pronargs = 1 and p.proargtypes[0] = 'text'::regtype)
           order by 1
          """))
    var found: [String: [String]] = [:]
    for index in 0..<callable.count {
      let name: String = try callable[index].get(0)
      let count: Int64 = try callable[index].get(1)
      for argument in count == 0 ? [""] : participants.map({ "'\($0)'" }) {
        let rows = try? connection.execute(
          Statement(text: "select v::text from \(name)(\(argument)) v"))
        found["\(name)(\(argument))"] =
          try rows?.map { row throws(DatabaseError) in try row.get(0) as String? ?? "null" } ?? []
      }
    }
    return found
  }

  /// The login a person's requests run on.
  static func login(of person: Person, _ definition: StudyDefinition) -> Login? {
    definition.roles.first { $0.id.text == person.role }.flatMap(Login.init(for:))
  }

  /// Everything by which holders of the blinded logins could tell two worlds apart.
  static func differences(_ pair: Pair, for people: [Person]) throws -> [Difference] {
    var found: [Difference] = []
    let participants = pair.stories.arms[0].keys.sorted()
    for person in people {
      guard let login = login(of: person, pair.one.definition) else { continue }
      let sides = try [pair.one, pair.two].map { world in
        let connection = try world.direct(login.rawValue, as: person)
        defer { connection.close() }
        return try rows(connection)
          .merging(catalogs(connection)) { one, _ in one }
          .merging(functions(connection, participants)) { one, _ in one }
      }
      found += differences(sides[0], sides[1], who: "\(login.rawValue) as \(person.name)")
    }
    return found
  }

  /// What the classes open to blinded people hold.
  static func stateDifferences(_ pair: Pair) throws -> [Difference] {
    let sides = try [pair.one, pair.two].map { world in
      let connection = try world.direct()
      defer { connection.close() }
      return try rows(connection, schemas: "in ('open', 'outcome')")
    }
    return differences(sides[0], sides[1], who: "classes open and outcome")
  }

  static func differences(
    _ one: [String: [String]], _ two: [String: [String]], who: String
  ) -> [Difference] {
    Set(one.keys).union(two.keys).sorted().compactMap { place in
      let (first, second) = (one[place] ?? ["none"], two[place] ?? ["none"])
      guard first != second else { return nil }
      let at = zip(first, second).prefix { $0 == $1 }.count
      func row(_ lines: [String]) -> String {
        lines.indices.contains(at) ? lines[at] : "no more rows"
      }
      // The beginning, and where it is another one.
      let same = zip(row(first), row(second)).prefix { $0 == $1 }.count
      func line(_ lines: [String]) -> String {
        let (beginning, rest) = (row(lines).prefix(150), row(lines).dropFirst(max(150, same - 40)))
        return "\(beginning) … \(rest.prefix(200))"
      }
      return Difference(
        who: who, place: place,
        what: "row \(at) of \(first.count) and \(second.count): \(line(first)) | \(line(second))")
    }
  }
}
