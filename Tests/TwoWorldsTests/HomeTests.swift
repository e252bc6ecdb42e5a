import Foundation
import Postgres
import Store
import StudyModel
import Testing

/// What stands first on the pages of a day: alerts for who acts, and calls nobody came to.
@Suite(.serialized) struct HomeTests {
  private static func at(_ seconds: Int64) -> String {
    Template.asked.advanced(bySeconds: seconds).description
  }

  /// An alert of class outcome whose time has passed.
  private static func raise(_ room: MatrixWorld) throws {
    let direct = try room.world.direct()
    try direct.script("set session_replication_role = replica")
    try direct.script(
      """
      insert into outcome.alerts (trial_id, participant, site_key, form, visit, repeat, version, name, title,
        items, recipients, existence_to, escalates_to, raised_at, due_at, escalated_at)
      values (\(room.world.trial.id), '\(room.key)', '101', 'QIDSSR16', 'A1', 1, 1, 'SI_HIGH',
        'Thoughts of suicide', 'item 12 is 3', '{investigator}', '{coordinator}',
        '{oncall_physician}', '\(at(-1800))', '\(at(-900))', '\(at(-900))')
      """)
    direct.close()
  }

  /// The entries that were put in beside the product's own acts raised alerts of their own.
  private static func clear(_ room: MatrixWorld) throws {
    let direct = try room.world.direct()
    try direct.script("set session_replication_role = replica")
    for schema in ["open", "outcome", "treatment"] {
      try direct.script("delete from \(schema).alerts")
    }
    direct.close()
  }

  @Test
  func `an alert stands first for who must act, and its existence alone for who may not know`()
    async throws
  {
    let room = try await MatrixWorld()
    try Self.clear(room)
    let page = "/participants/\(room.key)"
    for role in ["investigator", "coordinator", "oncall_physician"] {
      #expect(try await !room.get("/", role).text.contains("Alert:"), "\(role)")
    }
    try Self.raise(room)
    for target in ["/", page] {
      let told = try await room.get(target, "investigator")
      #expect(told.status == 200)
      let alert = try #require(told.text.range(of: "Alert: Thoughts of suicide, A1"), "\(target)")
      #expect(told.text.contains("item 12 is 3") && told.text.contains("time has passed"))
      // Its act is the one button of the page that is filled.
      let button = try #require(told.text.range(of: "button primary"))
      #expect(told.text[button.upperBound...].prefix(80).contains("/alerts/"))
      #expect(alert.lowerBound < button.lowerBound)
    }
    for (role, targets) in [("coordinator", ["/", page]), ("oncall_physician", ["/"])] {
      for target in targets {
        let told = try await room.get(target, role)
        #expect(told.status == 200 && told.text.contains("Alert: somebody else must act"))
        for secret in ["suicide", "item 12", "SI_HIGH"] {
          #expect(!told.text.contains(secret), "\(role) at \(target)")
        }
      }
    }
    for role in ["monitor", "data_manager", "statistician"] {
      #expect(try await !room.get(page, role).text.contains("Alert:"), "\(role)")
    }
    try await room.world.drop()
  }

  @Test func `a call nobody came to is booked again from the home of the site`() async throws {
    let room = try await MatrixWorld()
    #expect(try await !room.get("/", "coordinator").text.contains("No rating of A1"))
    let direct = try room.world.direct()
    try direct.script("set session_replication_role = replica")
    for form in ["MADRS", "CGI", "YMRS", "BPRSP"] {
      try direct.script(
        """
        insert into open.collection_status (trial_id, participant, site_key, form, visit, state, planned_for, at)
        values (\(room.world.trial.id), '\(room.key)', '101', '\(form)', 'A1', 'booked',
          '\(Self.at(-3 * 3600))', '\(Self.at(-86_400))')
        """)
    }
    direct.close()
    let home = try await room.get("/", "coordinator").text
    #expect(home.matches(of: /No rating of A1/).count == 1)
    #expect(home.contains("/participants/\(room.key)/ratings/A1"))
    // What is said of it is work, and does not wait for somebody else as well.
    #expect(!home.contains("Central rating, A1"))
    let coordinator = try #require(
      room.world.template.people.first { $0.role == "coordinator" && $0.site == "101" })
    let before = try await room.world.at(Template.asked.advanced(bySeconds: -60))
      .tell(.page("/", by: coordinator, route: ""))
    #expect(before.text.matches(of: /Central rating, A1/).count == 1)
    #expect(!before.text.contains("No rating of A1"))
    // An alert stands before it.
    try Self.raise(room)
    let alerted = try await room.get("/", "coordinator").text
    let alert = try #require(alerted.range(of: "Alert: somebody else must act"))
    let call = try #require(alerted.range(of: "No rating of A1"))
    #expect(alert.lowerBound < call.lowerBound)
    try await room.world.drop()
  }

  @Test func `a session that ended leads back to the page, and to none of another server`()
    async throws
  {
    let room = try await MatrixWorld()
    func place(_ target: String, _ token: String?, _ method: String = "GET") async throws -> String
    {
      var asked = Asked.page(target, by: nil, route: "")
      asked.method = method
      if let token { asked.headers.append(("Cookie", "__Host-eq=\(token)")) }
      if method == "POST" {
        asked.headers += [
          ("Content-Type", "application/x-www-form-urlencoded"), ("Sec-Fetch-Site", "same-origin"),
        ]
      }
      return try await room.world.tell(asked).headers.first { $0.name == "Location" }?.value ?? ""
    }
    let old = String(repeating: "ab", count: 32)
    let to = "to=%2fparticipants%2fnew"
    #expect(try await place("/", nil) == "/sign-in")
    #expect(try await place("/participants/new", nil).lowercased() == "/sign-in?\(to)")
    #expect(
      try await place("/participants/new", old).lowercased() == "/sign-in?note=session-over&\(to)")
    #expect(try await place("/account", nil, "GET") == "/sign-in?to=%2faccount")
    // A form is not sent again: its page is come back to where its address has one.
    #expect(
      try await place("/participants/101-0001/move", nil, "POST").lowercased()
        == "/sign-in?note=session-over&to=%2fparticipants%2f101-0001%2fmove")
    #expect(try await place("/sign-out", nil, "POST") == "/sign-in?note=session-over")
    let page = try await room.world.tell(
      .page("/sign-in?note=session-over&\(to)", by: nil, route: "")
    ).text
    #expect(page.contains("Your session has ended. Sign in again"))
    #expect(page.contains("name=\"to\" value=\"/participants/new\""))
    let foreign = try await room.world.tell(
      .page("/sign-in?to=https%3A%2F%2Fevil.example", by: nil, route: "")
    ).text
    #expect(!foreign.contains("evil.example") && !foreign.contains("name=\"to\""))
    try await room.world.drop()
  }

  @Test func `where nothing is and where one may not go look alike, within the own frame`()
    async throws
  {
    let room = try await MatrixWorld()
    var bodies: [String] = []
    for target in ["/nowhere", "/study"] {
      let told = try await room.get(target, "coordinator")
      #expect(told.status == 404)
      #expect(told.text.contains("href=\"/participants\"") && told.text.contains(">Home<"))
      // The number of the request and the key of the form to sign out belong to each answer.
      bodies.append(
        told.text.replacing(/<code>[^<]*<\/code>/, with: "")
          .replacing(/name="_key" value="[^"]*"/, with: ""))
    }
    #expect(bodies[0] == bodies[1])
    let asked = try await room.get("/audit?from=yesterday", "data_manager")
    #expect(asked.status == 422 && !asked.text.contains("not saved"))
    try await room.world.drop()
  }
}
