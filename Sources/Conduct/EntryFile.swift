import Foundation
public import Store
public import StudyModel

/// One version of an entry with its answers read.
public struct EntryVersion: Sendable {
  /// The version, from 1.
  public let version: Int
  /// The state of the entry at that version.
  public let status: String
  /// The answers.
  public let answers: [FieldID: FieldAnswer]
  /// The author's printed name.
  public let author: String
  /// The instant.
  public let at: UTCInstant
  /// The reason for change, empty for a first entry.
  public let reason: String
}

/// What somebody typed and did not save.
public struct EntryDraft: Sendable, Equatable {
  /// The version of the entry it was typed over, 0 for none.
  public let version: Int
  /// Names of boxes to the texts in them.
  public let typed: [String: [String]]
  /// The instant of keeping.
  public let keptAt: UTCInstant
}

/// A form with all that its reader may know of it.
public struct EntryFile: Sendable {
  /// The version of the definition the entry stands under, or would be begun under.
  public let definition: StudyDefinition
  /// The form as it stands.
  public let entry: ReadEntry
  /// The digest a signature of the reader would bind, in hexadecimal digits; empty before a save.
  public let digest: String
  /// Every version, oldest first.
  public let versions: [EntryVersion]
  /// Verifications, undone ones included.
  public let verifications: [StoredVerification]
  /// The data queries that are not closed.
  public let queries: [StoredQuery]
  /// The reader's own draft.
  public let draft: EntryDraft?
  /// Where versions came from that nobody typed.
  public let origins: [StoredOrigin]
  /// Signed corrections beside what was reported, void ones included, for who reads the whole form.
  public var corrections: [StoredCorrection] = []
  /// The form as it is shown, in the words loaded for its instrument; nil where it is as defined.
  public var shown: Form?
  /// The answers that checks on other forms decide, for who writes the form.
  public var setAnswers: [FieldID: SetAnswer] = [:]
  /// How a questionnaire was answered, nil of everything else.
  public var sitting: StoredSitting?

  /// A field's earlier values, latest first: each with the version that replaced it.
  public func earlier(
    of field: FieldID
  ) -> [(answer: FieldAnswer?, from: EntryVersion, replacedBy: EntryVersion)] {
    var found: [(answer: FieldAnswer?, from: EntryVersion, replacedBy: EntryVersion)] = []
    var since = versions.first
    for (before, after) in zip(versions, versions.dropFirst())
    where before.answers[field] != after.answers[field] {
      guard let from = since else { continue }
      found.append((before.answers[field], from, after))
      since = after
    }
    return found.reversed()
  }
}

/// What two people did to one entry: the version one read, the one that stands, and what was typed.
public struct EntryConflict: Sendable {
  /// One field that differs.
  public struct Difference: Sendable {
    /// The field.
    public let field: Field
    /// The answer at the version that was read.
    public let before: FieldAnswer?
    /// The answer that stands.
    public let stored: FieldAnswer?
    /// The answer that was typed.
    public let typed: FieldAnswer?

    /// Whether both changed it; otherwise the one who saved did, and nothing has to be decided.
    public var isDisputed: Bool { typed != before }
  }

  /// The version that was said to have been read.
  public let readAt: Int
  /// The version that stands, 0 where nothing is saved.
  public let version: Int
  /// Who saved it, as printed; empty where nobody did, or the reader may not know.
  public let author: String
  /// When.
  public let savedAt: UTCInstant?
  /// The fields whose typed and stored answers differ, in the order of the form.
  public let differences: [Difference]

  /// Whether the version that was said to have been read never existed.
  public var isOfNoVersion: Bool { readAt > version || readAt < 0 }

  /// What happened meanwhile, in a sentence.
  public var happened: String {
    let who = author.isEmpty ? "Somebody" : author
    guard isOfNoVersion else { return "\(who) saved version \(version) meanwhile." }
    let none = "There never was a version \(readAt) of this form: "
    guard version > 0 else { return none + "nothing is saved of it yet." }
    return none + "the last is version \(version)"
      + (author.isEmpty ? "." : ", saved by \(author).")
  }

  /// What happened, and what to do now.
  public var sentence: String {
    let todo =
      version == 0
      ? "Send it at version 0."
      : differences.isEmpty
        ? "Nothing differs from what is saved."
        : "Decide on each difference and send it at \(isOfNoVersion ? "the last" : "that") version."
    return happened + " Nothing of yours was saved. " + todo
  }
}

