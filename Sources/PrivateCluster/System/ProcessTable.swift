import Glibc

/// What the kernel says of processes we did not start ourselves.
enum ProcessTable {
  /// The moment the process started, in the kernel's ticks; tells it from a later one of that number.
  static func startTicks(of process: Int32) -> UInt64? {
    guard let line = Files.text("/proc/\(process)/stat", limit: 4096) else { return nil }
    // The name stands in brackets and may hold anything, so the fields count from the last one.
    guard let bracket = line.lastIndex(of: ")") else { return nil }
    let fields = line[line.index(after: bracket)...].split(separator: " ")
    guard fields.count > 19, fields[0] != "Z", fields[0] != "X" else { return nil }
    return UInt64(fields[19])
  }

  /// The short name of the program a process runs.
  static func name(of process: Int32) -> String? {
    Files.text("/proc/\(process)/comm", limit: 64).map { String($0.prefix { $0 != "\n" }) }
  }

  /// The words a process was started with; a server process puts its title in their place.
  static func arguments(of process: Int32) -> [String] {
    (Files.text("/proc/\(process)/cmdline") ?? "").split(separator: "\0").map { String($0) }
  }

  /// The user a process runs as.
  static func userID(of process: Int32) -> UInt32? {
    (try? Files.status("/proc/\(process)"))?.userID
  }

  /// All processes there are, as far as this user may see them.
  static func all() -> [Int32] { Files.names(in: "/proc").compactMap { Int32($0) } }
}
