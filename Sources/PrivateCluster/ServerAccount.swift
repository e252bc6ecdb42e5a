import Glibc

/// Who the server's programs run as: the daemon's own account, or, under root, an unprivileged one.
struct ServerAccount: Sendable, Equatable {
  /// PostgreSQL refuses to run as root; Debian's package brings this account for it.
  static let unprivilegedName = "postgres"

  let account: Account
  /// The daemon's own user, who logs in over the socket.
  let daemon: Account

  /// Whether the server runs as somebody else than the daemon.
  var isOther: Bool { account.userID != daemon.userID }

  /// Where a short socket directory may be made: under root a place only root can write.
  var shortBase: String { isOther ? "/run" : "/tmp" }

  static func choose() throws(ClusterRefusal) -> ServerAccount {
    guard let daemon = Account.current() else { throw .unknownAccount(userID: geteuid()) }
    guard daemon.userID == 0 else { return ServerAccount(account: daemon, daemon: daemon) }
    guard let server = Account.named(unprivilegedName) else { throw .noUnprivilegedAccount }
    return ServerAccount(account: server, daemon: daemon)
  }

  /// The command that runs a program as this account.
  ///
  /// `setpriv` puts the program in its own place, so the process started is the server itself and
  /// receives the signals meant for it.
  func command(_ program: String, _ arguments: [String]) -> [String] {
    guard isOther else { return [program] + arguments }
    return [
      "/usr/bin/setpriv", "--reuid=\(account.userID)", "--regid=\(account.groupID)",
      "--init-groups", "--no-new-privs", "--", program,
    ] + arguments
  }

  /// All that a program of the server sees of the daemon's environment: nothing.
  var environment: [String] {
    ["PATH=/usr/bin:/bin", "LC_ALL=C", "TZ=UTC", "HOME=\(account.home)", "USER=\(account.name)"]
  }
}
