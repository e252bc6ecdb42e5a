import StudyModel

/// Keeps the tasks of raters apart where sites book side by side: a rater knows a token and a time, and a time is not
/// one participant's alone.
actor TaskRegister {
  private var claimed: Set<AssessmentToken> = []
  private var last: Task<Void, Never>?

  /// Does something after everything that was begun before it, and before all that comes.
  func inTurn<Value: Sendable>(
    _ act: @escaping @Sendable () async throws -> Value
  ) async throws -> Value {
    let before = last
    let mine = Task {
      await before?.value
      return try await act()
    }
    last = Task { _ = try? await mine.value }
    return try await mine.value
  }

  /// Whether a task was nobody's so far.
  func claim(_ token: AssessmentToken) -> Bool { claimed.insert(token).inserted }
}
