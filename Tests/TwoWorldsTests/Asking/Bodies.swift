import Foundation

@testable import Web

/// Bodies of requests to the API, made from what a route says it takes.
enum Bodies {
  /// A body a route accepts.
  static func good(_ route: Route, _ person: Person?) -> String {
    if let whole = whole[Addresses.name(of: route)] { return whole }
    // Only the report of a case names an event.
    return object(
      route.body.filter { $0.name != "event_number" || person?.role == "safety_officer" })
  }

  private static func object(_ members: [BodyMember]) -> String {
    "{" + members.map { "\"\($0.name)\":\(value(of: $0))" }.joined(separator: ",") + "}"
  }

  private static func value(of member: BodyMember) -> String {
    if let known = values[member.name] { return known }
    return switch member.kind {
    case .string: "\"as the source says\""
    case .integer: "1"
    case .boolean: "false"
    case .object: "{}"
    }
  }

  private static let values = [
    "password": "\"\(Template.password)\"", "old": "\"\(Template.password)\"",
    "new": "\"\(Template.password)\"", "repeated": "\"\(Template.password)\"",
    "address": "\"m@example.org\"", "sha256": "\"\(String(repeating: "ab", count: 32))\"",
    "starts_at": "\"2027-03-19T10:00:00Z\"", "language": "\"en\"", "site": "\"103\"",
    "participant": "\"101-0001\"", "from": "\"2027-03-15\"", "ethics": "\"2027-03-10\"",
    "value": "\"00ff\"", "to": "\"lost\"",
    "attempts":
      "\"2027-01-04 phone;2027-01-12 letter;2027-01-20 phone;2027-01-28 letter\"",
    "date": "\"2027-02-01\"", "ground": "\"CARE\"", "confirmed": "true", "submit": "false",
    "typed": "{\"q1\":[\"Y\"]}", "event_number": "\"SAE-0001\"", "form": "\"DM\"",
    "visit": "\"SCR\"", "field": "\"\"",
    "through": "\"2027-03-15\"", "at": "\"2027-03-14T10:00:00Z\"", "learnt": "\"ARM\"",
    "about": "\"\"", "opened_at": "\"2027-03-14T10:00:00Z\"", "decision": "\"withdrawn\"",
    // A code made up would be an attempt.
    "mode": "\"SELF\"", "one_time_code": "\"\"", "zone": "\"Europe/Berlin\"",
  ]

  private static let whole = [
    "POST /api/v1/participants":
      #"{"initials":"QZ","birth_year":1981,"sex":"M","consent":{"icf_ver":"1.0","icf_dt":"2027-03-12T08:00:00Z","icf_copy":"true","who_explained":"coordinator-101","opt_recording":"true","opt_future":"true","opt_remote":"true","vdate":"2027-03-12","done":"Y"}}"#,
    "POST /api/v1/participants/{participant}/identity/record":
      #"{"answers":{"family":"Zabel","given":"Kim","birth_date":"1960-06-15"},"version":1,"reason":"as the source says"}"#,
    "POST /api/v1/participants/{participant}/forms/{form}/{visit}/verify":
      #"{"version":1,"fields":""}"#,
    "POST /api/v1/sites/{site}/prepare": #"{"to":"selected","reason":"asked for"}"#,
    "POST /api/v1/sessions":
      #"{"username":"coordinator-101","password":"not the password at all"}"#,
    "POST /api/v1/sessions/code": #"{"code":"000000"}"#,
    // A code made up would be an attempt, and after five the account waits by a clock that no world has.
    "POST /api/v1/account/recovery-codes": "{\"password\":\"\(Template.password)\",\"code\":\"\"}",
  ]

  /// The body wrong in one way, nil where that way does not concern bodies.
  static func wrong(_ kind: Asked.Kind, _ body: String) -> [UInt8]? {
    switch kind {
    case .malformedBody: Array(body.dropLast().utf8) + [0xff]
    case .duplicateKeys:
      Array("{\"reason\":\"one\",\"reason\":\"two\"}".utf8)
    case .unknownMember: Array("{\"nobody_knows\":1,".utf8) + Array(body.dropFirst().utf8)
    case .oversized: Array(repeating: 0x20, count: (1 << 20) + 1)
    case .otherContent: Array(body.replacing("as the source says", with: "otherwise").utf8)
    case .good, .repeated, .wrongState, .foreign, .absent, .malformed, .noKey, .noToken: nil
    }
  }
}
