import Foundation
import InventedTrials
import StudyModel
import Testing

@testable import Reports

/// Whose response counts, by the day the rating began and by what happened beside it.
@Suite struct EndpointRecordTests {
  /// Randomized on 2027-01-13 at the site; the rating was handed in long after it began.
  private static func record(
    at site: String, start: String?, submitted: String = "2027-03-20T09:00:00Z"
  ) throws -> EndpointRecord {
    let began = start.map { "\"start\": \"\($0)\", " } ?? ""
    let lines = [
      """
      {"site": "\(site)", "state": "followed", "participant": "\(site)-0001", \
      "consented_at": "2027-01-04T10:00:00+00:00", "randomized_at": "2027-01-13T10:00:00+00:00", \
      "withdrawal_level": null, "randomization_number": 123456}
      """,
      """
      {"form": "MADRS", "visit": "BL", "repeat": 1, "status": "submitted", "answers": {"total": "30"}, \
      "version": 1, "entered_at": "2027-01-10T10:00:00Z", "participant": "\(site)-0001", \
      "submitted_at": "2027-01-10T10:00:00Z"}
      """,
      """
      {"form": "MADRS", "visit": "EOT", "repeat": 1, "status": "submitted", \
      "answers": {\(began)"total": "9"}, "version": 1, "entered_at": "\(submitted)", \
      "participant": "\(site)-0001", "submitted_at": "\(submitted)"}
      """,
    ]
    return try #require(
      EndpointDerivation.records(
        try TrialSnapshot(contents: lines), InventedTrial(participants: 0).definition
      ).first)
  }

  // Day 41 is 2027-02-23: it ends in Adelaide at 13:30 UTC, in Phoenix at 07:00 UTC of the day after.
  @Test(arguments: [
    ("101", "2027-02-23T23:30:00Z", 41, true), ("101", "2027-02-24T00:30:00Z", 42, nil),
    ("112", "2027-02-23T13:00:00Z", 41, true), ("112", "2027-02-23T22:30:00Z", 42, nil),
    ("112", "2027-02-08T13:45:00Z", 27, true), ("110", "2027-02-24T06:30:00Z", 41, true),
    ("110", "2027-02-09T06:30:00Z", 26, nil),
  ])
  func
    `the endpoint is of the day on which the rating began at the site, whenever it was handed in`(
      site: String, start: String, day: Int, isResponder: Bool?
    ) throws
  {
    let record = try Self.record(at: site, start: start)
    #expect(record.day == day && record.isResponder == isResponder)
  }

  @Test func `where nobody said when it began, the day it was handed in counts, at the site`()
    throws
  {
    #expect(
      try Self.record(at: "112", start: nil, submitted: "2027-02-23T22:30:00Z").day == 42)
  }

  /// Participant 0 died after the rating, 1 without one, 2 tried to end their life, 4 had rescue.
  private static func trial() throws -> InventedTrial {
    try InventedTrial(
      changing: { number, place, answers in
        switch (number, place) {
        case (0, "MADRS@EOT"): answers["total"] = "1"
        case (1, "MADRS@EOT"): answers = [:]
        case (2, "MADRS@EOT"): answers["total"] = "2"
        case (4, "MADRS@EOT"): answers["total"] = "2"
        default: break
        }
      }, state: { [0, 1].contains($0) ? "died" : "completed" })
  }

  @Test func `a look decides response exactly as the end does, by what the analysis names failure`()
    throws
  {
    var invented = try Self.trial()
    let (rated, unrated, attempt) = ("101-0001", "102-0001", "104-0001")
    invented.outcome.append(
      """
      {"answers":{"version":"slc","q6":"Y"},"entered_at":"2027-01-26T09:00:00Z","form":"CSSRSS",\
      "participant":"\(attempt)","repeat":1,"status":"submitted",\
      "submitted_at":"2027-01-26T09:00:00Z","version":1,"visit":"A2"}
      """)
    let source = try invented.source()
    let end = try AnalysedTrial(source)
    func outcome(_ key: String) -> Bool? { end.participants.first { $0.key == key }?.outcome }
    #expect(outcome(unrated) == false && outcome(attempt) == false)
    #expect(outcome(rated) == true, "a death after the rating undoes nothing")
    let records = EndpointDerivation.records(
      source.snapshot, source.definition, arms: source.arms)
    for record in records {
      #expect(record.isResponder == outcome(record.participant), "\(record.participant)")
    }
    let look = try InterimReport(
      source.snapshot, number: 1, cutOff: "2027-09-01T00:00:00Z", fingerprint: "00",
      arms: invented.arms, letters: ["KET": "KET", "KAP": "KAP", "ECT": "ECT"],
      definition: invented.definition, treatment: source.snapshot)
    let flow = try TrialReport(source).analysis.flow
    for arm in flow {
      let seen = try #require(look.flow.first { $0.arm == arm.arm })
      #expect(seen.responders == arm.responders && seen.analysed == arm.analysed, "\(arm.arm)")
    }
  }

  @Test func `a look at the data of the end has the statistic of the end`() throws {
    var invented = try Self.trial()
    invented.treatment.append(
      """
      {"answers":{"kind":"ECT","start":"2027-01-25","rescue_on":"2027-01-25"},\
      "entered_at":"2027-01-26T09:00:00Z","form":"FUTX","participant":"102-0002","repeat":1,\
      "status":"submitted","submitted_at":"2027-01-26T09:00:00Z","version":1,"visit":"F1"}
      """)
    var source = try invented.source()
    source.looks = [source.snapshot]
    let table = try #require(try TrialReport(source).table("boundaries"))
    let statistics = table.rows.map { $0[3].value }
    #expect(statistics.count == 2 && statistics[0] != nil && statistics[0] == statistics[1])
    let key = "102-0002"
    #expect(try AnalysedTrial(source).participants.first { $0.key == key }?.isFailure == true)
  }
}
