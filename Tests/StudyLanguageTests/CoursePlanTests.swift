import StudyModel
import Testing

/// Lifecycles, populations, visits and the visibility matrix of the reference trial.
struct CoursePlanTests {
  private static func lifecycle(_ id: String) throws -> LifecyclePlan {
    try #require(try ReferenceTrial.study.lifecycles.first { $0.id == id })
  }

  private static func facts(
    _ role: String?, signed: [String] = [], _ values: [String: String] = [:], people: Int = 1,
    reason: Bool = false, site: String = "101"
  ) throws -> LifecycleFacts {
    LifecycleFacts(
      role: try role.map { try RoleID(parsing: $0) },
      signedForms: Set(try signed.map { try FormID(parsing: $0) }),
      environment: FormulaEnvironment(
        elsewhere: try elsewhere(values), clocks: try ReferenceTrial.clocks(at: site)),
      people: people,
      hasReason: reason)
  }

  static func elsewhere(_ values: [String: String]) throws -> [FieldReference: FormulaValue] {
    let study = try ReferenceTrial.study
    var found: [FieldReference: FormulaValue] = [:]
    for (key, text) in values {
      guard case .reference(let reference) = try Formula(parsing: key) else { continue }
      found[reference] = try SampleEntry.value(reference, text, in: study, nil)
    }
    return found
  }

  @Test func `screening ends as the eligibility form says, and by nothing else`() throws {
    let plan = try Self.lifecycle("participation")
    func judge(_ role: String, _ signed: [String], _ eligible: String?) throws -> LifecycleAnswer {
      plan.answer(
        from: "screening", to: "judge",
        try Self.facts(
          role, signed: signed, eligible.map { ["ELIG.eligible@SCR": $0] } ?? [:]))
    }
    #expect(try judge("investigator", ["ICF", "ELIG"], "true") == .moves(to: "eligible"))
    #expect(try judge("coordinator", [], "false") == .moves(to: "screen_failed"))
    for refused in [
      // That screening failed is recorded by the coordinator.
      try judge("investigator", ["ICF", "ELIG"], "false"),
      try judge("investigator", [], "true"), try judge("investigator", ["ELIG"], "true"),
      try judge("coordinator", ["ICF", "ELIG"], "true"),
      try judge("investigator", ["ICF", "ELIG"], nil),
    ] {
      guard case .refused(let sentences) = refused else {
        Issue.record("\(refused)")
        continue
      }
      #expect(!sentences.isEmpty)
    }
  }

