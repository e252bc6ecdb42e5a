import Foundation

/// The built program, run as a person runs it.
struct Program {
  /// What a run left behind.
  struct Result {
    let status: Int32
    let output: String
    let errors: String

    /// The lines of the output, without the spaces around them.
    var lines: [String] {
      output.split(separator: "\n").map { $0.trimmingCharacters(in: .whitespaces) }
    }
  }

  /// Runs the program from the root of the package and waits for its end.
  static func run(_ arguments: String..., in folder: URL = Files.root) async throws -> Result {
    try await run(arguments, in: folder)
  }

  /// Runs the program with arguments made by a test.
  static func run(
    _ arguments: [String], in folder: URL = Files.root, typing: String = "",
    interruptedAfter wait: Duration? = nil
  ) async throws -> Result {
    try await run(binary(), arguments, in: folder, typing: typing, interruptedAfter: wait)
  }

  /// Runs a script of Python as a third party would.
  static func python(_ arguments: String...) async throws -> Result {
    try await run(URL(filePath: "/usr/bin/env"), ["python3"] + arguments, in: Files.root)
  }

  /// Runs a line of a shell, as who looks after a server would.
  static func shell(_ line: String) async throws -> Result {
    try await run(URL(filePath: "/bin/sh"), ["-c", line], in: Files.root)
  }

  /// Starts the program and leaves it running, as a service.
  static func service(_ arguments: String...) throws -> Service {
    try Service(binary(), arguments)
  }

  /// The program while it runs.
  final class Service {
    private let process = Process()
    private let scratch: Scratch
    private let told: URL

    fileprivate init(_ program: URL, _ arguments: [String]) throws {
      scratch = try Scratch()
      told = try scratch.file("told", Data())
      process.executableURL = program
      process.arguments = arguments
      process.environment = ["PATH": "/usr/bin:/bin"]
      process.standardInput = FileHandle.nullDevice
      let handle = try FileHandle(forWritingTo: told)
      process.standardOutput = handle
      process.standardError = handle
      try process.run()
    }

    var isRunning: Bool { process.isRunning }

    /// What it has printed so far.
    func said() throws -> String { try String(contentsOf: told, encoding: .utf8) }

    /// Asks it to end and waits until it has.
    func stop() {
      process.terminate()
      process.waitUntilExit()
      scratch.remove()
    }
  }

  private static func run(
    _ program: URL, _ arguments: [String], in folder: URL, typing: String = "",
    interruptedAfter wait: Duration? = nil
  ) async throws -> Result {
    // Output goes to files: a pipe that nobody empties would stop the program when it is full.
    let scratch = try Scratch()
    defer { scratch.remove() }
    let output = try scratch.file("output", Data())
    let errors = try scratch.file("errors", Data())
    let process = Process()
    process.executableURL = program
    process.arguments = arguments
    process.currentDirectoryURL = folder
    process.environment = ["PATH": "/usr/bin:/bin", "COLUMNS": "200"]
    process.standardInput =
      typing.isEmpty
      ? FileHandle.nullDevice
      : try FileHandle(forReadingFrom: try scratch.file("typed", Data(typing.utf8)))
    process.standardOutput = try FileHandle(forWritingTo: output)
    process.standardError = try FileHandle(forWritingTo: errors)
    try await withCheckedThrowingContinuation { (end: CheckedContinuation<Void, any Error>) in
      process.terminationHandler = { _ in end.resume() }
      do {
        try process.run()
        if let wait {
          Task {
            try await Task.sleep(for: wait)
            process.interrupt()
          }
        }
      } catch {
        process.terminationHandler = nil
        end.resume(throwing: error)
      }
    }
    return Result(
      status: process.terminationReason == .exit ? process.terminationStatus : -1,
      output: try String(contentsOf: output, encoding: .utf8),
      errors: try String(contentsOf: errors, encoding: .utf8))
  }

  private struct NotBuilt: Error {}

  /// The binary beside the tests, wherever they were built.
  private static func binary() throws -> URL {
    guard let tests = Bundle.main.executableURL else { throw NotBuilt() }
    return tests.deletingLastPathComponent().appending(path: "equipoise")
  }
}

/// Files of the package, found from this file.
enum Files {
  static let root = URL(filePath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent()

  static func oracle(_ path: String) -> String {
    root.appending(path: "Tests/Oracles").appending(path: path).path
  }

  static func json(_ path: String) throws -> [String: Any] {
    let bytes = try Data(contentsOf: URL(filePath: oracle(path)))
    return try JSONSerialization.jsonObject(with: bytes) as? [String: Any] ?? [:]
  }
}

/// A folder of one test.
struct Scratch {
  let folder: URL

  init() throws {
    folder = FileManager.default.temporaryDirectory
      .appending(path: "equipoise-command-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  }

  func remove() { try? FileManager.default.removeItem(at: folder) }

  func file(_ name: String, _ bytes: Data) throws -> URL {
    let url = folder.appending(path: name)
    try bytes.write(to: url)
    return url
  }

  func file(_ name: String, _ text: String) throws -> String {
    try file(name, Data(text.utf8)).path
  }

  /// A value of a reference file, written as JSON.
  func json(_ name: String, _ value: Any) throws -> String {
    try file(name, try JSONSerialization.data(withJSONObject: value)).path
  }
}
