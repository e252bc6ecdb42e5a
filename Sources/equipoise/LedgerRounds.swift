import Conduct
import ServiceLifecycle

/// What the server does by itself for the ledgers: a check of each at the start and once a day, and
/// the newest signed heads into the witness files every hour, over the record as over the ledgers.
///
/// The start does not wait for the first check; the first randomization does.
struct LedgerRounds: Service {
  let installation: Installation
  var pause: Duration = .seconds(3600)
  /// Rounds from one check to the next.
  var roundsBetweenChecks = 24

  func run() async throws {
    try? await cancelWhenGracefulShutdown {
      var round = 0
      while true {
        await go(round: round)
        round += 1
        try await Task.sleep(for: pause)
      }
    }
  }

  private func go(round: Int) async {
    if installation.keyState == .present {
      do {
        try await installation.signRecord()
      } catch {
        say("The record could not be signed this hour. It is signed again in an hour.")
      }
    }
    do {
      guard round.isMultiple(of: roundsBetweenChecks), installation.keyState == .present else {
        return try await installation.witnessHeads()
      }
      _ = try await installation.checkLedgers { trial, verdict in
        if case .failed(let finding, _) = verdict {
          say("The ledger of \(trial) does not agree: \(finding). Nobody is randomized there.")
        }
      }
    } catch {
      say("The ledgers could not be read this hour. They are read again in an hour.")
    }
  }
}
