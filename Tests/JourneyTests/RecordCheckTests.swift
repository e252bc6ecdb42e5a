import Foundation
import Postgres
import PostgresTestServer
import Randomization
import Simulation
import StudyModel
import Synchronization
import Testing

@testable import Conduct
@testable import Store

/// Heads a witness keeps in memory.
final class WitnessInMemory: HeadWitness {
  let keepsEveryAllocation = false
  private let kept = Mutex<[String: [SignedHead]]>([:])

  func keep(_ signedHead: [UInt8], of trial: String) {
    guard let heads = SignedHead.heads(in: signedHead + [0x0A]) else { return }
    kept.withLock { $0[trial, default: []] += heads }
  }

  /// The heads over ledgers.
  var ofLedgers: [WitnessedHeads] {
    kept.withLock { kept in
      kept.filter { $0.key.split(separator: ".").count < 3 }
        .map { WitnessedHeads(name: $0.key, heads: $0.value) }
    }
  }

  /// The heads over chains of the record.
  var ofRecord: [WitnessedHeads] {
    kept.withLock { kept in
      kept.filter { $0.key.split(separator: ".").count >= 3 }
        .map { WitnessedHeads(name: $0.key, heads: $0.value) }
    }
  }
}

/// A whole simulated trial, conducted once; each test tampers in a transaction that is rolled back.
struct RecordedTrial: Sendable {
  let database: TestDatabase
  let witness: WitnessInMemory
  let key: [UInt8]

  static let made = Task { try await make() }

  private static func make() async throws -> RecordedTrial {
    let database = try JourneyServer.emptyDatabase()
    _ = try await JourneyServer.migrator(of: database).migrate()
    var installation = try JourneyServer.installation(on: database)
    let witness = WitnessInMemory()
    installation.witness = witness
    try await KeyStore(
      database.configuration.proving(with: JourneyServer.writeKey).with("user", Login.owner)
    ).adoptRecord()
    let demo = try await DemoTrial.prepare(installation, participants: 36, sites: 1, seed: 11)
    try await installation.signRecord()
    _ = try await demo.conduct { _ in }
    try await installation.signRecord()
    let key = try #require(installation.recordPublicKey)
    await installation.store.close()
    return RecordedTrial(database: database, witness: witness, key: key)
  }

  /// Gives a superuser's connection; nothing of it is kept.
  ///
  /// - Parameter silencing: whether no trigger counts for it.
  static func tampering(
    silencing: Bool = true, _ body: (RecordedTrial, RecordReader) throws -> Void
  ) async throws {
    let made = try await made.value
    let connection = try Connection(configuration: made.database.configuration)
    try connection.script(
      "set timezone = 'UTC'; set bytea_output = 'hex';" + RecordReader.comparisons
        + Tamper.functions)
    try connection.script(
      "begin" + (silencing ? "; set local session_replication_role = replica" : ""))
    defer { try? connection.script("rollback") }
    try body(made, RecordReader(connection: connection))
  }

  func findings(_ reader: RecordReader, witnessed: Bool = true) throws -> [RecordFinding] {
    var check = try RecordCheck(
      reader, trusted: key, writeKey: JourneyServer.writeKey,
      witnesses: witnessed ? witness.ofRecord : [])
    return try check.run().findings
  }
}

