import Conduct
import HTTPTypes
import NIOCore
import NIOHTTPTypes

/// Tells the guard of a connection where answers end, and that no answer leaves without the headers
/// every answer has; the instant in them is that of the installation's clock.
final class AnswerWatch: ChannelOutboundHandler, RemovableChannelHandler {
  typealias OutboundIn = HTTPResponsePart
  typealias OutboundOut = HTTPResponsePart

  private let clock: any Clock
  private var isDropping = false

  init(_ clock: any Clock) { self.clock = clock }

  func write(
    context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?
  ) {
    var part = unwrapOutboundIn(data)
    if case .head(var head) = part {
      if !head.headerFields.contains(Answer.policyName) {
        isDropping = true
        context.triggerUserOutboundEvent(AnswerEvent.refusedByReader, promise: nil)
      }
      head.headerFields[.date] = HTTPDate.text(clock.now)
      part = .head(head)
    }
    guard !isDropping else {
      promise?.succeed()
      return
    }
    context.write(wrapOutboundOut(part), promise: promise)
    if case .end = part {
      context.triggerUserOutboundEvent(AnswerEvent.ended, promise: nil)
    }
  }
}
