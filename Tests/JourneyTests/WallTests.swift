import Conduct
import Postgres
import StudyModel
import Testing

@testable import Store

@Suite(.serialized) struct WallTests {
  static let hidden = [
    "outcome.entries", "outcome.entry_versions", "outcome.audit", "outcome.rating_tasks",
    "outcome.signatures", "outcome.data_queries", "outcome.questionnaire_links",
    "outcome.snapshots", "outcome.drafts", "outcome.verifications",
    "outcome.data_query_messages", "open.alerts", "outcome.alerts", "treatment.alerts",
    "outcome.deviations", "treatment.deviations", "open.drafts", "treatment.drafts",
    "treatment.verifications",
    "treatment.data_query_messages",
    "treatment.entries", "treatment.entry_versions", "treatment.audit", "treatment.signatures",
    "treatment.data_queries", "treatment.snapshots",
    "allocation.ledgers", "allocation.ledger_entries", "allocation.allocations",
    "allocation.heads", "allocation.acknowledgements", "allocation.audit",
    "allocation.closed_reports", "allocation.unblinding", "allocation.unblinding_events",
    "allocation.randomization_corrections", "allocation.envelope_code_issues",
    "sealed.secrets", "sealed.schemes", "sealed.scheme_drafts", "sealed.simulations",
    "sealed.definitions", "sealed.master_keys", "access.sessions", "access.replies",
    "access.requests", "access.role_kinds",
  ]

  @Test func `the login of the coordinator reads nothing of outcome, treatment or allocation`()
    async throws
  {
    try await ReferenceTrial.run { world in
      let walk = try await Walk.ready(world)
      _ = try await walk.randomize()
      let direct = try world.direct("eq_open", role: "coordinator", sites: "101")
      for table in Self.hidden where table != "access.replies" {
        #expect(direct.refusal(of: "select 1 from \(table)") == "42501", "\(table)")
        #expect(direct.refusal(of: "explain select 1 from \(table)") == "42501", "\(table)")
      }
      #expect(direct.refusal(of: "select 1 from identity.people") == "42501")
      #expect(direct.refusal(of: "select password_hash from access.users") == "42501")
      // What it may read, it does read.
      #expect(try direct.text("select count(*)::text from open.participants") == "1")
    }
  }

