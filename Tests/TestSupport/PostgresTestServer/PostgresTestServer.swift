internal import Foundation
public import Postgres

/// A private PostgreSQL server for tests, ended and removed with the process that started it.
///
/// Data are not forced to disk; nothing but tests may use it. One server serves the whole process
/// through `shared`; a test that kills its server starts one of its own.
public final class PostgresTestServer: Sendable {
  /// Why no server could be started.
  public enum Failure: Error, CustomStringConvertible {
    /// A program of PostgreSQL ended with an error.
    case programFailed(String, output: String)
    /// The server did not answer in time.
    case notReady

    /// A sentence for the person who runs the tests.
    public var description: String {
      switch self {
      case .programFailed(let program, let output):
        "The program \(program) failed. It said: \(output)"
      case .notReady: "The test server did not answer within 60 seconds."
      }
    }
  }

  /// The folder of the socket and the data; short, since a socket's path may have 107 bytes.
  public let directory: String
  private let port: Int
  private let watcher: Process
  private let lifeline: Pipe

  /// Memory where there is plenty, since each test makes and removes some thousand files; else the disk.
  private static let place: String = {
    let memory = "/dev/shm"
    let attributes = try? FileManager.default.attributesOfFileSystem(forPath: memory)
    let free = (attributes?[.systemFreeSize] as? NSNumber)?.int64Value ?? 0
    return free >= 8 << 30 ? memory : "/tmp"
  }()

  private static let sharedServer = Result { try PostgresTestServer() }

  /// The server of this process, started at its first use.
  public static func shared() throws -> PostgresTestServer {
    try sharedServer.get()
  }

  /// Starts a server; `settings` are lines of its configuration file.
  ///
  /// The port names the socket; the network is used only where a setting says so.
  public init(port: Int = 5432, settings: [String] = []) throws {
    self.port = port
    directory = "\(Self.place)/eqpg\(UInt32.random(in: .min ... .max))"
    let isRoot = geteuid() == 0
    let run = isRoot ? "setpriv --reuid=postgres --regid=postgres --init-groups " : ""
    let bin = try Self.output("pg_config --bindir")
    let database = directory + "/data"
    let configuration =
      [
        "listen_addresses = ''", "port = \(port)", "unix_socket_directories = '\(directory)'",
        "fsync = off", "dynamic_shared_memory_type = mmap",
        "full_page_writes = off", "max_connections = 100", "shared_buffers = '64MB'",
        "log_min_messages = fatal", "log_statement = none", "log_parameter_max_length = 0",
      ] + settings
    let lines = configuration.map { "echo \"\($0)\"" }.joined(separator: "; ")
    _ = try Self.output(
      """
      set -e; umask 077; mkdir \(directory); \(isRoot ? "chown postgres: \(directory);" : "")
      cd \(directory)
      \(run)\(bin)/initdb --no-sync --data-checksums -U equipoise -A trust -E UTF8 --locale=C.UTF-8 \
        -D \(database) >/dev/null
      { \(lines); } >> \(database)/postgresql.conf
      """)
    lifeline = Pipe()
    watcher = Process()
    watcher.executableURL = URL(fileURLWithPath: "/bin/sh")
    // The shell waits for the end of its input, which comes with the end of this process, however
    // that came about; then it stops the server and clears up.
    watcher.arguments = [
      "-c",
      """
      cd \(directory)
      \(run)\(bin)/postgres -D \(database) </dev/null >\(directory)/log 2>&1 &
      server=$!
      trap '' INT TERM HUP
      cat >/dev/null
      kill -QUIT $server 2>/dev/null
      wait $server 2>/dev/null
      cd /; rm -rf \(directory)
      """,
    ]
    watcher.standardInput = lifeline
    watcher.standardOutput = FileHandle.nullDevice
    watcher.standardError = FileHandle.nullDevice
    try watcher.run()
    try waitUntilReady()
  }

  deinit {
    try? lifeline.fileHandleForWriting.close()
  }

  /// Stops the server and removes its data.
  public func stop() {
    try? lifeline.fileHandleForWriting.close()
    watcher.waitUntilExit()
  }

  /// How to reach a database of this server.
  public func configuration(database: String = "postgres") -> ConnectionConfiguration {
    ConnectionConfiguration([
      "host": directory, "port": "\(port)", "dbname": database, "user": "equipoise",
    ])
  }

  /// The process number of the server itself, for tests that kill it.
  public func processIdentifier() throws -> Int32 {
    let text = try String(contentsOfFile: directory + "/data/postmaster.pid", encoding: .utf8)
    return Int32(text.prefix { $0 != "\n" }) ?? 0
  }

  /// Makes a database of its own for a suite, from nothing or as a copy of another one.
  ///
  /// Nobody may be connected to the template meanwhile.
  public func createDatabase(fromTemplate template: String = "template1") throws -> TestDatabase {
    let name = "t\(UInt64.random(in: .min ... .max))"
    let connection = try Connection(configuration: configuration())
    try connection.script("create database \(name) template \(template)")
    return TestDatabase(name: name, server: self)
  }

  /// Kills the server at once, as a crash of its machine would.
  public func kill() throws {
    try killProcess(processIdentifier())
  }

  /// Kills one process of the server at once; the others then start again by themselves.
  public func killProcess(_ process: Int32) throws {
    precondition(process > 1, "that is no process of the server")
    Foundation.kill(process, SIGKILL)
  }

  /// Makes a folder that the server's user may enter.
  public func makeDirectory(_ path: String) throws {
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  private func waitUntilReady() throws {
    let end = Date(timeIntervalSinceNow: 60)
    while Date() < end {
      if let connection = try? Connection(configuration: configuration()) {
        connection.close()
        return
      }
      Foundation.Thread.sleep(forTimeInterval: 0.02)
    }
    throw Failure.notReady
  }

  private static func output(_ script: String) throws -> String {
    let process = Process()
    let pipe = Pipe()
    process.executableURL = URL(fileURLWithPath: "/bin/sh")
    process.arguments = ["-c", script]
    process.standardOutput = pipe
    process.standardError = pipe
    process.standardInput = FileHandle.nullDevice
    try process.run()
    let data = pipe.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    let text = String(decoding: data, as: UTF8.self)
    guard process.terminationStatus == 0 else {
      throw Failure.programFailed(String(script.prefix(40)), output: text)
    }
    return text.trimmingCharacters(in: .whitespacesAndNewlines)
  }
}

/// A database of a test server; it goes with the server, or earlier by `drop`.
///
/// It is not dropped when the last reference goes: a drop waits for every session of the server,
/// those that wait for a slow reader included, and would hold up the thread it runs on.
public final class TestDatabase: Sendable {
  /// Its name on the server.
  public let name: String
  private let server: PostgresTestServer

  init(name: String, server: PostgresTestServer) {
    self.name = name
    self.server = server
  }

  /// How to reach it.
  public var configuration: ConnectionConfiguration { server.configuration(database: name) }

  /// Removes it with the sessions that are on it.
  public func drop() throws {
    let connection = try Connection(configuration: server.configuration())
    try connection.script("drop database if exists \(name) with (force)")
  }
}
