import Foundation
import Postgres

@testable import Web

/// What somebody at a desk does with good reason, each act by the API and on what the story left for it.
///
/// Requests made from a route alone know neither who may be randomized nor when a call is booked: of
/// acts whose handlers ask for that they would only ever be told what is missing.
extension Visitor {
  /// Does what there is to do for this person's role.
  mutating func runErrands() async throws {
    switch person?.role {
    case "coordinator" where person?.site == "101": try await coordinate()
    case "data_manager": try await manageData()
    case "safety_officer": try await followEvent()
    case "rand_manager": try await draftScheme()
    case "access_admin": try await propose()
    case "investigator": try await sign()
    case nil: try await answer()
    default: break
    }
  }

  private mutating func act(_ path: String, _ body: String? = nil) async throws -> String {
    let target = "/api/v1" + path
    let method = body == nil ? "GET" : "POST"
    guard let route = Addresses.route(method, target) else { return "" }
    errands += 1
    return try await ask(
      .api(
        method, target, by: person, route: Addresses.name(of: route), body: body,
        key: body.map { _ in "errand-\(errands)-of-\(name)" })
    ).text
  }

  /// Opens a page.
  @discardableResult
  private mutating func look(_ target: String) async throws -> String {
    guard let route = Addresses.route("GET", target) else { return "" }
    return try await ask(.page(target, by: person, route: Addresses.name(of: route))).text
  }

  /// A text member of an answer, the first of its name.
  private static func member(_ name: String, of text: String) -> String {
    let parts = text.components(separatedBy: "\"\(name)\":\"")
    return parts.count > 1 ? String(parts[1].prefix { $0 != "\"" }) : ""
  }

