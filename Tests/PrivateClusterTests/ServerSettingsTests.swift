import Testing

@testable import PrivateCluster

@Suite struct ServerSettingsTests {
  @Test func `only the daemon's user is named in the identity map, once for each role`() {
    let text = ServerSettings.identities(systemUser: "root", roles: ["owner", "open"])
    #expect(text == "equipoise \"root\" \"owner\"\nequipoise \"root\" \"open\"\n")
  }

  @Test func `an apostrophe in the state directory does not end a setting`() {
    let layout = ClusterLayout(state: "/o'clock")
    let settings = ServerSettings(layout: layout, socketDirectory: "/run/x")
    #expect(settings.main.contains("log_directory = '/o''clock/log'\n"))
  }

  @Test func `the server's record of its command line is what the daemon expects`() {
    let layout = ClusterLayout(state: "/s")
    let record = ServerSettings(layout: layout, socketDirectory: "/s/run")
      .recordedOptions(program: "/bin/postgres")
    #expect(
      record.hasPrefix(
        "/bin/postgres \"-D\" \"/s/data\" \"-c\" \"config_file=/s/settings/postgresql.conf\""))
    #expect(record.hasSuffix("\"log_parameter_max_length_on_error=0\"\n"))
  }

  @Test func `the server's own file is read by its lines, and half a file is no file`() {
    let text = "4711\n/s/data\n1700000000\n5432\n/s/run\n\n  1 2\nready   \n"
    let file = PostmasterFile(text)
    #expect(file?.process == 4711)
    #expect(file?.socketDirectory == "/s/run")
    #expect(file?.isReady == true)
    #expect(PostmasterFile("4711\n/s/data\n")?.isReady == false)
    #expect(PostmasterFile("4711\n\n\n\n\n\n\nstopping\n")?.isStopping == true)
    #expect(PostmasterFile("") == nil)
    #expect(PostmasterFile("-12\n") == nil)
  }

  @Test(arguments: [
    ("postgres (PostgreSQL) 15.20 (Debian 15.20-0+deb12u1)\n", 15 as Int?),
    ("postgres (PostgreSQL) 18devel\n", 18), ("psql (PostgreSQL) 15.20\n", nil), ("", nil),
  ])
  func `the major version is read from what the server says`(line: String, major: Int?) {
    #expect(ServerPrograms.major(in: line) == major)
  }

  @Test func `two state directories never share a short socket directory`() {
    let first = ClusterLayout(state: "/" + String(repeating: "a", count: 100))
    let second = ClusterLayout(state: "/" + String(repeating: "a", count: 101))
    #expect(first.socketDirectory(shortBase: "/run").hasPrefix("/run/equipoise-"))
    #expect(first.socketDirectory(shortBase: "/run") != second.socketDirectory(shortBase: "/run"))
  }

  @Test func `a socket path of exactly 100 bytes stays in the state directory`() {
    // "/run/.s.PGSQL.5432" is 18 bytes.
    let fits = ClusterLayout(state: "/" + String(repeating: "a", count: 81))
    let tooLong = ClusterLayout(state: "/" + String(repeating: "a", count: 82))
    #expect(fits.socketDirectory(shortBase: "/run") == fits.state + "/run")
    #expect(tooLong.socketDirectory(shortBase: "/run").hasPrefix("/run/equipoise-"))
  }

  @Test func `a relative state directory is meant from where the daemon was started`() {
    #expect(Preparation.absolute("state", from: "/home/ada") == "/home/ada/state")
    #expect(Preparation.absolute("/srv/state", from: "/home/ada") == "/srv/state")
  }
}
