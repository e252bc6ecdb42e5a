/// The places of a cluster inside its state directory.
struct ClusterLayout: Sendable, Equatable {
  /// The number in the socket's name; each cluster has a directory of its own, so one is enough.
  static let port = 5432

  /// The kernel cuts socket paths at 107 bytes; 100 leaves room for the server's lock beside it.
  static let longestSocketPath = 100

  let state: String

  var lock: String { state + "/daemon.lock" }
  var data: String { state + "/data" }
  /// Where a data directory is made before it is moved into place, whole.
  var making: String { state + "/data.making" }
  /// The server's configuration, kept where the server's account cannot write.
  var settings: String { state + "/settings" }
  var mainSettings: String { settings + "/postgresql.conf" }
  var accessRules: String { settings + "/pg_hba.conf" }
  var identityMap: String { settings + "/pg_ident.conf" }
  /// Settings of the operator; read first, so that they cannot undo what protects the data.
  var localSettings: String { settings + "/local.conf" }
  var log: String { state + "/log" }
  var creationLog: String { state + "/creation.log" }
  var startLog: String { state + "/start.log" }
  var processFile: String { data + "/postmaster.pid" }
  var optionsFile: String { data + "/postmaster.opts" }
  var versionFile: String { data + "/PG_VERSION" }

  /// The socket's directory: in the state directory, or, when that path is too long, a short one
  /// named after it under `shortBase`.
  func socketDirectory(shortBase: String) -> String {
    let inside = state + "/run"
    guard Self.socketPath(in: inside).utf8.count > Self.longestSocketPath else { return inside }
    return shortBase + "/" + clusterName
  }

  /// Tells this cluster from every other on the machine.
  var clusterName: String { "equipoise-" + Self.fingerprint(of: state) }

  static func socketPath(in directory: String) -> String { directory + "/.s.PGSQL.\(port)" }

  /// FNV-1a, 64 bits: names a directory, protects nothing.
  private static func fingerprint(of text: String) -> String {
    let hash = text.utf8.reduce(0xcbf2_9ce4_8422_2325 as UInt64) { hash, byte in
      (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01b3
    }
    let digits = String(hash, radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
  }
}
