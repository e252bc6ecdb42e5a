/// What a trial has come to when somebody wants to look.
public struct LookFacts: Sendable {
  /// The planned looks taken so far.
  public let taken: Set<String>
  /// How many participants have reached a study day.
  public let reached: [Int: Int]
  /// The last look, or the first randomization before there was one; nil before both.
  public let lastLook: UTCInstant?
  /// The instant of the question.
  public let now: UTCInstant

  /// Makes the facts.
  public init(taken: Set<String>, reached: [Int: Int], lastLook: UTCInstant?, now: UTCInstant) {
    self.taken = taken
    self.reached = reached
    self.lastLook = lastLook
    self.now = now
  }
}

/// Whether a look is due by the plan.
public enum LookInTurn: Hashable, Sendable {
  /// This one is due.
  case due(InterimLook)
  /// None is due; the sentence says what the next ones wait for.
  case notYet(String)
}

extension InterimPlan {
  /// The look whose turn it is: efficacy looks in their order when their information is reached,
  /// safety looks in theirs when enough participants were followed or enough months have passed.
  public func inTurn(_ facts: LookFacts) -> LookInTurn {
    let open = looks.filter { !facts.taken.contains($0.id) }
    let next = [open.first(where: \.isEfficacy), open.first { !$0.isEfficacy }].compactMap { $0 }
    if let due = next.first(where: { isReached($0, facts) || isTimely($0, facts) }) {
      return .due(due)
    }
    guard !next.isEmpty else { return .notYet("Every planned look was taken.") }
    return .notYet(next.map { waiting($0, facts) }.joined(separator: " "))
  }

  private func isReached(_ look: InterimLook, _ facts: LookFacts) -> Bool {
    facts.reached[look.reachedDay, default: 0] >= look.participants
  }

  private func isTimely(_ look: InterimLook, _ facts: LookFacts) -> Bool {
    guard !look.isEfficacy, let months = safetyEveryMonths, let last = facts.lastLook else {
      return false
    }
    return facts.now.seconds(since: last) >= Int64(months) * 365 * 86_400 / 12
  }

  private func waiting(_ look: InterimLook, _ facts: LookFacts) -> String {
    let months =
      look.isEfficacy ? nil : safetyEveryMonths.map { ", or for \($0) months without a look" }
    return "\(look.id) waits for \(look.participants) participants at day \(look.reachedDay), "
      + "\(facts.reached[look.reachedDay, default: 0]) are there\(months ?? "")."
  }
}
