import StudyModel

extension DefinitionWriter {
  mutating func randomization(_ plan: RandomizationPlan) -> YAMLText {
    var keys = YAMLKeys()
    keys.add("method", Self.method(plan.method))
    keys.add("planned_total", number: plan.plannedTotal)
    keys.add("site_cap", number: plan.siteCap)
    keys.add("acknowledge_within_hours", number: plan.acknowledgeWithinHours)
    keys.add("factors", .list(plan.factors.map { Self.factor($0) }))
    var preconditions: [YAMLText] = []
    for item in plan.preconditions { preconditions.append(precondition(item)) }
    keys.add("preconditions", .list(preconditions))
    return keys.onLines
  }

  private static func method(_ method: AllocationMethod) -> YAMLText {
    var keys = YAMLKeys()
    switch method {
    case .block(let sizes):
      keys.add("name", text: "block")
      keys.add("sizes", .list(sizes.map { .plain(String($0)) }))
    case .named(let name, let numbers):
      keys.add("name", text: name)
      if !numbers.isEmpty {
        let entries = numbers.keys.sorted().map { name in
          (name, YAMLText.list((numbers[name] ?? []).map { .plain($0.description) }))
        }
        keys.add("numbers", .mapping(entries, onOneLine: true))
      }
    }
    return keys.onOneLine
  }

  private static func factor(_ factor: StratificationFactor) -> YAMLText {
    var keys = YAMLKeys()
    keys.add("id", text: factor.id.text)
    keys.add("title", text: factor.title)
    switch factor.source {
    case .site: keys.add("from", text: "site")
    case .field(let reference, let levels):
      keys.add("from", text: reference.description)
      keys.add("levels", .list(levels.map { .text($0) }))
    case .bands(let reference, let bands):
      keys.add("from", text: reference.description)
      let entries = bands.map { band in
        (
          band.level,
          YAMLText.list([
            .plain(band.range.lowerBound.description), .plain(band.range.upperBound.description),
          ])
        )
      }
      keys.add("bands", .mapping(entries, onOneLine: true))
    }
    keys.add("copy", text: factor.copy?.description)
    return keys.onOneLine
  }

  private mutating func precondition(_ precondition: Precondition) -> YAMLText {
    var keys = YAMLKeys()
    keys.add("code", text: precondition.code)
    switch precondition.kind {
    case .studyAndSiteOpen: keys.add("kind", text: "study_and_site_open")
    case .eligibleAndNotRandomized: keys.add("kind", text: "eligible_and_not_randomized")
    case .stratificationValues: keys.add("kind", text: "stratification_values")
    case .duplicateResolved: keys.add("kind", text: "duplicate_resolved")
    case .requesterAllowed: keys.add("kind", text: "requester_allowed")
    case .capNotReached: keys.add("kind", text: "cap_not_reached")
    case .consentInForce(let form, let field):
      keys.add("kind", text: "consent_in_force")
      keys.add("form", text: form.text)
      keys.add("version_field", text: field.text)
    case .eligibilitySigned(let form):
      keys.add("kind", text: "eligibility_signed")
      keys.add("form", text: form.text)
    case .formsSubmitted(let forms, let quiet):
      keys.add("kind", text: "forms_submitted")
      // The reader spells the visits out form by form.
      var visits: [String] = []
      for form in forms where !visits.contains(form.visit.text) { visits.append(form.visit.text) }
      keys.add("visits", .list(visits.map { .text($0) }))
      keys.add("no_blocking_queries_at", .list(quiet.map { .text($0.text) }))
    case .formAges(let ages):
      keys.add("kind", text: "form_ages")
      keys.add("ages", .list(ages.map { Self.age($0) }))
    case .pregnancyTest(let form, let field, let negative, let condition, let days):
      keys.add("kind", text: "pregnancy_test")
      keys.add("form", text: form.text)
      keys.add("field", text: field.text)
      keys.add("negative", text: negative)
      keys.add("needed_when", formula(condition, precondition.code))
      keys.add("most_days", number: days)
    case .riskReviewed(let reference, let value, let review):
      keys.add("kind", text: "risk_reviewed")
      keys.add("value_of", text: reference.description)
      keys.add("is", text: value)
      keys.add("review_form", text: review.text)
    case .slotConfirmed(let form, let field, let until):
      keys.add("kind", text: "slot_confirmed")
      keys.add("form", text: form.text)
      keys.add("field", text: field.text)
      keys.add("valid_until", text: until.text)
    case .reauthenticated(let seconds):
      keys.add("kind", text: "reauthenticated")
      keys.add("within_seconds", number: seconds)
    }
    keys.add("sentence", text: precondition.sentence)
    keys.add("mend", text: precondition.whereToMend)
    return keys.onLines
  }

  private static func age(_ age: FormAge) -> YAMLText {
    var keys = YAMLKeys()
    keys.add("form", text: age.form.text)
    keys.add("visit", text: age.visit.text)
    keys.add("most_days", number: age.mostDays)
    return keys.onOneLine
  }

  // MARK: Analysis and conduct

  static func endpoint(_ endpoint: PrimaryEndpoint) -> YAMLText {
    var keys = YAMLKeys()
    keys.add("baseline", text: endpoint.baseline.description)
    keys.add("follow_up", text: endpoint.followUp.description)
    keys.add("least_fall", .plain(endpoint.leastFall.description))
    keys.add(
      "usable_days",
      .list([
        .plain(String(endpoint.usableDays.lowerBound)),
        .plain(String(endpoint.usableDays.upperBound)),
      ]))
    keys.add("strata", .list(endpoint.strata.map { .text($0.text) }))
    return keys.onLines
  }

