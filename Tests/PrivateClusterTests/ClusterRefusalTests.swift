import Glibc
import Testing

@testable import PrivateCluster

@Suite(.serialized) struct ClusterRefusalTests {
  /// The refusal of a start, or nil when it was not refused.
  private func refusal(
    state: String, roles: [String] = [], superuser: String = "equipoise_owner",
    programs: [String]? = nil
  ) async -> ClusterRefusal? {
    let cluster = PrivateCluster(
      stateDirectory: state, roles: roles, superuser: superuser, programsIn: programs,
      log: { _ in })
    do throws(ClusterRefusal) {
      _ = try await cluster.start()
      await cluster.stop()
      return nil
    } catch {
      return error
    }
  }

  /// Programs that only say which version they are.
  private func programs(saying version: String, in directory: String) throws -> String {
    try Files.makeDirectories(directory, mode: 0o755)
    for name in ["postgres", "initdb", "pg_controldata", "pg_isready"] {
      try Files.replace(
        directory + "/" + name, with: "#!/bin/sh\necho 'postgres (PostgreSQL) \(version)'\n",
        mode: 0o755, group: getegid())
    }
    return directory
  }

  private var keeper: Keeper { geteuid() == 0 ? .root : .ordinary }

  @Test func `without server programs the operator is told which package to install`() async throws
  {
    let world = try ClusterWorld(keeper)
    let refused = await refusal(state: world.layout.state, programs: [world.base + "/none"])
    #expect(refused == .programsMissing)
    #expect(refused?.description.contains("apt-get install postgresql-15") == true)
    #expect(try Files.status(world.layout.data) == nil)
  }

  @Test func `programs older than version 15 are refused`() async throws {
    let world = try ClusterWorld(keeper)
    let old = try programs(saying: "14.9 (Debian 14.9-1)", in: world.base + "/old")
    let refused = await refusal(state: world.layout.state, programs: [old])
    #expect(refused == .programsTooOld(newestMajor: 14))
    #expect(refused?.description.contains("postgresql-15") == true)
  }

