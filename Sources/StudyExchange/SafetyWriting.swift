import StudyModel

/// Alerts, reporting times and deviations.
extension DefinitionWriter {
  mutating func alert(_ alert: AlertPlan) -> YAMLText {
    var answers: [YAMLText] = []
    var missed: [FormID] = []
    for trigger in alert.triggers {
      switch trigger {
      case .answers(let form, let condition):
        // The reader puts what the answers raise before what is missed.
        if !missed.isEmpty {
          refuse("The alert \(alert.id) names a form that was missed before answers that raise it.")
        }
        answers.append(rule(form, condition, "the alert \(alert.id)"))
      case .missed(let form): missed.append(form)
      }
    }
    var keys = YAMLKeys()
    keys.add("id", text: alert.id)
    keys.add("title", text: alert.title)
    if !answers.isEmpty { keys.add("when", .list(answers)) }
    keys.add("missed", texts: missed.map(\.text))
    keys.add("to", .list(alert.recipients.map { .text($0.text) }))
    keys.add("existence_to", texts: alert.existenceOnly.map(\.text))
    keys.add("escalate", texts: alert.escalatedTo.map(\.text))
    switch alert.deadline {
    case .atOnce: keys.add("within", text: "at_once")
    case .sameDay: keys.add("within", text: "same_day")
    case .nextWorkingDay: keys.add("within", text: "next_working_day")
    case .minutes(let minutes): keys.add("within", number: minutes)
    }
    if alert.isRepeated { keys.add("repeated", truth: true) }
    return keys.onLines
  }

  private mutating func rule(
    _ form: FormID, _ condition: Formula, _ place: String, because: String? = nil,
    report: DeviationReport? = nil
  ) -> YAMLText {
    var keys = YAMLKeys()
    keys.add("form", text: form.text)
    keys.add("is", formula(condition, place))
    keys.add("declassified_because", text: because)
    keys.add("on", text: report?.occurredOn.text)
    keys.add("says", text: report?.words.text)
    keys.add("found_by", text: report?.foundBy.text)
    return keys.onOneLine
  }

  mutating func clock(_ clock: SafetyClock) -> YAMLText {
    var keys = YAMLKeys()
    keys.add("id", text: clock.id)
    keys.add("title", text: clock.title)
    keys.add("form", text: clock.form.text)
    keys.add("starts_at", text: clock.startsAt.text)
    keys.add("when", clock.condition.map { formula($0, "the safety clock \(clock.id)") })
    switch clock.limit {
    case .hours(let hours): keys.add("limit_hours", number: hours)
    case .days(let days): keys.add("limit_days", number: days)
    }
    keys.add("follow_up_days", number: clock.followUpDays)
    keys.add("remind", .list(clock.reminded.map { .text($0.text) }))
    keys.add("escalate", .list(clock.escalatedTo.map { .text($0.text) }))
    if clock.isMetByEntry {
      keys.add("met_by", text: clock.isMetByEachVersion ? "version" : "entry")
    }
    keys.add("told", texts: clock.told.map(\.text))
    keys.add("declassified_because", text: clock.declassifiedBecause)
    return keys.onLines
  }

  mutating func deviation(_ type: DeviationType) -> YAMLText {
    let place = "the deviation \(type.id)"
    var keys = YAMLKeys()
    keys.add("id", text: type.id)
    keys.add("title", text: type.title)
    keys.add("importance", text: type.importance.rawValue)
    keys.add("classes", .list(type.classes.map { .text($0.rawValue) }))
    keys.add("excludes", text: type.exclusion.rawValue)
    keys.add("excludes_when", type.excludesWhen.map { formula($0, place) })
    keys.add("drafted_by", texts: type.draftedBy)
    add("drafted_when", type.rules, to: &keys) { writer, rule in
      writer.rule(
        rule.form, rule.condition, place, because: rule.declassifiedBecause, report: rule.report)
    }
    add("drafted_when_missing", type.missing, to: &keys) { _, rule in
      var keys = YAMLKeys()
      keys.add("form", text: rule.form.text)
      keys.add("visit", text: rule.visit.text)
      keys.add("by_day", number: rule.lastDay)
      keys.add("declassified_because", text: rule.declassifiedBecause)
      return keys.onOneLine
    }
    if type.isDraftedByCorrection { keys.add("drafted_by_correction", truth: true) }
    return keys.onLines
  }

  mutating func sample(_ sample: RecordSample) -> YAMLText {
    var keys = YAMLKeys()
    keys.add("id", text: sample.id)
    keys.add("title", text: sample.title)
    keys.add("percent", number: sample.percent)
    keys.add("review", text: sample.review.text)
    keys.add("record", text: sample.recordField.text)
    add("of", sample.sources, to: &keys) { writer, source in
      var keys = YAMLKeys()
      keys.add("form", text: source.form.text)
      keys.add("is", source.condition.map { writer.formula($0, "the sample \(sample.id)") })
      keys.add("person", text: source.person?.text)
      if !source.carried.isEmpty {
        let carried = source.carried.sorted { $0.key < $1.key }
        keys.add(
          "carry",
          .mapping(carried.map { ($0.key.text, .text($0.value.text)) }, onOneLine: true))
      }
      if !source.answers.isEmpty {
        let answers = source.answers.sorted { $0.key < $1.key }
        keys.add(
          "answers", .mapping(answers.map { ($0.key.text, .text($0.value)) }, onOneLine: true))
      }
      return keys.onOneLine
    }
    return keys.onLines
  }
}
