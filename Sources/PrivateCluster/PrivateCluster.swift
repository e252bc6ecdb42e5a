import Glibc

/// A PostgreSQL of the daemon's own: created on first use, supervised, reached over one socket.
///
/// ```
/// let cluster = PrivateCluster(
///   stateDirectory: PrivateCluster.defaultStateDirectory(), roles: ["equipoise_open"],
///   superuser: "equipoise_owner", log: { print($0) })
/// let address = try await cluster.start()
/// async let supervision: Void = cluster.supervise()
/// ```
public actor PrivateCluster {
  private let stateDirectory: String
  private let roles: [String]
  private let superuser: String
  private let log: @Sendable (String) -> Void
  private let programDirectories: [String]?

  private var lock: StateLock?
  private var preparation: Preparation?
  private var programs: ServerPrograms?
  private var server: RunningServer?
  private var isBusy = false
  private var isStopping = false

  /// A cluster in a state directory, not yet started.
  ///
  /// - Parameters:
  ///   - stateDirectory: holds data, socket, settings and logs; made when absent.
  ///   - roles: the database roles the daemon's system user may log in as, next to `superuser`.
  ///   - superuser: the database role that owns the cluster.
  ///   - log: receives sentences for the operator.
  public init(
    stateDirectory: String, roles: [String], superuser: String,
    log: @escaping @Sendable (String) -> Void
  ) {
    self.init(
      stateDirectory: stateDirectory, roles: roles, superuser: superuser, programsIn: nil, log: log)
  }

  /// As the public one, looking for server programs only in the directories named.
  init(
    stateDirectory: String, roles: [String], superuser: String, programsIn: [String]?,
    log: @escaping @Sendable (String) -> Void
  ) {
    self.stateDirectory = stateDirectory
    self.roles = roles
    self.superuser = superuser
    self.programDirectories = programsIn
    self.log = log
  }

  /// Where a daemon of this user keeps its state unless told otherwise.
  public static func defaultStateDirectory() -> String {
    let isRoot = geteuid() == 0
    guard !isRoot, let home = Account.current()?.home else { return "/var/lib/equipoise" }
    return home + "/.local/state/equipoise"
  }

  /// Creates the cluster if there is none, starts or adopts its server, and waits until it answers.
  public func start() async throws(ClusterRefusal) -> ClusterAddress {
    await untilIdle()
    if let preparation, server != nil { return address(preparation) }
    isBusy = true
    defer { isBusy = false }
    isStopping = false
    do throws(ClusterRefusal) {
      let preparation = try await prepare()
      self.preparation = preparation
      try await bringUp(preparation)
      return address(preparation)
    } catch {
      lock = nil
      throw error
    }
  }

  /// Keeps the server running until the task is cancelled or the cluster is stopped.
  public func supervise() async {
    var backoff = Backoff()
    while !Task.isCancelled && !isStopping {
      guard let server, let ending = server.ending() else {
        try? await Task.sleep(for: .milliseconds(200))
        continue
      }
      log("The database server, process \(server.process), \(ending.words). Starting it again.")
      backoff = await restart(after: backoff)
    }
  }

  /// Stops the server, waits until it has ended, and lets go of the state directory.
  public func stop() async {
    isStopping = true
    await untilIdle()
    if let server {
      self.server = nil
      if await server.stop() {
        log("The database server has stopped.")
      } else {
        log("The database server, process \(server.process), does not stop; it is left running.")
      }
    }
    lock = nil
  }

  private func address(_ preparation: Preparation) -> ClusterAddress {
    ClusterAddress(
      socketDirectory: preparation.socketDirectory, port: ClusterLayout.port, superuser: superuser)
  }

  /// One start or restart at a time: each suspends, and another call could come between.
  private func untilIdle() async {
    while isBusy { await pause(milliseconds: 20) }
  }

  // MARK: - Preparing

  private func prepare() async throws(ClusterRefusal) -> Preparation {
    let allRoles = [superuser] + roles
    if let unusable = allRoles.first(where: { !Self.isUsable(role: $0) }) {
      throw .roleNameUnusable(unusable)
    }
    let account = try ServerAccount.choose()
    let layout = try Preparation.stateDirectory(stateDirectory, for: account)
    let taken = try onDisk { () throws(SystemFault) in try StateLock.take(layout.lock) }
    guard let taken else { throw .alreadyRunning(stateDirectory: layout.state) }
    lock = taken
    let preparation = try Preparation.directories(in: layout, for: account)
    let dataMajor = try dataMajor(preparation)
    var directories = programDirectories
    if directories == nil { directories = await ServerPrograms.usualDirectories() }
    let programs = try await ServerPrograms.find(in: directories ?? [], dataMajor: dataMajor)
    self.programs = programs
    if dataMajor == nil {
      log("Creating the database in \(layout.data) with PostgreSQL \(programs.major).")
      try await Creation(preparation: preparation, programs: programs, superuser: superuser).run()
    }
    try await checkChecksums(preparation, programs)
    try preparation.writeSettings(roles: allRoles)
    return preparation
  }

  /// Only names that need no quoting anywhere: neither in SQL nor in the server's access files.
  static func isUsable(role: String) -> Bool {
    guard let first = role.utf8.first, role.utf8.count <= 63 else { return false }
    let letters = UInt8(ascii: "a")...UInt8(ascii: "z")
    let digits = UInt8(ascii: "0")...UInt8(ascii: "9")
    // `all` would admit the daemon's user as everybody.
    return role != "all" && letters.contains(first)
      && role.utf8.allSatisfy {
        letters.contains($0) || digits.contains($0) || $0 == UInt8(ascii: "_")
      }
  }

  /// The major version of the data that is there, or nil when there is none yet.
  private func dataMajor(_ preparation: Preparation) throws(ClusterRefusal) -> Int? {
    let layout = preparation.layout
    let server = preparation.account.account
    let status = try onDisk { () throws(SystemFault) in try Files.status(layout.data) }
    guard let status else { return nil }
    guard status.userID == server.userID else {
      throw .ownedByAnotherAccount(path: layout.data, expected: server.name)
    }
    guard let text = Files.text(layout.versionFile), let major = Int(text.prefix { $0 != "\n" })
    else {
      throw .stateDirectoryUnusable(path: layout.data, words: "it holds no database")
    }
    return major
  }

  private func checkChecksums(
    _ preparation: Preparation, _ programs: ServerPrograms
  ) async throws(ClusterRefusal) {
    let account = preparation.account
    let data = preparation.layout.data
    let control = try await printed(
      by: account.command(programs.controlData, ["-D", data]), account: account)
    let line = control.split(separator: "\n").first {
      $0.hasPrefix("Data page checksum version:")
    }
    guard let version = line?.split(separator: " ").last else {
      throw .stateDirectoryUnusable(path: data, words: "its control file cannot be read")
    }
    guard version != "0" else { throw .checksumsOff(dataDirectory: data) }
  }

  private func printed(
    by command: [String], account: ServerAccount
  ) async throws(ClusterRefusal) -> String {
    do throws(SystemFault) {
      return try await Command.printed(by: command, environment: account.environment).text
    } catch {
      throw .programNotStarted(path: error.path, words: error.words)
    }
  }

  // MARK: - Starting

  private func restart(after backoff: Backoff) async -> Backoff {
    var backoff = backoff
    guard let preparation else { return backoff }
    isBusy = true
    defer { isBusy = false }
    server = nil
    while !Task.isCancelled && !isStopping {
      await pause(milliseconds: backoff.next())
      do throws(ClusterRefusal) {
        try await bringUp(preparation)
        log("The database server answers again, process \(server?.process ?? 0).")
        return Backoff()
      } catch {
        log(error.description)
      }
    }
    return backoff
  }

  /// Adopts the server that runs, or starts one; returns when it answers.
  private func bringUp(_ preparation: Preparation) async throws(ClusterRefusal) {
    if isStopping || Task.isCancelled { throw .stoppedWhileStarting }
    guard let programs else { throw .programsMissing }
    let running = try await adopted(preparation, programs)
    let started: RunningServer
    if let running {
      started = running
    } else {
      started = try await launched(preparation, programs)
    }
    server = started
    do throws(ClusterRefusal) {
      try await ready(started, preparation, programs)
    } catch {
      server = nil
      _ = await started.stop()
      throw error
    }
  }

  /// The server an earlier daemon left running, when it runs exactly as this one would start it.
  private func adopted(
    _ preparation: Preparation, _ programs: ServerPrograms
  ) async throws(ClusterRefusal) -> RunningServer? {
    let layout = preparation.layout
    guard let file = Files.text(layout.processFile).flatMap({ PostmasterFile($0) }),
      let former = RunningServer(
        process: file.process, dataDirectory: layout.data,
        userID: preparation.account.account.userID)
    else { return nil }
    let options = preparation.settings.recordedOptions(program: programs.postgres)
    if Files.text(layout.optionsFile) == options && !file.isStopping {
      log("Adopting the database server that an earlier daemon left, process \(former.process).")
      // It reads the settings and the access rules again: the roles may have changed.
      former.send(SIGHUP)
      return former
    }
    log("The database server of an earlier daemon is stopped and started anew.")
    guard await former.stop() else { throw .formerServerRemains(process: former.process) }
    return nil
  }

  private func launched(
    _ preparation: Preparation, _ programs: ServerPrograms
  ) async throws(ClusterRefusal) -> RunningServer {
    let layout = preparation.layout
    let account = preparation.account
    let leftovers = Leftovers(layout: layout, userID: account.account.userID)
    if let remaining = await leftovers.endServers() {
      throw .formerServerRemains(process: remaining)
    }
    try removeStaleLocks(preparation)
    if isStopping { throw .stoppedWhileStarting }
    let fresh = (try? Files.status(layout.startLog))?.bytes ?? 0 > Self.longestStartLogBytes
    let flags = O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW | O_CLOEXEC | (fresh ? O_TRUNC : 0)
    let output = unsafe open(layout.startLog, flags, 0o600 as mode_t)
    guard output >= 0 else {
      let fault = SystemFault(layout.startLog)
      throw .stateDirectoryUnusable(path: fault.path, words: fault.words)
    }
    defer { close(output) }
    do throws(SystemFault) {
      return RunningServer(
        child: try ChildProcess.start(
          account.command(programs.postgres, preparation.settings.arguments),
          environment: account.environment, directory: "/", output: output))
    } catch {
      throw .programNotStarted(path: error.path, words: error.words)
    }
  }

  /// What a server prints before its own log is open is kept up to this size.
  private static let longestStartLogBytes = 1_048_576

  /// Removes lock files whose process number now belongs to somebody else.
  ///
  /// The server removes those of a dead process itself, but takes any living process of its own
  /// user for a rival. This daemon holds the state directory and has found no server in it.
  private func removeStaleLocks(_ preparation: Preparation) throws(ClusterRefusal) {
    let layout = preparation.layout
    let socket = ClusterLayout.socketPath(in: preparation.socketDirectory)
    let held = Files.text(layout.processFile).flatMap { PostmasterFile($0) }?.process
    try onDisk { () throws(SystemFault) in
      // A dead process's file stays: the server reads there which shared memory to look after.
      // A number still taken, if only by a dead entry nobody collected, must go.
      if let held, kill(held, 0) == 0 || errno == EPERM {
        try Files.remove(layout.processFile)
      }
      try Files.remove(socket + ".lock")
      try Files.remove(socket)
    }
  }

  /// Recovery after a crash reads the log from the last checkpoint; on a slow disk, minutes.
  private static let readySeconds = 600

  private func ready(
    _ server: RunningServer, _ preparation: Preparation, _ programs: ServerPrograms
  ) async throws(ClusterRefusal) {
    let layout = preparation.layout
    let deadline = ContinuousClock.now + .seconds(Self.readySeconds)
    while ContinuousClock.now < deadline {
      if isStopping || Task.isCancelled { throw .stoppedWhileStarting }
      if server.ending() != nil { throw .serverEnded(log: layout.startLog) }
      let file = Files.text(layout.processFile).flatMap { PostmasterFile($0) }
      if let file, file.process == server.process, file.isReady,
        try await answers(preparation, programs)
      {
        return
      }
      await pause(milliseconds: 20)
    }
    throw .serverNotReady(seconds: Self.readySeconds, log: layout.startLog)
  }

  /// Whether the server accepts connections, as its own tool sees it from the daemon's side.
  private func answers(
    _ preparation: Preparation, _ programs: ServerPrograms
  ) async throws(ClusterRefusal) -> Bool {
    let command = [
      programs.isReady, "-q", "-h", preparation.socketDirectory, "-p", "\(ClusterLayout.port)",
      "-d", "postgres", "-U", superuser, "-t", "3",
    ]
    do throws(SystemFault) {
      let answer = try await Command.printed(
        by: command, environment: preparation.account.environment)
      return answer.ending == .exited(0)
    } catch {
      throw .programNotStarted(path: error.path, words: error.words)
    }
  }
}
