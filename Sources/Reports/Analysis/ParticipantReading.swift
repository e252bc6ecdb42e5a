import StudyModel

/// One participant of a snapshot with everything that formulas of the analysis read.
struct ParticipantReading {
  let person: SnapshotParticipant
  /// The day of randomization at the site.
  let dayZero: CalendarDate?
  /// What was entered, with the facts and the flags.
  let values: ParticipantValues
  /// The populations, without those that cannot be told.
  let flags: [FieldID: Bool]

  init(
    _ person: SnapshotParticipant, _ entries: [SnapshotEntry], _ definition: StudyDefinition,
    arm: String?, isDuplicate: Bool, isExcluded: Bool
  ) {
    self.person = person
    dayZero = definition.day(of: person.randomized_at, at: person.site)
    var facts: [StudyFact: FormulaValue] = [
      .state: .text(person.state), .isDuplicate: .truth(isDuplicate),
      // Nobody is in a snapshot without a consent in force at the time.
      .consentHolds: .truth(!person.consented_at.isEmpty),
      .hasExcludingDeviation: .truth(isExcluded),
    ]
    facts[.arm] = arm.map { .text($0) }
    facts.merge(person.randomizationFacts) { $1 }
    facts[.day0] = dayZero.map { .date($0) }
    facts[.consentedOn] =
      definition.day(of: person.consented_at, at: person.site).map { .date($0) }
    var values = ParticipantValues(entries, at: person.site, definition)
    values.facts.add(facts)
    let read = Set(definition.populations.flatMap(\.rule.references))
    flags = definition.flags(values.environment(read).elsewhere, clocks: values.clocks)
    for population in definition.populations {
      guard let reference = population.reference, let holds = flags[population.id] else { continue }
      values.facts[reference] = .truth(holds)
    }
    self.values = values
  }
}
