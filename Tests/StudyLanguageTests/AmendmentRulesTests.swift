import StudyLanguage
import StudyModel
import Testing

/// What an amendment that comes into force site by site may change, and what it leaves as it was.
struct AmendmentRulesTests {
  private static func amended(_ replacements: [(String, String)]) throws -> StudyDefinition {
    var text = try ReferenceTrial.text("Docs/ReferenceTrial/kap-ect.yaml")
    for (old, new) in [("version: \"1.0\"\n", "version: \"2.0\"\n")] + replacements {
      try #require(text.contains(old), "\(old)")
      text = text.replacing(old, with: new, maxReplacements: 1)
    }
    return try StudyDefinition(yaml: text)
  }

  private static func obstacles(_ replacements: [(String, String)]) throws -> [String] {
    AmendmentRules.obstacles(from: try ReferenceTrial.study, to: try amended(replacements))
      .map(\.part)
  }

  @Test(arguments: [
    [("range: [0, 30], unit: years", "range: [0, 12], unit: years")],
    [
      (
        "code: A1, title: Assessment 1, day: 8, window: [6, 10]",
        "code: A1, title: Assessment 1, day: 9, window: [5, 12]"
      )
    ],
    [
      (
        "          - { id: gender,",
        "          - { id: hobby, label: Hobby, type: text, max: 40 }\n          - { id: gender,"
      )
    ],
    [
      (
        "codes: { \"1.0\": \"Version 1.0\" }",
        "codes: { \"1.0\": \"Version 1.0\", \"2.0\": \"Version 2.0\" }"
      )
    ],
  ])
  func `questions, codes, ranges and windows may change`(
    _ change: [(String, String)]
  ) throws {
    #expect(try Self.obstacles(change).isEmpty)
  }

  @Test(arguments: [
    (("key: kap-ect", "key: other"), "study"),
    (
      ("type: integer, range: [0, 30], unit: years", "type: integer, range: [0, 30], unit: months"),
      "field edu_years of DM"
    ),
    (("label: Ethnicity, type: code", "label: Ethnicity, type: multi"), "field ethnic of DM"),
    (("title: Ketamine alone, ratio: 1", "title: Ketamine only, ratio: 1"), "arms"),
    (("purpose: Stock, dispensing and accountability.", "purpose: Stock."), "roles"),
    (("key: \"112\", title: Adelaide", "key: \"113\", title: Adelaide"), "site 112"),
    (("zone: Europe/Zurich", "zone: Europe/Berlin"), "site 106"),
    (("protocol: KAPECT-01", "protocol: KAPECT-02"), "protocol number"),
    (
      ("second: ECT, margin: 0.10, alpha: 0.025", "second: ECT, margin: 0.12, alpha: 0.025"),
      "hypotheses"
    ),
    (
      ("second: KET, alpha: 0.025", "second: KET, alpha: 0.02"), "hypotheses"
    ),
    (
      (
        "{ id: RESPFL, title: Responder at the end of treatment, class: outcome,",
        "{ id: RESPFL, title: Responder at the end of treatment, class: treatment,"
      ), "population RESPFL"
    ),
    (("declassified_as: PPELIG", "declassified_as: PPSET"), "population PPFL"),
    (("arm_labels: [A, B, C]", "arm_labels: [X, Y, Z]"), "letters of the arms"),
    (
      ("unblinded_by: [sponsor_lead, rand_manager]", "unblinded_by: [rand_manager, sponsor_lead]"),
      "who unblinds"
    ),
  ])
  func `what is the same for the whole trial, and the meaning of a field, may not`(
    _ change: (String, String), part: String
  ) throws {
    #expect(try Self.obstacles([change]) == [part])
  }

  @Test(arguments: [
    [
      (
        "  - { key: \"112\",",
        "  - { key: \"113\", title: Leeds, country: GB, zone: Europe/London, emergency_contact: \"Crisis line of Leeds: +44 113 496 0113\", consent_versions: { \"1.0\": 2026-01-01 } }\n  - { key: \"112\","
      )
    ],
    [("title: Remission by QIDS-SR16", "title: Remission in own words")],
    [
      (
        "    - Representative of participants\n",
        "    - Representative of participants\n    - Nurse\n"
      )
    ],
    [
      (
        "title: High risk of suicide, to: [investigator]",
        "title: High risk of suicide, to: [investigator, treat_coordinator]"
      )
    ],
  ])
  func `sites may be added; alerts, secondary endpoints and the committee may change`(
    _ change: [(String, String)]
  ) throws {
    #expect(try Self.obstacles(change).isEmpty)
  }

