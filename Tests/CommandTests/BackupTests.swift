import Foundation
import Testing

/// A backup as the guide tells to make one: copied by its own login from a running server, restored to another
/// place, and verified there.
@Suite(.serialized) struct BackupTests {
  private static let binaries = Task {
    try await Program.shell("pg_config --bindir").output
      .trimmingCharacters(in: .whitespacesAndNewlines)
  }

  /// Runs a program of PostgreSQL on the server of a state directory.
  private static func tool(
    _ name: String, _ login: String, at socket: String, _ arguments: String
  ) async throws -> Program.Result {
    try await Program.shell(
      "'\(try await binaries.value)/\(name)' --host '\(socket)' --username \(login) \(arguments)")
  }

  /// Lets the server of a state directory run meanwhile; gives the folder of its socket.
  private static func serving(_ state: String, _ body: (String) async throws -> Void) async throws {
    let daemon = try Program.service("serve", "--state", state, "--port", "0")
    defer { daemon.stop() }
    for _ in 0..<1200 where daemon.isRunning {
      if try daemon.said().contains("answers at http://") {
        let options = try String(contentsOfFile: state + "/data/postmaster.opts", encoding: .utf8)
        let socket = try #require(options.firstMatch(of: /unix_socket_directories=([^"]+)"/)).1
        return try await body(String(socket))
      }
      try await Task.sleep(for: .milliseconds(50))
    }
    Issue.record("The server did not start: \(try daemon.said())")
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

    try await Self.serving(state) { socket in
      let read = try await Self.tool(
        "psql", "eq_backup", at: socket, "equipoise -c 'select count(*) from open.participants'")
      #expect(read.status != 0 && read.errors.contains("permission denied for schema open"))
      let dump = try await Self.tool("pg_dump", "eq_backup", at: socket, "equipoise")
      #expect(dump.status != 0 && !dump.output.contains("101-0001"))
      for login in ["eq_open", "eq_committee", "equipoise_owner"] {
        let refused = try await Self.tool(
          "pg_basebackup", login, at: socket, "-D '\(scratch.folder.path)/none'")
        #expect(refused.status != 0, "\(login)")
      }
      try FileManager.default.createDirectory(
        atPath: restored, withIntermediateDirectories: true,
        attributes: [.posixPermissions: 0o711])
      let made = try await Self.tool("pg_basebackup", "eq_backup", at: socket, "-D '\(copy)'")
      #expect(made.status == 0, "\(made.errors)")
    }
    let checked = try await Program.shell(
      "'\(try await Self.binaries.value)/pg_verifybackup' '\(copy)'")
    #expect(checked.status == 0, "\(checked.errors)")

    // As the guide says: the copy is given to the server's account, and the keys are put beside it.
    let owner = try await Program.shell("stat -c %u:%g '\(state)/data'").lines[0]
    let placed = try await Program.shell(
      "chown -R \(owner) '\(copy)' && cp -pr '\(state)'/*key '\(state)/witness' '\(restored)'")
    #expect(placed.status == 0, "\(placed.errors)")
    let whole = try await Program.run("verify", "--state", restored)
    #expect(
      whole.status == 0 && whole.lines.last == "verified: the record agrees with itself",
      "\(whole.output)\(whole.errors)")
    #expect(whole.lines.first?.contains(/^[1-9][0-9]+ chained rows, [1-9]/) == true)

    try await Self.serving(restored) { socket in
      let changed = try await Self.tool(
        "psql", "equipoise_superuser", at: socket,
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
    #expect(failed.lines.last?.hasSuffix(".") == true || failed.output.contains("also: "))
    // Where it came from is as it was.
    #expect(try await Program.run("verify", "--state", state).status == 0)
  }
}
