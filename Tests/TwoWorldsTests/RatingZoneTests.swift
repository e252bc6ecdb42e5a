import Postgres
import Store
import StudyModel
import Testing

@testable import Conduct

/// By which clock the times on a page of a rating are read.
@Suite(.serialized) struct RatingZoneTests {
  /// A rating that is booked, and its rater.
  private struct Call {
    let rater: Person
    let token: String
    let participant: String
    let startsAt: UTCInstant

    var page: String { "/desk/\(token)/MADRS?all=1" }
  }

  private static func call(_ world: World) throws -> Call {
    let direct = try world.direct()
    defer { direct.close() }
    let row = try #require(
      try direct.execute(
        Statement(
          text: """
            select u.username, t.token, t.participant,
                   to_char(t.starts_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')
              from outcome.rating_tasks t join access.users u on u.user_id = t.rater
             where t.state = 'booked' order by t.starts_at, t.token limit 1
            """)
      ).first)
    return Call(
      rater: try world.person(try row.get(0)), token: try row.get(1), participant: try row.get(2),
      startsAt: try UTCInstant(parsing: try row.get(3)))
  }

  /// The form of the page on which the whole instrument stands, as the page fills it.
  private static func drawn(
    _ world: World, _ call: Call, _ number: Int
  ) async throws -> [(name: String, value: String)] {
    var asked = Asked.page(call.page, by: call.rater, route: "")
    // Every page has a request key of its own.
    asked.number = number
    let told = try await world.tell(asked)
    let form = PageReading.forms(of: told.text, password: Template.password).first {
      $0.action == call.page
    }
    return try #require(form, "status \(told.status)").fields
  }

  /// Sends the boxes of the start and what the page sends along, as a draft; gives the instant that is kept.
  private static func keep(
    _ world: World, _ call: Call, _ fields: [(name: String, value: String)]
  ) async throws -> String {
    let sent = fields.filter { field in
      field.name.hasPrefix("_")
        || ["start.day", "start.month", "start.year", "start.time"].contains(field.name)
    }
    let told = try await world.tell(
      .form(call.page, sent + [("act", "draft")], by: call.rater, route: ""))
    #expect(told.status == 303, "\(told.text.suffix(2000))")
    let direct = try world.direct()
    defer { direct.close() }
    let kept = try direct.execute(
      Statement(
        text: """
          select e.answers ->> 'start' from outcome.entries e
           where e.participant = '\(call.participant)' and e.visit = 'ET' and e.form = 'MADRS'
          """))
    return try #require(kept.first).get(0)
  }

  private static func choose(_ zone: String, _ world: World, _ call: Call) async throws {
    let told = try await world.tell(
      .form(
        "/account/zone", [("_token", call.rater.formToken.hexText), ("zone", zone)], by: call.rater,
        route: ""))
    #expect(told.status == 303)
  }

  private static func value(_ name: String, of fields: [(name: String, value: String)]) -> String? {
    fields.first { $0.name == name }?.value
  }

  @Test
  func
    `times on a page of a rating are read by the clock it was drawn with, whatever zone was chosen since`()
    async throws
  {
    let pair = try await NonInterferenceTests.arms.value.pair()
    let call = try Self.call(pair.one)
    let now = call.startsAt.advanced(bySeconds: 600)
    let world = pair.one.at(now)
    // No zone is chosen: the clock of the coordinating centre.
    let first = try await Self.drawn(world, call, 1)
    #expect(Self.value("_zone", of: first) == "Europe/London")
    try await Self.choose("Asia/Tokyo", world, call)
    #expect(try await Self.keep(world, call, first) == now.description)
    // A page drawn since shows and reads the same instant by the clock that was chosen.
    let second = try await Self.drawn(world, call, 2)
    #expect(Self.value("_zone", of: second) == "Asia/Tokyo")
    #expect(Self.value("start.time", of: second) != Self.value("start.time", of: first))
    try await Self.choose("America/New_York", world, call)
    #expect(try await Self.keep(world, call, second) == now.description)
    try await pair.drop()
  }
}
