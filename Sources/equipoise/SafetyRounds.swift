import Conduct
import ServiceLifecycle

/// What the server does by itself for safety: every minute alerts nobody acted on are repeated and
/// escalated, and forms that were missed are told.
struct SafetyRounds: Service {
  let installation: Installation
  var pause: Duration = .seconds(60)

  func run() async throws {
    try? await cancelWhenGracefulShutdown {
      var isSaid = false
      while true {
        let isWhole = await installation.goSafetyRounds()
        // Said once, and again only after it went well in between.
        if !isWhole, !isSaid {
          say(
            "The safety round of a study failed: its alerts are shown, but not repeated or escalated. It is tried again every minute."
          )
        }
        isSaid = !isWhole
        try await Task.sleep(for: pause)
      }
    }
  }
}
