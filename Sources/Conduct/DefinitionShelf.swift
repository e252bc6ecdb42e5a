import Store
import StudyLanguage
import StudyModel

/// Definitions already read, by trial and version: a version never changes.
actor DefinitionShelf {
  private struct Key: Hashable {
    let trial: TrialID
    let version: String
  }
  private var known: [Key: StudyDefinition] = [:]
  private let readings: DefinitionReadings

  init(readings: DefinitionReadings = DefinitionReadings()) { self.readings = readings }

  func find(_ trial: TrialID, _ version: String) -> StudyDefinition? {
    known[Key(trial: trial, version: version)]
  }

  /// The definition in a text, kept for a trial and version.
  func read(
    _ yaml: String, for trial: TrialID, _ version: String
  ) async throws -> StudyDefinition {
    let definition = try await readings.read(yaml)
    known[Key(trial: trial, version: version)] = definition
    return definition
  }
}

/// What definitions say, by their text: the same text is read once, however many trials use it and
/// however many ask at the same time.
actor DefinitionReadings {
  private var readings: [[UInt8]: Task<StudyDefinition, any Error>] = [:]

  func read(_ yaml: String) async throws -> StudyDefinition {
    let digest = sha256(yaml)
    let reading = readings[digest] ?? Task { try StudyDefinition(admitted: yaml) }
    readings[digest] = reading
    return try await reading.value
  }
}
