import StudyModel
import Testing

/// Alerts, reporting times and deviations of the reference trial, worked out from answers.
struct SafetyPlanTests {
  private static func alerts(_ form: String, _ values: [String: String]) throws -> [String] {
    let study = try ReferenceTrial.study
    let entry = try SampleEntry(study, form, values)
    return study.alerts(raisedBy: entry.form, entry.environment).map(\.id)
  }

  private static let calm = ["version": "slc", "q1": "N", "q2": "N", "q6": "N"]

  @Test func `answers raise the alerts of section 11`() throws {
    #expect(try Self.alerts("QIDSSR16", ["q12": "3"]) == ["SI_HIGH"])
    #expect(try Self.alerts("QIDSSR16", ["q12": "2"]) == ["SI_POSITIVE"])
    #expect(try Self.alerts("QIDSSR16", ["q12": "1"]).isEmpty)
    #expect(try Self.alerts("MADRS", ["m10": "6"]) == ["SI_HIGH"])
    #expect(try Self.alerts("MADRS", ["m10": "5"]) == ["SI_POSITIVE"])
    #expect(try Self.alerts("MADRS", ["m10": "3"]).isEmpty)
    #expect(try Self.alerts("PHQ9", ["p09": "1"]) == ["SI_POSITIVE"])
    #expect(try Self.alerts("PHQ9", ["p09": "0"]).isEmpty)
    #expect(try Self.alerts("CSSRSS", Self.calm).isEmpty)
    #expect(try Self.alerts("CSSRSS", Self.calm.merging(["q6": "Y"]) { $1 }) == ["SI_HIGH"])
    let manic = Dictionary(
      uniqueKeysWithValues: (1...11).map {
        ($0 < 10 ? "y0\($0)" : "y\($0)", $0 < 4 ? "4" : "0")
      })
    #expect(try Self.alerts("YMRS", manic) == ["MANIA_POSITIVE"])
    #expect(try Self.alerts("BPRSP", ["b02": "4"]) == ["PSYCHOSIS_POSITIVE"])
    #expect(try Self.alerts("KMON", ["spo2": "89"]) == ["HAEMO"])
    #expect(try Self.alerts("KMON", ["moaas": "2"]) == ["SEDATION_DEEP", "HAEMO"])
    #expect(try Self.alerts("KMON", ["sbp": "179", "dbp": "109", "moaas": "3"]).isEmpty)
  }

  @Test func `a missed risk assessment alerts the coordinator on the next working day`() throws {
    let study = try ReferenceTrial.study
    let found = study.alerts(raisedByMissing: try FormID(parsing: "CSSRSS"))
    #expect(found.map(\.id) == ["OVERDUE_SAFETY"])
    #expect(found.first?.recipients.map(\.text) == ["coordinator"])
    #expect(found.first?.deadline == .nextWorkingDay)
    #expect(study.alerts(raisedByMissing: try FormID(parsing: "MADRS")).isEmpty)
  }

  @Test func `a high risk is repeated within 15 minutes, and the coordinator learns only of it`()
    throws
  {
    let alert = try #require(try ReferenceTrial.study.alerts.first { $0.id == "SI_HIGH" })
    #expect(alert.deadline == .minutes(15) && alert.isRepeated)
    #expect(alert.recipients.map(\.text) == ["investigator"])
    #expect(alert.existenceOnly.map(\.text) == ["coordinator"])
  }

