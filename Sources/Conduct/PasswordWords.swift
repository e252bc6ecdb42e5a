import Store
import StudyModel

extension Installation {
  /// The words a password of a person does not hold: their names, the program's, and those of every
  /// study and site here, which whoever guesses for this server tries first.
  ///
  /// Of the title of a study long words count alone: `treatment` and `depression`, not `for`.
  func passwordWords(of username: String, fullName: String) async throws -> [String] {
    var words = ["equipoise", username] + Self.words(of: fullName, from: 1)
    for trial in try await trials() {
      let definition = try await definition(of: trial)
      words += [trial.key, trial.key.filter { $0.isLetter || $0.isNumber }]
      words += Self.words(of: definition.title, from: 8)
      words += definition.sites.flatMap { Self.words(of: $0.title, from: 4) }
    }
    return words
  }

  private static func words(of text: String, from length: Int) -> [String] {
    text.split { !$0.isLetter && !$0.isNumber }.map(String.init).filter { $0.count >= length }
  }
}
