import Postgres
import PostgresTestServer
import Simulation
import StudyModel
import Testing

@testable import Conduct
@testable import Store

/// Audit rows name the request and the period of the role an act was done in (REQ-001).
@Suite(.serialized) struct RequestOnRecordTests {
  private static let marks = (first: "00112233aabbccdd", second: "8877665544332211")

  @Test
  func `REQ-001: an audit row names its request and the period of the role, with its delegation`()
    async throws
  {
    try await ReferenceTrial.run { world in
      let walk = try await Walk.ready(world)
      let now = walk.instant(10)
      let office = world.installation.at(now)
      let manager = try await world.actor("data_manager", now: now)
      let whole = try world.direct()
      let period = try whole.text(
        "select period_id::text from access.grant_periods where user_id = \(manager.user) and ended_at is null"
      )
      let number = try await RequestMark.$current.withValue(Self.marks.first) {
        try await office.openQuery(
          walk.key, FormID(parsing: "DM"), VisitCode(parsing: "SCR"), field: "edu_years",
          text: "Is 14 right?", isBlocking: false, as: manager)
      }
      #expect(
        try whole.lines(
          """
          select concat_ws(' ', a.format, a.actor, a.grant_period, a.action) from open.audit a
           where a.request = '\(Self.marks.first)' order by a.seq
          """) == ["3 \(manager.user) \(period) data query opened"])
      // One who acts for the treatment team: request and period stand beside the person, in class treatment.
      let answerer = try await world.actor("investigator", at: walk.way.site, now: now)
      let theirs = try whole.text(
        """
        select period_id::text from access.grant_periods
         where user_id = \(answerer.user) and role = 'investigator' and ended_at is null
        """)
      try await RequestMark.$current.withValue(Self.marks.second) {
        try await office.answerQuery(QueryAddress(number), answer: "Yes.", as: answerer)
      }
      #expect(
        try whole.text(
          "select count(*)::text from open.audit where request = '\(Self.marks.second)'")
          == "0")
      #expect(
        try whole.lines(
          "select concat_ws(' ', user_id, grant_period) from treatment.team_acts where request = '\(Self.marks.second)'"
        ) == ["\(answerer.user) \(theirs)"])
      let unnamed =
        "select count(*)::text from open.audit where actor < 0 and (request <> '' or grant_period is not null)"
      #expect(try whole.text(unnamed) == "0")
      #expect(
        try whole.text(
          "select count(*)::text from open.audit where actor > 0 and format = 3 and grant_period is null"
        )
          == "0")
      #expect(
        try whole.text(
          "select count(*)::text from open.audit where actor is null and (request <> '' or grant_period is not null)"
        )
          == "0")

      // As the readers see it: the blinded one nothing of the team's, the unblinded one all of it.
      var filter = AuditFilter()
      filter.participant = walk.key.text
      let blind = try await office.auditTrail(of: .open, filter, as: manager).rows
      let opened = try #require(blind.first { $0.row.action == "data query opened" })
      #expect(opened.request == Self.marks.first && opened.period.map(String.init) == period)
      #expect(
        blind.allSatisfy {
          $0.row.role != "treatment_team" || $0.request.isEmpty && $0.period == nil
        })
      let coordinator = try await world.actor("treat_coordinator", at: walk.way.site, now: now)
      let seeing = try await office.auditTrail(of: .open, filter, as: coordinator).rows
      #expect(
        seeing.contains { $0.request == Self.marks.second && $0.period.map(String.init) == theirs })
      let file = try await office.auditFile(of: .open, filter, form: .table, as: manager)
      let lines = String(decoding: file.bytes, as: UTF8.self).split(whereSeparator: \.isNewline)
      #expect(
        lines.first?.hasSuffix(",cause,request,grant,delegated_on") == true, "\(lines.first ?? "")")
      #expect(lines.contains { $0.contains(",\(Self.marks.first),\(period),") })
      #expect(try await RecordActsTests.findings(world).isEmpty)
      // A request or a period exchanged afterwards is named.
      for change in ["request = 'ffffffffffffffff'", "grant_period = grant_period + 1"] {
        try world.tamper("update open.audit set \(change) where request = '\(Self.marks.first)'")
        #expect(
          try await RecordActsTests.findings(world).contains {
            $0.part == .stored(.audit, .changed)
          }, "\(change)")
        try world.tamper(
          "update open.audit set request = '\(Self.marks.first)', grant_period = \(period) where seq = \(opened.row.number) and action = 'data query opened'"
        )
      }
    }
  }

  @Test func `REQ-004: a row in the form before has its own hash, and the chain goes on over it`()
    async throws
  {
    try await ReferenceTrial.run { world in
      // A trail that began with rows of that form, as every one of a program of then did.
      let source = try #require(EmbeddedStudies.definition("kap-ect"))
      let trial = try await world.installation.loadStudy(source, mode: .simulation, key: "older")
      let old = """
        delete from open.audit where trial_id = \(trial.id);
        update open.audit_heads set size = 0, head = decode(repeat('00', 32), 'hex') where trial_id = \(trial.id);
        insert into open.audit_heads (trial_id) values (\(trial.id)) on conflict do nothing;
        insert into open.audit (trial_id, seq, at, actor, role, site_key, object, action, field, old, new, reason,
          format, software, session, zone, cause, salt, old_digest, new_digest, reason_digest, hash, proof)
        select r.*, h.hash, access.proof(h.hash)
          from (select * from open.audit_heads where trial_id = \(trial.id)) e,
          lateral (select e.trial_id, e.size + 1 as seq, clock_timestamp() as at, null::bigint as actor, '' as role,
            '*' as site, 'trial' as object, 'noted' as action, '' as field, null::text as old, null::text as new,
            '' as reason, 2 as format, 'Equipoise' as software, '' as session, 'UTC' as zone, 'rule' as cause,
            decode(repeat('00', 48), 'hex') as salt, null::bytea as old_digest, null::bytea as new_digest,
            sha256(decode(repeat('00', 16), 'hex')) as reason_digest) r,
          lateral (select sha256(e.head || convert_to(jsonb_build_array(2, r.trial_id, r.seq,
            extract(epoch from r.at)::numeric(20,6)::text, r.actor, r.role, r.site, r.object, r.action, r.field,
            encode(r.old_digest, 'hex'), encode(r.new_digest, 'hex'), encode(r.reason_digest, 'hex'), r.software,
            r.session, r.zone, r.cause)::text, 'UTF8')) as hash) h;
        update open.audit_heads h set (size, head) =
          (select a.seq, a.hash from open.audit a where a.trial_id = h.trial_id order by a.seq desc limit 1)
         where h.trial_id = \(trial.id);
        """
      let key = JourneyServer.writeKey.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
      try world.tamper("select set_config('eq.write_key', '\(key)', false); \(old)")
      let context = RequestContext(
        trial: trial.id, actor: try #require(world.staff.person("data_manager")).user,
        role: "data_manager", sites: .all, now: ReferenceTrial.start)
      try await world.installation.store.session(.open, context) { session in
        try session.note("noted", on: "trial", in: .open)
      }
      let whole = try world.direct()
      #expect(
        try whole.lines(
          "select format::text from open.audit where trial_id = \(trial.id) order by seq")
          == ["2", "3"])
      #expect(try await RecordActsTests.findings(world).isEmpty)
      try world.tamper("update open.audit set zone = 'Europe/Berlin' where format = 2")
      #expect(
        try await RecordActsTests.findings(world).contains { $0.part == .stored(.audit, .changed) })
    }
  }
}
