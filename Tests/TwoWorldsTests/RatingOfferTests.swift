import Foundation
import Postgres
import Store
import StudyModel
import Testing

@testable import Conduct

/// What pages and API offer for booking a rating, and refuse.
@Suite(.serialized) struct RatingOfferTests {
  private struct Offer: Decodable, Equatable {
    let times: [String]
    let zone: String
  }

  private static func api(_ key: String, _ visit: String) -> String {
    "/api/v1/participants/\(key)/ratings/\(visit)"
  }

  private static func ask(_ world: World, _ key: String, _ visit: String) async throws -> Told {
    let coordinator = try world.person("coordinator@\(key.prefix(3))")
    return try await world.tell(.api("GET", api(key, visit), by: coordinator, route: ""))
  }

  private static func show(_ world: World, _ key: String, _ visit: String) async throws -> Told {
    let coordinator = try world.person("coordinator@\(key.prefix(3))")
    return try await world.tell(
      .page("/participants/\(key)/ratings/\(visit)", by: coordinator, route: ""))
  }

  private static func offer(_ world: World, _ key: String, _ visit: String) async throws -> Offer {
    try JSONDecoder().decode(Offer.self, from: Data(try await ask(world, key, visit).body))
  }

  private static func book(
    _ world: World, _ key: String, _ visit: String, _ time: String
  ) async throws -> [Told] {
    let coordinator = try world.person("coordinator@\(key.prefix(3))")
    return [
      try await world.tell(
        .api(
          "POST", api(key, visit), by: coordinator, route: "",
          body: #"{"starts_at":"\#(time)","language":"en"}"#, key: "a-booking-of-a-program-\(time)")
      ),
      try await world.tell(
        .form(
          "/participants/\(key)/ratings/\(visit)",
          [
            ("_token", coordinator.formToken.hexText), ("_key", "a-booking-of-a-page-\(time)"),
            ("slot", time), ("language", "en"),
          ], by: coordinator, route: "")),
    ]
  }

  /// The values of the choices of times on a page, and how many labels stand there.
  private static func choices(_ told: Told) -> (values: [String], labels: Int) {
    let times = told.text.matches(of: /<input[^>]*name="slot"[^>]*>/).map { String($0.output) }
    let values = times.compactMap { input in
      input.firstMatch(of: /value="([^"]*)"/).map { String($0.1) }
    }
    let part = told.text.components(separatedBy: "Language of the call")[0]
    return (values, part.matches(of: /<label/).count)
  }

  private static func lines(_ direct: Connection, _ sql: String) throws -> [String] {
    try direct.execute(Statement(text: sql)).map { row throws(DatabaseError) in
      try row.get(0) as String
    }
  }

  /// The participants of the story, by their keys.
  private static func keys(_ world: World) throws -> [String] {
    let direct = try world.direct()
    defer { direct.close() }
    return try lines(
      direct,
      "select participant from open.participants where randomized_at is not null order by 1")
  }

  @Test
  func
    `REQ-081, NI-1: the times that are offered are the same bytes whatever the arm and its sessions`()
    async throws
  {
    let pair = try await NonInterferenceTests.arms.value.pair()
    var offered = 0
    for key in try Self.keys(pair.one) {
      for visit in ["A2", "EOT", "F3", "ET"] {
        for ask in [Self.ask, Self.show] {
          let (one, two) = (
            try await ask(pair.one, key, visit), try await ask(pair.two, key, visit)
          )
          #expect(one.difference(from: two) == nil, "\(key) \(visit)")
        }
        offered += try await Self.offer(pair.one, key, visit).times.count
      }
    }
    #expect(offered > 300, "\(offered)")
    try await pair.drop()
  }

