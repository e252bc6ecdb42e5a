import InventedTrials
import Statistics
import StudyModel
import Testing

@testable import Reports

/// Who is counted where, and by what.
@Suite struct AnalysisSetTests {
  @Test func `participants are analysed in key order, whatever the order of the rows`() throws {
    let invented = try InventedTrial()
    for shuffle in [1, 2, 3] as [UInt64] {
      let keys = try AnalysedTrial(try invented.source(shuffled: shuffle)).participants.map(\.key)
      #expect(keys == keys.sorted())
      #expect(keys.count == 120)
    }
  }

  /// A participant allocated to ECT whose first treatment was an infusion.
  private func crossed(_ invented: inout InventedTrial, on day: String) throws -> String {
    let before = try AnalysedTrial(try invented.source())
    let key = try #require(before.participants.first { $0.arm == "ECT" }).key
    invented.treatment.append(
      """
      {"answers":{"start":"\(day)T09:00:00Z","vdate":"\(day)"},"entered_at":"2027-02-20T09:00:00Z",\
      "form":"KDOSE","participant":"\(key)","repeat":1,"status":"submitted",\
      "submitted_at":"2027-02-20T09:00:00Z","version":1,"visit":"K1"}
      """)
    invented.treatment.append(
      """
      {"answers":{"meddra_soc":"Eye","meddra_pt":"Planted","sev":"1","serious":"N"},\
      "entered_at":"2027-01-20T09:00:00Z","form":"AE","participant":"\(key)","repeat":7,\
      "status":"submitted","submitted_at":"2027-01-20T09:00:00Z","version":1,"visit":"UNS"}
      """)
    return key
  }

  private func participants(_ report: TrialReport, of row: String) throws -> [String: Double] {
    let table = try #require(report.table("events"))
    return Dictionary(
      table.rows.filter { $0[0].text.contains(row) }.map { ($0[1].text, $0[2].value ?? -1) }
    ) { one, _ in one }
  }

  @Test func `an event counts under the treatment received first, whatever was allocated`() throws {
    var invented = try InventedTrial()
    let key = try crossed(&invented, on: "2027-01-14")
    let report = try invented.report()
    #expect(try participants(report, of: "Planted")["KET"] == 1)
    #expect(try participants(report, of: "Planted")["ECT"] == 0)
    let given = try #require(report.table("received"))
    #expect(given.rows.first { $0[0].text == "ECT" }?[1].value == 1)
    #expect(report.section("safety")?.findings.last?.contains("in 1 of them") == true)
    let trial = try AnalysedTrial(try invented.source())
    // The allocated arm still decides about efficacy.
    #expect(trial.participants.first { $0.key == key }?.arm == "ECT")
  }

  @Test func `an interim look counts an event under the letter of the treatment received first`()
    throws
  {
    var invented = try InventedTrial()
    _ = try crossed(&invented, on: "2027-01-14")
    let safety = try #require(
      try InterimSafety(
        invented.source().snapshot, arms: invented.arms,
        letters: ["KET": "A", "KAP": "B", "ECT": "C"], definition: invented.definition))
    let planted = safety.events.filter { $0.row.contains("Planted") }
    #expect(planted.map(\.letter) == ["A", "B", "C"])
    #expect(planted.map(\.participants) == [1, 0, 0])
    #expect(safety.delivery.map(\.treatedOtherwise) == [0, 0, 1])
  }

  @Test func `what was given later changes nothing of the treatment received first`() throws {
    var invented = try InventedTrial()
    _ = try crossed(&invented, on: "2027-02-02")
    let report = try invented.report()
    #expect(try participants(report, of: "Planted")["ECT"] == 1)
    #expect(try participants(report, of: "Planted")["KET"] == 0)
  }

  @Test func `psychotherapy on the day of the first infusion makes it the assisted kind`() throws {
    let trial = try AnalysedTrial(try InventedTrial().source())
    let assisted = trial.participants.filter { $0.arm == "KAP" }
    #expect(!assisted.isEmpty && assisted.allSatisfy { $0.received == "KAP" })
    #expect(trial.participants.allSatisfy { $0.received == $0.arm })
  }

  @Test func `a confirmed deviation nobody decided on is told and excludes nobody`() throws {
    let invented = try InventedTrial()
    var source = try invented.source()
    let before = try TrialReport(source)
    source.undecided = ["101-0001", "102-0001"]
    let after = try TrialReport(source)
    let refusals = try #require(after.section("primary")).refusals
    #expect(refusals.contains { $0.contains("nobody said whether it excludes: 2.") })
    #expect(after.analysis.flow == before.analysis.flow)
  }

  @Test func `time to the first response counts from randomization and everybody of the full set`()
    throws
  {
    // All answer the questionnaire 15 days after randomization; half of them have responded.
    let invented = try InventedTrial(changing: { number, place, answers in
      guard place.hasPrefix("QIDSSR16@") else { return }
      answers = place == "QIDSSR16@BL" ? ["total": "20"] : ["total": number % 2 == 0 ? "10" : "11"]
    })
    let table = try #require(try invented.report().table("survival-FIRST_RESPONSE"))
    #expect(table.caption.hasSuffix("41 days after randomization"))
    #expect(table.rows.compactMap { $0[1].value }.reduce(0, +) == 120)
    #expect(table.rows.compactMap { $0[2].value }.reduce(0, +) == 60)
    let trial = try AnalysedTrial(try invented.source())
    let endpoint = try #require(
      invented.definition.secondaryEndpoints.first { $0.id == "FIRST_RESPONSE" })
    let read = SecondaryValues(endpoint, trial)
    #expect(read.days(trial) == [0, 7, 14, 21, 28, 35, 41])
    let start = try #require(read.start(of: trial.participants[0], trial))
    #expect(start.description.hasPrefix("2027-01-11T09:00"))
  }
}
