import CheckSamples
import StudyModel
import Testing

/// Every edit check of the reference trial with answers that break it and answers that do not.
struct ReferenceCheckTests {
  @Test(arguments: EditCheckCase.all + EditCheckCase.alternatives)
  func `a check finds what breaks it and leaves alone what does not`(sample: EditCheckCase) throws {
    let study = try ReferenceTrial.study
    let broken = try SampleEntry(study, sample.form, sample.common.merging(sample.breaks) { $1 })
    let kept = try SampleEntry(study, sample.form, sample.common.merging(sample.keeps) { $1 })
    func finds(_ entry: SampleEntry) -> Bool {
      entry.faults.contains { $0.code == sample.code && $0.kind == sample.kind }
    }
    #expect(finds(broken), "\(broken.faults)")
    #expect(!finds(kept), "\(kept.faults)")
    // Nothing of the sample itself is unreadable, or the check would be silent for another reason.
    #expect(!(broken.faults + kept.faults).contains { $0.code == "EC-GEN-01" })
  }

  // 08:00 in Adelaide, where the day of the onset has begun and the day before is still on in Greenwich.
  @Test(arguments: [("SAE", "EC-SAE-01"), ("SAEIN", "EC-SAEIN-01")])
  func `awareness on the day of the onset at the site is not before it`(
    name: String, code: String
  ) throws {
    let study = try ReferenceTrial.study
    let values = ["aware_at": "2027-01-04T21:30:00Z", "onset": "2027-01-05"]
    func codes(at site: String) throws -> [String] {
      try SampleEntry(study, name, values, at: site).faults.map(\.code)
    }
    #expect(try !codes(at: "112").contains(code))
    #expect(try codes(at: "101").contains(code))
  }

  @Test(arguments: [
    ("YMRS", ["start": "2027-01-04T22:30:00Z"], "y"),
    ("BPRSP", ["start": "2027-01-04T22:30:00Z"], "b"),
    (
      "SAE",
      ["aware_at": "2027-01-04T22:30:00Z", "rel_ket": "PROB", "risk_continues": "true"], ""
    ), ("PREGREP", ["aware_at": "2027-01-04T22:30:00Z"], ""),
  ])
  func `treatment stops from the day at the site`(
    name: String, values: [String: String], items: String
  ) throws {
    let study = try ReferenceTrial.study
    let form = try #require(study.form(try FormID(parsing: name)))
    var values = values
    for field in form.fields where !items.isEmpty && field.id.text.hasPrefix(items) {
      if field.id.text.dropFirst().allSatisfy(\.isNumber) { values[field.id.text] = "4" }
    }
    let stop = try FieldID(parsing: "stop_on")
    for (site, day) in [("112", "2027-01-05"), ("101", "2027-01-04")] {
      let entry = try SampleEntry(study, name, values, at: site)
      #expect(entry.environment.own[stop]?.canonicalText == day, "\(site)")
    }
  }