  @Test
  func
    `REQ-081: what is withheld and what is full is absent alike, and refused in the same bytes as any other time`()
    async throws
  {
    let pair = try await NonInterferenceTests.arms.value.pair()
    let world = pair.one
    let direct = try world.direct()
    defer { direct.close() }
    // Somebody whose end of treatment comes, with days near treatment still ahead.
    let key = try #require(
      try Self.lines(
        direct,
        """
        select participant from open.participants
         where randomized_at > timestamptz '\(Template.asked)' - interval '27 days'
         order by randomized_at limit 1
        """
      ).first)
    let pressed = try #require(
      try Self.lines(
        direct,
        """
        select to_char(randomized_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')
          from open.participants where participant = '\(key)'
        """
      ).first)
    let at = try UTCInstant(parsing: pressed)
    let offer = try await Self.offer(world, key, "EOT")
    let clock = try SiteClock(zone: offer.zone)
    let day0 = clock.date(at: at)
    func hours(_ day: Int) throws -> [String] {
      try (9...16).map {
        try #require(clock.instant(of: day0.advanced(by: day), hour: $0)).description
      }
    }
    let full = try #require(offer.times.first)
    let withheld = try #require(
      try (30...33).flatMap(hours).first { !offer.times.contains($0) })
    // Two of three raters are booked at that time, by whomever.
    try direct.script(
      """
      set session_replication_role = replica;
      insert into outcome.rating_tasks (trial_id, token, participant, site_key, visit, forms, language, starts_at, state)
      select \(world.trial.id), 'A-0000000' || n, '101-000' || n, '101', 'F6', '{MADRS}', 'en', '\(full)', 'booked'
        from generate_series(1, 2) n;
      set session_replication_role = default;
      """)
    let answer = try await Self.ask(world, key, "EOT")
    let members = try #require(
      try JSONSerialization.jsonObject(with: Data(answer.body)) as? [String: Any])
    #expect(Set(members.keys) == ["times", "zone"])
    let left = try await Self.offer(world, key, "EOT").times
    #expect(left == Array(offer.times.dropFirst()))
    let page = try await Self.show(world, key, "EOT")
    let (values, labels) = Self.choices(page)
    #expect(values == left)
    #expect(labels == left.count)
    for absent in [full, withheld] {
      #expect(!answer.text.contains(absent))
      #expect(!page.text.contains(absent))
    }
    // One refusal for all of them.
    let yesterday = try hours(StudyDay(of: Template.asked, randomizedAt: at, at: clock).number - 1)
    let refused =
      [full, withheld, yesterday[2], "2031-01-01T10:00:00Z"]
      + [try hours(28)[3], try hours(35)[3], left[0].replacing("00:00Z", with: "00:01Z")]
    let first = try await Self.book(world, key, "EOT", full)
    #expect(first.map(\.status) == [409, 409])
    #expect(first[0].text.contains("time_not_offered"))
    for time in refused.dropFirst() {
      let told = try await Self.book(world, key, "EOT", time)
      for (one, two) in zip(first, told) {
        #expect(one.difference(from: two) == nil, "\(time)")
      }
    }
    let booked = try Self.lines(
      direct,
      """
      select count(*)::text from outcome.rating_tasks
       where participant = '\(key)' and visit = 'EOT'
      """)
    #expect(booked == ["0"])
    let done = try await Self.book(world, key, "EOT", left[0])
    // The page comes second, and finds it booked.
    #expect(done.map(\.status) == [201, 409])
    try await pair.drop()
  }

  private static func post(
    _ world: World, _ address: String, _ body: String, _ number: Int
  ) async throws -> Told {
    let coordinator = try world.person("coordinator@101")
    var asked = Asked.api(
      "POST", address, by: coordinator, route: "", body: body, key: "a-rating-is-moved-\(number)")
    // Every request draws for itself, the same in both worlds.
    asked.number = number
    return try await world.tell(asked)
  }

  @Test
  func
    `NI-1: a rating is moved, cancelled and booked again in the same bytes whatever the arm, and what is withheld stays`()
    async throws
  {
    let pair = try await NonInterferenceTests.arms.value.pair()
    var (moved, asked) = (0, 7_000_000)
    for key in try Self.keys(pair.one) where key.hasPrefix("101") {
      for visit in ["F3", "ET"] {
        let place = Self.api(key, visit)
        let before = try await Self.offer(pair.one, key, visit).times
        guard before.count > 3 else { continue }
        let last = before[before.count - 1]
        let steps = [
          ("", #"{"starts_at":"\#(before[0])","language":"en"}"#),
          ("/call-link", #"{"call_link":"https://meet.example/abc"}"#),
          ("/move", #"{"starts_at":"\#(last)","reason":"as asked"}"#),
          ("/move", #"{"starts_at":"\#(last)","reason":"as asked"}"#),
          ("/cancel", #"{"reason":"as asked"}"#), ("/cancel", #"{"reason":"as asked"}"#),
          ("", #"{"starts_at":"\#(last)","language":"en"}"#),
          ("/cancel", #"{"reason":"as asked"}"#),
        ]
        // Who had a booking before loses it here, and its time is offered with the others.
        var hadBooking = false
        for step in steps {
          asked += 1
          let one = try await Self.post(pair.one, place + step.0, step.1, asked)
          let two = try await Self.post(pair.two, place + step.0, step.1, asked)
          #expect(one.difference(from: two) == nil, "\(key) \(visit) \(step)")
          if step.1 == steps[0].1, one.status != 201 { hadBooking = true }
          if step.0 == "/move", one.status == 201 { moved += 1 }
          for ask in [Self.ask, Self.show] {
            let (here, there) = (
              try await ask(pair.one, key, visit), try await ask(pair.two, key, visit)
            )
            #expect(here.difference(from: there) == nil, "\(key) \(visit) after \(step)")
          }
        }
        let after = try await Self.offer(pair.one, key, visit).times
        #expect(after.filter(before.contains) == before, "\(key) \(visit)")
        #expect(after.count <= before.count + (hadBooking ? 1 : 0), "\(key) \(visit)")
      }
    }
    #expect(moved > 3, "\(moved)")
    try await pair.drop()
  }
}
