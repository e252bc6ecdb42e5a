import CSpawn
import Glibc

/// How a process ended.
enum Ending: Sendable, Equatable {
  case exited(Int32)
  case killed(Int32)
  /// The system no longer knows it: somebody else collected its end.
  case unknown

  /// Reads the number `waitpid` gives; the C macros that do so are not visible from Swift.
  init(waitStatus: Int32) {
    let signal = waitStatus & 0x7f
    self = signal == 0 ? .exited((waitStatus >> 8) & 0xff) : .killed(signal)
  }

  /// What to write in the log.
  var words: String {
    switch self {
    case .exited(let code): "ended with status \(code)"
    case .killed(let signal): "was ended by signal \(signal)"
    case .unknown: "is gone"
    }
  }
}

/// A program started by this process, in a session of its own.
///
/// The own session keeps the terminal's interrupt and hang-up away from it: it stops when asked,
/// and not at the moment a person presses Ctrl-C.
struct ChildProcess: Sendable, Equatable {
  let id: Int32

  /// Starts a program with exactly this environment; what it prints goes to `output`.
  ///
  /// Nothing else is inherited: no open file (an inherited lock would outlive this process), no
  /// blocked or ignored signal, no environment.
  static func start(
    _ arguments: [String], environment: [String], directory: String, output: Int32
  ) throws(SystemFault) -> ChildProcess {
    var argumentPointers = unsafe arguments.map { unsafe strdup($0) } + [nil]
    var environmentPointers = unsafe environment.map { unsafe strdup($0) } + [nil]
    defer {
      unsafe argumentPointers.forEach { unsafe free($0) }
      unsafe environmentPointers.forEach { unsafe free($0) }
    }
    var id: pid_t = 0
    // The call copies what it needs before it returns; nothing is kept of these pointers.
    let fault = unsafe cspawn_start(
      &id, &argumentPointers, &environmentPointers, directory, output)
    guard fault == 0 else { throw SystemFault(arguments[0], fault) }
    return ChildProcess(id: id)
  }

  /// How it ended, once it has; collects it, so that no dead entry is left behind.
  func ending() -> Ending? {
    var status: Int32 = 0
    while true {
      let answer = unsafe waitpid(id, &status, WNOHANG)
      if answer == id { return Ending(waitStatus: status) }
      if answer == 0 { return nil }
      if errno != EINTR { return .unknown }
    }
  }
}
