import Store
public import StudyModel

/// A record of a sample, with what its review begins with.
public struct SampledRecord: Sendable {
  /// The participant.
  public let participant: ParticipantKey
  /// What the review calls it, such as `SESS K3`.
  public let name: String
  /// The visit, at which the review is filed.
  public let visit: VisitCode
  /// The form of the record in words.
  public let title: String
  /// Instant at which it was handed in.
  public let handedInAt: UTCInstant
  /// Answers the review begins with.
  public let answers: [FieldID: String]
  /// How many reviews of it were handed in.
  public let reviews: Int
  /// Whether the record was voided since it was drawn.
  public let isVoided: Bool
}

/// A sample with its records.
public struct ReviewedSample: Sendable {
  /// The sample of the definition.
  public let sample: RecordSample
  /// Its records in reach, those to be reviewed first, each in the order they were handed in.
  public let records: [SampledRecord]
}

extension Actor {
  /// The samples whose reviews this role enters or reads.
  var reviewedSamples: [RecordSample] { definition.samples.filter(reviews) }

  private func reviews(_ sample: RecordSample) -> Bool {
    definition.form(sample.review).map { reads($0) } ?? false
  }

  /// Whether this role reads the reviews of a sample, and whether it writes them.
  public var sampleUse: FormUse {
    let forms = reviewedSamples.compactMap { definition.form($0.review) }
    if forms.contains(where: writes) { return .writes }
    return forms.isEmpty ? .none : .reads
  }
}

/// Records drawn at random for somebody to look at, such as sessions for their fidelity.
extension Installation {
  /// The samples whose reviews the role reads, with their records in the sites in reach.
  ///
  /// Nobody else learns which records were drawn: the treating team could tell from them which of the
  /// next sessions will not be.
  public func samples(as actor: Actor) async throws -> [ReviewedSample] {
    let samples = actor.reviewedSamples
    guard !samples.isEmpty else { throw ActRefusal.notFound }
    var found: [ReviewedSample] = []
    for sample in samples {
      found.append(
        ReviewedSample(sample: sample, records: try await records(of: sample, as: actor)))
    }
    return found
  }

  private func records(
    of sample: RecordSample, as actor: Actor
  ) async throws -> [SampledRecord] {
    let trial = actor.trial.id
    let (drawn, reviewed) = try await session(actor) { session in
      (
        try session.drawnRecords(of: sample.id),
        try session.reviewedRecords(on: sample.review, by: sample.recordField, in: trial)
      )
    }
    let records = try drawn.map { one in
      let name = RecordSample.name(of: one.form, at: one.visit, number: one.number)
      return SampledRecord(
        participant: one.participant, name: name, visit: try VisitCode(parsing: one.visit),
        title: (try? FormID(parsing: one.form)).flatMap { actor.definition.form($0)?.title }
          ?? one.form,
        handedInAt: one.placedAt,
        answers: sample.beginning(
          named: name, of: one.form, try AnswerText.answers(one.answers)),
        reviews: reviewed.count { $0.participant == one.participant.text && $0.record == name },
        isVoided: one.isVoided)
    }
    return records.filter { $0.reviews == 0 && !$0.isVoided }
      + records.filter { $0.reviews > 0 || $0.isVoided }
  }

  /// The field of a review that names a record which was not drawn of the participant.
  func undrawn(
    named answers: [FieldID: FieldAnswer], on form: Form, of participant: Participant?,
    _ actor: Actor
  ) async throws -> Set<FieldID> {
    var undrawn: Set<FieldID> = []
    for sample in actor.definition.samples where sample.review == form.id {
      guard let participant, let name = answers[sample.recordField]?.text else { continue }
      let drawn = try await session(actor) { try $0.drawnRecords(of: sample.id) }
      let isDrawn = drawn.contains { one in
        one.participant == participant.key
          && RecordSample.name(of: one.form, at: one.visit, number: one.number) == name
      }
      if !isDrawn { undrawn.insert(sample.recordField) }
    }
    return undrawn
  }

  /// What a new review of a drawn record begins with; nothing where the participant has no such record.
  public func reviewBeginning(
    of key: ParticipantKey, on form: FormID, record: String, as actor: Actor
  ) async throws -> [FieldID: String] {
    for sample in actor.reviewedSamples where sample.review == form {
      let records = try await records(of: sample, as: actor)
      if let one = records.first(where: { $0.participant == key && $0.name == record }) {
        return one.answers
      }
    }
    return [:]
  }
}

extension RecordSample {
  /// What a review begins with: the name of the record, what it takes over of it, fixed answers.
  fileprivate func beginning(
    named name: String, of form: String, _ answers: [FieldID: FieldAnswer]
  ) -> [FieldID: String] {
    let source = sources.first { $0.form.text == form }
    var beginning = source?.answers ?? [:]
    for (from, to) in source?.carried ?? [:] {
      if let text = answers[from]?.text { beginning[to] = text }
    }
    beginning[recordField] = name
    return beginning
  }
}
