import ArgumentParser
import Foundation
import StudyExchange
import StudyModel

/// The formats as the command line names them.
enum ForeignFormat: String, CaseIterable, ExpressibleByArgument {
  case auto, odm
  case redcapCSV = "redcap-csv"
  case redcapXML = "redcap-xml"
}

/// Reads the definition of another system as a draft.
struct ImportStudyCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "import",
    abstract: "Makes a draft definition of an ODM file or a REDCap project.",
    discussion: """
      Reads ODM 1.x and 2.0, REDCap's data dictionary (CSV) and REDCap's project file (XML). What \
      came over, what changed, what was left out and why, and what must be filled in is printed. \
      Status 0 when the draft has no fault, 1 when faults are left in it or nothing could be made.
      """)

  @Argument(help: "The file.", completion: .file(extensions: ["xml", "csv"])) var file: String
  @Option(help: "What the file is; auto tells by its content.")
  var format = ForeignFormat.auto
  @Option(help: "Where the draft is written; only the report is printed when absent.")
  var out: String?

  func run() throws {
    let input = try InputFile(file)
    let name = URL(fileURLWithPath: file).deletingPathExtension().lastPathComponent
    let draft: StudyImport
    do throws(ExchangeRefusal) {
      draft = try StudyImport(
        Array(input.bytes), format: ImportFormat(rawValue: format.rawValue), name: name)
    } catch {
      TerminalText.complain(
        "\(TerminalText.plain(file)) cannot be imported: \(TerminalText.plain(error.sentence)) "
          + "Nothing was written.")
      throw ExitCode(1)
    }
    print("read as \(draft.format.rawValue)")
    for line in draft.report.lines { print(TerminalText.plain(line)) }
    if let out { try OutputFile.write(draft.yaml, to: out) }
    if !draft.report.faults.isEmpty { throw ExitCode(1) }
  }
}

/// Writes a definition in the format of another system.
struct ExportStudyCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "export",
    abstract: "Writes a definition as ODM 1.3.2 or as a data dictionary of REDCap.",
    discussion: """
      What the format has no place for is printed by name. The files hold visits, forms, fields, \
      code lists and formulas: nothing of the randomization and no data.
      """)

  @Argument(help: "The definition.", completion: .file(extensions: ["yaml"])) var file: String
  @Option(help: "odm or redcap-csv.") var format: ForeignFormat
  @Option(help: "Where the file is written.") var out: String

  func validate() throws {
    guard ExportFormat(rawValue: format.rawValue) != nil else {
      throw ValidationError("A definition is exported as odm or as redcap-csv.")
    }
  }

  func run() throws {
    guard let format = ExportFormat(rawValue: format.rawValue) else { return }
    let study = try StudyFile.read(file)
    let now = UTCInstant(
      microsecondsSince1970: Int64(Date().timeIntervalSince1970) * 1_000_000)
    let export = StudyExport(study, as: format, at: now)
    for line in export.report.lines { print(TerminalText.plain(line)) }
    try OutputFile.write(export.text, to: out)
  }
}
