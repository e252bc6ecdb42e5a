import Conduct
import Postgres
import PostgresTestServer
import Randomization
import Reports
import Simulation
import StudyModel
import Testing

@testable import Store

/// Response by the definition's rule: half of the baseline or more, compared exactly.
@Suite struct ResponseTests {
  static func records(
    baseline: String, followUp: String?, state: String = "randomized",
    ratedAt: String = "2027-02-10"
  ) async throws -> [EndpointRecord] {
    let definition = try await TemplateTrial.made.value.definition
    func entry(_ visit: String, _ total: String, _ at: String) -> String {
      """
      {"form": "MADRS", "visit": "\(visit)", "repeat": 1, "status": "submitted", "answers": {"total": "\(total)"}, \
      "version": 1, "definition": "1.0", "entered_at": "\(at)T10:00:00+00:00", "participant": "101-0001", \
      "submitted_at": "\(at)T10:00:00+00:00"}
      """
    }
    var lines = [
      """
      {"site": "101", "state": "\(state)", "participant": "101-0001", "consented_at": "2027-01-04T10:00:00+00:00", \
      "randomized_at": "2027-01-13T10:00:00+00:00", "withdrawal_level": null, "randomization_number": 123456}
      """,
      entry("BL", baseline, "2027-01-10"),
    ]
    if let followUp { lines.append(entry("EOT", followUp, ratedAt)) }
    return EndpointDerivation.records(
      try TrialSnapshot(contents: lines), definition)
  }

  @Test(arguments: [
    ("21", "10", true), ("21", "11", false), ("22", "11", true), ("22", "12", false),
    ("33", "16", true), ("33", "17", false), ("60", "30", true), ("60", "31", false),
  ])
  func `AS-13: a fall of half or more is response, a point less is not`(
    _ baseline: String, _ followUp: String, _ isResponder: Bool
  ) async throws {
    let record = try #require(try await Self.records(baseline: baseline, followUp: followUp).first)
    #expect(record.isResponder == isResponder)
  }

  @Test func `no rating, or one outside the usable days, leaves response unknown; death decides`()
    async throws
  {
    #expect(try await Self.records(baseline: "30", followUp: nil).first?.isResponder == nil)
    // Day 26 and day 42 lie outside, 27 and 41 inside.
    for (day, isKnown) in [
      ("2027-02-08", false), ("2027-02-09", true), ("2027-02-23", true), ("2027-02-24", false),
    ] {
      let record = try await Self.records(baseline: "30", followUp: "9", ratedAt: day).first
      #expect((record?.isResponder != nil) == isKnown, "\(day) \(String(describing: record))")
    }
    // Who died without a rating did not respond; a rating before the death stands.
    #expect(
      try await Self.records(baseline: "30", followUp: nil, state: "died").first?.isResponder
        == false)
    #expect(
      try await Self.records(baseline: "30", followUp: "9", state: "died").first?.isResponder
        == true)
  }
}

/// A whole trial, from the first consent to the result.
@Suite(.serialized) struct DemoTests {
  @Test func `a trial of 48 participants at 2 sites ends with a result and a verified bundle`()
    async throws
  {
    let database = try JourneyServer.emptyDatabase()
    _ = try await JourneyServer.migrator(of: database).migrate()
    let installation = try JourneyServer.installation(on: database)
    let demo = try await DemoTrial.prepare(installation, participants: 48, sites: 2, seed: 7)
    let result = try await demo.conduct { _ in }
    #expect(result.sentences.count == 5 && result.sentences.allSatisfy { !$0.isEmpty })
    #expect(result.result.report.analysis.flow.map(\.arm) == ["KET", "KAP", "ECT"])
    #expect(result.result.report.analysis.flow.reduce(0) { $0 + $1.randomized } == 48)
    guard case .held(let closed, _) = result.look else {
      Issue.record("The interim look was not held.")
      return
    }
    #expect(closed.flow.map(\.arm) == ["A", "B", "C"])
    let bundle = try #require(
      result.unblinded.files.first { $0.path == "unblinded/randomization/bundle.json" })
    #expect(BundleVerifier.verify(bundle.bytes) == .verified(51))
    for (path, bytes) in result.blinded.files {
      #expect(result.unblinded.files.first { $0.path == path }?.bytes == bytes, "\(path)")
    }
    #expect(try await installation.trials().first?.state == "unblinded")
    await installation.store.close()
    try database.drop()
  }
}
