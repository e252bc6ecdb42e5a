import Foundation
import Postgres
import PostgresTestServer
import Store
import Testing

@testable import Host

/// What goes over a network is encrypted.
@Suite(.serialized) struct TransportTests {
  private static func refusal(_ database: String) async throws -> HostRefusal? {
    let state = FileManager.default.temporaryDirectory
      .appending(path: "transport-\(UInt32.random(in: .min ... .max))").path
    defer { try? FileManager.default.removeItem(atPath: state) }
    do {
      let host = try await ServerHost.open(database: database, stateDirectory: state) { _ in }
      await host.close()
      return nil
    } catch let refusal as HostRefusal {
      return refusal
    }
  }

  @Test
  func `REQ-068: a database over a network is refused without encryption, its local socket is not`()
    async throws
  {
    let port = Int.random(in: 30_000..<32_000)
    let server = try PostgresTestServer(
      port: port, settings: ["listen_addresses = '127.0.0.1'"])
    defer { server.stop() }
    try Connection(configuration: server.configuration()).script(Migrator.loginsSQL)
    let place = "port=\(port) dbname=postgres"
    #expect(
      try await Self.refusal("host=127.0.0.1 \(place) sslmode=disable") == .unencryptedDatabase)
    // The same server by its socket comes to the next check, which this server of tests fails.
    #expect(
      try await Self.refusal("host=\(server.directory) \(place)") == .unsafeSetting("fsync"))
  }

  @Test(arguments: [
    ("log_statement", "all"), ("log_parameter_max_length", "-1"),
    ("log_parameter_max_length_on_error", "64"), ("data_sync_retry", "on"),
  ]) func `a database that would keep what people enter in its log, or lose it, is refused by name`(
    setting: String, value: String
  ) async throws {
    let server = try PostgresTestServer(settings: [
      "fsync = on", "full_page_writes = on", "\(setting) = \(value)",
    ])
    defer { server.stop() }
    try Connection(configuration: server.configuration()).script(Migrator.loginsSQL)
    #expect(
      try await Self.refusal("host=\(server.directory) port=5432 dbname=postgres")
        == .unsafeSetting(setting))
  }

  @Test(arguments: ["on", "off"])
  func `REQ-073: who runs a server of others is told when it does not log who connects`(
    _ setting: String
  ) async throws {
    let server = try PostgresTestServer(settings: ["log_connections = \(setting)"])
    defer { server.stop() }
    try Connection(configuration: server.configuration()).script(Migrator.loginsSQL)
    let owner = server.configuration().with("user", Login.owner)
    #expect(try await ServerHost.logsConnections(owner) == (setting == "on"))
  }
}
