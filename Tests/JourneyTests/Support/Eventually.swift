import Testing

/// Asks again until something holds, for two minutes at most: machines that test are busy.
func eventually(
  _ holds: () async throws -> Bool, sourceLocation: SourceLocation = #_sourceLocation
) async throws {
  for _ in 0..<1200 {
    if try await holds() { return }
    try await Task.sleep(for: .milliseconds(100))
  }
  Issue.record("It did not happen within two minutes.", sourceLocation: sourceLocation)
}
