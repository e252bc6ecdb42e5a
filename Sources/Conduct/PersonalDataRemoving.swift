import Foundation
public import Store
public import StudyModel

extension Actor {
  /// The classes of deviations in whose words the role removes personal data.
  public var classesOfRemovableDeviations: [DataClass] {
    guard Installation.removes(role) else { return [] }
    return ((try? deviationClasses) ?? []).filter(auditClasses.contains)
  }
}

extension Installation {
  /// Whether a role removes personal data entered by mistake.
  public static func removes(_ role: Role) -> Bool {
    role.can(.freezeForms) || role.can(.signForms)
  }

  /// What stands in the place of a text that was removed.
  private static let removedText = "[personal data removed]"

  private func removalClasses(of actor: Actor) throws(ActRefusal) -> [DataClass] {
    guard Self.removes(actor.role) else { throw .notFound }
    return actor.auditClasses.filter { $0 != .allocation }
  }

  /// The person in the version of the entry, and its form, where they may ask for a removal.
  private func removing(
    _ actor: Actor, on address: EntryAddress
  ) async throws -> (Actor, Form) {
    let actor = try await acting(actor, on: address)
    let classes = try removalClasses(of: actor)
    guard let form = actor.definition.form(address.form), actor.reads(form),
      classes.contains(form.dataClass)
    else { throw ActRefusal.notFound }
    return (actor, form)
  }

  /// Writes a request for a removal with its reason, where who reads that class may read the reason.
  private func asking(
    _ actor: Actor, about object: String, in dataClass: DataClass, _ reason: String,
    _ write: @escaping @Sendable (Session, String) throws -> Int
  ) async throws -> Int {
    let reason = reason.trimmingCharacters(in: .whitespacesAndNewlines)
    return try await session(actor) { session in
      // Free text of an unblinded writer is of class treatment, whatever it says; one that is too short is
      // refused where the request stands.
      guard actor.isUnblinded, dataClass < .treatment, reason.unicodeScalars.count >= 3 else {
        return try write(session, reason)
      }
      let number = try write(session, "Given in the treatment record.")
      try session.note(
        "removal of personal data asked", on: object, site: actor.sites.setting, reason: reason,
        in: .treatment)
      return number
    }
  }

  private static func object(of address: EntryAddress) -> String {
    "\(address.subject.text)/\(address.form.text)@\(address.visit.text)#\(address.number)"
  }

  /// Asks that the value of a text field be removed, since personal data stand in it.
  ///
  /// Nothing is removed before a second person confirms. The reason must not hold the value.
  public func askRemoval(
    of field: FieldID, on address: EntryAddress, reason: String, as actor: Actor
  ) async throws -> Int {
    let (actor, form) = try await removing(actor, on: address)
    guard let asked = form.field(field) else { throw ActRefusal.notFound }
    guard case .text = asked.type else {
      throw ActRefusal.invalid([
        Fault(
          field: "field", code: "no_text",
          sentence:
            "Only a value typed as text can hold personal data. Correct other values on the form.")
      ])
    }
    return try await asking(actor, about: Self.object(of: address), in: form.dataClass, reason) {
      try $0.askRemoval(of: field, on: address, in: form.dataClass, reason: $1)
    }
  }

  /// Asks that the texts of a data query be removed, since personal data stand in them.
  ///
  /// - Parameter query: its number in the class of the form.
  public func askRemoval(
    ofQuery query: Int, on address: EntryAddress, reason: String, as actor: Actor
  ) async throws -> Int {
    let (actor, form) = try await removing(actor, on: address)
    return try await asking(actor, about: Self.object(of: address), in: form.dataClass, reason) {
      try $0.askRemoval(ofQuery: query, on: address, in: form.dataClass, reason: $1)
    }
  }

  /// Asks that the reasons given with a version be removed, since personal data stand in them; reason and
  /// evidence of corrections beside that version go with them, and those corrections are void.
  public func askRemoval(
    ofReasonsOf version: Int, on address: EntryAddress, reason: String, as actor: Actor
  ) async throws -> Int {
    let (actor, form) = try await removing(actor, on: address)
    return try await asking(actor, about: Self.object(of: address), in: form.dataClass, reason) {
      try $0.askRemoval(ofReasonsOf: version, on: address, in: form.dataClass, reason: $1)
    }
  }

