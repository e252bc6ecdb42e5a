import Simulation
import StudyModel
import Testing

@testable import Conduct
@testable import Host
@testable import Store

/// What a copied cookie must not do, even within five minutes of a password: each takes a second factor as well.
@Suite(.serialized) struct FreshSecondFactorTests {
  private typealias Act = (name: String, run: () async throws -> Void)

  @Test
  func
    `T8, T13: nothing that opens arms, gives files or changes accounts is done by a password alone`()
    async throws
  {
    try await ReferenceTrial.run { world in
      let now = ReferenceTrial.start
      let office = world.installation.at(now)
      let stale = now.advanced(bySeconds: -301)
      func half(_ role: String) async throws -> Actor {
        try await world.actor(role, now: now, secondFactorAt: stale)
      }
      let (key, site) = (
        try ParticipantKey(parsing: "101-0001"), try SiteKey(parsing: ReferenceTrial.london)
      )
      let (role, day) = (
        try RoleID(parsing: "coordinator"), try CalendarDate(parsing: "2026-03-02")
      )
      let evidence = GrantEvidence(trainedOn: day, trainedUntil: nil, delegatedOn: day)
      let other = try #require(world.staff.person("investigator"))
      let name = other.username
      let (admin, manager, physician, lead) = (
        try await half("access_admin"), try await half("data_manager"),
        try await half("oncall_physician"), try await half("sponsor_lead")
      )
      let (allocation, unblinded, statistician) = (
        try await half("rand_manager"), try await half("stat_unblinded"),
        try await half("statistician")
      )
      let acts: [Act] = [
        (
          "open an arm",
          {
            _ = try await office.disclose(
              DisclosureRequest(
                participant: key, ground: "CARE", reason: "unconscious", eventNumber: "",
                channel: .page), as: physician)
          }
        ),
        ("unblind the study", { _ = try await office.unblind(as: lead) }),
        (
          "codes of envelopes",
          { _ = try await office.issueEnvelopeCodes(of: site, from: 1, count: 2, as: allocation) }
        ),
        ("report of disclosures", { _ = try await office.disclosureFile(as: unblinded) }),
        ("a casebook", { _ = try await office.copyCasebook(of: key, as: manager) }),
        (
          "an audit trail",
          {
            _ = try await office.takeAuditFile(
              of: .open, AuditFilter(), form: .table, as: manager)
          }
        ),
        ("the locked data", { _ = try await office.exportBlinded(as: statistician) }),
        ("the arms with them", { _ = try await office.exportUnblinded(as: unblinded) }),
        (
          "invite",
          {
            _ = try await office.invite(
              NewPerson(
                username: "n.comer", fullName: "New Comer", role: role, site: site,
                evidence: evidence), as: admin)
          }
        ),
        ("reset", { _ = try await office.reset(name, as: admin) }),
        ("confirm a reset", { _ = try await office.confirmReset(of: name, as: admin) }),
        (
          "give a role",
          { _ = try await office.giveRole(role, site: site, evidence, to: name, as: admin) }
        ),
        ("end a role", { try await office.endRole(role, site: site, of: name, as: admin) }),
        (
          "decide about a role",
          { try await office.decideProposal(1, isApproved: true, as: admin) }
        ),
        ("disable", { try await office.disable(name, reason: "on leave", as: admin) }),
        ("enable", { try await office.enable(name, reason: "back", as: admin) }),
        ("end a waiting time", { try await office.endWaiting(of: name, as: admin) }),
        (
          "verify an identity",
          { try await office.recordIdentityCheck(of: other.user, method: "passport", as: admin) }
        ),
        (
          "review roles",
          {
            let desk = try await office.accessReviewDesk(as: admin)
            _ = try await office.signAccessReview(
              desk.roles.map {
                ReviewedRole(
                  username: $0.username, role: $0.role, site: $0.site,
                  decision: $0.isOwn ? .own : .keep)
              }, next: desk.latestNext, as: admin)
          }
        ),
      ]
      for act in acts {
        #expect(await refusal(act.run) == .secondFactorStale, "\(act.name)")
      }
      #expect(
        try world.direct().text(
          "select count(*)::text from access.invitations where ended_at is null and kind = 'reset'")
          == "0")
    }
  }

  @Test func `a form sent too late stays filled in, and a right proof is asked for once`()
    async throws
  {
    try await ReferenceTrial.run { world in
      try JourneyServer.makeSafe()
      let person = try #require(world.staff.person("access_admin"))
      let token = try await world.bearer("access_admin")
      let folder = try KeyFolder()
      defer { folder.remove() }
      try folder.file.make(KeyFolder.master)
      let served = try await ServedTrial(world, state: folder.path)
      defer { served.kill() }
      let path = "/accounts/\(try #require(world.staff.person("investigator")).username)"
      func text(
        _ path: String, _ fields: [(name: String, value: String)] = []
      ) async throws -> String {
        let answer = try #require(await served.browse(path, cookie: token, fields))
        return String(decoding: answer.body, as: UTF8.self)
      }
      let page = try await text(path)
      #expect(page.contains("Start a reset") && !page.contains("one_time_code"))
      try world.direct().run("update access.sessions set both_at = both_at - interval '6 minutes'")
      let form = String(try #require(page.firstMatch(of: /name="_token" value="([0-9a-f]+)"/)?.1))
      // No role is chosen, so that something else is wrong as well.
      let typed = [("_token", form), ("_key", "0123456789abcdef4567"), ("trained_on.year", "2031")]
      let late = try await text(path + "/roles", typed + [("role", "coordinator")])
      #expect(late.contains("value=\"2031\"") && late.contains("one_time_code"))
      #expect(!late.contains("Start a reset"))
      let code = try #require(try await world.installation.trainingCode(waiting: token))
      let proved = try await text(
        path + "/roles", typed + [("password", person.password), ("one_time_code", code)])
      #expect(proved.contains("Choose a role.") && proved.contains("value=\"2031\""))
      #expect(!proved.contains("one_time_code") && proved.contains("Start a reset"))
    }
  }
}
