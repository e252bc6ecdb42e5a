/// The five characters by which the server names the kind of a refusal.
public struct SQLState: RawRepresentable, Sendable, Hashable, ExpressibleByStringLiteral {
  /// The five characters.
  public let rawValue: String

  /// The state with these characters.
  public init(rawValue: String) {
    self.rawValue = rawValue
  }

  /// The state with these characters.
  public init(stringLiteral value: String) {
    rawValue = value
  }

  /// The first two characters: the family of the refusal.
  public var family: String { String(rawValue.prefix(2)) }

  /// A row with this key exists.
  public static let uniqueViolation: SQLState = "23505"
  /// A row breaks a rule of its table.
  public static let checkViolation: SQLState = "23514"
  /// A row refers to one that does not exist, or is referred to.
  public static let foreignKeyViolation: SQLState = "23503"
  /// A value that must be there is absent.
  public static let notNullViolation: SQLState = "23502"
  /// Two rows overlap that must not.
  public static let exclusionViolation: SQLState = "23P01"
  /// Two transactions could not both be true; the act may be tried again.
  public static let serializationFailure: SQLState = "40001"
  /// Two transactions waited for each other; the act may be tried again.
  public static let deadlockDetected: SQLState = "40P01"
  /// A function of ours refused.
  public static let raiseException: SQLState = "P0001"
  /// A function of ours expected a row and found none.
  public static let noDataFound: SQLState = "P0002"
  /// The login may not do this.
  public static let insufficientPrivilege: SQLState = "42501"
  /// A lock was not to be had in time.
  public static let lockNotAvailable: SQLState = "55P03"
  /// The statement was cancelled.
  public static let queryCanceled: SQLState = "57014"
  /// The server is shutting down.
  public static let adminShutdown: SQLState = "57P01"
  /// The transaction had failed before.
  public static let inFailedTransaction: SQLState = "25P02"
  /// The transaction or the server only reads.
  public static let readOnlyTransaction: SQLState = "25006"
  /// A prepared plan no longer fits, among other unsupported things.
  public static let featureNotSupported: SQLState = "0A000"
  /// No statement is prepared under this name.
  public static let invalidStatementName: SQLState = "26000"
  /// The text is not valid in the database's encoding.
  public static let characterNotInRepertoire: SQLState = "22021"
  /// A number does not fit.
  public static let numericValueOutOfRange: SQLState = "22003"
  /// A date or time does not fit.
  public static let datetimeFieldOverflow: SQLState = "22008"
  /// A text cannot be read as the type it is to become.
  public static let invalidTextRepresentation: SQLState = "22P02"
  /// The table does not exist.
  public static let undefinedTable: SQLState = "42P01"
  /// The disk is full.
  public static let diskFull: SQLState = "53100"
}

/// What the server said when it refused a statement.
///
/// Printing it shows the state only: names and messages may tell what their reader may not know.
public struct ServerFault: Error, Sendable, Hashable {
  /// The kind of the refusal.
  public let sqlState: SQLState
  /// The constraint that refused, where one did.
  public let constraint: String?
  /// The table concerned, where the server names one.
  public let table: String?
  /// The server's sentence, for the private log only; never for a person's page.
  public let internalMessage: String

  /// A fault as given.
  public init(
    sqlState: SQLState, constraint: String? = nil, table: String? = nil,
    internalMessage: String = ""
  ) {
    self.sqlState = sqlState
    self.constraint = constraint
    self.table = table
    self.internalMessage = internalMessage
  }
}

extension ServerFault: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
  /// The state alone.
  public var description: String { "SQLSTATE \(sqlState.rawValue)" }
  /// The state alone.
  public var debugDescription: String { description }
  /// The state alone, so that a dump shows no more than a description.
  public var customMirror: Mirror { Mirror(self, children: ["sqlState": sqlState.rawValue]) }
}