  /// The versions of an entry with which reasons were given, or beside which corrections stand, the first first.
  public func reasonedVersions(
    on address: EntryAddress, as actor: Actor
  ) async throws -> [Int] {
    let (actor, form) = try await removing(actor, on: address)
    let trial = actor.trial.id
    return try await session(actor) { session in
      let given = try session.versions(of: address, in: form.dataClass, trial: trial)
        .filter { !$0.reason.isEmpty && $0.reason != Self.removedText }.map(\.version)
      let corrected =
        actor.readsCorrections(of: form)
        ? try session.corrections(of: address, in: trial)
          .filter { $0.reason != Self.removedText }.map(\.version) : []
      return Set(given + corrected).sorted()
    }
  }

  /// The data queries on an entry whose texts the actor may ask to remove, the first first.
  public func removableQueries(
    on address: EntryAddress, as actor: Actor
  ) async throws -> [StoredQuery] {
    let (actor, form) = try await removing(actor, on: address)
    let trial = actor.trial.id
    return try await session(actor) { session in
      try session.queries(
        of: address.subject, in: form.dataClass, trial: trial, includingClosed: true)
    }.filter {
      $0.form == address.form.text && $0.visit == address.visit.text
        && $0.entryNumber == address.number
    }
  }

  /// Asks that the words of a deviation be removed, since personal data stand in them: what happened, what is
  /// done about it, why it was rejected.
  ///
  /// - Parameter deviation: its number at the participant in its class.
  public func askRemoval(
    ofDeviation deviation: Int, of participant: ParticipantKey, in dataClass: DataClass,
    reason: String, as actor: Actor
  ) async throws -> Int {
    guard actor.classesOfRemovableDeviations.contains(dataClass) else { throw ActRefusal.notFound }
    let object = "\(participant.text)/deviation#\(deviation)"
    return try await asking(actor, about: object, in: dataClass, reason) {
      try $0.askRemoval(ofDeviation: deviation, of: participant, in: dataClass, reason: $1)
    }
  }

  /// The act, by its row of the audit trail as the actor counts them, whose words they may ask to remove.
  public func removableAct(
    _ row: Int, in dataClass: DataClass, as actor: Actor
  ) async throws -> AuditRow {
    guard try removalClasses(of: actor).contains(dataClass), row > 0 else {
      throw ActRefusal.notFound
    }
    var filter = AuditFilter()
    filter.number = row
    let found = try await auditTrail(of: dataClass, filter, as: actor).rows.first
    guard let found, found.hasWords else { throw ActRefusal.notFound }
    return found.row
  }

  /// Asks that the words of an act be removed, since personal data stand in them: from its row of the audit trail
  /// and from wherever else they stand.
  ///
  /// - Parameter row: the number of the row as the actor counts those they are told of.
  public func askRemoval(
    ofActIn row: Int, in dataClass: DataClass, reason: String, as actor: Actor
  ) async throws -> Int {
    let act = try await removableAct(row, in: dataClass, as: actor)
    let kinds = Self.surroundings(of: try await knowingEveryVersion(actor), in: dataClass).kinds
    let trial = actor.trial.id
    return try await asking(actor, about: act.object, in: dataClass, reason) {
      try $0.askRemoval(ofActIn: row, toldOf: kinds, in: dataClass, trial: trial, reason: $1)
    }
  }

  /// Confirms a removal as the second person: the value is gone, that it was there is kept.
  public func confirmRemoval(
    _ number: Int, in dataClass: DataClass, as actor: Actor
  ) async throws {
    let asked = try await removals(as: actor).first {
      $0.dataClass == dataClass && $0.number == number
    }
    guard let asked else { throw ActRefusal.notFound }
    try needFresh(actor)
    try await session(actor) { try $0.confirm(asked) }
  }

  /// The removals the actor may know of, those that wait first.
  public func removals(as actor: Actor) async throws -> [StoredRemoval] {
    let classes = try removalClasses(of: actor)
    let reader = try await knowingEveryVersion(actor)
    let trial = actor.trial.id
    let found = try await session(actor) { session in
      try classes.flatMap { try session.removals(in: $0, trial: trial) }
    }.filter { removal in
      switch removal.subject {
      case .value, .query, .reasons: reader.reads(formNamed: removal.form)
      case .deviation: reader.classesOfRemovableDeviations.contains(removal.dataClass)
      case .act(let object, _):
        AuditRow.kind(of: object).map { reader.auditKinds(in: removal.dataClass).contains($0) }
          ?? true
      }
    }
    return found.filter { $0.confirmedAt == nil } + found.filter { $0.confirmedAt != nil }
  }
}
