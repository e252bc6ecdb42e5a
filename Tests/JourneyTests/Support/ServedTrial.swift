import Foundation
import FoundationNetworking
import Postgres
import PostgresTestServer
import Randomization
import Simulation
import StudyModel
import Testing

@testable import Conduct
@testable import Store

/// The real program serving a test's database, as a process that can be killed.
final class ServedTrial: Sendable {
  private let process = Process()
  private let log: URL
  let address: String

  private struct NotServing: Error { let output: String }

  /// Starts the program with a key file in its state folder and waits until it answers.
  init(_ world: ReferenceTrial, state: String, _ arguments: [String] = []) async throws {
    let tests = try #require(Bundle.main.executableURL)
    log = URL(fileURLWithPath: state + "/log-\(UInt32.random(in: .min ... .max))")
    try Data().write(to: log)
    process.executableURL = tests.deletingLastPathComponent().appending(path: "equipoise")
    let server = try JourneyServer.shared()
    // A copy belongs to who made it; the program migrates as the owner of its database.
    try world.direct().run("alter database \(world.database.name) owner to \(Login.owner)")
    process.arguments =
      [
        "serve", "--database", "host=\(server.directory) port=5432 dbname=\(world.database.name)",
        "--state", state, "--port", "0",
      ] + arguments
    let output = try FileHandle(forWritingTo: log)
    process.standardOutput = output
    process.standardError = output
    process.standardInput = FileHandle.nullDevice
    try process.run()
    for _ in 0..<600 {
      try await Task.sleep(for: .milliseconds(50))
      let text = try String(contentsOf: log, encoding: .utf8)
      if let found = text.firstMatch(of: /answers at (http:\/\/localhost:[0-9]+)\//) {
        address = String(found.1)
        return
      }
      if !process.isRunning { break }
    }
    throw NotServing(output: try String(contentsOf: log, encoding: .utf8))
  }

  /// What it has printed.
  var output: String { (try? String(contentsOf: log, encoding: .utf8)) ?? "" }

  /// Ends it at once, as a crash of the machine's memory would.
  func kill() {
    _ = Foundation.kill(process.processIdentifier, SIGKILL)
    process.waitUntilExit()
  }

  /// Stops it as an operator does.
  func stop() {
    process.terminate()
    process.waitUntilExit()
  }

  /// Asks as a program of a site; nil when no answer came.
  func ask(
    _ method: String, _ path: String, token: [UInt8], key: String = "", body: Data? = nil
  ) async -> (status: Int, body: Data)? {
    guard let url = URL(string: address + path) else { return nil }
    var request = URLRequest(url: url, timeoutInterval: 30)
    request.httpMethod = method
    request.setValue("Bearer \(token.hex)", forHTTPHeaderField: "Authorization")
    if method == "POST" {
      request.setValue("application/json", forHTTPHeaderField: "Content-Type")
      if !key.isEmpty { request.setValue(key, forHTTPHeaderField: "Idempotency-Key") }
      request.httpBody = body ?? Data("{}".utf8)
    }
    return await answer(to: request)
  }

  /// Asks as a browser at a page of the site: reads it, or sends the fields of a form where there are some.
  func browse(
    _ path: String, cookie: [UInt8], _ fields: [(name: String, value: String)] = []
  ) async -> (status: Int, body: Data)? {
    guard let url = URL(string: address + path) else { return nil }
    var request = URLRequest(url: url, timeoutInterval: 30)
    request.setValue("__Host-eq=\(cookie.hex)", forHTTPHeaderField: "Cookie")
    request.setValue("same-origin", forHTTPHeaderField: "Sec-Fetch-Site")
    if !fields.isEmpty {
      request.httpMethod = "POST"
      request.setValue(
        "application/x-www-form-urlencoded", forHTTPHeaderField: "Content-Type")
      func encoded(_ text: String) -> String {
        text.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? ""
      }
      request.httpBody = Data(
        fields.map { "\(encoded($0.name))=\(encoded($0.value))" }.joined(separator: "&").utf8)
    }
    return await answer(to: request)
  }

  private func answer(to request: URLRequest) async -> (status: Int, body: Data)? {
    let session = URLSession(configuration: .ephemeral)
    defer { session.finishTasksAndInvalidate() }
    guard let (data, response) = try? await session.data(for: request),
      let answer = response as? HTTPURLResponse
    else { return nil }
    return (answer.statusCode, data)
  }
}

extension JourneyServer {
  /// Makes the server as safe as the product asks for: it is refused otherwise.
  static func makeSafe() throws {
    let direct = try DirectSession(connection: .init(configuration: shared().configuration()))
    for setting in ["fsync = on", "full_page_writes = on"] {
      try direct.run("alter system set \(setting)")
    }
    try direct.run("select pg_reload_conf()")
  }
}

extension ReferenceTrial {
  /// A session of somebody who has just signed in, for a program that asks over HTTP.
  func bearer(_ role: String, at site: String? = nil) async throws -> [UInt8] {
    let place = try site.map { try SiteKey(parsing: $0) }
    let person = try #require(staff.person(role, at: place))
    let token = SystemRandomSource().bytes(32)
    let grant = Grant(
      trial: trial.id, trialKey: trial.key, role: role, site: place?.text ?? "*")
    let context = RequestContext(trial: 0, actor: nil, role: "", sites: .all)
    try await installation.store.session(.access, context) { session in
      try session.completeSession(
        tokenHash: sha256(token), user: person.user, formToken: SystemRandomSource().bytes(32),
        grant: grant, after: nil)
    }
    return token
  }
}
