import Foundation
import Testing

/// What the daemon is told of a provider, and what it refuses to start with.
@Suite struct ProviderOptionTests {
  /// Starts with a provider that is given like this; the daemon must not come up.
  private static func refusal(_ given: [String]) async throws -> Program.Result {
    let state = FileManager.default.temporaryDirectory.appending(path: "eq-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: state) }
    return try await Program.run(["serve", "--state", state.path, "--port", "0"] + given)
  }

  private static let whole = [
    "--provider-issuer", "https://login.example.org", "--provider-client", "equipoise",
    "--provider-name", "Lindenhof",
  ]

  @Test(arguments: [
    (["--provider-issuer", "https://login.example.org"], "are given together"),
    (
      [
        "--provider-issuer", "http://login.example.org", "--provider-client", "a",
        "--provider-secret-file", "/nowhere", "--provider-name", "b",
      ], "beginning with https://"
    ),
    (
      [
        "--provider-issuer", "https://login.example.org?a=b", "--provider-client", "a",
        "--provider-secret-file", "/nowhere", "--provider-name", "b",
      ], "beginning with https://"
    ),
    (whole + ["--provider-secret-file", "/nowhere/secret"], "does not hold the secret"),
  ])
  func `a provider that is given by halves or in the open stops the start`(
    _ given: [String], _ words: String
  ) async throws {
    let result = try await Self.refusal(given)
    #expect(result.status != 0)
    #expect(result.errors.contains(words), "\(result.errors)")
  }

  @Test(arguments: [
    ("a secret of the provider", 0o644, "can be read by others"),
    ("short", 0o600, "does not hold the secret"),
    ("two lines of\nsecrets, one too many", 0o600, "does not hold the secret"),
  ])
  func `REQ-051: a secret others may read, or that is none, stops the start and is not repeated`(
    _ text: String, _ mode: Int, _ words: String
  ) async throws {
    let file = FileManager.default.temporaryDirectory.appending(path: "eq-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: file) }
    try Data(text.utf8).write(to: file)
    try FileManager.default.setAttributes(
      [.posixPermissions: NSNumber(value: mode)], ofItemAtPath: file.path)
    let result = try await Self.refusal(Self.whole + ["--provider-secret-file", file.path])
    #expect(result.status != 0)
    #expect(result.errors.contains(words), "\(result.errors)")
    #expect(!(result.errors + result.output).contains(text))
  }
}
