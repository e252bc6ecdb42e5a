import Conduct
import ServiceLifecycle

/// Ends sessions that lapsed, looks every quarter of a minute which database accounts beside the program's own are connected, and
/// tells who manages access of what endangers it.
struct DatabaseRounds: Service {
  let installation: Installation
  var pause: Duration = .seconds(15)

  func run() async throws {
    try? await cancelWhenGracefulShutdown {
      while true {
        // A database that does not answer is told of by whoever needs it.
        if let count = try? await installation.noteForeignAccounts(), count > 0 {
          say(
            "A database account that is not the program's own is connected. See Accounts, Events.")
        }
        _ = try? await installation.alertSecurity()
        _ = try? await installation.expireSessions()
        try await Task.sleep(for: pause)
      }
    }
  }
}
