import CRelay
import Foundation
import Postgres
import PostgresTestServer
import Testing

/// Servers with settings of their own.
@Suite(.serialized) struct ConnectionTests {
  @Test func `of several hosts the one that accepts changes is found, and told when there is none`()
    throws
  {
    let reading = try PostgresTestServer(settings: ["default_transaction_read_only = on"])
    let writing = try PostgresTestServer()
    let hosts = [
      "host": "/nowhere,\(reading.directory),\(writing.directory)", "user": "equipoise",
      "dbname": "postgres", "target_session_attrs": "read-write",
    ]
    let connection = try Connection(configuration: ConnectionConfiguration(hosts))
    try connection.script("create table t (a int)")
    let without = ConnectionConfiguration(hosts).with("host", reading.directory)
    #expect(refusal { try Connection(configuration: without) } == .connectionFailed(.readOnly))
    let nobody = ConnectionConfiguration(hosts).with("host", "/nowhere")
    #expect(refusal { try Connection(configuration: nobody) } == .connectionFailed(.refused))
    reading.stop()
    writing.stop()
  }

  @Test func `a session compiles no statement, whatever the server is set to, unless told to`()
    throws
  {
    let server = try PostgresTestServer(settings: ["jit = on"])
    defer { server.stop() }
    func setting(_ configuration: ConnectionConfiguration) throws -> String {
      try Connection(configuration: configuration).execute("show jit")[0].get(0)
    }
    #expect(try setting(server.configuration()) == "off")
    #expect(try setting(server.configuration().beginning(with: "work_mem", "8MB")) == "off")
    #expect(try setting(server.configuration().beginning(with: "jit", "on")) == "on")
  }

  /// No server that old can be had beside the one here, so a real one is made to say another version.
  @Test func `a server that is too old is refused with its version and the one needed`() throws {
    let server = try PostgresTestServer()
    defer { server.stop() }
    let path = server.directory + "/old"
    try server.makeDirectory(path)
    #expect(
      unsafe relay_start(2, path + "/.s.PGSQL.5432", server.directory + "/.s.PGSQL.5432") == 0)
    let configuration = ConnectionConfiguration([
      "host": path, "user": "equipoise", "dbname": "postgres",
    ])
    func version() throws -> String {
      try Connection(configuration: configuration).execute("show server_version")[0].get(0)
    }
    let real = try version()
    unsafe relay_say(2, real.prefix(3).description, "13.")
    let refused = refusal { try Connection(configuration: configuration) }
    guard case .connectionFailed(let failure)? = refused, case .tooOld(let old) = failure else {
      Issue.record("\(String(describing: refused))")
      return
    }
    #expect(old / 10_000 == 13)
    #expect(
      failure.description == "The database has version 13. Version 15 or newer is needed.")
    unsafe relay_say(2, "", "")
    #expect(try version() == real && real.prefix(2) >= "15")
  }

  @Test func `an encrypted connection is made, checked and refused as configured`() throws {
    let port = Int.random(in: 20_000..<30_000)
    let folder = "/tmp/eqtls\(UInt32.random(in: .min ... .max))"
    try makeCertificate(in: folder)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let server = try PostgresTestServer(
      port: port,
      settings: [
        "listen_addresses = '127.0.0.1'", "ssl = on",
        "ssl_cert_file = '\(folder)/server.crt'", "ssl_key_file = '\(folder)/server.key'",
      ])
    let base = ConnectionConfiguration([
      "host": "localhost", "hostaddr": "127.0.0.1", "port": "\(port)", "user": "equipoise",
      "dbname": "postgres",
    ])
    func isEncrypted(_ configuration: ConnectionConfiguration) throws -> Bool {
      try Connection(configuration: configuration).execute(
        "select ssl from pg_stat_ssl where pid = pg_backend_pid()")[0].get(0)
    }
    let full = base.with("sslmode", "verify-full").with("sslrootcert", folder + "/server.crt")
    #expect(try isEncrypted(full))
    #expect(try !isEncrypted(base.with("sslmode", "disable")))
    let stranger = full.with("host", "elsewhere.example")
    #expect(refusal { try isEncrypted(stranger) } == .connectionFailed(.encryption))
    let plain = try PostgresTestServer(
      port: port + 1, settings: ["listen_addresses = '127.0.0.1'"])
    let refused = base.with("port", "\(port + 1)").with("sslmode", "require")
    #expect(refusal { try isEncrypted(refused) } == .connectionFailed(.encryption))
    plain.stop()
    server.stop()
  }

  private func makeCertificate(in folder: String) throws {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/bin/sh")
    process.arguments = [
      "-c",
      """
      set -e; mkdir -m 755 \(folder); cd \(folder)
      openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost \
        -addext subjectAltName=DNS:localhost -keyout server.key -out server.crt 2>/dev/null
      chmod 600 server.key; [ $(id -u) != 0 ] || chown postgres: server.key
      """,
    ]
    try process.run()
    process.waitUntilExit()
    #expect(process.terminationStatus == 0)
  }

  @Test func `a connection string is read, and printed without its values`() throws {
    let read = try ConnectionConfiguration(
      parsing: "postgresql://rater:secret@a.example,b.example/trial?target_session_attrs=read-write"
    )
    #expect(!read.description.contains("secret"))
    #expect(!String(reflecting: read).contains("secret"))
    var dumped = ""
    dump(read, to: &dumped)
    #expect(!dumped.contains("secret"))
    #expect(read.description.contains("target_session_attrs"))
    let error = refusal { try ConnectionConfiguration(parsing: "host = 'a") }
    #expect(error == .invalidConfiguration)
  }
}
