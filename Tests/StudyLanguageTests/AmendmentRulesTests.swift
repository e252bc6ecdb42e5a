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
      ),
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