/// What somebody with all rights does to any table, whatever its columns are.
enum Tamper {
  /// Each gives whether it could do it; checks and unique rules of the table are dropped first.
  static let functions = """
    create function pg_temp.loosen(p regclass) returns void language plpgsql as $$
    declare c record; begin
      for c in select conname from pg_constraint where conrelid = p and contype in ('c', 'u') loop
        execute format('alter table %s drop constraint %I', p, c.conname);
      end loop;
      for c in select indexrelid::regclass::text as name from pg_index
          where indrelid = p and indisunique and not indisprimary loop
        execute format('drop index %s', c.name);
      end loop;
    end $$;
    create function pg_temp.other(p_type text, p jsonb) returns jsonb language sql as $$
      select case
        when p_type in ('integer', 'bigint') then to_jsonb(coalesce((p #>> '{}')::bigint, 0) + 1000003)
        when p_type in ('xid', 'xid8') then to_jsonb((coalesce(nullif(p #>> '{}', '')::bigint, 3) + 1)::text)
        when p_type = 'boolean' then to_jsonb(not coalesce((p #>> '{}')::boolean, false))
        when p_type = 'timestamp with time zone' then to_jsonb(coalesce((p #>> '{}')::timestamptz, now()) + interval '1 day')
        when p_type = 'date' then to_jsonb(coalesce((p #>> '{}')::date, current_date) + 1)
        when p_type = 'bytea' then to_jsonb('\\x' || encode(sha256(convert_to(coalesce(p #>> '{}', ''), 'UTF8')), 'hex'))
        when p_type = 'jsonb' then jsonb_build_object('x', p)
        when p_type = 'uuid' then to_jsonb(gen_random_uuid()::text)
        when p_type = 'text[]' then coalesce(nullif(p, 'null'), '[]') || '["x"]'
        else to_jsonb(coalesce(p #>> '{}', '') || 'x') end
    $$;
    create function pg_temp.change_row(p regclass, p_column text) returns bigint language plpgsql as $$
    declare n bigint; t text; begin
      perform pg_temp.loosen(p);
      select format_type(atttypid, null) into t from pg_attribute where attrelid = p and attname = p_column;
      execute format('update %1$s x set %2$I = (jsonb_populate_record(x, jsonb_build_object(%2$L,
        pg_temp.other(%3$L, to_jsonb(x) -> %2$L)))).%2$I where x.ctid = (select y.ctid from %1$s y limit 1)', p, p_column, t);
      get diagnostics n = row_count; return n;
    end $$;
    create function pg_temp.add_row(p regclass) returns bigint language plpgsql as $$
    declare r jsonb := '{}'; a record; n bigint; begin
      perform pg_temp.loosen(p);
      execute format('select to_jsonb(x) from %s x limit 1', p) into r;
      r := coalesce(r, '{}');
      for a in select attname, format_type(atttypid, null) as t, attnum = any (coalesce((select i.indkey::smallint[]
          from pg_index i where i.indrelid = p and i.indisprimary), array[]::smallint[])) as is_key, attnotnull
          from pg_attribute where attrelid = p and attnum > 0 and not attisdropped loop
        if a.attname = 'trial_id' and r ? 'trial_id' and (select i.indnatts > 1 from pg_index i
          where i.indrelid = p and i.indisprimary) then continue; end if;
        if a.is_key or (a.attnotnull and not r ? a.attname) then
          r := r || jsonb_build_object(a.attname, pg_temp.other(a.t, r -> a.attname));
        end if;
      end loop;
      -- What the database computes itself is not written.
      execute (select format('insert into %1$s (%2$s) overriding system value select %3$s
          from jsonb_populate_record(null::%1$s, $1) x', p, string_agg(quote_ident(attname), ', ' order by attnum),
          string_agg('x.' || quote_ident(attname), ', ' order by attnum))
        from pg_attribute where attrelid = p and attnum > 0 and not attisdropped and attgenerated = '') using r;
      get diagnostics n = row_count; return n;
    end $$;
    create function pg_temp.seal_rows(p_class text, p_table text, p_left text[]) returns void language plpgsql as $$
    declare r jsonb; v_key text[]; begin
      select array_agg(a.attname::text) into v_key from pg_index i join pg_attribute a
          on a.attrelid = i.indrelid and a.attnum = any (i.indkey::smallint[])
       where i.indrelid = format('%I.%I', p_class, p_table)::regclass and i.indisprimary;
      execute format('select to_jsonb(x) from %I.%I x', p_class, p_table) into strict r;
      execute format('select %I.add_seal($1, $2, $3, $4, $5)', p_class) using p_table,
        (select jsonb_object_agg(k, r -> k) from unnest(v_key) k), (select count(*)::integer from jsonb_object_keys(r)),
        sha256(convert_to((r - p_left)::text, 'UTF8')), coalesce((r ->> 'trial_id')::integer, 0);
    end $$;
    """
}

