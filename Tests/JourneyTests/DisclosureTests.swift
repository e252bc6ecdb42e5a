import Conduct
import Crypto
import Foundation
import Postgres
import Randomization
import Store
import StudyModel
import Testing

/// One participant's arm before the end: the emergency, the report of a case, and who learns of it.
@Suite(.serialized) struct DisclosureTests {
  static func request(
    _ participant: ParticipantKey, ground: String = "CARE",
    reason: String = "unconscious on arrival",
    event: String = ""
  ) -> DisclosureRequest {
    DisclosureRequest(
      participant: participant, ground: ground, reason: reason, eventNumber: event, channel: .page)
  }

  static func open(
    _ walk: Walk, by role: String = "oncall_physician", ground: String = "CARE", event: String = "",
    at now: UTCInstant? = nil
  ) async throws -> DisclosedArm {
    let now = now ?? walk.instant(10)
    return try await walk.world.installation.at(now).disclose(
      request(walk.key, ground: ground, event: event),
      as: try await walk.world.actor(role, now: now))
  }

  /// Two randomized participants of one stratum.
  static func randomized(_ world: ReferenceTrial) async throws -> (Walk, Walk) {
    let first = try await Walk.ready(world, Way(initials: "DA"))
    let second = try await Walk.ready(world, Way(initials: "DB"))
    _ = try await first.randomize()
    _ = try await second.randomize()
    return (first, second)
  }

  /// The seal of an arm, made here from the specification alone.
  static func seal(_ arm: String, key: String) throws -> String {
    let bytes = try #require(Hex.bytes(Array(key.utf8)))
    let code = HMAC<SHA256>.authenticationCode(
      for: Data("arm/v1\(arm)".utf8), using: SymmetricKey(data: bytes))
    return code.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
  }

  static func entry(_ index: Int, _ world: ReferenceTrial) throws -> String {
    try world.direct().text(
      "select convert_from(entry, 'UTF8') from allocation.ledger_entries where i = \(index)")
  }

  @Test
  func `REQ-089: an on-call physician opens one arm, and its seal key proves it and no other`()
    async throws
  {
    try await ReferenceTrial.run { world in
      let (first, second) = try await Self.randomized(world)
      let opened = try await Self.open(first)
      let arm = opened.arm.code.text
      #expect(try await first.acknowledge(at: first.instant(10, 60)).arm.code.text == arm)
      #expect(try Self.seal(arm, key: opened.sealKey) == opened.seal)
      #expect(try Self.entry(opened.entry, world).contains("\"seal\":\"\(opened.seal)\""))
      for other in ["KET", "KAP", "ECT"] where other != arm {
        #expect(try Self.seal(other, key: opened.sealKey) != opened.seal)
      }
      // The other participant stays closed to this key.
      let next = try Self.entry(opened.entry + 1, world)
      #expect(next.contains("\"subject\":\"\(second.key)\""))
      for other in ["KET", "KAP", "ECT"] {
        #expect(!next.contains(try Self.seal(other, key: opened.sealKey)))
      }
      #expect("\(opened)".contains(arm) == false)
    }
  }

