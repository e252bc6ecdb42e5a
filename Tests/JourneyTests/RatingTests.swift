import Conduct
import Simulation
import Store
import StudyModel
import Testing

@Suite(.serialized) struct RatingTests {
  static func disclosed() throws -> [FieldID: FieldAnswer] {
    try Walk.answers([
      "guess": "ECT", "certainty": "4", "disclosed": "PART", "disclosed_arm": "ECT",
      "basis": "SPEECH",
    ])
  }

  static func silent() throws -> [FieldID: FieldAnswer] {
    try Walk.answers(["guess": "DK", "certainty": "1", "disclosed": "N"])
  }

  @Test func `REQ-093, AS-06: a rater sees a token and nothing of participant, site or visit`()
    async throws
  {
    try await ReferenceTrial.run { world in
      let walk = try await Walk.ready(world)
      _ = try await walk.randomize()
      let now = walk.instant(24)
      let (rater, task) = try await walk.book("A2", at: now)
      try await walk.saveRating(task.token, total: 20, as: rater, at: now.advanced(bySeconds: 1800))
      let office = world.installation.at(now)
      let tasks = try await office.ratingTasks(as: rater)
      let read = try await office.rating(task.token, FormID(parsing: "MADRS"), as: rater)
      #expect(read.entry.version == 1)
      // Everything the rater is given, printed with all it holds.
      var shown = ""
      dump(tasks, to: &shown)
      dump(read.task, to: &shown)
      dump(read.entry.answers, to: &shown)
      shown += read.entry.author + read.entry.status
      #expect(shown.contains(task.token.text))
      // The token is drawn by chance, and two of its letters may be a visit's.
      shown.replace(task.token.text, with: "")
      for secret in [walk.key.text, "\"101\"", "A2", "London", "0001"] {
        #expect(!shown.contains(secret), "\(secret)")
      }
      // The same forms whatever the visit.
      #expect(Set(tasks.map(\.forms)) == [["MADRS", "CGI", "YMRS", "BPRSP"]])
    }
  }

  @Test func `REQ-093, AS-06: a rater's login reads no participant, site or visit of a task`()
    async throws
  {
    try await ReferenceTrial.run { world in
      let walk = try await Walk.ready(world)
      _ = try await walk.randomize()
      let (rater, _) = try await walk.book("A2", at: walk.instant(24))
      let direct = try world.direct("eq_rater", role: "rater", actor: rater.user)
      #expect(direct.refusal(of: "select token, forms, starts_at from outcome.rating_tasks") == nil)
      for column in ["participant", "site_key", "visit", "*"] {
        #expect(direct.refusal(of: "select \(column) from outcome.rating_tasks") == "42501")
      }
      for table in ["outcome.entries", "treatment.entries", "open.participants", "open.entries"] {
        #expect(direct.refusal(of: "select 1 from \(table)") == "42501", "\(table)")
      }
      let foreign = try direct.lines("select token from outcome.rating_tasks")
      let own = try world.direct().lines(
        "select token from outcome.rating_tasks where rater = \(rater.user)")
      #expect(Set(foreign) == Set(own))
    }
  }

