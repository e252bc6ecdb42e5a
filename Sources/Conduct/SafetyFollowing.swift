public import Store
public import StudyModel

/// A serious event as a role may know it: what tells no arm, and its reporting times.
public struct SeriousEvent: Sendable {
  /// The participant.
  public let participant: String
  /// The form.
  public let form: FormID
  /// The visit.
  public let visit: String
  /// The number among repeats.
  public let number: Int
  /// The newest version first.
  public let versions: [ReportedVersion]
  /// Its reporting times, those to meet first.
  public let clocks: [StoredClock]
  /// Whether it was expected, as who answers for it judged last; nil before.
  public let judgement: Judgement?

  /// Whether the event was expected, as far as its reader may know.
  public struct Judgement: Sendable, Equatable {
    /// Whether the reference document names it.
    public let isExpected: Bool
    /// The version of the report that was judged.
    public let version: Int
    /// The instant.
    public let judgedAt: UTCInstant
    /// What was said with it, nil for who may not read it.
    public let words: Words?
  }

  /// What was said with a judgement: who judges may have opened the arm and tell of it.
  public struct Words: Sendable, Equatable {
    /// The reference document and its version.
    public let reference: String
    /// Why.
    public let reason: String
    /// The printed name of who judged.
    public let judgedBy: String

    /// Makes the words from their parts.
    public init(reference: String, reason: String, judgedBy: String) {
      self.reference = reference
      self.reason = reason
      self.judgedBy = judgedBy
    }
  }
}

/// One version of the report of a serious event.
public struct ReportedVersion: Sendable {
  /// The version: 1 the first report, further ones follow-up.
  public let number: Int
  /// The instant of entry.
  public let enteredAt: UTCInstant
  /// Whether an investigator signed it and the signature stands.
  public let isSigned: Bool
  /// Label and answer, in the order of the form.
  public let told: [(label: String, answer: String)]
}

extension Installation {
  /// Serious events in the actor's reach, with their reporting times: without any arm, whoever asks.
  ///
  /// A role without the class of the form is told what the definition declassified and nothing else,
  /// and only of events whose reporting times name the role: the system looks for it.
  public func seriousEvents(as actor: Actor) async throws -> [SeriousEvent] {
    guard actor.role.can(.followSafety) || actor.role.can(.readSafety) else {
      throw ActRefusal.notFound
    }
    let trial = actor.trial.id
    // Who only reads is told by the class alone, and of nothing by the system.
    let forms = actor.definition.clocks.compactMap { actor.definition.form($0.form) }
      .filter { actor.role.can(.followSafety) || actor.reads($0) }
    let classes = Set(forms.map(\.dataClass))
    var events: [SeriousEvent] = []
    for dataClass in classes.sorted() where dataClass <= .treatment {
      let isTold = !actor.role.classes.contains(dataClass)
      let (clocks, versions, judgements) = try await session(actor, on: isTold ? .committee : nil) {
        session in
        (
          try session.clocks(in: dataClass, trial: trial, isToldOnly: isTold),
          try session.toldEvents(in: dataClass, trial: trial, isToldOnly: isTold),
          try session.judgements(in: dataClass, trial: trial)
        )
      }
      events += try Self.events(clocks, versions, judgements) { judgement in
        // Blinded colleagues have not opened the case, and words may tell what it showed.
        isTold && judgement.judge != actor.user
          ? nil
          : SeriousEvent.Words(
            reference: judgement.reference, reason: judgement.reason,
            judgedBy: judgement.judgedBy)
      }
    }
    return events.sorted { $0.urgency.lexicographicallyPrecedes($1.urgency) }
  }

  private static func events(
    _ clocks: [StoredClock], _ versions: [ToldEvent], _ judgements: [StoredJudgement],
    words: (StoredJudgement) -> SeriousEvent.Words?
  ) throws -> [SeriousEvent] {
    let reports = Dictionary(grouping: versions) {
      [$0.participant, $0.form, $0.visit, String($0.number)]
    }
    return try reports.values.compactMap { versions in
      guard let first = versions.first else { return nil }
      // Only of events the reader is told of.
      let judgement = judgements.first {
        $0.participant == first.participant && $0.form == first.form && $0.visit == first.visit
          && $0.number == first.number
      }
      return SeriousEvent(
        participant: first.participant, form: try FormID(parsing: first.form), visit: first.visit,
        number: first.number,
        versions: try versions.map { version in
          ReportedVersion(
            number: version.version, enteredAt: version.enteredAt, isSigned: version.isSigned,
            told: try Self.pairs(
              judgement.flatMap { $0.version == version.version ? $0.told : nil } ?? version.told))
        },
        clocks: clocks.filter {
          $0.participant == first.participant && $0.form == first.form && $0.visit == first.visit
            && $0.number == first.number
        },
        judgement: judgement.map {
          SeriousEvent.Judgement(
            isExpected: $0.isExpected, version: $0.version, judgedAt: $0.judgedAt, words: words($0))
        })
    }
  }

  private static func pairs(_ json: String) throws -> [(label: String, answer: String)] {
    guard let pairs = try JSONText(json).list else { return [] }
    return pairs.compactMap { pair in
      guard let texts = pair.list, texts.count == 2, let label = texts[0].text,
        let answer = texts[1].text
      else { return nil }
      return (label, answer)
    }
  }

  /// Says that the report a reporting time asks for was made.
  public func meetClock(
    _ address: EntryAddress, _ clock: String, as actor: Actor
  ) async throws -> UTCInstant {
    try actor.need(.followSafety)
    guard let form = actor.definition.form(address.form), form.dataClass <= .treatment,
      let plan = actor.definition.reportingTime(clock), plan.form == form.id,
      !plan.isMetByEntry,
      plan.declassifiedBecause != nil || actor.role.classes.contains(form.dataClass)
    else { throw ActRefusal.notFound }
    let isTold = !actor.role.classes.contains(form.dataClass)
    return try await session(actor, on: isTold ? .committee : nil) {
      try $0.meetClock(address, clock, in: form.dataClass)
    }
  }
}

extension SeriousEvent {
  /// Those with a running time first, the one that ends first at the top.
  fileprivate var urgency: [String] {
    let running = clocks.filter { $0.metAt == nil }.map(\.dueAt).min()
    let ends = running?.description ?? ""
    return [running == nil ? "1" : "0", ends, participant, visit, "\(number)"]
  }
}
