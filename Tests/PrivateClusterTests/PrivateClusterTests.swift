import Foundation
import Glibc
import Testing

@testable import PrivateCluster

/// Real servers, under root and under an ordinary user; one after the other, since each is a whole
/// database and the times measured must be their own.
@Suite(.serialized) struct PrivateClusterTests {
  @Test(arguments: Keeper.available)
  func `the first start creates a cluster that keeps what it says and keeps it to itself`(
    keeper: Keeper
  ) async throws {
    let world = try ClusterWorld(keeper)
    let daemon = try world.daemon()
    #expect(await daemon.isReady(), "\(daemon.said)")
    let expected = [
      "data_checksums": "on", "fsync": "on", "full_page_writes": "on", "synchronous_commit": "on",
      "data_sync_retry": "off", "listen_addresses": "", "log_statement": "none",
      "log_parameter_max_length": "0", "log_parameter_max_length_on_error": "0",
      "log_connections": "on", "log_disconnections": "on",
      "log_min_error_statement": "panic", "log_error_verbosity": "terse",
      "shared_preload_libraries": "", "unix_socket_permissions": "0700",
      "unix_socket_directories": world.socketDirectory, "server_encoding": "UTF8",
      "logging_collector": "on", "log_directory": world.layout.log, "TimeZone": "UTC",
    ]
    for (name, value) in expected {
      #expect(try await world.ask("show \(name)") == value, "\(name)")
    }
    #expect(try Files.status(world.socketDirectory)?.permissions == 0o700)
    #expect(try Files.status(world.layout.data)?.permissions == 0o700)
    let owner = try #require(Account.named(keeper.serverName))
    #expect(try Files.status(world.layout.data)?.userID == owner.userID)
    #expect(Files.names(in: world.layout.log).isEmpty == false)
  }

  @Test(arguments: Keeper.available)
  func `the daemon's user logs in under the roles named and no other, and nobody else at all`(
    keeper: Keeper
  ) async throws {
    let world = try ClusterWorld(keeper)
    let daemon = try world.daemon(roles: ["equipoise_open"])
    #expect(await daemon.isReady(), "\(daemon.said)")
    #expect(try await world.ask("create role equipoise_open login") == "")
    #expect(try await world.ask("create role stranger login") == "")
    #expect(try await world.ask("select current_user", as: "equipoise_open") == "equipoise_open")
    #expect(try await world.ask("select 1", as: "stranger") == nil)
    guard geteuid() == 0 else { return }
    let other = Keeper.command(
      ["/usr/bin/psql", "-h", world.socketDirectory, "-U", "equipoise_owner", "-c", "select 1"],
      as: "daemon")
    #expect(try world.run(other) != .exited(0))
  }

  @Test(arguments: Keeper.available)
  func `what protects the data cannot be undone by the operator's file or by ALTER SYSTEM`(
    keeper: Keeper
  ) async throws {
    let world = try ClusterWorld(keeper)
    let first = try world.daemon()
    #expect(await first.isReady(), "\(first.said)")
    #expect(try await world.ask("alter system set fsync = off") == "")
    #expect(try await world.ask("alter system set log_statement = 'all'") == "")
    first.signal(SIGTERM)
    #expect(await first.ending() == .exited(0))
    let group = try #require(Account.named(keeper.serverName)).groupID
    try Files.replace(
      world.layout.localSettings, with: "full_page_writes = off\nwork_mem = 11MB\n", mode: 0o640,
      group: group)
    let second = try world.daemon()
    #expect(await second.isReady(), "\(second.said)")
    #expect(try await world.ask("show fsync") == "on")
    #expect(try await world.ask("show log_statement") == "none")
    #expect(try await world.ask("show full_page_writes") == "on")
    #expect(try await world.ask("show work_mem") == "11MB")
  }

  @Test(arguments: Keeper.available)
  func `SIGTERM stops the daemon and its server, and what was written is there afterwards`(
    keeper: Keeper
  ) async throws {
    let world = try ClusterWorld(keeper)
    let first = try world.daemon()
    #expect(await first.isReady(), "\(first.said)")
    #expect(try await world.ask("create table kept as select 7 as value") == "")
    let server = try #require(world.server)
    first.signal(SIGTERM)
    #expect(await first.ending() == .exited(0))
    #expect(ProcessTable.startTicks(of: server) == nil)
    #expect(try Files.status(world.layout.processFile) == nil)
    let second = try world.daemon()
    #expect(await second.isReady(), "\(second.said)")
    #expect(try await world.ask("select value from kept") == "7")
    #expect(!second.said.contains("Creating"))
  }

