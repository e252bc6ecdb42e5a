import Conduct
import Hummingbird
import Logging
import NIOCore
import NIOPosix
import Postgres
import Store
import Synchronization
import Testing

@testable import Web

/// A real server in this process, asked by bytes.
///
/// Its database cannot be reached: what is asked of it here needs none.
struct WireServer: Sendable {
  let port: Int
  let log: WireLog

  /// Bounds short enough to wait for.
  static let brief = ConnectionBounds(
    head: .milliseconds(600), paceOver: .milliseconds(500), bytesPerSecond: 1 << 10,
    idle: .milliseconds(1500), farewell: .milliseconds(300))

  /// Starts a server, and stops it after the body.
  static func run(
    _ bounds: ConnectionBounds = .usual, _ body: @Sendable (WireServer) async throws -> Void
  ) async throws {
    let log = WireLog()
    let logger = Logger(label: "wire") { _ in log }
    let store = TrialStore(
      ConnectionConfiguration(["host": "/nonexistent", "dbname": "none", "connect_timeout": "2"]))
    let site = WebSite(
      Installation(store: store, keys: nil, software: "wire"), trainingPassword: nil,
      limits: .none, logger: logger)
    let responder: CallbackResponder<BasicRequestContext> = site.responder()
    let (ports, told) = AsyncStream.makeStream(of: Int.self)
    let application = Application(
      responder: responder, server: site.server(bounds),
      configuration: ApplicationConfiguration(
        address: .hostname("127.0.0.1", port: 0), serverName: nil),
      onServerRunning: { channel in
        told.yield(channel.localAddress?.port ?? 0)
        told.finish()
      }, logger: Logger(label: "server") { _ in WireLog() })
    let running = Task { try await application.run() }
    defer { running.cancel() }
    var port = 0
    for await one in ports { port = one }
    try await body(WireServer(port: port, log: log))
    await store.close()
  }

  /// What comes back until the server closes the connection, and how long that took.
  struct Heard: Sendable {
    var bytes: [UInt8] = []
    var after = Duration.zero

    var text: String { String(decoding: bytes, as: UTF8.self) }

    /// The answers, each as its head and its body.
    var answers: [(status: Int, headers: [(name: String, value: String)], body: String)] {
      text.components(before: "HTTP/1.1 ").map { one in
        let parts = one.split(separator: "\r\n\r\n", maxSplits: 1, omittingEmptySubsequences: false)
        let lines = parts[0].split(separator: "\r\n")
        let headers = lines.dropFirst().map { line -> (name: String, value: String) in
          let pair = line.split(separator: ":", maxSplits: 1)
          return (
            pair[0].lowercased(), pair.count > 1 ? String(pair[1].drop { $0 == " " }) : ""
          )
        }
        let status = lines.first?.split(separator: " ").dropFirst().first.flatMap { Int($0) }
        return (status ?? 0, headers, parts.count > 1 ? String(parts[1]) : "")
      }
    }

    var statuses: [Int] { answers.map(\.status) }
  }

  /// Sends pieces with pauses between them, and hears until the connection is closed.
  ///
  /// - Parameter patience: after which the connection is closed here.
  func say(
    _ pieces: [String], every pause: Duration = .zero, patience: Duration = .seconds(8)
  ) async throws -> Heard {
    try await say(pieces.map { Array($0.utf8) }, every: pause, patience: patience)
  }

  func say(
    _ pieces: [[UInt8]], every pause: Duration, patience: Duration = .seconds(8)
  ) async throws -> Heard {
    let start = ContinuousClock.now
    let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
      .channelOption(.allowRemoteHalfClosure, value: true)
      .connect(host: "127.0.0.1", port: port) { channel in
        channel.eventLoop.makeCompletedFuture {
          try NIOAsyncChannel<ByteBuffer, ByteBuffer>(wrappingChannelSynchronously: channel)
        }
      }
    let ear = Ear()
    try await channel.executeThenClose { inbound, outbound in
      try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask {
          for piece in pieces {
            try? await outbound.write(ByteBuffer(bytes: piece))
            if pause > .zero { try await Task.sleep(for: pause) }
          }
          try await Task.sleep(for: patience)
        }
        group.addTask {
          // A connection that is reset was closed as well.
          do {
            for try await bytes in inbound {
              ear.heard.withLock { $0.bytes += bytes.readableBytesView }
            }
          } catch is CancellationError {
          } catch {}
          ear.heard.withLock { $0.after = start.duration(to: .now) }
        }
        try await group.next()
        group.cancelAll()
      }
    }
    return ear.heard.withLock { $0 }
  }
}

/// Keeps what is heard while more may come.
private final class Ear: Sendable {
  let heard = Mutex(WireServer.Heard())
}

extension String {
  /// The pieces that begin with a text.
  fileprivate func components(before text: String) -> [String] {
    var found: [String] = []
    for part in split(separator: text, omittingEmptySubsequences: false).dropFirst() {
      found.append(text + part)
    }
    return found
  }
}

/// The log of a server, a line each.
final class WireLog: LogHandler, Sendable {
  private let kept = Mutex<[String]>([])
  var lines: [String] { kept.withLock { $0 } }
  var metadata: Logger.Metadata {
    get { [:] }
    set { _ = newValue }
  }
  var logLevel: Logger.Level {
    get { .trace }
    set { _ = newValue }
  }
  subscript(metadataKey key: String) -> Logger.Metadata.Value? {
    get { nil }
    set { _ = newValue }
  }
  func log(event: LogEvent) { kept.withLock { $0.append("\(event.message)") } }
}
