import Foundation
import Store
public import StudyModel

/// Who found a departure from the protocol.
public enum DeviationSource: String, Sendable, CaseIterable {
  /// The site itself.
  case site = "SITE"
  /// A monitor.
  case monitoring = "MON"
  /// Data management.
  case dataManagement = "DM"
}

/// A departure from the protocol a person found.
public struct FoundDeviation: Sendable, Equatable {
  /// Its type in the protocol, such as `MIN-DOC`.
  public var type: String
  /// The class of those who may know of it: one of the type's.
  public var dataClass: DataClass
  /// The visit, empty when none.
  public var visit: String
  /// The date at the site on which it happened.
  public var occurredOn: CalendarDate
  /// Who found it.
  public var source: DeviationSource
  /// What happened.
  public var description: String
  /// What is done about it.
  public var measures: String

  /// All of it at once.
  public init(
    type: String, dataClass: DataClass = .open, visit: String = "", occurredOn: CalendarDate,
    source: DeviationSource = .site, description: String, measures: String = ""
  ) {
    self.type = type
    self.dataClass = dataClass
    self.visit = visit
    self.occurredOn = occurredOn
    self.source = source
    self.description = description
    self.measures = measures
  }
}

extension Actor {
  /// The classes in which the role records deviations.
  public var recordedDeviationClasses: [DataClass] {
    guard role.can(.recordDeviations) else { return [] }
    return [DataClass.open, .treatment].filter { role.classes.contains($0) }
  }

  /// The types of deviation the role can record, in the order of the definition.
  public var recordedDeviationTypes: [DeviationType] {
    let classes = recordedDeviationClasses
    return definition.deviations.filter { !$0.classes.filter(classes.contains).isEmpty }
  }
}

extension Installation {
  /// Drafts a deviation a person found, to be judged like one a rule found; gives its number.
  public func recordDeviation(
    _ key: ParticipantKey, _ found: FoundDeviation, as actor: Actor
  ) async throws -> Int {
    try actor.need(.recordDeviations)
    let participant = try await self.participant(key, as: actor)
    let faults = try await faults(of: found, participant, actor)
    guard faults.isEmpty,
      let type = actor.recordedDeviationTypes.first(where: { $0.id == found.type })
    else { throw ActRefusal.invalid(faults) }
    // What an unblinded person writes would reach blinded readers.
    let isKeptApart = actor.isUnblinded && found.dataClass < .treatment
    let shown = isKeptApart ? type.title : found.description
    let measures =
      isKeptApart && !found.measures.isEmpty ? "Given in the treatment record." : found.measures
    let text = try SaveConsequences.text(
      of: RecordedDeviation(
        type: type.id, category: type.importance == .minor ? "MIN" : "IMP",
        on: found.occurredOn.description, how: found.source.rawValue, description: shown,
        excludes: type.excludesAlways, measures: measures))
    return try await session(actor) { session in
      let number = try session.recordDeviation(
        key, visit: found.visit, in: found.dataClass, text)
      if isKeptApart {
        try session.note(
          "deviation recorded", on: "\(key.text)/deviation#\(number)",
          site: actor.sites.setting,
          reason: [found.description, found.measures].filter { !$0.isEmpty }
            .joined(separator: " / "), in: .treatment)
      }
      return number
    }
  }

  /// Says on which day the ethics committee was told of a deviation, once.
  public func reportDeviation(
    _ key: ParticipantKey, number: Int, in dataClass: DataClass, on date: CalendarDate,
    as actor: Actor
  ) async throws {
    try actor.need(.judgeDeviations)
    guard actor.role.classes.contains(dataClass), [.open, .treatment].contains(dataClass) else {
      throw ActRefusal.notFound
    }
    try await session(actor) {
      try $0.reportDeviation(key, number: number, in: dataClass, on: date)
    }
  }

  private func faults(
    of found: FoundDeviation, _ participant: Participant, _ actor: Actor
  ) async throws -> [Fault] {
    var faults: [Fault] = []
    func fault(_ field: String, _ code: String, _ sentence: String) {
      faults.append(Fault(field: field, code: code, sentence: sentence + " Nothing was recorded."))
    }
    let type = actor.recordedDeviationTypes.first { $0.id == found.type }
    if type == nil { fault("type", "bad_type", "Choose a type of the protocol.") }
    if let type,
      !type.classes.contains(found.dataClass)
        || !actor.recordedDeviationClasses.contains(found.dataClass)
    {
      fault(
        "class", "bad_class", "Choose who may know of it, as the protocol allows for this type.")
    }
    let visit = try? VisitCode(parsing: found.visit)
    let known = visit.flatMap { actor.definition.visit($0) }
    if !found.visit.isEmpty, known.map({ $0.dataClass > found.dataClass }) ?? true {
      fault("visit", "bad_visit", "There is no such visit among those who may know may read.")
    }
    let site = try await wallClock(of: participant.site, in: actor.trial)
    if found.occurredOn > site.date(at: clock.now)
      || found.occurredOn < site.date(at: participant.consentedAt)
    {
      fault("date", "bad_date", "It happened between the consent and today.")
    }
    if !(3...2000).contains(found.description.unicodeScalars.count)
      || !found.description.contains(where: { !$0.isWhitespace })
    {
      fault("description", "bad_text", "Say what happened, in 3 to 2000 characters.")
    }
    if found.measures.unicodeScalars.count > 2000 {
      fault("measures", "bad_text", "What is done about it takes at most 2000 characters.")
    }
    return faults
  }
}

/// A found deviation as the database reads it.
private struct RecordedDeviation: Encodable {
  let type: String
  let category: String
  let on: String
  let how: String
  let description: String
  let excludes: Bool?
  let measures: String
}
