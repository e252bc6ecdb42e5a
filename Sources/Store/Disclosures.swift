import Postgres
public import StudyModel

/// A ledger entry ready to be appended, with the signed head after it.
public struct AppendedEntry: Sendable {
  /// The ledger index.
  public var index: Int64
  /// The canonical entry.
  public var entry: [UInt8]
  /// The canonical head after the entry.
  public var head: [UInt8]
  /// The signature of the head.
  public var signature: [UInt8]

  /// Makes an entry.
  public init(index: Int64, entry: [UInt8], head: [UInt8], signature: [UInt8]) {
    self.index = index
    self.entry = entry
    self.head = head
    self.signature = signature
  }
}

/// What is recorded of a disclosure beside its ledger entry.
public struct DisclosureRecord: Sendable {
  /// The participant.
  public var participant: ParticipantKey
  /// EMERGENCY or CASE.
  public var kind: String
  /// page, api or envelope.
  public var channel: String
  /// Whether the protocol foresees it as a step of reporting.
  public var isPlanned: Bool
  /// The ground from the fixed list.
  public var ground: String
  /// The reason in words.
  public var reason: String
  /// The number of the serious event, empty where there is none.
  public var eventNumber: String
  /// The printed name of who read the arm.
  public var openedBy: String
  /// When it was read; nil for the instant of the record.
  public var openedAt: UTCInstant?
  /// The roles that are told that it happened.
  public var toldRoles: [String]

  /// Makes a record.
  public init(
    participant: ParticipantKey, kind: String, channel: String, isPlanned: Bool, ground: String,
    reason: String, eventNumber: String, openedBy: String, openedAt: UTCInstant?,
    toldRoles: [String]
  ) {
    self.participant = participant
    self.kind = kind
    self.channel = channel
    self.isPlanned = isPlanned
    self.ground = ground
    self.reason = reason
    self.eventNumber = eventNumber
    self.openedBy = openedBy
    self.openedAt = openedAt
    self.toldRoles = toldRoles
  }
}

/// A disclosure as it is on record; it holds no arm.
public struct DisclosureEvent: Sendable, Equatable {
  /// The ledger entry.
  public let index: Int64
  /// The participant.
  public let participant: ParticipantKey
  /// EMERGENCY or CASE.
  public let kind: String
  /// page, api or envelope.
  public let channel: String
  /// Whether the protocol foresees it.
  public let isPlanned: Bool
  /// Whether it was entered after it happened.
  public let isLate: Bool
  /// The ground.
  public let ground: String
  /// The reason in words.
  public let reason: String
  /// The number of the serious event.
  public let eventNumber: String
  /// Who read the arm.
  public let openedBy: String
  /// When it was read.
  public let openedAt: UTCInstant
  /// When it was recorded.
  public let recordedAt: UTCInstant
}

/// That an emergency unblinding happened, as those see it who are told.
public struct UnblindingNotice: Sendable, Equatable {
  /// Its random name.
  public let name: String
  /// The participant.
  public let participant: ParticipantKey
  /// When the arm was read.
  public let openedAt: UTCInstant
  /// When this reader said to have read it, nil before.
  public let readAt: UTCInstant?
}

/// A void or correction as it is on record.
public struct CorrectionRecord: Sendable, Equatable {
  /// The ledger entry.
  public let index: Int64
  /// The participant.
  public let participant: ParticipantKey
  /// void or correct.
  public let kind: String
  /// The ground.
  public let ground: String
  /// The reason in words.
  public let reason: String
  /// When it was recorded.
  public let recordedAt: UTCInstant
}

/// A sheet of envelope codes that was handed out.
public struct CodeIssue: Sendable, Equatable {
  /// The site.
  public let site: String
  /// The first participant key of the sheet.
  public let first: String
  /// The last participant key of the sheet.
  public let last: String
  /// When.
  public let issuedAt: UTCInstant
}

enum DisclosureSQL: String, StatementSet {
  case recordUnblinding = """
    select allocation.record_unblinding($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
    """
  case recordCorrection = "select allocation.record_correction($1, $2, $3, $4, $5, $6, $7, $8)"
  case events = """
    select i, participant, kind, channel, is_planned, is_late, ground, reason, event_number, opened_by, opened_at, recorded_at
      from allocation.unblinding_events where trial_id = $1 order by i
    """
  case corrections = """
    select i, participant, kind, ground, reason, recorded_at
      from allocation.randomization_corrections where trial_id = $1 order by i
    """
  case notices = """
    select n.notice::text, n.participant, n.opened_at, r.at
      from open.unblinding_notices n
      left join open.unblinding_notice_readings r using (trial_id, notice)
     where n.trial_id = $1 order by n.opened_at desc, n.notice
    """
  case readNotice = "select open.read_unblinding_notice($1::uuid)"
  case issueCodes = "select allocation.issue_envelope_codes($1, $2, $3)"
  case codeIssues = """
    select site_key, first_key, last_key, issued_at
      from allocation.envelope_code_issues where trial_id = $1 order by issue
    """
  case allocatedAt = """
    select i, participant from allocation.allocations where trial_id = $1 and site_key = $2 order by i
    """
}