  // Day 0 of the reporting times is the day of receipt at the sponsor's, whatever the date at the site.
  @Test func `the day due to the authority counts from the sponsor's day`() throws {
    let values = [
      "criteria": "DEATH", "rel_ket": "PROB", "FACT.expected": "false",
      "FACT.entered_at": "2027-01-04T22:30:00Z",
    ]
    for site in ["101", "110", "112"] {
      let entry = try SampleEntry(ReferenceTrial.study, "SAE", values, at: site)
      #expect(
        entry.environment.own[try FieldID(parsing: "reg_due")]?.canonicalText == "2027-01-11")
    }
  }

  // The ranges of the items are narrower than the check, which stands behind them.
  @Test(arguments: [["delayed": "13"], ["hits": "13", "false_pos": "12"]])
  func `EC-HVL-01: more words than there are is refused`(answers: [String: String]) throws {
    let study = try ReferenceTrial.study
    #expect(try SampleEntry(study, "HVLTR", answers).faults.contains { $0.kind == .hard })
    #expect(
      try SampleEntry(study, "HVLTR", ["delayed": "12", "hits": "12", "false_pos": "12"])
        .faults.isEmpty)
    let form = try #require(study.form(try FormID(parsing: "HVLTR")))
    let check = try #require(form.checks.first { $0.code == "EC-HVL-01" })
    for (item, value) in [("delayed", 13), ("hits", 13)] {
      var environment = FormulaEnvironment(clocks: .none)
      environment.own[try FieldID(parsing: item)] = .number(ExactNumber(value))
      environment.own[try FieldID(parsing: "false_pos")] = .number(ExactNumber(12))
      #expect(check.condition.truth(in: environment) == true)
    }
  }

  @Test func `every check of the definition is proved in both directions`() throws {
    let proved = Set(EditCheckCase.all.map { "\($0.code) \($0.form) \($0.kind)" })
    for form in try ReferenceTrial.study.forms {
      for check in form.checks where check.code != "EC-HVL-01" {
        #expect(proved.contains("\(check.code) \(form.id) \(check.kind)"), "\(check.code)")
      }
    }
  }

  /// The alternatives of a check: what stands on either side of each `or`, wherever it does.
  private static func alternatives(_ formula: Formula) -> [Formula] {
    switch formula {
    case .or(let left, let right): alternatives(left) + alternatives(right)
    case .and(let left, let right):
      // Each alternative of one side with the other side as it is.
      left.alternatives.count + right.alternatives.count > 2
        ? alternatives(left).map { .and($0, right) } + alternatives(right).map { .and(left, $0) }
        : [formula]
    case .constant, .reference, .not, .negated, .arithmetic, .comparison, .call: [formula]
    }
  }

  @Test func `every alternative of a check is one that fires in some sample`() throws {
    let study = try ReferenceTrial.study
    var silent: [String] = []
    for form in study.forms {
      let samples = try (EditCheckCase.all + EditCheckCase.alternatives).filter {
        $0.form == form.id.text
      }.map { sample in
        (
          sample,
          try SampleEntry(
            study, sample.form, sample.common.merging(sample.breaks) { $1 }
          ).environment
        )
      }
      for check in form.checks where check.code != "EC-HVL-01" {
        for alternative in Self.alternatives(check.condition) {
          let fires = samples.contains { sample, environment in
            sample.code == check.code && sample.kind == check.kind
              && alternative.truth(in: environment) == true
          }
          if !fires { silent.append("\(check.code) \(form.id) \(check.kind) \(alternative)") }
        }
      }
    }
    #expect(silent.isEmpty, "\(silent.count): \(silent.joined(separator: "\n"))")
  }

  /// The codes of section 9 of the protocol; EC-GEN and EC-RBR are kept by the engine for every study.
  static let codes = [
    "EC-ICF-01", "EC-DM-01", "EC-DM-02", "EC-PSY-01", "EC-PSY-02", "EC-ELIG-01", "EC-ELIG-02",
    "EC-ELIG-03", "EC-ELIG-04", "EC-ELIG-05", "EC-VS-01", "EC-VS-02", "EC-WT-01", "EC-CM-01",
    "EC-CM-02", "EC-CM-03", "EC-QID-01", "EC-QID-02", "EC-MAD-01", "EC-MAD-02", "EC-MAD-03",
    "EC-YMR-01", "EC-CSS-01", "EC-MOC-01", "EC-HVL-01", "EC-KD-01", "EC-KD-02", "EC-KD-03",
    "EC-KD-04", "EC-KD-05", "EC-KD-06", "EC-KD-07", "EC-KD-08", "EC-KM-01", "EC-KM-02",
    "EC-KX-01", "EC-EC-01", "EC-EC-02", "EC-EC-03", "EC-EC-04", "EC-EC-05", "EC-EC-06",
    "EC-ARM-01", "EC-PRP-01", "EC-PRP-02", "EC-PRP-03", "EC-AE-01", "EC-AE-02", "EC-AE-03",
    "EC-SAE-01", "EC-CROSS-01",
  ]

  @Test func `every check of the protocol is in the definition`() throws {
    let written = Set(try ReferenceTrial.study.forms.flatMap(\.checks).map(\.code))
    for code in Self.codes { #expect(written.contains(code), "\(code)") }
  }

  @Test func `visits out of the order of the protocol open a query, EC-GEN-07`() throws {
    let form = try #require(try ReferenceTrial.study.form(try FormID(parsing: "VS")))
    let date = try CalendarDate(parsing: "2027-01-05")
    func codes(before: CalendarDate?, after: CalendarDate?) throws -> [String] {
      check(
        [try FieldID(parsing: "vdate"): .value("2027-01-05")], in: form,
        EntryContext(
          siteToday: date, isSubmission: false, clocks: .none, visitBefore: before,
          visitAfter: after)
      ).map(\.code)
    }
    #expect(try codes(before: date.advanced(by: 1), after: nil) == ["EC-GEN-07"])
    #expect(try codes(before: nil, after: date.advanced(by: -1)) == ["EC-GEN-07"])
    #expect(try codes(before: date, after: date).isEmpty)
  }
}

