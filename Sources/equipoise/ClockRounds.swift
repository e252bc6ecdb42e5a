import Conduct
import Host
import ServiceLifecycle

/// Compares the clock of this host every minute with what else tells the time.
struct ClockRounds: Service {
  let installation: Installation
  let reference: HostClock
  var pause: Duration = .seconds(60)

  func run() async throws {
    try? await cancelWhenGracefulShutdown {
      while true {
        // A database that does not answer is told of by whoever needs it.
        if let found = try? await installation.checkClock(by: reference), found.isNew {
          say(found.verdict.line)
        }
        try await Task.sleep(for: pause)
      }
    }
  }
}

extension ClockVerdict {
  /// What the console says of it.
  var line: String {
    switch self {
    case .inTime: "The clock agrees with what else tells the time."
    case .drifting: "The clock is wrong by more than a second. Set it right."
    case .blocked:
      "The clock is wrong by more than a minute. Nobody is randomized and nothing is signed until it "
        + "is set right."
    case .noReference:
      "Nothing tells whether the clock is right. Let a time service keep it, or name a time server "
        + "with --time-server."
    }
  }
}
