internal import CPostgres

/// A thread of the operating system, for work that blocks.
enum Thread {
  private final class Body {
    let run: @Sendable () -> Void
    init(_ run: @escaping @Sendable () -> Void) { self.run = run }
  }

  /// Starts a thread; false when the machine has none left.
  @discardableResult
  static func start(name: String, _ run: @escaping @Sendable () -> Void) -> Bool {
    let body = unsafe Unmanaged.passRetained(Body(run))
    let failure = unsafe cpostgres_thread(enterThread, body.toOpaque(), name)
    if failure != 0 { unsafe body.release() }
    return failure == 0
  }

  /// A free function, so that it inherits no isolation from where a closure would stand.
  fileprivate static func enter(_ context: UnsafeMutableRawPointer) {
    unsafe Unmanaged<Body>.fromOpaque(context).takeRetainedValue().run()
  }
}

private func enterThread(_ context: UnsafeMutableRawPointer?) {
  guard let context = unsafe context else { return }
  unsafe Thread.enter(context)
}

/// Points of the clock that never steps, in nanoseconds.
enum Monotonic {
  static var now: Int64 { cpostgres_now() }
  static let never = Int64.max

  static func after(_ duration: Duration) -> Int64 {
    let (seconds, attoseconds) = duration.components
    let (whole, tooLong) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
    guard !tooLong else { return never }
    let (sum, overflow) = now.addingReportingOverflow(whole + attoseconds / 1_000_000_000)
    return overflow ? never : sum
  }
}
