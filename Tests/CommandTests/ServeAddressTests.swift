import Foundation
import Testing

/// Where the daemon answers: without encryption in front of it on this machine only.
@Suite struct ServeAddressTests {
  @Test(arguments: [
    "0.0.0.0", "::", "*", "10.0.0.1", "192.168.1.7", "server.example.org", "127.example.org",
    "127.0.0.1.example.org", "127.0.0.256", "127.1", "127.0.0.01", "::ffff:10.0.0.1", "",
  ])
  func `the daemon does not start on an address that others could reach`(
    _ host: String
  ) async throws {
    let state = FileManager.default.temporaryDirectory.appending(path: "eq-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: state) }
    let result = try await Program.run([
      "serve", "--state", state.path, "--port", "0", "--host", host,
    ])
    #expect(result.status != 0)
    #expect(result.errors.contains("answers on this machine only"), "\(result.errors)")
    #expect(!FileManager.default.fileExists(atPath: state.path))
  }
}
