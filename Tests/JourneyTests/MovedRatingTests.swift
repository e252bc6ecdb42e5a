import Foundation
import Simulation
import Store
import StudyModel
import Testing

@testable import Conduct

/// A booked rating is moved and cancelled up to its start, and nobody learns by it what is withheld.
@Suite(.serialized) struct MovedRatingTests {
  private static func offer(
    _ walk: Walk, _ visit: VisitCode, _ now: UTCInstant
  ) async throws -> [UTCInstant] {
    try await walk.world.installation.at(now).ratingOffer(
      for: walk.key, at: visit,
      as: try await walk.world.actor("coordinator", at: walk.way.site, now: now)
    ).times
  }

  // MARK: A rater who rates no more

  @Test(arguments: ["role", "account", "training"])
  func `REQ-093: what is booked for a rater who rates no more goes to another one`(
    _ ends: String
  ) async throws {
    try await ReferenceTrial.run { world in
      let walk = try await Walk.randomized(world)
      let booked = try await Booked.book(walk, "A2", near: walk.instant(24))
      let rater = try #require(world.raters.first { $0.user == booked.rater.user })
      let office = world.installation
      switch ends {
      case "role": try await office.endGrant(rater.role, site: nil, in: world.trial, of: rater.user)
      case "account":
        try await office.disable(
          rater.username, reason: "left", as: try await world.actor("access_admin"))
      default:
        try world.direct().run(
          """
          update access.grants set trained_on = '2026-01-01', trained_until = '2026-02-01'
           where user_id = \(rater.user)
          """)
        await office.replaceAbsentRaters()
      }
      let token = try Booked.token(walk, booked.visit)
      #expect(token != booked.token)
      #expect(try await Booked.rater(world, of: token).user != rater.user)
      #expect(
        try world.direct().lines(
          "select token || ' ' || ended || ' ' || reason from outcome.ended_bookings")
          == ["\(booked.token) redrawn the rater rates no more"])
      // Once: whoever has it now keeps it.
      await office.replaceAbsentRaters()
      #expect(try Booked.token(walk, booked.visit) == token)
    }
  }

  // MARK: Moving

  @Test func `a booking is moved with a reason: the old token opens nothing, a new one is drawn`()
    async throws
  {
    try await ReferenceTrial.run { world in
      let walk = try await Walk.randomized(world)
      let booked = try await Booked.book(walk, "A2", near: walk.instant(24))
      let offered = try await booked.offer()
      // The time it has is not offered again.
      #expect(!offered.isEmpty && !offered.contains(booked.at))
      let new = try #require(offered.last)
      try await booked.move(to: new)
      let token = try Booked.token(walk, booked.visit)
      #expect(token != booked.token)
      let task = try await booked.office.ratingTasks(as: try await Booked.rater(world, of: token))
        .first { $0.token == token }
      #expect(task?.startsAt == new && task?.language == "de")
      for person in world.raters {
        let rater = try await world.actor(person, now: booked.now)
        let tokens = try await booked.office.ratingTasks(as: rater).map(\.token)
        #expect(!tokens.contains(booked.token))
        #expect(
          await refusal {
            try await booked.office.rating(booked.token, FormID(parsing: "MADRS"), as: rater)
          } == .notFound)
      }
      #expect(await refusal { try await booked.begin() } == .notFound)
      // What was booked stays on record, and the audit trail has both times.
      #expect(
        try world.direct().lines(
          """
          select token || ' ' || ended || ' ' || reason || ' ' || (rater = \(booked.rater.user))::text
            from outcome.ended_bookings
          """) == ["\(booked.token) moved the participant travels true"])
      #expect(
        try world.direct().lines(
          """
          select field || ' ' || old || ' ' || new || ' ' || reason from open.audit
           where action = 'rating moved'
          """) == ["starts_at \(booked.at) \(new) the participant travels"])
      #expect(
        try world.direct().text(
          """
          select string_agg(distinct state || ' ' || (planned_for = '\(new)')::text, ',')
            from open.collection_status where visit = 'A2'
          """) == "booked true")
    }
  }

  @Test func `a move without reason, to its own time or to one that is not offered is refused`()
    async throws
  {
    try await ReferenceTrial.run { world in
      let walk = try await Walk.randomized(world)
      let booked = try await Booked.book(walk, "A2", near: walk.instant(24))
      let offered = try await booked.offer()
      let other = try #require(offered.first)
      #expect(
        fields(of: await refusal { try await booked.move(to: other, reason: " ") }) == ["reason"])
      let withheld = try #require(
        (1...7).map { booked.at.advanced(bySeconds: $0 * 3600) }.first { !offered.contains($0) })
      for time in [booked.at, withheld, booked.now] {
        #expect(await refusal { try await booked.move(to: time) } == .timeNotOffered, "\(time)")
      }
      let rater = booked.rater
      #expect(
        await refusal {
          try await booked.office.moveRating(
            walk.key, at: booked.visit, to: other, language: "en", reason: "as I like", as: rater)
        } == .notFound)
      #expect(try Booked.token(walk, booked.visit) == booked.token)
      // The database refuses its own time and a token of an earlier booking for itself.
      let direct = try world.direct("eq_open", role: "coordinator")
      try direct.run("select set_config('eq.now', '\(booked.now)', false)")
      func moved(to time: UTCInstant, _ token: String) -> String? {
        direct.refusal(
          of: """
            select outcome.move_rating('\(walk.key)', 'A2', 'as I like', '{MADRS}', '\(time)', '\(token)', 'en',
              '{rater}', 'RBR', 'disclosed', 'N')
            """)
      }
      #expect(moved(to: booked.at, "A-00000000") == "EQ456")
      #expect(moved(to: other, booked.token.text) == "EQ409")
    }
  }

  @Test func `AS-08: however often a booking is moved, who was told the arm is not drawn for it`()
    async throws
  {
    try await ReferenceTrial.run { world in
      let walk = try await Walk.randomized(world)
      let first = try await walk.book("A2", at: walk.instant(24))
      try await walk.saveRating(first.task.token, total: 20, as: first.rater, at: walk.instant(24))
      try await world.installation.at(walk.instant(24)).saveBlindingRecord(
        first.task.token, RatingTests.disclosed(), as: first.rater)
      let booked = try await Booked.book(walk, "EOT", near: walk.instant(39))
      for _ in 0..<8 {
        try await booked.move(to: try #require(try await booked.offer().randomElement()))
        let drawn = try await Booked.rater(world, of: try Booked.token(walk, booked.visit))
        #expect(drawn.user != first.rater.user)
      }
      #expect(
        try world.direct().text(
          """
          select count(*)::text || ' ' || count(*) filter (where rater = \(first.rater.user))::text
            from outcome.ended_bookings
          """) == "8 0")
    }
  }

  // MARK: Cancelling

  @Test
  func
    `REQ-081: however often a rating is booked, moved and cancelled, the same times are offered and withheld`()
    async throws
  {
    try await ReferenceTrial.run { world in
      let walk = try await Walk.randomized(world)
      let now = walk.instant(9 + 26)
      let visit = try VisitCode(parsing: "EOT")
      let coordinator = try await world.actor("coordinator", at: walk.way.site, now: now)
      let office = world.installation.at(now)
      let all = try await Self.offer(walk, visit, now)
      #expect(all.count > 10)
      for (place, time) in all.prefix(6).enumerated() {
        try await office.bookRating(
          walk.key, at: visit, startsAt: time, language: "en", as: coordinator)
        let rest = try await Self.offer(walk, visit, now)
        #expect(rest == all.filter { $0 != time })
        var booked = time
        if place.isMultiple(of: 2) {
          booked = all[all.count - 1 - place]
          try await office.moveRating(
            walk.key, at: visit, to: booked, language: "en", reason: "as asked", as: coordinator)
          let others = try await Self.offer(walk, visit, now)
          #expect(others == all.filter { $0 != booked })
        }
        try await office.cancelRating(walk.key, at: visit, reason: "as asked", as: coordinator)
        let again = try await Self.offer(walk, visit, now)
        #expect(again == all)
      }
      #expect(
        try world.direct().text(
          """
          select string_agg(distinct state, ',') || ' ' || count(planned_for)::text
            from open.collection_status where visit = 'EOT'
          """) == "cancelled 0")
      #expect(
        await refusal {
          try await office.cancelRating(walk.key, at: visit, reason: "as asked", as: coordinator)
        }?.code == "not_from_this_state")
      // Booked again it is a booking like any other.
      try await office.bookRating(
        walk.key, at: visit, startsAt: all[0], language: "en", as: coordinator)
      let booking = try await office.ratingBooking(of: walk.key, at: visit, as: coordinator)
      #expect(booking?.startsAt == all[0] && booking?.mayChange == true)
    }
  }

  @Test func `what has begun or whose time has come is neither moved nor cancelled`() async throws {
    try await ReferenceTrial.run { world in
      let walk = try await Walk.randomized(world)
      let booked = try await Booked.book(walk, "A2", near: walk.instant(24))
      let other = try #require(try await booked.offer().last)
      #expect(fields(of: await refusal { try await booked.cancel("no") }) == ["reason"])
      #expect(await refusal { try await booked.cancel(at: booked.at) } == .ratingBegun)
      try await booked.begin()
      #expect(await refusal { try await booked.cancel() } == .ratingBegun)
      #expect(await refusal { try await booked.move(to: other) } == .ratingBegun)
      let booking = try await booked.office.ratingBooking(
        of: walk.key, at: booked.visit, as: try await booked.coordinator())
      #expect(booking?.mayChange == false)
      #expect(try world.direct().text("select count(*)::text from outcome.ended_bookings") == "0")
    }
  }

  @Test func `nobody came: from two hours after its time a rating is moved or cancelled`()
    async throws
  {
    try await ReferenceTrial.run { world in
      let walk = try await Walk.randomized(world)
      let booked = try await Booked.book(walk, "A2", near: walk.instant(24))
      let late = booked.at.advanced(bySeconds: 7_200)
      // The call may be under way.
      #expect(
        await refusal { try await booked.cancel(at: late.advanced(bySeconds: -1)) } == .ratingBegun)
      let then = Booked(
        walk: walk, visit: booked.visit, now: late, at: booked.at, token: booked.token,
        rater: booked.rater)
      let booking = try await then.office.ratingBooking(
        of: walk.key, at: then.visit, as: try await then.coordinator())
      #expect(booking?.mayChange == true)
      let free = try #require(try await then.offer().first)
      try await then.move(to: free, reason: "nobody answered")
      #expect(
        try world.direct().lines("select token || ' ' || ended from outcome.ended_bookings")
          == ["\(booked.token) moved"])
      let token = try Booked.token(walk, booked.visit)
      #expect(token != booked.token)
      // What the rater saved before is a rating, however long ago.
      let again = Booked(
        walk: walk, visit: booked.visit, now: free, at: free, token: token,
        rater: try await Booked.rater(world, of: token))
      try await again.begin()
      let hours = free.advanced(bySeconds: 86_400)
      #expect(await refusal { try await again.cancel(at: hours) } == .ratingBegun)
    }
  }

  @Test func `a booking of another site is neither read nor changed, whatever program asks`()
    async throws
  {
    try await ReferenceTrial.run { world in
      let walk = try await Walk.randomized(world)
      let booked = try await Booked.book(walk, "A2", near: walk.instant(24))
      let other = try world.direct(
        "eq_open", role: "coordinator", sites: ReferenceTrial.berlin)
      #expect(
        try other.text("select count(*)::text from outcome.booking_of('\(walk.key)', 'A2')") == "0")
      for sql in [
        "select outcome.give_call_link('\(walk.key)', 'A2', 'https://meet.example/x')",
        "select outcome.cancel_rating('\(walk.key)', 'A2', 'the participant is ill')",
      ] {
        #expect(other.refusal(of: sql) == "EQ404", "\(sql)")
      }
      let own = try world.direct("eq_open", role: "coordinator", sites: ReferenceTrial.london)
      #expect(
        try own.text("select count(*)::text from outcome.booking_of('\(walk.key)', 'A2')") == "1")
      try await booked.link("https://meet.example/abc")
      #expect(
        try world.direct().text(
          """
          select action || coalesce(field, '') || coalesce(old, '') || coalesce(new, '') from open.audit
           where action like 'call link%'
          """) == "call link given")
    }
  }

  @Test func `a move while the rater saves: the one who comes first is done, the other is told`()
    async throws
  {
    try await ReferenceTrial.run { world in
      let walk = try await Walk.randomized(world)
      var (begun, moved) = (0, 0)
      for (visit, day) in [("A2", 24), ("EOT", 39), ("F3", 128), ("F6", 218)] as [(String, Int64)] {
        let booked = try await Booked.book(walk, visit, near: walk.instant(day))
        let other = try #require(try await booked.offer().last)
        async let saving = refusal { try await booked.begin() }
        async let moving = refusal { try await booked.move(to: other) }
        let told = await (saving, moving)
        switch told {
        case (nil, .ratingBegun?):
          begun += 1
          #expect(try Booked.token(walk, booked.visit) == booked.token)
        case (.notFound?, nil):
          moved += 1
          #expect(try Booked.token(walk, booked.visit) != booked.token)
        default: Issue.record("\(visit): \(told)")
        }
        // Never an entry under a token that is gone, nor a booking without one.
        #expect(
          try world.direct().text(
            """
            select (select count(*) from outcome.entries where visit = '\(visit)' and form = 'MADRS')::text
              || (select count(*) from outcome.ended_bookings where visit = '\(visit)')::text
            """) == (told.0 == nil ? "10" : "01"))
      }
      #expect(begun + moved == 4)
    }
  }

  @Test
  func `REQ-007: that a rating was moved stands in the history who books reads, and its reason`()
    async throws
  {
    try await ReferenceTrial.run { world in
      let walk = try await Walk.randomized(world)
      let booked = try await Booked.book(walk, "A2", near: walk.instant(24))
      try await booked.move(to: try #require(try await booked.offer().last))
      let coordinator = try await booked.coordinator()
      let moved = try await booked.office.history(of: walk.key, limit: 500, as: coordinator)
        .filter { $0.action == "rating moved" }
      #expect(moved.map(\.reason) == ["the participant travels"])
      let trail = try await booked.office.auditTrail(of: .open, AuditFilter(), as: coordinator)
      #expect(trail.rows.contains { $0.row.action == "rating moved" })
      // A role without sight of ratings is told of none, nor of deviations where it reads none.
      try world.tamper(
        """
        select set_config('eq.trial', '\(world.trial.id)', false), set_config('eq.sites', '*', false);
        select open.note('\(walk.way.site)', '\(walk.key)/deviation#3', 'deviation recorded', 'words of it')
        """)
      for (role, reads) in [("ketamine_nurse", false), ("coordinator", true)] {
        let reader = try await world.actor(role, at: walk.way.site, now: booked.now)
        let rows = try await booked.office.auditTrail(of: .open, AuditFilter(), as: reader).rows
        #expect(rows.contains { $0.row.action == "rating moved" } == reads, "\(role)")
        #expect(rows.contains { $0.row.action == "deviation recorded" } == reads, "\(role)")
      }
    }
  }

  @Test func `what a rater is saving is not waited for, whoever holds the participant`()
    async throws
  {
    try await ReferenceTrial.run { world in
      let walk = try await Walk.randomized(world)
      let booked = try await Booked.book(walk, "A2", near: walk.instant(24))
      let other = try #require(try await booked.offer().last)
      let saving = try world.direct()
      try saving.run(
        "begin; select 1 from outcome.rating_tasks where token = '\(booked.token)' for update")
      #expect(await refusal { try await booked.move(to: other) } == .ratingBegun)
      #expect(await refusal { try await booked.cancel() } == .ratingBegun)
      // Neither holds the participant afterwards, for whom the rater who saves waits.
      try saving.run(
        "select 1 from open.participants where participant = '\(walk.key)' for update nowait")
      try saving.run("commit")
      try await booked.move(to: other)
    }
  }

  @Test func `a move waits for the withdrawal that was first, and finds nothing booked`()
    async throws
  {
    try await ReferenceTrial.run { world in
      let walk = try await Walk.randomized(world)
      let booked = try await Booked.book(walk, "A2", near: walk.instant(24))
      let other = try #require(try await booked.offer().last)
      let leaving = try world.direct("eq_open", role: "coordinator")
      try leaving.run("begin; select open.withdraw('\(walk.key)', 'W3')")
      let move = Task { await refusal { try await booked.move(to: other) } }
      try await eventually {
        try world.direct().text(
          "select count(*)::text from pg_stat_activity where wait_event_type = 'Lock'") == "1"
      }
      try leaving.run("commit")
      #expect(await move.value != nil)
      #expect(
        try world.direct().lines(
          "select visit || ' ' || ended from outcome.ended_bookings") == ["A2 withdrawn"])
      #expect(
        try world.direct().text(
          "select count(*)::text from outcome.rating_tasks where state = 'booked'") == "0")
    }
  }

  @Test func `a withdrawal cancels the ratings that were not begun, and no other`() async throws {
    try await ReferenceTrial.run { world in
      let walk = try await Walk.randomized(world)
      let past = try await Booked.book(walk, "A2", near: walk.instant(24))
      let later = try await Booked.book(walk, "ET", near: walk.instant(34))
      let day = walk.instant(31)
      try await past.begin()
      #expect(past.at < day && day < later.at)
      try await walk.save(
        "WDR", "UNS",
        [
          "level": "W3", "by": "PART", "storage_ok": "true",
          "date": try Walk.date(day, walk.way.site),
        ], at: day)
      try await walk.sign("WDR", "UNS", version: 1, at: day.advanced(bySeconds: 60))
      #expect(
        try world.direct().lines(
          "select visit || ' ' || ended || ' ' || reason from outcome.ended_bookings")
          == ["ET withdrawn no further visits of the participant"])
      #expect(
        try world.direct().lines("select visit from outcome.rating_tasks where state = 'booked'")
          == ["A2"])
      #expect(
        try world.direct().text(
          "select string_agg(distinct state, ',') from open.collection_status where visit = 'ET' and form = 'MADRS'"
        )
          == "cancelled")
      #expect(
        try world.direct().text(
          "select count(*)::text from open.audit where action = 'rating cancelled'") == "1")
    }
  }
}