extension EntryFile {
  /// Compares what was typed over a version with what stands now.
  ///
  /// - Parameter base: the version that was read; an unknown one leaves every difference disputed.
  public func conflict(
    with typed: [FieldID: FieldAnswer], readAt base: Int
  ) -> EntryConflict {
    let read = versions.first { $0.version == base }
    let isKnown = read != nil || base == 0
    return EntryConflict(
      readAt: base, version: entry.version, author: entry.author, savedAt: entry.enteredAt,
      differences: entry.form.fields.compactMap { field in
        // As it would be stored: 70.0 is 70.
        let typed = typed[field.id].map(field.stored)
        guard !field.isCalculated, typed != entry.answers[field.id] else { return nil }
        // Without the version that was read the typed answer counts as changed.
        let before = isKnown ? read?.answers[field.id] : entry.answers[field.id]
        return EntryConflict.Difference(
          field: field, before: before, stored: entry.answers[field.id], typed: typed)
      })
  }
}

extension Field {
  /// An answer as it is stored; one that cannot be read stays as it was typed.
  fileprivate func stored(_ answer: FieldAnswer) -> FieldAnswer {
    guard case .value(let text) = answer, let value = try? type.value(parsing: text) else {
      return answer
    }
    return .value(value.canonicalText ?? text)
  }
}

extension Actor {
  /// Whether drafts of a form are kept for this person: of forms of a class the role reads, and of
  /// the outcome forms the role writes without reading them.
  func keepsDrafts(of form: Form) -> Bool {
    writes(form) && (lists(form) || form.dataClass == .outcome)
  }

  /// The classes in which this person can have drafts.
  var draftClasses: [DataClass] {
    guard role.can(.enterForms) else { return [] }
    return entryClasses + (role.ownEntriesOnly.contains(.outcome) ? [.outcome] : [])
  }
}

extension Actor {
  /// Refuses an entry of somebody else where this role reads its own only.
  func need(_ form: Form, _ stored: StoredEntry?) throws(StoreError) {
    guard let stored, !mayRead(form, isOwn: stored.isOwn), readsOwn(form) else { return }
    throw .notFound
  }
}

extension Session {
  /// Refuses entries of who is not in reach; a site is looked for in the scope of the actor before.
  func need(_ subject: EntrySubject, in trial: TrialID) throws {
    guard case .participant(let key) = subject else { return }
    guard try participant(key, in: trial) != nil else { throw StoreError.notFound }
  }
}

