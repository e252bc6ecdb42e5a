import Store
public import StudyModel

/// What is offered for booking a rating.
public struct RatingOffer: Sendable {
  /// The times, earliest first.
  public let times: [UTCInstant]
  /// The zone of the site, in which they are meant.
  public let zone: String
}

extension Installation {
  /// The times at which a participant's rating of a visit may be booked now.
  ///
  /// Reads what class open knows of the participant, and no entry: treatment has no part in it.
  public func ratingOffer(
    for participant: ParticipantKey, at visit: VisitCode, as actor: Actor
  ) async throws -> RatingOffer {
    try actor.need(.scheduleRating)
    let found = try await self.participant(participant, as: actor)
    let definition = try await acting(actor, for: found).definition
    guard let visit = definition.visit(visit),
      ratingForms(definition).contains(where: { $0.visits.contains(visit.code) })
    else { throw ActRefusal.notFound }
    let clock = try await wallClock(of: found.site, in: actor.trial)
    let times = RatingTimes(
      of: visit, in: definition, named: "\(actor.trial.id)|\(participant.text)|\(visit.code.text)",
      randomizedOn: found.day0, clock,
      key: try needKeys().slotKey)
    let now = self.clock.now
    let possible = times.offered(after: now)
    let roles = raterPool(definition).roles
    // The time that is booked is no other one.
    let full = try await session(actor) { session in
      let booked = try session.ratingBooking(of: participant, visit: visit.code)?.startsAt
      return try session.fullTimes(among: possible, roles: roles).union(booked.map { [$0] } ?? [])
    }
    return RatingOffer(times: times.offered(after: now, full: full), zone: clock.zoneName)
  }
}