/// One after the other: each changes tables of the same database, and waits for nobody in a circle.
@Suite(.serialized) struct TamperingTests {}

extension TamperingTests {
  @Suite(.serialized) struct RecordTableTests {
    @Test func `every table of the database is sealed, chained, or left out for a stated reason`()
      async throws
    {
      try await RecordedTrial.tampering { _, reader in
        let found = try reader.connection.execute(
          """
          select n.nspname || '.' || c.relname,
                 exists (select from pg_trigger t where t.tgrelid = c.oid and t.tgname = 'rows_sealed')
            from pg_class c join pg_namespace n on n.oid = c.relnamespace
           where c.relkind in ('r', 'p') and n.nspname !~ '^(pg_|information_schema)' and n.nspname <> 'public'
           order by 1
          """)
        var names: Set<String> = []
        var sealed: Set<String> = []
        for row in found {
          let name: String = try row.get(0)
          names.insert(name)
          if try row.get(1) as Bool { sealed.insert(name) }
        }
        let listed = RecordTable.all.map { "\($0.schema.rawValue).\($0.name)" }
        #expect(Set(listed) == names, "\(Set(listed).symmetricDifference(names).sorted())")
        #expect(Set(listed).count == listed.count)
        let meant = RecordTable.all.filter { table in
          if case .sealed = table.kind { true } else { false }
        }.map { "\($0.schema.rawValue).\($0.name)" }
        #expect(Set(meant) == sealed, "\(Set(meant).symmetricDifference(sealed).sorted())")
      }
    }

    static let sealedTables = RecordTable.all.filter { table in
      if case .sealed = table.kind { true } else { false }
    }

    @Test func `a row changed, removed or added in any table, and a table emptied, is named`()
      async throws
    {
      var changed = 0
      try await RecordedTrial.tampering { _, reader in
        for table in Self.sealedTables {
          let name = "\(table.schema.rawValue).\(table.name)"
          func after(_ sql: String) throws -> [RecordFault] {
            try reader.connection.script("savepoint s")
            defer { try? reader.connection.script("rollback to savepoint s") }
            try reader.connection.script(sql)
            return try reader.rowFaults(of: table)
          }
          #expect(try reader.rowFaults(of: table).isEmpty, "\(name) as it is")
          let added = try after("select pg_temp.add_row('\(name)')")
          #expect(added.map(\.kind) == [.added], "added to \(name)")
          #expect(added.first?.place.hasPrefix(table.name) == true, "\(added)")
          let rows = try reader.connection.execute(Statement(text: "select count(*) from \(name)"))
          // What this trial has no row of gets one that is sealed as the program would.
          if try rows[0].get(0) as Int == 0 {
            try reader.connection.script(
              """
              select pg_temp.add_row('\(name)');
              select pg_temp.seal_rows('\(table.schema.rawValue)', '\(table.name)', '{\(Self.left(of: table))}')
              """)
            #expect(try reader.rowFaults(of: table).isEmpty, "\(name) sealed")
          }
          for column in try Self.columns(of: table, reader) {
            let faults = try after("select pg_temp.change_row('\(name)', '\(column)')")
            // Seals are chained by trial: a row given to another trial is missing from its own.
            let isNamed =
              column == "trial_id"
              ? faults.first?.kind == .missing : faults.first?.kind == .changed
            #expect(isNamed, "\(column) of \(name): \(faults)")
            changed += 1
          }
          let first = "ctid = (select x.ctid from \(name) x limit 1)"
          #expect(
            try after("delete from \(name) where \(first)").first?.kind == .missing, "\(name)")
          #expect(try after("delete from \(name)").first?.kind == .missing, "\(name) emptied")
        }
      }
      #expect(changed > 200)
    }

