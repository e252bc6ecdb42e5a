import Postgres
public import StudyModel

enum IdentityReadSQL: String, StatementSet {
  case read = "select identity.read_person($1, $2)"
}

extension Session {
  /// The sealed identity of a participant of the one site acted at, with its audit row.
  ///
  /// - Throws: `notFound`, `reasonMissing`.
  public func readIdentity(
    of participant: ParticipantKey, purpose: String
  ) throws(StoreError) -> [UInt8] {
    guard
      let row = try first(
        IdentityReadSQL.read.statement, .text(participant.text), .text(purpose))
    else { throw .notFound }
    return try row.bytes(0)
  }
}
