public import StudyModel

/// Who belongs to which population by the rules of a definition, as far as the data given tell.
///
/// No arm is read: a flag that hangs on one is told of nobody. Everybody is taken for no duplicate.
public struct PopulationMembership: Sendable {
  private let definition: StudyDefinition
  private let snapshot: TrialSnapshot
  private let excluded: Set<String>?

  /// - Parameters:
  ///   - definition: the rules, with the forms of every version.
  ///   - excluded: participants whom a confirmed deviation excludes; nil where those are not read.
  public init(
    _ definition: StudyDefinition, in snapshot: TrialSnapshot, excluded: Set<String>?
  ) {
    self.definition = definition
    self.snapshot = snapshot
    self.excluded = excluded
  }

  /// The flags of every participant, without those that cannot be told.
  public func flags() -> [String: [FieldID: Bool]] {
    let references = definition.populations.reduce(into: Set<FieldReference>()) {
      $0.formUnion($1.rule.references)
    }
    let entries = Dictionary(grouping: snapshot.entries, by: \.participant)
    return Dictionary(
      snapshot.participants.map { person in
        var values = ParticipantValues(
          entries[person.participant] ?? [], at: person.site, definition)
        values.facts.add(facts(person))
        return (
          person.participant,
          definition.flags(values.environment(references).elsewhere, clocks: values.clocks)
        )
      }, uniquingKeysWith: { first, _ in first })
  }

  private func facts(_ person: SnapshotParticipant) -> [StudyFact: FormulaValue] {
    var facts: [StudyFact: FormulaValue] = [
      .state: .text(person.state), .isDuplicate: .truth(false),
      .consentHolds: .truth(!person.consented_at.isEmpty),
    ]
    facts[.hasExcludingDeviation] = excluded.map { .truth($0.contains(person.participant)) }
    facts.merge(person.randomizationFacts) { $1 }
    facts[.day0] = definition.day(of: person.randomized_at, at: person.site).map { .date($0) }
    facts[.consentedOn] =
      definition.day(of: person.consented_at, at: person.site).map { .date($0) }
    return facts
  }
}

extension SnapshotParticipant {
  /// The instant and the number of the randomization; empty before it.
  var randomizationFacts: [StudyFact: FormulaValue] {
    var facts: [StudyFact: FormulaValue] = [:]
    facts[.randomizedAt] = randomized_at.flatMap { try? UTCInstant(parsing: $0) }
      .map { .instant($0) }
    facts[.randomizationNumber] = randomization_number.map { .text("R-\($0)") }
    return facts
  }
}

extension StudyDefinition {
  /// The day of an instant at a site.
  func day(of instant: String?, at site: String) -> CalendarDate? {
    guard let instant = instant.flatMap({ try? UTCInstant(parsing: $0) }),
      let key = try? SiteKey(parsing: site), let zone = self.site(key)?.timeZone,
      let clock = try? SiteClock(zone: zone)
    else { return nil }
    return clock.date(at: instant)
  }
}
