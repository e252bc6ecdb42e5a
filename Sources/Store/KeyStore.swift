import Foundation
public import Postgres

/// A generation of the master key as the database knows it: by fingerprints alone.
public struct MasterKeyRecord: Sendable, Equatable {
  /// The number from 1.
  public let generation: Int
  /// The fingerprint of the master key.
  public let fingerprint: [UInt8]
  /// The fingerprint of the key of one-time codes.
  public let signInFingerprint: [UInt8]
  /// The likeness key under this master key, nil in the first generation.
  public let likenessBox: [UInt8]?

  /// Makes the record of a generation.
  public init(
    generation: Int, fingerprint: [UInt8], signInFingerprint: [UInt8], likenessBox: [UInt8]?
  ) {
    self.generation = generation
    self.fingerprint = fingerprint
    self.signInFingerprint = signInFingerprint
    self.likenessBox = likenessBox
  }
}

/// What a box of the database holds: with it the box opens, anywhere else it does not.
public enum BoxPlace: Sendable, Equatable {
  /// The secret of a person's one-time codes.
  case factor(username: String)
  /// The seed of a ledger.
  case seed(ledger: [UInt8])
  /// The key that signs a trial's heads.
  case headKey(trial: TrialID)
  /// The key of the letters in a trial's closed reports.
  case labelKey(trial: TrialID)
  /// A scheme.
  case scheme(trial: TrialID, epoch: Int)
  /// A candidate scheme.
  case schemeDraft(trial: TrialID, draft: Int)
  /// The report of a simulation.
  case simulation(trial: TrialID, number: Int)
  /// The reply to a request.
  case reply(user: UserID, operation: String, key: String)
  /// The arm of an allocation.
  case arm(ledger: [UInt8], entry: Int)
  /// What names a participant, as given at consent.
  case identity(trial: TrialID)
  /// A version of the form that names a participant.
  case identityEntry(trial: TrialID, participant: String, form: String, version: Int)
}

/// The keys' place in the database, spoken to as the owner: at start and for a rotation.
///
/// No request comes here; the logins of requests can replace no box.
public struct KeyStore: Sendable {
  private let configuration: ConnectionConfiguration

  /// - Parameter configuration: the database, with the owner's login.
  public init(_ configuration: ConnectionConfiguration) {
    self.configuration = configuration
  }

  /// The generation in force, nil when no key was ever recorded.
  public func current() async throws -> MasterKeyRecord? {
    try await connected { connection in try Self.current(connection) }
  }

  /// Some box that a right key opens, nil when nothing was ever sealed.
  public func sample() async throws -> (place: BoxPlace, box: [UInt8])? {
    try await connected { connection in
      if let row = try connection.execute(KeySQL.anyFactor.statement).first {
        return (.factor(username: try row.get(0)), try row.get(1))
      }
      guard let row = try connection.execute(KeySQL.anyHeadKey.statement).first else { return nil }
      return (.headKey(trial: try row.get(0)), try row.get(1))
    }
  }

  /// Records the first generation; when another daemon did so meanwhile, theirs stays.
  public func adopt(fingerprint: [UInt8], signInFingerprint: [UInt8]) async throws {
    try await connected { connection in
      try connection.transaction { connection, _ in
        _ = try connection.execute(KeySQL.lockExclusively.statement)
        guard try Self.current(connection) == nil else { return }
        _ = try connection.execute(
          KeySQL.add.statement, .int(1), .bytes(fingerprint), .bytes(signInFingerprint), .null)
        _ = try connection.execute(
          KeySQL.event.statement, .text("key adopted"), .text("generation 1"))
      }
    }
  }

  /// Puts a new generation into force: every box is replaced in one transaction, or none.
  ///
  /// Waits for writers that are sealing, and later writers under the old key are refused by the
  /// database: another daemon may run meanwhile.
  /// - Parameters:
  ///   - old: the fingerprint of the key in force, which must still be in force.
  ///   - rebox: opens a box under the old key and seals its content under the new one.
  /// - Returns: the new generation and how many boxes were replaced.
  public func rotate(
    from old: [UInt8], to new: MasterKeyRecord,
    rebox: @escaping @Sendable (BoxPlace, [UInt8]) throws -> [UInt8]
  ) async throws -> Int {
    try await connected { connection in
      try connection.transaction { connection, _ in
        _ = try connection.execute(KeySQL.lockExclusively.statement)
        guard let current = try Self.current(connection), current.fingerprint == old,
          new.generation == current.generation + 1
        else { throw StoreError.conflict }
        _ = try connection.execute(
          KeySQL.add.statement, .int(Int64(new.generation)), .bytes(new.fingerprint),
          .bytes(new.signInFingerprint), new.likenessBox.map(SQLValue.bytes) ?? .null)
        _ = try connection.execute(KeySQL.mark.statement, .text(Self.hex(new.fingerprint)))
        let boxes = Boxes(connection: connection, rebox: rebox)
        var count = try boxes.replaceOfInstallation()
        for row in try connection.execute(KeySQL.trials.statement) {
          count += try boxes.replace(of: row.get(0), generation: new.generation)
        }
        _ = try connection.execute(
          KeySQL.event.statement, .text("key rotated"),
          .text("generation \(new.generation), \(count) boxes"))
        return count
      }
    }
  }

