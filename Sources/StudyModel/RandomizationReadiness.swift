/// Whether one precondition holds, in words anybody who may ask can read.
public struct PreconditionOutcome: Hashable, Sendable {
  /// The refusal code.
  public let code: String
  /// Whether it holds.
  public let isMet: Bool
  /// Whether there is anything to judge it by; what it looks at may not be handed in yet.
  public let isJudged: Bool
  /// The sentence of the precondition.
  public let sentence: String
  /// What was found, without any value of an outcome.
  public let fact: String
  /// Where a person can mend it.
  public let whereToMend: String

  /// Makes the value from its parts.
  public init(
    code: String,
    isMet: Bool,
    isJudged: Bool = true,
    sentence: String,
    fact: String,
    whereToMend: String
  ) {
    self.code = code
    self.isMet = isMet
    self.isJudged = isJudged
    self.sentence = sentence
    self.fact = fact
    self.whereToMend = whereToMend
  }
}

/// Judges the preconditions of randomization.
public enum RandomizationReadiness {
  /// One outcome for each precondition, in the order of the plan.
  public static func evaluate(
    _ plan: RandomizationPlan, facts: RandomizationFacts, now: UTCInstant
  ) -> [PreconditionOutcome] {
    let judge = PreconditionJudge(
      plan: plan, facts: facts, now: now, today: facts.clock.date(at: now))
    return plan.preconditions.map { precondition in
      let obstacle = judge.obstacle(to: precondition.kind)
      let isJudged = judge.hasGround(for: precondition.kind)
      return PreconditionOutcome(
        code: precondition.code, isMet: obstacle == nil, isJudged: isJudged,
        sentence: precondition.sentence,
        fact: obstacle ?? (isJudged ? "Met." : "Judged once what it looks at is handed in."),
        whereToMend: precondition.whereToMend)
    }
  }
}

/// Finds what stands in the way of one precondition; nil when nothing does.
private struct PreconditionJudge {
  let plan: RandomizationPlan
  let facts: RandomizationFacts
  let now: UTCInstant
  let today: CalendarDate

  func obstacle(to kind: PreconditionKind) -> String? {
    switch kind {
    case .studyAndSiteOpen: openness
    case .consentInForce(let form, let field): consent(form, field)
    case .eligibleAndNotRandomized: eligibility
    case .eligibilitySigned(let form): signed(form)
    case .formsSubmitted(let forms, let visits): submitted(forms) ?? queries(visits)
    case .formAges(let ages): ages.lazy.compactMap { age($0) }.first
    case .stratificationValues: stratum
    case .pregnancyTest(let form, let field, let negative, let condition, let days):
      pregnancy(form, field, negative, condition, days)
    case .riskReviewed(let reference, let value, let review): risk(reference, value, review)
    case .slotConfirmed(let form, let field, let until): slot(form, field, until)
    case .duplicateResolved:
      facts.isDuplicateSuspected ? "This may be a participant who is in the study already." : nil
    case .requesterAllowed: requester
    case .capNotReached: cap
    case .reauthenticated(let seconds): reauthentication(seconds)
    }
  }

  /// Whether what a precondition looks at is there; its absence is the matter of another precondition.
  func hasGround(for kind: PreconditionKind) -> Bool {
    guard case .formAges(let ages) = kind else { return true }
    return ages.allSatisfy { facts.entry($0.form, at: $0.visit)?.status.isSubmitted == true }
  }

  private var openness: String? {
    guard facts.studyState == .enrolling else { return "The study is not open for enrolment." }
    return facts.siteState == .active ? nil : "The site is not active."
  }

  private func consent(_ form: FormID, _ versionField: FieldID) -> String? {
    guard !facts.isConsentWithdrawn else { return "Consent was withdrawn." }
    // The latest consent given counts: a re-consent replaces the one before it.
    guard let entry = facts.entry(form, at: nil), entry.isSignedAsItStands else {
      return "There is no signed consent."
    }
    guard entry.values[versionField]?.canonicalText == facts.consentVersionInForce else {
      return "The consent is not of the version in force, \(facts.consentVersionInForce)."
    }
    return nil
  }

  private var eligibility: String? {
    if facts.isRandomized { return "The participant is randomized already." }
    return facts.participantState == .eligible ? nil : "The participant is not in state eligible."
  }

  private func signed(_ form: FormID) -> String? {
    guard let entry = facts.entry(form, at: nil), let signature = entry.signature else {
      return "\(form) is not signed."
    }
    guard signature.isDelegated else { return "The signer of \(form) was not delegated." }
    guard entry.isSignedAsItStands else { return "\(form) was changed after it was signed." }
    // By which value would tell of an outcome.
    return facts.contradicted.contains(form)
      ? "\(form) does not agree with what is recorded by now." : nil
  }

