import Store
import StudyModel
import Synchronization

/// What the kernel says of the clock it keeps.
public enum KernelClock: Sendable, Equatable {
  /// Kept right by a time service, with the error it estimates in microseconds.
  case synchronized(error: Int64)
  /// Nothing keeps it right.
  case unsynchronized
  /// The kernel may not be asked.
  case unknown
}

/// What a time server said: how far a clock is ahead of it.
public struct TimeServerReading: Sendable, Equatable {
  /// Microseconds by which the clock asked about is ahead, negative behind.
  public let offset: Int64
  /// Microseconds between question and answer; half of them are doubt.
  public let roundTrip: Int64

  /// Makes a reading.
  public init(offset: Int64, roundTrip: Int64) {
    self.offset = offset
    self.roundTrip = roundTrip
  }
}

/// Who is asked for the time beside the clock of this host.
public protocol TimeReference: Sendable {
  /// The name of this host.
  var host: String { get }
  /// The time server asked, empty without one.
  var timeServer: String { get }
  /// What the kernel says.
  func kernelClock() -> KernelClock
  /// Asks the time server; nil when there is none or it gave no answer that can be used.
  func askTimeServer(_ clock: any Clock) async -> TimeServerReading?
}

/// What a check of the clock came to.
public enum ClockVerdict: String, Sendable, CaseIterable {
  /// Within a second of everything that tells the time.
  case inTime = "in time"
  /// Wrong by more than a second: an alarm.
  case drifting
  /// Wrong by more than a minute: nobody is randomized and nothing signed.
  case blocked
  /// Nothing else told the time.
  case noReference = "no reference"

  static let alarm: Int64 = 1_000_000
  static let stop: Int64 = 60_000_000

  /// The verdict on what was found.
  init(_ finding: ClockFinding) {
    let drift = max(
      finding.kernelError ?? 0, Int64(clamping: finding.databaseOffset.magnitude),
      Int64(clamping: (finding.serverOffset ?? 0).magnitude))
    self =
      if drift > Self.stop {
        .blocked
      } else if drift > Self.alarm {
        .drifting
      } else if finding.kernelError != nil || finding.serverOffset != nil || finding.isElsewhere {
        .inTime
      } else {
        .noReference
      }
  }
}

/// The last verdict of this daemon on its clock.
final class ClockWatch: Sendable {
  private let state = Mutex<ClockVerdict?>(nil)

  var verdict: ClockVerdict? { state.withLock { $0 } }
  var isWrong: Bool { verdict == .blocked }

  /// Keeps a verdict; gives the one before.
  func keep(_ verdict: ClockVerdict) -> ClockVerdict? {
    state.withLock { state in
      defer { state = verdict }
      return state
    }
  }
}

extension Installation {
  /// Compares the clock with the kernel's knowledge, the database and a time server (REQ-012), and
  /// keeps what came of it.
  ///
  /// What was measured on the way counts only as far as it is certain: half of a round trip is doubt.
  /// - Returns: the verdict, and whether it is another one than before.
  @discardableResult
  public func checkClock(
    by reference: any TimeReference
  ) async throws -> (verdict: ClockVerdict, isNew: Bool) {
    let server = await reference.askTimeServer(clock)
    let clock = clock
    let (asked, database, answered) = try await access { session in
      let asked = clock.now
      let found = try session.databaseClock()
      return (asked, found, clock.now)
    }
    let trip = answered.microsecondsSince1970 - asked.microsecondsSince1970
    let middle = asked.microsecondsSince1970 + trip / 2
    let kernel = reference.kernelClock()
    let finding = ClockFinding(
      host: reference.host, kernel: kernel.word, kernelError: kernel.error,
      databaseOffset: Self.certain(
        middle - database.now.microsecondsSince1970, roundTrip: trip),
      isElsewhere: database.isElsewhere, timeServer: reference.timeServer,
      serverOffset: server.map { Self.certain($0.offset, roundTrip: $0.roundTrip) })
    let verdict = ClockVerdict(finding)
    let before = clockWatch.keep(verdict)
    _ = try await access { try $0.noteClock(finding) }
    return (verdict, before != verdict)
  }

  /// Refuses what needs an instant that can be relied on.
  func needTrueClock() throws(ActRefusal) {
    guard !clockWatch.isWrong else { throw .clockWrong }
  }

  private static func certain(_ offset: Int64, roundTrip: Int64) -> Int64 {
    let doubt = max(0, roundTrip) / 2
    return offset > 0 ? max(0, offset - doubt) : min(0, offset + doubt)
  }
}

extension KernelClock {
  fileprivate var word: String {
    switch self {
    case .synchronized: "synchronized"
    case .unsynchronized: "unsynchronized"
    case .unknown: "unknown"
    }
  }

  fileprivate var error: Int64? {
    switch self {
    case .synchronized(let error): error
    case .unsynchronized, .unknown: nil
    }
  }
}
