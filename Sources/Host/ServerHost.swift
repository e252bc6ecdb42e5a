public import Conduct
import Foundation
import LockedMemory
import Postgres
public import PrivateCluster
public import Store

/// A running installation: database, schema, keys and acts.
public struct ServerHost: Sendable {
  /// The acts.
  public let installation: Installation
  /// The private cluster, nil when a database was named.
  public let cluster: PrivateCluster?
  /// The key file, and the owner's way to the database, for a rotation.
  public let rotation: KeyRotation
  private let database: ConnectionConfiguration
  /// The key of what the program writes as an earlier start kept it, which is here without the others too.
  public let keptWriteKey: [UInt8]?
  /// Where the witness files stand.
  public let witnessFolder: String
  private let supervision: Task<Void, Never>?
  private let envelopes: Task<Void, Never>
  private let store: TrialStore

  /// The version of this program.
  public static let version = "0.1.0"

  /// Makes the database ready and opens it.
  ///
  /// - Parameters:
  ///   - database: a connection string or URI; nil creates and supervises a private cluster.
  ///   - stateDirectory: where the private cluster, the key file and the witness files are kept.
  ///   - keyFile: the key file when it is kept elsewhere.
  ///   - witnessesEveryAllocation: whether every allocation's signed head is kept at once.
  ///   - vouches: whether the first start with the key vouches for the record so far; who verifies does not.
  public static func open(
    database: String?, stateDirectory: String?, keyFile: String? = nil,
    witnessesEveryAllocation: Bool = false, vouches: Bool = true,
    say: @escaping @Sendable (String) -> Void
  ) async throws -> ServerHost {
    // What this process knows is not written beside a crash.
    if !OwnMemory.forbidCoreFiles() {
      say("The system does not let this program forbid core files. Forbid them with ulimit -c 0.")
    }
    let directory = Self.stateDirectory(stateDirectory)
    let logins = [Login.owner, Login.backup] + Login.allCases.map(\.rawValue)
    var cluster: PrivateCluster?
    var supervision: Task<Void, Never>?
    var base: ConnectionConfiguration
    if let database {
      base = try ConnectionConfiguration(parsing: database)
      // An answer may take half a minute: who waits sees for what.
      say("Connecting to \(base.place).")
      try FileManager.default.createDirectory(
        atPath: directory, withIntermediateDirectories: true,
        attributes: [.posixPermissions: 0o711])
    } else {
      let own = PrivateCluster(
        stateDirectory: directory, roles: logins, superuser: ownSuperuser, log: say)
      let address = try await own.start()
      cluster = own
      supervision = Task { await own.supervise() }
      base = ConnectionConfiguration([
        "host": address.socketDirectory, "port": String(address.port), "dbname": "equipoise",
      ])
      try await Self.createDatabase(
        base.with("user", address.superuser).with("dbname", "postgres"))
    }
    try await Self.checkSettings(base.with("user", Login.owner))
    // What the steps of the schema write is proven too, from the second start on.
    let writeKey = KeyFile(directory + "/record-key")
    let keptWriteKey = try? writeKey.read()
    if let keptWriteKey { base = base.proving(with: keptWriteKey) }
    let applied = try await Migrator(base.with("user", Login.owner)).migrate()
    try await Self.closeCatalogs(base, ownCluster: cluster, say: say)
    if !applied.isEmpty { say("Database schema brought up to date: \(applied.count) steps.") }
    let file = KeyFile(keyFile ?? directory + "/key")
    let keyStore = KeyStore(base.with("user", Login.owner))
    let signIn = KeyFile(directory + "/sign-in-key")
    let choice = try await KeyChoice.made(
      file, signIn: signIn, store: keyStore,
      random: { SystemRandomSource().bytes($0) }, say: say)
    if let keys = choice.keys {
      if !keys.isLocked {
        say(
          """
          The keys are not locked in memory: the limit of this account does not allow it, and the system may \
          write them to its swap. Allow it with LimitMEMLOCK=1M in the unit, or ulimit -l.
          """)
      }
      base = base.proving(with: keys.writeKey)
      // Once, and never by who verifies: a record whose proofs are gone since would otherwise be vouched for again,
      // with all that was written meanwhile.
      if vouches || applied.count == Migrator.steps {
        try await KeyStore(base.with("user", Login.owner)).adoptRecord()
      }
      try writeKey.keep(keys.writeKey)
    }
    let store = TrialStore(base)
    var installation = Installation(
      store: store, keys: choice.keys, signInKey: choice.signInKey, keyState: choice.state,
      software: "Equipoise \(version)",
      envelopes: EnvelopeCabinet(folder: directory + "/envelopes"))
    installation.witness = WitnessFiles(
      folder: directory + "/witness", keepsEveryAllocation: witnessesEveryAllocation, say: say)
    installation.later = LaterDerivations()
    let opened = installation
    return ServerHost(
      installation: opened, cluster: cluster,
      rotation: KeyRotation(
        file, signIn: signIn, in: KeyStore(base.with("user", Login.owner))), database: base,
      keptWriteKey: keptWriteKey, witnessFolder: directory + "/witness", supervision: supervision,
      envelopes: Task { await opened.keepEnvelopesFresh() }, store: store)
  }

