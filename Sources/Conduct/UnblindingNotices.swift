public import Store
import StudyModel

extension Installation {
  /// That emergency unblindings happened, newest first, for the roles that are told; without arm.
  public func unblindingNotices(as actor: Actor) async throws -> [UnblindingNotice] {
    try actor.need(.readUnblindingNotices)
    return try await session(actor) { try $0.unblindingNotices(in: actor.trial.id) }
  }

  /// Records that the actor has read a notice.
  public func readUnblindingNotice(_ name: String, as actor: Actor) async throws {
    try actor.need(.readUnblindingNotices)
    let known = try await unblindingNotices(as: actor)
    guard known.contains(where: { $0.name == name }) else { throw ActRefusal.notFound }
    try await session(actor) { try $0.readUnblindingNotice(name) }
  }
}
