import Conduct
import Store
import StudyModel

/// What a page says about letters that tell people of alerts.
enum LetterWords {
  /// What is wrong with the letters of the reader's role, empty when nothing is.
  static func notice(_ call: Call, _ actor: Actor) async throws -> String {
    guard actor.role.can(.acknowledgeAlerts) || actor.role.can(.knowOfAlerts),
      Login(for: actor.role) == .open || Login(for: actor.role) == .treating
    else { return "" }
    guard call.installation.sendsLetters else {
      return "This server sends no letters: whoever must act learns of an alert here only."
    }
    return words(try await call.installation.lettersInTrouble(as: actor))
  }

  static func words(_ trouble: LetterTrouble) -> String {
    var parts: [String] = []
    if trouble.undelivered > 0 {
      parts.append(
        trouble.undelivered == 1
          ? "1 letter to your role could not be sent; it is tried again."
          : "\(trouble.undelivered) letters to your role could not be sent; they are tried again.")
    }
    if trouble.withoutAddress > 0 {
      parts.append(
        trouble.withoutAddress == 1
          ? "1 person of your role gave no address for letters."
          : "\(trouble.withoutAddress) people of your role gave no address for letters.")
    }
    return parts.isEmpty
      ? "" : parts.joined(separator: " ") + " Make sure that somebody has seen what waits."
  }
}