  private mutating func coordinate() async throws {
    // A request made from the route alone fills in a code and a passkey that nobody has.
    _ = try await act("/sessions/confirm", "{\"password\":\"\(Template.password)\"}")
    if let eligible = pair.stories.eligible {
      let forms = "/participants/\(eligible)/forms"
      _ = try await act(
        forms + "/VS/SCR",
        #"{"answers":{"vdate":"2027-03-05","done":"Y","sbp":"128","dbp":"82","hr":"64"},"version":0,"submit":true}"#
      )
      _ = try await act(
        forms + "/CM/SCR?number=new",
        #"{"answers":{"drug":"sertraline","start":"2026-01","ongoing":"true"},"version":0,"submit":true}"#
      )
      _ = try await act(forms + "/CM/SCR/void?number=1", #"{"version":1,"reason":"of another"}"#)
      _ = try await act(
        forms + "/WDR/UNS/draft", #"{"typed":{"level":["W2"]},"version":0}"#)
      _ = try await act(forms + "/WDR/UNS/draft")
      let file =
        #""name":"CM.csv","form":"CM","csv":"participant,visit,number,drug,start,ongoing\n"#
        + eligible + #",SCR,2,lithium,2026-01,true\n""#
      let tried = try await act("/imports/try", "{\(file)}")
      _ = try await act(
        "/imports", "{\(file),\"sha256\":\"\(Self.member("sha256", of: tried))\"}")
      _ = try await act(
        "/participants/\(eligible)/questionnaires/QIDSSR16/UNS", #"{"mode":"SELF"}"#)
      _ = try await act(
        "/participants/\(eligible)/randomize", "{\"password\":\"\(Template.password)\"}")
    }
    for booked in pair.stories.booked where booked.hasPrefix("101") {
      let rating = "/participants/\(booked)/ratings/ET"
      _ = try await act(rating + "/booking")
      _ = try await act(rating + "/call-link", #"{"call_link":"https://calls.example/room"}"#)
      // Where the walk is led is a matter of which visits are due; the page of times is looked at here.
      try await look(rating)
      let times = try await act(rating).matches(of: /20\d\d-\d\d-\d\dT[0-9:]+Z/).map { $0.0 }
      if let time = times.last {
        _ = try await act(rating + "/move", "{\"starts_at\":\"\(time)\",\"reason\":\"asked for\"}")
      }
      _ = try await act(rating + "/cancel", #"{"reason":"asked for"}"#)
      if let time = times.first { _ = try await act(rating, "{\"starts_at\":\"\(time)\"}") }
    }
    let drafted = try await act(
      "/deviations",
      "{\"participant\":\"\(pair.stories.telling)\",\"type\":\"IMP-ELIG\",\"class\":\"open\","
        + #""date":"2027-02-01","how":"SITE","description":"as the source says"}"#)
    let number = Self.member("number", of: drafted)
    let deviation = "/participants/\(pair.stories.telling)/deviations/\(number)"
    _ = try await act(deviation + "/judge", #"{"confirmed":true,"measures":"told again"}"#)
    _ = try await act(deviation + "/report", #"{"date":"2027-03-14"}"#)
  }

  private mutating func manageData() async throws {
    let form = "/participants/\(pair.stories.telling)/forms/QIDSSR16/SCR"
    _ = try await act(
      form + "/corrections",
      #"{"version":1,"field":"q01","value":"2","reason":"told so","evidence":"a letter","password":""#
        + Template.password + "\"}")
    let deviations = try await act("/deviations")
    _ = try await act(
      "/participants/\(Self.member("participant", of: deviations))/deviations/"
        + Self.member("number", of: deviations) + "/removal",
      #"{"reason":"the name of a person"}"#)
    let trail = try await look("/audit?class=open")
    if let row = trail.firstMatch(of: /\/audit\/(open\/\d+\/removal)/)?.1 {
      try await look("/audit/\(row)")
      _ = try await act("/audit/\(row)", #"{"reason":"the name of a person"}"#)
    }
    if let medicated = pair.stories.medicated {
      _ = try await act(
        "/participants/\(medicated)/forms/CM/SCR/removal?number=1",
        #"{"field":"drug","reason":"the name of a person"}"#)
    }
  }

  private mutating func followEvent() async throws {
    // Each event is of somebody else, and its arm is opened for the report of that event alone.
    let found = try await act("/serious-events")
      .matches(of: /"participant":"([^"]+)".*?"(SAE-\d+)"/).map { ($0.1, $0.2) }
    for (participant, number) in found {
      let event = "/serious-events/\(participant)/SAE/UNS/1"
      let clock = event + "/clocks/sae_triage"
      _ = try await act(clock + "/start?at=2027-03-14T10:00:00Z")
      _ = try await act(clock + "/start", #"{"start":"2027-03-14T10:00:00Z","reason":"as told"}"#)
      _ = try await act(clock + "/meet", "{}")
      _ = try await act(
        event + "/expectedness",
        #"{"version":1,"expected":true,"reference":"edition 3","reason":"as told"}"#)
      _ = try await act(
        "/disclosures",
        "{\"participant\":\"\(participant)\",\"event_number\":\"\(number)\",\"reason\":\"expedited\"}"
      )
    }
  }

  /// Somebody who is to know arms across sites waits for the other administrator.
  private mutating func propose() async throws {
    _ = try await act(
      "/accounts",
      #"{"username":"q.program","name":"Quin Program","role":"access_admin","trained_on":"2026-03-02","delegated_on":"2026-03-02"}"#
    )
    // Accounts are kept by the clock of the database, by which the worlds are not asked at one moment.
    for world in [pair.one, pair.two] {
      let direct = try world.direct()
      defer { direct.close() }
      try direct.script(
        """
        set session_replication_role = replica;
        update access.grant_proposals set proposed_at = '\(Template.asked)'
        """)
    }
    let waiting = try await act("/role-proposals")
    guard let number = waiting.firstMatch(of: /"number":(\d+)/)?.1 else { return }
    _ = try await act("/role-proposals/\(number)", #"{"approve":false}"#)
  }

  /// The first form that waits for a signature.
  private mutating func sign() async throws {
    for participant in pair.stories.arms[0].keys.sorted() {
      let page = try await look("/participants/\(participant)/sign")
      guard let record = page.firstMatch(of: /value="([A-Z0-9]+@[A-Z0-9]+#[0-9]+:[0-9]+)"/)?.1
      else { continue }
      _ = try await act(
        "/participants/\(participant)/sign",
        "{\"records\":\"\(record)\",\"password\":\"\(Template.password)\"}")
      return
    }
  }

  /// A candidate beside the scheme in force, which has none waiting.
  private mutating func draftScheme() async throws {
    let told = try await act("/randomization/drafts", #"{"method":"block_urn"}"#)
    guard let number = told.firstMatch(of: /"draft":(\d+)/)?.1 else { return }
    try await look("/randomization/drafts/\(number)")
    try await look("/randomization/drafts/\(number)/commit")
    _ = try await act(
      "/randomization/drafts/\(number)/commit", "{\"password\":\"\(Template.password)\"}")
  }

  /// A questionnaire nobody else has answered by then.
  private mutating func answer() async throws {
    guard let link = pair.stories.links.last else { return }
    let answers = (1...16).map { "\"q\($0 < 10 ? "0" : "")\($0)\":\"0\"" }.joined(separator: ",")
    _ = try await act("/questionnaires/\(link)", "{\"answers\":{\(answers)}}")
  }
}
