import Glibc
import Testing

@testable import PrivateCluster

/// Who keeps the cluster in a test: root, whose server runs as `postgres`, or an ordinary user.
enum Keeper: String, CaseIterable, CustomTestStringConvertible {
  case root
  case ordinary

  /// Under root both can be tried; otherwise only the user who runs the tests.
  static var available: [Keeper] { geteuid() == 0 ? [.root, .ordinary] : [.ordinary] }

  var testDescription: String { rawValue }

  /// The account the daemon runs as.
  var daemonName: String {
    switch self {
    case .root: "root"
    case .ordinary: geteuid() == 0 ? "nobody" : Account.current()?.name ?? ""
    }
  }

  /// The account the server runs as.
  var serverName: String {
    switch self {
    case .root: "postgres"
    case .ordinary: daemonName
    }
  }

  /// A command run as that account.
  static func command(_ words: [String], as name: String) -> [String] {
    guard geteuid() == 0, name != "root", let account = Account.named(name) else { return words }
    return [
      "/usr/bin/setpriv", "--reuid=\(account.userID)", "--regid=\(account.groupID)",
      "--init-groups", "--",
    ] + words
  }
}

/// A state directory of a test's own, with the daemons started on it; all of it ends with the test.
final class ClusterWorld {
  static let environment = ["PATH=/usr/bin:/bin", "LC_ALL=C"]

  let keeper: Keeper
  let base: String
  let layout: ClusterLayout
  private var started: [ChildProcess] = []
  private var outputs = 0

  init(_ keeper: Keeper, below depth: String = "") throws {
    self.keeper = keeper
    var name = Array("/tmp/eqc-XXXXXX".utf8CString)
    guard unsafe mkdtemp(&name) != nil else { throw SystemFault("/tmp") }
    base = String(decoding: name.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    layout = ClusterLayout(state: base + depth + "/state")
    let owner = try #require(Account.named(keeper.daemonName))
    try Files.give(base, to: owner.userID, group: owner.groupID, mode: 0o755)
    // The build folder may lie where an ordinary user cannot go.
    let built = try Files.realPath("/proc/self/exe").split(separator: "/").dropLast()
    let probe = "/" + built.joined(separator: "/") + "/cluster-probe"
    #expect(try run(["/bin/cp", probe, base + "/probe"]) == .exited(0))
  }

  deinit {
    for child in started where child.ending() == nil { kill(child.id, SIGKILL) }
    if let server { kill(server, SIGKILL) }
    _ = try? run(["/bin/rm", "-rf", "--", base, layout.socketDirectory(shortBase: "/tmp")])
  }

  var socketDirectory: String {
    layout.socketDirectory(shortBase: keeper == .root ? "/run" : "/tmp")
  }

  /// The process number of the server, as it wrote it down.
  var server: Int32? {
    Files.text(layout.processFile).flatMap { PostmasterFile($0) }?.process
  }

  /// Starts a daemon; what it says can be read with `said(by:)`.
  func daemon(roles: [String] = ["equipoise_open"]) throws -> Daemon {
    outputs += 1
    let path = base + "/daemon-\(outputs).txt"
    // With the mask of the installed service: nothing made may depend on a generous one.
    let masked = ["/bin/sh", "-c", "umask 077; exec \"$0\" \"$@\""]
    let words = masked + [base + "/probe", layout.state, "equipoise_owner"] + roles
    let child = try start(Keeper.command(words, as: keeper.daemonName), output: path)
    return Daemon(child: child, output: path)
  }

  /// Starts a program that ends with the test at the latest.
  func start(_ words: [String], output: String = "/dev/null") throws -> ChildProcess {
    let file = unsafe open(output, O_WRONLY | O_CREAT | O_CLOEXEC, 0o644 as mode_t)
    defer { close(file) }
    let child = try ChildProcess.start(
      words, environment: Self.environment, directory: "/", output: file)
    started.append(child)
    return child
  }

  /// Runs a program to its end.
  func run(_ words: [String]) throws -> Ending {
    let child = try start(words)
    while true {
      if let ending = child.ending() { return ending }
      usleep(5_000)
    }
  }

  /// Asks the database as the daemon's user under a role; nil when it refuses.
  func ask(_ statement: String, as role: String = "equipoise_owner") async throws -> String? {
    let words = [
      "/usr/bin/psql", "-X", "-q", "-A", "-t", "-h", socketDirectory, "-p", "5432", "-U", role,
      "-d", "postgres", "-v", "ON_ERROR_STOP=1", "-c", statement,
    ]
    let answer = try await Command.printed(
      by: Keeper.command(words, as: keeper.daemonName), environment: Self.environment)
    guard answer.ending == .exited(0) else { return nil }
    return answer.text.split(separator: "\n").joined(separator: "\n")
  }
}

/// A daemon started by a test.
struct Daemon {
  let child: ChildProcess
  let output: String

  var said: String { Files.text(output) ?? "" }

  /// Waits until it says that the cluster answers, or has ended without saying so.
  func isReady(within seconds: Int = 60) async -> Bool {
    _ = await eventually(within: seconds) {
      saysReady || ProcessTable.startTicks(of: child.id) == nil
    }
    return saysReady
  }

  private var saysReady: Bool { said.contains("\nready ") || said.hasPrefix("ready ") }

  /// Waits for its end.
  func ending(within seconds: Int = 60) async -> Ending? {
    var ending: Ending?
    _ = await eventually(within: seconds) {
      ending = child.ending()
      return ending != nil
    }
    return ending
  }

  /// Asks it to stop, or makes it.
  func signal(_ number: Int32) { kill(child.id, number) }
}

/// Asks again and again until the claim holds; false when it does not within the time.
func eventually(within seconds: Int, _ claim: () async throws -> Bool) async rethrows -> Bool {
  let deadline = ContinuousClock.now + .seconds(seconds)
  while ContinuousClock.now < deadline {
    if try await claim() { return true }
    await pause(milliseconds: 10)
  }
  return false
}