  /// The state directory of that name, the usual one of the account without a name.
  public static func stateDirectory(_ name: String?) -> String {
    name ?? PrivateCluster.defaultStateDirectory()
  }

  /// Whether a private database was made in a state directory.
  public static func holdsDatabase(_ stateDirectory: String) -> Bool {
    FileManager.default.fileExists(atPath: stateDirectory + "/data/PG_VERSION")
  }

  private static func createDatabase(_ superuser: ConnectionConfiguration) async throws {
    let pool = Pool(configuration: superuser, size: 1, reserve: 0, name: "bootstrap")
    try await pool.withConnection(.ordinary, deadline: .seconds(60)) { connection in
      try connection.script(Migrator.loginsSQL)
      let exists = try connection.execute(
        "select 1 from pg_database where datname = 'equipoise'")
      if exists.isEmpty {
        try connection.script(
          "create database equipoise owner equipoise_owner encoding 'UTF8' template template0")
      }
    }
    await pool.close()
  }

  /// Takes from the logins what catalogs and statistics tell of how many rows there are; where the superuser
  /// is not this program's, says what is open and what to do.
  private static func closeCatalogs(
    _ base: ConnectionConfiguration, ownCluster: PrivateCluster?, say: (String) -> Void
  ) async throws {
    if ownCluster != nil {
      try await CatalogRights(base.with("user", ownSuperuser)).close()
      return
    }
    let open = try await CatalogRights(base.with("user", Login.owner)).open()
    if try await !logsConnections(base.with("user", Login.owner)) {
      say(
        """
        The server of the database does not log who connects, so that a short visit past this program leaves no \
        trace. Let a superuser run: alter system set log_connections = on; select pg_reload_conf();
        """)
    }
    guard let first = open.first else { return }
    say(
      """
      The logins of this program can count rows they may not read: \(first)\
      \(open.count > 1 ? ", and \(open.count - 1) more of the kind" : ""). The server runs all the same. Let a \
      superuser run, in this database, what equipoise migrate --print-catalogs prints.
      """)
  }

  /// Whether the server logs who connects: this program looks now and then, and a visit can be shorter than that.
  static func logsConnections(_ owner: ConnectionConfiguration) async throws -> Bool {
    let pool = Pool(configuration: owner, size: 1, reserve: 0, name: "settings")
    do {
      let setting = try await pool.withConnection(.ordinary, deadline: .seconds(30)) {
        try $0.execute("show log_connections")[0].get(0) as String
      }
      await pool.close()
      return !["off", ""].contains(setting)
    } catch {
      await pool.close()
      throw error
    }
  }

  /// Refuses a server that could lose what it acknowledged, or that writes what people enter into its own log (the
  /// server settings of the security specification).
  private static func checkSettings(_ owner: ConnectionConfiguration) async throws {
    let pool = Pool(configuration: owner, size: 1, reserve: 0, name: "settings")
    do {
      let (isOpen, off) = try await pool.withConnection(.ordinary, deadline: .seconds(30)) {
        connection in
        // Over a network an encrypted connection only; a local socket has no address.
        let isOpen: Bool = try connection.execute(
          """
          select inet_server_addr() is not null
             and not coalesce((select s.ssl from pg_stat_ssl s where s.pid = pg_backend_pid()), false)
          """
        )[0].get(0)
        let off = try connection.execute(
          """
          select name from pg_settings
           where name in ('fsync', 'full_page_writes', 'data_checksums') and setting <> 'on'
              or name = 'data_sync_retry' and setting <> 'off' or name = 'log_statement' and setting = 'all'
              or name in ('log_parameter_max_length', 'log_parameter_max_length_on_error') and setting <> '0'
           order by name like 'log%', name
          """
        ).map { try $0.get(0) as String }
        return (isOpen, off)
      }
      await pool.close()
      if isOpen { throw HostRefusal.unencryptedDatabase }
      if let first = off.first { throw HostRefusal.unsafeSetting(first) }
    } catch {
      await pool.close()
      throw error
    }
  }

  /// Reads the record as one instant saw it.
  ///
  /// - Parameter superuser: a login that sees every row, where the database is not a private one.
  public func readRecord<R: Sendable>(
    superuser: String, _ body: @escaping @Sendable (RecordReader) throws -> R
  ) async throws -> R {
    try await RecordReader.read(reading(as: superuser), body)
  }

  /// What of the database is not as the steps of this program make it.
  ///
  /// - Parameter superuser: as for `readRecord`; it may make and drop a database.
  public func schemaDifferences(superuser: String) async throws -> [SchemaDifference] {
    try await SchemaComparison(reading(as: superuser)).differences()
  }

  private func reading(as superuser: String) -> ConnectionConfiguration {
    database.with("user", cluster == nil ? superuser : Self.ownSuperuser)
  }

  private static let ownSuperuser = "equipoise_superuser"

  /// Closes connections and stops the private cluster.
  public func close() async {
    envelopes.cancel()
    await installation.later?.finish()
    await store.close()
    supervision?.cancel()
    await cluster?.stop()
  }
}
