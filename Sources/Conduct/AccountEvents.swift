public import Store
import StudyModel

extension Installation {
  /// What happened to the accounts of the trial's people, the newest first, 200 at most.
  ///
  /// - Parameter before: the number of the event below which to go on; 0 for the newest.
  public func accountEvents(before: Int64 = 0, as actor: Actor) async throws -> [AccountEvent] {
    try actor.need(.manageAccounts)
    let trial = actor.trial.id
    return try await access { try $0.accountEvents(in: trial, before: before) }
  }

  /// Puts on record that somebody signed in asked for what their role may not ask for.
  ///
  /// Told is the rule of the role alone: what is hidden from a role that may ask is one answer with
  /// what is not there, and a row of it would count what depends on an arm.
  ///
  /// - Parameter operation: the method and the pattern of the address, nothing a client wrote.
  public func noteRefusal(of operation: String, to session: StoredSession) async throws {
    let role = session.role.map { " as \($0)" } ?? ""
    try await access {
      try $0.recordEvent(
        "refused", subject: String(session.user), user: session.user, detail: operation + role)
    }
  }

  /// Puts on record which database accounts beside the program's own are connected (REQ-073).
  ///
  /// - Returns: how many were new within the last hour.
  public func noteForeignAccounts() async throws -> Int {
    try await access { try $0.noteForeignAccounts() }
  }
}
