import Simulation
import StudyModel
import Testing

@testable import Conduct
@testable import Store

/// Who may do what, looked at again and signed; who may know arms; what was certified.
@Suite(.serialized) struct AccessReviewTests {
  private static func decisions(
    _ desk: AccessReviewDesk, _ decision: (ReviewableRole) -> ReviewDecision = { _ in .keep }
  ) -> [ReviewedRole] {
    desk.roles.map { line in
      ReviewedRole(
        username: line.username, role: line.role, site: line.site,
        decision: line.isOwn ? .own : decision(line))
    }
  }

  private static let next = CalendarDate(
    inUTC: ReferenceTrial.start.advanced(bySeconds: 80 * 86_400))

  @Test
  func `REQ-053, REQ-063: a review decides on every role in force, is signed, and is carried out`()
    async throws
  {
    try await ReferenceTrial.run { world in
      let office = world.installation
      let admin = try await world.actor("access_admin")
      let desk = try await office.accessReviewDesk(as: admin)
      let held = try world.direct().lines(
        """
        select u.username || ' ' || g.role || ' ' || g.site_key from access.grants g join access.users u using (user_id)
         where g.ended_at is null order by 1
        """)
      #expect(desk.roles.map { "\($0.username) \($0.role) \($0.site)" }.sorted() == held)
      #expect(desk.roles.filter(\.isOwn).map(\.username) == [admin.username])
      #expect(desk.roles.allSatisfy { $0.passwordSince != nil })
      let nurse = try #require(desk.roles.first { $0.role == "treat_coordinator" })
      let rater = try #require(world.raters.first)
      let waiting = try #require(
        try await office.signIn(username: rater.username, password: rater.password))
      let number = try await office.signAccessReview(
        Self.decisions(desk) { line in
          line == nurse ? .end : line.username == rater.username ? .recall : .keep
        }, next: Self.next, as: admin)
      #expect(number == 1)
      let after = try await office.accessReviewDesk(as: admin)
      #expect(after.roles.count == desk.roles.count - 1)
      #expect(!after.roles.contains { $0.username == nurse.username && $0.role == nurse.role })
      #expect(after.dueOn == Self.next)
      #expect(try await office.session(token: waiting.token) == nil)
      #expect(
        try await office.signIn(username: rater.username, password: rater.password) == nil)
      let review = try #require(try await office.accessReviews(as: admin).first)
      #expect(review.name == admin.fullName && review.roles == held.count)
      #expect(review.ended == 1 && review.recalled == 1)
      let events = try world.direct().lines(
        """
        select subject || ': ' || kind from access.events
         where kind in ('access reviewed', 'role ended', 'account disabled') order by event_id desc limit 3
        """)
      #expect(
        events.sorted()
          == [
            "\(admin.username): access reviewed", "\(nurse.username): role ended",
            "\(rater.username): account disabled",
          ].sorted())
      // Nothing of it changes any more, for no login.
      for login in ["eq_access", Login.owner] {
        let direct = try world.direct(login)
        for table in ["access_reviews", "access_review_lines"] {
          #expect(direct.refusal(of: "delete from access.\(table)") != nil)
          #expect(direct.refusal(of: "update access.\(table) set review_no = 9") != nil)
        }
      }
    }
  }

  @Test
  func
    `REQ-053, REQ-031: a signed review of roles no longer fits once anything it binds is changed`()
    async throws
  {
    try await ReferenceTrial.run { world in
      let office = world.installation
      let admin = try await world.actor("access_admin")
      let desk = try await office.accessReviewDesk(as: admin)
      _ = try await office.signAccessReview(Self.decisions(desk), next: Self.next, as: admin)
      #expect(try world.tampered("") { try $0.accessReviewFaults() }.isEmpty)
      let (reviews, lines) = ("update access.access_reviews set", "access.access_review_lines")
      for sql in [
        "\(reviews) name = 'Somebody Else'", "\(reviews) role = 'monitor'",
        "\(reviews) meaning = 'I guess.'", "\(reviews) next_on = next_on + 1",
        "\(reviews) at = at - interval '1 day'", "\(reviews) reviewer = reviewer + 1",
        "\(reviews) digest = sha256('x')",
        "update \(lines) l set decision = 'end' where l.ctid = (select min(k.ctid) from \(lines) k)",
        "update \(lines) l set role = 'another' where l.ctid = (select min(k.ctid) from \(lines) k)",
        "delete from \(lines) l where l.ctid = (select min(k.ctid) from \(lines) k)",
        "delete from \(lines)",
        "insert into \(lines) select trial_id, review_no, user_id, 'another', site_key, decision from \(lines) limit 1",
      ] {
        let found = try world.tampered(sql) { try $0.accessReviewFaults() }
        #expect(found.map(\.part) == [.accessReview] && found.first?.place == "1", "\(sql)")
      }
      try world.tamper("update \(lines) set decision = 'end' where decision = 'keep'")
      let told = try await RecordActsTests.findings(world)
      #expect(told.contains { $0.part == .stored(.accessReview, .changed) })
    }
  }

  @Test
  func
    `REQ-053, REQ-063: a review that leaves a role out, decides on oneself or waits too long is refused`()
    async throws
  {
    try await ReferenceTrial.run { world in
      let office = world.installation
      let admin = try await world.actor("access_admin")
      let desk = try await office.accessReviewDesk(as: admin)
      let all = Self.decisions(desk)
      #expect(
        await refusal {
          _ = try await office.signAccessReview(
            Array(all.dropLast()), next: Self.next, as: admin)
        } == .stale)
      let one = try #require(all.first)
      #expect(
        await refusal {
          _ = try await office.signAccessReview(all + [one], next: Self.next, as: admin)
        } == .stale)
      let own = all.map {
        ReviewedRole(username: $0.username, role: $0.role, site: $0.site, decision: .keep)
      }
      #expect(
        await refusal { _ = try await office.signAccessReview(own, next: Self.next, as: admin) }?
          .code == "own_account")
      let late = CalendarDate(daysSince1970: desk.latestNext.daysSince1970 + 1)
      #expect(
        fields(
          of: await refusal { _ = try await office.signAccessReview(all, next: late, as: admin) })
          == ["next"])
      #expect(
        await refusal {
          _ = try await office.accessReviewDesk(
            as: try await world.actor("coordinator", at: ReferenceTrial.london))
        } == .notFound)
      // The database refuses the same from whoever asks it.
      let direct = try world.direct("eq_access", role: "access_admin", actor: admin.user)
      func asked(_ next: String, _ lines: String) -> String? {
        direct.refusal(
          of: "select access.sign_access_review('n', 'm', \(next), \(lines), 92)")
      }
      let ofEverybody = """
        (select jsonb_agg(jsonb_build_object('username', u.username, 'role', g.role, 'site', g.site_key,
           'decision', case when u.user_id = \(admin.user) then 'own' else 'keep' end))
           from access.grants g join access.users u using (user_id) where g.ended_at is null)
        """
      #expect(asked("current_date + 30", "'[]'::jsonb") == "EQ412")
      #expect(asked("current_date + 93", ofEverybody) == "EQ409")
      #expect(
        asked("current_date + 30", "replace(\(ofEverybody)::text, 'own', 'keep')::jsonb")
          == "EQ409")
      #expect(try await office.accessReviews(as: admin).isEmpty)
      #expect(asked("current_date + 30", ofEverybody) == nil)
      #expect(try await office.accessReviews(as: admin).count == 1)
    }
  }

  @Test func `REQ-053, REQ-063: a review is overdue the day after it was due`() async throws {
    try await ReferenceTrial.run { world in
      let admin = try await world.actor("access_admin")
      let desk = try await world.installation.accessReviewDesk(as: admin)
      #expect(!desk.isOverdue)
      _ = try await world.installation.signAccessReview(
        Self.decisions(desk), next: Self.next, as: admin)
      for (day, isOverdue) in [(80, false), (81, true)] as [(Int64, Bool)] {
        let then = ReferenceTrial.start.advanced(bySeconds: day * 86_400)
        let actor = try await world.actor("access_admin", now: then)
        #expect(
          try await world.installation.at(then).accessReviewDesk(as: actor).isOverdue == isOverdue)
      }
    }
  }

  @Test(arguments: [30, 60, 92])
  func `REQ-053: how often accounts are reviewed is a matter of the study, and so is what is due`(
    _ days: Int
  ) async throws {
    try await ReferenceTrial.run { world in
      let source = try StudyAmendment.source(
        "1.0", [(of: "access_review: { days: 92 }", to: "access_review: { days: \(days) }")])
      let definition = try await DefinitionShelf().read(source, for: 1, "1.0")
      func admin(_ day: Int64) async throws -> (office: Installation, actor: Actor) {
        let now = ReferenceTrial.start.advanced(bySeconds: day * 86_400)
        let known = try await world.actor("access_admin", now: now)
        return (
          world.installation.at(now),
          Actor(
            user: known.user, username: known.username, fullName: known.fullName,
            role: known.role, sites: known.sites, trial: known.trial, definition: definition,
            authenticatedAt: now, secondFactorAt: now, session: known.session)
        )
      }
      let begun = try CalendarDate(
        parsing: try world.direct().text(
          "select (min(began_at) at time zone 'UTC')::date::text from access.grant_periods"))
      let (office, first) = try await admin(0)
      let desk = try await office.accessReviewDesk(as: first)
      #expect(desk.dueOn == begun.advanced(by: days))
      #expect(desk.latestNext == CalendarDate(inUTC: ReferenceTrial.start).advanced(by: days))
      let all = Self.decisions(desk)
      #expect(
        fields(
          of: await refusal {
            _ = try await office.signAccessReview(
              all, next: desk.latestNext.advanced(by: 1), as: first)
          }) == ["next"])
      _ = try await office.signAccessReview(all, next: desk.latestNext, as: first)
      // The same day is overdue in the one study and not in the other.
      for (day, isOverdue) in [(Int64(days), false), (Int64(days) + 1, true)] {
        let (then, actor) = try await admin(day)
        #expect(try await then.accessReviewDesk(as: actor).isOverdue == isOverdue, "\(day)")
      }
      // The database holds to what it is told, and to three months at the most.
      let direct = try world.direct("eq_access", role: "access_admin", actor: first.user)
      #expect(
        direct.refusal(
          of: """
            select access.sign_access_review('n', 'm', current_date + 400,
              (select jsonb_agg(jsonb_build_object('username', u.username, 'role', g.role, 'site', g.site_key,
                 'decision', case when u.user_id = \(first.user) then 'own' else 'keep' end))
                 from access.grants g join access.users u using (user_id) where g.ended_at is null), 500)
            """) == "EQ409")
    }
  }

  @Test
  func
    `REQ-092: everybody who may know arms is listed with reason and dates, and no one of the sponsor's`()
    async throws
  {
    try await ReferenceTrial.run { world in
      let office = world.installation
      let admin = try await world.actor("access_admin")
      let listed = try await office.unblindedRoles(as: admin)
      let knowing = Set(world.definition.roles.filter(\.knowsArms).map(\.id.text))
      let held = try world.direct().lines(
        """
        select u.username || ' ' || g.role from access.grants g join access.users u using (user_id) order by 1
        """
      ).filter { line in knowing.contains(String(line.split(separator: " ")[1])) }
      #expect(!held.isEmpty)
      #expect(listed.map { "\($0.period.username) \($0.period.role)" }.sorted() == held)
      #expect(listed.allSatisfy { !$0.reason.isEmpty && $0.period.ended == nil })
      let first = try #require(listed.first { $0.period.role == "treat_coordinator" })
      try await office.endRole(
        RoleID(parsing: first.period.role), site: SiteKey(parsing: first.period.site),
        of: first.period.username, as: admin)
      let later = try await office.unblindedRoles(as: admin)
      #expect(later.count == listed.count)
      #expect(
        later.first { $0.period.username == first.period.username }?.period.ended != nil)
      // Who speaks for the sponsor with sites holds none, and gets none.
      for role in ["sponsor_lead", "monitor", "medical_monitor", "data_manager"] {
        let site =
          world.definition.role(try RoleID(parsing: role))?.scope == .site
          ? ReferenceTrial.london : nil
        let person = try await world.actor(role, at: site)
        #expect(!later.contains { $0.period.username == person.username })
        for other in world.definition.roles where other.knowsArms {
          let place = other.scope == .site ? try SiteKey(parsing: ReferenceTrial.london) : nil
          let refused = await refusal {
            try await office.grant(other.id, site: place, in: world.trial, to: person.user)
          }
          #expect(refused?.code == "incompatible_roles", "\(role) and \(other.id)")
        }
      }
      let coordinator = try await world.actor("coordinator", at: ReferenceTrial.london)
      #expect(
        await refusal { _ = try await office.unblindedRoles(as: coordinator) } == .notFound)
    }
  }

  @Test func `REQ-036: the certification of electronic signatures is kept, for everybody to read`()
    async throws
  {
    try await ReferenceTrial.run { world in
      let office = world.installation
      let admin = try await world.actor("access_admin")
      let day = CalendarDate(inUTC: ReferenceTrial.start)
      let refused = await refusal {
        _ = try await office.recordCertification(
          organization: "ab", authority: "",
          sentOn: CalendarDate(daysSince1970: day.daysSince1970 + 1),
          reference: "  ", as: admin)
      }
      #expect(fields(of: refused) == ["organization", "authority", "reference", "sent_on"])
      let coordinator = try await world.actor("coordinator", at: ReferenceTrial.london)
      #expect(
        await refusal {
          _ = try await office.recordCertification(
            organization: "University of Somewhere", authority: "FDA", sentOn: day,
            reference: "letter 7", as: coordinator)
        } == .notFound)
      #expect(try await office.certifications(as: coordinator).isEmpty)
      _ = try await office.recordCertification(
        organization: "University of Somewhere", authority: "FDA", sentOn: day,
        reference: "letter 7", as: admin)
      let found = try #require(try await office.certifications(as: coordinator).first)
      #expect(found.organization == "University of Somewhere" && found.authority == "FDA")
      #expect(found.sentOn == day && found.reference == "letter 7")
      #expect(found.recordedBy == admin.fullName && found.recordedAt == ReferenceTrial.start)
      for login in ["eq_access", Login.owner] {
        let direct = try world.direct(login)
        #expect(direct.refusal(of: "delete from access.certifications") != nil)
        #expect(direct.refusal(of: "update access.certifications set authority = 'x'") != nil)
      }
      let events = try world.direct().lines(
        "select kind from access.events order by event_id desc limit 1")
      #expect(events == ["certification recorded"])
    }
  }
}
