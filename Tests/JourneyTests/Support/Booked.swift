import Simulation
import Store
import StudyModel
import Testing

@testable import Conduct

/// A rating that is booked, and what is done with the booking.
struct Booked {
  let walk: Walk
  let visit: VisitCode
  /// When it was booked, and for when.
  let now: UTCInstant
  let at: UTCInstant
  let token: AssessmentToken
  let rater: Actor

  var office: Installation { walk.world.installation.at(now) }

  func coordinator() async throws -> Actor {
    try await walk.world.actor("coordinator", at: walk.way.site, now: now)
  }

  func offer() async throws -> [UTCInstant] {
    try await office.ratingOffer(for: walk.key, at: visit, as: try await coordinator()).times
  }

  func move(to time: UTCInstant, reason: String = "the participant travels") async throws {
    try await office.moveRating(
      walk.key, at: visit, to: time, language: "de", reason: reason,
      as: try await coordinator())
  }

  func cancel(_ reason: String = "the participant is ill", at other: UTCInstant? = nil)
    async throws
  {
    try await walk.world.installation.at(other ?? now).cancelRating(
      walk.key, at: visit, reason: reason,
      as: try await walk.world.actor("coordinator", at: walk.way.site, now: other ?? now))
  }

  func link(_ text: String) async throws {
    try await office.giveCallLink(
      text, for: walk.key, at: visit, as: try await coordinator())
  }

  /// The rater keeps a first answer.
  func begin(at other: UTCInstant? = nil) async throws {
    _ = try await walk.world.installation.at(other ?? now).saveRating(
      token, FormID(parsing: "MADRS"),
      EntrySubmission(
        answers: try Walk.answers(["m01": "2"]), expectedVersion: 0, isFinal: false), as: rater)
  }

  /// The token of the booking for a visit as it is now.
  static func token(_ walk: Walk, _ visit: VisitCode) throws -> AssessmentToken {
    try AssessmentToken(
      parsing: try walk.world.direct().text(
        """
        select token from outcome.rating_tasks
         where participant = '\(walk.key)' and visit = '\(visit)'
        """))
  }

  /// Who was drawn for a token.
  static func rater(_ world: ReferenceTrial, of token: AssessmentToken) async throws
    -> Actor
  {
    let user = try world.direct().text(
      "select coalesce(rater, 0)::text from outcome.rating_tasks where token = '\(token)'")
    let person = try #require(world.raters.first { "\($0.user)" == user })
    return try await world.actor(person)
  }

  /// Books a rating at the offered time nearest to an instant.
  static func book(_ walk: Walk, _ visit: String, near: UTCInstant) async throws -> Booked {
    let code = try VisitCode(parsing: visit)
    let (now, at) = try await walk.time(visit, near: near)
    try await walk.world.installation.at(now).bookRating(
      walk.key, at: code, startsAt: at, language: "en",
      as: try await walk.world.actor("coordinator", at: walk.way.site, now: now))
    let token = try token(walk, code)
    return Booked(
      walk: walk, visit: code, now: now, at: at, token: token,
      rater: try await rater(walk.world, of: token))
  }
}
