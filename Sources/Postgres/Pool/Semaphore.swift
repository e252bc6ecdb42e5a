internal import CPostgres

/// A counter on which one thread sleeps until another wakes it.
@safe final class Semaphore: Sendable {
  /// Valid from `init` to `deinit`; the C functions are safe to call from any thread.
  nonisolated(unsafe) private let counter: OpaquePointer

  init() {
    guard let counter = unsafe cpostgres_semaphore_make() else {
      preconditionFailure("no memory is left for a semaphore")
    }
    unsafe self.counter = unsafe counter
  }

  deinit { unsafe cpostgres_semaphore_free(counter) }

  func post() { unsafe cpostgres_semaphore_post(counter) }

  func wait() { unsafe cpostgres_semaphore_wait(counter) }
}