    /// Every trigger fires for this superuser: the database seals what was written, without a proof.
    @Test func `what a superuser writes in plain statements is refused or named`() async throws {
      var (named, refused) = (0, 0)
      try await RecordedTrial.tampering(silencing: false) { _, reader in
        for table in Self.sealedTables {
          let name = "\(table.schema.rawValue).\(table.name)"
          func judge(_ sql: String) throws {
            try reader.connection.script("savepoint s")
            defer { try? reader.connection.script("rollback to savepoint s") }
            do {
              let rows = try reader.connection.execute(Statement(text: sql))
              guard try rows[0].get(0) as Int > 0 else { return }
              try reader.connection.script("set constraints all immediate")
            } catch {
              refused += 1
              return
            }
            let faults = try reader.unprovenFaults(of: table.schema, key: JourneyServer.writeKey)
            let isNamed = faults.contains { $0.part == .row && $0.place.hasPrefix(table.name) }
            #expect(isNamed, "\(sql): \(faults)")
            named += 1
          }
          try judge("select pg_temp.add_row('\(name)')")
          for column in try Self.columns(of: table, reader) where column != "trial_id" {
            try judge("select pg_temp.change_row('\(name)', '\(column)')")
          }
          try judge(
            """
            with gone as (delete from \(name) where ctid = (select x.ctid from \(name) x limit 1) returning 1)
            select count(*) from gone
            """)
        }
      }
      #expect(named > 60, "\(named) named, \(refused) refused")
    }

    @Test(arguments: [RecordSchema.open, .outcome, .treatment, .allocation])
    func `an audit row a superuser adds in somebody's name is named`(_ schema: RecordSchema)
      async throws
    {
      try await RecordedTrial.tampering(silencing: false) { _, reader in
        #expect(try reader.unprovenFaults(of: schema, key: JourneyServer.writeKey).isEmpty)
        let last: Int = try reader.connection.execute(
          Statement(text: "select max(seq) from \(schema.rawValue).audit where trial_id = 1"))[0]
          .get(
            0)
        try reader.connection.script(
          """
          select set_config('eq.trial', '1', true), set_config('eq.actor', '1', true),
            set_config('eq.role', 'data_manager', true);
          select \(schema.rawValue).note('101', '101-0001', 'submitted', '', 'x', '1', '2');
          """)
        let found = try reader.unprovenFaults(of: schema, key: JourneyServer.writeKey)
        #expect(found.map(\.part) == [.audit] && found.map(\.place) == ["\(last + 1)"], "\(found)")
        #expect(
          try reader.unprovenFaults(of: schema, key: Array(repeating: 7, count: 32)).first?.place
            != "\(last + 1)", "another key proves nothing")
      }
    }

    /// The columns that are counters or moments and no record.
    private static func left(of table: RecordTable) -> String {
      guard case .sealed(let left) = table.kind else { return "" }
      return left.joined(separator: ",")
    }

    /// The columns that are neither key nor counters.
    static func columns(of table: RecordTable, _ reader: RecordReader) throws -> [String] {
      guard case .sealed(let left) = table.kind else { return [] }
      let name = "\(table.schema.rawValue).\(table.name)"
      return try reader.connection.execute(
        Statement(
          text: """
            select a.attname::text from pg_attribute a
             where a.attrelid = '\(name)'::regclass and a.attnum > 0 and not a.attisdropped
               and a.attgenerated = '' and a.attname <> all ($1)
               and not exists (select from pg_index i where i.indrelid = a.attrelid and i.indisprimary
                 and a.attnum = any (i.indkey::smallint[]))
             order by a.attnum
            """), .textArray(left)
      ).map { try $0.get(0) as String }
    }
  }

}

extension TamperingTests {
  @Suite(.serialized) struct RecordCheckTests {
    @Test func `REQ-022: the record of a whole trial nobody touched agrees with itself`()
      async throws
    {
      try await RecordedTrial.tampering { made, reader in
        var check = try RecordCheck(
          reader, trusted: made.key, writeKey: JourneyServer.writeKey,
          witnesses: made.witness.ofRecord)
        let report = try check.run()
        #expect(report.findings.isEmpty, "\(report.findings)")
        #expect(report.chained > 5000)
        #expect(report.heads >= 22 && report.witnessed >= 22)
        #expect(report.removals == 0)
      }
    }

