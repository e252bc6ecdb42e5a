import Foundation
import StudyModel
import Testing

struct TimeTests {
  @Test func `a date is counted and written back over four centuries`() throws {
    var date = try CalendarDate(parsing: "1900-01-01")
    let last = try CalendarDate(parsing: "2300-12-31")
    #expect(date.daysSince1970 == -25_567)
    var expected = (year: 1900, month: 1, day: 1)
    while date < last {
      #expect(date.parts == expected)
      #expect(CalendarDate(year: expected.year, month: expected.month, day: expected.day) == date)
      expected = Self.next(expected)
      date = date.advanced(by: 1)
    }
    #expect(date == last)
  }

  private static func next(_ date: (year: Int, month: Int, day: Int)) -> (
    year: Int, month: Int, day: Int
  ) {
    let isLeap = date.year % 4 == 0 && (date.year % 100 != 0 || date.year % 400 == 0)
    let lengths = [31, isLeap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
    if date.day < lengths[date.month - 1] { return (date.year, date.month, date.day + 1) }
    return date.month < 12 ? (date.year, date.month + 1, 1) : (date.year + 1, 1, 1)
  }

  @Test(arguments: [
    "2027-02-29", "2027-13-01", "2027-00-10", "2027-1-1", "27-01-01", "2027/01/01", "",
  ])
  func `a date the calendar does not have is refused`(text: String) {
    #expect(throws: ParseFault.self) { try CalendarDate(parsing: text) }
  }

  @Test(arguments: [
    ("2027-01-04T09:30:00Z", "2027-01-04T09:30:00Z"), ("2027-01-04T09:30Z", "2027-01-04T09:30:00Z"),
    ("2027-01-04T09:30:00+01:00", "2027-01-04T08:30:00Z"),
    ("2027-01-04T00:30:00.5+09:30", "2027-01-03T15:00:00.500000Z"),
    ("1969-12-31T23:59:59.999999Z", "1969-12-31T23:59:59.999999Z"),
  ])
  func `an instant is stored in universal time`(written: String, stored: String) throws {
    #expect(try UTCInstant(parsing: written).description == stored)
  }

  @Test(arguments: [
    "2027-01-04", "2027-01-04T09:30", "2027-01-04T24:00Z", "2027-01-04T09:30:60Z",
    "2027-01-04 09:30Z", "2027-01-04T09:30:00.1234567Z", "2027-01-04T09:30:00+1:00",
  ])
  func `an instant without its zone, or off the clock, is refused`(text: String) {
    #expect(throws: ParseFault.self) { try UTCInstant(parsing: text) }
  }

  @Test func `the windows of every visit follow the reference, in the calendar of the site`() throws
  {
    let vectors = try WindowFile.vectors()
    #expect(vectors.count >= 3)
    for vector in vectors {
      let day0 = try CalendarDate(parsing: vector.input.randomizedOn)
      for expected in vector.out {
        let dates = try #require(Self.visits[expected.visit]?.dates(randomizedOn: day0))
        #expect(dates.target.description == expected.target, "\(vector.id) \(expected.visit)")
        #expect(dates.window.lowerBound.description == expected.opens, "\(vector.id)")
        #expect(dates.window.upperBound.description == expected.closes, "\(vector.id)")
      }
    }
  }

  private static var visits: [String: Visit] {
    let table: [(String, Int, ClosedRange<Int>)] = [
      ("A1", 8, 6...10), ("A2", 15, 13...17), ("A3", 22, 20...24), ("EOT", 29, 27...34),
      ("F1", 59, 52...66), ("F2", 89, 82...96), ("F3", 119, 109...129), ("F6", 209, 195...223),
    ]
    var visits: [String: Visit] = [:]
    for (code, day, window) in table {
      visits[code] = (try? VisitCode(parsing: code)).map {
        Visit(code: $0, title: code, targetDay: day, window: window, place: "site")
      }
    }
    return visits
  }

  // Oracle: the tz database. Berlin goes from +01:00 to +02:00 on 28 March 2027 at 01:00Z.
  @Test func `a study day counts dates on the wall, also over a change of the clock`() throws {
    let berlin = try SiteClock(zone: "Europe/Berlin")
    let start = try UTCInstant(parsing: "2027-03-27T23:30:00Z")
    #expect(berlin.date(at: start).description == "2027-03-28")
    let shortDay = try UTCInstant(parsing: "2027-03-28T22:00:00Z")
    #expect(berlin.date(at: shortDay).description == "2027-03-29")
    #expect(StudyDay(of: shortDay, randomizedAt: start, at: berlin).number == 1)
    #expect(
      StudyDay(of: start.advanced(bySeconds: -3600), randomizedAt: start, at: berlin).number == -1)
  }

