import Foundation
import Testing

@testable import Web

@Suite struct APIDescriptionTests {
  private static let routes = RouteTable.all.filter { $0.surface == .api }

  @Test func `What every route of the API answers is described, and nothing else`() {
    #expect(Set(APIAnswers.all.keys) == Set(Self.routes.map(\.operation)))
  }

  @Test func `Only what another library writes is left open in an answer`() {
    let open = APIAnswers.all.filter {
      $0.value.type == "application/json" && $0.value.schema.isOpen
    }
    #expect(
      Set(open.keys.map { $0.replacing("/api/v1", with: "") }) == [
        "GET /openapi.json", "GET /participants/{participant}/receipt", "GET /envelopes/{site}",
        "GET /randomization/simulations/{number}", "GET /ledger/head", "POST /ledger/heads",
        "GET /ledger/consistency/{first}/{second}", "GET /reports/{number}/open",
        "GET /reports/{number}/closed", "GET /result", "GET /result/dry-run",
        "GET /planning/simulations/{number}",
      ])
  }

  @Test func `An operation names one status of success with its body, and every refusal`() throws {
    let text = try APIDescription.text(RouteTable.all)
    let document = try #require(
      try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
    let paths = try #require(document["paths"] as? [String: [String: [String: Any]]])
    let operations = paths.values.flatMap(\.values)
    #expect(operations.count == Self.routes.count)
    for operation in operations {
      let responses = try #require(operation["responses"] as? [String: [String: Any]])
      let done = responses.keys.filter { $0.hasPrefix("2") }
      #expect(done.count == 1)
      #expect(responses[done.first ?? ""]?["content"] != nil)
      #expect(responses["421"] != nil && responses["431"] != nil && responses["500"] == nil)
    }
  }

  @Test func `A body is described from its type: lists, maps, what may be left out`() {
    struct Inner: Codable {
      let name: String
      let count: Int?
    }
    struct Outer: Codable {
      let inner: Inner?
      let list: [Inner]
      let map: [String: [Bool]]
      let share: Double
      let text: String?
    }
    let inner = JSONSchema.object(["name": .string, "count": .integer], optional: ["count"])
    #expect(
      SchemaReading.schema(of: [Outer].self)
        == .list(
          .object(
            [
              "inner": inner, "list": .list(inner), "map": .map(.list(.boolean)),
              "share": .number, "text": .string,
            ], optional: ["inner", "text"])))
  }

  @Test func `An address of fixed words takes the methods of its own route only`() {
    let index = RouteIndex(RouteTable.all)
    for (path, methods) in [
      ("/api/v1/questionnaires/waiting", ["GET"]), ("/api/v1/questionnaires/abc", ["POST"]),
      ("/api/v1/desk/T1/record", ["POST"]), ("/api/v1/desk/T1/MADRS", ["GET", "POST"]),
      ("/api/v1/envelopes/openings", ["POST"]), ("/reports/build", ["POST"]),
    ] {
      #expect(index.matches(path).map(\.route.method).sorted() == methods, "\(path)")
    }
  }
}

extension JSONSchema {
  /// Whether anything would follow it somewhere.
  fileprivate var isOpen: Bool {
    switch self {
    case .any: true
    case .string, .integer, .number, .boolean: false
    case .list(let inner), .map(let inner): inner.isOpen
    case .either(let kinds): kinds.contains(where: \.isOpen)
    case .object(let members, _): members.values.contains(where: \.isOpen)
    }
  }
}