    @Test(arguments: [RecordSchema.open, .outcome, .treatment, .allocation])
    func
      `REQ-004: a row of an audit trail changed, removed, exchanged or added is named by its number`(
        _ schema: RecordSchema
      ) async throws
    {
      let audit = "\(schema.rawValue).audit"
      for (sql, kind, place) in [
        (
          "update \(audit) set action = action || ' ' where seq = 17", RecordFault.Kind.changed,
          "17"
        ),
        ("update \(audit) set new = 'x' where seq = 12", .changed, "12"),
        (
          """
          update \(audit) set new = null, old = null
           where seq = (select min(seq) from \(audit) where new is not null)
          """, .changed, nil
        ),
        ("update \(audit) set reason = 'another' where seq = 9", .changed, "9"),
        ("update \(audit) set actor = 1, cause = 'rule' where seq = 9", .changed, "9"),
        ("delete from \(audit) where seq = 15", .missing, "15"),
        (
          "update \(audit) set seq = -seq where seq in (11, 12); update \(audit) set seq = 23 + seq where seq < 0",
          .changed, "11"
        ),
        ("delete from \(audit)", .cut, "1"),
        ("delete from \(audit) where seq > 10", .cut, "11"),
        (
          """
          insert into \(audit) select (jsonb_populate_record(a, jsonb_build_object('seq',
            (select max(seq) + 1 from \(audit))))).* from \(audit) a where seq = 3
          """,
          .changed, nil
        ),
      ] as [(String, RecordFault.Kind, String?)] {
        try await RecordedTrial.tampering { _, reader in
          try reader.connection.script(sql)
          let fault = try #require(try reader.auditFaults(of: schema).first, "\(sql)")
          #expect(fault.kind == kind, "\(sql)")
          if let place { #expect(fault.place == place, "\(sql)") }
        }
      }
    }

    @Test(arguments: RecordSchema.allCases)
    func `a seal changed, removed, exchanged or cut off is named by its number`(
      _ schema: RecordSchema
    ) async throws {
      let seals = "\(schema.rawValue).seals"
      for (sql, kind) in [
        ("update \(seals) set digest = sha256('x') where n = 2", RecordFault.Kind.changed),
        ("delete from \(seals) where n = 2", .missing),
        (
          "update \(seals) set n = -n where n in (2, 3); update \(seals) set n = 5 + n where n < 0",
          .changed
        ),
        ("delete from \(seals) where n >= 2", .cut),
        ("delete from \(seals)", .cut),
      ] as [(String, RecordFault.Kind)] {
        try await RecordedTrial.tampering { _, reader in
          try reader.connection.script(sql)
          let fault = try #require(try reader.sealFaults(of: schema).first, "\(sql)")
          #expect(
            fault.kind == kind && (fault.place == "2" || fault.place == "1"), "\(sql) \(fault)")
        }
      }
    }

    /// The last rows, and every sign of them inside the chain.
    private static let tailCut = """
      delete from treatment.audit a where a.seq > (select max(b.seq) - 5 from treatment.audit b);
      update treatment.audit_heads h set (size, head) =
        (select a.seq, a.hash from treatment.audit a where a.trial_id = h.trial_id order by a.seq desc limit 1)
      """

    @Test
    func
      `REQ-004: a tail that is cut with its head is told by the signed head, and by the witness`()
      async throws
    {
      try await RecordedTrial.tampering { made, reader in
        try reader.connection.script(Self.tailCut)
        #expect(try reader.auditFaults(of: .treatment).isEmpty)
        let found = try made.findings(reader, witnessed: false)
        #expect(found.contains { $0.part == .checkpoint && $0.schema == "treatment" })
        try reader.connection.script(
          """
          delete from treatment.checkpoints c where c.log = 'audit'
            and c.size > (select max(a.seq) from treatment.audit a)
          """)
        #expect(
          try !made.findings(reader, witnessed: false).contains { $0.part == .checkpoint })
        let told = try made.findings(reader)
        #expect(told.contains { $0.part == .witness && $0.schema == "treatment" }, "\(told)")
      }
    }

