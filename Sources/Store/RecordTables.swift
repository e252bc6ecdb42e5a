/// A schema that holds part of the record: the data classes and the accounts.
public enum RecordSchema: String, CaseIterable, Sendable {
  case open, outcome, treatment, allocation, sealed, identity, access

  /// Whether the schema has an audit trail.
  public var hasAudit: Bool {
    switch self {
    case .open, .outcome, .treatment, .allocation: true
    case .sealed, .identity, .access: false
    }
  }

  /// Whether forms are entered in the schema.
  public var hasEntries: Bool {
    switch self {
    case .open, .outcome, .treatment: true
    case .allocation, .sealed, .identity, .access: false
    }
  }
}

/// A table and how a change of it behind the program's back is found.
///
/// The list names every table of the database: a test compares it with the catalog, so that a new
/// table is either sealed or left out for a reason that stands here.
public struct RecordTable: Sendable, Hashable {
  /// How a table is guarded.
  public enum Guard: Sendable, Hashable {
    /// Each row is compared with its last seal; the columns named are moments or counters.
    case sealed(but: [String])
    /// Chained by itself.
    case chained
    /// Computed again by the check of the ledger.
    case ledger
    /// No record.
    case none(why: String)
  }

  /// The schema.
  public let schema: RecordSchema
  /// The table.
  public let name: String
  /// How it is guarded.
  public let kind: Guard

  private static func sealed(_ schema: RecordSchema, _ names: [String]) -> [RecordTable] {
    names.map { RecordTable(schema: schema, name: $0, kind: .sealed(but: [])) }
  }

  private static func one(_ schema: RecordSchema, _ name: String, _ kind: Guard) -> RecordTable {
    RecordTable(schema: schema, name: name, kind: kind)
  }

  private static let ofEveryFormClass = [
    "entries", "entry_versions", "signatures", "data_queries", "data_query_messages", "snapshots",
    "verifications", "imports", "import_rows", "serials", "alerts", "deviations", "clocks",
    "clock_starts", "safety_events", "judgements", "tombstones", "removed_values",
    "removed_reasons",
    "derived_values",
  ]

  private static let chains: [RecordTable] = RecordSchema.allCases.flatMap { schema in
    ["seals", "seal_heads", "checkpoints"].map { one(schema, $0, .chained) }
      + (schema.hasAudit ? ["audit", "audit_heads"].map { one(schema, $0, .chained) } : [])
  }

  private static let forms: [RecordTable] = [RecordSchema.open, .outcome, .treatment].flatMap {
    sealed($0, ofEveryFormClass) + [
      one($0, "drafts", .none(why: "what somebody typed and did not save"))
    ]
  }

  /// Every table.
  public static let all: [RecordTable] =
    chains + forms
    + sealed(
      .open,
      [
        "trials", "participants", "collection_status", "cuts", "interim_looks", "lock_signatures",
        "unblinding_notices", "unblinding_notice_readings", "study_versions", "dry_runs",
        "site_versions", "reconsent_tasks", "audit_reviews", "whole_versions", "look_amendments",
        "transfers",
        "instrument_texts", "site_facts",
      ])
    + sealed(
      .outcome,
      [
        "rating_tasks", "ended_bookings", "corrections", "questionnaire_links", "planned_orders",
        "sittings",
      ])
    + sealed(
      .allocation,
      [
        "acknowledgements", "closed_reports", "unblinding", "unblinding_events",
        "randomization_corrections", "envelope_code_issues",
      ])
    + sealed(
      .sealed,
      ["secrets", "schemes", "definitions", "scheme_drafts", "simulations", "master_keys"])
    + sealed(
      .treatment,
      [
        "team_acts", "unblinding_reports", "unblinding_assessments", "sample_groups",
        "sampled_records",
      ])
    + sealed(.identity, ["people", "entries"])
    + sealed(
      .access,
      [
        "grants", "grant_periods", "grant_proposals", "invitations", "recovery_codes", "events",
        "role_kinds", "identity_checks", "accountability", "addresses", "access_reviews",
        "access_review_lines", "certifications", "clock_checks", "security_alerts",
      ])
    + [
      one(
        .access, "users",
        .sealed(but: ["factor_step", "failures", "retry_after", "last_sign_in"])),
      one(.open, "sites", .sealed(but: ["randomized"])),
      one(.access, "letters", .sealed(but: ["attempts", "next_at"])),
      one(.open, "design_simulations", .sealed(but: ["done", "touched_at"])),
      one(.access, "passkeys", .sealed(but: ["sign_count", "used_at"])),
      one(.access, "provider_identities", .sealed(but: ["used_at"])),
      one(
        .access, "provider_flows", .none(why: "browsers at the provider in the last five minutes")),
      one(.access, "passkey_challenges", .none(why: "questions of the last five minutes")),
      one(.access, "sessions", .none(why: "who is signed in now")),
      one(.access, "sign_in_addresses", .none(why: "failed sign-ins of the last hour")),
      one(.access, "requests", .none(why: "replies kept for a repeated request")),
      one(.access, "replies", .none(why: "replies kept for a repeated request")),
    ]
    + ["ledgers", "ledger_entries", "allocations", "heads"].map {
      one(.allocation, $0, .ledger)
    }
}