extension Session {
  /// Records a disclosure; gives the instant at which the arm counts as read.
  public func recordUnblinding(
    _ entry: AppendedEntry, _ record: DisclosureRecord
  ) throws(StoreError) -> UTCInstant {
    let row = try first(
      DisclosureSQL.recordUnblinding.statement, .int(entry.index), .bytes(entry.entry),
      .bytes(entry.head), .bytes(entry.signature), .text(record.participant.text),
      .text(record.kind), .text(record.channel), .bool(record.isPlanned), .text(record.ground),
      .text(record.reason), .text(record.eventNumber), .text(record.openedBy),
      record.openedAt?.value ?? .null, .textArray(record.toldRoles))
    guard let row else { throw .internalFault(nil) }
    return try row.instant(0)
  }

  /// Records a void or a correction.
  public func recordCorrection(
    _ entry: AppendedEntry, of participant: ParticipantKey, kind: String, ground: String,
    reason: String
  ) throws(StoreError) {
    _ = try rows(
      DisclosureSQL.recordCorrection.statement, .int(entry.index), .bytes(entry.entry),
      .bytes(entry.head), .bytes(entry.signature), .text(participant.text), .text(kind),
      .text(ground), .text(reason))
  }

  /// The disclosures on record, in ledger order.
  public func disclosureEvents(in trial: TrialID) throws -> [DisclosureEvent] {
    try rows(DisclosureSQL.events.statement, .int(Int64(trial))).map { row in
      DisclosureEvent(
        index: try row.int64(0), participant: try ParticipantKey(parsing: try row.text(1)),
        kind: try row.text(2), channel: try row.text(3), isPlanned: try row.bool(4),
        isLate: try row.bool(5), ground: try row.text(6), reason: try row.text(7),
        eventNumber: try row.text(8), openedBy: try row.text(9), openedAt: try row.instant(10),
        recordedAt: try row.instant(11))
    }
  }

  /// The voids and corrections on record, in ledger order.
  public func corrections(in trial: TrialID) throws -> [CorrectionRecord] {
    try rows(DisclosureSQL.corrections.statement, .int(Int64(trial))).map { row in
      CorrectionRecord(
        index: try row.int64(0), participant: try ParticipantKey(parsing: try row.text(1)),
        kind: try row.text(2), ground: try row.text(3), reason: try row.text(4),
        recordedAt: try row.instant(5))
    }
  }

  /// The notices the reader is told, newest first.
  public func unblindingNotices(in trial: TrialID) throws -> [UnblindingNotice] {
    try rows(DisclosureSQL.notices.statement, .int(Int64(trial))).map { row in
      UnblindingNotice(
        name: try row.text(0), participant: try ParticipantKey(parsing: try row.text(1)),
        openedAt: try row.instant(2), readAt: try row.optionalInstant(3))
    }
  }

  /// Records that the reader has read a notice; once is enough.
  public func readUnblindingNotice(_ name: String) throws(StoreError) {
    _ = try rows(DisclosureSQL.readNotice.statement, .text(name))
  }

  /// Records that a sheet of envelope codes was handed out.
  public func issueEnvelopeCodes(
    at site: SiteKey, first: ParticipantKey, last: ParticipantKey
  ) throws(StoreError) {
    _ = try rows(
      DisclosureSQL.issueCodes.statement, .text(site.text), .text(first.text), .text(last.text))
  }

  /// The sheets of envelope codes handed out so far.
  public func codeIssues(in trial: TrialID) throws(StoreError) -> [CodeIssue] {
    try rows(DisclosureSQL.codeIssues.statement, .int(Int64(trial))).map { row throws(StoreError) in
      CodeIssue(
        site: try row.text(0), first: try row.text(1), last: try row.text(2),
        issuedAt: try row.instant(3))
    }
  }

  /// The participants of a site with a committed allocation, with its ledger index, in ledger order.
  public func allocatedParticipants(
    at site: SiteKey, in trial: TrialID
  ) throws -> [(index: Int, participant: ParticipantKey)] {
    try rows(
      DisclosureSQL.allocatedAt.statement, .int(Int64(trial)), .text(site.text)
    ).map { row in
      (try row.int(0), try ParticipantKey(parsing: try row.text(1)))
    }
  }
}
