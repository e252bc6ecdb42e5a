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

  /// Puts on record which database accounts beside the program's own are connected (REQ-073).
  ///
  /// - Returns: how many were new within the last hour.
  public func noteForeignAccounts() async throws -> Int {
    try await access { try $0.noteForeignAccounts() }
  }
}
