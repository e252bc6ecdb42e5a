internal import CPostgres

/// One session with the database, used by one thread at a time.
///
/// Every call blocks its thread, so that a transaction is straight code without a suspension point
/// in the middle. Tasks reach a connection through `Pool.withConnection`, whose threads may block.
@safe public final class Connection {
  /// Nil once closed; every pointer obtained from it is used before the next call.
  var link: OpaquePointer?
  let notices = NoticeLog()
  var cache = StatementCache()
  let parameters = ParameterBuffer()
  let interrupt: Interrupt
  /// When the present unit of work must have ended.
  var deadline = Monotonic.never
  /// Why the present unit of work may send no further statement.
  var stopped: DatabaseError?
  var cancellation: Cancellation?
  /// While set, neither interruption nor deadline cancels the statement.
  var isShielded = false

  /// A statement that is being cancelled.
  struct Cancellation {
    let cause: DatabaseError
    var request: CancelRequest?
    var repeatAt: Int64
    let closeAt: Int64
  }

  /// Results above this are refused, since rows are held until they are read; streams are not bound.
  public static let maximumResultBytes = 64 << 20
  /// How long the server may take to stop a statement before the connection is closed.
  static let cancellationGrace = Duration.seconds(3)
  /// A request to stop is lost when it arrives between two statements of a pipeline.
  static let cancellationRepeat = Duration.milliseconds(200)
  /// How long ending a transaction without storing it may take.
  static let rollbackGrace = Duration.seconds(5)
  /// The oldest version of the server whose behaviour was checked.
  static let minimumServerVersion = 150_000

  /// Connects and prepares the session; blocks for at most `connect_timeout` per host.
  public convenience init(configuration: ConnectionConfiguration) throws(DatabaseError) {
    try self.init(configuration: configuration, interrupt: Interrupt())
  }

  init(configuration: ConnectionConfiguration, interrupt: Interrupt) throws(DatabaseError) {
    self.interrupt = interrupt
    unsafe link = configuration.connect()
    guard let link = unsafe link, interrupt.event >= 0 else {
      throw .connectionFailed(.resources)
    }
    guard unsafe PQstatus(link) == CONNECTION_OK else {
      let message = unsafe PQerrorMessage(link).map { unsafe String(cString: $0) } ?? ""
      close()
      throw .connectionFailed(ConnectionFailure(message: message))
    }
    do {
      try prepareSession()
    } catch {
      close()
      throw error
    }
  }

  deinit { close() }

  /// Whether a transaction is open, a failed one included.
  public var inTransaction: Bool {
    guard let link = unsafe link else { return false }
    switch unsafe PQtransactionStatus(link) {
    case PQTRANS_ACTIVE, PQTRANS_INTRANS, PQTRANS_INERROR: return true
    default: return false
    }
  }

  /// The number by which the server knows this session.
  public var backendIdentifier: Int {
    guard let link = unsafe link else { return 0 }
    return unsafe Int(PQbackendPID(link))
  }

  /// Whether the connection has ended and a new one is needed.
  public var isClosed: Bool { unsafe link == nil }

  /// Ends the session; the server undoes whatever was not committed.
  public func close() {
    guard let link = unsafe link else { return }
    unsafe self.link = nil
    cache = StatementCache()
    unsafe PQfinish(link)
  }

  /// Settings on which correctness rests, set and checked for each session since a role or a
  /// database may have its own.
  private func prepareSession() throws(DatabaseError) {
    guard let link = unsafe link else { throw .connectionFailed(.lost) }
    let version = unsafe Int(PQserverVersion(link))
    guard version >= Self.minimumServerVersion else {
      throw .connectionFailed(.tooOld(version))
    }
    unsafe notices.attach(to: link)
    guard unsafe PQsetnonblocking(link, 1) == 0 else { throw .connectionFailed(.lost) }
    // Warnings must arrive: one of them says that a commit did not reach the standby.
    let settings = """
      set client_min_messages = warning; set timezone = 'UTC'; set datestyle = 'ISO, YMD';
      set intervalstyle = 'iso_8601'; set bytea_output = 'hex'; set extra_float_digits = 1;
      set standard_conforming_strings = on; set xmloption = content;
      set idle_in_transaction_session_timeout = '5min';
      select current_setting('synchronous_commit')
      """
    deadline = Monotonic.after(Self.rollbackGrace)
    defer { deadline = Monotonic.never }
    let answer = try simpleQuery(settings)
    // Sent as text: the simple protocol knows no other form.
    let durability = try answer.first.map { row throws(DatabaseError) in
      try row.get(0, as: String.self)
    }
    guard durability == "on" || durability == "remote_apply" else {
      throw .connectionFailed(.notDurable)
    }
  }

  /// Refuses a statement when the unit of work has to end.
  func requireUsable() throws(DatabaseError) {
    if let stopped { throw stopped }
    guard unsafe link != nil else { throw .connectionFailed(.lost) }
    if interrupt.isRaised {
      stopped = interrupt.reason
    } else if Monotonic.now >= deadline {
      stopped = .deadlineExceeded
    }
    if let stopped { throw stopped }
  }
}
