import Foundation
import Randomization
import Store
import StudyModel
import Testing

@testable import Conduct
@testable import Host

/// An import confirmed over the web: what was tried, or nothing.
@Suite(.serialized) struct ImportOverTheWebTests {
  /// The machine's own clock: the program has no other.
  private static let now = SystemClock().now.advanced(bySeconds: -86_400)

  private static func saved(_ world: ReferenceTrial) throws -> String {
    try world.direct().text(
      "select count(*)::text || ' ' || (select count(*) from open.imports) from open.entries where form = 'DM'"
    )
  }

  /// A participant whose schooling is on record, the program, and a table that says otherwise.
  private static func tried(
    _ world: ReferenceTrial,
    _ body: (ServedTrial, String, @Sendable () async throws -> Void) async throws -> Void
  ) async throws {
    try JourneyServer.makeSafe()
    let key = try await DataImportTests.consent(
      world, "AB", at: now.advanced(bySeconds: -86_400))
    let coordinator = try await world.actor("coordinator", at: ReferenceTrial.london, now: now)
    @Sendable func enter(_ schooling: String, after version: Int) async throws {
      _ = try await world.installation.at(now).saveEntry(
        key, FormID(parsing: "DM"), VisitCode(parsing: "SCR"),
        EntrySubmission(
          answers: try Walk.answers([
            "vdate": try Walk.date(now, ReferenceTrial.london), "done": "Y",
            "birth_year": "1974", "sex": "F", "edu_years": schooling, "employ": "FT",
            "childbearing": "true",
          ]), expectedVersion: version, isFinal: true, reason: version == 0 ? "" : "read again"),
        as: coordinator)
    }
    try await enter("12", after: 0)
    let folder = try KeyFolder()
    defer { folder.remove() }
    try folder.file.make(KeyFolder.master)
    let served = try await ServedTrial(world, state: folder.path)
    defer { served.kill() }
    let table =
      DataImportTests.header + "\n" + (try DataImportTests.row(key, schooling: "15", at: now))
      + "\n"
    try await body(served, table) { try await enter("16", after: 1) }
  }

  @Test func `the API answers 409 and says why where an entry changed since the try`() async throws
  {
    try await ReferenceTrial.run { world in
      let token = try await world.bearer("coordinator", at: ReferenceTrial.london)
      try await Self.tried(world) { served, table, correct in
        func send(_ path: String, _ digest: String? = nil) async throws -> (Int, [String: Any]) {
          var body: [String: String] = [
            "name": "dm.csv", "csv": table, "form": "DM", "reason": "transcribed again",
          ]
          body["sha256"] = digest
          let answer = try #require(
            await served.ask(
              "POST", "/api/v1" + path, token: token,
              key: "an-import-that-\(digest?.prefix(16) ?? "is-tried")",
              body: try JSONSerialization.data(withJSONObject: body)))
          let told = try JSONSerialization.jsonObject(with: answer.body) as? [String: Any]
          return (answer.status, told ?? [:])
        }
        let (status, report) = try await send("/imports/try")
        let digest = try #require(report["sha256"] as? String, "\(status) \(report)")
        #expect(status == 200 && report["isAcceptable"] as? Bool == true, "\(report)")
        try await correct()
        let (refused, told) = try await send("/imports", digest)
        #expect(refused == 409 && told["code"] as? String == "tried_otherwise", "\(told)")
        #expect(try Self.saved(world) == "1 0")
        // What is tried again is confirmed.
        let again = try #require(try await send("/imports/try").1["sha256"] as? String)
        #expect(again != digest)
        #expect(try await send("/imports", again).0 == 201)
        #expect(try Self.saved(world) == "1 1")
      }
    }
  }

  @Test func `the page says that the file is to be tried again where an entry changed since`()
    async throws
  {
    try await ReferenceTrial.run { world in
      let token = try await world.bearer("coordinator", at: ReferenceTrial.london)
      try await Self.tried(world) { served, table, correct in
        func hidden(_ page: String, of action: String) throws -> [(name: String, value: String)] {
          let start = try #require(page.range(of: "action=\"\(action)\""), "\(page)").upperBound
          let form = page[start...]
          let end = form.range(of: "</form>")?.lowerBound ?? form.endIndex
          return form[..<end].matches(
            of: /<input type="hidden" name="([^"]*)" value="([^"]*)"/
          ).map { (String($0.output.1), String($0.output.2)) }
        }
        func page(_ path: String, _ fields: [(name: String, value: String)] = []) async throws -> (
          status: Int, text: String
        ) {
          let answer = try #require(await served.browse(path, cookie: token, fields))
          return (answer.status, String(decoding: answer.body, as: UTF8.self))
        }
        let asked = try hidden(try await page("/import").text, of: "/import")
        let report = try await page(
          "/import",
          asked + [
            ("form", "DM"), ("name", "dm.csv"), ("csv", table), ("reason", "transcribed again"),
          ])
        let confirmed = try hidden(report.text, of: "/import/save")
        #expect(confirmed.contains { $0.name == "_version" && $0.value.count == 64 })
        try await correct()
        let refused = try await page("/import/save", confirmed)
        #expect(refused.status == 409)
        #expect(refused.text.contains("is not what was tried"), "\(refused)")
        #expect(try Self.saved(world) == "1 0")
      }
    }
  }
}
