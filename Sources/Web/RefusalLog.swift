import Logging
import Store
import Synchronization

/// What was tried and refused, for who watches the server's log.
///
/// A line is made of words of the program: the rule, the route as the list of routes spells it, the
/// number of a person. Nothing a client wrote reaches it, so nobody writes lines of their own into
/// the log, and nothing a handler found out does, so no line tells of a participant or an arm. What
/// is absent and what is hidden stay one answer here as well, and are not told.
final class RefusalLog: Sendable {
  /// The rule that refused.
  enum Reason: String, Sendable, CaseIterable {
    /// The role has no capability the route asks for.
    case noRight = "without the right"
    /// A change that came from another site, or without the anti-forgery token.
    case crossSite = "from another site or without its token"
    case foreignHost = "for a host name that is not ours"
    case unencrypted = "that reached the proxy unencrypted"
    case tooMany = "beyond the bound of requests"
    case headTooLarge = "with a head beyond the bounds"
    /// A body that no page or client of ours sends.
    case malformed = "with a body that cannot be read"
    case unreadable = "that is none by its bytes"
    case unknownMethod = "with a method that is none"
    /// A head or a body that took longer than they may.
    case tooSlow = "that came too slowly"

    init(_ fault: ConnectionFault) {
      self =
        switch fault {
        case .unreadable: .unreadable
        case .headTooLarge: .headTooLarge
        case .unknownMethod: .unknownMethod
        case .headTooSlow, .bodyTooSlow: .tooSlow
        }
    }
  }

  private struct Minute {
    var began: ContinuousClock.Instant
    var told = 0
    var untold = 0
  }

  private let logger: Logger
  private let most: Int
  private let minute: Mutex<Minute?> = Mutex(nil)

  /// - Parameter most: lines in a minute; what is refused beyond them is counted, so that nobody
  ///   fills the log by being refused.
  init(_ logger: Logger, most: Int) {
    self.logger = logger
    self.most = most
  }

  func tell(
    _ reason: Reason, route: Route? = nil, person: UserID? = nil,
    at now: ContinuousClock.Instant = .now
  ) {
    let (isTold, untold) = minute.withLock { minute -> (Bool, Int) in
      var current = minute ?? Minute(began: now)
      var untold = 0
      if current.began.duration(to: now) >= .seconds(60) {
        untold = current.untold
        current = Minute(began: now)
      }
      let isTold = current.told < most
      if isTold { current.told += 1 } else { current.untold += 1 }
      minute = current
      return (isTold, untold)
    }
    if untold > 0 { logger.notice("refused: \(untold) more requests of the minute before") }
    guard isTold else { return }
    let who = person.map { "person \($0)" } ?? "nobody signed in"
    let number = RequestNumber.current.map { ", number \($0.text)" } ?? ""
    logger.notice(
      "refused: a request \(reason.rawValue), \(route?.operation ?? "no route"), \(who)\(number)")
  }
}
