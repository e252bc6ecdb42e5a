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

  @Test func `the program tells its version`() async throws {
    let result = try await Program.run("--version")
    #expect(result.output.wholeMatch(of: /equipoise [0-9]+\.[0-9]+\.[0-9]+\n/) != nil)
    #expect(result.status == 0)
  }

  @Test func `help with the name of no command is answered with status 64`() async throws {
    for words in [["help", "nothing"], ["help", "study", "nothing"]] {
      let result = try await Program.run(words)
      #expect(result.status == 64 && result.errors.contains("There is no command nothing."))
    }
    for words in [["help"], ["help", "verify"], ["help", "study", "check"]] {
      let result = try await Program.run(words)
      #expect(result.status == 0 && result.output.contains("USAGE: "), "\(words)")
    }
  }

  @Test func `a number of runs below 0 is refused by its range`() async throws {
    let result = try await Program.run(
      "simulate", "a.json", "--runs", "-5", "--participants", "10")
    #expect(result.status == 64)
    #expect(result.errors.contains("--runs must be a whole number from 1 to 1000000."))
  }

  @Test func `a preview that cannot be written ends with status 1 and a sentence`() async throws {
    let result = try await Program.run(
      "study", "preview", "Docs/ReferenceTrial/kap-ect.yaml", "--output", "/no/such/folder/a.html")
    #expect(result.status == 1 && result.errors.contains("could not be written"))
  }

  @Test func `the name of a case file that is not there is told once`() async throws {
    let result = try await Program.run("evaluate", "nowhere.json")
    #expect(result.errors.matches(of: /nowhere\.json/).count == 1 && result.status == 1)
  }
}
