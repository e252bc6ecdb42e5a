extension AmendmentRules {
  /// What is one for the whole trial: the answer it is to give, how people are allocated, and its looks.
  static func wholeTrial(
    _ old: StudyDefinition, _ new: StudyDefinition, _ taken: Set<String>
  ) -> [AmendmentObstacle] {
    var found: [AmendmentObstacle] = []
    func same<Value: Equatable>(_ part: String, _ before: Value, _ after: Value, _ why: String) {
      if before != after { found.append(AmendmentObstacle(part: part, sentence: why)) }
    }
    let draw =
      "it is amended by the act of the randomization, not with the forms. Under Randomization the "
      + "manager drafts the next scheme, and a second person approves it."
    same("arms", old.arms, new.arms, draw)
    if !isSamePlan(old.randomization, new.randomization) {
      found.append(AmendmentObstacle(part: "randomization", sentence: draw))
    }
    let answer =
      "what the trial is to show, with its margin and its error, does not change while it runs; only the "
      + "words of a hypothesis do. Leave it as it was, and write what was learnt, with day and reason, "
      + "into the analysis plan, whose digest goes on record."
    same("primary endpoint", old.primaryEndpoint, new.primaryEndpoint, answer)
    same(
      "hypotheses", old.hypotheses.map(\.withoutWords), new.hypotheses.map(\.withoutWords), answer)
    return found + populations(old, new) + looks(old.interim, new.interim, taken)
  }

  /// Whether people are allocated alike; how many, and which forms must be there, may change.
  private static func isSamePlan(_ old: RandomizationPlan, _ new: RandomizationPlan) -> Bool {
    old.method == new.method && old.factors == new.factors
      && old.preconditions.map(\.code) == new.preconditions.map(\.code)
      && zip(old.preconditions, new.preconditions).allSatisfy { before, after in
        switch (before.kind, after.kind) {
        case (.formsSubmitted(_, let visits), .formsSubmitted(_, let others)): visits == others
        case (let kind, let other): kind == other
        }
      }
  }

  /// A rule may change; who may know of whom it holds may not.
  private static func populations(
    _ old: StudyDefinition, _ new: StudyDefinition
  ) -> [AmendmentObstacle] {
    old.populations.compactMap { before in
      guard let after = new.populations.first(where: { $0.id == before.id }),
        before.dataClass != after.dataClass || before.declassifiedAs != after.declassifiedAs
          || before.declassifiedBecause != after.declassifiedBecause
      else { return nil }
      return AmendmentObstacle(
        part: "population \(before.id)",
        sentence: "who may know it changes. Add a population with a new name.")
    }
  }

  /// A look that was taken stays as it was planned, and so does what its error was spent by.
  private static func looks(
    _ old: InterimPlan?, _ new: InterimPlan?, _ taken: Set<String>
  ) -> [AmendmentObstacle] {
    guard let old else { return [] }
    var found: [AmendmentObstacle] = []
    func refuse(_ part: String, _ why: String) {
      found.append(AmendmentObstacle(part: part, sentence: why))
    }
    let done = old.looks.filter { taken.contains($0.id) }
    guard let new else {
      if !done.isEmpty { refuse("interim plan", "a look was taken by it, so that it stays.") }
      return found
    }
    if old.armLabels != new.armLabels {
      refuse("letters of the arms", "closed reports name the arms by them for the whole trial.")
    }
    for look in done where !new.looks.contains(look) {
      refuse("interim look \(look.id)", "it was taken, and stays as it was planned.")
    }
    let tests = done.filter(\.isEfficacy)
    guard !tests.isEmpty else { return found }
    if old.spending != new.spending {
      refuse("spending of the error", "a look that tests efficacy was taken by it.")
    }
    if Array(new.looks.filter(\.isEfficacy).prefix(tests.count)) != tests {
      refuse(
        "interim looks",
        "those that test efficacy and were taken come first, in their order: their error is spent.")
    }
    return found
  }
}

extension Hypothesis {
  /// The same without the sentence people read.
  fileprivate var withoutWords: Hypothesis {
    Hypothesis(
      id: id, order: order, first: first, second: second, objective: objective,
      alphaOneSided: alphaOneSided, sentence: "")
  }
}

/// A part of a definition that is one for the whole trial and may be amended.
public enum WholePart: String, CaseIterable, Sendable {
  case words = "title and contact"
  case numbers = "numbers of participants"
  case analysis
  case hypotheses = "words of the hypotheses"
  case sampleSize = "sample size"
  case interim = "interim plan"
  case lock = "lock plan"
  case populations
  case estimands
  case secondaryEndpoints = "secondary endpoints"
  case monitoring = "monitoring committee"
}

extension StudyDefinition {
  /// The same definition with what a later version changes for the whole trial at once.
  ///
  /// It holds from the moment at which the version is in force at every site.
  public func taking(partsOfTheWholeFrom later: StudyDefinition) -> StudyDefinition {
    var copy = self
    copy.title = later.title
    copy.sponsorContact = later.sponsorContact
    copy.randomization.plannedTotal = later.randomization.plannedTotal
    copy.randomization.siteCap = later.randomization.siteCap
    copy.randomization.acknowledgeWithinHours = later.randomization.acknowledgeWithinHours
    copy.analysis = later.analysis
    copy.hypotheses = later.hypotheses
    copy.sampleSize = later.sampleSize
    copy.interim = later.interim
    copy.lock = later.lock
    copy.populations = later.populations
    copy.estimands = later.estimands
    copy.secondaryEndpoints = later.secondaryEndpoints
    copy.monitoring = later.monitoring
    copy.planVersion = later.planVersion
    return copy
  }

  /// What a later version changes of what is one for the whole trial.
  public func wholeParts(changedIn later: StudyDefinition) -> [WholePart] {
    WholePart.allCases.filter { part in
      switch part {
      case .words: title != later.title || sponsorContact != later.sponsorContact
      case .numbers:
        randomization.plannedTotal != later.randomization.plannedTotal
          || randomization.siteCap != later.randomization.siteCap
          || randomization.acknowledgeWithinHours != later.randomization.acknowledgeWithinHours
      case .analysis: analysis != later.analysis
      case .hypotheses: hypotheses != later.hypotheses
      case .sampleSize: sampleSize != later.sampleSize
      case .interim: interim != later.interim
      case .lock: lock != later.lock
      case .populations: populations != later.populations
      case .estimands: estimands != later.estimands
      case .secondaryEndpoints: secondaryEndpoints != later.secondaryEndpoints
      case .monitoring: monitoring != later.monitoring
      }
    }
  }
}
