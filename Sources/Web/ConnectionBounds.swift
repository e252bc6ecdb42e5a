/// How long one connection may take, and how much it may say before a body (security
/// specification, 6).
public struct ConnectionBounds: Sendable {
  /// From the first byte of a head to its last.
  public var head: Duration
  /// Over what a body's pace is measured.
  public var paceOver: Duration
  /// Bytes of a body in a second, at least.
  public var bytesPerSecond: Int
  /// A connection that says nothing.
  public var idle: Duration
  /// How long what is still sent after a refusal is taken and thrown away, so that it is read.
  public var farewell: Duration

  /// Those of a server.
  public static let usual = ConnectionBounds(
    head: .seconds(10), paceOver: .seconds(5), bytesPerSecond: 1 << 10, idle: .seconds(60),
    farewell: .seconds(2))

  /// Makes bounds.
  public init(
    head: Duration, paceOver: Duration, bytesPerSecond: Int, idle: Duration, farewell: Duration
  ) {
    self.head = head
    self.paceOver = paceOver
    self.bytesPerSecond = bytesPerSecond
    self.idle = idle
    self.farewell = farewell
  }
}

/// Why a connection is ended before its request reaches a route.
enum ConnectionFault: Error, Equatable {
  /// Bytes that are no request, or one that could be read in two ways.
  case unreadable
  case headTooLarge
  case unknownMethod
  case headTooSlow
  case bodyTooSlow
}