  @Test func `an added site stands in the whole, and every other part is as it was`() throws {
    let first = try ReferenceTrial.study
    let later = try Self.amended([
      (
        "  - { key: \"112\",",
        "  - { key: \"113\", title: Leeds, country: GB, zone: Europe/London, emergency_contact: \"Crisis line\", consent_versions: { \"1.0\": 2026-01-01 } }\n  - { key: \"112\","
      ),
      ("title: Remission by QIDS-SR16", "title: Remission in own words"),
    ])
    #expect(later.sitesAdded(to: first).map(\.key.text) == ["113"])
    let whole = first.adding(sitesOf: [later, later])
    #expect(whole.sites.map(\.key.text) == first.sites.map(\.key.text) + ["113"])
    #expect(whole.secondaryEndpoints == first.secondaryEndpoints && whole.version == "1.0")
    let taken = whole.taking(partsOfTheWholeFrom: later)
    #expect(taken.secondaryEndpoints == later.secondaryEndpoints)
    #expect(taken.forms == first.forms && taken.hypotheses == first.hypotheses)
  }

  @Test(arguments: [
    ("participants: 60, reached_day: 30", "participants: 70, reached_day: 30"),
    ("spending: obrien-fleming\n", "spending: pocock\n"),
    ("futility_advice_below: 0.10", "futility_advice_below: 0.15"),
    ("smallest_open_cell: 5", "smallest_open_cell: 8"),
    ("last_day: 223", "last_day: 230"), ("retention_years: 25", "retention_years: 30"),
    ("sentence: Every casebook is signed by the investigator.", "sentence: Casebooks are signed."),
    ("sentence: Psychotherapy adds to ketamine.", "sentence: Psychotherapy adds something."),
    (
      "class: outcome, when: \"MADRS.total@BL > 0 and 2 *",
      "class: outcome, when: \"MADRS.total@BL > 0 and 3 *"
    ),
    ("variable: \"Response by QIDS-SR16,", "variable: \"Response by QIDS-SR16 (self-rated),"),
    ("imputations: 50", "imputations: 100"), ("planned_total: 900", "planned_total: 960"),
    ("per_arm: 300", "per_arm: 280"),
  ])
  func `the plan of the trial may change, with the analysis, looks, populations and numbers`(
    change: (String, String)
  ) throws {
    var changes = [change]
    // Numbers stated beside another spending are those of the other one no more.
    if change.0.hasPrefix("spending") {
      changes += [
        ("    - { information: 0.5, cumulative_alpha: 0.001525, critical: 2.963 }\n", ""),
        ("    - { information: 1, cumulative_alpha: 0.025, critical: 1.969 }\n", ""),
        ("  boundaries:\n", ""),
      ]
    }
    #expect(try Self.obstacles(changes).isEmpty)
    let (old, new) = (try ReferenceTrial.study, try Self.amended(changes))
    #expect(old.wholeParts(changedIn: new).count == 1)
    let taken = old.taking(partsOfTheWholeFrom: new)
    #expect(taken.wholeParts(changedIn: new).isEmpty && taken.forms == old.forms)
    #expect(taken.planVersion == "2.0" && taken.version == "1.0")
  }

