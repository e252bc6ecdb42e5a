import Testing

@testable import Web

/// How much one person may ask for, which is the same in every world.
@Suite(.serialized) struct LimitTests {
  private static let few = RequestLimits(
    atOncePerAddress: 2, atOncePerPerson: 2,
    perMinute: [.randomization: 2, .export: 2, .search: 3])

  private static func answers(
    _ world: World, _ asked: Asked, _ count: Int
  ) async throws -> [Told] {
    var told: [Told] = []
    for _ in 0..<count { told.append(try await world.tell(asked)) }
    return told
  }

  @Test
  func `REQ-074: randomization, export and search are bounded by person, and alike in both worlds`()
    async throws
  {
    let pair = try await NonInterferenceTests.arms.value.pair()
    let worlds = [pair.one, pair.two].map { $0.bounded(by: Self.few) }
    var ends: [[Told]] = []
    for world in worlds {
      let coordinator = try world.person("coordinator@101")
      let statistician = try world.person("statistician")
      let other = try world.person("data_manager")
      let search = Asked.page("/participants?key=101", by: coordinator, route: "")
      let found = try await Self.answers(world, search, 5)
      #expect(found.map(\.status) == [200, 200, 200, 429, 429])
      #expect(found[4].headers.contains { $0.name == "Retry-After" && $0.value == "10" })
      // Somebody else is not kept waiting by it.
      let else1 = Asked.page("/participants?key=101", by: other, route: "")
      #expect(try await world.tell(else1).status == 200)
      let export = Asked.api("GET", "/api/v1/exports/blinded", by: statistician, route: "")
      let exports = try await Self.answers(world, export, 4)
      #expect(exports[0].status != 429 && exports[1].status != 429)
      #expect(exports.suffix(2).map(\.status) == [429, 429])
      let draw = Asked.api(
        "POST", "/api/v1/participants/101-9999/randomize", by: coordinator, route: "", body: "{}",
        key: "a-request-key-of-limits")
      let draws = try await Self.answers(world, draw, 3)
      #expect(draws[1].status == 404 && draws[2].status == 429)
      // Who may not ask for it is told what others are, however often.
      let closed = Asked.api("GET", "/api/v1/exports/blinded", by: coordinator, route: "")
      #expect(try await Self.answers(world, closed, 5).allSatisfy { $0.status == 404 })
      ends.append([found[4], exports[3], draws[2]])
    }
    #expect(ends[0] == ends[1])
    try await pair.drop()
  }

  @Test func `REQ-074: an answer that was given too often is given again after a while`() throws {
    let gate = RequestGate(Self.few)
    let start = ContinuousClock.now
    for _ in 0..<2 { try gate.take(.export, by: 1, at: start) }
    #expect(throws: RequestGate.Closed.tooOften) { try gate.take(.export, by: 1, at: start) }
    try gate.take(.export, by: 2, at: start)
    try gate.take(.search, by: 1, at: start)
    #expect(throws: RequestGate.Closed.tooOften) {
      try gate.take(.export, by: 1, at: start.advanced(by: .seconds(29)))
    }
    try gate.take(.export, by: 1, at: start.advanced(by: .seconds(31)))
    #expect(throws: RequestGate.Closed.tooOften) {
      try gate.take(.export, by: 1, at: start.advanced(by: .seconds(32)))
    }
  }

  @Test func `REQ-074: a person and an address have a bound of requests at the same time`()
    async throws
  {
    for party in [RequestGate.Party.address("192.0.2.1"), .person(7)] {
      let gate = RequestGate(Self.few)
      try await gate.counting(party) {
        try await gate.counting(party) {
          await #expect(throws: RequestGate.Closed.atOnce) { try await gate.counting(party) {} }
          try await gate.counting(.person(8)) {}
          try await gate.counting(.address("192.0.2.2")) {}
        }
        // One has ended, by an answer or by a fault.
        await #expect(throws: CancellationError.self) {
          try await gate.counting(party) { throw CancellationError() }
        }
        try await gate.counting(party) {}
      }
    }
    // A file of data is held whole while it is read: one person sends one at a time.
    let gate = RequestGate(.usual)
    try await gate.counting(.importer(7)) {
      await #expect(throws: RequestGate.Closed.atOnce) { try await gate.counting(.importer(7)) {} }
      try await gate.counting(.importer(8)) {}
      try await gate.counting(.person(7)) {}
    }
  }

  @Test func `REQ-074: requests of one address beyond the bound are refused before they are read`()
    async throws
  {
    let pair = try await NonInterferenceTests.arms.value.pair()
    let world = pair.one.bounded(
      by: RequestLimits(atOncePerAddress: 0, atOncePerPerson: 2, perMinute: [:]))
    var asked = Asked.page("/sign-in", by: nil, route: "")
    #expect(try await world.tell(asked).status == 200)
    asked.headers.append(("X-Forwarded-For", "192.0.2.7"))
    let page = try await world.tell(asked)
    #expect(page.status == 429)
    #expect(page.headers.contains { $0.name == "Retry-After" && $0.value == "1" })
    let silent = pair.one.bounded(
      by: RequestLimits(atOncePerAddress: 2, atOncePerPerson: 0, perMinute: [:]))
    let person = try silent.person("coordinator@101")
    let refused = try await silent.tell(
      .api("GET", "/api/v1/participants", by: person, route: ""))
    #expect(refused.status == 429)
    #expect(String(decoding: refused.body, as: UTF8.self).contains("too_many_requests"))
    #expect(try await silent.tell(.page("/sign-in", by: nil, route: "")).status == 200)
    try await pair.drop()
  }

  @Test(arguments: [
    ("text/plain", 415), ("application/x-www-form-urlencoded", 415), ("", 415),
    ("application/jsonp", 415), ("application/json; charset=utf-16", 415),
    ("application/json", 404), ("Application/JSON; charset=UTF-8", 404),
  ])
  func `a change of the API is asked for in JSON and in nothing else`(
    _ type: String, _ status: Int
  ) async throws {
    let pair = try await NonInterferenceTests.arms.value.pair()
    let person = try pair.one.person("coordinator@101")
    var asked = Asked.api(
      "POST", "/api/v1/participants/101-9999/randomize", by: person, route: "",
      key: "a-request-key-of-limits")
    asked.body = Array("{}".utf8)
    if !type.isEmpty { asked.headers.append(("Content-Type", type)) }
    #expect(try await pair.one.tell(asked).status == status)
    try await pair.drop()
  }

  private static let origins: [(headers: [(String, String)], status: Int)] = [
    ([], 404), ([("Sec-Fetch-Site", "same-origin")], 404),
    ([("Origin", "http://localhost:8420")], 404),
    ([("Sec-Fetch-Site", "cross-site")], 403), ([("Sec-Fetch-Site", "same-site")], 403),
    ([("Sec-Fetch-Site", "none")], 403), ([("Origin", "http://evil.example")], 403),
    ([("Origin", "null")], 403),
  ]

  @Test(arguments: origins.indices)
  func `a browser on another site changes nothing by a program's session either`(
    _ index: Int
  ) async throws {
    let pair = try await NonInterferenceTests.arms.value.pair()
    let person = try pair.one.person("coordinator@101")
    var asked = Asked.api(
      "POST", "/api/v1/participants/101-9999/randomize", by: person, route: "", body: "{}",
      key: "a-request-key-of-limits")
    asked.headers += Self.origins[index].headers.map { (name: $0.0, value: $0.1) }
    #expect(try await pair.one.tell(asked).status == Self.origins[index].status)
    try await pair.drop()
  }
}