  @Test func `a session of a request changes nothing outside a transaction that says it does`()
    async throws
  {
    try await ReferenceTrial.run { world in
      let store = world.installation.store
      let context = RequestContext(trial: 0, actor: nil, role: "", sites: .all)
      for login in Login.allCases where login != .access {
        let alone = try await store.connected(login) {
          try $0.execute("show transaction_read_only").first?.text(0)
        }
        #expect(alone == "on", "\(login)")
        let saying = try await store.session(login, context) {
          try $0.connection.execute("show transaction_read_only").first?.text(0)
        }
        #expect(saying == "off", "\(login)")
        await #expect(throws: StoreError.self) {
          try await store.connected(login) {
            _ = try $0.execute("delete from open.sites")
          }
        }
      }
    }
  }

  @Test func `REQ-059: every login reads exactly the tables of the classes it holds`() async throws
  {
    try await ReferenceTrial.run { world in
      let readable = try world.direct().lines(
        """
        select r.rolname || ' ' || n.nspname || '.' || c.relname
          from pg_class c join pg_namespace n on n.oid = c.relnamespace
          cross join pg_roles r
         where c.relkind = 'r' and r.rolname like 'eq\\_%' and n.nspname in ('outcome', 'treatment', 'allocation', 'sealed')
           and has_schema_privilege(r.oid, n.oid, 'usage')
           and has_any_column_privilege(r.oid, c.oid, 'select')
         order by 1
        """)
      let logins = Dictionary(grouping: readable) { String($0.split(separator: " ")[0]) }
      let classes = logins.mapValues { lines in
        Set(lines.map { String($0.split(separator: " ")[1].split(separator: ".")[0]) })
      }
      #expect(classes["eq_open"] == nil)
      #expect(classes["eq_participant"] == nil)
      #expect(classes["eq_access"] == nil)
      #expect(logins["eq_rater"] == ["eq_rater outcome.rating_tasks"])
      #expect(classes["eq_outcome"] == ["outcome"])
      #expect(classes["eq_treating"] == ["treatment", "allocation"])
      #expect(logins["eq_reports"] == ["eq_reports allocation.closed_reports"])
      let sealed = readable.filter { $0.contains(" sealed.") }
      #expect(
        Set(sealed) == [
          "eq_allocator sealed.schemes", "eq_allocator sealed.secrets",
          "eq_committee sealed.schemes", "eq_committee sealed.secrets",
          "eq_custodian sealed.definitions", "eq_custodian sealed.master_keys",
          "eq_custodian sealed.scheme_drafts", "eq_custodian sealed.schemes",
          "eq_custodian sealed.secrets", "eq_custodian sealed.simulations",
        ])
    }
  }

  @Test func `REQ-003, REQ-006: what is append-only is changed by no login and not by the owner`()
    async throws
  {
    try await ReferenceTrial.run { world in
      let walk = try await Walk.ready(world)
      _ = try await walk.randomize()
      _ = try await walk.acknowledge(at: walk.instant(9, 600))
      let tables = [
        ("open.audit", "action"), ("outcome.audit", "action"), ("treatment.audit", "action"),
        ("allocation.audit", "action"), ("open.entry_versions", "reason"),
        ("outcome.entry_versions", "reason"), ("treatment.entry_versions", "reason"),
        ("allocation.ledger_entries", "entry"), ("allocation.allocations", "arm_box"),
        ("allocation.heads", "head"), ("sealed.definitions", "source"), ("access.events", "kind"),
      ]
      let before = try tables.map { try world.direct().text("select count(*)::text from \($0.0)") }
      #expect(before.allSatisfy { $0 != "0" }, "\(before)")
      for login in Login.allCases.map(\.rawValue) + [Login.owner] {
        let direct = try world.direct(login)
        for (table, column) in tables {
          let expected = login == Login.owner ? "EQ403" : "42501"
          for act in [
            "update \(table) set \(column) = \(column)", "delete from \(table)",
            "truncate \(table) cascade",
          ] {
            #expect(direct.refusal(of: act) == expected, "\(login): \(act)")
          }
        }
      }
      // The triggers refuse the superuser as well.
      for (table, _) in tables {
        #expect(try world.direct().refusal(of: "delete from \(table)") == "EQ403", "\(table)")
      }
      #expect(
        try tables.map { try world.direct().text("select count(*)::text from \($0.0)") } == before)
    }
  }

  @Test func `no login deletes or truncates anything, and none creates anything`() async throws {
    try await ReferenceTrial.run { world in
      let able = try world.direct().lines(
        """
        select r.rolname || ' ' || c.oid::regclass
          from pg_class c join pg_namespace n on n.oid = c.relnamespace cross join pg_roles r
         where c.relkind in ('r', 'v', 'p') and r.rolname like 'eq\\_%' and n.nspname !~ '^(pg_|information_schema)'
           and (has_table_privilege(r.oid, c.oid, 'delete') or has_table_privilege(r.oid, c.oid, 'truncate')
                or has_table_privilege(r.oid, c.oid, 'trigger') or has_table_privilege(r.oid, c.oid, 'references'))
        union all
        select r.rolname || ' creates in ' || n.nspname
          from pg_namespace n cross join pg_roles r
         where r.rolname like 'eq\\_%' and has_schema_privilege(r.oid, n.oid, 'create')
        """)
      #expect(able.isEmpty, "\(able)")
    }
  }

  @Test func `a ledger entry that does not follow its predecessor is refused by the database`()
    async throws
  {
    try await ReferenceTrial.run { world in
      let direct = try world.direct("eq_allocator")
      let leaf = try world.direct().text(
        "select encode(last_leaf, 'hex') from allocation.ledgers")
      func insert(_ index: Int, i: Int, previous: String) -> String? {
        direct.refusal(
          of: """
            begin;
            insert into allocation.ledger_entries (trial_id, i, entry) values (\(world.trial.id), \(index),
              convert_to('{"i":\(i),"prev":"\(previous)"}', 'UTF8'));
            rollback
            """)
      }
      let zeros = String(repeating: "0", count: 64)
      for (index, i, previous) in [
        (3, 3, zeros), (3, 4, leaf), (4, 4, leaf), (2, 2, leaf),
        (3, 3, String(leaf.reversed())),
      ] {
        #expect(insert(index, i: i, previous: previous) == "EQ499", "\(index) \(i)")
        try direct.run("rollback")
      }
      #expect(insert(3, i: 3, previous: leaf) == nil)
    }
  }

  @Test func `REQ-059, AS-09: a request of one site sees no row of another, in any table`()
    async throws
  {
    try await ReferenceTrial.run { world in
      let walk = try await Walk.ready(world, Way(site: ReferenceTrial.berlin))
      _ = try await walk.randomize()
      _ = try await walk.acknowledge(at: walk.instant(9, 600))
      // Rows of the study itself bear no site; those of a site show to that site only.
      let tables = try world.direct().lines(
        """
        select c.table_schema || '.' || c.table_name from information_schema.columns c
          join information_schema.columns p using (table_schema, table_name)
         where c.column_name = 'site_key' and p.column_name = 'participant'
           and c.table_schema in ('open', 'outcome', 'treatment', 'allocation')
         order by 1
        """)
      #expect(tables.count >= 14)
      for login in ["eq_open", "eq_outcome", "eq_treating", "eq_committee", "eq_allocator"] {
        let foreign = try world.direct(login, role: "coordinator", sites: "101")
        let own = try world.direct(login, role: "coordinator", sites: "103")
        let none = try world.direct(login, role: "coordinator", sites: "")
        var seen = 0
        for table in tables {
          let mayRead = try world.direct().text(
            """
            select (has_column_privilege('\(login)', '\(table)', 'site_key', 'select')
              and has_schema_privilege('\(login)', split_part('\(table)', '.', 1), 'usage'))::text
            """)
          guard mayRead == "true", table != "outcome.rating_tasks" else { continue }
          let count = "select count(site_key)::text from \(table)"
          #expect(try foreign.text(count) == "0", "\(login) \(table)")
          #expect(try none.text(count) == "0", "\(login) \(table)")
          if try own.text(count) != "0" { seen += 1 }
        }
        #expect(seen > 0, "\(login) saw nothing of its own site")
        #expect(
          try foreign.text("select count(*)::text from open.participants") == "0", "\(login)")
      }
      let away = try await world.actor("coordinator", at: ReferenceTrial.london, now: walk.pressed)
      #expect(
        await refusal { try await world.installation.participant(walk.key, as: away) } == .notFound)
    }
  }

  @Test func `a request without a trial, or of another trial, sees nothing`() async throws {
    try await ReferenceTrial.run { world in
      _ = try await Walk.ready(world)
      for login in ["eq_open", "eq_outcome", "eq_treating", "eq_committee", "eq_allocator"] {
        let direct = try world.direct(login)
        try direct.run("select set_config('eq.trial', '\(world.trial.id + 1)', false)")
        #expect(try direct.text("select count(*)::text from open.participants") == "0")
        try direct.run("select set_config('eq.trial', '', false)")
        #expect(try direct.text("select count(*)::text from open.participants") == "0")
      }
    }
  }

  @Test
  func
    `REQ-008, REQ-087, AS-09, AS-10: nothing a coordinator reads changes with treatment or allocation`()
    async throws
  {
    try await ReferenceTrial.run { world in
      let walk = try await Walk.ready(world)
      _ = try await walk.randomize()
      let late = walk.instant(40)
      let before = try await CoordinatorView(walk, at: late)
      let revealed = try await walk.acknowledge(at: walk.instant(9, 600))
      #expect(["KET", "KAP", "ECT"].contains(revealed.arm.code.text))
      #expect(try await CoordinatorView(walk, at: late) == before)
      for number in 1...2 {
        try await walk.save(
          "AE", number == 1 ? "A1" : "A2",
          [
            "term": "nausea", "start": "2027-01-15", "ongoing": "false", "end": "2027-01-16",
            "sev": "1", "serious": "N", "rel_ket": "POS", "rel_ther": "NA", "rel_ect": "NA",
            "rel_proc": "NOT", "action": "NONE", "outcome": "REC", "solicited": "false",
            "aesi": "NONE",
          ], by: "treat_coordinator", hasHeader: false, at: walk.instant(12))
      }
      try await walk.save(
        "TXDISC", "UNS", ["reason": "AE", "last_session": "2027-01-20", "by_whom": "PART"],
        by: "treat_coordinator", hasHeader: false, at: walk.instant(20))
      #expect(
        try world.direct().text("select count(*)::text from treatment.entries where form <> 'RBR'")
          == "3")
      #expect(try await CoordinatorView(walk, at: late) == before)
      // The view is not blind to what it should show.
      try await walk.pregnancy(
        "BL", "NEG", expected: 1, reason: "date corrected", at: walk.instant(21))
      #expect(try await CoordinatorView(walk, at: late) != before)
    }
  }

  @Test
  func `REQ-087, AS-01: what the coordinator is shown and its receipt hold no arm and no stratum`()
    async throws
  {
    try await ReferenceTrial.run { world in
      let walk = try await Walk.ready(world)
      let asker = try await world.actor("coordinator", at: walk.way.site, now: walk.pressed)
      let ready = try await world.installation.at(walk.pressed).readiness(of: walk.key, as: asker)
      let receipt = try await walk.randomize()
      func words(_ text: String) -> Set<Substring> {
        Set(text.split { !$0.isLetter && !$0.isNumber })
      }
      var shown = receipt.number + receipt.randomizedAt + receipt.sentence
      dump(ready, to: &shown)
      #expect(words(shown).isDisjoint(with: ["KET", "KAP", "ECT", "MOD", "SEV", "stratum", "seq"]))
      // The receipt kept outside the server proves the entry, and hides what it says.
      #expect(
        words(receipt.receipt).isDisjoint(
          with: ["KET", "KAP", "ECT", "arm", "MOD", "SEV", "OUT", "levels", "seq", "seal"]))
      #expect(receipt.sentence == "The treatment team has been informed.")
    }
  }

  @Test func `the arm is opened by the treatment team of the site only, once acknowledged`()
    async throws
  {
    try await ReferenceTrial.run { world in
      let walk = try await Walk.ready(world)
      _ = try await walk.randomize()
      let at = walk.instant(9, 600)
      let office = world.installation.at(at)
      for role in ["coordinator"] {
        let actor = try await world.actor(role, at: walk.way.site, now: at)
        #expect(await refusal { try await office.acknowledge(walk.key, as: actor) } == .notFound)
        #expect(await refusal { try await office.readArm(of: walk.key, as: actor) } == .notFound)
      }
      for role in ["data_manager", "statistician", "sponsor_lead", "dsmb_member"] {
        let actor = try await world.actor(role, now: at)
        #expect(await refusal { try await office.readArm(of: walk.key, as: actor) } == .notFound)
      }
      let elsewhere = try await world.actor(
        "treat_coordinator", at: ReferenceTrial.berlin, now: at)
      #expect(await refusal { try await office.acknowledge(walk.key, as: elsewhere) } == .notFound)
      let here = try await world.actor("treat_coordinator", at: walk.way.site, now: at)
      let early = await refusal { try await office.readArm(of: walk.key, as: here) }
      #expect(early?.code == "not_acknowledged")
      let revealed = try await walk.acknowledge(at: at)
      #expect(try await office.readArm(of: walk.key, as: here).arm == revealed.arm)
      #expect("\(revealed)".contains(revealed.arm.code.text) == false)
      let again = await refusal { try await walk.acknowledge(at: walk.instant(9, 700)) }
      #expect(again?.code == "not_from_this_state")
    }
  }
}
