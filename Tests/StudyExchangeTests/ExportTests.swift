import Foundation
import StudyExchange
import StudyLanguage
import StudyModel
import Testing

@Suite struct ExportTests {
  private func exported(_ path: String, _ format: ExportFormat) throws -> StudyExport {
    StudyExport(
      try Files.study(path), as: format,
      at: try UTCInstant(parsing: "2026-11-26T02:00:00Z"))
  }

  private func again(_ export: StudyExport) throws -> StudyImport {
    try StudyImport(Array(export.text.utf8), name: "again")
  }

  @Test(arguments: Files.studies)
  func `exported ODM is valid against the schema of ODM 1.3.2`(_ path: String) throws {
    let linter = URL(filePath: "/usr/bin/xmllint")
    try #require(FileManager.default.fileExists(atPath: linter.path), "libxml2-utils is missing")
    let file = FileManager.default.temporaryDirectory
      .appending(path: "equipoise-export-\(UUID().uuidString).xml")
    defer { try? FileManager.default.removeItem(at: file) }
    try Data(try exported(path, .odm).text.utf8).write(to: file)
    let process = Process()
    let pipe = Pipe()
    process.executableURL = linter
    process.arguments = [
      "--nonet", "--noout", "--schema",
      Files.root.appending(path: "Tests/Oracles/exchange/schema/ODM1-3-2.xsd").path, file.path,
    ]
    process.standardError = pipe
    process.standardOutput = pipe
    try process.run()
    let words = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    #expect(process.terminationStatus == 0, "\(words.prefix(2000))")
  }

