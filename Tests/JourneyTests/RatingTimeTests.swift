import Crypto
import Store
import StudyModel
import Testing

@testable import Conduct

/// Which times are offered for a rating.
@Suite(.serialized) struct RatingTimeTests {
  private static let key = SymmetricKey(data: Array(repeating: 7, count: 32))
  private static let study = Task {
    try await DefinitionShelf().read(
      try #require(EmbeddedStudies.definition("kap-ect")), for: 1, "1.0")
  }

  private static func definition() async throws -> StudyDefinition { try await study.value }

  private static func date(_ text: String) throws -> CalendarDate {
    try CalendarDate(parsing: text)
  }

  private static func times(
    _ visit: String, of participant: Int = 1, randomizedOn day0: String? = "2027-01-04",
    zone: String = "Europe/London", in definition: StudyDefinition
  ) throws -> RatingTimes {
    RatingTimes(
      of: try #require(definition.visit(try VisitCode(parsing: visit))),
      in: definition, named: "1|101-\(1000 + participant)|\(visit)",
      randomizedOn: try day0.map(date), try SiteClock(zone: zone), key: key)
  }

  private static func midnight(_ day: Int) throws -> UTCInstant {
    try SiteClock(zone: "Europe/London").instant(
      of: date("2027-01-04").advanced(by: day), hour: 0)
      ?? UTCInstant(parsing: "2027-01-04T00:00:00Z")
  }

  // MARK: What is withheld

  @Test
  func
    `REQ-081: of every participant at least three in ten times of every day are withheld at random`()
    async throws
  {
    let definition = try await Self.definition()
    var (possible, offered) = (0, 0)
    var ofTime: [UTCInstant: Int] = [:]
    var ofDay: Set<Int> = []
    var whole: Set<[UTCInstant]> = []
    for participant in 1...300 {
      let times = try Self.times("EOT", of: participant, in: definition)
      let given = times.offered(after: try Self.midnight(29))
      for day in 29...34 {
        let date = try Self.date("2027-01-04").advanced(by: day)
        let hours = times.hours(on: date, asked: try Self.date("2027-01-04").advanced(by: 29))
        #expect(hours.count == 8)
        let left = hours.filter(given.contains)
        #expect(10 * left.count <= 7 * hours.count, "\(left.count) of \(hours.count)")
        ofDay.insert(left.count)
        possible += hours.count
        offered += left.count
      }
      for time in given { ofTime[time, default: 0] += 1 }
      whole.insert(given)
    }
    #expect(10 * (possible - offered) >= 3 * possible)
    // A count of what is left does not tell withheld from full.
    #expect(ofDay == [4, 5])
    // Each time is withheld from some and offered to others, and no two participants have the same.
    #expect(ofTime.count == 48)
    #expect(ofTime.values.allSatisfy { (100...250).contains($0) }, "\(ofTime.values.sorted())")
    #expect(whole.count == 300)
  }

  @Test func `asked again, at any hour, the same times are offered for the same rating`()
    async throws
  {
    let times = try Self.times("EOT", in: try await Self.definition())
    let all = times.offered(after: try Self.midnight(29))
    #expect(!all.isEmpty)
    for hours in 0..<140 {
      let now = try Self.midnight(29).advanced(bySeconds: Int64(hours) * 3600)
      #expect(times.offered(after: now) == all.filter { $0 > now })
    }
    let other = try Self.times("F3", in: try await Self.definition())
    #expect(!other.offered(after: try Self.midnight(110)).isEmpty)
    // A full time is absent, as a withheld one is.
    let full: Set = [all[0], all[3]]
    let left = times.offered(after: try Self.midnight(29), full: full)
    #expect(left == all.filter { !full.contains($0) })
  }

  // MARK: Near treatment

  /// A course of treatment of one arm as the protocol lets it go, drawn at random.
  private static func course(
    of arm: ArmCode, _ definition: StudyDefinition, _ chances: inout SystemRandomNumberGenerator
  ) throws -> [CalendarDate] {
    var done: [VisitCode: CalendarDate] = [:]
    for visit in definition.visits where visit.arms.contains(arm) {
      let allowed = visit.allowedDates(randomizedOn: try date("2027-01-04"), done: done)
      guard let allowed, !allowed.isEmpty else { continue }
      let length = allowed.upperBound.days(since: allowed.lowerBound)
      done[visit.code] = allowed.lowerBound.advanced(
        by: Int.random(in: 0..<length, using: &chances))
    }
    return done.values.sorted()
  }

  @Test
  func
    `REQ-081: whatever the arm and however its sessions fall, none is within 24 hours before a rating`()
    async throws
  {
    let definition = try await Self.definition()
    let clock = try SiteClock(zone: "Europe/London")
    var chances = SystemRandomNumberGenerator()
    var latest = 0
    for visit in ["EOT", "F3", "F6"] {
      let times = try Self.times(visit, in: definition)
      #expect(times.keepsDistance)
      var offered: [UTCInstant] = []
      for day in stride(from: 0, through: 230, by: 7) {
        offered += times.offered(after: try Self.midnight(day))
      }
      #expect(!offered.isEmpty)
      for arm in definition.arms {
        for _ in 0..<200 {
          for session in try Self.course(of: arm.code, definition, &chances) {
            latest = max(latest, session.days(since: try Self.date("2027-01-04")))
            // A session may take place at any time of its day.
            let first = try #require(clock.instant(of: session, hour: 0))
            let last = try #require(clock.instant(of: session.advanced(by: 1), hour: 0))
            let near = offered.filter { $0 >= first && $0 <= last.advanced(bySeconds: 86_400) }
            #expect(near.isEmpty, "\(visit): \(near) after a session on \(session)")
          }
        }
      }
    }
    // Not for want of late sessions.
    #expect(latest == 27)
  }

  @Test
  func `a window that lies wholly among the days of treatment keeps all its days, for every arm`()
    async throws
  {
    let definition = try await Self.definition()
    let times = try Self.times("A2", in: definition)
    #expect(!times.keepsDistance)
    let clock = try SiteClock(zone: "Europe/London")
    let day0 = try Self.date("2027-01-04")
    let days = Set(
      times.offered(after: try Self.midnight(10)).map {
        StudyDay(of: clock.date(at: $0), randomizedOn: day0).number
      })
    #expect(days == Set(13...17))
    // An early end is rated when it comes.
    let early = try Self.times("ET", in: definition)
    #expect(!early.keepsDistance)
    #expect(!early.offered(after: try Self.midnight(5)).isEmpty)
  }

  // MARK: The days

  @Test
  func
    `days of the window are offered, two weeks ahead; once it is over, those before the next one`()
    async throws
  {
    let definition = try await Self.definition()
    let clock = try SiteClock(zone: "Europe/London")
    let day0 = try Self.date("2027-01-04")
    // Windows open next on days 20 (A3), 52 (F1) and 195 (F6).
    for (visit, first, last, next) in [
      ("A2", 13, 17, 20), ("EOT", 29, 34, 52), ("F3", 109, 129, 195), ("F6", 195, 223, 250),
    ] {
      let times = try Self.times(visit, in: definition)
      var (timely, late): (Set<Int>, Set<Int>) = ([], [])
      for day in -20...235 {
        let now = try Self.midnight(day).advanced(bySeconds: 12 * 3600)
        for time in times.offered(after: now) {
          #expect(time > now)
          let number = StudyDay(of: clock.date(at: time), randomizedOn: day0).number
          #expect(number <= day + 14)
          #expect((first...last).contains(number) == (day <= last), "\(visit) \(number) on \(day)")
          if day <= last { timely.insert(number) } else { late.insert(number) }
        }
      }
      #expect(timely == Set(first...last))
      #expect(late == Set((last + 1)..<next))
    }
  }

  @Test func `before randomization screening and baseline are offered, and no visit after it`()
    async throws
  {
    let definition = try await Self.definition()
    let now = try Self.midnight(-10)
    for visit in ["SCR", "BL"] {
      let times = try Self.times(visit, randomizedOn: nil, in: definition)
      #expect(times.offered(after: now).count >= 14 * 4)
      // After it they are past.
      #expect(try Self.times(visit, in: definition).offered(after: Self.midnight(1)).isEmpty)
    }
    for visit in ["A2", "EOT", "F3", "F6"] {
      let times = try Self.times(visit, randomizedOn: nil, in: definition)
      #expect(times.offered(after: now).isEmpty)
    }
  }

  // The instants are written by hand: clocks go forward in California on 14 March 2027 and back on
  // 7 November, in London on 28 March and 31 October.
  @Test(arguments: [
    ("America/Los_Angeles", "2027-03-13", "2027-03-13T17:00:00Z", "2027-03-14T00:00:00Z"),
    ("America/Los_Angeles", "2027-03-14", "2027-03-14T16:00:00Z", "2027-03-14T23:00:00Z"),
    ("America/Los_Angeles", "2027-11-07", "2027-11-07T17:00:00Z", "2027-11-08T00:00:00Z"),
    ("Europe/London", "2027-03-27", "2027-03-27T09:00:00Z", "2027-03-27T16:00:00Z"),
    ("Europe/London", "2027-03-28", "2027-03-28T08:00:00Z", "2027-03-28T15:00:00Z"),
    ("Europe/London", "2027-10-31", "2027-10-31T09:00:00Z", "2027-10-31T16:00:00Z"),
  ])
  func `on a day of 23 or 25 hours ratings begin at the hours the site's clock shows`(
    zone: String, date: String, first: String, last: String
  ) async throws {
    let times = try Self.times("ET", zone: zone, in: try await Self.definition())
    let hours = times.hours(on: try Self.date(date), asked: try Self.date(date))
    #expect(hours.count == 8)
    #expect(hours.first == (try UTCInstant(parsing: first)))
    #expect(hours.last == (try UTCInstant(parsing: last)))
  }

  @Test func `the hours are those of the study, and the usual ones where it names none`()
    async throws
  {
    let written = "ratings: { first_hour: 9, last_hour: 16 }"
    for (text, expected) in [
      ("ratings: { first_hour: 12, last_hour: 20 }", Array(12...20)), ("", Array(9...16)),
    ] {
      let definition = try await DefinitionShelf().read(
        StudyAmendment.source("1.0", [(of: written, to: text)]), for: 1, "1.0")
      let times = try Self.times("ET", in: definition)
      let date = try Self.date("2027-01-20")
      let clock = try SiteClock(zone: "Europe/London")
      #expect(
        times.hours(on: date, asked: date)
          == expected.compactMap { clock.instant(of: date, hour: $0) })
      let left = times.offered(after: try Self.midnight(16)).filter { clock.date(at: $0) == date }
      #expect(10 * left.count <= 7 * expected.count && !left.isEmpty)
    }
  }

