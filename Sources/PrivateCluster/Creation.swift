import Glibc

/// Makes the data directory, once: beside its place, and moved there only when it is whole.
struct Creation: Sendable {
  let preparation: Preparation
  let programs: ServerPrograms
  let superuser: String

  private var layout: ClusterLayout { preparation.layout }
  private var account: ServerAccount { preparation.account }

  /// Removes what an interrupted creation left, then creates the database and moves it in place.
  func run() async throws(ClusterRefusal) {
    try await removeUnfinished()
    try Preparation.ownedByServer(layout.making, for: account)
    let command = account.command(
      programs.initdb,
      [
        "-D", layout.making, "-U", superuser, "--auth-local=peer", "--auth-host=reject",
        "--encoding=UTF8", "--locale=C.UTF-8", "--data-checksums", "--no-instructions",
      ])
    let ending: Ending
    do throws(SystemFault) {
      ending = try await Command.run(
        command, environment: account.environment, directory: layout.making,
        log: layout.creationLog)
    } catch {
      throw .programNotStarted(path: error.path, words: error.words)
    }
    guard ending == .exited(0) else { throw .creationFailed(log: layout.creationLog) }
    try onDisk { () throws(SystemFault) in
      try Files.rename(layout.making, to: layout.data, in: layout.state)
    }
  }

  private func removeUnfinished() async throws(ClusterRefusal) {
    let unfinished = try onDisk { () throws(SystemFault) in try Files.status(layout.making) }
    guard unfinished != nil else { return }
    await Leftovers(layout: layout, userID: account.account.userID).endCreation()
    do throws(SystemFault) {
      let removal = try await Command.run(
        ["/bin/rm", "-rf", "--one-file-system", "--", layout.making],
        environment: account.environment, directory: "/", log: layout.creationLog)
      guard removal == .exited(0) else { throw SystemFault(layout.making, EBUSY) }
    } catch {
      throw .stateDirectoryUnusable(path: error.path, words: error.words)
    }
  }
}
