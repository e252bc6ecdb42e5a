import Foundation
import Testing

/// A backup as the guide tells to make one: copied by its own login from a running server, restored to another
/// place, and verified there.
@Suite(.serialized) struct BackupTests {
  /// A server that runs: the folder of its socket, and that of the programs of its version.
  private struct Running {
    let socket: String
    let programs: String

    /// Runs a program of PostgreSQL on it.
    func tool(_ name: String, _ login: String, _ arguments: String) async throws -> Program.Result {
      try await Program.shell(
        "'\(programs)/\(name)' --host '\(socket)' --username \(login) \(arguments)")
    }
  }

  /// Lets the server of a state directory run meanwhile.
  private static func serving<Result>(
    _ state: String, _ body: (Running) async throws -> Result
  ) async throws -> Result? {
    let daemon = try Program.service("serve", "--state", state, "--port", "0")
    defer { daemon.stop() }
    for _ in 0..<2400 where daemon.isRunning {
      if try daemon.said().contains("answers at http://") {
        let options = try String(contentsOfFile: state + "/data/postmaster.opts", encoding: .utf8)
        let socket = try #require(options.firstMatch(of: /unix_socket_directories=([^"]+)"/)).1
        // The server wrote down its program first, then what it was told.
        let program = try #require(options.firstMatch(of: #/^(.+)/postgres "?-/#)).1
        return try await body(Running(socket: String(socket), programs: String(program)))
      }
      try await Task.sleep(for: .milliseconds(50))
    }
    Issue.record("The server did not start: \(try daemon.said())")
    return nil
  }

  @Test
  func `REQ-022: a backup is copied without reading a row, restored, verified, and a change named`()
    async throws
  {
    let scratch = try Scratch()
    defer { scratch.remove() }
    // The account of the database must be able to pass.
    try FileManager.default.setAttributes(
      [.posixPermissions: 0o755], ofItemAtPath: scratch.folder.path)
    let state = scratch.folder.appending(path: "state").path
    let restored = scratch.folder.appending(path: "restored").path
    let copy = restored + "/data"
    let demo = try await Program.run(
      "demo", "--participants", "12", "--sites", "1", "--state", state, "--output",
      scratch.folder.appending(path: "documents").path)
    #expect(demo.status == 0, "\(demo.errors)")

    let programs = try await Self.serving(state) { running in
      let read = try await running.tool(
        "psql", "eq_backup", "equipoise -c 'select count(*) from open.participants'")
      #expect(read.status != 0 && read.errors.contains("permission denied for schema open"))
      let dump = try await running.tool("pg_dump", "eq_backup", "equipoise")
      #expect(dump.status != 0 && !dump.output.contains("101-0001"))
      for login in ["eq_open", "eq_committee", "equipoise_owner"] {
        let refused = try await running.tool(
          "pg_basebackup", login, "-D '\(scratch.folder.path)/none'")
        #expect(refused.status != 0, "\(login)")
      }
      try FileManager.default.createDirectory(
        atPath: restored, withIntermediateDirectories: true,
        attributes: [.posixPermissions: 0o711])
      // As the guide says: keys and witnesses first, so that no head of theirs is younger than the copy.
      let kept = try await Program.shell(
        "cp -pr '\(state)'/key* '\(state)/sign-in-key' '\(state)/record-key' '\(state)/witness' '\(restored)'"
      )
      #expect(kept.status == 0, "\(kept.errors)")
      let made = try await running.tool("pg_basebackup", "eq_backup", "--pgdata '\(copy)'")
      #expect(made.status == 0, "\(made.errors)")
      return running.programs
    }
    let checked = try await Program.shell("'\(programs ?? "")/pg_verifybackup' '\(copy)'")
    #expect(checked.status == 0, "\(checked.errors)")
    // The copy is given to the server's account.
    let owner = try await Program.shell("stat -c %u:%g '\(state)/data'").lines[0]
    let given = try await Program.shell("chown -R \(owner) '\(copy)'")
    #expect(given.status == 0, "\(given.errors)")
    let whole = try await Program.run("verify", "--state", restored)
    #expect(
      whole.status == 0 && whole.lines.last == "verified: the record agrees with itself",
      "\(whole.output)\(whole.errors)")
    #expect(whole.lines.first?.contains(/^[1-9][0-9]+ chained rows, [1-9]/) == true)

    _ = try await Self.serving(restored) { running in
      let changed = try await running.tool(
        "psql", "equipoise_superuser",
        """
        equipoise -q -c "set session_replication_role = replica; \
        update outcome.entries set answers = jsonb_set(answers, '{m01}', '0') \
        where participant = '101-0001' and form = 'MADRS' and visit = 'BL'"
        """)
      #expect(changed.status == 0, "\(changed.errors)")
    }
    let failed = try await Program.run("verify", "--state", restored)
    #expect(failed.status == 1, "\(failed.output)")
    let first = try #require(failed.lines.first { $0.hasPrefix("failed: ") })
    #expect(
      first.hasPrefix("failed: row changed in kap-ect-demo-20270914-12, outcome: entries"),
      "\(failed.output)")
    let sentence = try #require(failed.lines.drop { !$0.hasPrefix("failed: ") }.dropFirst().first)
    #expect(sentence.hasSuffix(".") && !sentence.hasPrefix("also: "), "\(failed.output)")
    // Where it came from is as it was.
    #expect(try await Program.run("verify", "--state", state).status == 0)
    try await Self.forge(state)
  }

  /// What somebody with all rights in the database does so that nothing is compared any more.
  private static func forge(_ state: String) async throws {
    func asSuperuser(_ sql: String) async throws {
      _ = try await serving(state) { running in
        let done = try await running.tool(
          "psql", "equipoise_superuser", "equipoise -q -c \"\(sql)\"")
        #expect(done.status == 0, "\(done.errors)")
      }
    }
    func found() async throws -> [String] {
      let verified = try await Program.run("verify", "--state", state)
      #expect(verified.status == 1, "\(verified.output)")
      return verified.lines
    }
    // A generation of the key that nobody made, so that the key in force is not here.
    try await asSuperuser(
      """
      insert into sealed.master_keys (generation, fingerprint, sign_in_fingerprint) \
      values (2, sha256('x'), sha256('y'))
      """)
    let keyless = try await found()
    #expect(
      keyless.contains {
        $0.contains("row added in installation, sealed: master_keys generation 2")
      })
    #expect(keyless.contains { $0.contains("key in installation, sealed: master_keys") })
    try await asSuperuser(
      "set session_replication_role = replica; delete from sealed.master_keys where generation = 2")
    #expect(
      try await found().contains { $0.contains("row missing in installation, sealed: master_keys") }
    )
    // A row written in plain statements, and every proof taken away: the next start vouches for nothing.
    try await asSuperuser(
      """
      update access.users set full_name = 'Somebody Else' where user_id = (select min(user_id) from access.users); \
      set session_replication_role = replica; \
      \(["open", "outcome", "treatment", "allocation", "sealed", "identity", "access"].map { "update \($0).seals set proof = null" }.joined(separator: "; "))
      """)
    _ = try await serving(state) { _ in }
    let laundered = try await found()
    for schema in ["access", "outcome", "identity"] {
      #expect(laundered.contains { $0.contains(", \(schema): ") }, "\(laundered)")
    }
  }
}
