import ArgumentParser
import Conduct
import Foundation
import Host
import Store
import StudyModel

/// Data of participants from files.
struct DataCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "data", abstract: "Imports data of participants from files.",
    subcommands: [ImportDataCommand.self])
}

/// Imports CSV files as entries of their forms.
struct ImportDataCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "import", abstract: "Tries CSV files, and with --save imports them whole.",
    discussion: """
      Each row is checked like a form that is typed by the person named with --as, whose password is read \
      from the console. Several files are one import: every row of all of them or none. Each is of the form \
      its name begins with, such as VS-march.csv, or of the one named. Without --save nothing is saved. \
      Status 1 when a row is refused.
      """)

  @Argument(help: "The files, CSV in UTF-8 with a header.", completion: .file(extensions: ["csv"]))
  var files: [String]
  @Option(help: "Key of the trial.") var trial: String
  @Option(help: "Form whose entries the rows are, where the name of a file does not begin with it.")
  var form: String?
  @Option(help: "Visit of every row, where no column “visit” tells it.") var visit: String?
  @Option(
    name: .customLong("map"),
    help: "A column called otherwise: column=field, column=participant, column=-.")
  var mappings: [String] = []
  @Option(help: "Why values change that were submitted.") var reason: String = ""
  @Option(name: .customLong("as"), help: "User name of who imports.") var username: String
  @Option(help: "Role in which it is done.") var role: String
  @Option(help: "Site key, for roles of a site.") var site: String?
  @Option(help: "Where the report is written, CSV.", completion: .file(extensions: ["csv"]))
  var report: String?
  @Flag(help: "Save the rows, all or none.") var save = false
  @OptionGroup var place: InstallationOptions

  func run() async throws {
    let read = try files.map {
      (name: URL(fileURLWithPath: $0).lastPathComponent, bytes: Array(try InputFile($0).bytes))
    }
    let (form, visit) = (try form.map(Self.form), try visit.map(Self.visit))
    let password = try Console.password()
    let running = try await place.open()
    do {
      let found = try await imported(read, form, visit, password, running.installation)
      await running.close()
      try tell(found)
    } catch {
      await running.close()
      throw CommandFailure(error)
    }
  }

  private static func form(_ text: String) throws -> FormID {
    do { return try FormID(parsing: text) } catch {
      throw ValidationError("“\(text)” is no name of a form such as VS. Nothing was imported.")
    }
  }

  private static func visit(_ text: String) throws -> VisitCode {
    do { return try VisitCode(parsing: text) } catch {
      throw ValidationError("“\(text)” is no code of a visit such as BL. Nothing was imported.")
    }
  }

  private func imported(
    _ read: [(name: String, bytes: [UInt8])], _ form: FormID?, _ visit: VisitCode?,
    _ password: String, _ installation: Installation
  ) async throws -> ImportReport {
    let actor = try await actor(password, installation)
    let data = try read.map { file in
      guard let form = form ?? installation.importableForm(namedBy: file.name, as: actor) else {
        throw ValidationError(
          "Name the form with --form, or begin the name of \(file.name) with it. Nothing was imported."
        )
      }
      return DataFile(
        name: file.name, bytes: file.bytes, form: form, visit: visit,
        mapping: mappings.joined(separator: "\n"), reason: reason)
    }
    let tried = try await installation.tryImport(data, as: actor)
    guard save, tried.isAcceptable else { return tried }
    return try await installation.importData(data, digest: tried.digest, as: actor)
  }

  /// The person as an actor, once the password is right and the role is held.
  private func actor(_ password: String, _ installation: Installation) async throws -> Actor {
    let trial = try await installation.trial(trial)
    guard let user = try await installation.user(named: username) else {
      throw ValidationError("There is no account \(username).")
    }
    try await installation.confirmPassword(password, user: user, token: nil)
    let place = site ?? "*"
    let isHeld = try await installation.grants(of: user).contains {
      $0.trial == trial.id && $0.role == role && $0.site == place
    }
    let people = try await installation.actor(
      user: user, username: username, fullName: username, role: try RoleID(parsing: role),
      site: place, trial: trial, authenticatedAt: nil)
    guard isHeld, let actor = people else {
      throw ValidationError("\(username) does not hold the role \(role) there.")
    }
    return actor
  }

  private func tell(_ found: ImportReport) throws {
    for row in found.rows where !row.sentences.isEmpty {
      print(
        TerminalText.plain(
          "\(row.file) row \(row.line), \(row.participant): \(row.outcome.rawValue). "
            + row.sentences.joined(separator: " ")))
    }
    if let report { try OutputFile.write(Array(found.csv.utf8), to: report) }
    print(
      ImportedRow.Outcome.allCases.map { "\(found.count($0)) \($0.rawValue)" }
        .joined(separator: ", ") + "; SHA-256 \(found.digest)")
    if !found.known.isEmpty { print(TerminalText.plain(found.known)) }
    print(
      found.isSaved
        ? "Imported."
        : found.isAcceptable
          ? "Nothing is saved. Repeat with --save."
          : "Nothing is saved: files are taken whole or not at all.")
    guard found.isAcceptable || found.isSaved else { throw ExitCode(1) }
  }
}

/// Tells what a later version would mean for the data of a trial.
struct DryRunCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "dry-run",
    abstract:
      "Lists every participant, value, query and derived field a later version would touch.",
    discussion: "Over every data class: for the console of the installation. Nothing is changed.")

  @Argument(help: "The later version, YAML.", completion: .file(extensions: ["yaml"]))
  var file: String
  @Option(help: "Key of the trial.") var trial: String
  @Option(help: "Where the findings are written, CSV.", completion: .file(extensions: ["csv"]))
  var csv: String?
  @OptionGroup var place: InstallationOptions

  func run() async throws {
    let source = try InputFile(file).text()
    let running = try await place.open()
    do {
      let run = try await running.installation.dryRun(
        source, in: try await running.installation.trial(trial))
      await running.close()
      if let csv { try OutputFile.write(Array(run.csv.utf8), to: csv) }
      for visit in run.visits {
        print(
          TerminalText.plain(
            "visit \(visit.visit): due \(visit.after), not \(visit.before); moves for "
              + "\(visit.moving.count) not randomized, stays for \(visit.kept) randomized."))
      }
      for sentence in run.whole { print(TerminalText.plain("whole trial: \(sentence)")) }
      for one in run.populations {
        print(
          TerminalText.plain(
            "population \(one.population) \(one.kind.rawValue): \(one.before) now, \(one.after) "
              + "then; \(one.untold) cannot be told."))
      }
      for finding in run.findings {
        print(
          TerminalText.plain(
            "\(finding.participant) \(finding.visit) \(finding.form) \(finding.field): "
              + "\(finding.kind.rawValue). \(finding.sentence)"))
      }
      print(
        "\(run.entries) entries compared, \(run.participants.count) participants touched: "
          + AmendmentFinding.Kind.allCases.map { "\($0.rawValue) \(run.count($0))" }
          .joined(separator: ", ") + ". Nothing was changed.")
    } catch {
      await running.close()
      throw CommandFailure(error)
    }
  }
}