  @Test func `a look that was taken, and what its error was spent by, stay as they were planned`()
    throws
  {
    let old = try ReferenceTrial.study
    func parts(_ changes: [(String, String)], taken: Set<String>) throws -> [String] {
      AmendmentRules.obstacles(from: old, to: try Self.amended(changes), taken: taken).map(\.part)
    }
    let safety = ("participants: 60, reached_day: 30", "participants: 70, reached_day: 30")
    #expect(try parts([safety], taken: ["S60"]) == ["interim look S60"])
    #expect(try parts([safety], taken: ["S150"]).isEmpty)
    let efficacy = ("participants: 450, reached_day: 41", "participants: 460, reached_day: 41")
    #expect(try parts([efficacy], taken: ["S60"]).isEmpty)
    #expect(
      try parts([efficacy], taken: ["I1"]) == ["interim look I1", "interim looks"])
    let stated = [
      ("    - { information: 0.5, cumulative_alpha: 0.001525, critical: 2.963 }\n", ""),
      ("    - { information: 1, cumulative_alpha: 0.025, critical: 1.969 }\n", ""),
      ("  boundaries:\n", ""),
    ]
    let spending = [("spending: obrien-fleming\n", "spending: pocock\n")] + stated
    #expect(try parts(spending, taken: ["S60"]).isEmpty)
    #expect(try parts(spending, taken: ["I1"]) == ["spending of the error"])
    // One more look at efficacy before one that was taken would spend what is spent.
    let earlier =
      [
        (
          "    - { id: I1, participants: 450, reached_day: 41, efficacy: true, information: 0.5 }",
          "    - { id: I0, participants: 450, reached_day: 35, efficacy: true, information: 0.3 }\n"
            + "    - { id: I1, participants: 450, reached_day: 41, efficacy: true, information: 0.5 }"
        )
      ] + stated
    #expect(try parts(earlier, taken: []).isEmpty)
    #expect(try parts(earlier, taken: ["I1"]) == ["interim looks"])
  }

  @Test
  func `what was accepted under one version is read by the joined one, however it is bounded`()
    throws
  {
    let old = try ReferenceTrial.study
    let new = try Self.amended([
      (
        "id: sbp, label: Systolic pressure, type: integer, range: [60, 260]",
        "id: sbp, label: Systolic pressure, type: integer, range: [80, 300]"
      ),
      (
        "precision: 3, scale: 1, range: [34.0, 42.0]", "precision: 5, scale: 2, range: [30.0, 39.0]"
      ),
    ])
    for joined in [old.joined(with: [new]), new.joined(with: [old]), old.joined(with: [old, new])] {
      let form = try #require(joined.form(try FormID(parsing: "VS")))
      func reads(_ field: String, _ text: String) throws -> Bool {
        (try? form.field(try FieldID(parsing: field))?.type.value(parsing: text)) != nil
      }
      #expect(try reads("sbp", "60") && reads("sbp", "300") && !reads("sbp", "301"))
      #expect(try reads("temp", "30.25") && reads("temp", "42.0") && !reads("temp", "42.1"))
    }
  }

  @Test func `an amendment has a version of its own`() throws {
    let study = try ReferenceTrial.study
    #expect(AmendmentRules.obstacles(from: study, to: study).map(\.part) == ["version"])
  }

  @Test func `scheduled visits keep their windows, and new ones have their own`() throws {
    let later = try Self.amended([
      (
        "code: A1, title: Assessment 1, day: 8, window: [6, 10]",
        "code: A1, title: Assessment 1, day: 8, window: [5, 12]"
      ),
      (
        "  - { code: ET, title: Early termination,",
        "  - { code: F9, title: Follow-up 9, day: 300, window: [290, 310], place: remote }\n  - { code: ET, title: Early termination,"
      ), ("last_day: 223", "last_day: 310"),
    ])
    let kept = later.keepingSchedule(of: try ReferenceTrial.study)
    #expect(kept.visit(try VisitCode(parsing: "A1"))?.window == 6...10)
    #expect(kept.visit(try VisitCode(parsing: "F9"))?.window == 290...310)
    #expect(kept.version == "2.0" && kept.forms == later.forms)
  }

  @Test func `an export of all versions has every form, field, code and visit of each`() throws {
    let first = try ReferenceTrial.study
    let second = try Self.amended([
      (
        "          - { id: gender,",
        "          - { id: hobby, label: Hobby, type: text, max: 40 }\n          - { id: gender2,"
      ),
      ("codes: { FT: Full time, PT: Part time,", "codes: { FT: Full time, VO: Voluntary,"),
    ])
    let joined = second.joined(with: [first])
    let form = try #require(joined.form(try FormID(parsing: "DM")))
    for name in ["hobby", "gender", "gender2", "employ"] {
      #expect(form.field(try FieldID(parsing: name)) != nil, "\(name)")
    }
    guard case .code(let codes) = form.field(try FieldID(parsing: "employ"))?.type else {
      Issue.record("employ has no codes")
      return
    }
    #expect(Set(codes.map(\.code)).isSuperset(of: ["FT", "VO", "PT"]))
    #expect(first.joined(with: []) == first)
  }

  @Test func `a form and a visit that are no more are shown where an entry is`() throws {
    let study = try ReferenceTrial.study
    let (form, visit) = (try FormID(parsing: "DM"), try VisitCode(parsing: "F1"))
    #expect(study.form(form).map { study.schedules($0, at: visit) } == false)
    let other = try Self.amended([
      (
        "    title: Demographics\n    class: open\n    visits: [SCR]",
        "    title: Demographics\n    class: open\n    visits: [SCR, F1]"
      )
    ])
    let shown = study.showing(form, at: visit, from: other)
    #expect(shown.form(form).map { shown.schedules($0, at: visit) } == true)
    #expect(shown.visits == study.visits && shown.forms.count == study.forms.count)
  }
}
