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
    // As the first start of a server does it: what there is of the key is written before anything can be proved.
    let keys = try #require(installation.keys)
    let owner = database.configuration.with("user", Login.owner)
    try await KeyStore(owner).adopt(
      fingerprint: keys.fingerprint, signInFingerprint: keys.signIn.fingerprint)
    try await KeyStore(owner.proving(with: JourneyServer.writeKey)).adoptRecord()
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
