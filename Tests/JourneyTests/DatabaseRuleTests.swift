import Postgres
import Store
import StudyModel
import Testing

@testable import Conduct

/// The rules of the ledger that hold in the database itself, whatever the server's code does.
@Suite(.serialized) struct DatabaseRuleTests {
  private static let tables = [
    "allocation.ledger_entries", "allocation.allocations", "allocation.heads",
  ]

  /// Every privilege a login of the daemon holds on a table, by column where it is by column.
  private static func privileges(_ table: String, _ world: ReferenceTrial) throws -> [String] {
    try world.direct().lines(
      """
      select r.rolname || ' ' || p.name from pg_roles r
        cross join (values ('select'), ('insert'), ('update'), ('delete'), ('truncate'), ('references'), ('trigger')) p(name)
       where r.rolname like 'eq\\_%' and (has_table_privilege(r.oid, '\(table)', p.name)
          or p.name in ('select', 'insert', 'update', 'references') and has_any_column_privilege(r.oid, '\(table)', p.name))
       order by 1
      """)
  }

  @Test func `the daemon's logins hold select and insert on the ledger's tables and nothing else`()
    async throws
  {
    try await AllocatedTrial.run { world in
      #expect(
        try Self.privileges("allocation.ledger_entries", world) == [
          "eq_allocator insert", "eq_allocator select", "eq_committee select",
          "eq_custodian insert",
          "eq_custodian select",
        ])
      #expect(
        try Self.privileges("allocation.heads", world) == [
          "eq_allocator insert", "eq_allocator select", "eq_committee select",
          "eq_custodian insert",
          "eq_custodian select",
        ])
      #expect(
        try Self.privileges("allocation.allocations", world) == [
          "eq_allocator insert", "eq_allocator select", "eq_committee select", "eq_treating select",
        ])
      #expect(try Self.privileges("sealed.master_keys", world) == ["eq_custodian select"])
      for column in ["trial_id", "ledger", "public_key", "last_allocation"] {
        for login in ["eq_allocator", "eq_custodian"] {
          #expect(
            try world.direct().text(
              "select has_column_privilege('\(login)', 'allocation.ledgers', '\(column)', 'update')::text"
            ) == "false", "\(login) \(column)")
        }
      }
      let owners = try world.direct().lines(
        """
        select distinct tableowner from pg_tables where schemaname in ('allocation', 'sealed') order by 1
        """)
      #expect(owners == [Login.owner])
    }
  }

  @Test
  func
    `REQ-086: update, delete and truncate of entries, allocations and heads raise for every login`()
    async throws
  {
    try await AllocatedTrial.run { world in
      for login in Login.allCases.map(\.rawValue) + [Login.owner] {
        let direct = try world.direct(login)
        for (table, column) in zip(Self.tables, ["entry", "arm_box", "head"]) {
          for act in [
            "update \(table) set \(column) = \(column)", "delete from \(table)",
            "truncate \(table) cascade",
          ] {
            let expected = login == Login.owner ? "EQ403" : "42501"
            #expect(direct.refusal(of: act) == expected, "\(login): \(act)")
          }
        }
      }
      for table in Self.tables {
        #expect(try world.direct().refusal(of: "truncate \(table) cascade") == "EQ403", "\(table)")
      }
      #expect(try world.direct().refusal(of: "delete from allocation.ledgers") == "EQ403")
      #expect(
        try world.direct().refusal(of: "truncate allocation.ledgers cascade") == "EQ403")
    }
  }

  @Test(arguments: [
    ("allocations_request_once", "trial_id, 3, rid, 'a', site_key, '\\x01', epoch, 50"),
    ("allocations_participant_once", "trial_id, 3, 'a', participant, site_key, '\\x01', epoch, 50"),
    ("allocations_position_once", "trial_id, 3, 'a', 'b', site_key, stratum, epoch, seq"),
    ("allocations_pkey", "trial_id, i, 'a', 'b', site_key, '\\x01', epoch, 50"),
  ])
  func `the same request, participant, position or entry twice is refused by its own constraint`(
    _ constraint: String, _ columns: String
  ) async throws {
    try await AllocatedTrial.run { world in
      let direct = try world.direct()
      // The triggers judge first; without them the constraint must refuse by itself.
      try direct.run("set session_replication_role = replica")
      let into =
        "insert into allocation.allocations (trial_id, i, rid, participant, site_key, "
        + "stratum, epoch, seq, arm_box, at, requested_by)"
      let from = "from allocation.allocations where i = 4"
      if constraint != "allocations_pkey" {
        try direct.run("delete from allocation.allocations where i = 3")
      }
      #expect(
        direct.refusal(of: "\(into) select \(columns), arm_box, at, requested_by \(from)")
          == "23505")
      #expect(
        try direct.text(
          "select count(*)::text from pg_constraint where conname = '\(constraint)' and contype in ('u', 'p')"
        ) == "1")
    }
  }

  @Test func `an entry that the ledger does not count is refused at the commit`() async throws {
    try await AllocatedTrial.run { world in
      let leaf = try world.direct().text("select encode(last_leaf, 'hex') from allocation.ledgers")
      let insert = """
        insert into allocation.ledger_entries (trial_id, i, entry)
        values (\(world.trial.id), 9, convert_to('{"i":9,"prev":"\(leaf)","kind":"note"}', 'UTF8'))
        """
      for login in ["eq_allocator", "eq_custodian"] {
        #expect(try world.direct(login).refusal(of: insert) == "EQ499", "\(login)")
      }
      #expect(
        try world.direct("eq_custodian").refusal(
          of: """
            select allocation.append(9, convert_to('{"i":9,"prev":"\(leaf)","kind":"note"}', 'UTF8'), null, null)
            """) == nil)
    }
  }

  @Test(arguments: [
    "size = size + 1", "size = size + 5", "size = size - 1",
    "last_leaf = sha256('x')", "allocations = allocations + 1", "allocations = allocations - 1",
  ])
  func `the ledger's row moves with its entries only`(_ change: String) async throws {
    try await AllocatedTrial.run { world in
      let allocator = try world.direct("eq_allocator")
      #expect(allocator.refusal(of: "update allocation.ledgers set \(change)") == "EQ499")
      #expect(try await world.installation.checkLedger(of: world.trial)?.isPassed == true)
    }
  }

  @Test func `identity and key of a ledger never change, and a ledger begins empty`() async throws {
    try await AllocatedTrial.run { world in
      let owner = try world.direct(Login.owner)
      for change in ["ledger = decode(repeat('ab', 16), 'hex')", "public_key = sha256('x')"] {
        #expect(
          owner.refusal(of: "update allocation.ledgers set \(change)") == "EQ499", "\(change)")
      }
      #expect(
        try world.direct("eq_custodian").refusal(
          of: """
            insert into allocation.ledgers (trial_id, ledger, public_key, size)
            values (99, decode(repeat('ab', 16), 'hex'), sha256('x'), 5)
            """) == "EQ499")
    }
  }

  @Test func `an allocation that is not the one of its entry is refused`() async throws {
    try await AllocatedTrial.run { world in
      let leaf = try world.direct().text("select encode(last_leaf, 'hex') from allocation.ledgers")
      func draw(_ rid: String, _ participant: String, _ seq: Int, kind: String = "allocate")
        -> String
      {
        """
        begin;
        select allocation.append(9, convert_to('{"i":9,"prev":"\(leaf)","kind":"\(kind)","body":{"rid":"r","subject":"101-0001","epoch":1,"seq":40}}', 'UTF8'), null, null);
        insert into allocation.allocations (trial_id, i, rid, participant, site_key, stratum, epoch, seq, arm_box, at, requested_by)
        values (\(world.trial.id), 9, '\(rid)', '\(participant)', '101', '\\x77', 1, \(seq), '\\x00', now(), 1);
        rollback
        """
      }
      for (rid, participant, seq, kind) in [
        ("other", "101-0001", 40, "allocate"), ("r", "101-0002", 40, "allocate"),
        ("r", "101-0001", 41, "allocate"), ("r", "101-0001", 40, "note"),
      ] {
        let direct = try world.direct("eq_allocator")
        #expect(
          direct.refusal(of: draw(rid, participant, seq, kind: kind)) == "EQ499",
          "\(rid) \(participant) \(seq) \(kind)")
      }
    }
  }

  @Test func `a head of another ledger or another size is refused`() async throws {
    try await AllocatedTrial.run { world in
      let ledger = try world.direct().text("select encode(ledger, 'hex') from allocation.ledgers")
      func insert(_ size: Int, _ head: String) throws -> String? {
        try world.direct("eq_allocator").refusal(
          of: """
            insert into allocation.heads (trial_id, size, head, signature) values (\(world.trial.id), \(size),
              convert_to('\(head)', 'UTF8'), decode(repeat('00', 64), 'hex'))
            """)
      }
      #expect(try insert(10, "{\"ledger\":\"\(ledger)\",\"size\":10}") == "EQ499")
      #expect(try insert(1, "{\"ledger\":\"\(ledger)\",\"size\":1}") == "EQ499")
      #expect(try insert(9, "{\"ledger\":\"\(ledger)\",\"size\":8}") == "EQ499")
      #expect(try insert(9, "{\"ledger\":\"00\",\"size\":9}") == "EQ499")
      // The right one stands there already.
      #expect(try insert(9, "{\"ledger\":\"\(ledger)\",\"size\":9}") == "23505")
    }
  }

  @Test func `every column of boxes is written under the key in force only`() async throws {
    try await AllocatedTrial.run { world in
      let columns = try world.direct().lines(
        """
        select c.oid::regclass || '.' || a.attname from pg_attribute a join pg_class c on c.oid = a.attrelid
          join pg_namespace n on n.oid = c.relnamespace
         where n.nspname !~ '^(pg_|information_schema)' and c.relkind = 'r' and a.attnum > 0
           and a.atttypid = 'bytea'::regtype and a.attname ~ '(^|_)box$'
         order by 1
        """)
      // Each is sealed anew by a rotation: a new column of boxes belongs into KeyStore as well.
      #expect(
        columns == [
          "access.requests.reply_box", "access.users.factor_box", "allocation.allocations.arm_box",
          "identity.entries.entry_box", "identity.people.identity_box",
          "sealed.master_keys.likeness_box", "sealed.scheme_drafts.box", "sealed.schemes.box",
          "sealed.secrets.box", "sealed.simulations.box",
        ])
      // A reply is kept outside of a context: one under an outdated key reads as lost, and no more.
      let unguarded = ["sealed.master_keys.likeness_box", "access.requests.reply_box"]
      for column in columns where !unguarded.contains(column) {
        let table = column.split(separator: ".").prefix(2).joined(separator: ".")
        let guards = try world.direct().lines(
          "select tgname from pg_trigger where tgrelid = '\(table)'::regclass and tgname like 'b\\_%' order by 1"
        )
        #expect(guards == ["b_key_in_force", "b_rotated"], "\(table)")
      }
    }
  }
}