extension Installation {
  /// A form with its versions, verifications, data queries and the reader's own draft.
  ///
  /// - Parameter day: the day whose form is meant where there is no entry yet; today when absent.
  public func entryFile(
    _ owner: some EntryOwner, _ form: FormID, _ visit: VisitCode, number: Int = 1,
    on day: CalendarDate? = nil, as actor: Actor
  ) async throws -> EntryFile {
    let actor = try await acting(
      actor, on: EntryAddress(owner, form, visit, number: number), day: day)
    guard let form = actor.definition.form(form), actor.opens(form),
      actor.files(form, under: owner.subject), actor.definition.schedules(form, at: visit)
    else { throw ActRefusal.notFound }
    try form.needNumber(number)
    let trial = actor.trial.id
    let address = EntryAddress(owner, form.id, visit, number: number)
    if actor.handsIn(form) {
      return EntryFile(
        definition: actor.definition, entry: try await handedIn(form, address, as: actor),
        digest: "", versions: [], verifications: [], queries: [], draft: nil, origins: [])
    }
    let isRead = actor.lists(form)
    let hasDrafts = actor.keepsDrafts(of: form)
    let found = try await session(actor) { session in
      try session.need(owner.subject, in: trial)
      var found = FoundEntry()
      if isRead {
        found.entry = try session.entry(address, in: form.dataClass, trial: trial)
        try actor.need(form, found.entry)
        found.signatures = try session.signatures(of: owner, in: form.dataClass, trial: trial)
        found.versions = try session.versions(of: address, in: form.dataClass, trial: trial)
        found.verifications = try session.verifications(
          of: owner, in: form.dataClass, trial: trial)
        if actor.readsQueries {
          found.queries = try session.queries(of: owner, in: form.dataClass, trial: trial)
        }
        found.origins = try session.origins(of: address, in: form.dataClass, trial: trial)
        if form.dataClass == .outcome {
          found.sitting = try session.sitting(address, in: trial)
        }
        if actor.readsCorrections(of: form) {
          found.corrections = try session.corrections(of: address, in: trial)
        }
      } else {
        found.entry = try session.ownEntry(address)
        if found.entry != nil { found.versions = try session.ownVersions(of: address) }
      }
      if hasDrafts {
        found.drafts = try session.ownDrafts(of: owner, in: form.dataClass)
      }
      return found
    }
    // Of a form that repeats and of which others are not read, only what is new is written unread.
    let mostUnread = actor.readsOwn(form) && form.isRepeating ? 0 : 1
    guard number <= mostUnread || found.entry != nil else { throw ActRefusal.notFound }
    if form.isWorkedOut, let participant = owner.subject.participant {
      let known = try await self.participant(participant, as: actor)
      return EntryFile(
        definition: actor.definition,
        entry: try await workedOut(form, of: known, at: visit, as: actor), digest: "",
        versions: [], verifications: [], queries: [], draft: nil, origins: [])
    }
    var file = try file(of: found, form, address, actor)
    file.sitting = found.sitting
    file.corrections = found.corrections
    if form.instrument != nil {
      file.shown = try await worded(
        form, for: owner.subject.participant, actor.definition, trial: actor.trial)
    }
    if actor.writes(form), form.checks.contains(where: { $0.setBy != nil }),
      let participant = owner.subject.participant
    {
      let person = try await self.participant(participant, as: actor)
      let surroundings = try await surroundings(
        of: CheckPlace(
          participant: person, form: form, visit: visit, number: number), [:], trial: actor.trial,
        actor.definition, writer: actor)
      file.setAnswers = form.setAnswers(
        in: FormulaEnvironment(
          elsewhere: surroundings.elsewhere, clocks: actor.definition.formulaClocks(at: person.site)
        ))
    }
    return file
  }

  private func file(
    of found: FoundEntry, _ form: Form, _ address: EntryAddress, _ actor: Actor
  ) throws -> EntryFile {
    let (visit, number) = (address.visit, address.number)
    func isHere(_ itsForm: String, _ itsVisit: String, _ itsNumber: Int) -> Bool {
      itsForm == form.id.text && itsVisit == visit.text && itsNumber == number
    }
    let stored = found.entry
    let entry = ReadEntry(
      form: form, visit: visit, number: number, version: stored?.version ?? 0,
      status: stored?.status ?? "due",
      answers: try stored.map { try AnswerText.answers($0.answers) } ?? [:],
      author: stored?.author ?? "", enteredAt: stored?.enteredAt,
      isSubmitted: stored?.submittedAt != nil,
      signatures: found.signatures.filter { isHere($0.form, $0.visit, $0.number) })
    let draft = found.drafts.first { isHere($0.form, $0.visit, $0.number) }
    return EntryFile(
      definition: actor.definition, entry: entry,
      digest: stored.map {
        actor.signatureDigest(
          address.subject, form, visit, number: number, version: $0.version, $0.answers
        ).hex
      } ?? "",
      versions: try found.versions.map {
        EntryVersion(
          version: $0.version, status: $0.status, answers: try AnswerText.answers($0.answers),
          author: $0.author, at: $0.at, reason: $0.reason)
      }, verifications: found.verifications.filter { isHere($0.form, $0.visit, $0.number) },
      queries: found.queries.filter { isHere($0.form, $0.visit, $0.entryNumber) },
      draft: try draft.map {
        EntryDraft(
          version: $0.version,
          typed: try JSONDecoder().decode([String: [String]].self, from: Data($0.typed.utf8)),
          keptAt: $0.keptAt)
      }, origins: found.origins)
  }

  private struct FoundEntry {
    var entry: StoredEntry?
    var sitting: StoredSitting?
    var signatures: [StoredSignature] = []
    var versions: [StoredVersion] = []
    var verifications: [StoredVerification] = []
    var queries: [StoredQuery] = []
    var drafts: [StoredEntryDraft] = []
    var origins: [StoredOrigin] = []
    var corrections: [StoredCorrection] = []
  }
}
