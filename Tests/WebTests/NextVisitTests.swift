import Conduct
import StudyModel
import Testing

@testable import Store
@testable import Web

/// What is said to come next, by who reads.
@Suite struct NextVisitTests {
  private static let day0 = "2027-03-01"

  /// A participant in the days after randomization, as a role sees it.
  private static func view(
    _ role: String, on day: Int, treated: Set<String> = [],
    booked: [(visit: String, at: String)] = []
  ) throws -> CasebookView {
    let definition = try AccessTableTests.definition()
    let date = try CalendarDate(parsing: day0)
    let now = try UTCInstant(parsing: date.advanced(by: day).description + "T12:00:00Z")
    let ratings: Set<FormID> = [
      try FormID(parsing: "MADRS"), try FormID(parsing: "CGI"), try FormID(parsing: "YMRS"),
      try FormID(parsing: "BPRSP"),
    ]
    let participant = Participant(
      key: try ParticipantKey(parsing: "101-0001"), site: try SiteKey(parsing: "101"),
      consentedAt: try UTCInstant(parsing: "2027-02-20T09:00:00Z"), state: "randomized",
      withdrawalLevel: nil, randomizedAt: try UTCInstant(parsing: day0 + "T09:00:00Z"),
      randomizationNumber: 1, withdrawnOn: nil, day0: date,
      randomizedSite: try SiteKey(parsing: "101"))
    let collection = try booked.flatMap { booking in
      try ratings.map(\.text).sorted().map { form in
        CollectionStatus(
          participant: "101-0001", form: form, visit: booking.visit, state: "booked",
          plannedFor: try UTCInstant(parsing: booking.at), since: now)
      }
    }
    let role = try #require(definition.role(try RoleID(parsing: role)))
    let actor = Actor(
      user: 1, username: "a", fullName: "A", role: role, sites: .site(participant.site),
      trial: Trial(
        id: 1, key: "kap-ect", title: "", mode: "training", state: "enrolling", version: "1",
        amendments: 0), definition: definition, authenticatedAt: nil)
    return try CasebookView(
      Casebook(
        participant: participant, entries: [], collection: collection, queries: [],
        treatmentVisits: Set(try treated.map { try VisitCode(parsing: $0) })), actor,
      FormKinds(ratings: ratings, questionnaires: [], blindingRecord: nil), now: now)
  }

  private static let sessions: Set = ["P1", "P2", "K1", "K2", "G1"]

  @Test func `the treating are led to their own visits, in order of day`() throws {
    let view = try Self.view("treat_coordinator", on: 1, treated: Self.sessions)
    #expect(view.nextVisit?.code.text == "P1")
    let codes = view.visitsByDay.map(\.code.text)
    let first = ["P1", "P2", "K1", "A1"]
    #expect(codes.filter(first.contains) == first)
    // Infusion 2 follows infusion 1 by 2 to 5 days, before assessment 1 of day 8.
    #expect(try #require(codes.firstIndex(of: "K2")) < (try #require(codes.firstIndex(of: "A1"))))
  }

  @Test func `a visit of treatment that was not kept does not stand before all others for ever`()
    throws
  {
    let view = try Self.view("treat_coordinator", on: 40, treated: Self.sessions)
    #expect(view.nextVisit.map { $0.dataClass == .open } ?? true)
  }

  @Test func `who may not know treatment is led as before, whatever was allocated`() throws {
    let plain = try Self.view("coordinator", on: 1)
    let allocated = try Self.view("coordinator", on: 1, treated: Self.sessions)
    #expect(plain.nextVisit?.code.text == "A1")
    #expect(plain.nextVisit == allocated.nextVisit)
    #expect(plain.visitsByDay == allocated.visitsByDay)
    let days = plain.visitsByDay.compactMap(\.targetDay)
    #expect(days == days.sorted() && days.count > 8)
  }

  @Test func `a call nobody came to is told three hours after its time, once a visit`() throws {
    func late(_ at: String) throws -> [String] {
      try Self.view("coordinator", on: 8, booked: [("A1", at)]).unattended.map(\.visit.code.text)
    }
    // It is noon.
    #expect(try late("2027-03-09T09:00:00Z") == ["A1"])
    #expect(try late("2027-03-09T09:00:01Z").isEmpty)
    let view = try Self.view(
      "coordinator", on: 8,
      booked: [("A1", "2027-03-09T09:00:00Z"), ("A2", "2027-03-16T09:00:00Z")]
    )
    #expect(view.bookings.map(\.visit) == ["A1", "A2"])
  }
}