  @Test func `every disclosure is on record: who, when, whose, what, why, channel, planned`()
    async throws
  {
    try await ReferenceTrial.run { world in
      let (first, _) = try await Self.randomized(world)
      let at = first.instant(10)
      let opened = try await Self.open(first, at: at)
      let event = try world.direct().text(
        """
        select concat_ws('|', participant, site_key, kind, channel, is_planned, is_late, ground, reason, event_number,
          recorded_role, opened_at = recorded_at, opened_by <> '', recorded_by is not null)
          from allocation.unblinding_events
        """)
      #expect(
        event
          == "\(first.key)|101|EMERGENCY|page|f|f|CARE|unconscious on arrival||oncall_physician|t|t|t"
      )
      #expect(opened.at == at)
      let last = try world.direct().text(
        "select convert_from(entry, 'UTF8') from allocation.ledger_entries order by i desc limit 1")
      #expect(
        last.contains(
          "\"body\":{\"reason\":\"EMERGENCY CARE\",\"subject\":\"\(first.key)\"}"))
      #expect(last.contains("\"kind\":\"unblind\""))
      // A signed head covers it; the audit row stands in class allocation and in no other.
      #expect(
        try world.direct().text("select max(size)::text from allocation.heads")
          == world.direct().text("select size::text from allocation.ledgers"))
      let audited =
        "select count(*)::text from allocation.audit where action = 'unblinded emergency'"
      #expect(try world.direct().text(audited) == "1")
      #expect(
        try world.direct().text(
          "select count(*)::text from open.audit where action like '%unblind%'") == "0")
      // The arm is written nowhere.
      let everything = try world.direct().text(
        """
        select string_agg(t, ' ') from (select e::text as t from allocation.unblinding_events e
          union all select n::text from open.unblinding_notices n union all select a::text from allocation.audit a
          union all select convert_from(entry, 'UTF8') from allocation.ledger_entries) all_rows
        """)
      let words = Set(everything.split { !$0.isLetter && !$0.isNumber })
      #expect(words.isDisjoint(with: ["KET", "KAP", "ECT"]))
    }
  }

  @Test func `a disclosure is never changed or removed, by no login and not by the owner`()
    async throws
  {
    try await ReferenceTrial.run { world in
      let (first, _) = try await Self.randomized(world)
      _ = try await Self.open(first)
      for table in [
        "allocation.unblinding_events", "open.unblinding_notices",
      ] {
        for act in ["update \(table) set participant = 'x'", "delete from \(table)"] {
          #expect(try world.direct().refusal(of: act) == "EQ403", "\(act)")
          for login in Login.allCases.map(\.rawValue) {
            #expect(try world.direct(login).refusal(of: act) == "42501", "\(login): \(act)")
          }
        }
      }
    }
  }

  @Test
  func `REQ-088: nothing is opened without the right, fresh authentication, ground and reason`()
    async throws
  {
    try await ReferenceTrial.run { world in
      let (first, _) = try await Self.randomized(world)
      let waiting = try await Walk.ready(world, Way(initials: "DW"))
      let now = first.instant(10)
      let office = world.installation.at(now)
      let before = try Self.ledger(world)
      func refused(_ request: DisclosureRequest, _ actor: Actor) async -> ActRefusal? {
        await refusal { try await office.disclose(request, as: actor) }
      }
      for role in ["coordinator", "investigator", "treat_coordinator"] {
        let actor = try await world.actor(role, at: ReferenceTrial.london, now: now)
        #expect(await refused(Self.request(first.key), actor) == .notFound, "\(role)")
      }
      for role in [
        "rand_manager", "medical_monitor", "data_manager", "statistician", "stat_unblinded",
        "sponsor_lead", "dsmb_member", "access_admin", "rater",
      ] {
        let actor = try await world.actor(role, now: now)
        #expect(await refused(Self.request(first.key), actor) == .notFound, "\(role)")
      }
      let physician = try await world.actor("oncall_physician", now: now)
      let stale = try await world.actor(
        "oncall_physician", now: now, authenticatedAt: now.advanced(bySeconds: -301))
      #expect(await refused(Self.request(first.key), stale) == .secondFactorStale)
      // The password of this minute opens no arm without a second factor of the last five.
      let half = try await world.actor(
        "oncall_physician", now: now, secondFactorAt: now.advanced(bySeconds: -301))
      #expect(await refused(Self.request(first.key), half) == .secondFactorStale)
      for (request, code) in [
        (Self.request(first.key, ground: ""), "bad_ground"),
        (Self.request(first.key, ground: "REPORT"), "bad_ground"),
        (Self.request(first.key, reason: "  "), "bad_reason"),
        (Self.request(first.key, reason: String(repeating: "a", count: 501)), "bad_reason"),
        (Self.request(first.key, reason: "a\u{202E}bc"), "bad_reason"),
        (Self.request(first.key, event: "SAE-1"), "event_number"),
      ] {
        guard case .invalid(let faults) = await refused(request, physician) else {
          Issue.record("\(code) was not refused")
          continue
        }
        #expect(faults.map(\.code) == [code])
        #expect(faults.allSatisfy { $0.sentence.contains("Nothing was") })
      }
      #expect(
        await refused(Self.request(waiting.key), physician)?.code == "not_randomized")
      let nobody = try ParticipantKey(parsing: "101-9999")
      #expect(await refused(Self.request(nobody), physician)?.code == "not_randomized")
      #expect(try Self.ledger(world) == before)
    }
  }

  static func ledger(_ world: ReferenceTrial) throws -> String {
    try world.direct().text(
      """
      select concat_ws('|', (select size from allocation.ledgers), (select count(*) from allocation.heads),
        (select count(*) from allocation.unblinding_events), (select count(*) from open.unblinding_notices),
        (select count(*) from allocation.randomization_corrections), (select size from allocation.audit_heads))
      """)
  }

  @Test
  func
    `REQ-088, AS-18: the safety officer opens no arm without the number of the serious event, then one`()
    async throws
  {
    try await ReferenceTrial.run { world in
      let (first, second) = try await Self.randomized(world)
      let before = try Self.ledger(world)
      let numberless = await refusal { try await Self.open(first, by: "safety_officer") }
      guard case .invalid(let faults) = numberless else {
        Issue.record("a case without number was opened")
        return
      }
      #expect(faults.map(\.code) == ["event_number"])
      // Neither a number nobody gave nor that of another participant's event opens anything.
      let now = first.instant(10)
      for walk in [second, first] {
        let aware = now.advanced(bySeconds: -3600)
        try await ReportingTimeTests.report(
          walk, aware: aware, ["onset": try Walk.date(aware, walk.way.site)], at: now)
      }
      for number in ["SAE-0007", "SAE-0001", "0002", "No", "sae-0002"] {
        let unknown = await refusal {
          try await Self.open(first, by: "safety_officer", event: number)
        }
        #expect(fields(of: unknown) == ["event_number"], "\(number)")
      }
      #expect(try Self.ledger(world) == before)
      let opened = try await Self.open(first, by: "safety_officer", event: "SAE-0002")
      #expect(try Self.seal(opened.arm.code.text, key: opened.sealKey) == opened.seal)
      #expect(
        try world.direct().text(
          "select concat_ws('|', kind, is_planned, ground, event_number) from allocation.unblinding_events"
        ) == "CASE|t|REPORT|SAE-0002")
      #expect(try world.direct().text("select count(*)::text from open.unblinding_notices") == "0")
      // The database asks for the number as well.
      let forged = try world.direct("eq_allocator", role: "safety_officer").refusal(
        of: """
          insert into allocation.unblinding_events (trial_id, i, participant, site_key, kind, channel, is_planned,
            ground, reason, event_number, opened_by, opened_at, recorded_by, recorded_role, recorded_at)
          values (\(world.trial.id), 3, '\(first.key)', '101', 'CASE', 'page', true, 'REPORT', 'reason', '', 'x',
            now(), 1, 'safety_officer', now())
          """)
      #expect(forged == "23514")
    }
  }

  @Test
  func
    `REQ-089: the site's investigator and the medical monitor are told that it happened, nobody else`()
    async throws
  {
    try await ReferenceTrial.run { world in
      let (first, _) = try await Self.randomized(world)
      let opened = try await Self.open(first)
      let now = first.instant(11)
      let office = world.installation.at(now)
      let investigator = try await world.actor("investigator", at: ReferenceTrial.london, now: now)
      let monitor = try await world.actor("medical_monitor", now: now)
      let away = try await world.actor("investigator", at: ReferenceTrial.berlin, now: now)
      #expect(try await office.unblindingNotices(as: away).isEmpty)
      for reader in [investigator, monitor] {
        let notices = try await office.unblindingNotices(as: reader)
        let notice = try #require(notices.first)
        #expect(notices.count == 1 && notice.participant == first.key && notice.readAt == nil)
        #expect(notice.openedAt == opened.at)
        var shown = ""
        dump(notices, to: &shown)
        let words = Set(shown.split { !$0.isLetter && !$0.isNumber })
        #expect(words.isDisjoint(with: ["KET", "KAP", "ECT", "CARE", "unconscious"]))
        try await office.readUnblindingNotice(notice.name, as: reader)
        try await office.readUnblindingNotice(notice.name, as: reader)
        #expect(try await office.unblindingNotices(as: reader).first?.readAt == now)
      }
      #expect(
        try world.direct().text(
          "select count(*)::text from allocation.audit where action = 'unblinding notice read'")
          == "2")
      let name = try #require(try await office.unblindingNotices(as: monitor).first).name
      #expect(await refusal { try await office.readUnblindingNotice(name, as: away) } == .notFound)
      for role in ["coordinator", "treat_coordinator"] {
        let actor = try await world.actor(role, at: ReferenceTrial.london, now: now)
        #expect(await refusal { try await office.unblindingNotices(as: actor) } == .notFound)
      }
      // The rows themselves hide from every other role of the same login, as does the act.
      for (login, role) in [
        ("eq_open", "coordinator"), ("eq_open", "monitor"), ("eq_open", "sponsor_lead"),
        ("eq_outcome", "statistician"), ("eq_treating", "treat_coordinator"),
      ] {
        let direct = try world.direct(login, role: role)
        #expect(try direct.text("select count(*)::text from open.unblinding_notices") == "0")
        #expect(
          direct.refusal(of: "select open.read_unblinding_notice('\(name)')") == "EQ404", "\(role)")
      }
    }
  }

  @Test
  func `AS-09: nothing a blinded role can read changes with an emergency unblinding`() async throws
  {
    try await ReferenceTrial.run { world in
      let (first, _) = try await Self.randomized(world)
      let late = first.instant(40)
      let before = try await CoordinatorView(first, at: late)
      let readers = [
        ("eq_open", "coordinator", "101"), ("eq_open", "monitor", "101"),
        ("eq_open", "sponsor_lead", "*"), ("eq_rater", "rater", "*"),
        ("eq_outcome", "statistician", "*"),
        ("eq_outcome", "data_manager", "*"), ("eq_participant", "participant", "*"),
      ]
      let rows = try readers.map { try Self.readable($0.0, $0.1, $0.2, world) }
      #expect(rows[0].contains(first.key.text) && rows[4].contains(first.key.text))
      let desk = try await Self.desks(world, at: late)
      _ = try await Self.open(first)
      #expect(try await CoordinatorView(first, at: late) == before)
      for (reader, known) in zip(readers, rows) {
        #expect(try Self.readable(reader.0, reader.1, reader.2, world) == known, "\(reader)")
      }
      #expect(try await Self.desks(world, at: late) == desk)
      // The view is not blind to what the roles that are told may read.
      #expect(
        try Self.readable("eq_open", "medical_monitor", "*", world).contains("medical_monitor"))
    }
  }

  /// Every row of every table that a login can read in a role, as text.
  private static func readable(
    _ login: String, _ role: String, _ sites: String, _ world: ReferenceTrial
  ) throws -> String {
    let tables = try world.direct().lines(
      """
      select n.nspname || '.' || c.relname from pg_class c join pg_namespace n on n.oid = c.relnamespace
       where c.relkind = 'r' and n.nspname in ('open', 'outcome', 'treatment', 'allocation', 'sealed', 'identity')
         and has_table_privilege('\(login)', c.oid, 'select') and has_schema_privilege('\(login)', n.oid, 'usage')
       order by 1
      """)
    let direct = try world.direct(login, role: role, sites: sites)
    return try tables.map { table in
      "\(table): "
        + (try direct.text(
          "select coalesce(string_agg(t::text, ';' order by t::text), '') from \(table) t"))
    }.joined(separator: "\n")
  }

  /// What every rater's desk shows.
  private static func desks(_ world: ReferenceTrial, at now: UTCInstant) async throws -> String {
    var shown = ""
    for person in world.raters {
      let rater = try await world.actor(person, now: now)
      dump(try await world.installation.at(now).ratingTasks(as: rater), to: &shown)
    }
    return shown
  }

  @Test func `an opened envelope is entered afterwards, marked as late`() async throws {
    try await ReferenceTrial.run { world in
      let (first, _) = try await Self.randomized(world)
      let now = first.instant(11)
      let night = first.instant(10, 12_345)
      let office = world.installation.at(now)
      let physician = try await world.actor("oncall_physician", now: now)
      func enter(_ at: UTCInstant, by name: String = "P. Physician", as actor: Actor) async throws {
        try await office.recordEnvelopeOpening(
          of: first.key, openedBy: name, openedAt: at, ground: "OVERDOSE",
          reason: "server down during the night", as: actor)
      }
      let before = try Self.ledger(world)
      let early = await refusal {
        try await enter(now.advanced(bySeconds: 1), as: physician)
      }
      #expect(early?.code == "invalid")
      #expect(await refusal { try await enter(night, by: "", as: physician) }?.code == "invalid")
      let allocated = try UTCInstant(
        parsing: world.direct().text(
          """
          select to_char(at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')
            from allocation.allocations where participant = '\(first.key.text)'
          """))
      let soon = await refusal {
        try await enter(allocated.advanced(bySeconds: -61), as: physician)
      }
      guard case .invalid(let faults)? = soon else {
        Issue.record("\(String(describing: soon))")
        return
      }
      #expect(faults.map(\.code) == ["before_allocation"])
      for role in ["safety_officer", "rand_manager", "medical_monitor"] {
        let actor = try await world.actor(role, now: now)
        #expect(await refusal { try await enter(night, as: actor) } == .notFound, "\(role)")
      }
      #expect(try Self.ledger(world) == before)
      try await enter(night, as: physician)
      let manager = try await world.actor("rand_manager", now: now)
      let event = try #require(try await office.disclosures(as: manager).first)
      #expect(event.channel == "envelope" && event.isLate && event.openedBy == "P. Physician")
      #expect(event.openedAt == night && event.recordedAt == now && event.ground == "OVERDOSE")
      let monitor = try await world.actor("medical_monitor", now: now)
      #expect(try await office.unblindingNotices(as: monitor).first?.openedAt == night)
    }
  }
}
