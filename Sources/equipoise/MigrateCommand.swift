import ArgumentParser
import Host
import Store

/// Brings a database to the schema of this program.
struct MigrateCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "migrate",
    abstract: "Bring the database to the schema of this program.",
    discussion: """
      Steps go forward only, each once; a step that was applied in another wording is refused. On a \
      database of your own, run the output of --print-logins as a superuser first, and that of --print-catalogs in the database.
      """)

  @OptionGroup var place: InstallationOptions
  @Flag(help: "Print the SQL that creates the logins, and do nothing.") var printLogins = false

  @Flag(
    help:
      "Print the SQL that closes catalogs and statistics to the logins, and do nothing.")
  var printCatalogs = false

  func run() async throws {
    if printCatalogs {
      print(CatalogRights.closingSQL)
      return
    }
    if printLogins {
      print(Migrator.loginsSQL)
      return
    }
    let running = try await place.open(isMaking: true)
    print("The database is at the schema of this program.")
    await running.close()
  }
}