  mutating func analysis(_ plan: AnalysisPlan) -> YAMLText {
    var keys = YAMLKeys()
    keys.add("full_set", text: plan.fullSet.text)
    keys.add("per_protocol_set", text: plan.perProtocolSet.text)
    keys.add("safety_set", text: plan.safetySet.text)
    if let failure = plan.failure { keys.add("failure", formula(failure, "failure")) }
    if let unblinded = plan.raterUnblinded {
      keys.add("rater_unblinded", formula(unblinded, "rater_unblinded"))
    }
    keys.add("cluster", text: plan.cluster?.description)
    keys.add("guesses", .list(plan.guesses.map { .text($0.description) }))
    keys.add("baseline", .list(plan.baseline.map { .text($0.description) }))
    keys.add(
      "received",
      .list(
        plan.received.map { received in
          var keys = YAMLKeys()
          keys.add("arm", text: received.armCode.text)
          keys.add("shown_by", text: received.shownBy.description)
          return keys.onOneLine
        }))
    keys.add(
      "adverse_events",
      plan.adverseEvents.map { fields in
        var keys = YAMLKeys()
        keys.add("form", text: fields.form.text)
        keys.add("organ_class", text: fields.organClass.text)
        keys.add("term", text: fields.term.text)
        keys.add("grade", text: fields.grade.text)
        keys.add("serious", text: fields.serious.text)
        return keys.onOneLine
      })
    keys.add("imputations", number: plan.imputations)
    keys.add("redraws", number: plan.redraws)
    return keys.onLines
  }

  static func hypothesis(_ hypothesis: Hypothesis) -> YAMLText {
    var keys = YAMLKeys()
    keys.add("id", text: hypothesis.id)
    keys.add("order", number: hypothesis.order)
    keys.add("first", text: hypothesis.first.text)
    keys.add("second", text: hypothesis.second.text)
    switch hypothesis.objective {
    case .noninferiority(let margin): keys.add("margin", .plain(margin.description))
    case .superiority: break
    }
    keys.add("alpha", .plain(hypothesis.alphaOneSided.description))
    keys.add("sentence", text: hypothesis.sentence)
    return keys.onOneLine
  }

  static func sampleSize(_ record: SampleSizeRecord) -> YAMLText {
    var keys = YAMLKeys()
    keys.add("per_arm", number: record.perArm)
    keys.add("alpha", .plain(record.alphaOneSided.description))
    keys.add("method", text: record.method)
    keys.add(
      "response",
      .mapping(
        record.assumptions.map { ("\($0.arm)", .plain($0.proportion.description)) },
        onOneLine: true))
    keys.add(
      "power",
      .mapping(record.power.map { ($0.hypothesis, .text($0.statement)) }, onOneLine: false))
    return keys.onLines
  }

  static func interim(_ plan: InterimPlan) -> YAMLText {
    var keys = YAMLKeys()
    keys.add("spending", text: plan.spending.text)
    keys.add("arm_labels", .list(plan.armLabels.map { .text($0) }))
    keys.add("smallest_open_cell", number: plan.smallestOpenCell)
    keys.add("futility_advice_below", plan.futilityAdviceBelow.map { .plain($0.description) })
    keys.add("safety_every_months", number: plan.safetyEveryMonths)
    keys.add("pooled_events_declassified_because", plan.pooledEventsReason.map { .text($0) })
    keys.add("looks", .list(plan.looks.map { look($0) }))
    if !plan.boundaries.isEmpty {
      keys.add("boundaries", .list(plan.boundaries.map { boundary($0) }))
    }
    return keys.onLines
  }

  private static func look(_ look: InterimLook) -> YAMLText {
    var keys = YAMLKeys()
    keys.add("id", text: look.id)
    keys.add("participants", number: look.participants)
    keys.add("reached_day", number: look.reachedDay)
    if look.isEfficacy { keys.add("efficacy", truth: true) }
    keys.add("information", look.information.map { .plain($0.description) })
    return keys.onOneLine
  }

  private static func boundary(_ boundary: StatedBoundary) -> YAMLText {
    var keys = YAMLKeys()
    keys.add("information", .plain(boundary.information.description))
    keys.add("cumulative_alpha", .plain(boundary.cumulativeAlpha.description))
    keys.add("critical", .plain(boundary.critical.description))
    return keys.onOneLine
  }

  static func lock(_ plan: LockPlan) -> YAMLText {
    var keys = YAMLKeys()
    keys.add("last_day", number: plan.lastDay)
    keys.add("retention_years", number: plan.retentionYears)
    keys.add("hard_locked_by", .list(plan.hardLockedBy.map { .text($0.text) }))
    keys.add("unblinded_by", .list(plan.unblindedBy.map { .text($0.text) }))
    keys.add(
      "steps",
      .list(
        plan.steps.map { step in
          var keys = YAMLKeys()
          keys.add("id", text: step.id)
          keys.add("sentence", text: step.sentence)
          keys.add("signed_by", .list(step.signedBy.map { .text($0.text) }))
          return keys.onOneLine
        }))
    return keys.onLines
  }
}
