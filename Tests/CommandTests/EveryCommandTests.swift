import Foundation
import Testing

/// Every command of the program, found by asking the program which there are.
struct EveryCommandTests {
  @Test func `every command can be called, and answers what it does not know with its usage`()
    async throws
  {
    let told = try await Program.run("--experimental-dump-help")
    #expect(told.status == 0, "\(told.errors)")
    let root = try #require(
      JSONSerialization.jsonObject(with: Data(told.output.utf8)) as? [String: Any])
    let commands = Self.leaves(try #require(root["command"] as? [String: Any]))
    #expect(commands.count > 40)
    for words in commands where words.last != "help" {
      let result = try await Program.run(words + ["--no-such-option"])
      #expect(
        result.status == 64
          && result.errors.contains("Usage: equipoise \(words.joined(separator: " "))"),
        "\(words.joined(separator: " ")): \(result.status) \(result.errors.prefix(200))")
    }
  }

  /// The words of each command that has none below it.
  private static func leaves(_ command: [String: Any], _ path: [String] = []) -> [[String]] {
    let below = command["subcommands"] as? [[String: Any]] ?? []
    guard !below.isEmpty else { return [path] }
    return below.flatMap { leaves($0, path + [($0["commandName"] as? String) ?? ""]) }
  }
}
