internal import CPostgres
internal import Glibc

/// Where the database is and how to log in, in the keywords of libpq.
///
/// Several hosts are given as comma-separated lists with `target_session_attrs`. Printing it shows
/// the names of the keywords only, since one of them may be a password.
public struct ConnectionConfiguration: Sendable {
  private(set) var keywords: [String: String]

  /// What holds unless the configuration says otherwise; times in seconds or milliseconds as
  /// libpq defines them.
  private static let defaults = [
    "connect_timeout": "5", "application_name": "equipoise", "tcp_user_timeout": "30000",
    "keepalives_idle": "30",
  ]

  /// A configuration of libpq keywords such as `host`, `dbname`, `user` and `sslmode`.
  public init(_ keywords: [String: String]) {
    self.keywords = Self.defaults.merging(keywords) { $1 }
  }

  /// Reads a connection string (`host=... dbname=...`) or address (`postgresql://...`).
  public init(parsing conninfoOrURI: String) throws(DatabaseError) {
    guard let options = unsafe PQconninfoParse(conninfoOrURI, nil) else {
      throw .invalidConfiguration
    }
    defer { unsafe PQconninfoFree(options) }
    var found: [String: String] = [:]
    var option = unsafe options
    // The list ends with an entry that has no keyword.
    while let keyword = unsafe option.pointee.keyword {
      if let value = unsafe option.pointee.val {
        unsafe found[String(cString: keyword)] = unsafe String(cString: value)
      }
      unsafe option += 1
    }
    self.init(found)
  }

  /// The same with one keyword set to another value.
  public func with(_ key: String, _ value: String) -> Self {
    var copy = self
    copy.keywords[key] = value
    return copy
  }

  /// The same, whose sessions begin with a setting beside those named already.
  ///
  /// - Parameters:
  ///   - setting: the name of the setting.
  ///   - value: its value, without blanks and backslashes.
  public func beginning(with setting: String, _ value: String) -> Self {
    let earlier = keywords["options"].map { $0 + " " } ?? ""
    return with("options", earlier + "-c \(setting)=\(value)")
  }

  /// Which database on which hosts, without a name or secret of a login.
  public var place: String {
    let hosts = keywords["host"] ?? keywords["hostaddr"] ?? "this machine"
    let port = keywords["port"].map { ", port \($0)" } ?? ""
    return "the database \(keywords["dbname"] ?? "of the account") on \(hosts)\(port)"
  }

  /// Connects and waits for the outcome; the caller owns the connection, whatever its state.
  func connect() -> OpaquePointer? {
    // Statements that read few rows look costly to the planner, which reckons a rule of row security
    // for every row: compiling them would take a hundred times as long as running them.
    let options = "-c jit=off" + (keywords["options"].map { " " + $0 } ?? "")
    let pairs = keywords.merging(["client_encoding": "UTF8", "options": options]) { $1 }
      .sorted { $0.key < $1.key }
    var names = unsafe pairs.map { pair in unsafe UnsafePointer(strdup(pair.key)) }
    var values = unsafe pairs.map { pair in unsafe UnsafePointer(strdup(pair.value)) }
    // The copies are needed only during the call.
    defer {
      for index in pairs.indices {
        unsafe free(UnsafeMutablePointer(mutating: names[index]))
        unsafe free(UnsafeMutablePointer(mutating: values[index]))
      }
    }
    unsafe names.append(nil)
    unsafe values.append(nil)
    return unsafe PQconnectdbParams(names, values, 0)
  }
}

extension ConnectionConfiguration: CustomStringConvertible, CustomDebugStringConvertible,
  CustomReflectable
{
  /// The names of the keywords that are set.
  public var description: String {
    "connection by " + keywords.keys.sorted().joined(separator: ", ")
  }
  /// The names of the keywords that are set.
  public var debugDescription: String { description }
  /// The names of the keywords alone, so that a dump shows no more than a description.
  public var customMirror: Mirror { Mirror(self, children: ["keywords": keywords.keys.sorted()]) }
}

extension ConnectionFailure {
  /// Reads the sentence that libpq made; it has no code for failures before the login.
  init(message: String) {
    let text = message.lowercased()
    func says(_ phrases: String...) -> Bool { phrases.contains { text.contains($0) } }
    self =
      if says("authentication failed", "no password supplied", "no pg_hba.conf entry")
        || says("role \"") || says("not permitted to log in", "permission denied for database")
      {
        .authentication
      } else if says("session is read-only", "session is not read-only", "hot standby mode") {
        .readOnly
      } else if says("starting up", "shutting down", "recovery mode", "not yet accepting") {
        .notReady
      } else if says("too many clients", "remaining connection slots", "too many connections") {
        .tooManyConnections
      } else if says("database \"") && says("does not exist") {
        .unknownDatabase
      } else if says("could not translate host name") {
        .unknownHost
      } else if says("ssl", "certificate", "tls") {
        .encryption
      } else if says("timeout expired", "timed out") {
        .timeout
      } else if says("connection refused", "no such file or directory") {
        .refused
      } else {
        .other
      }
  }
}
