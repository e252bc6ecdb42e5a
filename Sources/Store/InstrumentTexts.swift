import Postgres
public import StudyModel

/// A version of the text of an instrument in one language.
public struct StoredInstrumentText: Sendable, Equatable {
  /// The instrument.
  public let instrument: String
  /// The language.
  public let language: String
  /// The number of the text in its language.
  public let version: Int
  /// The version of the instrument it was checked against.
  public let instrumentVersion: String
  /// Whether it has words; otherwise the labels of the definition are shown.
  public let hasWords: Bool
  /// The digest of the file.
  public let digest: [UInt8]
  /// The document of the permission.
  public let permissionReference: String
  /// Who gave it.
  public let permissionFrom: String
  /// Its date.
  public let permittedOn: CalendarDate
  /// The version shown again, nil for a new text.
  public let restores: Int?
  /// The printed name of who loaded it.
  public let loadedBy: String
  /// When.
  public let loadedAt: UTCInstant
}

/// The text of an instrument as it is kept, to be loaded.
public struct InstrumentTextVersion: Sendable, Equatable {
  /// The instrument.
  public var instrument: InstrumentID
  /// The version of the instrument.
  public var instrumentVersion: String
  /// The language.
  public var language: String
  /// The words as JSON, nil where an earlier version is shown again.
  public var content: String?
  /// The digest of the file.
  public var digest: [UInt8]
  /// The document of the permission.
  public var permissionReference: String
  /// Who gave it.
  public var permissionFrom: String
  /// Its date.
  public var permittedOn: CalendarDate
  /// The version to show again, 0 for the labels of the definition.
  public var restores: Int?

  /// Describes a text.
  public init(
    instrument: InstrumentID, instrumentVersion: String, language: String, content: String?,
    digest: [UInt8], permissionReference: String, permissionFrom: String,
    permittedOn: CalendarDate, restores: Int? = nil
  ) {
    self.instrument = instrument
    self.instrumentVersion = instrumentVersion
    self.language = language
    self.content = content
    self.digest = digest
    self.permissionReference = permissionReference
    self.permissionFrom = permissionFrom
    self.permittedOn = permittedOn
    self.restores = restores
  }
}

enum InstrumentTextSQL: String, StatementSet {
  case load =
    "select open.load_instrument_text($1, $2, $3, $4, $5, $6, $7, $8::text::date, $9::int)::bigint"
  case list = """
    select i.instrument, i.language, i.version::bigint, i.instrument_version, i.content is not null, i.digest,
           i.permission_reference, i.permission_from, i.permitted_on::text, i.restores::bigint,
           coalesce((select u.full_name from access.users u where u.user_id = i.loaded_by), ''), i.loaded_at
      from open.instrument_texts i
     where i.trial_id = $1
     order by i.instrument, i.language, i.version
    """
  case shown = """
    select i.language, i.version::bigint, i.content::text
      from open.instrument_texts i
     where i.trial_id = $1 and i.instrument = $2 and i.content is not null
       and i.version = (select max(n.version) from open.instrument_texts n
         where n.trial_id = i.trial_id and n.instrument = i.instrument and n.language = i.language)
     order by (select min(f.loaded_at) from open.instrument_texts f
         where f.trial_id = i.trial_id and f.instrument = i.instrument and f.language = i.language), i.language
    """
  case languageOf = "select outcome.language_of($1)"
}

extension Session {
  /// Keeps a version of a text with its permission, or shows an earlier one again; gives its number.
  ///
  /// - Throws: `conflict` for what is shown already, `notFound` for a version that has no words.
  public func loadInstrumentText(_ text: InstrumentTextVersion) throws(StoreError) -> Int {
    let row = try first(
      InstrumentTextSQL.load.statement, .text(text.instrument.text), .text(text.language),
      .text(text.instrumentVersion), text.content.map { .json($0) } ?? .null, .bytes(text.digest),
      .text(text.permissionReference), .text(text.permissionFrom),
      .text(text.permittedOn.description), text.restores.map { .int(Int64($0)) } ?? .null)
    guard let row else { throw .internalFault(nil) }
    return try row.int(0)
  }

  /// Every version of every text of a trial, by instrument, language and number.
  public func instrumentTexts(of trial: TrialID) throws -> [StoredInstrumentText] {
    try rows(InstrumentTextSQL.list.statement, .int(Int64(trial))).map { row in
      StoredInstrumentText(
        instrument: try row.text(0), language: try row.text(1), version: try row.int(2),
        instrumentVersion: try row.text(3), hasWords: try row.bool(4), digest: try row.bytes(5),
        permissionReference: try row.text(6), permissionFrom: try row.text(7),
        permittedOn: try CalendarDate(parsing: try row.text(8)),
        restores: try row.optionalInt64(9).map { Int($0) },
        loadedBy: try row.text(10), loadedAt: try row.instant(11))
    }
  }

  /// The words of an instrument that are shown, one for each language, the language loaded first in front.
  public func shownTexts(
    of instrument: InstrumentID, in trial: TrialID
  ) throws(StoreError) -> [(language: String, version: Int, content: String)] {
    try rows(
      InstrumentTextSQL.shown.statement, .int(Int64(trial)), .text(instrument.text)
    ).map { row throws(StoreError) in
      (language: try row.text(0), version: try row.int(1), content: try row.text(2))
    }
  }

  /// The language in which a participant's ratings are booked, nil before the first booking.
  public func language(of participant: ParticipantKey) throws(StoreError) -> String? {
    try first(InstrumentTextSQL.languageOf.statement, .text(participant.text))?.optionalText(0)
  }
}
