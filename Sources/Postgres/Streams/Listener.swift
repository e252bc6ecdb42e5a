internal import CPostgres
internal import Synchronization

/// Hears what other sessions announce with NOTIFY, over a connection of its own.
///
/// An announcement is a hint to look, never the only carrier of a fact: after `missed` whatever
/// was announced must be looked up.
public final class Listener: Sendable {
  /// What is heard.
  public enum Event: Sendable, Hashable {
    /// The channels are heard from now on.
    case listening
    /// A session announced something.
    case announced(channel: String, payload: String)
    /// The connection broke or the reader was slow; announcements may be lost.
    case missed
  }

  /// The events in order; one reader only.
  public let events: AsyncStream<Event>
  private let core: ListenerCore

  /// Events kept for a slow reader before the oldest are dropped.
  public static let bufferedEvents = 1024

  /// Starts to listen; channel names are letters, digits and underscores.
  public init(configuration: ConnectionConfiguration, channels: [String]) {
    precondition(channels.allSatisfy(Self.isPlainName), "a channel has a plain name")
    let (events, feed) = AsyncStream.makeStream(
      of: Event.self, bufferingPolicy: .bufferingNewest(Self.bufferedEvents))
    self.events = events
    let core = ListenerCore(configuration: configuration, channels: channels, feed: feed)
    self.core = core
    Thread.start(name: "pg-listen") { core.run() }
  }

  deinit { core.stop() }

  /// Stops listening and ends the stream.
  public func close() { core.stop() }

  private static func isPlainName(_ name: String) -> Bool {
    !name.isEmpty && name.utf8.count < 64
      && name.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_") }
  }
}

/// The part that the thread keeps alive.
private final class ListenerCore: Sendable {
  private let configuration: ConnectionConfiguration
  private let channels: [String]
  private let feed: AsyncStream<Listener.Event>.Continuation
  private let interrupt = Interrupt()

  /// A silent connection is asked whether it still lives.
  private static let probeInterval = Duration.seconds(15)
  private static let retryPause = Duration.milliseconds(200)

  init(
    configuration: ConnectionConfiguration, channels: [String],
    feed: AsyncStream<Listener.Event>.Continuation
  ) {
    self.configuration = configuration
    self.channels = channels
    self.feed = feed
  }

  func stop() { interrupt.raise(.poolClosed) }

  func run() {
    var hasHeard = false
    while !interrupt.isRaised {
      if let connection = try? Connection(configuration: configuration, interrupt: interrupt) {
        if hasHeard { tell(.missed) }
        do {
          for channel in channels { try connection.script("listen \"\(channel)\"") }
          tell(.listening)
          hasHeard = true
          try hear(connection)
        } catch {
          connection.close()
        }
      }
      guard !interrupt.isRaised else { break }
      _ = cpostgres_wait(-1, 0, 0, interrupt.event, Monotonic.after(Self.retryPause))
    }
    feed.finish()
  }

  /// Ends by throwing, when the connection breaks or nobody listens any more.
  private func hear(_ connection: Connection) throws(DatabaseError) {
    while true {
      for (channel, payload) in connection.takeNotifications() {
        tell(.announced(channel: channel, payload: payload))
      }
      if connection.waitForInput(until: Monotonic.after(Self.probeInterval)) { continue }
      connection.deadline = Monotonic.after(Self.probeInterval)
      try connection.execute("select 1")
      connection.deadline = Monotonic.never
    }
  }

  private func tell(_ event: Listener.Event) {
    if case .dropped = feed.yield(event) { feed.yield(.missed) }
  }
}

extension Connection {
  /// What was announced and has arrived.
  fileprivate func takeNotifications() -> [(channel: String, payload: String)] {
    var heard: [(channel: String, payload: String)] = []
    // Each notification is ours to free once its texts are copied.
    while let link = unsafe link, let notification = unsafe PQnotifies(link) {
      let channel = unsafe notification.pointee.relname.map { unsafe String(cString: $0) }
      let payload = unsafe notification.pointee.extra.map { unsafe String(cString: $0) }
      heard.append((channel ?? "", payload ?? ""))
      unsafe PQfreemem(notification)
    }
    return heard
  }

  /// Waits for anything from the server; false when there was nothing in time, or to stop.
  fileprivate func waitForInput(until limit: Int64) -> Bool {
    guard let link = unsafe link, unsafe PQsocket(link) >= 0, !interrupt.isRaised else {
      return false
    }
    let seen = unsafe cpostgres_wait(PQsocket(link), 1, 0, interrupt.event, limit)
    guard seen & Int32(CPOSTGRES_READY) != 0 else { return false }
    return unsafe PQconsumeInput(link) == 1
  }
}
