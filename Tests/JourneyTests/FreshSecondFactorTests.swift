import Conduct
import Simulation
import Store
import StudyModel
import Testing

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
              of: .open, AuditFilter(), asLines: false, as: manager)
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
}
