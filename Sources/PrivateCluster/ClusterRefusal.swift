/// Why the private database cluster was not started; each case is a sentence for the operator.
public enum ClusterRefusal: Error, Equatable, Sendable, CustomStringConvertible {
  /// No PostgreSQL server programs were found on this machine.
  case programsMissing
  /// Server programs were found, all older than the oldest version that is supported.
  case programsTooOld(newestMajor: Int)
  /// The data was made by a major version whose programs are not installed.
  case programsOfOtherVersion(dataMajor: Int)
  /// A file or directory of the state directory could not be used.
  case stateDirectoryUnusable(path: String, words: String)
  /// A directory on the way cannot be passed by the account the server runs as.
  case notTraversable(directory: String, account: String)
  /// The data belongs to another account than the one the server would run as.
  case ownedByAnotherAccount(path: String, expected: String)
  /// The daemon runs as root and there is no unprivileged account to run the server as.
  case noUnprivilegedAccount
  /// The daemon's user number has no entry among the system's accounts.
  case unknownAccount(userID: UInt32)
  /// Another daemon holds this state directory.
  case alreadyRunning(stateDirectory: String)
  /// A role name that cannot be written safely into the server's access files.
  case roleNameUnusable(String)
  /// The program that creates the data directory failed.
  case creationFailed(log: String)
  /// The data directory was made without page checksums.
  case checksumsOff(dataDirectory: String)
  /// A program of the server could not be started.
  case programNotStarted(path: String, words: String)
  /// The server ended before it accepted connections.
  case serverEnded(log: String)
  /// The server runs but does not accept connections within the time allowed.
  case serverNotReady(seconds: Int, log: String)
  /// A server of an earlier daemon holds the data and does not stop.
  case formerServerRemains(process: Int32)
  /// The daemon was asked to stop while the server was starting.
  case stoppedWhileStarting

  /// What was refused, what did not change, and what to do next.
  public var description: String {
    switch self {
    case .programsMissing:
      "PostgreSQL's server programs were not found, so no database was started. Install version "
        + "\(ServerPrograms.oldestMajor) or newer, on Debian 12: apt-get install postgresql-15."
    case .programsTooOld(let newest):
      "The newest PostgreSQL found is version \(newest); version \(ServerPrograms.oldestMajor) or "
        + "newer is needed. Nothing was changed. On Debian 12: apt-get install postgresql-15."
    case .programsOfOtherVersion(let major):
      "The data was made by PostgreSQL \(major), whose programs are not installed. Nothing was "
        + "changed. Install the package postgresql-\(major)."
    case .stateDirectoryUnusable(let path, let words):
      "\(path) cannot be used: \(words). Choose another state directory, or correct its owner "
        + "and permissions."
    case .notTraversable(let directory, let account):
      "The database server runs as \(account), which may not pass through \(directory). Nothing "
        + "was started. Choose a state directory elsewhere, or allow others to traverse it."
    case .ownedByAnotherAccount(let path, let expected):
      "\(path) does not belong to \(expected). Nothing was changed. Start the daemon as the user "
        + "who started it first, or choose another state directory."
    case .noUnprivilegedAccount:
      "PostgreSQL does not run as root, and there is no account named postgres. Install the "
        + "package postgresql-15, or start the daemon as an ordinary user."
    case .unknownAccount(let userID):
      "The user number \(userID) has no account on this machine, so the database could not know "
        + "who connects. Start the daemon as a user with an account."
    case .alreadyRunning(let stateDirectory):
      "Another daemon already uses \(stateDirectory). This one changed nothing. Stop the other "
        + "first, or choose another state directory."
    case .roleNameUnusable(let name):
      "\"\(name)\" cannot be a database role here. Use lower-case letters, digits and "
        + "underscores, at most 63, beginning with a letter."
    case .creationFailed(let log):
      "The database could not be created, and what was begun is not used. The reason is in \(log)."
    case .checksumsOff(let dataDirectory):
      "The database in \(dataDirectory) has no page checksums, so silent damage would go unseen. "
        + "It was not started. Enable them with pg_checksums, or start from a backup."
    case .programNotStarted(let path, let words):
      "\(path) could not be started: \(words)."
    case .serverEnded(let log):
      "The database server ended before it accepted connections. The reason is in \(log)."
    case .serverNotReady(let seconds, let log):
      "The database server did not accept connections within \(seconds) seconds. See \(log)."
    case .formerServerRemains(let process):
      "The database server of an earlier daemon, process \(process), does not stop. Nothing was "
        + "changed. Stop that process, then start the daemon again."
    case .stoppedWhileStarting:
      "The daemon was asked to stop while the database was starting. The database is stopped."
    }
  }
}