  // MARK: Booking

  private static func offer(_ walk: Walk, _ visit: String, at now: UTCInstant) async throws
    -> [UTCInstant]
  {
    try await walk.world.installation.at(now).ratingOffer(
      for: walk.key, at: VisitCode(parsing: visit),
      as: try await walk.world.actor("coordinator", at: walk.way.site, now: now)
    ).times
  }

  private static func book(
    _ walk: Walk, _ visit: String, _ time: UTCInstant, at now: UTCInstant
  ) async throws -> ActRefusal? {
    let coordinator = try await walk.world.actor("coordinator", at: walk.way.site, now: now)
    return await refusal {
      try await walk.world.installation.at(now).bookRating(
        walk.key, at: VisitCode(parsing: visit), startsAt: time, language: "en", as: coordinator)
    }
  }

  @Test func `two who book at once do not both get the last rater who is free, and raters differ`()
    async throws
  {
    try await ReferenceTrial.run { world in
      var walks: [Walk] = []
      for initials in ["AA", "BB", "CC"] {
        walks.append(try await Walk.ready(world, Way(initials: initials)))
      }
      #expect(world.raters.count == 3)
      let now = walks[0].instant(10)
      var common = Set(try await Self.offer(walks[0], "ET", at: now))
      for walk in walks.dropFirst() {
        common.formIntersection(try await Self.offer(walk, "ET", at: now))
      }
      let time = try #require(common.min())
      #expect(try await Self.book(walks[0], "ET", time, at: now) == nil)
      let (one, other) = (walks[1], walks[2])
      async let second = Self.book(one, "ET", time, at: now)
      async let third = Self.book(other, "ET", time, at: now)
      let told = try await [second, third]
      #expect(told.filter { $0 == nil }.count == 1)
      #expect(told.compactMap(\.self) == [.timeNotOffered])
      #expect(
        try world.direct().text(
          "select count(distinct rater)::text from outcome.rating_tasks where starts_at = '\(time)'"
        ) == "2")
      // Now it is full for who has no rating yet, and for no other hour.
      let left = try #require(zip(walks.dropFirst(), told).first { $0.1 != nil }?.0)
      let offered = try await Self.offer(left, "ET", at: now)
      #expect(!offered.contains(time))
      #expect(offered.count >= common.count - 1)
      // The database refuses it for itself, and what is past as well.
      let direct = try world.direct("eq_open", role: "coordinator")
      for at in ["\(time)", "\(now.advanced(bySeconds: -86_400))"] {
        try direct.run("select set_config('eq.now', '\(now)', false)")
        #expect(
          direct.refusal(
            of: """
              select outcome.book_rating('\(left.key)', 'ET', '{MADRS}', '\(at)', 'A-00000000', 'en',
                '{rater}', 'RBR', 'disclosed', 'N')
              """) == "EQ456", "\(at)")
      }
    }
  }

  @Test
  func `REQ-081: whatever keeps a time from being offered, its booking is refused in one sentence`()
    async throws
  {
    try await ReferenceTrial.run { world in
      let walk = try await Walk.ready(world)
      _ = try await walk.randomize()
      // Study day 26: the window goes from 27 to 34.
      let now = walk.instant(9 + 26)
      let offered = try await Self.offer(walk, "EOT", at: now)
      let ofDay = Dictionary(grouping: offered) { $0.seconds(since: walk.pressed) / 86_400 }
      #expect(ofDay.count >= 5)
      let clock = try SiteClock(zone: "Europe/London")
      let day0 = clock.date(at: walk.pressed)
      func hours(_ day: Int) -> [UTCInstant] {
        (9...16).compactMap { clock.instant(of: day0.advanced(by: day), hour: $0) }
      }
      let withheld = hours(30).filter { !offered.contains($0) }
      #expect(withheld.count >= 3)
      let times =
        hours(20) + hours(27) + hours(28) + withheld + hours(35)
        + [offered[0].advanced(bySeconds: 60), now, now.advanced(bySeconds: 3_000_000_000)]
      for time in times {
        #expect(try await Self.book(walk, "EOT", time, at: now) == .timeNotOffered, "\(time)")
      }
      #expect(
        try world.direct().text(
          "select count(*)::text from outcome.rating_tasks where visit = 'EOT'") == "0")
      #expect(try await Self.book(walk, "EOT", offered[0], at: now) == nil)
    }
  }
}
