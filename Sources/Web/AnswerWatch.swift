import HTTPTypes
import NIOCore
import NIOHTTPTypes

/// What is told to the guard of a connection about the answers that leave it.
enum AnswerEvent: Sendable {
  /// An answer was written to its end.
  case ended
  /// The server's own reader refused what the guard let pass.
  case refusedByReader
}

/// Tells the guard of a connection where answers end, and that no answer leaves without the headers
/// every answer has.
final class AnswerWatch: ChannelOutboundHandler, RemovableChannelHandler {
  typealias OutboundIn = HTTPResponsePart
  typealias OutboundOut = HTTPResponsePart

  private var isDropping = false

  func write(
    context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?
  ) {
    let part = unwrapOutboundIn(data)
    if case .head(let head) = part, !head.headerFields.contains(Answer.policyName) {
      isDropping = true
      context.triggerUserOutboundEvent(AnswerEvent.refusedByReader, promise: nil)
    }
    guard !isDropping else {
      promise?.succeed()
      return
    }
    context.write(data, promise: promise)
    if case .end = part {
      context.triggerUserOutboundEvent(AnswerEvent.ended, promise: nil)
    }
  }
}