  // Both nights of London: at one o'clock UTC the clocks go back in October, forward in March.
  @Test(arguments: ["2027-10-31T00:30:00Z", "2027-03-28T00:30:00Z", "2027-06-01T00:30:00Z"])
  func `AS-28: monitoring counts minutes from the start through the night the clocks change`(
    start: String
  ) throws {
    let study = try ReferenceTrial.study
    let begin = try UTCInstant(parsing: start)
    let form = try #require(study.form(try FormID(parsing: "KMON")))
    let plan = try #require(form.planned)
    for minute in plan.values {
      let number = try #require(Int64("\(minute)"))
      for (late, isOff) in [(Int64(0), false), (5, false), (6, true), (60, true), (-60, true)] {
        let at = begin.advanced(bySeconds: (number + late) * 60)
        let entry = try SampleEntry(
          study, "KMON",
          ["KDOSE.start": start, "t_min": "\(minute)", "at": at.description])
        #expect(
          entry.faults.contains { $0.code == "EC-KM-01" } == isOff, "minute \(minute) and \(late)")
      }
    }
  }

  // MARK: Reporting times

  @Test(arguments: [
    // Hours run on through the change to summer time; days end by the wall clock of London.
    ("sae_site", "2027-03-27T20:00:00Z", "2027-03-28T20:00:00Z"),
    ("susar_fatal", "2027-03-24T23:30:00Z", "2027-03-31T22:59:59Z"),
    ("susar_fatal", "2027-01-01T00:00:00Z", "2027-01-08T23:59:59Z"),
    ("susar_other", "2027-10-20T12:00:00Z", "2027-11-04T23:59:59Z"),
    ("device", "2027-06-01T23:30:00Z", "2027-06-12T22:59:59Z"),
  ])
  func `a reporting time ends when the protocol says`(
    id: String, start: String, due: String
  ) throws {
    let study = try ReferenceTrial.study
    let clock = try #require(study.clocks.first { $0.id == id })
    let zone = try SiteClock(zone: try #require(study.sponsorZone))
    let from = try UTCInstant(parsing: start)
    let limit = clock.due(from: from, by: zone)
    #expect(limit == (try UTCInstant(parsing: due)))
    let reminder = clock.reminder(from: from, by: zone)
    #expect(reminder.seconds(since: from) == limit.seconds(since: from) * 3 / 4)
  }

  @Test func `after a fatal reaction more follows within eight days`() throws {
    let study = try ReferenceTrial.study
    let zone = try SiteClock(zone: "Europe/London")
    let start = try UTCInstant(parsing: "2027-01-01T10:00:00Z")
    let fatal = try #require(study.clocks.first { $0.id == "susar_fatal" })
    #expect(
      fatal.followUpDue(from: start, by: zone) == (try UTCInstant(parsing: "2027-01-16T23:59:59Z")))
    // It is a record of its own, which ends when the eight days do.
    let further = try #require(study.reportingTime("susar_fatal.further"))
    #expect(further.due(from: start, by: zone) == fatal.followUpDue(from: start, by: zone))
    #expect(further.condition == fatal.condition && !further.isMetByEntry)
    let site = try #require(study.clocks.first { $0.id == "sae_site" })
    #expect(site.followUpDue(from: start, by: zone) == nil)
    #expect(site.withFollowUp == [site])
  }

  @Test(arguments: [
    ("DEATH", "false", "susar_fatal"), ("HOSP", "false", "susar_other"), ("HOSP", "true", ""),
    ("DEATH", "", ""),
  ])
  func `the clock of a reaction follows from seriousness and expectedness`(
    criterion: String, expected: String, running: String
  ) throws {
    let study = try ReferenceTrial.study
    let entry = try SampleEntry(
      study, "SAE",
      [
        "criteria": criterion, "rel_ket": "PROB", "device_related": "false",
        "FACT.entered_at": "2027-01-02T09:00:00Z",
      ].merging(expected.isEmpty ? [:] : ["FACT.expected": expected]) { $1 })
    let running = running.isEmpty ? [] : [running]
    let conditional = study.clocks.filter { $0.form == entry.form.id && $0.condition != nil }
    #expect(
      conditional.filter { $0.condition?.truth(in: entry.environment) == true }.map(\.id) == running
    )
    let due = entry.environment.own[try FieldID(parsing: "reg_due")]
    let days = ["susar_fatal": 7, "susar_other": 15][running.first ?? ""]
    let day = try CalendarDate(parsing: "2027-01-02")
    #expect(due == (days.map { .date(day.advanced(by: $0)) } ?? .missing))
  }

  // MARK: Deviations

  private static func drafts(_ form: String, _ values: [String: String]) throws
    -> [DraftedDeviation]
  {
    let study = try ReferenceTrial.study
    let entry = try SampleEntry(study, form, values)
    return study.deviations(draftedBy: entry.form, entry.faults, entry.environment)
  }

  @Test(arguments: [
    ("AS-14", "ECTTX", ["anaes": "KETPROHIB"], "IMP-TX"),
    ("AS-15", "KDOSE", ["support_given": "DIRECTED", "FACT.arm": "KET"], "IMP-CONTAM"),
    (
      "AS-17", "SAE",
      ["aware_at": "2027-01-04T08:00:00Z", "FACT.entered_at": "2027-01-05T09:00:00Z"], "IMP-SAE"
    ),
    ("cross", "KDOSE", ["FACT.arm": "ECT", "FUTX.kind@all": "KET"], "IMP-CROSS"),
    (
      "monitor", "KMON",
      ["KDOSE.start": "2027-01-05T09:00:00Z", "t_min": "10", "at": "2027-01-05T09:20:00Z"],
      "IMP-SAF"
    ),
    (
      "a therapist in KET", "KDOSE", ["FACT.arm": "KET", "person_present": "NURSE,THER"],
      "IMP-CONTAM"
    ),
    (
      "no therapist in KAP", "KDOSE",
      ["FACT.arm": "KAP", "go": "Y", "person_present": "NURSE,PHYS"], "IMP-CONTAM"
    ),
    ("time of a therapist", "CONTACT", ["FACT.arm": "ECT", "therapist": "30"], "IMP-CONTAM"),
    (
      "psychotherapy elsewhere", "FUTX",
      [
        "FACT.arm": "KET", "kind": "PSYTHER", "start": "2027-01-10", "FACT.day0": "2027-01-01",
      ], "IMP-CONTAM"
    ),
    ("a recording", "FIDEL", ["kind": "KETVISIT", "proscribed": "true"], "IMP-CONTAM"),
    (
      "infusions alone in KAP", "TXDISC",
      [
        "FACT.arm": "KAP", "reason": "REMIT", "KDOSE.start@K1": "2027-01-05T09:00:00Z",
        "KDOSE.start@K2": "2027-01-08T09:00:00Z", "SESS.start@K1": "2027-01-05T09:00:00Z",
      ], "IMP-CONTAM"
    ),
    (
      "given after a pregnancy", "KDOSE",
      [
        "go": "Y", "vdate": "2027-01-12", "FACT.day0": "2027-01-01",
        "PREGREP.stop_on@all": "2027-01-11",
      ], "IMP-SAF"
    ),
    (
      "given after mania", "ECTTX",
      ["vdate": "2027-01-12", "FACT.day0": "2027-01-01", "YMRS.stop_on@all": "2027-01-11"],
      "IMP-SAF"
    ),
    ("told", "RBR", ["disclosed": "PART", "FACT.visit": "EOT"], "IMP-UNBL"),
    (
      "late consent", "ICF",
      [
        "vdate": "2027-01-04", "icf_dt": "2027-01-06T09:00:00Z", "FACT.day0": "2027-01-13",
      ], "IMP-ICF"
    ),
    (
      "consent a day late in Adelaide", "ICF",
      [
        "vdate": "2027-01-04", "icf_dt": "2027-01-04T22:00:00Z", "FACT.consented_on": "2027-01-05",
        "FACT.day0": "2027-01-13",
      ], "IMP-ICF"
    ),
    ("another treatment", "FUTX", elsewhere("ECT", "KET", "2027-01-13"), "IMP-CROSS"),
    ("another treatment", "FUTX", elsewhere("ECT", "ESK", "2027-02"), "IMP-CROSS"),
    ("another treatment", "FUTX", elsewhere("KET", "ECT", "2027-01"), "IMP-CROSS"),
    ("another treatment", "FUTX", elsewhere("KAP", "ECT", "2027-02-16"), "IMP-CROSS"),
    (
      "another treatment before a late rating", "FUTX",
      elsewhere("KAP", "ECT", "2027-02-20").merging(["MADRS.vdate@EOT": "2027-02-21"]) { $1 },
      "IMP-CROSS"
    ),
    ("no copy", "ICF", ["icf_copy": "false"], "MIN-DOC"),
    (
      "spacing", "KDOSE", ["vdate": "2027-01-05", "go": "Y", "given_on@all": "2027-01-04"],
      "MIN-PROC"
    ),
    (
      "drug", "CM",
      ["atc": "N06AF03", "start": "2027-01-03", "FACT.day0": "2027-01-01"], "IMP-PROHIB"
    ),
  ])
  func `an entry drafts the deviation of the protocol`(
    name: String, form: String, values: [String: String], type: String
  ) throws {
    #expect(try Self.drafts(form, values).map(\.type) == [type], "\(name)")
  }

  /// Treatment from elsewhere in somebody randomized on 13 January.
  private static func elsewhere(_ arm: String, _ kind: String, _ start: String) -> [String: String]
  {
    ["FACT.arm": arm, "kind": kind, "start": start, "FACT.day0": "2027-01-13"]
  }

  @Test func `consent before or on the day of its visit is not late, whatever the site's clock`()
    throws
  {
    for (given, day) in [
      ("2027-01-04T09:00:00Z", "2027-01-04"), ("2027-01-02T09:00:00Z", "2027-01-02"),
      // The evening in Phoenix and the morning in Adelaide of the day of the visit.
      ("2027-01-05T03:00:00Z", "2027-01-04"), ("2027-01-03T22:00:00Z", "2027-01-04"),
    ] {
      let told = [
        "vdate": "2027-01-04", "icf_dt": given, "FACT.consented_on": day, "icf_copy": "true",
      ]
      #expect(
        try Self.drafts("ICF", told.merging(["FACT.day0": "2027-01-13"]) { $1 }).isEmpty, "\(given)"
      )
    }
    // Before anybody is randomized nothing is held against the trial.
    #expect(
      try Self.drafts("ICF", ["vdate": "2027-01-04", "icf_dt": "2027-01-09T09:00:00Z"]).isEmpty)
  }

  @Test func `treatment from elsewhere is a crossover only of another arm and before the rating`()
    throws
  {
    for (arm, kind, start) in [
      ("KET", "KET", "2027-01-20"), ("KAP", "ESK", "2027-01-20"), ("ECT", "ECT", "2027-01-20"),
      ("KET", "TMS", "2027-01-20"), ("ECT", "ANTIDEP", "2027-01-20"),
      ("KET", "ECT", "2027-02-17"), ("ECT", "KET", "2027-01-12"), ("ECT", "KET", "2026-12"),
    ] {
      #expect(try Self.drafts("FUTX", Self.elsewhere(arm, kind, start)).isEmpty, "\(arm) \(kind)")
    }
    for (rated, isCrossed) in [
      ("2027-02-10", false), ("2027-02-11", true),
      // Not usable: the window of the visit ends it.
      ("2027-02-01", true), ("2027-03-01", true),
    ] {
      let told = Self.elsewhere("KET", "ECT", "2027-02-10")
      #expect(
        try !Self.drafts("FUTX", told.merging(["MADRS.vdate@EOT": rated]) { $1 }).isEmpty
          == isCrossed, "\(rated)")
    }
  }

  @Test func `a partial date of rescue or attempt counts from the first day it can mean`() throws {
    func day(_ form: String, _ field: String, _ values: [String: String]) throws -> FormulaValue? {
      try SampleEntry(
        try ReferenceTrial.study, form, values.merging(["FACT.day0": "2027-01-13"]) { $1 }
      ).environment.own[try FieldID(parsing: field)]
    }
    // After randomization, where it can have been then.
    for (text, counted) in [
      ("2027-01", "2027-01-13"), ("2027", "2027-01-13"), ("2027-02", "2027-02-01"),
      ("2027-01-20", "2027-01-20"), ("2026-12", "2026-12-01"),
    ] {
      let expected = FormulaValue.date(try CalendarDate(parsing: counted))
      #expect(try day("FUTX", "rescue_on", ["kind": "ECT", "start": text]) == expected)
      #expect(try day("SAE", "attempt_on", ["depression": "ATTEMPT", "onset": text]) == expected)
    }
    #expect(try day("FUTX", "rescue_on", ["kind": "TMS", "start": "2027-02"]) == .missing)
    #expect(try day("SAE", "attempt_on", ["depression": "HOSP", "onset": "2027-02"]) == .missing)
  }

  @Test func `only the first treatment that was given can start late`() throws {
    func types(_ form: String, _ values: [String: String]) throws -> [String] {
      try Self.drafts(form, values.merging(["FACT.day0": "2027-01-01"]) { $1 }).map(\.type)
    }
    let first = ["FACT.visit": "K1", "go": "Y", "vdate": "2027-01-09"]
    #expect(try types("KDOSE", first) == ["IMP-START"])
    #expect(try types("KDOSE", first.merging(["vdate": "2027-01-08"]) { $1 }).isEmpty)
    // An infusion that was put off is none, and after a preparation it is not the first treatment.
    #expect(try types("KDOSE", first.merging(["go": "NO"]) { $1 }).isEmpty)
    for (done, day, drafted) in [
      ("Y", "2027-01-05", []), ("Y", "2027-01-09", []), ("N", "2027-01-05", ["IMP-START"]),
      ("Y", "2027-01-10", ["IMP-START"]),
    ] {
      let prepared = ["PREP.done@P1": done, "PREP.vdate@P1": day]
      #expect(try types("KDOSE", first.merging(prepared) { $1 }) == drafted, "\(done) \(day)")
    }
    for (form, visit) in [("PREP", "P1"), ("ECTTX", "E1")] {
      let late = ["FACT.visit": visit, "vdate": "2027-01-09"]
      #expect(try types(form, late.merging(["done": "Y"]) { $1 }) == ["IMP-START"])
      #expect(try types(form, late.merging(["done": "N"]) { $1 }).isEmpty)
    }
  }

  @Test func `what is in order drafts nothing`() throws {
    #expect(try Self.drafts("ECTTX", ["anaes": "PROP"]).isEmpty)
    #expect(try Self.drafts("KDOSE", ["support_given": "DIRECTED", "FACT.arm": "KAP"]).isEmpty)
    #expect(
      try Self.drafts(
        "SAE", ["aware_at": "2027-01-04T08:00:00Z", "FACT.entered_at": "2027-01-05T08:00:00Z"]
      ).isEmpty)
    #expect(try Self.drafts("RBR", ["disclosed": "N", "FACT.visit": "EOT"]).isEmpty)
    // Who was told at another visit gives no primary rating.
    for visit in ["A2", "F3", "ET"] {
      #expect(
        try Self.drafts("RBR", ["disclosed": "PART", "FACT.visit": visit]).isEmpty, "\(visit)")
    }
    // Each beside its own arm, and on the day on which treatment had to stop.
    #expect(
      try Self.drafts("KDOSE", ["FACT.arm": "KET", "go": "Y", "person_present": "NURSE"]).isEmpty)
    #expect(
      try Self.drafts("KDOSE", ["FACT.arm": "KAP", "go": "Y", "person_present": "THER"]).isEmpty)
    #expect(try Self.drafts("CONTACT", ["FACT.arm": "KAP", "therapist": "300"]).isEmpty)
    #expect(try Self.drafts("CONTACT", ["FACT.arm": "ECT", "therapist": "0"]).isEmpty)
    #expect(
      try Self.drafts(
        "FUTX",
        ["FACT.arm": "KET", "kind": "PSYTHER", "start": "2027-03", "FACT.day0": "2027-01-01"]
      ).isEmpty)
    #expect(try Self.drafts("FIDEL", ["kind": "SESS", "proscribed": "true"]).isEmpty)
    #expect(
      try Self.drafts(
        "KDOSE",
        [
          "go": "Y", "vdate": "2027-01-11", "FACT.day0": "2027-01-01",
          "PREGREP.stop_on@all": "2027-01-11", "YMRS.stop_on@all": "2026-12-20",
        ]
      ).isEmpty)
    // A hard fault is not stored, so nothing has happened.
    #expect(try Self.drafts("KDOSE", ["FACT.arm": "ECT"]).isEmpty)
  }

  @Test func `a late start excludes only after day 10`() throws {
    func draft(_ day: String) throws -> [Bool?] {
      try Self.drafts(
        "ECTTX",
        [
          "vdate": day, "done": "Y", "FACT.visit": "E1", "FACT.day0": "2027-01-01",
          "FACT.arm": "ECT",
        ]
      ).map(\.excludes)
    }
    #expect(try draft("2027-01-08").isEmpty)
    #expect(try draft("2027-01-09") == [false])
    #expect(try draft("2027-01-11") == [false])
    #expect(try draft("2027-01-12") == [true])
  }

  /// The flag is worked out of entries of treatment by the program; here it is given.
  @Test(arguments: [
    ("F1", false, nil, true), ("F1", true, nil, false), ("F2", false, nil, false),
    ("F1", false, "LOE", false),
  ])
  func `too few sessions are drafted at follow-up 1 though nobody recorded the end of treatment`(
    visit: String, isAdherent: Bool, reason: String?, isDrafted: Bool
  ) throws {
    let study = try ReferenceTrial.study
    let form = try #require(study.form(try FormID(parsing: "FUTX")))
    var elsewhere = try CoursePlanTests.elsewhere(
      reason.map { ["TXDISC.reason@all": $0] } ?? [:])
    elsewhere.add([.visit: .text(visit)])
    elsewhere[
      FieldReference(form: try FormID(parsing: "FLAG"), field: try FieldID(parsing: "ADHFL"))] =
      .truth(isAdherent)
    let found = study.deviations(
      draftedBy: form, [],
      form.environment(of: [:], elsewhere: elsewhere, clocks: try ReferenceTrial.clocks))
    #expect(found.map(\.type).contains("IMP-ADH") == isDrafted)
  }

  @Test(arguments: [
    ("2027-01-10", "2027-01-05,2027-01-08,2027-01-12", nil, "2"),
    ("2027-01-10", "2027-01-05", "2027-01-10", "0"), ("2027-01-04", "2027-01-05", nil, nil),
    ("2027-01", "2026-12-05", nil, nil), ("2027-01-10", nil, nil, nil),
  ])
  func `an adverse event counts from the last session before it`(
    start: String, infusions: String?, sessions: String?, days: String?
  ) throws {
    var values = ["start": start]
    values["KDOSE.given_on@all"] = infusions
    values["ECTTX.given_on@all"] = sessions
    let entry = try SampleEntry(ReferenceTrial.study, "AE", values)
    #expect(entry.environment.own[try FieldID(parsing: "onset_rel")]?.canonicalText == days)
  }

  @Test func `a draft is as guarded as what it follows from`() throws {
    #expect(try Self.drafts("ECTTX", ["anaes": "KETPROHIB"]).map(\.dataClass) == [.treatment])
    #expect(
      try Self.drafts("CM", ["atc": "N06AF03", "start": "2027-01-03", "FACT.day0": "2027-01-01"])
        .map(\.dataClass) == [.open])
    // The day of the rating is declassified, its values are not.
    let late = try Self.drafts(
      "MADRS",
      ["start": "2027-02-12T09:00:00Z", "FACT.day0": "2027-01-01", "FACT.visit": "EOT"])
    #expect(late == [DraftedDeviation(type: "IMP-PRIM", dataClass: .open, excludes: true)])
    // A date outside the window of a treatment form is told to nobody blinded.
    let study = try ReferenceTrial.study
    for (name, expected) in [("VS", DataClass.open), ("KDOSE", .treatment)] {
      let form = try #require(study.form(try FormID(parsing: name)))
      let fault = EntryFault(kind: .query, code: "EC-GEN-04", sentence: "x", inputClass: .open)
      #expect(
        study.deviations(draftedBy: form, [fault], FormulaEnvironment(clocks: .none)).map(
          \.dataClass)
          == [expected])
    }
  }
}
