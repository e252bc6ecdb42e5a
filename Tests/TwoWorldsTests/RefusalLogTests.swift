import Logging
import Postgres
import Testing

@testable import Web

/// What is refused leaves a line for who watches the server, and nothing of what was asked.
@Suite(.serialized) struct RefusalLogTests {
  @Test
  func `REQ-097: what is refused is in the log by rule, route and person, without a word of it`()
    async throws
  {
    let pair = try await NonInterferenceTests.arms.value.pair()
    let world = pair.one
    let rater = try world.person("rater")
    var foreign = Asked.page("/sign-in", by: nil, route: "")
    foreign.headers.append(("X-Forwarded-Proto", "http"))
    var cross = Asked.form("/account/letters", [("address", "a@b.example")], by: rater, route: "")
    cross.headers.removeAll { $0.name == "Sec-Fetch-Site" }
    cross.headers.append(("Sec-Fetch-Site", "cross-site"))
    let asked: [(Asked, Int, String)] = [
      (
        .page("/accounts/planted-name", by: rater, route: ""), 404,
        "refused: a request without the right, GET /accounts/{user}, person \(rater.user)"
      ),
      (
        .api("GET", "/api/v1/exports/blinded?item=planted-name", by: rater, route: ""), 404,
        "refused: a request without the right, GET /api/v1/exports/blinded, person \(rater.user)"
      ),
      (
        cross, 403,
        "refused: a request from another site or without its token, POST /account/letters, person \(rater.user)"
      ),
      (
        foreign, 403,
        "refused: a request that reached the proxy unencrypted, no route, nobody signed in"
      ),
      (
        .api(
          "POST", "/api/v1/sessions", by: nil, route: "", body: "{\"planted-name\": 1}"), 400,
        "refused: a request with a body that cannot be read, POST /api/v1/sessions, nobody signed in"
      ),
    ]
    for (one, status, line) in asked {
      let before = world.log.lines.count
      #expect(try await world.tell(one).status == status, "\(one)")
      let number = world.number(one)
      #expect(
        world.log.lines.dropFirst(before) == ["notice \(line), number \(number)"], "\(one)")
    }
    // What a role may not ask for is an event of the account too, and nothing else of these is.
    let refused = try world.direct().execute(
      "select user_id || ' ' || detail from access.events where kind = 'refused' order by event_id"
    ).map { try $0.get(0, as: String.self) }
    #expect(
      refused == [
        "\(rater.user) GET /accounts/{user} as rater",
        "\(rater.user) GET /api/v1/exports/blinded as rater",
      ])
    // What is not there and what is hidden are one answer, and neither has a line.
    let coordinator = try world.person("coordinator@101")
    let before = world.log.lines.count
    for participant in ["101-9999", "104-0001"] {
      let told = try await world.tell(
        .api("GET", "/api/v1/participants/\(participant)", by: coordinator, route: ""))
      #expect(told.status == 404)
    }
    #expect(world.log.lines.count == before)
    #expect(!world.log.lines.contains { $0.contains("planted-name") })
    try await pair.drop()
  }

  @Test func `REQ-072: a fault nobody foresaw is one number in answer and log, and ends nothing`()
    async throws
  {
    let pair = try await NonInterferenceTests.arms.value.pair()
    let world = pair.one
    let coordinator = try world.person("coordinator@101")
    let list = Asked.api("GET", "/api/v1/participants", by: coordinator, route: "")
    #expect(try await world.tell(list).status == 200)
    try world.direct().script("alter table open.participants rename to planted_name")
    let before = world.log.lines.count
    for (index, asked) in [list, .page("/participants", by: coordinator, route: "")].enumerated() {
      let told = try await world.tell(asked)
      let body = String(decoding: told.body, as: UTF8.self)
      #expect(told.status == 500 && body.contains("number"))
      for word in ["participants\"", "42P01", "select", "StoreError", "planted"] {
        #expect(!body.contains(word), "\(word)")
      }
      let line = try #require(world.log.lines.dropFirst(before + index).first)
      #expect(line.hasPrefix("error request \(world.number(asked)) failed: "))
      #expect(body.contains(world.number(asked)))
      // The number is drawn by chance, and three of its digits may be the site's.
      let said = line.replacing(world.number(asked), with: "")
      #expect(!said.contains("participants") && !said.contains("101"))
    }
    #expect(try await world.tell(.page("/sign-in", by: nil, route: "")).status == 200)
    try world.direct().script("alter table open.planted_name rename to participants")
    #expect(try await world.tell(list).status == 200)
    try await pair.drop()
  }

  @Test func `nobody fills the log by being refused: the rest of a minute is counted`() {
    let kept = KeptLog()
    let log = RefusalLog(Logger(label: "refusals") { _ in kept }, most: 3)
    let start = ContinuousClock.now
    for _ in 0..<10 { log.tell(.noRight, at: start) }
    #expect(kept.lines.count == 3)
    log.tell(.tooMany, person: 7, at: start.advanced(by: .seconds(61)))
    #expect(
      kept.lines.suffix(2) == [
        "notice refused: 7 more requests of the minute before",
        "notice refused: a request beyond the bound of requests, no route, person 7",
      ])
  }
}
