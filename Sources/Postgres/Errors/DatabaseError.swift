/// Why the database did not do what was asked.
public enum DatabaseError: Error, Sendable, Hashable {
  /// No connection could be had, or it broke inside a transaction that therefore did not happen.
  case connectionFailed(ConnectionFailure)
  /// The server refused the statement; an open transaction has failed.
  case server(ServerFault)
  /// The work may or may not have been stored; only looking it up can tell.
  case commitUnknown
  /// The server ended the transaction without storing it.
  case rolledBack
  /// The time allowed ran out; nothing of an open transaction was stored.
  case deadlineExceeded
  /// The caller gave up; nothing of an open transaction was stored.
  case cancelled
  /// The pool was closed.
  case poolClosed
  /// Too many callers wait for a connection already.
  case tooManyWaiting
  /// A column holds another type than the program asked for.
  case typeMismatch(column: String, expected: String, found: UInt32)
  /// A column that must hold a value holds none.
  case unexpectedNull(column: String)
  /// No column of the result has this name.
  case noSuchColumn(String)
  /// A stored value has no counterpart in the program (NaN, infinity, nulls in an array).
  case unrepresentable(column: String)
  /// A parameter (counted from 1) lies outside what the server stores.
  case parameterOutOfRange(Int)
  /// The result is larger than may be held in memory; it must be streamed.
  case resultTooLarge(limitBytes: Int)
  /// A transaction was begun twice, or ended without having begun.
  case transactionMisuse
  /// The connection string cannot be read.
  case invalidConfiguration
}

/// Why there is no connection, as far as can be told.
public enum ConnectionFailure: Sendable, Hashable {
  /// Nobody listens at the address.
  case refused
  /// The login was not accepted.
  case authentication
  /// The server did not answer in time.
  case timeout
  /// The server is older than 15; its version number is given.
  case tooOld(Int)
  /// No host of the list accepts writing.
  case readOnly
  /// The session would acknowledge commits that are not on disk.
  case notDurable
  /// The database does not exist.
  case unknownDatabase
  /// The server accepts no more connections.
  case tooManyConnections
  /// The server is starting or stopping.
  case notReady
  /// The host name is not known.
  case unknownHost
  /// The encryption asked for could not be had.
  case encryption
  /// The connection broke while it was used.
  case lost
  /// The machine has no thread or descriptor left.
  case resources
  /// The server or the network said something else.
  case other

  /// Whether trying again may help without anybody changing anything.
  public var isTransient: Bool {
    switch self {
    case .refused, .timeout, .readOnly, .tooManyConnections, .notReady, .lost, .resources, .other:
      true
    case .authentication, .tooOld, .notDurable, .unknownDatabase, .unknownHost, .encryption:
      false
    }
  }
}

extension DatabaseError: CustomStringConvertible {
  /// A sentence for the person who must act.
  public var description: String {
    switch self {
    case .connectionFailed(let failure): failure.description
    case .server(let fault):
      "The database refused the statement (\(fault.description)). Nothing of it was stored."
    case .commitUnknown:
      "It is not known whether the change was stored. Look it up before trying again."
    case .rolledBack: "The database undid the transaction. Nothing was stored; try again."
    case .deadlineExceeded: "The database took longer than allowed. Try again."
    case .cancelled: "The request was cancelled before the database had finished."
    case .poolClosed: "The connections to the database are closed. Start the service again."
    case .tooManyWaiting: "Too many requests wait for the database. Try again later."
    case .typeMismatch(let column, let expected, let found):
      "Column \(column) has type number \(found); the program expected \(expected)."
    case .unexpectedNull(let column): "Column \(column) has no value where one is needed."
    case .noSuchColumn(let name): "The result has no column \(name)."
    case .unrepresentable(let column): "Column \(column) holds a value the program cannot keep."
    case .parameterOutOfRange(let number):
      "Parameter \(number) is outside what the database stores. Nothing was sent."
    case .resultTooLarge(let limit):
      "The result exceeds \(limit) bytes and must be streamed. It was stopped."
    case .transactionMisuse:
      "A transaction was begun or ended out of order. This is a fault of the program."
    case .invalidConfiguration: "The connection string of the database cannot be read. Correct it."
    }
  }
}

extension ConnectionFailure: CustomStringConvertible {
  /// A sentence for the person who must act.
  public var description: String {
    switch self {
    case .refused: "No database answers at the configured address. Check that it is running."
    case .authentication: "The database did not accept the login. Check user and password."
    case .timeout: "The database did not answer in time. Check address and network."
    case .tooOld(let version):
      "The database has version \(version / 10000). Version 15 or newer is needed."
    case .readOnly: "No configured database accepts changes. Check which one is the primary."
    case .notDurable:
      "The database would confirm changes before they are on disk. Set synchronous_commit to on."
    case .unknownDatabase: "The configured database does not exist. Create it or correct the name."
    case .tooManyConnections: "The database accepts no more connections. Try again later."
    case .notReady: "The database is starting or stopping. Try again in a moment."
    case .unknownHost: "The host name of the database is not known. Correct it."
    case .encryption: "No encrypted connection to the database could be made. Check certificates."
    case .lost: "The connection to the database broke. Nothing unfinished was stored; try again."
    case .resources: "This machine has no thread or descriptor left. Raise its limits."
    case .other: "The database could not be reached. Its log tells why."
    }
  }
}
