import ArgumentParser
import Foundation
import Reports
import StudyExchange
import StudyLanguage
import StudyModel

/// Work on a study definition before anything is loaded.
struct StudyCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "study",
    abstract: "Checks, shows and compares study definitions.",
    subcommands: [
      Check.self, Show.self, Diff.self, Preview.self, Schema.self, LoadStudyCommand.self,
      DryRunCommand.self,
      ImportStudyCommand.self, ExportStudyCommand.self,
    ])

  /// Reports everything wrong with a definition at once.
  struct Check: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Reports every fault of a definition with its line and column.",
      discussion: "Status 0 when there is no fault, 1 when there is one.")

    @Argument(help: "The definition.", completion: .file(extensions: ["yaml"]))
    var file: String

    func run() throws {
      let study = try StudyFile.read(file)
      print(
        "no faults: "
          + [
            TerminalText.count(study.arms.count, "arm"),
            TerminalText.count(study.visits.count, "visit"),
            TerminalText.count(study.forms.count, "form"),
            TerminalText.count(study.instruments.count, "instrument"),
            TerminalText.count(study.roles.count, "role"),
          ].joined(separator: ", "))
    }
  }

  /// Shows what a definition says, in short.
  struct Show: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Shows a definition in short: arms, factors, visits, forms, hypotheses, looks.")

    @Argument(help: "The definition.", completion: .file(extensions: ["yaml"]))
    var file: String

    func run() throws {
      let study = try StudyFile.read(file)
      print(StudySummary(study).text, terminator: "")
    }
  }

  /// Lists what a later version of a definition changes.
  struct Diff: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract:
        "Lists what a later version changes, and what that means for data already captured.",
      discussion:
        "The second list holds changes that touch stored answers; what only adds is not in it. The third "
        + "gives each place as it read before (-) and as it reads now (+), in the form definitions are "
        + "written in.")

    @Argument(help: "The earlier version.", completion: .file(extensions: ["yaml"]))
    var old: String

    @Argument(help: "The later version.", completion: .file(extensions: ["yaml"]))
    var new: String

    func run() throws {
      let (before, after) = (try StudyFile.read(old), try StudyFile.read(new))
      let changes = StudyDifference.changes(from: before, to: after)
      for change in changes { print(TerminalText.plain(change.description)) }
      print(changes.isEmpty ? "no changes" : TerminalText.count(changes.count, "change"))
      guard !changes.isEmpty else { return }
      let impacts = StudyDifference.impacts(from: before, to: after)
      print("\nData already captured")
      for impact in impacts { print(TerminalText.plain(impact.description)) }
      if impacts.isEmpty { print("not touched") }
      print("\nWord by word")
      for change in try WrittenDifference.changes(from: before, to: after) {
        print(TerminalText.plain(change.place))
        for line in change.old { print(TerminalText.plain("  - \(line)")) }
        for line in change.new { print(TerminalText.plain("  + \(line)")) }
      }
    }
  }

  /// Shows forms and calendar before anything is live.
  struct Preview: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Writes a page that shows the calendar and every form of a definition.",
      discussion: "One file that requests nothing; open it in a browser.")

    @Argument(help: "The definition.", completion: .file(extensions: ["yaml"]))
    var file: String

    @Option(help: "Where the page is written.", completion: .file(extensions: ["html"]))
    var output: String

    func run() throws {
      let study = try StudyFile.read(file)
      do {
        try Data(StudyPreview(study).file).write(to: URL(fileURLWithPath: output), options: .atomic)
      } catch {
        throw CommandFailure(
          "The preview could not be written to \(output). Name a file in a folder that exists.")
      }
      print("\(TerminalText.plain(study.title)): open \(TerminalText.plain(output)) in a browser.")
    }
  }

  /// Prints the shape of definitions for editors.
  struct Schema: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Prints the JSON Schema of definitions, for editors that check while typing.")

    func run() throws { print(DefinitionSchema.json, terminator: "") }
  }
}

/// A definition on disk.
enum StudyFile {
  /// The definition, or its faults printed as `file:line:column: sentence` and a negative status.
  static func read(_ path: String) throws -> StudyDefinition {
    try definition(of: try InputFile(path).text(), at: path)
  }

  /// The same of a text that was read.
  static func definition(of text: String, at path: String) throws -> StudyDefinition {
    do {
      return try StudyDefinition(yaml: text) { EfficacyPlan.disagreements($0, $1) }
    } catch {
      for fault in error.faults {
        let sentence = TerminalText.plain(fault.sentence)
        print("\(TerminalText.plain(path)):\(fault.line):\(fault.column): \(sentence)")
      }
      print("\(TerminalText.count(error.faults.count, "fault")). Correct them and check again.")
      throw ExitCode(1)
    }
  }
}
