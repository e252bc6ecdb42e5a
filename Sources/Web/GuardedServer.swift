import Conduct
public import HummingbirdCore
import Logging
import NIOCore
import NIOHTTPTypes

extension WebSite {
  /// What answers connections: strict about the bytes that come, and about how long they take.
  public func server(_ bounds: ConnectionBounds = .usual) -> HTTPServerBuilder {
    HTTPServerBuilder { responder in
      GuardedChannel(
        inner: HTTP1Channel(
          responder: responder,
          configuration: .init(
            additionalChannelHandlers: [AnswerWatch(installation.clock)],
            idleTimeout: TimeAmount(bounds.idle),
            // The guard before it is as strict; these are bounds of the reader's own memory.
            httpDecoderConfiguration: .init(
              maxHeaderFieldSize: 16 << 10, maxHeaderListSize: 32 << 10,
              maxHeaderFieldCount: 2 * RequestHead.mostFields))),
        bounds: bounds, refusal: { refusalBytes(of: $0) })
    }
  }

  /// A refusal as it is written on the wire, before there is a request to answer.
  private func refusalBytes(of fault: ConnectionFault) -> [UInt8] {
    RequestNumber.$current.withValue(RequestNumber(installation.random)) {
      refusals.tell(RefusalLog.Reason(fault))
      return Refusals.answer(fault).wireBytes(at: installation.clock.now)
    }
  }
}

/// A connection with its guard in front.
private struct GuardedChannel: ServerChildChannel {
  typealias Value = HTTP1Channel.Value

  let inner: HTTP1Channel
  let bounds: ConnectionBounds
  let refusal: @Sendable (ConnectionFault) -> [UInt8]

  func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<Value> {
    channel.eventLoop.makeCompletedFuture {
      try channel.pipeline.syncOperations.addHandler(ConnectionGuard(bounds, refusal: refusal))
    }.flatMap { inner.setup(channel: channel, logger: logger) }
  }

  func handle(value: Value, logger: Logger) async {
    await inner.handle(value: value, logger: logger)
  }
}