  private func submitted(_ forms: [FormAtVisit]) -> String? {
    let open = forms.filter { facts.entry($0.form, at: $0.visit)?.status.isSubmitted != true }
    guard !open.isEmpty else { return nil }
    return "Not handed in: "
      + open.map { "\($0.form) at \($0.visit)" }.joined(separator: ", ") + "."
  }

  private func queries(_ visits: [VisitCode]) -> String? {
    let open = visits.filter { facts.openBlockingQueries[$0, default: 0] > 0 }
    guard !open.isEmpty else { return nil }
    return "Blocking data queries are open at "
      + open.map(\.text).joined(separator: ", ") + "."
  }

  // A form that was never handed in is the matter of another precondition.
  private func age(_ limit: FormAge) -> String? {
    guard let entry = facts.entry(limit.form, at: limit.visit), entry.status.isSubmitted else {
      return nil
    }
    guard let date = entry.performedOn else { return "\(limit.form) has no date." }
    let days = today.days(since: date)
    guard days > limit.mostDays else { return nil }
    return "\(limit.form) at \(limit.visit) is \(days) days old; "
      + "at most \(limit.mostDays) are allowed."
  }

  private var stratum: String? {
    do throws(StratumRefusal) {
      _ = try StratumDerivation.levels(plan, facts)
      return nil
    } catch {
      // Which factor and why would tell the requester about a value they may not read.
      return "A stratification value is missing, disagrees with its source or is out of range."
    }
  }

  private func pregnancy(
    _ form: FormID, _ field: FieldID, _ negative: String, _ condition: Formula, _ most: Int
  ) -> String? {
    var environment = FormulaEnvironment(
      clocks: FormulaClocks(site: facts.clock, sponsor: nil))
    for reference in condition.references {
      environment.elsewhere[reference] = facts.value(reference)
    }
    // When it cannot be told whether a test is needed, one is needed.
    guard condition.truth(in: environment) ?? true else { return nil }
    let tests = facts.entries.filter { $0.form == form && $0.status.isSubmitted }
    guard let latest = tests.compactMap(\.performedOn).max() else {
      return "A pregnancy test is needed."
    }
    let isNegative = tests.filter { $0.performedOn == latest }
      .allSatisfy { $0.values[field] == .text(negative) }
    guard isNegative else { return "The latest pregnancy test is not negative." }
    let days = today.days(since: latest)
    return days <= most
      ? nil : "The pregnancy test is \(days) days old; at most \(most) are allowed."
  }

  private func risk(_ reference: FieldReference, _ value: String, _ review: FormID) -> String? {
    guard let form = reference.form, let assessed = facts.entry(form, at: reference.visit),
      assessed.status.isSubmitted
    else { return nil }
    // An assessment without a result cannot rule the risk out.
    if let found = assessed.values[reference.field]?.canonicalText, found != value { return nil }
    let isReviewed = facts.entries.contains {
      $0.form == review && $0.isSignedAsItStands
        && ($0.signature?.signedAt).map { $0 > assessed.lastChangedAt } ?? false
    }
    return isReviewed ? nil : "A signed safety review after \(form) is needed."
  }

  private func slot(_ form: FormID, _ field: FieldID, _ until: FieldID) -> String? {
    guard let entry = facts.entry(form, at: nil), entry.status.isSubmitted,
      entry.values[field] == .text("Y")
    else { return "The treatment team has not confirmed slots for all arms." }
    guard case .date(let last) = entry.values[until], last >= today else {
      return "The confirmation of slots has lapsed."
    }
    return nil
  }

  private var requester: String? {
    let asker = facts.requester
    guard asker.canRandomize else { return "The acting role cannot randomize." }
    guard asker.isDelegated else { return "The requester is not delegated at this site." }
    return asker.isOnUnblindedStaffList
      ? "The requester is on the list of unblinded staff." : nil
  }

  private var cap: String? {
    guard facts.randomizedInStudy < plan.plannedTotal else {
      return "The planned number is reached."
    }
    guard let cap = facts.siteCap ?? plan.siteCap, facts.randomizedAtSite >= cap else {
      return nil
    }
    return "The cap of the site is reached."
  }

  private func reauthentication(_ most: Int) -> String? {
    guard let proof = facts.requester.reauthenticatedAt, proof <= now,
      now.seconds(since: proof) <= Int64(most)
    else { return "Prove again who you are." }
    return nil
  }
}
