import Postgres
public import StudyModel

/// What a daemon found when it compared its clock, in microseconds.
public struct ClockFinding: Sendable, Equatable {
  /// The host of the daemon.
  public var host: String
  /// What the kernel says: `synchronized`, `unsynchronized` or `unknown`.
  public var kernel: String
  /// The error the kernel estimates, nil unless synchronized.
  public var kernelError: Int64?
  /// How far the daemon is ahead of the database at least.
  public var databaseOffset: Int64
  /// Whether the database runs on another host.
  public var isElsewhere: Bool
  /// The time server asked, empty without one.
  public var timeServer: String
  /// How far the daemon is ahead of the time server at least, nil when it gave no answer.
  public var serverOffset: Int64?

  /// Makes a finding.
  public init(
    host: String, kernel: String, kernelError: Int64?, databaseOffset: Int64, isElsewhere: Bool,
    timeServer: String, serverOffset: Int64?
  ) {
    self.host = host
    self.kernel = kernel
    self.kernelError = kernelError
    self.databaseOffset = databaseOffset
    self.isElsewhere = isElsewhere
    self.timeServer = timeServer
    self.serverOffset = serverOffset
  }
}

enum ClockSQL: String, StatementSet {
  // A socket of this machine has no address, and its own network addresses are told apart.
  case now = """
    select clock_timestamp(),
           coalesce(inet_server_addr() <> inet_client_addr()
                    and not inet_server_addr() <<= '127.0.0.0/8' and inet_server_addr() <> '::1', false)
    """
  case note = "select access.note_clock($1, $2, $3, $4, $5, $6, $7)"
}

extension Session {
  /// What the database's clock shows, and whether it is the clock of another host.
  public func databaseClock() throws -> (now: UTCInstant, isElsewhere: Bool) {
    guard let row = try first(ClockSQL.now.statement) else { throw StoreError.internalFault(nil) }
    return (try row.instant(0), try row.get(1))
  }

  /// Keeps what was found; gives the verdict of the database.
  public func noteClock(_ finding: ClockFinding) throws(StoreError) -> String {
    let row = try first(
      ClockSQL.note.statement, .text(finding.host), .text(finding.kernel),
      finding.kernelError.map(SQLValue.int) ?? .null, .int(finding.databaseOffset),
      .bool(finding.isElsewhere), .text(finding.timeServer),
      finding.serverOffset.map(SQLValue.int) ?? .null)
    guard let row else { throw .internalFault(nil) }
    return try row.text(0)
  }
}
