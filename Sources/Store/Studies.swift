import Postgres
public import StudyModel

/// A trial of this installation.
public struct Trial: Sendable, Equatable {
  /// Its number.
  public let id: TrialID
  /// Its key in addresses.
  public let key: String
  /// Its title.
  public let title: String
  /// live, training or simulation.
  public let mode: String
  /// The state of the study lifecycle.
  public let state: String
  /// The first definition version, in force wherever no amendment is.
  public let version: String
  /// How often an amendment came into force at a site.
  public let amendments: Int
}

/// A site as it stands.
public struct Site: Sendable, Equatable {
  /// The key.
  public let key: SiteKey
  /// The name.
  public let name: String
  /// The IANA zone.
  public let zone: String
  /// The state of the site lifecycle.
  public let state: String
  /// Participants consented.
  public let consented: Int
  /// Participants randomized, over all arms.
  public let randomized: Int
}

enum StudySQL: String, StatementSet {
  case trials = """
    select trial_id::bigint, key, title, mode, state, version, amendments::bigint from open.trials order by key
    """
  case insertTrial = """
    insert into open.trials (key, title, mode, state, version) values ($1, $2, $3, 'draft', $4)
    returning trial_id::bigint
    """
  case insertDefinition = """
    insert into sealed.definitions (trial_id, version, source, digest, loaded_by) values ($1, $2, $3, $4, $5)
    """
  case definition = """
    select source from sealed.definitions where trial_id = $1 and version = $2
    """
  case definitionDigest = """
    select digest from sealed.definitions where trial_id = $1 and version = $2
    """
  case insertSite = """
    insert into open.sites (trial_id, site_key, name, zone, state) values ($1, $2, $3, $4, 'planned')
    """
  case sites = """
    select site_key, name, zone, state, consented::bigint, randomized::bigint
      from open.sites where trial_id = $1 order by site_key
    """
  case moveSite = "select open.move_site($1, $2, $3, $4)"
  case moveTrial = "select open.move_trial($1, $2, $3)"
}

extension Session {
  /// All trials, by key.
  public func trials() throws(StoreError) -> [Trial] {
    try rows(StudySQL.trials.statement).map { row throws(StoreError) in
      Trial(
        id: try row.int(0), key: try row.text(1), title: try row.text(2), mode: try row.text(3),
        state: try row.text(4), version: try row.text(5), amendments: try row.int(6))
    }
  }

  /// Creates a trial in state draft and gives its number.
  public func createTrial(
    key: String, title: String, mode: String, version: String
  ) throws(StoreError) -> TrialID {
    guard
      let row = try first(
        StudySQL.insertTrial.statement, .text(key), .text(title), .text(mode), .text(version))
    else { throw .internalFault(nil) }
    return try row.int(0)
  }

  /// Stores a definition; it can never be changed.
  public func storeDefinition(
    _ source: String, version: String, digest: [UInt8], trial: TrialID, by user: UserID?
  ) throws(StoreError) {
    _ = try rows(
      StudySQL.insertDefinition.statement, .int(Int64(trial)), .text(version), .text(source),
      .bytes(digest), user.map(SQLValue.int) ?? .null)
  }

  /// The text of a definition version.
  public func definition(_ trial: TrialID, version: String) throws(StoreError) -> String? {
    try first(StudySQL.definition.statement, .int(Int64(trial)), .text(version))?.text(0)
  }

  /// The digest of a definition version.
  public func definitionDigest(
    _ trial: TrialID, version: String
  ) throws(StoreError) -> [UInt8]? {
    try first(StudySQL.definitionDigest.statement, .int(Int64(trial)), .text(version))?.bytes(0)
  }

  /// Adds a planned site.
  public func addSite(
    _ key: SiteKey, name: String, zone: String, trial: TrialID
  ) throws(StoreError) {
    _ = try rows(
      StudySQL.insertSite.statement, .int(Int64(trial)), .text(key.text), .text(name), .text(zone))
  }

  /// The sites of a trial.
  public func sites(of trial: TrialID) throws -> [Site] {
    try rows(StudySQL.sites.statement, .int(Int64(trial))).map { row in
      Site(
        key: try SiteKey(parsing: try row.text(0)), name: try row.text(1), zone: try row.text(2),
        state: try row.text(3), consented: try row.int(4), randomized: try row.int(5))
    }
  }

  /// Moves a site along its lifecycle; `conflict` from any other state.
  public func moveSite(
    _ key: SiteKey, from: [String], to: String, reason: String
  ) throws(StoreError) {
    _ = try rows(
      StudySQL.moveSite.statement, .text(key.text), .textArray(from), .text(to), .text(reason))
  }

  /// Moves the study along its lifecycle; `conflict` from any other state.
  public func moveTrial(from: [String], to: String, reason: String) throws(StoreError) {
    _ = try rows(StudySQL.moveTrial.statement, .textArray(from), .text(to), .text(reason))
  }
}