  @Test func `the newest programs make new data, the matching ones open old data`() async throws {
    let world = try ClusterWorld(keeper)
    let directories = [
      try programs(saying: "16.2", in: world.base + "/b"),
      try programs(saying: "17beta1", in: world.base + "/c"),
      try programs(saying: "15.20", in: world.base + "/a"),
    ]
    let newest = try await ServerPrograms.find(in: directories, dataMajor: nil)
    #expect(newest == ServerPrograms(directory: directories[1], major: 17))
    let matching = try await ServerPrograms.find(in: directories, dataMajor: 16)
    #expect(matching == ServerPrograms(directory: directories[0], major: 16))
    await #expect(throws: ClusterRefusal.programsOfOtherVersion(dataMajor: 18)) {
      try await ServerPrograms.find(in: directories, dataMajor: 18)
    }
  }

  @Test(arguments: ["", "all", "Owner", "1st", "_x", "a\"b", "a b", "+admin", "/x"])
  func `a role name that needs quoting is refused before anything is made`(
    name: String
  ) async throws {
    let world = try ClusterWorld(keeper)
    #expect(await refusal(state: world.layout.state, roles: [name]) == .roleNameUnusable(name))
    #expect(try Files.status(world.layout.state) == nil)
  }

  @Test func `a role name of 64 letters is refused, for the database would cut it`() async throws {
    let name = String(repeating: "a", count: 64)
    #expect(!PrivateCluster.isUsable(role: name))
    #expect(PrivateCluster.isUsable(role: String(name.dropLast())))
  }

  @Test(.enabled(if: geteuid() == 0))
  func `under root a place the server's account cannot reach is refused and named`() async throws {
    let world = try ClusterWorld(.root)
    let closed = world.base + "/closed"
    try Files.makeDirectory(closed, mode: 0o700)
    let refused = await refusal(state: closed + "/state")
    #expect(refused == .notTraversable(directory: closed, account: "postgres"))
  }

  @Test(.enabled(if: geteuid() == 0))
  func `under root a state directory closed to all is opened to the server's account only`()
    async throws
  {
    let world = try ClusterWorld(.root)
    try Files.makeDirectory(world.layout.state, mode: 0o700)
    #expect(await refusal(state: world.layout.state) == nil)
    let status = try #require(try Files.status(world.layout.state))
    let server = try #require(Account.named("postgres"))
    #expect(status.permissions == 0o710)
    #expect(status.userID == 0)
    #expect(status.groupID == server.groupID)
  }

  @Test(.enabled(if: geteuid() == 0))
  func `data of another account is refused and left as it was`() async throws {
    let world = try ClusterWorld(.root)
    try Files.makeDirectories(world.layout.data, mode: 0o700)
    let refused = await refusal(state: world.layout.state)
    #expect(
      refused == .ownedByAnotherAccount(path: world.layout.data, expected: "postgres"))
    #expect(Files.names(in: world.layout.data).isEmpty)
  }

  @Test func `a data directory without a database is refused and not filled`() async throws {
    let world = try ClusterWorld(keeper)
    let server = try #require(Account.named(keeper.serverName))
    try Files.makeDirectories(world.layout.data, mode: 0o700)
    try Files.give(world.layout.data, to: server.userID, group: server.groupID, mode: 0o700)
    let refused = await refusal(state: world.layout.state)
    #expect(
      refused == .stateDirectoryUnusable(path: world.layout.data, words: "it holds no database"))
    #expect(Files.names(in: world.layout.data).isEmpty)
  }

  @Test func `a database without page checksums is refused`() async throws {
    let world = try ClusterWorld(keeper)
    let installed = try await ServerPrograms.find(
      in: await ServerPrograms.usualDirectories(), dataMajor: nil)
    #expect(await refusal(state: world.layout.state) == nil)
    let disable = Keeper.command(
      [installed.directory + "/pg_checksums", "--disable", "-D", world.layout.data],
      as: keeper.serverName)
    #expect(try world.run(disable) == .exited(0))
    let refused = await refusal(state: world.layout.state)
    #expect(refused == .checksumsOff(dataDirectory: world.layout.data))
  }

  @Test func `a creation that fails is refused, says where the reason is, and can be repeated`()
    async throws
  {
    let world = try ClusterWorld(keeper)
    // As initdb, a program that prints a version and makes nothing: the database is then missing.
    let hollow = try programs(saying: "15.20", in: world.base + "/hollow")
    try Files.replace(
      hollow + "/initdb", with: "#!/bin/sh\necho no room; exit 3\n", mode: 0o755, group: getegid())
    let refused = await refusal(state: world.layout.state, programs: [hollow])
    #expect(refused == .creationFailed(log: world.layout.creationLog))
    #expect(Files.text(world.layout.creationLog) == "no room\n")
    #expect(try Files.status(world.layout.data) == nil)
    #expect(await refusal(state: world.layout.state) == nil)
  }

  @Test func `a server that ends at once is refused, and its words are kept`() async throws {
    let world = try ClusterWorld(keeper)
    #expect(await refusal(state: world.layout.state) == nil)
    let server = try #require(Account.named(keeper.serverName))
    try Files.replace(
      world.layout.localSettings, with: "no_such_setting = 1\n", mode: 0o640,
      group: server.groupID)
    let refused = await refusal(state: world.layout.state)
    #expect(refused == .serverEnded(log: world.layout.startLog))
    #expect(Files.text(world.layout.startLog)?.contains("no_such_setting") == true)
  }

  @Test func `a refused start lets go of the state directory`() async throws {
    let world = try ClusterWorld(keeper)
    #expect(await refusal(state: world.layout.state, programs: []) == .programsMissing)
    let lock = try StateLock.take(world.layout.lock)
    #expect(lock != nil)
  }

  @Test func `the short socket directory of a stranger is refused`() async throws {
    let world = try ClusterWorld(keeper, below: "/" + String(repeating: "deep", count: 25))
    let server = try #require(Account.named(keeper.serverName))
    try Files.makeDirectory(world.socketDirectory, mode: 0o777)
    try Files.give(
      world.socketDirectory, to: server.userID, group: server.groupID, mode: 0o777)
    let refused = await refusal(state: world.layout.state)
    #expect(
      refused
        == .stateDirectoryUnusable(
          path: world.socketDirectory, words: "others than its owner may enter it"))
    _ = try world.run(["/bin/rmdir", world.socketDirectory])
  }

  @Test func `every refusal is whole sentences`() {
    let refusals: [ClusterRefusal] = [
      .programsMissing, .programsTooOld(newestMajor: 14), .programsOfOtherVersion(dataMajor: 13),
      .stateDirectoryUnusable(path: "/s", words: "full"),
      .notTraversable(directory: "/s", account: "postgres"),
      .ownedByAnotherAccount(path: "/s", expected: "root"), .noUnprivilegedAccount,
      .unknownAccount(userID: 7), .alreadyRunning(stateDirectory: "/s"), .roleNameUnusable("x y"),
      .creationFailed(log: "/s/log"), .checksumsOff(dataDirectory: "/s/data"),
      .programNotStarted(path: "/p", words: "gone"), .serverEnded(log: "/s/log"),
      .serverNotReady(seconds: 1, log: "/s/log"), .formerServerRemains(process: 7),
      .stoppedWhileStarting,
    ]
    for refusal in refusals {
      #expect(refusal.description.hasSuffix("."))
      #expect(!refusal.description.contains("  "))
    }
  }
}
