import Foundation
import Testing

/// What a mistyped place is answered with: never with an empty database.
@Suite struct StateDirectoryTests {
  @Test(arguments: [["keys", "check"], ["keys", "rotate"], ["ledger", "check"], ["verify"]])
  func `a state directory without a database is told, and none is made`(
    _ command: [String]
  ) async throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
    let result = try await Program.run(command + ["--state", folder.path])
    #expect(result.status == 1)
    #expect(result.errors.contains("There is no database in \(folder.path)."))
    #expect(!FileManager.default.fileExists(atPath: folder.path))
  }

  @Test func `a folder that cannot be written is told before a trial is conducted`() async throws {
    let result = try await Program.run(
      "demo", "--participants", "12", "--sites", "1", "--output", "/proc/of/nobody")
    #expect(result.status == 1)
    #expect(result.errors.contains("could not be read or written"))
    #expect(!result.errors.contains("NSURL"))
    #expect(!result.output.contains("randomized"))
  }
}
