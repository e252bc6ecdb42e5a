import Foundation
import StudyExchange
import StudyLanguage
import StudyModel
import Testing

/// What Python's own readers count in a sample; nothing in it comes from the product.
struct SampleCount: Decodable {
  let visits: [String]?
  let forms: [String: [String]]
  let codes: [String: Int]?
  let arms: [String]?

  static func all() throws -> [String: SampleCount] {
    let data = Data(try Files.bytes("Tests/Oracles/exchange/counts.json"))
    return try JSONDecoder().decode([String: SampleCount].self, from: data)
  }
}

enum Samples {
  static let odm = [
    "odm-1.3.2/cdash-odm-test.xml", "odm-1.3.2/cdash-odm-test-invalid.xml",
    "odm-1.3.2/equipoise-minimal-snapshot.xml", "odm-1.3.2/equipoise-minimal-transactional.xml",
    "odm-1.3.2/odm-data-snapshot.xml", "odm-1.3.2/openedc-example-metadata.xml",
    "odm-1.3.2/test_odm_002.xml", "odm-2.0/Atlas_QS_ODMv2.xml",
    "odm-2.0/Crossover_Studydesign.xml",
    "odm-2.0/Demographics_RACE_check_all_that_apply.xml", "odm-2.0/Timing_LZZT_Example_ODM.xml",
  ]
  static let redcap = [
    "redcap/project.xml", "redcap/pycap-simple-project.xml", "redcap/dictionary.csv",
  ]

  static func bytes(_ name: String) throws -> [UInt8] {
    try Files.bytes("Tests/Oracles/exchange/" + name)
  }

  static func imported(_ name: String) throws -> StudyImport {
    try StudyImport(try bytes(name), name: "sample")
  }
}

@Suite struct ImportedSampleTests {
  @Test(arguments: Samples.odm + Samples.redcap)
  func `every sample becomes a draft without a fault`(_ name: String) throws {
    let draft = try Samples.imported(name)
    #expect(draft.report.faults.isEmpty, "\(draft.report.faults)")
    let study = try #require(draft.study)
    #expect(try StudyDefinition(yaml: draft.yaml) == study)
    #expect(!draft.report.supplied.isEmpty)
  }

