import Conduct
import ServiceLifecycle

/// What the server does by itself for safety: every minute alerts nobody acted on are repeated and
/// escalated, and forms that were missed are told.
struct SafetyRounds: Service {
  let installation: Installation
  var pause: Duration = .seconds(60)

  private static let roundsOfADay = 1440

  /// Once a day everything that is worked out is worked out again and compared with what is kept.
  private func derive() async {
    guard let differing = await installation.deriveEveryTrial() else {
      return say("What is worked out of entries could not be compared in a study; tomorrow again.")
    }
    if differing > 0 {
      say(
        "What is worked out of entries differed \(differing) times from what was kept; it is kept anew, with its versions before."
      )
    }
  }

  func run() async throws {
    try? await cancelWhenGracefulShutdown {
      var isSaid = false
      var untilDerived = 0
      while true {
        if untilDerived == 0 {
          untilDerived = Self.roundsOfADay
          await derive()
        }
        untilDerived -= 1
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