  @Test func `the state of treatment follows from what is recorded, step by step`() throws {
    let plan = try Self.lifecycle("treatment")
    let served = try Self.lifecycle("participation")
    #expect(!plan.isServed && served.isServed)
    func state(_ values: [String: String]) throws -> String? {
      plan.stateFollowing(
        signedForms: [],
        in: FormulaEnvironment(
          elsewhere: try Self.elsewhere(values), clocks: try ReferenceTrial.clocks))?.id
    }
    let read = ["FACT.acknowledged": "true"]
    func with(_ more: [String: String]) -> [String: String] { read.merging(more) { $1 } }
    #expect(try state([:]) == "allocated")
    #expect(try state(["KDOSE.start@all": "2027-01-11T10:00:00Z"]) == "allocated")
    #expect(try state(read) == "acknowledged")
    #expect(try state(with(["TXDISC.reason@all": "PREF"])) == "never_started")
    let first = with(["ECTTX.charge_mc@all": "200"])
    #expect(try state(first) == "started")
    #expect(try state(first.merging(["TXDISC.reason@all": "AE"]) { $1 }) == "stopped")
    #expect(try state(first.merging(["TXDISC.reason@all": "REMIT"]) { $1 }) == "finished")
    #expect(
      try state(first.merging(["TXDISC.reason@all": "AE", "FUTX.kind@all": "ECT"]) { $1 })
        == "other_treatment")
    // With psychotherapy the last infusion is followed by its integration.
    let infused = with([
      "KDOSE.start@all": "2027-01-11T10:00:00Z", "KDOSE.start@K6": "2027-01-29T10:00:00Z",
    ])
    #expect(try state(infused) == "finished")
    let assisted = infused.merging(["PREP.start@all": "2027-01-09T10:00:00Z"]) { $1 }
    #expect(try state(assisted) == "started")
    #expect(
      try state(assisted.merging(["INTEG.start@G6": "2027-01-30T10:00:00Z"]) { $1 })
        == "finished")
  }

  @Test func `stopping treatment is no way out of follow-up`() throws {
    let plan = try Self.lifecycle("participation")
    #expect(plan.events(from: "followed") == ["complete", "withdraw", "lose", "die"])
    #expect(
      plan.answer(from: "followed", to: "stop", try Self.facts("investigator"))
        == .refused(["Participation: “stop” does not follow from “in follow-up”."]))
    #expect(plan.events(from: "completed").isEmpty)
  }

  @Test(arguments: [
    ("2027-01-02", "2027-07-15", false), ("2027-08-12", "2027-08-12", false),
    ("2027-08-13", "2027-07-15", true), ("2027-08-13", "2027-07-14", false),
    ("2027-08-13", nil, false),
  ])
  func `follow-up ends after day 223 with a contact from day 195 on, or with follow-up 6`(
    today: String, contact: String?, ends: Bool
  ) throws {
    let plan = try Self.lifecycle("participation")
    var values = ["FACT.today": today, "FACT.day0": "2027-01-01"]
    values["EOS.last_contact@all"] = contact
    let answer = plan.answer(from: "followed", to: "complete", try Self.facts(nil, values))
    #expect((answer == .moves(to: "completed")) == ends)
    let done = values.merging(["MADRS.total@F6": "12"]) { $1 }
    #expect(
      plan.answer(from: "followed", to: "complete", try Self.facts(nil, done))
        == .moves(to: "completed"))
  }

  @Test func `a lost participant needs a reason and can be found again`() throws {
    let plan = try Self.lifecycle("participation")
    #expect(
      plan.answer(from: "followed", to: "lose", try Self.facts("coordinator"))
        == .refused(["This step needs a reason."]))
    #expect(
      plan.answer(from: "followed", to: "lose", try Self.facts("coordinator", reason: true))
        == .moves(to: "lost"))
    #expect(
      plan.answer(from: "lost", to: "find", try Self.facts("coordinator")) == .moves(to: "followed")
    )
  }

  @Test func `two people lock, unlock and unblind`() throws {
    let plan = try Self.lifecycle("study")
    #expect(
      plan.answer(from: "soft_locked", to: "hard_lock", try Self.facts("data_manager"))
        == .refused(["2 different people ask for this step."]))
    #expect(
      plan.answer(from: "soft_locked", to: "hard_lock", try Self.facts("data_manager", people: 2))
        == .moves(to: "hard_locked"))
    #expect(
      plan.answer(from: "hard_locked", to: "unlock", try Self.facts("statistician", people: 2))
        == .refused(["This step needs a reason."]))
    guard
      case .refused = plan.answer(
        from: "unblinded", to: "unlock", try Self.facts("statistician", people: 2, reason: true))
    else {
      Issue.record("unlocked after unblinding")
      return
    }
    guard
      case .refused = plan.answer(
        from: "soft_locked", to: "hard_lock", try Self.facts("coordinator", people: 2))
    else {
      Issue.record("the coordinator locked")
      return
    }
  }

  @Test func `the lifecycle of treatment is told to nobody blinded`() throws {
    #expect(try Self.lifecycle("treatment").dataClass == .treatment)
    for id in ["participation", "site", "study"] {
      #expect(try Self.lifecycle(id).dataClass == .open)
    }
  }

  // MARK: Populations

  private static let itt = [
    "FACT.day0": "2027-01-01", "FACT.consent_holds": "true", "FACT.is_duplicate": "false",
  ]

  private static func flags(
    _ values: [String: String], at site: String = "101"
  ) throws -> [String: Bool] {
    let study = try ReferenceTrial.study
    let found = study.flags(
      try elsewhere(itt.merging(values) { $1 }), clocks: try ReferenceTrial.clocks(at: site))
    return Dictionary(uniqueKeysWithValues: found.map { ($0.key.text, $0.value) })
  }

  private static func infusions(_ given: [String]) -> [String: String] {
    var values = ["KDOSE.start@all": "2027-01-05T09:00:00Z"]
    for (index, amount) in given.enumerated() {
      values["KDOSE.given_mg@K\(index + 1)"] = amount
      values["KDOSE.dose_mg@K\(index + 1)"] = "35"
    }
    return values
  }

  @Test func `AS-11: who never started stays in the full set`() throws {
    let flags = try Self.flags(["FACT.arm": "ECT"])
    #expect(flags["RANDFL"] == true && flags["ITTFL"] == true && flags["STARTFL"] == false)
    #expect(try Self.flags(["FACT.is_duplicate": "true"])["ITTFL"] == false)
    #expect(try Self.flags(["FACT.consent_holds": "false"])["ITTFL"] == false)
  }

  @Test(arguments: [
    // 80 per cent of 35 mg are 28 mg.
    ("KET", ["28", "35", "35", "35", "35"], true),
    ("KET", ["27.9", "35", "35", "35", "35"], false),
    ("KET", ["35", "35", "35", "35", "27", "35"], true),
    ("KAP", ["35", "35", "35", "35", "35", "35"], false),
    ("ECT", ["35", "35", "35", "35", "35", "35"], false),
  ])
  func `adherence counts infusions by their dose`(
    arm: String, given: [String], expected: Bool
  ) throws {
    let values = Self.infusions(given).merging(["FACT.arm": arm]) { $1 }
    #expect(try Self.flags(values)["ADHFL"] == expected)
  }

  @Test func `adherence to psychotherapy asks for both preparations and four integrations`() throws
  {
    var values = Self.infusions(Array(repeating: "35", count: 6))
    values["FACT.arm"] = "KAP"
    values["PREP.start@P1"] = "2027-01-03T09:00:00Z"
    values["PREP.start@P2"] = "2027-01-04T09:00:00Z"
    for number in 1...3 { values["INTEG.start@G\(number)"] = "2027-01-06T09:00:00Z" }
    #expect(try Self.flags(values)["ADHFL"] == false)
    values["INTEG.start@G5"] = "2027-01-20T09:00:00Z"
    #expect(try Self.flags(values)["ADHFL"] == true)
    values["PREP.start@P2"] = nil
    #expect(try Self.flags(values)["ADHFL"] == false)
  }

  @Test func `adherence to ECT asks for seven adequate seizures, or the goal`() throws {
    var values = ["FACT.arm": "ECT", "ECTTX.charge_mc@all": "192"]
    for number in 1...6 { values["ECTTX.adequate@E\(number)"] = "true" }
    values["ECTTX.adequate@E7"] = "false"
    #expect(try Self.flags(values)["ADHFL"] == false)
    values["ECTTX.adequate@E8"] = "true"
    #expect(try Self.flags(values)["ADHFL"] == true)
    #expect(
      try Self.flags(["FACT.arm": "ECT", "TXDISC.reason@all": "REMIT"])["ADHFL"] == true)
    #expect(try Self.flags(["FACT.arm": "ECT", "TXDISC.reason@all": "LOE"])["ADHFL"] == false)
  }

  // Day 42 begins in Adelaide while it is day 41 in Greenwich; in Phoenix day 41 goes on after it ended there.
  @Test(arguments: [
    ("112", "2027-02-11T22:30:00Z", false), ("112", "2027-02-11T12:30:00Z", true),
    ("112", "2027-01-27T14:30:00Z", true), ("110", "2027-02-12T05:30:00Z", true),
    ("110", "2027-02-12T07:30:00Z", false), ("110", "2027-01-28T05:30:00Z", false),
  ])
  func `the days of the per-protocol set are those at the site`(
    site: String, start: String, expected: Bool
  ) throws {
    let values = [
      "FACT.arm": "ECT", "TXDISC.reason@all": "REMIT", "FACT.has_excluding_deviation": "false",
      "MADRS.start@EOT": start,
    ]
    #expect(try Self.flags(values, at: site)["PPFL"] == expected)
  }

  @Test(arguments: [
    ("2027-01-27", false), ("2027-01-28", true), ("2027-02-11", true), ("2027-02-12", false),
  ])
  func `the per-protocol set asks for a rating on days 27 to 41`(day: String, expected: Bool) throws
  {
    let values = [
      "FACT.arm": "ECT", "TXDISC.reason@all": "REMIT", "FACT.has_excluding_deviation": "false",
      "MADRS.start@EOT": "\(day)T09:00:00Z",
    ]
    #expect(try Self.flags(values)["PPFL"] == expected)
    let excluded = values.merging(["FACT.has_excluding_deviation": "true"]) { $1 }
    #expect(try Self.flags(excluded)["PPFL"] == false)
  }

  // Section 13.1: response is a fall by at least half, in whole numbers.
  @Test(arguments: [
    ("30", "15", true), ("30", "16", false), ("31", "15", true), ("31", "16", false),
  ])
  func `a responder fell by half`(baseline: String, end: String, expected: Bool) throws {
    #expect(
      try Self.flags(["MADRS.total@BL": baseline, "MADRS.total@EOT": end])["RESPFL"] == expected)
  }

  // MARK: Visits

  @Test func `nobody blinded knows a visit beside the thirteen outcome visits`() throws {
    let study = try ReferenceTrial.study
    for role in study.roles where !role.knowsArms {
      #expect(study.visits(knownTo: role).map(\.code.text).count == 13, "\(role.id)")
    }
    let nurse = try #require(study.role(try RoleID(parsing: "ketamine_nurse")))
    #expect(study.visits(knownTo: nurse).count == 37)
    // The calendar is the same in every arm.
    let day0 = try CalendarDate(parsing: "2027-01-01")
    #expect(study.schedule(randomizedOn: day0).count == 8)
  }

  @Test func `an open form without visits is not filled at a visit that tells the treatment`()
    throws
  {
    let study = try ReferenceTrial.study
    let withdrawal = try #require(study.form(try FormID(parsing: "WDR")))
    let event = try #require(study.form(try FormID(parsing: "AE")))
    let (infusion, unscheduled) = (try VisitCode(parsing: "K1"), try VisitCode(parsing: "UNS"))
    #expect(study.schedules(withdrawal, at: unscheduled))
    #expect(!study.schedules(withdrawal, at: infusion))
    #expect(study.schedules(event, at: infusion))
  }

  @Test(arguments: [
    ("K1", [:], "2027-01-04", "2027-01-08"),
    ("K2", ["K1": "2027-01-05"], "2027-01-07", "2027-01-10"),
    ("K6", ["K5": "2027-01-24"], "2027-01-26", "2027-01-27"),
    ("G3", ["K3": "2027-01-12"], "2027-01-13", "2027-01-15"),
    ("E9", ["E8": "2027-01-25"], "2027-01-27", "2027-01-28"),
    ("P2", ["P1": "2027-01-05"], "2027-01-06", "2027-01-07"),
  ])
  func `a treatment visit keeps its distance from the one before and its last day`(
    visit: String, done: [String: String], first: String, last: String
  ) throws {
    let study = try ReferenceTrial.study
    var dates: [VisitCode: CalendarDate] = [:]
    for (code, date) in done {
      dates[try VisitCode(parsing: code)] = try CalendarDate(parsing: date)
    }
    let day0 = try CalendarDate(parsing: "2027-01-01")
    let treatment = try #require(study.visit(try VisitCode(parsing: visit)))
    let found = try #require(treatment.allowedDates(randomizedOn: day0, done: dates))
    #expect(found.lowerBound.description == first)
    #expect(found.upperBound.advanced(by: -1).description == last)
  }

  @Test func `a visit whose predecessor did not take place has no dates`() throws {
    let study = try ReferenceTrial.study
    let day0 = try CalendarDate(parsing: "2027-01-01")
    #expect(study.visit(try VisitCode(parsing: "K2"))?.allowedDates(randomizedOn: day0) == nil)
    let late = [try VisitCode(parsing: "K5"): try CalendarDate(parsing: "2027-01-26")]
    #expect(
      study.visit(try VisitCode(parsing: "K6"))?.allowedDates(randomizedOn: day0, done: late)?
        .isEmpty == true)
  }

  // MARK: Visibility

  @Test(arguments: [
    ("treat_coordinator", "PREF", ""), ("investigator", "SETS", ""),
    ("coordinator", "PREF", "read write"),
    ("coordinator", "QIDSSR16", "status"), ("investigator", "MADRS", "alerts"),
    ("rater", "MADRS", "own"),
    ("monitor", "MADRS", ""), ("monitor", "PHQ9", "read"), ("coordinator", "AE", ""),
    ("medical_monitor", "SAE", "pooled"), ("safety_officer", "KDOSE", "by_case"),
    ("data_manager", "KDOSE", ""), ("data_manager_u", "RBR", "read"), ("dsmb_member", "DM", ""),
    ("investigator", "ELIG", "read sign"), ("pharmacist", "ACCT", "read write"),
    ("access_admin", "ICF", ""),
  ])
  func `the matrix gives a role its rights and no other`(
    role: String, form: String, expected: String
  ) throws {
    let rights = try ReferenceTrial.study.rights(
      of: try RoleID(parsing: role), on: try FormID(parsing: form))
    #expect(
      rights.map { $0.map(\.rawValue).sorted().joined(separator: " ") } == expected)
  }
}
