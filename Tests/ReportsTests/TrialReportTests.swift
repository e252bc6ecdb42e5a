import InventedTrials
import Statistics
import StudyModel
import Testing

@testable import Reports

@Suite struct TrialReportTests {
  @Test func `the same snapshot gives the same bytes, whatever the order of its rows`() throws {
    let trial = try InventedTrial()
    let first = try TrialReport(try trial.source()).json()
    #expect(try TrialReport(try trial.source()).json() == first)
    for shuffle in [1, 2, 3] as [UInt64] {
      #expect(try TrialReport(try trial.source(shuffled: shuffle)).json() == first)
    }
  }

  @Test func `many threads at once give the same bytes as one`() async throws {
    let trial = try InventedTrial(participants: 60)
    let source = try trial.source()
    let alone = try TrialReport(source).json()
    let together = try await withThrowingTaskGroup(of: String.self) { group in
      for _ in 0..<6 { group.addTask { try TrialReport(source).json() } }
      return try await group.reduce(into: Set<String>()) { $0.insert($1) }
    }
    #expect(together == [alone])
  }

  @Test func `every part the protocol asks for is there`() throws {
    let report = try InventedTrial().report()
    #expect(
      report.sections.map(\.id) == [
        "flow", "baseline", "primary", "sensitivity", "tipping", "subgroups", "looks", "repeated",
        "shares", "times", "safety", "blinding", "rerandomization",
      ])
    #expect(
      report.analysis.sequence.steps.map(\.conclusion.hypothesis.id) == [
        "H1", "H2", "H3", "H4", "H5",
      ])
    for id in ["imputation", "standardized", "raters", "clustering"] {
      #expect(report.table(id)?.rows.isEmpty == false, "\(id)")
    }
  }

  @Test func `every number tells its method, population, count and definition`() throws {
    let report = try InventedTrial().report()
    for table in report.sections.flatMap(\.tables) {
      #expect(!table.trace.method.isEmpty && !table.trace.population.isEmpty, "\(table.id)")
      #expect(table.trace.count > 0 && table.trace.definition == "1.0", "\(table.id)")
      #expect(table.rows.allSatisfy { $0.count == table.columns.count }, "\(table.id)")
      let words = table.rows.joined().flatMap { $0.text.split(separator: " ") }
      #expect(!words.contains("nan") && !words.contains("inf") && !words.contains("-nan"))
    }
    let ids = report.sections.flatMap(\.tables).map(\.id)
    #expect(Set(ids).count == ids.count)
  }

  @Test func `a death before the rating and an attempt count as non-response`() throws {
    let plain = try InventedTrial(participants: 90)
    let changed = try InventedTrial(
      participants: 90,
      changing: { number, place, answers in
        if number == 0, place == "MADRS@EOT" { answers = [:] }
        if number == 3, place == "QIDSSR16@A2" { answers = ["total": "10"] }
      }, state: { $0 == 0 ? "died" : "completed" })
    let trial = try AnalysedTrial(try changed.source())
    #expect(trial.participants.first { $0.key == "101-0001" }?.outcome == false)
    let before = try AnalysedTrial(try plain.source())
    #expect(before.participants.first { $0.key == "101-0001" }?.isFailure == false)
  }

  @Test func `a death after the rating leaves the response as it was rated`() throws {
    let trial = try AnalysedTrial(
      try InventedTrial(participants: 90, state: { _ in "died" }).source())
    #expect(trial.participants.contains { $0.outcome == true })
  }

  @Test func `treatment of another arm counts as non-response`() throws {
    var invented = try InventedTrial(participants: 90)
    let before = try AnalysedTrial(try invented.source())
    let responder = before.participants.first { $0.arm == "ECT" && $0.outcome == true }
    let ect = try #require(responder).key
    invented.treatment.append(
      """
      {"answers":{"start":"2027-01-20T09:00:00Z","vdate":"2027-01-20"},\
      "entered_at":"2027-01-20T09:00:00Z","form":"KDOSE",\
      "participant":"\(ect)","repeat":1,"status":"submitted","submitted_at":"2027-01-20T09:00:00Z",\
      "version":1,"visit":"K1"}
      """)
    let trial = try AnalysedTrial(try invented.source())
    #expect(trial.participants.first { $0.key == ect }?.outcome == false)
  }

  /// What becomes of a responder of an arm, rated on 9 February, with one entry more.
  private func outcome(
    _ arm: String, _ form: String, _ visit: String, _ answers: [String: String],
    isRated: Bool = true
  ) throws -> Bool? {
    var invented = try InventedTrial(participants: 90)
    let before = try AnalysedTrial(try invented.source())
    let person = try #require(
      before.participants.first { $0.arm == arm && $0.outcome == (isRated ? true : nil) })
    let day = answers["vdate"] ?? "2027-05-01"
    let told = answers.sorted { $0.key < $1.key }.map { "\"\($0.key)\":\"\($0.value)\"" }
    let line = """
      {"answers":{\(told.joined(separator: ","))},"entered_at":"\(day)T09:00:00Z","form":"\(form)",\
      "participant":"\(person.key)","repeat":1,"status":"submitted",\
      "submitted_at":"\(day)T09:00:00Z","version":1,"visit":"\(visit)"}
      """
    if form == "CSSRSS" { invented.outcome.append(line) } else { invented.treatment.append(line) }
    return try AnalysedTrial(try invented.source()).participants.first { $0.key == person.key }?
      .outcome
  }

  @Test func `rescue begun before the rating counts as non-response, on the day of it no more`()
    throws
  {
    for (arm, kind) in [("ECT", "KET"), ("KET", "ECT"), ("KAP", "ESK")] {
      for (day, expected) in [
        ("2027-01-11", false), ("2027-02-08", false), ("2027-02-09", true), ("2027-04-01", true),
      ] {
        #expect(
          try outcome(arm, "FUTX", "F1", ["kind": kind, "rescue_on": day]) == expected,
          "\(arm) \(day)")
      }
    }
    #expect(try outcome("KET", "FUTX", "F1", ["kind": "TMS", "start": "2027-01-20"]) == true)
    // Where no rating is usable, until the last day of the window of the visit.
    for (day, expected) in [("2027-02-14", false), ("2027-02-15", nil)] as [(String, Bool?)] {
      #expect(
        try outcome("KET", "FUTX", "F1", ["kind": "ECT", "rescue_on": day], isRated: false)
          == expected, "\(day)")
    }
  }

  @Test func `a suicide attempt counts wherever it was recorded, and before the rating alone`()
    throws
  {
    for (day, expected) in [("2027-01-10", true), ("2027-02-01", false), ("2027-02-09", true)] {
      #expect(
        try outcome("KAP", "SAE", "UNS", ["depression": "ATTEMPT", "attempt_on": day]) == expected,
        "\(day)")
    }
    // A hospital stay is none.
    #expect(
      try outcome("KAP", "SAE", "UNS", ["depression": "HOSP", "relapse_on": "2027-02-01"]) == true)
    for (day, answer, expected) in [
      ("2027-02-01", "Y", false), ("2027-02-01", "N", true), ("2027-02-12", "Y", true),
    ] {
      let told = ["version": "slc", "q6": answer, "vdate": day]
      #expect(try outcome("ECT", "CSSRSS", "ET", told) == expected, "\(day) \(answer)")
    }
  }

  @Test func `a session of another arm counts by its day, and one of the own arm does not`() throws
  {
    for (arm, form, visit, field, isOther) in [
      ("KET", "ECTTX", "E1", "charge_mc", true), ("KAP", "ECTTX", "E1", "charge_mc", true),
      ("ECT", "KDOSE", "K1", "start", true), ("KET", "PREP", "P1", "start", true),
      ("ECT", "PREP", "P1", "start", true), ("ECT", "SESS", "K1", "start", true),
      ("ECT", "INTEG", "G1", "start", true), ("KET", "INTEG", "G1", "start", true),
      ("KAP", "SESS", "K1", "start", false), ("KET", "KDOSE", "K6", "start", false),
    ] {
      let value = field == "start" ? "2027-01-20T09:00:00Z" : "172.8"
      for (day, isBefore) in [("2027-01-20", true), ("2027-03-01", false)] {
        #expect(
          try outcome(arm, form, visit, [field: value, "vdate": day]) == !(isOther && isBefore),
          "\(arm) \(form) \(day)")
      }
    }
  }

  @Test func `the per-protocol set asks for adherence, the day and no excluding deviation`() throws
  {
    let invented = try InventedTrial()
    let trial = try AnalysedTrial(try invented.source())
    let adherence = try FieldID(parsing: "ADHFL")
    let lax = trial.participants.filter { $0.flags[adherence] == false }
    #expect(!lax.isEmpty)
    #expect(lax.allSatisfy { !$0.inPerProtocol && $0.inFullSet })
    let member = trial.participants.first { $0.inPerProtocol }
    let kept = try #require(member)
    let judged = try AnalysedTrial(try invented.source(excluded: [kept.key]))
    #expect(judged.participants.first { $0.key == kept.key }?.inPerProtocol == false)
  }

  @Test func `a dry run reads nothing of what was given and says so`() throws {
    let invented = try InventedTrial()
    let report = try TrialReport(try invented.source(holdsTreatment: false))
    #expect(report.provenance.isDryRun)
    #expect(report.section("safety")?.tables.isEmpty == true)
    #expect(report.section("blinding")?.tables.isEmpty == true)
    #expect(report.section("safety")?.refusals.isEmpty == false)
    #expect(report.table("clustering") == nil)
    let csv = try #require(report.table("flow")).csv(report.provenance)
    #expect(csv.hasPrefix("# FALSE"))
  }

  @Test func `REQ-101: every row of every table made with invented arms says that it is false`()
    throws
  {
    let invented = try InventedTrial()
    let report = try TrialReport(try invented.source(holdsTreatment: false))
    let tables = report.sections.flatMap(\.tables)
    #expect(tables.count > 5)
    for table in tables {
      let lines = table.csv(report.provenance).split(separator: "\r\n")
      #expect(lines[0] == "# FALSE: the arms are invented")
      #expect(lines.dropFirst(3).first?.hasSuffix(",Truth") == true, "\(table.id)")
      #expect(lines.dropFirst(4).allSatisfy { $0.hasSuffix(",FALSE") }, "\(table.id)")
    }
    let real = try TrialReport(try invented.source())
    guard !real.provenance.isDryRun else { return }
    for table in real.sections.flatMap(\.tables) {
      #expect(!table.csv(real.provenance).contains("FALSE"), "\(table.id)")
    }
  }

  @Test func `the table of relapse starts at the end of treatment and counts responders alone`()
    throws
  {
    let invented = try InventedTrial()
    let report = try invented.report()
    let trial = try AnalysedTrial(try invented.source())
    let response = try FieldID(parsing: "RESPFL")
    let responders = trial.participants.count { $0.flags[response] == true }
    let table = try #require(report.table("survival-RELAPSE"))
    #expect(table.rows.compactMap { $0[1].value }.reduce(0, +) == Double(responders))
    #expect(table.rows.compactMap { $0[2].value }.reduce(0, +) > 0)
  }

  @Test func `a relapse counts from its own day, whenever it was worked out`() throws {
    // Some do not come to the last visit, so that it matters until when they were seen.
    func invented() throws -> InventedTrial {
      try InventedTrial(changing: { number, place, answers in
        if number % 5 == 0, place == "QIDSSR16@F6" { answers = [:] }
      })
    }
    let response = try FieldID(parsing: "RESPFL")
    let people = try AnalysedTrial(try invented().source()).participants
    let responder = try #require(people.first { $0.flags[response] == true && $0.arm == "KAP" })
    // As the server keeps it, worked out anew long after the last visit.
    func curve(relapsedOn day: String?) throws -> ReportFigure.Survival.Line {
      var trial = try invented()
      for person in people {
        let own = person.key == responder.key ? day : nil
        for visit in ["F1", "F2", "F3", "F6"] {
          trial.treatment.append(
            #"{"participant":"\#(person.key)","form":"RELAPSE","visit":"\#(visit)","repeat":1,"#
              + #""version":2,"status":"derived","answers":{\#(own.map { #""event_on":"\#($0)""# } ?? "")},"#
              + #""entered_at":"2029-01-01T00:00:00Z","submitted_at":"2029-01-01T00:00:00Z"}"#)
        }
      }
      return try line(try trial.report())
    }
    func line(_ report: TrialReport) throws -> ReportFigure.Survival.Line {
      let figures = report.sections.flatMap(\.figures).compactMap { figure in
        if case .survival(let found) = figure, found.id == "survival-RELAPSE" { found } else { nil }
      }
      return try #require(figures.first?.lines.first { $0.arm == "KAP" })
    }
    let plain = try line(try invented().report())
    #expect(try curve(relapsedOn: nil) == plain)
    #expect(!plain.steps.contains { $0.time == 10 })
    // Ten days after the rating at the end of treatment, when no questionnaire was due.
    #expect(try curve(relapsedOn: "2027-02-19").steps.first?.time == 10)
  }

  @Test func `a table as CSV carries numbers in full under what made them`() throws {
    let report = try InventedTrial().report()
    let table = try #require(report.table("primary-full"))
    let lines = table.csv(report.provenance).split(separator: "\r\n")
    #expect(lines[1] == "# study kap-ect, definition 1.0, snapshot 1 of 2027-09-01")
    #expect(lines[2] == "# data 00, made by test")
    #expect(lines.count == 4 + table.rows.count)
    let estimate = try #require(table.rows[0][3].value)
    #expect(lines[4].contains(String(estimate)))
  }

  @Test func `nobody randomized, nobody rated and one participant give sentences and no numbers`()
    throws
  {
    for (count, rated) in [(0, true), (1, true), (60, false)] {
      let invented = try InventedTrial(
        participants: count,
        changing: { _, place, answers in if !rated, place == "MADRS@EOT" { answers = [:] } })
      #expect(throws: AnalysisRefusal.self) { try invented.report() }
    }
  }

  @Test func `scores that never differ and events that never happen are told, not computed`() throws
  {
    let invented = try InventedTrial(changing: { _, place, answers in
      if place.hasPrefix("QIDSSR16@") { answers = ["total": "5"] }
      if place == "AE@UNS" { answers = [:] }
    })
    let report = try invented.report()
    #expect(report.section("repeated")?.refusals.isEmpty == false)
    // The writer of JSON refuses a number that is none.
    #expect(try !report.json().isEmpty)
  }
}