  /// Vouches, once, for what was written to the record before there was a key of the record.
  ///
  /// Done with the first start that has the key; where anything proven stands already, or it was done before, nothing
  /// is done.
  public func adoptRecord() async throws {
    try await connected { connection in
      try connection.transaction { connection, _ in
        _ = try connection.execute(KeySQL.lockExclusively.statement)
        let isAdopted: Bool = try connection.execute(KeySQL.isProven.statement)[0].get(0)
        guard !isAdopted else { return }
        for schema in RecordSchema.allCases {
          _ = try connection.execute(
            Statement(text: "select \(schema.rawValue).adopt_record($1)"),
            parameters: [.bool(schema.hasAudit)])
        }
      }
    }
  }

  private static func hex(_ bytes: [UInt8]) -> String {
    bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
  }

  private static func current(_ connection: Connection) throws -> MasterKeyRecord? {
    guard let row = try connection.execute(KeySQL.current.statement).first else { return nil }
    return MasterKeyRecord(
      generation: try row.get(0), fingerprint: try row.get(1), signInFingerprint: try row.get(2),
      likenessBox: try row.get(3))
  }

  private func connected<R: Sendable>(
    _ body: @escaping @Sendable (Connection) throws -> R
  ) async throws -> R {
    let pool = Pool(configuration: configuration, size: 1, reserve: 0, name: "keys")
    do {
      let value = try await pool.withConnection(.ordinary, deadline: .seconds(600), body)
      await pool.close()
      return value
    } catch {
      await pool.close()
      throw error
    }
  }
}

/// Every box of the database, found by the key of its row and written back by the same key.
private struct Boxes {
  let connection: Connection
  let rebox: (BoxPlace, [UInt8]) throws -> [UInt8]

  /// The boxes that belong to no trial; returns their number.
  func replaceOfInstallation() throws -> Int {
    try replace(.factors, by: .replaceFactor) { row in
      (.factor(username: try row.get(1)), [.int(try row.get(0))])
    }
      + replace(.replies, by: .replaceReply) { row in
        let (user, operation, key): (UserID, String, String) = (
          try row.get(0), try row.get(1), try row.get(2)
        )
        return (
          .reply(user: user, operation: operation, key: key),
          [.int(user), .text(operation), .text(key)]
        )
      }
  }

  /// The boxes of a trial, with the audit row that says so; returns their number.
  func replace(of trial: TrialID, generation: Int) throws -> Int {
    let scope = SQLValue.int(Int64(trial))
    _ = try connection.execute(KeySQL.scope.statement, .text(String(trial)))
    let ledger: [UInt8] =
      try connection.execute(KeySQL.ledger.statement, scope).first?.get(0) ?? []
    func numbered(
      _ find: KeySQL, _ write: KeySQL, _ place: (Int) -> BoxPlace
    ) throws -> Int {
      try replace(find, by: write, scope) { row in
        let number: Int = try row.get(0)
        return (place(number), [scope, .int(Int64(number))])
      }
    }
    var count = try replace(.secrets, by: .replaceSecret, scope) { row in
      let name: String = try row.get(0)
      let place: BoxPlace =
        switch SecretName(rawValue: name) {
        case .seed: .seed(ledger: ledger)
        case .headKey: .headKey(trial: trial)
        case .labelKey: .labelKey(trial: trial)
        case nil: throw StoreError.internalFault(nil)
        }
      return (place, [scope, .text(name)])
    }
    count += try numbered(.schemes, .replaceScheme) { .scheme(trial: trial, epoch: $0) }
    count += try numbered(.drafts, .replaceDraft) { .schemeDraft(trial: trial, draft: $0) }
    count += try numbered(.simulations, .replaceSimulation) {
      .simulation(trial: trial, number: $0)
    }
    count += try numbered(.arms, .replaceArm) { .arm(ledger: ledger, entry: $0) }
    count += try replace(.people, by: .replaceIdentity, scope) { row in
      (.identity(trial: trial), [scope, .text(try row.get(0))])
    }
    count += try replace(.identityEntries, by: .replaceIdentityEntry, scope) { row in
      let (participant, form): (String, String) = (try row.get(0), try row.get(1))
      let version: Int = try row.get(2)
      return (
        .identityEntry(trial: trial, participant: participant, form: form, version: version),
        [scope, .text(participant), .text(form), .int(Int64(version))]
      )
    }
    _ = try connection.execute(
      KeySQL.note.statement, .text("generation \(generation), \(count) boxes"))
    return count
  }

