public import Postgres
public import StudyModel

/// The number of a trial in this installation: the first column of every key.
public typealias TrialID = Int

/// The number of a user.
public typealias UserID = Int64

/// Which sites a request may see.
public enum SiteScope: Hashable, Sendable {
  case all
  case site(SiteKey)

  /// The text the row policies compare with.
  public var setting: String {
    switch self {
    case .all: "*"
    case .site(let key): key.text
    }
  }
}

/// On whose behalf, in which trial and when the statements of a request run.
public struct RequestContext: Sendable {
  /// The trial.
  public var trial: TrialID
  /// The user, nil for the system itself.
  public var actor: UserID?
  /// The role acted in, empty for the system.
  public var role: String
  /// The sites in reach.
  public var sites: SiteScope
  /// The instant of the act; heeded by the database only in a simulated trial.
  public var now: UTCInstant?
  /// The mark of the session, empty for the system.
  public var session = ""
  /// The forms of which the role reads its own entries and no others.
  public var ownForms: [FormID] = []

  /// Makes a context.
  public init(
    trial: TrialID, actor: UserID?, role: String, sites: SiteScope, now: UTCInstant? = nil
  ) {
    self.trial = trial
    self.actor = actor
    self.role = role
    self.sites = sites
    self.now = now
  }
}

/// What the statements of a request run on: one transaction.
public struct Session {
  let connection: Connection

  func rows(_ statement: Statement, _ parameters: SQLValue...) throws(StoreError) -> Rows {
    do {
      return try connection.execute(statement, parameters: parameters)
    } catch {
      throw StoreError(error)
    }
  }

  func first(_ statement: Statement, _ parameters: SQLValue...) throws(StoreError) -> Row? {
    do {
      return try connection.execute(statement, parameters: parameters).first
    } catch {
      throw StoreError(error)
    }
  }
}

/// Gives transactions on the login a request may use, and is the only way to one.
public struct TrialStore: Sendable {
  private let pools: [Login: Pool]
  /// The connections of sign-ins, randomizations and emergencies: nothing else takes them.
  private let kept: [Login: Pool]
  /// The fingerprint of the key this program seals under, as text; empty without one.
  ///
  /// The database refuses a box of any key but the one in force.
  public var keyMark = ""
  /// After how many minutes without a request a session ends.
  public var idleMinutes = 15
  /// The program and its version, as every audit row names it.
  public var software = ""

  /// Opens the pools of the given logins; connections are made when first needed.
  ///
  /// - Parameter configuration: the database, without a user.
  public init(_ configuration: ConnectionConfiguration, logins: [Login] = Login.allCases) {
    var pools: [Login: Pool] = [:]
    var kept: [Login: Pool] = [:]
    for login in logins {
      let own = Self.connections(configuration, of: login)
      pools[login] = Pool(
        configuration: own, size: login.poolSize, reserve: 0, name: login.rawValue)
      guard let size = login.keptSize else { continue }
      kept[login] = Pool(
        configuration: own, size: size, reserve: 0, name: "\(login.rawValue), kept")
    }
    self.pools = pools
    self.kept = kept
  }

  /// Sessions that find nothing but what is named with its schema, and change nothing outside a transaction that
  /// says it does.
  ///
  /// Those of accounts are the exception: their single statements write without one.
  private static func connections(
    _ configuration: ConnectionConfiguration, of login: Login
  ) -> ConnectionConfiguration {
    let own = configuration.with("user", login.rawValue).beginning(
      with: "search_path", "pg_catalog")
    return login == .access ? own : own.beginning(with: "default_transaction_read_only", "on")
  }

  /// The pool of what runs now: at most half of all connections for anything that can wait.
  func pool(_ login: Login) -> Pool? {
    Urgency.isUrgent ? kept[login] ?? pools[login] : pools[login]
  }

  /// Closes every connection.
  public func close() async {
    for pool in Array(pools.values) + Array(kept.values) { await pool.close() }
  }

  /// Runs the body in one transaction that commits when it returns and rolls back when it throws.
  ///
  /// A claimed request is marked in the round trip of the commit, with its sealed reply where the
  /// value gives one: a transaction whose claim was taken over commits nothing.
  public func session<R: Sendable>(
    _ login: Login, _ context: RequestContext, marking request: ClaimedRequest? = nil,
    reply: @escaping @Sendable (R) throws -> [UInt8]? = { _ in nil },
    _ body: @escaping @Sendable (Session) throws -> R
  ) async throws -> R {
    // Read here: the thread of the connection knows nothing of the request.
    let setting = setting(context)
    return try await connected(login) { connection in
      try connection.transaction([setting]) { connection, _ in
        let value = try body(Session(connection: connection))
        if let request { try connection.commit([request.mark(reply: try reply(value))]) }
        return value
      }
    }
  }

