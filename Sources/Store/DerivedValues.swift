import Postgres
public import StudyModel

/// What the system worked out for one form at one visit, in one class.
public struct StoredDerivation: Sendable, Equatable {
  /// The version, from 1.
  public let version: Int
  /// The values as stored JSON.
  public let answers: String
  /// The definition version whose formulas gave them.
  public let definition: String
  /// The instant.
  public let derivedAt: UTCInstant
}

enum DerivedValueSQL: String, StatementSet {
  case keep = "select {class}.keep_derived($1, $2, $3, $4, $5)"
  case owe = "select {class}.owe_derivation($1, $2, $3, $4::int, $5)"
  case settle = "select {class}.settle_derivations($1)::bigint"
  case owed = "select {class}.owed_derivations()"
  case hold = "select open.hold_participant($1)"
  case holdTreatment = """
    select pg_try_advisory_xact_lock(hashtextextended('derived of treatment ' || $1::text || '/' || $2::text, 0))
    """
  case latest = """
    select version::bigint, answers::text, definition, derived_at from {class}.derived_values
     where trial_id = $1 and participant = $2 and form = $3 and visit = $4
     order by version desc limit 1
    """
}

extension Session {
  /// Holds a participant until the transaction ends, so that derivations of one follow each other;
  /// false where there is none, or another transaction changes it.
  public func hold(_ participant: ParticipantKey, in trial: TrialID) throws(StoreError) -> Bool {
    try first(DerivedValueSQL.hold.statement, .text(participant.text))?.bool(0) ?? false
  }

  /// Holds what is worked out of treatment of a participant in the same way; false where another transaction does.
  public func holdTreatment(
    of participant: ParticipantKey, in trial: TrialID
  ) throws(StoreError) -> Bool {
    try first(
      DerivedValueSQL.holdTreatment.statement, .int(Int64(trial)), .text(participant.text))?.bool(0)
      ?? false
  }

  /// Keeps values that were worked out where they differ from those kept; gives whether they did.
  public func keepDerived(
    _ participant: ParticipantKey, _ form: FormID, _ visit: VisitCode, answers: String,
    definition: String, in dataClass: DataClass
  ) throws(StoreError) -> Bool {
    try first(
      DerivedValueSQL.keep.of(dataClass), .text(participant.text), .text(form.text),
      .text(visit.text), .json(answers), .text(definition))?.bool(0) ?? false
  }

  /// Opens the data query that what follows from an entry could not be worked out; false where it is open.
  public func oweDerivation(
    after address: EntryAddress, in dataClass: DataClass, text: String
  ) throws(StoreError) -> Bool {
    try first(
      DerivedValueSQL.owe.of(dataClass), .text(address.subject.text), .text(address.form.text),
      .text(address.visit.text), .int(Int64(address.number)), .text(text))?.bool(0) ?? false
  }

  /// Closes those of a participant in a class; gives how many there were.
  public func settleDerivations(
    of participant: ParticipantKey, in dataClass: DataClass
  ) throws(StoreError) -> Int {
    try first(DerivedValueSQL.settle.of(dataClass), .text(participant.text))?.int(0) ?? 0
  }

  /// The participants of whom something of a class could not be worked out.
  public func owedDerivations(in dataClass: DataClass) throws(StoreError) -> [String] {
    try rows(DerivedValueSQL.owed.of(dataClass)).map { row throws(StoreError) in try row.text(0) }
  }

  /// The values of a class as they were last worked out; nil where there never were any.
  public func derived(
    _ participant: ParticipantKey, _ form: FormID, _ visit: VisitCode, in dataClass: DataClass,
    trial: TrialID
  ) throws(StoreError) -> StoredDerivation? {
    guard
      let row = try first(
        DerivedValueSQL.latest.of(dataClass), .int(Int64(trial)), .text(participant.text),
        .text(form.text), .text(visit.text))
    else { return nil }
    return StoredDerivation(
      version: try row.int(0), answers: try row.text(1), definition: try row.text(2),
      derivedAt: try row.instant(3))
  }
}
