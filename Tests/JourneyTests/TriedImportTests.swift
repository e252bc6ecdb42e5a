import Store
import StudyLanguage
import StudyModel
import Testing

@testable import Conduct

/// What an import's digest covers: each part alone gives another one.
@Suite struct TriedImportTests {
  private struct Parts {
    var name = "dm.csv"
    var bytes: [UInt8] = Array("participant,visit,edu_years\n101-0001,SCR,14\n".utf8)
    var form = "DM"
    var visit: String?
    var mapping = "edu_years = edu_years"
    var reason = "transcribed again"
    var version = "1.0"
    var row = ImportedRow.sample()

    /// The digest of one file whose only row saves nothing.
    func digest(_ study: StudyDefinition) throws -> String {
      let form = try #require(study.form(try FormID(parsing: "DM")))
      let named = Form(
        id: try FormID(parsing: self.form), title: form.title, dataClass: form.dataClass,
        visits: form.visits, enteredBy: form.enteredBy, sections: form.sections)
      let code = try visit.map { try VisitCode(parsing: $0) }
      let file = DataFile(
        name: name, bytes: bytes, form: named.id, visit: code, mapping: mapping, reason: reason)
      let header = ["participant", "visit", "edu_years"]
      return try [
        PlannedFile(
          file: file, form: named,
          mapping: try ImportMapping(
            lines: mapping, header: header, others: Set(header), form: named, visit: nil),
          rows: [(row, nil)])
      ].triedDigest(under: version)
    }
  }

  @Test(arguments: [
    "name", "bytes", "form", "visit", "mapping", "reason", "version", "line", "participant",
    "visit of the row", "number", "outcome", "sentences",
  ])
  func `a part that differs alone gives another digest`(_ part: String) throws {
    let source = try #require(EmbeddedStudies.definition("kap-ect"))
    let study = try StudyDefinition(yaml: source)
    var other = Parts()
    switch part {
    case "name": other.name = "dm-2.csv"
    // The same cells, with the line ends of another system.
    case "bytes": other.bytes = Array("participant,visit,edu_years\r\n101-0001,SCR,14\r\n".utf8)
    case "form": other.form = "DM2"
    case "visit": other.visit = "SCR"
    case "mapping": other.mapping = "edu_years = -"
    case "reason": other.reason = "another one"
    case "version": other.version = "2.0"
    case "line": other.row = .sample(line: 3)
    case "participant": other.row = .sample(participant: "101-0002")
    case "visit of the row": other.row = .sample(visit: "BL")
    case "number": other.row = .sample(number: 2)
    case "outcome": other.row = .sample(outcome: .refused)
    default: other.row = .sample(sentences: ["Something else."])
    }
    #expect(try Parts().digest(study) == Parts().digest(study))
    #expect(try Parts().digest(study) != other.digest(study))
  }
}

extension ImportedRow {
  fileprivate static func sample(
    line: Int = 2, participant: String = "101-0001", visit: String = "SCR", number: Int = 1,
    outcome: Outcome = .same, sentences: [String] = []
  ) -> ImportedRow {
    ImportedRow(
      file: "dm.csv", form: "DM", line: line, participant: participant, visit: visit,
      number: number, outcome: outcome, sentences: sentences)
  }
}