  /// The last minute before a window of days 6 to 10, its first, its last and the one after.
  ///
  /// Changes of the clock in 2027 by the tz database: Berlin 28 March and 31 October, Adelaide
  /// 4 April and 3 October.
  static let changes: [(zone: String, randomized: String, minutes: [String])] = [
    (
      "Europe/Berlin", "2027-03-22T23:30:00Z",
      [
        "2027-03-28T21:59:00Z", "2027-03-28T22:00:00Z", "2027-04-02T21:59:00Z",
        "2027-04-02T22:00:00Z",
      ]
    ),
    (
      "Europe/Berlin", "2027-10-25T21:30:00Z",
      [
        "2027-10-30T21:59:00Z", "2027-10-30T22:00:00Z", "2027-11-04T22:59:00Z",
        "2027-11-04T23:00:00Z",
      ]
    ),
    (
      "Australia/Adelaide", "2027-03-30T13:40:00Z",
      [
        "2027-04-05T14:29:00Z", "2027-04-05T14:30:00Z", "2027-04-10T14:29:00Z",
        "2027-04-10T14:30:00Z",
      ]
    ),
    (
      "Australia/Adelaide", "2027-09-30T14:20:00Z",
      [
        "2027-10-05T13:29:00Z", "2027-10-05T13:30:00Z", "2027-10-10T13:29:00Z",
        "2027-10-10T13:30:00Z",
      ]
    ),
  ]

  @Test(arguments: changes)
  func `a window is days of the site's calendar, also over a change of the clock`(
    zone: String, randomized: String, minutes: [String]
  ) throws {
    let clock = try SiteClock(zone: zone)
    let start = try UTCInstant(parsing: randomized)
    let visit = Visit(
      code: try VisitCode(parsing: "A1"), title: "Assessment", targetDay: 8, window: 6...10,
      place: "remote")
    let window = try #require(visit.dates(randomizedOn: clock.date(at: start))).window
    let inside = try minutes.map { window.contains(clock.date(at: try UTCInstant(parsing: $0))) }
    #expect(inside == [false, true, true, false])
    let days = try minutes.map {
      StudyDay(of: try UTCInstant(parsing: $0), randomizedAt: start, at: clock).number
    }
    #expect(days == [5, 6, 10, 11])
  }

  @Test func `the same instant is another date at another site`() throws {
    let instant = try UTCInstant(parsing: "2027-01-04T13:45:00Z")
    let dates = try ["Australia/Adelaide", "America/Phoenix", "Pacific/Kiritimati"]
      .map { try SiteClock(zone: $0).date(at: instant).description }
    #expect(dates == ["2027-01-05", "2027-01-04", "2027-01-05"])
  }

  @Test(arguments: ["UTC", "+01:00", "Europe/Berlino", "", "GMT+1", "../etc/passwd"])
  func `a zone must be a place of the tz database`(name: String) {
    #expect(throws: ParseFault.self) { try SiteClock(zone: name) }
  }
}

/// The reference vectors of visit windows.
struct WindowFile: Decodable {
  struct Input: Decodable {
    let randomizedOn: String
    enum CodingKeys: String, CodingKey { case randomizedOn = "randomized_on" }
  }

  struct Window: Decodable { let visit, target, opens, closes: String }

  struct Vector: Decodable {
    let id: String
    let input: Input
    let out: [Window]
    enum CodingKeys: String, CodingKey {
      case id, out
      case input = "in"
    }
  }

  let vectors: [Vector]

  static func vectors() throws -> [Vector] {
    let tests = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .deletingLastPathComponent()
    let data = try Data(
      contentsOf: tests.appendingPathComponent("Oracles/windows/visit_windows.json"))
    return try JSONDecoder().decode(WindowFile.self, from: data).vectors
  }
}
