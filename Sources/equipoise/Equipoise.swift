import ArgumentParser

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
    subcommands: withDatabase + withoutDatabase)

  /// The commands that conduct trials.
  private static let withDatabase: [any ParsableCommand.Type] = [
    ServeCommand.self,
    DemoCommand.self,
    MigrateCommand.self,
    UsersCommand.self,
    DataCommand.self,
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
}
