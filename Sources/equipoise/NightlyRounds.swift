import Conduct
import ServiceLifecycle

/// Looks once a night, and at the start, for roles that nobody may hold together, and for ratings whose rater's
/// training has ended.
struct NightlyRounds: Service {
  let installation: Installation
  var pause: Duration = .seconds(86_400)

  func run() async throws {
    try? await cancelWhenGracefulShutdown {
      while true {
        // A database that does not answer is told of by whoever needs it.
        if let count = try? await installation.checkRoles(), count > 0 {
          say("Somebody holds roles that nobody may hold together. See Accounts, Events.")
        }
        await installation.replaceAbsentRaters()
        try await Task.sleep(for: pause)
      }
    }
  }
}