/// One entry of a form with values of others, all given as stored texts by name.
struct SampleEntry {
  let form: Form
  let answers: [FieldID: FieldAnswer]
  let elsewhere: [FieldReference: FormulaValue]
  let faults: [EntryFault]
  let clocks: FormulaClocks

  init(
    _ study: StudyDefinition, _ name: String, _ values: [String: String], at site: String = "101"
  ) throws {
    clocks = try ReferenceTrial.clocks(at: site)
    form = try #require(study.form(try FormID(parsing: name)), "\(name)")
    var answers: [FieldID: FieldAnswer] = [:]
    var elsewhere: [FieldReference: FormulaValue] = [:]
    for (key, text) in values {
      guard key.contains(".") || key.contains("@") else {
        answers[try FieldID(parsing: key)] = .value(text)
        continue
      }
      guard case .reference(let reference) = try Formula(parsing: key) else {
        Issue.record("\(key) is no reference")
        continue
      }
      elsewhere[reference] = try Self.value(reference, text, in: study, form)
    }
    self.answers = answers
    self.elsewhere = elsewhere
    // What asks after some hours is found all the same.
    let checked = checkedEntry(
      answers, in: form,
      EntryContext(
        siteToday: try CalendarDate(parsing: "2027-01-15"),
        now: try UTCInstant(parsing: "2027-01-15T12:00:00Z"), isSubmission: false,
        clocks: clocks, elsewhere: elsewhere))
    faults = checked.faults + checked.waiting
  }

  var environment: FormulaEnvironment {
    form.environment(of: answers, elsewhere: elsewhere, clocks: clocks)
  }

  static func value(
    _ reference: FieldReference, _ text: String, in study: StudyDefinition, _ form: Form?
  ) throws -> FormulaValue {
    if reference.occasion == .here || reference.occasion == .all {
      return .choices(text.split(separator: ",").map(String.init))
    }
    if reference.form?.text == StudyFact.formName {
      let fact = try #require(StudyFact(rawValue: reference.field.text))
      if fact == .consentVersions { return .choices(text.split(separator: ",").map(String.init)) }
      return try fact.type(arms: study.arms.map(\.code), visits: study.visits.map(\.code))
        .value(parsing: text)
    }
    let other = reference.form.flatMap { study.form($0) } ?? form
    // A form without the heading of a visit has the day it was handed in.
    if reference.field.text == FormHeader.dateField {
      return .date(try CalendarDate(parsing: text))
    }
    return try #require(other?.field(reference.field), "\(reference)").type.value(parsing: text)
  }
}
