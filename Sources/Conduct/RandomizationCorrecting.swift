import Randomization
public import Store
public import StudyModel

/// Why a randomization was an error, or its stratum wrong; the only words of it the ledger holds.
public enum CorrectionGround: String, Sendable, CaseIterable {
  /// The participant did not meet the criteria.
  case ineligible = "INELIGIBLE"
  /// The same person was enrolled before.
  case duplicatePerson = "DUPLICATE"
  /// Another participant was meant.
  case wrongParticipant = "WRONG_PERSON"
  /// A value the stratum rests on was entered wrongly.
  case wrongValue = "WRONG_VALUE"
  /// The source of a value the stratum rests on was corrected.
  case sourceCorrected = "SOURCE"

  /// The grounds of a randomization in error.
  public static let ofError: [CorrectionGround] = [
    .ineligible, .duplicatePerson, .wrongParticipant,
  ]

  /// The grounds of a corrected stratum.
  public static let ofStratum: [CorrectionGround] = [.wrongValue, .sourceCorrected]

  /// The ground in words.
  public var title: String {
    switch self {
    case .ineligible: "Not eligible"
    case .duplicatePerson: "The same person was enrolled before"
    case .wrongParticipant: "Another participant was meant"
    case .wrongValue: "A stratification value was entered wrongly"
    case .sourceCorrected: "The source of a stratification value was corrected"
    }
  }
}

/// One factor of a participant's stratum: the level used and the level known to be true.
public struct StratumFactor: Sendable, Equatable {
  /// The factor.
  public let factor: String
  /// The level as randomized.
  public let used: String
  /// The level as corrected last, the one used when never corrected.
  public let known: String
  /// The levels there are.
  public let levels: [String]
}

/// How a randomization stands for the randomization manager; no arm among it.
public struct RandomizationInReview: Sendable, Equatable {
  /// The participant.
  public let participant: ParticipantKey
  /// The stratum, factor by factor.
  public let factors: [StratumFactor]
  /// Whether it was recorded as made in error.
  public let isVoid: Bool
}

extension Installation {
  /// How a participant's randomization stands; refused for who was not randomized.
  public func randomizationInReview(
    _ participant: ParticipantKey, as actor: Actor
  ) async throws -> RandomizationInReview {
    try actor.need(.correctRandomization)
    let found = try await randomizationsInReview([participant], as: actor)[participant]
    guard let found else { throw ActRefusal(.notAllocated) }
    return found
  }

  /// How several participants' randomizations stand; who was not randomized is left out.
  public func randomizationsInReview(
    _ participants: [ParticipantKey], as actor: Actor
  ) async throws -> [ParticipantKey: RandomizationInReview] {
    try actor.need(.correctRandomization)
    guard !participants.isEmpty else { return [:] }
    let ledger = try await openLedger(of: actor.trial).state
    var found: [ParticipantKey: RandomizationInReview] = [:]
    for participant in participants {
      let subject = Label(participant.text)
      guard let standing = ledger.standing(of: subject), let factors = ledger.factors(of: subject)
      else { continue }
      found[participant] = RandomizationInReview(
        participant: participant,
        factors: factors.map { factor in
          StratumFactor(
            factor: factor.id.text, used: standing.levelsUsed[factor.id]?.text ?? "",
            known: standing.trueLevels[factor.id]?.text ?? "", levels: factor.levels.map(\.text))
        }, isVoid: standing.isVoid)
    }
    return found
  }

  /// Records that a participant was randomized in error; the allocation stays, and stays consumed.
  public func voidRandomization(
    of participant: ParticipantKey, ground: String, reason: String, as actor: Actor
  ) async throws {
    try actor.need(.correctRandomization)
    try needFresh(actor)
    let ground = try Self.ground(ground, among: CorrectionGround.ofError)
    let reason = try GivenText.checked(reason, field: "reason", name: "The reason")
    let subject = Label(participant.text)
    let drafts = try await draftsOfCorrection(of: participant, actor)
    let trial = actor.trial.id
    try await recordInLedger(as: actor) { _ in
      .void(subject: subject, reason: Label(ground.rawValue))
    } write: { session, entry, _ in
      try session.recordCorrection(
        entry, of: participant, kind: "void", ground: ground.rawValue, reason: reason)
      try session.draftOfCorrection(drafts, of: participant, in: trial)
    }
  }

  /// Records the true stratum of a participant beside the one used, which is never edited.
  ///
  /// - Parameter levels: the true level of every factor that was wrong; others stay as they are.
  public func correctStratum(
    of participant: ParticipantKey, levels: [String: String], ground: String, reason: String,
    as actor: Actor
  ) async throws {
    try actor.need(.correctRandomization)
    try needFresh(actor)
    let ground = try Self.ground(ground, among: CorrectionGround.ofStratum)
    let reason = try GivenText.checked(reason, field: "reason", name: "The reason")
    let subject = Label(participant.text)
    let drafts = try await draftsOfCorrection(of: participant, actor)
    let trial = actor.trial.id
    try await recordInLedger(as: actor) { ledger in
      guard let standing = ledger.standing(of: subject) else { throw ActRefusal(.notAllocated) }
      var changed = standing.trueLevels
      for (factor, level) in levels { changed[Label(factor)] = Label(level) }
      guard changed != standing.trueLevels else {
        throw ActRefusal.notNow(
          code: "nothing_to_correct",
          sentence: "These are the values on record already. Nothing was recorded.")
      }
      return .correct(subject: subject, levels: changed, reason: Label(ground.rawValue))
    } write: { session, entry, _ in
      try session.recordCorrection(
        entry, of: participant, kind: "correct", ground: ground.rawValue, reason: reason)
      try session.draftOfCorrection(drafts, of: participant, in: trial)
    }
  }

  /// The voids and corrections on record.
  public func corrections(as actor: Actor) async throws -> [CorrectionRecord] {
    try actor.need(.correctRandomization)
    return try await session(actor, on: .allocator) { session in
      try session.corrections(in: actor.trial.id)
    }
  }

  /// The deviations an error in a randomization drafts: that there is one is open, its ground is not told.
  private func draftsOfCorrection(
    of participant: ParticipantKey, _ actor: Actor
  ) async throws -> [SaveConsequences.Deviation] {
    let site = try SiteKey(parsing: participant.siteText)
    let today = try await wallClock(of: site, in: actor.trial).date(at: clock.now)
    return actor.definition.deviations.filter(\.isDraftedByCorrection).map { type in
      SaveConsequences.Deviation(type, in: .open, on: today)
    }
  }

  private static func ground(
    _ text: String, among allowed: [CorrectionGround]
  ) throws(ActRefusal) -> CorrectionGround {
    guard let ground = CorrectionGround(rawValue: text), allowed.contains(ground) else {
      throw .invalid([
        Fault(
          field: "ground", code: "bad_ground",
          sentence: "Choose what went wrong: \(GivenText.alternatives(allowed.map(\.rawValue))). "
            + "Nothing was recorded.")
      ])
    }
    return ground
  }
}

extension Session {
  /// Drafts what follows from a correction that was just recorded: each is a departure of its own.
  fileprivate func draftOfCorrection(
    _ drafts: [SaveConsequences.Deviation], of participant: ParticipantKey, in trial: TrialID
  ) throws {
    let number = try corrections(in: trial).count { $0.participant == participant }
    for var draft in drafts {
      draft.repeat = number
      try draftBySystem(
        participant, form: "", visit: "", in: .open, try SaveConsequences.text(of: draft))
    }
  }
}
