import Testing

@Suite struct EquipoiseTests {
  static let commands = ["evaluate", "analyse", "verify", "study", "simulate"]

  @Test func `the help lists the commands with what they do`() async throws {
    let result = try await Program.run("--help")
    for command in Self.commands { #expect(result.output.contains("  \(command) ")) }
    #expect(result.status == 0)
  }

  @Test(arguments: commands)
  func `every command explains itself`(command: String) async throws {
    let result = try await Program.run(command, "--help")
    #expect(result.output.contains("OVERVIEW: "))
    #expect(result.output.contains("USAGE: equipoise \(command)"))
    #expect(result.status == 0)
  }

  @Test func `a command that does not exist is answered with status 64`() async throws {
    let result = try await Program.run("randomise")
    #expect(result.errors.contains("Error: "))
    #expect(result.status == 64)
  }
}
