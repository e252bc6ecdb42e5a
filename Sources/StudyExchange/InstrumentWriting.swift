import StudyModel

extension DefinitionWriter {
  mutating func instrument(_ instrument: Instrument) -> YAMLText {
    let place = instrument.id.text
    var keys = YAMLKeys()
    keys.add("id", text: instrument.id.text)
    keys.add("version", text: instrument.version)
    keys.add("title", text: instrument.title)
    keys.add("respondent", text: instrument.respondent)
    keys.add("licence", text: instrument.licence.rawValue)
    keys.add("items", .list(each(instrument.items) { $0.item($1, place) }))
    keys.add(
      "outputs",
      .list(
        each(instrument.outputs) { writer, output in
          writer.condition(
            [("id", output.id.text), ("label", output.label)], "value", output.formula, place)
        }))
    keys.add(
      "status",
      .list(
        each(instrument.statuses) { writer, rule in
          writer.condition([("is", rule.status.rawValue)], "when", rule.condition, place)
        }))
    if !instrument.alerts.isEmpty {
      keys.add(
        "alerts",
        .list(
          each(instrument.alerts) { writer, rule in
            writer.alert(rule, place)
          }))
    }
    return keys.onLines
  }

  private mutating func alert(_ rule: AlertRule, _ place: String) -> YAMLText {
    var keys = YAMLKeys()
    keys.add("name", text: rule.name)
    keys.add("when", formula(rule.condition, place))
    return keys.onOneLine
  }

  private mutating func condition(
    _ texts: [(String, String)], _ key: String, _ written: Formula, _ place: String
  ) -> YAMLText {
    var keys = YAMLKeys()
    for (key, text) in texts { keys.add(key, text: text) }
    keys.add(key, formula(written, place))
    return keys.onOneLine
  }

  private mutating func item(_ item: InstrumentItem, _ place: String) -> YAMLText {
    var keys = YAMLKeys()
    keys.add("id", text: item.id.text)
    keys.add("label", text: item.label)
    switch item.range {
    case .numbers(let range, let step):
      keys.add("range", Self.span(range))
      if step != 1 { keys.add("step", number: step) }
    case .codes(let codes): keys.add("codes", .list(codes.map { .text($0) }))
    case .truth: keys.add("truth", truth: true)
    }
    keys.add("asked_when", item.askedWhen.map { formula($0, place) })
    return keys.onOneLine
  }
}
