import ArgumentParser
import Foundation
import Host

/// The one binary: every command by its name.
@main
struct Equipoise: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "equipoise",
    abstract: "Randomizes, captures, locks and reports a randomized trial.",
    discussion: """
      A command ends with status 0 when it did what was asked, 1 when the answer is no or the \
      input cannot be used, and 64 when the command line is not understood.
      """,
    version: "equipoise \(ServerHost.version)",
    subcommands: withDatabase + withoutDatabase)

  /// The commands that conduct trials.
  private static let withDatabase: [any ParsableCommand.Type] = [
    ServeCommand.self,
    DemoCommand.self,
    MigrateCommand.self,
    UsersCommand.self,
    DataCommand.self,
    TextsCommand.self,
    LedgerCommand.self,
    KeysCommand.self,
    BenchCommand.self,
  ]

  /// The commands that touch no database and no network: anyone can run them on files.
  private static let withoutDatabase: [any ParsableCommand.Type] = [
    EvaluateCommand.self,
    AnalyseCommand.self,
    PlanCommand.self,
    VerifyCommand.self,
    OpenEnvelopeCommand.self,
    StudyCommand.self,
    SimulateCommand.self,
  ]

  /// As the library does it, but that a command that refuses while it runs says its sentence alone:
  /// the usage of the whole program below would hide it.
  static func main() async {
    do {
      try knowHelped(CommandLine.arguments.dropFirst())
      var command = try parseAsRoot()
      if var patient = command as? any AsyncParsableCommand {
        try await patient.run()
      } else {
        try command.run()
      }
    } catch let refusal as ValidationError {
      FileHandle.standardError.write(Data("Error: \(refusal)\n".utf8))
      Self.exit(withError: ExitCode.validationFailure)
    } catch {
      Self.exit(withError: error)
    }
  }

  /// Refuses `help` with the name of no command, which the library answers with the help of all.
  private static func knowHelped(_ arguments: ArraySlice<String>) throws {
    guard arguments.first == "help" else { return }
    var known = configuration.subcommands
    for name in arguments.dropFirst() where !name.hasPrefix("-") {
      guard let command = known.first(where: { $0._commandName == name }) else {
        throw ValidationError("There is no command \(TerminalText.plain(name)).")
      }
      known = command.configuration.subcommands
    }
  }
}
