import Foundation
import Store
public import StudyModel

/// One attempt to reach a participant.
public struct ContactAttempt: Sendable, Equatable {
  /// The date at the site.
  public let date: CalendarDate
  /// How, such as telephone or letter.
  public let channel: String

  /// Makes an attempt.
  public init(date: CalendarDate, channel: String) {
    self.date = date
    self.channel = channel
  }
}

/// A step of the participation lifecycle that a person takes.
public enum ParticipantMove: Sendable {
  /// At least one criterion is not met, and the eligibility form says so.
  case screenFailed
  /// Eligible and never randomized: window lapsed, declined, or the study closed.
  case notRandomized(reason: String)
  /// The last visit is done, or its last day has passed.
  case completed
  /// Contact is lost, after the attempts the definition asks for.
  case lost([ContactAttempt])
  /// Contact is regained.
  case regained(reason: String)
  /// Died on a date.
  case died(CalendarDate)
}

extension Installation {
  /// Moves a participant along the lifecycle as the protocol allows it.
  ///
  /// Whoever enrols takes every step but death, which whoever signs records. What the definition's
  /// lifecycle of participation asks for beside that is asked for here.
  ///
  /// - Throws: `notNow` with what is missing; nothing is changed then.
  public func moveParticipant(
    _ key: ParticipantKey, _ move: ParticipantMove, as actor: Actor
  ) async throws {
    if case .died = move { try actor.need(.signForms) } else { try actor.need(.consentParticipant) }
    let participant = try await self.participant(key, as: actor)
    let clockOfSite = try await wallClock(of: participant.site, in: actor.trial)
    let today = clockOfSite.date(at: clock.now)
    let day = participant.day0.map { StudyDay(of: today, randomizedOn: $0).number }
    var (from, to, reason): ([String], ParticipantState, String)
    switch move {
    case .screenFailed:
      try await needFailedCriterion(key, actor)
      (from, to, reason) = (["screening"], .screenFailed, "a criterion is not met")
    case .notRandomized(let why):
      guard why.hasWords else { throw ActRefusal.reasonMissing }
      (from, to, reason) = (["eligible"], .notRandomized, why)
    case .completed:
      try await needLastVisit(key, day, actor)
      (from, to, reason) = (["followed"], .completed, "")
    case .lost(let attempts):
      let definition = try await definition(of: actor.trial, at: participant.site)
      try needAttempts(
        attempts, from: participant.day0 ?? clockOfSite.date(at: participant.consentedAt), today,
        definition.contactsBeforeLoss(from: participant.state))
      (from, to, reason) = (
        ["followed"], .lost,
        attempts.map { "\($0.date) \($0.channel)" }.joined(separator: "; ")
      )
    case .regained(let why):
      guard why.hasWords else { throw ActRefusal.reasonMissing }
      (from, to, reason) = (["lost"], .followed, why)
    case .died(let date):
      guard date <= today, date >= clockOfSite.date(at: participant.consentedAt) else {
        throw ActRefusal.invalid([
          Fault(
            field: "date", code: "bad_date",
            sentence: "The date of death lies between consent and today. Nothing was recorded.")
        ])
      }
      (from, to, reason) = (
        ["consented", "screening", "eligible", "randomized", "followed", "lost"], .died,
        "died on \(date)"
      )
    }
    // From the day after randomization a participant is in follow-up, whoever looks first.
    let isFollowed = (day ?? 0) >= 1 && participant.state == ParticipantState.randomized.rawValue
    let (sources, target, words) = (from, to, reason)
    let state = isFollowed ? ParticipantState.followed.rawValue : participant.state
    // From any other state the database refuses.
    if sources.contains(state) {
      var told: [StudyFact: FormulaValue] = [:]
      if case .died(let date) = move { told[.diedOn] = .date(date) }
      try await needStep(
        of: participant, from: state, to: target, hasReason: !words.isEmpty, told: told, as: actor)
    }
    try await session(actor) { session in
      if isFollowed {
        try session.moveParticipant(
          key, from: ["randomized"], to: ParticipantState.followed.rawValue,
          reason: "the day after randomization")
      }
      try session.moveParticipant(key, from: sources, to: target.rawValue, reason: words)
      if case .died(let date) = move { try session.recordDeath(key, on: date) }
    }
  }

  private func needFailedCriterion(_ key: ParticipantKey, _ actor: Actor) async throws {
    let forms = actor.definition.randomization.preconditions.compactMap { precondition in
      if case .eligibilitySigned(let form) = precondition.kind { form } else { nil }
    }
    let trial = actor.trial.id
    let entries = try await session(actor) { try $0.entries(of: key, in: .open, trial: trial) }
    let isFailed = try entries.contains { entry in
      guard entry.submittedAt != nil, forms.contains(where: { $0.text == entry.form }) else {
        return false
      }
      let eligible = try AnswerText.answers(entry.answers).first { $0.key.text == "eligible" }
      return eligible?.value.text == "false"
    }
    guard isFailed else {
      throw ActRefusal.notNow(
        code: "no_failed_criterion",
        sentence:
          "The eligibility form names no criterion that is not met. Enter it there first; "
          + "nothing was changed.")
    }
  }

  private func needLastVisit(_ key: ParticipantKey, _ day: Int?, _ actor: Actor) async throws {
    let last = actor.definition.visits.filter { $0.targetDay != nil }
      .max { ($0.targetDay ?? 0) < ($1.targetDay ?? 0) }
    let book = try await casebook(of: key, as: actor)
    let isDone =
      book.entries.contains { $0.visit == last?.code && $0.isSubmitted }
      || book.collection.contains { $0.visit == last?.code.text && $0.state == "submitted" }
    guard isDone || (day ?? 0) > actor.definition.lock.lastDay else {
      throw ActRefusal.notNow(
        code: "last_visit_open",
        sentence:
          "\(last?.code.text ?? "The last visit") is not done and day "
          + "\(actor.definition.lock.lastDay) has not passed. Nothing was changed.")
    }
  }

  private func needAttempts(
    _ attempts: [ContactAttempt], from start: CalendarDate, _ today: CalendarDate,
    _ rule: ContactRule?
  ) throws(ActRefusal) {
    // Without a rule of the protocol, one attempt on record is what "lost" means at least.
    let rule = rule ?? ContactRule(attempts: 1, channels: 1, days: 0)
    guard attempts.allSatisfy({ (start...max(start, today)).contains($0.date) }),
      rule.isMet(by: attempts.map { ($0.date, $0.channel) })
    else {
      throw .notNow(
        code: "too_few_attempts",
        sentence:
          "Lost to follow-up needs \(rule.words), none of them "
          + "before randomization or ahead. Nothing was changed.")
    }
  }
}
