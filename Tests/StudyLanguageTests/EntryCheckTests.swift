import StudyLanguage
import StudyModel
import Testing

/// Entries of the two shipped definitions, as a writer would meet their checks.
struct EntryCheckTests {
  @Test func `a complete entry is stored in its one text, calculated fields included`() throws {
    let entry = try Desk(SmallStudy.study, "START").entry(Desk.start)
    #expect(entry.faults.isEmpty, "\(entry.faults)")
    #expect(entry.text("weight") == "70.5")
    #expect(entry.text("bmi") == "24.4")
    #expect(entry.text("consented_at") == "2027-01-04T08:00:00Z")
  }

  @Test(arguments: [
    ("weight", "29", "EC-GEN-01"), ("weight", "many", "EC-GEN-01"), ("smoker", "X", "EC-GEN-01"),
    ("bmi", "20", "EC-GEN-01"), ("nonsense", "1", "EC-GEN-01"),
    ("vdate", "2027-01-07", "EC-GEN-02"),
    ("consented_at", "2027-01-06T12:00:01Z", "EC-GEN-02"), ("vdate", "2027-01-03", "EC-GEN-03"),
    ("smoker", "Y", "EC-GEN-05"), ("vdate", "2027-01-06", "EC-GEN-06"),
  ])
  func `a hard fault refuses the entry with its code`(
    field: String, value: String, code: String
  ) throws {
    var answers = Desk.start
    answers[field] = value
    let entry = try Desk(SmallStudy.study, "START").entry(answers)
    #expect(entry.faults.filter { $0.kind == .hard }.map(\.code) == [code], "\(entry.faults)")
    #expect(!entry.isAcceptable)
  }

  @Test func `a required field left empty is refused at submission, not in a draft`() throws {
    var answers = Desk.start
    answers["smoker"] = nil
    let desk = try Desk(SmallStudy.study, "START")
    #expect(try desk.entry(answers).faults.map(\.code) == ["EC-GEN-05"])
    #expect(try desk.entry(answers, isSubmission: false).faults.isEmpty)
  }

