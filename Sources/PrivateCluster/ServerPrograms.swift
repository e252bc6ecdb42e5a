import Glibc

/// The directory of one installed PostgreSQL's server programs, and its major version.
struct ServerPrograms: Sendable, Equatable {
  /// The oldest version the schema is written for.
  static let oldestMajor = 15

  /// Where Debian keeps the programs of each version, off everybody's path.
  static let debianVersions = "/usr/lib/postgresql"

  let directory: String
  let major: Int

  var postgres: String { directory + "/postgres" }
  var initdb: String { directory + "/initdb" }
  var controlData: String { directory + "/pg_controldata" }
  var isReady: String { directory + "/pg_isready" }

  /// Every place to look: where `pg_config` points, and Debian's versioned directories.
  static func usualDirectories() async -> [String] {
    let configured = try? await Command.printed(
      by: ["/usr/bin/pg_config", "--bindir"], environment: ["PATH=/usr/bin:/bin", "LC_ALL=C"])
    let pointed = configured.map { String($0.text.prefix { $0 != "\n" }) }
    let debian = Files.names(in: debianVersions).map { "\(debianVersions)/\($0)/bin" }
    return [pointed].compactMap { $0 }.filter { $0.hasPrefix("/") } + debian
  }

  /// The programs for data of that major version, or the newest when there is no data yet.
  static func find(
    in directories: [String], dataMajor: Int?
  ) async throws(ClusterRefusal) -> ServerPrograms {
    var found: [ServerPrograms] = []
    for directory in directories {
      if let programs = await installed(in: directory) { found.append(programs) }
    }
    guard let newest = found.max(by: { $0.major < $1.major }) else { throw .programsMissing }
    guard newest.major >= oldestMajor else { throw .programsTooOld(newestMajor: newest.major) }
    guard let dataMajor else { return newest }
    guard let matching = found.first(where: { $0.major == dataMajor }) else {
      throw .programsOfOtherVersion(dataMajor: dataMajor)
    }
    return matching
  }

  /// The programs in a directory, or nil when one is missing or does not say its version.
  private static func installed(in directory: String) async -> ServerPrograms? {
    // The server records its own path without symbolic links; ours must equal it.
    guard let directory = try? Files.realPath(directory) else { return nil }
    let programs = ServerPrograms(directory: directory, major: 0)
    let needed = [programs.postgres, programs.initdb, programs.controlData, programs.isReady]
    guard needed.allSatisfy(Files.isExecutable) else { return nil }
    let answer = try? await Command.printed(
      by: [programs.postgres, "--version"], environment: ["PATH=/usr/bin:/bin", "LC_ALL=C"])
    guard let major = answer.flatMap({ major(in: $0.text) }) else { return nil }
    return ServerPrograms(directory: directory, major: major)
  }

  /// The major version in a line such as "postgres (PostgreSQL) 15.20 (Debian 15.20-0)".
  static func major(in line: String) -> Int? {
    guard line.hasPrefix("postgres (PostgreSQL) ") else { return nil }
    return Int(line.dropFirst("postgres (PostgreSQL) ".count).prefix { $0.isNumber })
  }
}
