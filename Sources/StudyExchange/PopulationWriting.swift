import StudyModel

/// Populations, estimands and secondary endpoints.
extension DefinitionWriter {
  mutating func analysis(of study: StudyDefinition, _ keys: inout YAMLKeys) {
    add("populations", study.populations, to: &keys) { $0.population($1) }
    add("estimands", study.estimands, to: &keys) { _, estimand in Self.estimand(estimand) }
    add("secondary_endpoints", study.secondaryEndpoints, to: &keys) { $0.secondaryEndpoint($1) }
  }

  private mutating func population(_ population: Population) -> YAMLText {
    var keys = YAMLKeys()
    keys.add("id", text: population.id.text)
    keys.add("title", text: population.title)
    keys.add("class", text: population.dataClass.rawValue)
    keys.add("when", formula(population.rule, "the population \(population.id)"))
    keys.add("declassified_as", text: population.declassifiedAs)
    keys.add("declassified_because", text: population.declassifiedBecause)
    return keys.onLines
  }

  private static func estimand(_ estimand: Estimand) -> YAMLText {
    var keys = YAMLKeys()
    keys.add("id", text: estimand.id)
    keys.add("population", text: estimand.population)
    keys.add("treatment", text: estimand.treatment)
    keys.add("variable", text: estimand.variable)
    keys.add("summary", text: estimand.summary)
    keys.add(
      "events",
      .list(
        estimand.events.map { event in
          var keys = YAMLKeys()
          keys.add("event", text: event.event)
          keys.add("strategy", text: event.strategy.rawValue)
          keys.add("note", text: event.note)
          return keys.onOneLine
        }))
    return keys.onLines
  }

  private mutating func secondaryEndpoint(_ endpoint: SecondaryEndpoint) -> YAMLText {
    var keys = YAMLKeys()
    keys.add("id", text: endpoint.id)
    keys.add("title", text: endpoint.title)
    keys.add("value", endpoint.value.map { formula($0, "the endpoint \(endpoint.id)") })
    keys.add("visits", texts: endpoint.visits.map(\.text))
    keys.add("arms", texts: endpoint.arms.map(\.text))
    keys.add("population", text: endpoint.population?.text)
    if endpoint.origin != .endOfTreatment { keys.add("from", text: endpoint.origin.rawValue) }
    return keys.onOneLine
  }
}
