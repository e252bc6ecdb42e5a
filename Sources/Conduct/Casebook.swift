public import Store
public import StudyModel

/// The state of one entry as a reader of its class may know it.
public struct EntryState: Sendable {
  /// The form.
  public let form: FormID
  /// The visit.
  public let visit: VisitCode
  /// The number among repeats.
  public let number: Int
  /// The version, from 1.
  public let version: Int
  /// The state of the entry lifecycle.
  public let status: String
  /// The author's printed name.
  public let author: String
  /// The instant of this version.
  public let enteredAt: UTCInstant
  /// Whether it was handed in.
  public let isSubmitted: Bool
}

extension EntryState {
  init(_ stored: StoredEntry) throws {
    self.init(
      form: try FormID(parsing: stored.form), visit: try VisitCode(parsing: stored.visit),
      number: stored.number, version: stored.version, status: stored.status,
      author: stored.author, enteredAt: stored.enteredAt, isSubmitted: stored.submittedAt != nil)
  }
}

/// What a reader may know of one participant, without any value.
public struct Casebook: Sendable {
  /// The participant.
  public let participant: Participant
  /// The entries of the classes in reach.
  public let entries: [EntryState]
  /// The states of ratings and questionnaires.
  public let collection: [CollectionStatus]
  /// The data queries of class open that are not closed.
  public let queries: [StoredQuery]
  /// The reader's own drafts, which nobody else knows of.
  public let drafts: [StoredEntryDraft]
  /// What is in force at the site, with the forms and visits of entries made under other versions;
  /// nil where it is the reader's own.
  public let definition: StudyDefinition?
  /// Consents that are asked for again and not given.
  public let reconsents: [StoredReconsentTask]

  /// The visits of treatment this participant has, as far as the reader may know: those of the arm
  /// once it is acknowledged, and those that took place.
  public let treatmentVisits: Set<VisitCode>

  /// Puts a casebook together from its parts.
  public init(
    participant: Participant, entries: [EntryState], collection: [CollectionStatus],
    queries: [StoredQuery], drafts: [StoredEntryDraft] = [], definition: StudyDefinition? = nil,
    reconsents: [StoredReconsentTask] = [], treatmentVisits: Set<VisitCode> = []
  ) {
    self.definition = definition
    self.reconsents = reconsents
    self.drafts = drafts
    self.treatmentVisits = treatmentVisits
    self.participant = participant
    self.entries = entries
    self.collection = collection
    self.queries = queries
  }
}

extension Installation {
  /// One participant with the state of the forms.
  public func casebook(
    of participant: ParticipantKey, as actor: Actor
  ) async throws -> Casebook {
    guard actor.knowsParticipants else { throw ActRefusal.notFound }
    let trial = actor.trial.id
    let classes = actor.entryClasses
    let draftClasses = actor.draftClasses
    let found = try await session(actor) { session in
      guard let found = try session.participant(participant, in: trial) else {
        throw StoreError.notFound
      }
      var entries: [StoredEntry] = []
      for dataClass in classes {
        entries += try session.entries(of: participant, in: dataClass, trial: trial)
      }
      return (
        found, entries, try session.collection(of: participant, in: trial),
        try session.queries(of: participant, in: .open, trial: trial),
        try draftClasses.flatMap { try session.ownDrafts(of: participant, in: $0) },
        actor.trial.amendments > 0
          && actor.readsConsent
          ? try session.reconsentTasks(of: participant, in: trial).filter { $0.doneAt == nil } : []
      )
    }
    let reader = try await knowingEveryVersion(actor)
    let entries = try found.1
      .filter { reader.mayRead(formNamed: $0.form, isOwn: $0.isOwn) }.map(EntryState.init)
    return Casebook(
      participant: found.0, entries: entries,
      collection: found.2.filter { reader.knowsStatus(ofFormNamed: $0.form) },
      queries: reader.readsQueries ? found.3.filter { reader.reads(formNamed: $0.form) } : [],
      drafts: found.4,
      definition: try await casebookDefinition(entries, found.0, actor), reconsents: found.5,
      treatmentVisits: try await treatmentVisits(of: found.0, entries, actor))
  }

  /// The visits of treatment a participant has, for who knows the arm.
  private func treatmentVisits(
    of participant: Participant, _ entries: [EntryState], _ actor: Actor
  ) async throws -> Set<VisitCode> {
    let visits = actor.definition.visits(knownTo: actor.role).filter { $0.dataClass > .open }
    guard !visits.isEmpty else { return [] }
    let arm = try await knownArm(of: participant.key, actor)?.canonicalText
    // The list of visits tells the arm to whoever reads it.
    if arm != nil {
      try await session(actor) {
        try $0.note(
          "allocation read", on: participant.key.text, site: participant.site.text,
          reason: "the visits of the arm were listed", in: .allocation)
      }
    }
    let visited = Set(entries.map(\.visit))
    return Set(
      visits.filter { visit in
        visited.contains(visit.code)
          || arm != nil && (visit.arms.isEmpty || visit.arms.contains { $0.text == arm })
      }.map(\.code))
  }

  /// The actor under a participant's casebook, which knows every form and visit with an entry.
  func readingCasebook(of participant: ParticipantKey, _ actor: Actor) async throws -> Actor {
    guard actor.trial.amendments > 0 else { return actor }
    guard actor.knowsParticipants else {
      return try await acting(actor, for: participant)
    }
    return actor.under(
      try await casebook(of: participant, as: actor).definition ?? actor.definition)
  }

  /// The actor who knows every form with an entry of a participant or site.
  func readingEntries(of subject: EntrySubject, _ actor: Actor) async throws -> Actor {
    switch subject {
    case .participant(let key): try await readingCasebook(of: key, actor)
    case .site: try await knowingEveryVersion(actor)
    }
  }

  /// Reads a form that is entered, signed or read by class, with the digest a signature binds.
  public func readEntry(
    _ owner: some EntryOwner, _ form: FormID, _ visit: VisitCode, number: Int = 1,
    as actor: Actor
  ) async throws -> (entry: ReadEntry, digest: String) {
    let file = try await entryFile(owner, form, visit, number: number, as: actor)
    return (file.entry, file.digest)
  }

  /// The changes of a participant in class open, newest first.
  public func history(
    of participant: ParticipantKey, limit: Int, as actor: Actor
  ) async throws -> [AuditRow] {
    try actor.need(.readAudit)
    guard actor.role.classes.contains(.open) else { throw ActRefusal.notFound }
    let trial = actor.trial.id
    let kinds = try await knowingEveryVersion(actor).auditKinds(in: .open)
    return try await session(actor) { session in
      guard try session.participant(participant, in: trial) != nil else {
        throw StoreError.notFound
      }
      return try session.audit(of: .open, in: trial, object: participant.text, limit: limit)
    }.filter { row in row.kind.map(kinds.contains) ?? true }
  }
}