  @Test(arguments: Keeper.available)
  func `the interrupt key of the terminal reaches the daemon, which then stops the server itself`(
    keeper: Keeper
  ) async throws {
    let world = try ClusterWorld(keeper)
    let daemon = try world.daemon()
    #expect(await daemon.isReady(), "\(daemon.said)")
    let server = try #require(world.server)
    #expect(getpgid(server) == server)
    #expect(getsid(server) == server)
    #expect(getpgid(daemon.child.id) != server)
    kill(-daemon.child.id, SIGINT)
    #expect(await daemon.ending() == .exited(0))
    #expect(daemon.said.hasSuffix("The database server has stopped.\nstopped\n"))
    #expect(try Files.status(world.layout.processFile) == nil)
  }

  @Test(arguments: Keeper.available)
  func `a server orphaned by kill -9 of the daemon is adopted, and stops with its new keeper`(
    keeper: Keeper
  ) async throws {
    let world = try ClusterWorld(keeper)
    let first = try world.daemon()
    #expect(await first.isReady(), "\(first.said)")
    let server = try #require(world.server)
    first.signal(SIGKILL)
    #expect(await first.ending() == .killed(SIGKILL))
    #expect(try await world.ask("create role equipoise_late login") == "")
    let second = try world.daemon(roles: ["equipoise_late"])
    #expect(await second.isReady(within: 2), "\(second.said)")
    #expect(world.server == server)
    // The roles of the new daemon hold, without a restart.
    #expect(
      try await eventually(within: 5) {
        try await world.ask("select 1", as: "equipoise_late") == "1"
      })
    second.signal(SIGTERM)
    #expect(await second.ending() == .exited(0))
    #expect(ProcessTable.startTicks(of: server) == nil)
  }

  @Test(arguments: Keeper.available)
  func `an adopted server is watched like one's own`(keeper: Keeper) async throws {
    let world = try ClusterWorld(keeper)
    let first = try world.daemon()
    #expect(await first.isReady(), "\(first.said)")
    first.signal(SIGKILL)
    #expect(await first.ending() == .killed(SIGKILL))
    let second = try world.daemon()
    #expect(await second.isReady(), "\(second.said)")
    let server = try #require(world.server)
    kill(server, SIGKILL)
    #expect(
      try await eventually(within: 10) {
        guard world.server != server else { return false }
        return try await world.ask("select 1") == "1"
      }, "\(second.said)")
  }

  @Test(arguments: Keeper.available)
  func `an orphan started in another way is stopped and started anew`(
    keeper: Keeper
  ) async throws {
    let world = try ClusterWorld(keeper)
    let first = try world.daemon()
    #expect(await first.isReady(), "\(first.said)")
    let server = try #require(world.server)
    first.signal(SIGKILL)
    #expect(await first.ending() == .killed(SIGKILL))
    let owner = try #require(Account.named(keeper.serverName))
    let options = world.layout.optionsFile
    try Files.replace(options, with: "postgres -F\n", mode: 0o600, group: owner.groupID)
    try Files.give(options, to: owner.userID, group: owner.groupID, mode: 0o600)
    let second = try world.daemon()
    #expect(await second.isReady(), "\(second.said)")
    #expect(world.server != server)
    #expect(ProcessTable.startTicks(of: server) == nil)
    #expect(try await world.ask("show fsync") == "on")
  }

  @Test(arguments: Keeper.available)
  func `after kill -9 of the server it answers again within 10 seconds, committed rows included`(
    keeper: Keeper
  ) async throws {
    let world = try ClusterWorld(keeper)
    let daemon = try world.daemon()
    #expect(await daemon.isReady(), "\(daemon.said)")
    #expect(try await world.ask("create table kept as select 7 as value") == "")
    // A session that computes does not notice that its parent is gone, and holds the memory.
    let busy = try world.start(
      Keeper.command(
        [
          "/usr/bin/psql", "-h", world.socketDirectory, "-U", "equipoise_owner", "-d", "postgres",
          "-c", "do $$ begin loop end loop; end $$",
        ], as: keeper.daemonName))
    #expect(
      try await eventually(within: 10) {
        try await world.ask("select count(*) from pg_stat_activity where query like 'do $$%'")
          == "1"
      })
    let server = try #require(world.server)
    let struck = ContinuousClock.now
    kill(server, SIGKILL)
    #expect(
      try await eventually(within: 10) { try await world.ask("select value from kept") == "7" },
      "\(daemon.said)")
    #expect(ContinuousClock.now - struck < .seconds(10))
    #expect(world.server != server)
    #expect(busy.ending() != nil)
    #expect(daemon.said.contains("was ended by signal 9. Starting it again."))
  }

  @Test(arguments: Keeper.available)
  func `after kill -9 of daemon and server at once, a new daemon recovers what was committed`(
    keeper: Keeper
  ) async throws {
    let world = try ClusterWorld(keeper)
    let first = try world.daemon()
    #expect(await first.isReady(), "\(first.said)")
    #expect(try await world.ask("create table kept as select 7 as value") == "")
    let server = try #require(world.server)
    first.signal(SIGKILL)
    kill(server, SIGKILL)
    #expect(await first.ending() == .killed(SIGKILL))
    let second = try world.daemon()
    #expect(await second.isReady(within: 10), "\(second.said)")
    #expect(try await world.ask("select value from kept") == "7")
  }

  @Test(arguments: Keeper.available)
  func `a second daemon on the same state directory is refused, and the first goes on`(
    keeper: Keeper
  ) async throws {
    let world = try ClusterWorld(keeper)
    let first = try world.daemon()
    #expect(await first.isReady(), "\(first.said)")
    let server = try #require(world.server)
    let second = try world.daemon()
    #expect(await second.ending() == .exited(1))
    let refusal = ClusterRefusal.alreadyRunning(stateDirectory: world.layout.state)
    #expect(second.said == "refused: \(refusal)\n")
    #expect(world.server == server)
    #expect(try await world.ask("select 1") == "1")
  }

  @Test(arguments: Keeper.available)
  func `lock files that name a living stranger, or nobody, do not keep the server from starting`(
    keeper: Keeper
  ) async throws {
    let world = try ClusterWorld(keeper)
    let first = try world.daemon()
    #expect(await first.isReady(), "\(first.said)")
    let text = try #require(Files.text(world.layout.processFile))
    let server = try #require(world.server)
    first.signal(SIGTERM)
    #expect(await first.ending() == .exited(0))
    let account = try #require(Account.named(keeper.serverName))
    // The stranger runs as the server's user, as another program of that user might.
    let stranger = try world.start(
      Keeper.command(["/bin/sleep", "600"], as: keeper.serverName))
    for number in [stranger.id, 4_000_000] {
      let lines = text.split(separator: "\n", omittingEmptySubsequences: false).dropFirst()
      let stale = (["\(number)"] + lines.map { String($0) }).joined(separator: "\n")
      let socketLock = ClusterLayout.socketPath(in: world.socketDirectory) + ".lock"
      for path in [world.layout.processFile, socketLock] {
        try Files.replace(path, with: stale, mode: 0o600, group: account.groupID)
        try Files.give(path, to: account.userID, group: account.groupID, mode: 0o600)
      }
      let daemon = try world.daemon()
      #expect(await daemon.isReady(within: 10), "\(daemon.said)")
      #expect(world.server != number)
      #expect(world.server != server)
      daemon.signal(SIGTERM)
      #expect(await daemon.ending() == .exited(0))
    }
    #expect(stranger.ending() == nil, "the stranger was left in peace")
  }

  @Test(arguments: Keeper.available)
  func `a creation cut short by kill -9 leaves nothing that is taken for a database`(
    keeper: Keeper
  ) async throws {
    let world = try ClusterWorld(keeper)
    let making = world.layout.making
    let first = try world.daemon()
    // On a thread of its own: a task would be late while other tests keep the processors busy.
    let victim = first.child.id
    Thread.detachNewThread {
      var looks = 0
      while looks < 15_000, Files.names(in: making).isEmpty {
        usleep(2_000)
        looks += 1
      }
      kill(victim, SIGKILL)
    }
    #expect(await first.ending() == .killed(SIGKILL))
    #expect(try Files.status(world.layout.data) == nil)
    let second = try world.daemon()
    #expect(await second.isReady(), "\(second.said)")
    #expect(try Files.status(world.layout.making) == nil)
    #expect(try await world.ask("select 1") == "1")
  }

  @Test(arguments: Keeper.available)
  func `a state directory too deep for a socket gets a short socket directory of its own`(
    keeper: Keeper
  ) async throws {
    let depth = "/" + String(repeating: "a-long-way-down", count: 8)
    let world = try ClusterWorld(keeper, below: depth)
    let daemon = try world.daemon()
    #expect(await daemon.isReady(), "\(daemon.said)")
    #expect(!world.socketDirectory.hasPrefix(world.layout.state))
    // Those in between were made by the daemon too, and are open to pass.
    #expect(try Files.status(world.base + depth)?.permissions == 0o755)
    #expect(ClusterLayout.socketPath(in: world.socketDirectory).utf8.count <= 100)
    #expect(daemon.said.contains("ready \(world.socketDirectory) 5432\n"))
    #expect(try Files.status(world.socketDirectory)?.permissions == 0o700)
    #expect(try await world.ask("select 1") == "1")
    daemon.signal(SIGTERM)
    #expect(await daemon.ending() == .exited(0))
    _ = try world.run(["/bin/rmdir", world.socketDirectory])
  }
}
