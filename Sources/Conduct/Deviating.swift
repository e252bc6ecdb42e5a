public import Store
public import StudyModel

extension Actor {
  /// The classes whose deviations the role reads.
  var deviationClasses: [DataClass] {
    get throws(ActRefusal) {
      guard
        role.can(.recordDeviations) || role.can(.judgeDeviations) || role.can(.openDataQuery)
          || role.can(.readDeviations)
      else { throw .notFound }
      let classes = [DataClass.open, .outcome, .treatment].filter { role.classes.contains($0) }
      guard !classes.isEmpty else { throw .notFound }
      return classes
    }
  }
}

extension Installation {
  /// The deviations the actor may know of, drafts first.
  public func deviations(
    of participant: ParticipantKey? = nil, as actor: Actor
  ) async throws -> [StoredDeviation] {
    let classes = try actor.deviationClasses
    let trial = actor.trial.id
    let found = try await session(actor) { session in
      try classes.flatMap { try session.deviations(of: participant, in: $0, trial: trial) }
    }
    return found.filter { $0.status == "DRAFT" } + found.filter { $0.status != "DRAFT" }
  }

  /// Confirms a drafted deviation, or rejects it with a reason.
  public func judgeDeviation(
    _ participant: ParticipantKey, number: Int, in dataClass: DataClass = .open,
    _ judgement: DeviationJudgement, as actor: Actor
  ) async throws {
    try actor.need(.judgeDeviations)
    guard try actor.deviationClasses.contains(dataClass) else { throw ActRefusal.notFound }
    let longest = max(
      judgement.reason.unicodeScalars.count, judgement.measures.unicodeScalars.count)
    guard longest <= 2000 else {
      throw ActRefusal.invalid([
        Fault(
          field: "reason", code: "bad_text",
          sentence: "A reason or a measure has at most 2000 characters. Nothing was recorded.")
      ])
    }
    // What an unblinded person writes would reach blinded readers.
    let isKeptApart = actor.isUnblinded && dataClass < .treatment
    var shown = judgement
    if isKeptApart {
      if !shown.reason.isEmpty { shown.reason = "Given in the treatment record." }
      if !shown.measures.isEmpty { shown.measures = "Given in the treatment record." }
    }
    let told = shown
    let isBlind = !actor.isUnblinded
    try await session(actor) { session in
      try session.judgeDeviation(
        participant, number: number, in: dataClass, told, isBlind: isBlind)
      let apart = [judgement.reason, judgement.measures].filter { !$0.isEmpty }
      if isKeptApart, !apart.isEmpty {
        try session.note(
          "deviation judged", on: "\(participant.text)/deviation#\(number)",
          site: actor.sites.setting, reason: apart.joined(separator: " / "), in: .treatment)
      }
    }
  }
}