  @Test(arguments: Samples.odm)
  func `visits, items and codes of ODM come over, or are named as left out`(_ name: String) throws {
    let count = try #require(try SampleCount.all()[name])
    let draft = try Samples.imported(name)
    let study = try #require(draft.study)
    #expect(study.visits.count == count.visits?.count)
    let lost = Set(draft.report.leftOut.map(\.name))
    let fields = study.forms.flatMap(\.fields)
    let wanted = count.forms.values.map(\.count).reduce(0, +)
    let missing = count.forms.values.flatMap { $0 }.filter {
      lost.contains($0) && isGone($0, draft)
    }
    #expect(fields.count == wanted - missing.count, "\(missing)")
    let codes = fields.map { field -> Int in
      if case .code(let items) = field.type { items.count } else { 0 }
    }
    let wantedCodes = count.forms.values.flatMap { $0 }.map { count.codes?[$0] ?? 0 }
    #expect(codes.reduce(0, +) == wantedCodes.reduce(0, +))
    if let arms = count.arms, arms.count > 1 { #expect(study.arms.count == arms.count) }
  }

  private func isGone(_ item: String, _ draft: StudyImport) -> Bool {
    draft.report.leftOut.contains {
      $0.name == item && $0.sentence.hasPrefix("the computed field")
    }
  }

  @Test(arguments: Samples.redcap)
  func `every variable of REDCap comes over under its name, or is named as left out`(
    _ name: String
  ) throws {
    let count = try #require(try SampleCount.all()[name])
    let draft = try Samples.imported(name)
    let study = try #require(draft.study)
    #expect(study.visits.count == count.visits?.count ?? 0)
    #expect(study.forms.count == count.forms.count)
    let lost = Set(draft.report.leftOut.map(\.name))
    for (form, names) in count.forms {
      var title = String(form.uppercased().prefix(16))
      while title.hasSuffix("_") { title.removeLast() }
      let made = try #require(study.forms.first { $0.id.text == title }, "\(form)")
      let found = Set(made.fields.map(\.id.text))
      for variable in names {
        #expect(found.contains(variable) || lost.contains(variable), "\(variable)")
      }
      let own = names.filter { found.contains($0) }
      #expect(found.count == own.count, "\(form): \(found.subtracting(names))")
      let kept = names.filter { !$0.hasSuffix("_complete") }
      // The record's own name, the access group, and what the clock would be needed for.
      let known: Set = ["study_id", "record_id", "redcap_data_access_group"]
      let absent = Set(kept).subtracting(found).subtracting(known)
      #expect(absent.isSubset(of: name.contains("pycap") ? ["age"] : []), "\(absent)")
    }
    for (variable, size) in count.codes ?? [:] {
      let id = try FieldID(parsing: variable)
      let field = try #require(study.forms.compactMap { $0.field(id) }.first, "\(variable)")
      switch field.type {
      case .code(let items), .multi(let items): #expect(items.count == size, "\(variable)")
      default: Issue.record("\(variable) is no choice")
      }
    }
  }

  @Test func `branching, bounds, identifiers and formulas of REDCap keep their meaning`() throws {
    let draft = try Samples.imported("redcap/dictionary.csv")
    let form = try #require(draft.study?.forms.first { $0.id.text == "DEMOGRAPHICS" })
    func field(_ name: String) throws -> Field {
      try #require(form.field(try FieldID(parsing: name)))
    }
    func checks(_ name: String) throws -> [String] {
      let id = try FieldID(parsing: name)
      return form.checks.filter { $0.field == id }.compactMap(\.condition.text)
    }
    #expect(try field("bmi").calculation?.text == "round(weight * 10000 / (height * height), 1)")
    #expect(try checks("given_birth") == ["has(given_birth) and not definitely(sex = '0')"])
    #expect(
      try checks("num_children") == [
        "has(num_children) and not definitely(sex = '0' and given_birth = true)",
        "num_children < 0",
      ])
    #expect(try checks("height") == ["height < 130 or height > 215"])
    #expect(try field("first_name").dataClass == .identity)
    #expect(try field("specify_mood").type == .integer(0...100))
    #expect(try field("specify_mood").hint == "0 to 100: Very sad | Indifferent | Very happy")
    #expect(try field("telephone_1").hint == "Include Area Code")
    #expect(try field("comments").type == .text(maxLength: 5000))
    #expect(try field("date_enrolled").type == .date)
    #expect(
      form.sections.map(\.title) == [
        "Consent Information", "Contact Information",
        "Please provide the patient's weekly schedule for the activities below.",
        "Other information", "General Comments",
      ])
    let left = draft.report.leftOut
    #expect(left.contains { $0.name == "patient_document" && $0.sentence.contains("upload") })
    #expect(left.contains { $0.name == "weekly_schedule" && $0.sentence.contains("matrix") })
    #expect(left.contains { $0.name == "telephone_1" && $0.sentence.contains("phone") })
  }

  @Test func `the two files of one REDCap project give the same fields`() throws {
    let table = try #require(try Samples.imported("redcap/dictionary.csv").study)
    let project = try #require(try Samples.imported("redcap/project.xml").study)
    #expect(table.forms.map(\.id) == project.forms.map(\.id))
    for (one, other) in zip(table.forms, project.forms) {
      #expect(one.fields.map(\.id) == other.fields.map(\.id))
      for (field, second) in zip(one.fields, other.fields) {
        #expect(field.type == second.type, "\(field.id)")
        #expect(field.calculation == second.calculation, "\(field.id)")
        #expect(field.dataClass == second.dataClass, "\(field.id)")
      }
      #expect(one.checks.map(\.condition) == other.checks.map(\.condition))
    }
  }

  @Test func `events of REDCap become visits with their days, and its arms become arms`() throws {
    let draft = try Samples.imported("redcap/project.xml")
    let study = try #require(draft.study)
    #expect(study.arms.map(\.title) == ["Drug A", "Drug B"])
    #expect(study.visits.prefix(6).map(\.targetDay) == [0, 1, 3, 8, 10, 30])
    #expect(study.forms(at: study.visits[0].code).count == 3)
    // Days of the second arm that would belong to two visits are told, not guessed.
    #expect(draft.report.leftOut.contains { $0.name == "first_visit_arm_2" })
    #expect(draft.report.repaired.contains { $0.name == "arms" })
  }

  @Test func `conditions, methods, units and ranges of ODM come over`() throws {
    let draft = try Samples.imported("odm-1.3.2/openedc-example-metadata.xml")
    let study = try #require(draft.study)
    let fields = Dictionary(
      study.forms.flatMap(\.fields).map { ($0.id.text, $0) }, uniquingKeysWith: { one, _ in one })
    #expect(fields["Age"]?.type == .integer(18...119))
    #expect(fields["Age"]?.unit == "years")
    #expect(
      fields["Weight"]?.type
        == .decimal(
          precision: 12, scale: 4, range: ExactNumber(40)...ExactNumber(160)))
    #expect(fields["BMI"]?.calculation?.text == "Weight / (Height * Height)")
    #expect(fields["Gender"]?.label == "What is your gender?")
    #expect(fields["CardiovascularDiseases"]?.required == .required)
    let checks = study.forms.flatMap(\.checks).compactMap(\.condition.text)
    #expect(checks.contains("has(Pregnant) and not definitely(Gender = 'Female')"))
    #expect(
      checks.contains("Height <= 1 and has(Height)")
        || checks.contains("has(Height) and Height <= 1"))
    #expect(draft.report.leftOut.contains { $0.name == "languages" && $0.sentence.contains("de") })
    // A score over codes counts what each code says: 0 to 5, five items, times four.
    let score = try #require(fields["WHO_5_Score"]?.calculation)
    var answers: [FieldID: FormulaValue] = [:]
    for (item, value) in zip(1...5, ["5", "0", "3", "2", "1"]) {
      answers[try FieldID(parsing: "WHO_\(item)")] = .text(value)
    }
    #expect(
      score.value(in: FormulaEnvironment(own: answers, clocks: .none)) == .number(ExactNumber(44)))
  }

  @Test func `forms, nested groups and paths of ODM 2 come over`() throws {
    let atlas = try Samples.imported("odm-2.0/Atlas_QS_ODMv2.xml")
    let form = try #require(atlas.study?.forms.first)
    #expect(form.id.text == "ATLAS_FORM")
    #expect(form.sections.map(\.fields.count) == [5, 1])
    let total = try #require(form.fields.last?.calculation)
    var answers: [FieldID: FormulaValue] = [:]
    for field in form.fields.dropLast() { answers[field.id] = .text("2") }
    #expect(
      total.value(in: FormulaEnvironment(own: answers, clocks: .none)) == .number(ExactNumber(10)))
    let race = try Samples.imported("odm-2.0/Demographics_RACE_check_all_that_apply.xml")
    let forms = try #require(race.study?.forms)
    #expect(forms.map(\.isRepeating) == [false, true])
    #expect(forms.map(\.fields.count) == [3, 3])
  }

  @Test func `what is named and nowhere defined is told by its name`() throws {
    let draft = try Samples.imported("odm-1.3.2/test_odm_002.xml")
    let names = Set(draft.report.leftOut.map(\.name))
    for name in [
      "ODM.IG.Common", "ODM.IG.VS_GENERAL", "ODM.IT.VS.BP.DIABP.VSORRES", "ODM.IT.DM.SEX",
      "ODM.F.DM", "ODM.IT.VS.BP.VSORRESU",
    ] {
      #expect(names.contains(name), "\(name)")
    }
  }
}
