import Glibc

/// The lock that makes one daemon the only keeper of a state directory, held as long as it lives.
///
/// The kernel lets go of it when the process ends, however it ends; nothing stale can remain.
final class StateLock: Sendable {
  private let file: Int32

  private init(file: Int32) { self.file = file }

  deinit { close(file) }

  /// Takes the lock, or nil when another process holds it.
  static func take(_ path: String) throws(SystemFault) -> StateLock? {
    let file = unsafe open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0o600)
    guard file >= 0 else { throw SystemFault(path) }
    guard flock(file, LOCK_EX | LOCK_NB) == 0 else {
      let number = errno
      close(file)
      if number == EWOULDBLOCK { return nil }
      throw SystemFault(path, number)
    }
    return StateLock(file: file)
  }
}
