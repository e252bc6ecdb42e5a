import StudyModel

/// How long a full authentication counts as fresh, in seconds (security.md 8).
let freshForSeconds: Int64 = 300

extension Installation {
  /// Refuses an act that needs an authentication of the last five minutes.
  func needFresh(_ actor: Actor) throws(ActRefusal) {
    guard let at = actor.authenticatedAt, clock.now.seconds(since: at) <= freshForSeconds else {
      throw .authenticationStale
    }
  }

  /// Refuses an act that needs password and second factor of the last five minutes (security.md T8): to open the
  /// arm of somebody else's participant or of all, to take files of records, to change what somebody may do.
  func needFreshSecondFactor(_ actor: Actor) throws(ActRefusal) {
    guard let at = actor.secondFactorAt, clock.now.seconds(since: at) <= freshForSeconds else {
      throw .secondFactorStale
    }
  }

  /// Refuses a signature without such an authentication, or at an instant that cannot be relied on.
  func needFreshSigner(_ actor: Actor) throws(ActRefusal) {
    try needFresh(actor)
    try needTrueClock()
  }
}
