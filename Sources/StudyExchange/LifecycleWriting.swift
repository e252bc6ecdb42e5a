import StudyModel

/// Lifecycles, who may see what, and what goes on around the participants.
extension DefinitionWriter {
  mutating func conduct(of study: StudyDefinition, _ keys: inout YAMLKeys) {
    add("alerts", study.alerts, to: &keys) { $0.alert($1) }
    add("safety_clocks", study.clocks, to: &keys) { $0.clock($1) }
    add("deviations", study.deviations, to: &keys) { $0.deviation($1) }
    add("samples", study.samples, to: &keys) { $0.sample($1) }
    add("lifecycles", study.lifecycles, to: &keys) { $0.lifecycle($1) }
    add("visibility", study.visibility, to: &keys) { _, group in Self.group(group) }
    keys.add("monitoring", study.monitoring.map { Self.monitoring($0) })
    keys.add("questionnaires", study.questionnaires.map { Self.questionnaires($0) })
    keys.add("ratings", study.ratings.map { Self.ratings($0) })
    keys.add("access_review", study.accessReview.map { Self.accessReview($0) })
  }

  private mutating func lifecycle(_ plan: LifecyclePlan) -> YAMLText {
    var keys = YAMLKeys()
    keys.add("id", text: plan.id)
    keys.add("title", text: plan.title)
    keys.add("class", text: plan.dataClass.rawValue)
    keys.add("states", .list(plan.states.map { Self.state($0) }))
    keys.add(
      "transitions",
      .list(each(plan.transitions) { $0.transition($1, "the lifecycle \(plan.id)") }))
    return keys.onLines
  }

  private static func state(_ state: LifecycleState) -> YAMLText {
    var keys = YAMLKeys()
    keys.add("id", text: state.id)
    keys.add("title", text: state.title)
    if state.isEnd { keys.add("end", truth: true) }
    return keys.onOneLine
  }

  private mutating func transition(_ step: LifecycleTransition, _ place: String) -> YAMLText {
    var keys = YAMLKeys()
    keys.add("event", text: step.event)
    keys.add("from", .list(step.from.map { .text($0) }))
    keys.add("to", text: step.to)
    // A step nobody may ask for and the system does not take still says so.
    if !step.roles.isEmpty || !step.isAutomatic {
      keys.add("by", .list(step.roles.map { .text($0.text) }))
    }
    if step.isAutomatic { keys.add("automatic", truth: true) }
    keys.add("signed", texts: step.signedForms.map(\.text))
    keys.add("when", step.condition.map { formula($0, place) })
    if !step.needs.isEmpty {
      keys.add("needs", .list(each(step.needs) { $0.need($1, place) }))
    }
    if step.people != 1 { keys.add("people", number: step.people) }
    if step.needsReason { keys.add("reason", truth: true) }
    if let rule = step.contacts {
      var contacts = YAMLKeys()
      contacts.add("attempts", number: rule.attempts)
      contacts.add("channels", number: rule.channels)
      contacts.add("days", number: rule.days)
      keys.add("contacts", contacts.onOneLine)
    }
    keys.add("say", text: step.sentence)
    return keys.onOneLine
  }

  private mutating func need(_ need: LifecycleNeed, _ place: String) -> YAMLText {
    var keys = YAMLKeys()
    keys.add("when", formula(need.condition, place))
    keys.add("say", text: need.sentence)
    return keys.onOneLine
  }

  private static func group(_ group: VisibilityGroup) -> YAMLText {
    let rights = group.rights.sorted { $0.key < $1.key }.map { role, rights in
      let given = VisibilityRight.allCases.filter(rights.contains)
      return (role.text, YAMLText.list(given.map { .text($0.rawValue) }))
    }
    var keys = YAMLKeys()
    keys.add("id", text: group.id)
    keys.add("title", text: group.title)
    keys.add("forms", texts: group.forms.map(\.text))
    keys.add("rights", .mapping(rights, onOneLine: false))
    return keys.onLines
  }

  private static func monitoring(_ plan: MonitoringPlan) -> YAMLText {
    var keys = YAMLKeys()
    keys.add("members", .list(plan.members.map { .text($0) }))
    keys.add(
      "recommendations",
      .mapping(plan.recommendations.map { ($0.code, .text($0.label)) }, onOneLine: false))
    keys.add("guidelines", .list(plan.guidelines.map { .text($0) }))
    return keys.onLines
  }

  private static func ratings(_ plan: RatingPlan) -> YAMLText {
    var keys = YAMLKeys()
    keys.add("first_hour", number: plan.hours.lowerBound)
    keys.add("last_hour", number: plan.hours.upperBound)
    return keys.onLines
  }

  private static func accessReview(_ plan: AccessReviewPlan) -> YAMLText {
    var keys = YAMLKeys()
    keys.add("days", number: plan.days)
    return keys.onLines
  }

  private static func questionnaires(_ plan: QuestionnairePlan) -> YAMLText {
    var keys = YAMLKeys()
    keys.add("open_hours", number: plan.openHours)
    keys.add("reminder_hours", .list(plan.reminderHours.map { .plain(String($0)) }))
    return keys.onLines
  }
}
