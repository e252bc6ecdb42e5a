import ArgumentParser
import Conduct
import Foundation
import Host
import Store
import StudyModel

/// The words of instruments, loaded with the permission to show them.
struct TextsCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "texts",
    abstract: "Loads the words of instruments with the permission to show them.",
    subcommands: [Template.self, Load.self, Restore.self, List.self])

  /// Prints the file to fill in.
  struct Template: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Prints the file to fill in for an instrument of a definition, as CSV.",
      discussion: "A row for each question, its answer left empty, and a row for each answer.")

    @Argument(help: "The definition.", completion: .file(extensions: ["yaml"]))
    var file: String
    @Argument(help: "The instrument, such as MADRS.") var instrument: String

    func run() throws {
      let study = try StudyFile.read(file)
      guard let id = try? InstrumentID(parsing: instrument), let found = study.instrument(id)
      else {
        throw ValidationError("The study has no instrument “\(instrument)”.")
      }
      do {
        print(try Installation.textTemplate(of: found), terminator: "")
      } catch {
        throw CommandFailure(error)
      }
    }
  }

  /// Tries a text, and with --save loads it.
  struct Load: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Tells how a text would be shown, and with --save loads it.",
      discussion: """
        The person named with --as keeps the study; their password is read from the console. Without --save \
        nothing is loaded.
        """)

    @Argument(
      help: "The file, CSV in UTF-8 with the columns item, answer and text.",
      completion: .file(extensions: ["csv"]))
    var file: String
    @Option(help: "The instrument, such as MADRS.") var instrument: String
    @Option(help: "The language, such as en, de or pt-BR.") var language: String
    @Option(help: "Letter or licence by which the text may be shown.") var reference: String = ""
    @Option(help: "Who gave the permission.") var givenBy: String = ""
    @Option(help: "Date of the permission, YYYY-MM-DD.") var permittedOn: String = ""
    @Flag(help: "Load the text.") var save = false
    @OptionGroup var person: ActingPerson
    @OptionGroup var place: InstallationOptions

    func run() async throws {
      let loading = TextLoading(
        instrument: instrument, language: language, file: Array(try InputFile(file).bytes),
        reference: reference, givenBy: givenBy, permittedOn: permittedOn)
      try await person.acting(place) { installation, actor in
        let preview = try await installation.tryText(loading, as: actor)
        for item in preview.items {
          print(TerminalText.plain("\(item.item) \(item.wording)"))
          for answer in item.answers {
            print(TerminalText.plain("  \(answer.code) \(answer.words)"))
          }
        }
        guard save else {
          print("Nothing is loaded. Repeat with --save.")
          return
        }
        let version = try await installation.loadText(
          loading, digest: preview.digest, as: actor)
        print("Loaded as version \(version) of \(instrument) in \(language).")
      }
    }
  }

  /// Shows an earlier text again.
  struct Restore: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Shows an earlier text of an instrument again, or with version 0 its labels.")

    @Argument(help: "The instrument, such as MADRS.") var instrument: String
    @Option(help: "The language.") var language: String
    @Option(help: "The number of the text to show again; 0 for the labels.") var version: Int
    @OptionGroup var person: ActingPerson
    @OptionGroup var place: InstallationOptions

    func run() async throws {
      try await person.acting(place) { installation, actor in
        let kept = try await installation.restoreText(
          of: instrument, in: language, version: version, as: actor)
        print("Kept as version \(kept) of \(instrument) in \(language).")
      }
    }
  }

  /// Lists the texts with their permissions.
  struct List: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Lists every text with its permission and what is shown.")

    @OptionGroup var person: ActingPerson
    @OptionGroup var place: InstallationOptions

    func run() async throws {
      try await person.acting(place) { installation, actor in
        for one in try await installation.instrumentTexts(as: actor) {
          for text in one.versions {
            print(
              TerminalText.plain(
                "\(text.instrument) \(text.language) version \(text.version): "
                  + "\(text.permissionReference), \(text.permissionFrom), \(text.permittedOn)"
                  + (one.shown.contains(text) ? "; shown" : "")))
          }
        }
      }
    }
  }
}

/// Who acts on the command line, by name and password.
struct ActingPerson: ParsableArguments {
  @Option(help: "Key of the trial.") var trial: String
  @Option(name: .customLong("as"), help: "User name of who acts.") var username: String
  @Option(help: "Role in which it is done.") var role: String
  @Option(help: "Site key, for roles of a site.") var site: String?

  /// Opens the installation, checks the password from the console, and acts as the person.
  func acting(
    _ place: InstallationOptions, _ act: (Installation, Actor) async throws -> Void
  ) async throws {
    let password = try Console.password()
    let running = try await place.open()
    do {
      try await act(running.installation, try await actor(password, running.installation))
      await running.close()
    } catch {
      await running.close()
      throw CommandFailure(error)
    }
  }

  private func actor(_ password: String, _ installation: Installation) async throws -> Actor {
    let trial = try await installation.trial(trial)
    guard let user = try await installation.user(named: username) else {
      throw ValidationError("There is no account \(username).")
    }
    try await installation.confirmPassword(password, user: user, token: nil)
    let reach = site ?? "*"
    let isHeld = try await installation.grants(of: user).contains {
      $0.trial == trial.id && $0.role == role && $0.site == reach
    }
    let found = try await installation.actor(
      user: user, username: username, fullName: username, role: try RoleID(parsing: role),
      site: reach, trial: trial, authenticatedAt: nil)
    guard isHeld, let found else {
      throw ValidationError("\(username) does not hold the role \(role) there.")
    }
    return found
  }
}