  /// The box is the last column that is found and the last parameter that is written.
  private func replace(
    _ find: KeySQL, by write: KeySQL, _ scope: SQLValue...,
    place: (Row) throws -> (BoxPlace, key: [SQLValue])
  ) throws -> Int {
    let found = try connection.execute(find.statement, parameters: scope)
    for row in found {
      let (place, key) = try place(row)
      let box = try rebox(place, try row.get(found.columns.count - 1))
      _ = try connection.execute(write.statement, parameters: key + [.bytes(box)])
    }
    return found.count
  }
}

enum KeySQL: String, StatementSet {
  case lockExclusively = "select pg_advisory_xact_lock(7298302)::text"
  // An act of vouching stays in the chain, whatever becomes of its proof and of all others.
  case isProven = """
    select exists (select from access.seals where proof is not null or relation = 'adopted')
    """
  case current = """
    select generation::bigint, fingerprint, sign_in_fingerprint, likeness_box
      from sealed.master_keys
     order by generation desc
     limit 1
    """
  case add = """
    insert into sealed.master_keys (generation, fingerprint, sign_in_fingerprint, likeness_box)
    values ($1::bigint, $2, $3, $4)
    """
  case mark = "select set_config('eq.key', $1, true)"
  case scope = """
    select set_config('eq.trial', $1, true), set_config('eq.actor', '', true),
           set_config('eq.role', '', true), set_config('eq.sites', '*', true), set_config('eq.now', '', true),
           set_config('eq.own_forms', '', true)
    """
  case event = "insert into access.events (subject, kind, detail) values ('installation', $1, $2)"
  case note = "select allocation.note('*', 'key', 'key rotated', $1)"
  case trials = "select trial_id::bigint from open.trials order by trial_id"
  case ledger = "select ledger from allocation.ledgers where trial_id = $1"
  case anyFactor = "select username, factor_box from access.users order by user_id limit 1"
  case anyHeadKey = """
    select trial_id::bigint, box from sealed.secrets where name = 'head-key' order by trial_id limit 1
    """
  case factors = "select user_id, username, factor_box from access.users order by user_id"
  case replaceFactor = "update access.users set factor_box = $2 where user_id = $1"
  case secrets = "select name, box from sealed.secrets where trial_id = $1 order by name"
  case replaceSecret = "update sealed.secrets set box = $3 where trial_id = $1 and name = $2"
  case schemes = "select epoch::bigint, box from sealed.schemes where trial_id = $1 order by epoch"
  case replaceScheme = "update sealed.schemes set box = $3 where trial_id = $1 and epoch = $2"
  case drafts = """
    select draft::bigint, box from sealed.scheme_drafts where trial_id = $1 order by draft
    """
  case replaceDraft = "update sealed.scheme_drafts set box = $3 where trial_id = $1 and draft = $2"
  case simulations = """
    select simulation::bigint, box from sealed.simulations
     where trial_id = $1 and box is not null
     order by simulation
    """
  case replaceSimulation = """
    update sealed.simulations set box = $3 where trial_id = $1 and simulation = $2
    """
  case replies = """
    select user_id, operation, request_key, reply_box from access.requests
     where reply_box is not null
     order by user_id, operation, request_key
    """
  case replaceReply = """
    update access.requests set reply_box = $4 where user_id = $1 and operation = $2 and request_key = $3
    """
  case arms = "select i, arm_box from allocation.allocations where trial_id = $1 order by i"
  case replaceArm = "update allocation.allocations set arm_box = $3 where trial_id = $1 and i = $2"
  case people = """
    select participant, identity_box from identity.people where trial_id = $1 order by participant
    """
  case replaceIdentity = """
    update identity.people set identity_box = $3 where trial_id = $1 and participant = $2
    """
  case identityEntries = """
    select participant, form, version::bigint, entry_box from identity.entries
     where trial_id = $1 order by participant, form, version
    """
  case replaceIdentityEntry = """
    update identity.entries set entry_box = $5
     where trial_id = $1 and participant = $2 and form = $3 and version = $4
    """
}