    @Test func `a chain computed anew over a change is told by the signed head`() async throws {
      try await RecordedTrial.tampering { made, reader in
        try reader.connection.script(
          """
          do $$ declare r record; v bytea := decode(repeat('00', 32), 'hex'); begin
            update outcome.seals set digest = sha256('x') where n = 20;
            for r in select * from outcome.seals where trial_id = 1 order by n loop
              v := sha256(v || convert_to(jsonb_build_array(r.trial_id, r.n, r.relation, r.row_key, r.width,
                encode(r.digest, 'hex'), extract(epoch from r.at)::numeric(20,6)::text)::text, 'UTF8'));
              update outcome.seals set hash = v where trial_id = r.trial_id and n = r.n;
            end loop;
            update outcome.seal_heads set head = v where trial_id = 1;
          end $$
          """)
        #expect(try reader.sealFaults(of: .outcome).isEmpty)
        let found = try made.findings(reader, witnessed: false)
        let told = found.first { $0.part == .checkpoint && $0.schema == "outcome" }
        let start = "The first row that was rewritten lies from"
        #expect(told?.sentence.hasPrefix(start) == true, "\(found)")
      }
    }

    @Test func `a signed head altered, of another chain, or of another key is none`() async throws {
      for sql in [
        "update open.checkpoints set signature = set_byte(signature, 5, get_byte(signature, 5) # 1)",
        "update open.checkpoints set head = (select c.head from outcome.checkpoints c limit 1)",
        "update open.checkpoints set public_key = sha256('another')",
        "update open.checkpoints set size = size + 1 where log = 'seals'",
      ] {
        try await RecordedTrial.tampering { made, reader in
          try reader.connection.script(sql)
          let found = try made.findings(reader, witnessed: false)
          #expect(found.contains { $0.part == .checkpoint && $0.schema == "open" }, "\(sql)")
        }
      }
    }

    /// Seals rows as they are, as somebody would who knows of the seals.
    private static func sealed(_ table: String, _ set: String, _ condition: String) -> String {
      """
      set local session_replication_role = origin;
      alter table open.\(table) disable trigger user;
      alter table open.\(table) enable trigger rows_sealed;
      set constraints all immediate;
      update open.\(table) x set \(set) where \(condition);
      """
    }

    @Test func `a version changed together with its seal no longer agrees with its audit rows`()
      async throws
    {
      try await RecordedTrial.tampering { _, reader in
        try reader.connection.script(
          Self.sealed(
            "entry_versions",
            """
            answers = jsonb_set(answers, array[(select min(k) from jsonb_object_keys(answers) k)], '\"zz\"')
            """,
            "x.ctid = (select v.ctid from open.entry_versions v limit 1)"))
        let table = try #require(
          RecordTable.all.first { $0.schema == .open && $0.name == "entry_versions" })
        #expect(try reader.rowFaults(of: table).isEmpty)
        let fault = try #require(try reader.versionFaults(of: .open).first)
        #expect(fault.part == .version)
      }
    }

    @Test(arguments: [
      "signer_name = 'Somebody Else'", "signer_role = 'sponsor_lead'",
      "meaning = 'I do not agree.'",
      "at = at - interval '1 day'", "digest = sha256('x')", "version = version + 1",
      "participant = '101-0001', form = 'DM'",
    ])
    func `REQ-031: a signature changed, dated back or moved to another record no longer fits`(
      _ change: String
    ) async throws {
      try await RecordedTrial.tampering { _, reader in
        #expect(try reader.signatureFaults(of: .open).isEmpty)
        try reader.connection.script(
          Self.sealed(
            "signatures", change,
            """
            x.ctid = (select s.ctid from open.signatures s where s.participant <> '101-0001'
              order by s.at limit 1)
            """))
        #expect(try reader.signatureFaults(of: .open).first?.part == .signature, "\(change)")
      }
    }

    @Test func `the ledger is part of the record`() async throws {
      try await AllocatedTrial.run { world in
        #expect(try await world.installation.ledgerFindings().isEmpty)
        try world.tamper(Tampering.dated(5))
        let found = try await world.installation.ledgerFindings()
        #expect(found.map(\.part) == [.ledger] && found.first?.place == "chain at entry 6")
      }
    }
  }
}