  @Test func `a missing code stands for a required value only with a reason`() throws {
    let desk = try Desk(SmallStudy.study, "START")
    let smoker = try FieldID(parsing: "smoker")
    #expect(
      try desk.entry(Desk.start, more: [smoker: .missing(.unknown, reason: " ")]).faults
        .map(\.code) == ["EC-GEN-05"])
    #expect(
      try desk.entry(Desk.start, more: [smoker: .missing(.refused, reason: "Would not say")])
        .faults.isEmpty)
    let weight = try FieldID(parsing: "weight")
    #expect(
      try desk.entry(Desk.start, more: [weight: .missing(.notDone, reason: nil)]).faults.isEmpty)
  }

  @Test func `a form not done needs only its reason`() throws {
    let desk = try Desk(SmallStudy.study, "START")
    let notDone = ["vdate": "2027-01-05", "done": "N"]
    #expect(try desk.entry(notDone).faults.map(\.field?.text) == ["reason_nd"])
    #expect(try desk.entry(notDone.merging(["reason_nd": "Away"]) { $1 }).faults.isEmpty)
    // It is one or the other: not done, or there are values.
    let both = try desk.entry(
      notDone.merging(["reason_nd": "Away", "smoker": "N", "weight": "70.5"]) { $1 })
    #expect(both.faults.map(\.code) == ["EC-GEN-08", "EC-GEN-08"])
    #expect(Set(both.faults.map(\.field?.text)) == ["smoker", "weight"])
    #expect(!both.isAcceptable)
  }

  @Test func `a date outside the window opens a query and is kept`() throws {
    let desk = try Desk(SmallStudy.study, "START")
    let day = try CalendarDate(parsing: "2027-01-05")
    let entry = try desk.entry(Desk.start, window: day.advanced(by: 1)...day.advanced(by: 3))
    #expect(entry.faults.map(\.code) == ["EC-GEN-04"])
    #expect(entry.isAcceptable)
  }

  @Test func `an implausible score opens a query`() throws {
    var answers = Desk.start
    answers["weight"] = "250"
    let faults = try Desk(SmallStudy.study, "START").entry(answers).faults
    #expect(faults.map(\.code) == ["EC-START-01"])
    #expect(faults.map(\.kind) == [.query])
  }

  @Test func `a check that reads an outcome says so, so that a blinded writer is not shown it`()
    throws
  {
    let study = try ReferenceTrial.study
    let desk = try Desk(study, "ELIG")
    var answers = ["vdate": "2027-01-05", "done": "Y"]
    for number in 1...12 {
      answers[number < 10 ? "I0\(number)" : "I\(number)"] = "Y"
      answers[number < 10 ? "E0\(number)" : "E\(number)"] = "N"
    }
    let total = FieldReference(
      form: try FormID(parsing: "MADRS"), field: try FieldID(parsing: "total"),
      visit: try VisitCode(parsing: "SCR"))
    #expect(desk.form.outsideReferences.contains(total))
    let low = try desk.entry(answers, elsewhere: [total: .number(ExactNumber(20))])
    #expect(low.faults.map(\.code) == ["EC-ELIG-01"])
    #expect(low.faults.map(\.inputClass) == [.outcome])
    let enough = try desk.entry(answers, elsewhere: [total: .number(ExactNumber(21))])
    #expect(enough.faults.isEmpty)
    #expect(enough.text("eligible") == "true")
    let score = try #require(desk.form.field(try FieldID(parsing: "madrs_scr")))
    #expect(desk.form.dataClass(of: score) == .outcome)
  }

  @Test func `a value computed from a computed outcome is an outcome too`() throws {
    let form = try Desk(ReferenceTrial.study, "RANDREQ").form
    for name in ["madrs_bl", "sev"] {
      let field = try #require(form.field(try FieldID(parsing: name)))
      #expect(form.dataClass(of: field) == .outcome, "\(name)")
    }
    let setting = try #require(form.field(try FieldID(parsing: "setting")))
    #expect(form.dataClass(of: setting) == .open)
  }

  @Test func `a reason written by an unblinded person is not open`() throws {
    let reason = try FieldID(parsing: "reason_nd")
    for (name, expected) in [("SAFREV", DataClass.treatment), ("DM", .open)] {
      let form = try Desk(ReferenceTrial.study, name).form
      #expect(form.dataClass(of: try #require(form.field(reason))) == expected, "\(name)")
    }
  }

  @Test func `the risk screener refuses answers to questions that are not asked`() throws {
    let desk = try Desk(ReferenceTrial.study, "CSSRSS")
    let calm = [
      "vdate": "2027-01-05", "done": "Y", "version": "screen", "q1": "N", "q2": "N", "q6": "N",
    ]
    let entry = try desk.entry(calm)
    #expect(entry.faults.isEmpty, "\(entry.faults)")
    #expect(entry.text("risk") == "none")
    let broken = try desk.entry(calm.merging(["q4": "Y"]) { $1 })
    #expect(broken.faults.map(\.code) == ["EC-CSS-01"])
    let asked = try desk.entry(calm.merging(["q2": "Y"]) { $1 })
    #expect(asked.faults.map(\.field?.text) == ["q3", "q4", "q5"])
  }

  @Test func `a rating of few minutes opens a query`() throws {
    let desk = try Desk(ReferenceTrial.study, "MADRS")
    var answers = [
      "mode": "VIDEO", "start": "2027-01-05T09:00:00Z", "end": "2027-01-05T09:05:00Z",
    ]
    for number in 1...10 { answers[number < 10 ? "m0\(number)" : "m10"] = "3" }
    let entry = try desk.entry(answers)
    #expect(entry.faults.map(\.code) == ["EC-MAD-03"])
    #expect(entry.text("total") == "30")
    #expect(entry.text("severity") == "moderate")
  }
}

extension CheckedEntry {
  fileprivate func text(_ field: String) -> String? {
    (try? FieldID(parsing: field)).flatMap { answers[$0]?.text }
  }
}

/// A writer at one form, on 5 January 2027.
struct Desk {
  let form: Form

  init(_ study: StudyDefinition, _ form: String) throws {
    self.form = try #require(study.form(try FormID(parsing: form)))
  }

  static let start = [
    "vdate": "2027-01-05", "done": "Y", "consent_version": "A",
    "consented_at": "2027-01-04T09:00:00+01:00", "smoker": "N", "weight": "70.50",
    "height": "170", "habits": "COFFEE,TEA",
  ]

  func entry(
    _ answers: [String: String], more: [FieldID: FieldAnswer] = [:], isSubmission: Bool = true,
    window: ClosedRange<CalendarDate>? = nil, elsewhere: [FieldReference: FormulaValue] = [:]
  ) throws -> CheckedEntry {
    var parsed: [FieldID: FieldAnswer] = [:]
    for (name, text) in answers { parsed[try FieldID(parsing: name)] = .value(text) }
    let context = EntryContext(
      siteToday: try CalendarDate(parsing: "2027-01-05"),
      now: try UTCInstant(parsing: "2027-01-05T12:00:00Z"), isSubmission: isSubmission,
      clocks: .none,
      window: window, consentedOn: try CalendarDate(parsing: "2027-01-04"),
      lastAllowedDate: answers["vdate"] == "2027-01-06"
        ? try CalendarDate(parsing: "2027-01-05") : nil, elsewhere: elsewhere)
    return checkedEntry(parsed.merging(more) { $1 }, in: form, context)
  }
}
