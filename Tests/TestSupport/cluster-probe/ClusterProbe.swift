import Dispatch
import Glibc
import PrivateCluster

/// A daemon that does nothing but keep its private cluster, for tests and for trying one by hand.
///
/// Usage: `cluster-probe STATE_DIRECTORY SUPERUSER [ROLE ...]`. Prints `ready SOCKET_DIRECTORY
/// PORT` once the server answers, then what the cluster says, until SIGTERM or SIGINT.
@main
struct ClusterProbe {
  static func main() async {
    let words = Array(CommandLine.arguments.dropFirst())
    guard words.count >= 2 else {
      say("usage: cluster-probe STATE_DIRECTORY SUPERUSER [ROLE ...]")
      exit(64)
    }
    let (asked, report) = AsyncStream.makeStream(of: Int32.self)
    let sources = requestsToStop { report.yield($0) }
    let cluster = PrivateCluster(
      stateDirectory: words[0], roles: Array(words.dropFirst(2)), superuser: words[1],
      log: { say($0) })
    do throws(ClusterRefusal) {
      let address = try await cluster.start()
      say("ready \(address.socketDirectory) \(address.port)")
    } catch {
      say("refused: \(error)")
      exit(1)
    }
    let supervision = Task { await cluster.supervise() }
    for await _ in asked { break }
    supervision.cancel()
    await cluster.stop()
    await supervision.value
    for source in sources { source.cancel() }
    say("stopped")
  }

  /// Prints at once, also into a pipe or file.
  static func say(_ line: String) {
    print(line)
    _ = fflush(nil)
  }

  /// Sources that report each SIGTERM and SIGINT; they must be kept for as long as they should.
  static func requestsToStop(
    _ report: @escaping @Sendable (Int32) -> Void
  ) -> [any DispatchSourceSignal] {
    [SIGTERM, SIGINT].map { number in
      _ = signal(number, SIG_IGN)
      let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
      source.setEventHandler { @Sendable in report(number) }
      source.activate()
      return source
    }
  }
}