  @Test(arguments: Files.studies)
  func `forms, fields, codes, ranges and formulas come back from ODM`(_ path: String) throws {
    let study = try Files.study(path)
    let export = try exported(path, .odm)
    let told = Set(export.report.leftOut.map(\.name))
    let draft = try again(export)
    #expect(draft.report.faults.isEmpty, "\(draft.report.faults)")
    let back = try #require(draft.study)
    #expect(back.visits.map(\.code) == study.visits.map(\.code))
    #expect(back.visits.map(\.window) == study.visits.map(\.window))
    #expect(back.visits.map(\.dataClass) == study.visits.map(\.dataClass))
    #expect(back.forms.map(\.id) == study.forms.map(\.id))
    for (one, other) in zip(back.forms, study.forms) {
      #expect(one.title == other.title)
      #expect(one.dataClass == other.dataClass)
      #expect(one.visits == other.visits, "\(other.id)")
      #expect(one.fields.map(\.id) == other.fields.map(\.id), "\(other.id)")
      for (field, wanted) in zip(one.fields, other.fields) {
        #expect(field.label == wanted.label, "\(other.id).\(wanted.id)")
        #expect(field.unit == wanted.unit, "\(other.id).\(wanted.id)")
        #expect(field.calculation == wanted.calculation, "\(other.id).\(wanted.id)")
        #expect(field.required == wanted.required, "\(other.id).\(wanted.id)")
        #expect(field.mayLieAhead == wanted.mayLieAhead, "\(other.id).\(wanted.id)")
        if case .userReference = wanted.type { continue }
        #expect(field.type == wanted.type, "\(other.id).\(wanted.id)")
      }
      let pointing = other.checks.filter { $0.field != nil && !readsArm($0.condition) }
      #expect(other.checks.filter { readsArm($0.condition) }.allSatisfy { told.contains($0.code) })
      #expect(
        Set(one.checks.map(\.condition)) == Set(pointing.map(\.condition)), "\(other.id)")
    }
  }

  @Test(arguments: Files.studies)
  func `forms, fields, codes and ranges come back from a data dictionary`(_ path: String) throws {
    let study = try Files.study(path)
    let export = try exported(path, .redcapCSV)
    let draft = try again(export)
    #expect(draft.format == .redcapCSV)
    #expect(draft.report.faults.isEmpty, "\(draft.report.faults)")
    let back = try #require(draft.study)
    #expect(back.forms.map(\.id) == study.forms.map(\.id))
    let told = Set((export.report.leftOut + draft.report.leftOut).map(\.name))
    var computed = 0
    for (one, other) in zip(back.forms, study.forms) {
      let asked = other.fields.filter { $0.calculation == nil }
      // A computed field REDCap cannot compute is a text there, or named as left out.
      let back = one.fields.filter { field in other.field(field.id)?.calculation == nil }
      #expect(back.map(\.id) == asked.map(\.id), "\(other.id)")
      for (field, wanted) in zip(back, asked) {
        #expect(field.label == wanted.label, "\(other.id).\(wanted.id)")
        if case .userReference = wanted.type { continue }
        #expect(field.type == wanted.type, "\(other.id).\(wanted.id)")
      }
      for wanted in other.fields where wanted.calculation != nil {
        if one.field(wanted.id)?.calculation != nil {
          computed += 1
          continue
        }
        let names = [
          "\(other.id).\(wanted.id)", wanted.id.text,
          "\(other.id)_\(wanted.id)".lowercased(),
        ]
        #expect(names.contains { told.contains($0) }, "\(other.id).\(wanted.id)")
      }
    }
    #expect(computed >= 2)
  }

  @Test(arguments: ["redcap/dictionary.csv", "odm-1.3.2/openedc-example-metadata.xml"])
  func `a draft goes out as ODM and comes back with its checks`(_ name: String) throws {
    let study = try #require(try Samples.imported(name).study)
    let export = StudyExport(
      study, as: .odm, at: try UTCInstant(parsing: "2026-11-26T02:00:00Z"))
    let back = try #require(try again(export).study)
    #expect(back.forms.map(\.id) == study.forms.map(\.id))
    for (one, other) in zip(back.forms, study.forms) {
      #expect(one.fields.map(\.id) == other.fields.map(\.id))
      #expect(one.fields.map(\.type) == other.fields.map(\.type))
      #expect(one.fields.map(\.dataClass) == other.fields.map(\.dataClass))
      #expect(
        one.fields.map(\.declassifiedBecause) == other.fields.map(\.declassifiedBecause))
      #expect(Set(one.checks.map(\.condition)) == Set(other.checks.map(\.condition)))
    }
  }

  @Test func `a formula goes to REDCap and comes back`() throws {
    let export = try exported(Files.studies[1], .redcapCSV)
    #expect(
      export.text.contains(
        "bmi,start,,calc,Body mass index,\"round(([weight] * 10000) / ([height] * [height]), 1)\""))
    let form = try #require(try again(export).study?.forms.first)
    let bmi = try #require(form.field(try FieldID(parsing: "bmi")))
    #expect(bmi.calculation?.text == "round(weight * 10000 / (height * height), 1)")
  }

  private func readsArm(_ formula: Formula) -> Bool {
    formula.references.contains { $0.description == "FACT.arm" }
  }

  @Test func `what only this system works out is named in the report of ODM`() throws {
    let report = try exported(Files.studies[0], .odm).report
    // The draft has arms of its own, so a check on KET would be wrong there.
    let arm = try #require(report.leftOut.first { $0.name == "EC-KD-08" })
    #expect(arm.sentence.contains("FACT.arm"))
    for (name, word) in [
      ("EC-WT-01", "@previous"), ("EC-KD-07", "@all"), ("EC-ICF-01", "FACT.consent_versions"),
      ("SAE.sae_no", "FACT.serial"), ("WT.height", "FACT.visit"),
    ] {
      let named = report.repaired.filter { $0.name == name && $0.sentence.contains(word) }
      #expect(named.count == 1, "\(name)")
    }
  }

  @Test func `what REDCap cannot say is named, and never said of another entry`() throws {
    let export = try exported(Files.studies[0], .redcapCSV)
    for (name, word) in [
      ("EC-WT-01", "@previous"), ("EC-KD-07", "@all"), ("EC-ICF-01", "FACT.consent_versions"),
      ("AE.onset_rel", "earliest()"), ("SAE.sae_no", "FACT.serial"), ("EC-AE-02", "latest()"),
    ] {
      let named = export.report.leftOut.filter { $0.name == name && $0.sentence.contains(word) }
      #expect(!named.isEmpty, "\(name)")
    }
    // KAP-ECT computes nothing from an earlier entry alone; this formula does.
    let small = try Files.study(Files.studies[1])
    let text = try small.yaml().replacing(
      "value: \"round(weight * 10000 / (height * height), 1)\"",
      with: "value: weight - weight@previous")
    let study = try StudyDefinition(yaml: text)
    #expect(study != small)
    let changed = StudyExport(
      study, as: .redcapCSV, at: try UTCInstant(parsing: "2026-11-26T02:00:00Z"))
    #expect(!changed.text.contains("[weight] - [weight]"))
    #expect(
      changed.report.leftOut.contains {
        $0.name.hasSuffix(".bmi") && $0.sentence.contains("@previous")
      })
  }

  @Test(arguments: ExportFormat.allCases)
  func `what a format has no place for is named`(_ format: ExportFormat) throws {
    let names = Set(try exported(Files.studies[0], format).report.leftOut.map(\.name))
    for name in [
      "arms", "roles", "sites", "factors", "preconditions", "lock", "signatures",
      "alerts", "safety_clocks", "deviations", "lifecycles", "populations", "estimands",
      "secondary_endpoints", "visibility", "monitoring", "questionnaires", "ratings",
      "access_review", "planned", "after",
    ] {
      #expect(names.contains(name), "\(name)")
    }
  }

  @Test(arguments: ExportFormat.allCases)
  func `an export says the same for any time and tells no block size`(_ format: ExportFormat)
    throws
  {
    let study = try Files.study(Files.studies[0])
    let one = StudyExport(study, as: format, at: try UTCInstant(parsing: "2026-11-26T02:00:00Z"))
    let other = StudyExport(study, as: format, at: try UTCInstant(parsing: "2027-01-01T02:00:00Z"))
    #expect(
      one.text.replacing("2026-11-26T02:00:00Z", with: "")
        == other.text.replacing("2027-01-01T02:00:00Z", with: ""))
    #expect(!one.text.contains("block"))
  }
}
