import ArgumentParser
import StudyLanguage
import StudyModel

/// Work on a study definition before anything is loaded.
struct StudyCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "study",
    abstract: "Checks, shows and compares study definitions.",
    subcommands: [
      Check.self, Show.self, Diff.self, LoadStudyCommand.self, ImportStudyCommand.self,
      ExportStudyCommand.self,
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
      abstract: "Lists what a later version of a definition changes, part by part.")

    @Argument(help: "The earlier version.", completion: .file(extensions: ["yaml"]))
    var old: String

    @Argument(help: "The later version.", completion: .file(extensions: ["yaml"]))
    var new: String

    func run() throws {
      let changes = StudyDifference.changes(
        from: try StudyFile.read(old), to: try StudyFile.read(new))
      for change in changes { print(TerminalText.plain(change.description)) }
      print(changes.isEmpty ? "no changes" : TerminalText.count(changes.count, "change"))
    }
  }
}

/// A definition on disk.
enum StudyFile {
  /// The definition, or its faults printed as `file:line:column: sentence` and a negative status.
  static func read(_ path: String) throws -> StudyDefinition {
    let text = try InputFile(path).text()
    do {
      return try StudyDefinition(yaml: text)
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