  /// Runs the body in one read-only transaction that sees one instant of the database.
  public func snapshot<R: Sendable>(
    _ login: Login, _ context: RequestContext,
    _ body: @escaping @Sendable (Session) throws -> R
  ) async throws -> R {
    let setting = setting(context)
    return try await connected(login) { connection in
      try connection.transaction([setting], mode: .snapshot) {
        connection, _ in
        try body(Session(connection: connection))
      }
    }
  }

  /// The threads that speak to the database: a task that prefers them is answered where it runs.
  public var crew: any TaskExecutor { Crew.shared }

  /// Runs one statement that only reads, together with those of other requests.
  ///
  /// For the tables of accounts, whose rows no setting of the request limits.
  func read(_ login: Login, _ statement: Statement, _ parameters: SQLValue...) async throws -> Rows
  {
    try await pooled(login) { try await $0.read(statement, parameters: parameters) }
  }

  /// Runs one statement as a transaction of its own, which shares the wait for the disk with those
  /// of other requests.
  ///
  /// For the tables of accounts, whose rows no setting of the request limits.
  func write(
    _ login: Login, _ statement: Statement, _ parameters: SQLValue...
  ) async throws -> Rows {
    try await pooled(login) {
      try await $0.execute(statement, parameters: parameters, deadline: .seconds(20))
    }
  }

  /// Runs a transaction of two round trips on the request's login.
  func transaction<R: Sendable>(
    _ login: Login, _ context: RequestContext, _ first: [Query],
    decide: @escaping @Sendable (Session, [Rows]) throws -> Decision<R>
  ) async throws -> R {
    let all = [setting(context)] + first
    return try await pooled(login) { pool in
      try await pool.transaction(all, deadline: .seconds(20)) { connection, rows in
        try decide(Session(connection: connection), Array(rows.dropFirst()))
      }
    }
  }

  private func pooled<R: Sendable>(
    _ login: Login, _ body: (Pool) async throws -> R
  ) async throws -> R {
    guard let pool = pool(login) else { throw StoreError.unavailable }
    do {
      return try await body(pool)
    } catch let error as DatabaseError {
      throw StoreError(error)
    }
  }

  /// Runs the body with a connection of its own, without a transaction begun.
  func connected<R: Sendable>(
    _ login: Login, _ body: @escaping @Sendable (Connection) throws -> R
  ) async throws -> R {
    guard let pool = pool(login) else { throw StoreError.unavailable }
    do {
      return try await pool.withConnection(
        login == .allocator ? .allocation : .ordinary, deadline: .seconds(20), body)
    } catch let error as DatabaseError {
      throw StoreError(error)
    }
  }

  func setting(_ context: RequestContext) -> Query {
    Query(
      ContextSQL.set.statement, .text(String(context.trial)),
      .text(context.actor.map(String.init) ?? ""), .text(context.role),
      .text(context.sites.setting), .text(context.now?.description ?? ""),
      .text(keyMark), .text(software), .text(context.session),
      .text(context.ownForms.map(\.text).joined(separator: ",")), .text(RequestMark.current))
  }
}

enum ContextSQL: String, StatementSet {
  case set = """
    select set_config('eq.trial', $1, true), set_config('eq.actor', $2, true),
           set_config('eq.role', $3, true), set_config('eq.sites', $4, true),
           set_config('eq.now', $5, true), set_config('eq.key', $6, true),
           set_config('eq.software', $7, true), set_config('eq.session', $8, true),
           set_config('eq.own_forms', $9, true), set_config('eq.request', $10, true)
    """
  case cause = "select set_config('eq.cause', $1, true)"
}

/// Why data change, beside a person who types and a rule of the program.
public enum AuditCause: String, Sendable {
  /// A file of data was taken over.
  case dataImport = "import"
}

extension Session {
  /// Tells the audit trail why the rest of this transaction changes data.
  public func setCause(_ cause: AuditCause) throws(StoreError) {
    _ = try rows(ContextSQL.cause.statement, .text(cause.rawValue))
  }
}