  @Test func `REQ-020: a token of another rater is not there for a rater`() async throws {
    try await ReferenceTrial.run { world in
      let walk = try await Walk.ready(world)
      _ = try await walk.randomize()
      let now = walk.instant(24)
      let (rater, task) = try await walk.book("A2", at: now)
      let office = world.installation.at(now)
      for person in world.raters where person.user != rater.user {
        let other = try await world.actor(person, now: now)
        let read = await refusal {
          try await office.rating(task.token, FormID(parsing: "MADRS"), as: other)
        }
        #expect(read == .notFound)
        let written = await refusal {
          try await walk.saveRating(task.token, total: 20, as: other, at: now)
        }
        #expect(written == .notFound)
        let recorded = await refusal {
          try await office.saveBlindingRecord(task.token, Self.silent(), as: other)
        }
        #expect(recorded == .notFound)
      }
      #expect(
        try world.direct().text(
          "select count(*)::text from outcome.entries where form = 'MADRS' and visit = 'A2'")
          == "0")
    }
  }

  @Test func `REQ-094, AS-07: the blinding record is refused before the ratings, EC-RBR-01`()
    async throws
  {
    try await ReferenceTrial.run { world in
      let walk = try await Walk.ready(world)
      _ = try await walk.randomize()
      let now = walk.instant(24)
      let (rater, task) = try await walk.book("A2", at: now)
      let office = world.installation.at(now)
      let early = await refusal {
        try await office.saveBlindingRecord(task.token, Self.silent(), as: rater)
      }
      #expect(early?.code == "EC-RBR-01")
      #expect(
        try world.direct().text(
          "select count(*)::text from treatment.entries where visit = 'A2'") == "0")
      try await walk.saveRating(task.token, total: 20, as: rater, at: now)
      try await office.saveBlindingRecord(task.token, Self.silent(), as: rater)
      let twice = await refusal {
        try await office.saveBlindingRecord(task.token, Self.disclosed(), as: rater)
      }
      #expect(twice == .closed)
    }
  }

  @Test func `a rating changes with a reason until the blinding record, then it is closed`()
    async throws
  {
    try await ReferenceTrial.run { world in
      let walk = try await Walk.ready(world)
      _ = try await walk.randomize()
      let now = walk.instant(24)
      let (rater, task) = try await walk.book("A2", at: now)
      try await walk.saveRating(task.token, total: 20, as: rater, at: now)
      let unexplained = await refusal {
        try await walk.saveRating(task.token, total: 21, expected: 1, as: rater, at: now)
      }
      #expect(unexplained == .reasonMissing)
      try await walk.saveRating(
        task.token, total: 21, expected: 1, reason: "item misread", as: rater, at: now)
      try await world.installation.at(now).saveBlindingRecord(
        task.token, Self.silent(), as: rater)
      let late = await refusal {
        try await walk.saveRating(
          task.token, total: 9, expected: 2, reason: "item misread", as: rater, at: now)
      }
      #expect(late == .closed)
      #expect(
        try world.direct().text(
          "select answers ->> 'total' from outcome.entries where form = 'MADRS' and visit = 'A2'")
          == "21")
    }
  }

  @Test func `AS-08: who was told the arm does not rate the participant again`() async throws {
    try await ReferenceTrial.run { world in
      let walk = try await Walk.ready(world)
      _ = try await walk.randomize()
      let before = try await CoordinatorView(walk, at: walk.instant(28))
      let first = try await walk.book("A2", at: walk.instant(24))
      try await walk.saveRating(first.task.token, total: 20, as: first.rater, at: walk.instant(24))
      let booked = try await CoordinatorView(walk, at: walk.instant(28))
      try await world.installation.at(walk.instant(24)).saveBlindingRecord(
        first.task.token, Self.disclosed(), as: first.rater)
      // The disclosure is an event of the treatment class: the site sees nothing of it.
      #expect(try await CoordinatorView(walk, at: walk.instant(28)) == booked)
      #expect(before != booked)
      var drawn: [UserID] = []
      for (day, visit) in [(38, "EOT"), (128, "F3"), (218, "F6"), (230, "ET")] as [(Int64, String)]
      {
        let at = walk.instant(day)
        let next = try await walk.book(visit, at: at)
        drawn.append(next.rater.user)
        try await walk.saveRating(next.task.token, total: 20, as: next.rater, at: at)
        try await world.installation.at(at).saveBlindingRecord(
          next.task.token, Self.silent(), as: next.rater)
      }
      #expect(!drawn.contains(first.rater.user))
      #expect(zip(drawn, drawn.dropFirst()).allSatisfy { $0 != $1 })
    }
  }

  @Test
  func `REQ-093, AS-08: who was told the arm loses what was booked for later to another rater`()
    async throws
  {
    try await ReferenceTrial.run { world in
      let walk = try await Walk.randomized(world)
      let at = walk.instant(24)
      let first = try await walk.book("A2", at: at)
      try await walk.saveRating(first.task.token, total: 20, as: first.rater, at: at)
      let later = try await Booked.book(walk, "F6", near: walk.instant(210))
      // One who rates at A2 may have F6, where somebody else has the rating between.
      try world.tamper(
        "update outcome.rating_tasks set rater = \(first.rater.user) where token = '\(later.token)'"
      )
      try await later.link("https://call.example.org/room")
      let seen = try await CoordinatorView(walk, at: walk.instant(100))
      let office = world.installation.at(at)
      #expect(try await office.ratingTasks(as: first.rater).map(\.token).contains(later.token))
      try await office.saveBlindingRecord(first.task.token, Self.disclosed(), as: first.rater)
      let tasks = try await office.ratingTasks(as: first.rater)
      #expect(tasks.allSatisfy { $0.token == first.task.token })
      let token = try Booked.token(walk, later.visit)
      #expect(token != later.token)
      let rater = try await Booked.rater(world, of: token)
      #expect(rater.user != first.rater.user)
      let task = try #require(
        try await office.ratingTasks(as: rater).first { $0.token == token })
      #expect(task.startsAt == later.at && task.callLink == "https://call.example.org/room")
      #expect(
        try world.direct().lines(
          "select token || ' ' || ended || ' ' || rater from outcome.ended_bookings")
          == ["\(later.token) redrawn \(first.rater.user)"])
      // Nothing of it is told at the site, and the trail of class treatment alone has it.
      #expect(try await CoordinatorView(walk, at: walk.instant(100)) == seen)
      #expect(
        try world.direct().lines(
          "select object from treatment.audit where action = 'rater drawn'")
          == ["\(walk.key)/rating@F6"])
      #expect(try await RecordActsTests.findings(world).isEmpty)
    }
  }

  @Test func `REQ-093: who was told nothing keeps what was booked for later`() async throws {
    try await ReferenceTrial.run { world in
      let walk = try await Walk.randomized(world)
      let at = walk.instant(24)
      let first = try await walk.book("A2", at: at)
      try await walk.saveRating(first.task.token, total: 20, as: first.rater, at: at)
      let later = try await Booked.book(walk, "F6", near: walk.instant(210))
      try world.tamper(
        "update outcome.rating_tasks set rater = \(first.rater.user) where token = '\(later.token)'"
      )
      try await world.installation.at(at).saveBlindingRecord(
        first.task.token, Self.silent(), as: first.rater)
      #expect(try Booked.token(walk, later.visit) == later.token)
      #expect(try await Booked.rater(world, of: later.token).user == first.rater.user)
      #expect(try world.direct().lines("select token from outcome.ended_bookings").isEmpty)
    }
  }

  @Test func `REQ-093: a rating that was begun is finished by who began it, told or not`()
    async throws
  {
    try await ReferenceTrial.run { world in
      let walk = try await Walk.randomized(world)
      let at = walk.instant(24)
      let first = try await walk.book("A2", at: at)
      try await walk.saveRating(first.task.token, total: 20, as: first.rater, at: at)
      let later = try await Booked.book(walk, "F3", near: walk.instant(120))
      try world.tamper(
        "update outcome.rating_tasks set rater = \(first.rater.user) where token = '\(later.token)'"
      )
      let begun = Booked(
        walk: walk, visit: later.visit, now: later.now, at: later.at, token: later.token,
        rater: first.rater)
      try await begun.begin(at: later.at)
      try await world.installation.at(later.at).saveBlindingRecord(
        first.task.token, Self.disclosed(), as: first.rater)
      #expect(try await Booked.rater(world, of: later.token).user == first.rater.user)
    }
  }

  @Test func `nobody rates twice in a row, in whatever order the ratings are booked`() async throws
  {
    try await ReferenceTrial.run { world in
      let walk = try await Walk.randomized(world)
      let first = try await Booked.book(walk, "A2", near: walk.instant(24))
      let last = try await Booked.book(walk, "F6", near: walk.instant(210))
      #expect(first.rater.user != last.rater.user)
      // Two are left: who rated before may not, who is booked for the one after may.
      try world.tamper(
        """
        update access.grants set ended_at = now()
         where role = 'rater' and user_id not in (\(first.rater.user), \(last.rater.user))
        """)
      let between = try await Booked.book(walk, "F3", near: walk.instant(120))
      #expect(between.rater.user == last.rater.user)
    }
  }

  @Test func `REQ-061: whose training ends before the day of a rating is not drawn for it`()
    async throws
  {
    try await ReferenceTrial.run { world in
      let walk = try await Walk.randomized(world)
      let before = try world.direct().text(
        """
        select rater::text from outcome.rating_tasks where participant = '\(walk.key)'
         order by starts_at desc limit 1
        """)
      let trained = try #require(world.raters.last { "\($0.user)" != before })
      try world.tamper(
        """
        update access.grants set trained_on = '2026-01-05', trained_until = '\(
          try Walk.date(walk.instant(22), walk.way.site))', delegated_on = '2026-01-05'
         where role = 'rater' and user_id <> \(trained.user)
        """)
      #expect(
        try await Booked.book(walk, "A2", near: walk.instant(24)).rater.user == trained.user)
      // With her alone the pool is full at that hour, as it would be told to anybody.
      try world.tamper(
        """
        update access.grants set trained_until = '\(try Walk.date(walk.instant(22), walk.way.site))',
          trained_on = '2026-01-05', delegated_on = '2026-01-05' where role = 'rater'
        """)
      let (now, _) = (walk.instant(100), 0)
      let offer = try await world.installation.at(now).ratingOffer(
        for: walk.key, at: VisitCode(parsing: "F3"),
        as: try await world.actor("coordinator", at: walk.way.site, now: now))
      #expect(offer.times.isEmpty)
    }
  }

  @Test
  func `when everybody was told, the booker is told nothing and the rating waits for a rater`()
    async throws
  {
    try await ReferenceTrial.run { world in
      let walk = try await Walk.ready(world)
      _ = try await walk.randomize()
      for (day, visit) in [(24, "A2"), (38, "EOT"), (128, "F3")] as [(Int64, String)] {
        let at = walk.instant(day)
        let next = try await walk.book(visit, at: at)
        try await walk.saveRating(next.task.token, total: 20, as: next.rater, at: at)
        try await world.installation.at(at).saveBlindingRecord(
          next.task.token, Self.disclosed(), as: next.rater)
      }
      let (booked, at) = try await walk.time("F6", near: walk.instant(210))
      let office = world.installation.at(booked)
      try await office.bookRating(
        walk.key, at: VisitCode(parsing: "F6"), startsAt: at, language: "en",
        as: try await world.actor("coordinator", at: walk.way.site, now: booked))
      let drawn = """
        select coalesce(rater::text, 'nobody') from outcome.rating_tasks where visit = 'F6'
        """
      #expect(try world.direct().text(drawn) == "nobody")
      // The site sees a booking like any other.
      let status = """
        select string_agg(distinct state, '') from open.collection_status where visit = 'F6'
        """
      #expect(try world.direct().text(status) == "booked")
      // Somebody new in the pool is drawn for it.
      let fresh = try await world.installation.createAccount(
        username: "rater-new", fullName: "New Rater", password: ReferenceTrial.password,
        cost: Passwords.simulationCost)
      try await world.installation.grant(
        RoleID(parsing: "rater"), site: nil, in: world.trial, to: fresh.user)
      #expect(try world.direct().text(drawn) == "\(fresh.user)")
    }
  }
}
