import Store
public import StudyModel

extension Installation {
  /// Says where the call of a booked rating is joined; an empty text takes it away.
  ///
  /// Written by who books, who is blinded, and read by the rater, who learns from it neither participant nor
  /// site nor visit.
  /// - Throws: `notFound`, `invalid` for an address that is none or tells something, `notNow` without a booking.
  public func giveCallLink(
    _ text: String, for participant: ParticipantKey, at visit: VisitCode, as actor: Actor
  ) async throws {
    guard !actor.role.knowsArms else { throw ActRefusal.notFound }
    _ = try await ratingBooking(of: participant, at: visit, as: actor)
    let link: String
    do throws(ParseFault) {
      link =
        text.isEmpty
        ? ""
        : try CallLink(
          parsing: text, hiding: participant, actor.definition.sites, visit
        ).text
    } catch {
      throw ActRefusal.invalid([
        Fault(
          field: "call_link", code: "bad_call_link",
          sentence: "\(error.description) Nothing was changed.")
      ])
    }
    try await session(actor) { try $0.giveCallLink(link, for: participant, visit: visit) }
  }
}
