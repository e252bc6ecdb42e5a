import NIOCore
import NIOPosix
import Synchronization

/// A connection to a port of this machine, kept open between requests and used by one at a time.
///
/// What comes back is taken as bytes: no reader of HTTP stands between that could order or complete it.
final class WireLine: Sendable {
  /// Why an answer could not be heard whole.
  struct Broken: Error, CustomStringConvertible {
    let description: String
  }

  private let port: Int
  private let kept = Mutex<(any Channel)?>(nil)

  init(port: Int) { self.port = port }

  /// Sends a request and gives its answer, when all of it has come.
  func exchange(_ request: [UInt8]) async throws -> WireAnswer {
    let channel = try await open()
    let heard = channel.eventLoop.makePromise(of: WireAnswer.self)
    let timer = channel.eventLoop.scheduleTask(in: .seconds(60)) {
      heard.fail(Broken(description: "no answer within a minute"))
    }
    channel.triggerUserOutboundEvent(heard, promise: nil)
    let sent = Sent()
    channel.writeAndFlush(ByteBuffer(bytes: request)).whenSuccess {
      sent.isWhole.withLock { $0 = true }
    }
    defer { timer.cancel() }
    let answer = try await heard.futureResult.get()
    // What was not taken in whole leaves a connection nobody can go on with.
    if answer.isLast || !sent.isWhole.withLock({ $0 }) { close() }
    return answer
  }

  /// Ends the connection.
  func close() {
    let channel = kept.withLock { kept in
      defer { kept = nil }
      return kept
    }
    channel?.close(promise: nil)
  }

  private func open() async throws -> any Channel {
    if let channel = kept.withLock({ $0 }), channel.isActive { return channel }
    let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
      .channelInitializer { channel in
        channel.eventLoop.makeCompletedFuture {
          try channel.pipeline.syncOperations.addHandler(Hearing())
        }
      }
      .connect(host: "127.0.0.1", port: port).get()
    kept.withLock { $0 = channel }
    return channel
  }
}

private final class Sent: Sendable {
  let isWhole = Mutex(false)
}

/// Gathers bytes until they are an answer.
private final class Hearing: ChannelDuplexHandler {
  typealias InboundIn = ByteBuffer
  typealias OutboundIn = ByteBuffer
  typealias OutboundOut = ByteBuffer

  private var bytes: [UInt8] = []
  private var waiting: EventLoopPromise<WireAnswer>?

  func triggerUserOutboundEvent(
    context: ChannelHandlerContext, event: Any, promise: EventLoopPromise<Void>?
  ) {
    waiting = event as? EventLoopPromise<WireAnswer>
    bytes = []
    if !context.channel.isActive { broken() }
    promise?.succeed()
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    bytes += unwrapInboundIn(data).readableBytesView
    guard let answer = WireAnswer(bytes) else { return }
    waiting?.succeed(answer)
    waiting = nil
  }

  func channelInactive(context: ChannelHandlerContext) {
    broken()
    context.fireChannelInactive()
  }

  // A connection that is reset was ended as well.
  func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }

  private func broken() {
    waiting?.fail(
      WireLine.Broken(description: "the connection ended after \(bytes.count) bytes"))
    waiting = nil
  }
}

/// An answer as it was sent, taken apart without a library.
struct WireAnswer {
  /// The first line, the headers with their names as they were written, in their order, the body.
  let line: String
  let headers: [Told.Header]
  let body: [UInt8]
  /// Whether the server says that the connection ends with it.
  let isLast: Bool

  /// - Returns: nil while it is not at its end.
  init?(_ bytes: [UInt8]) {
    let end = Array("\r\n\r\n".utf8)
    guard
      let head = bytes.indices.first(where: { bytes[$0] == 13 && bytes[$0...].starts(with: end) })
        .map({ String(decoding: bytes[..<$0], as: UTF8.self) })
    else { return nil }
    let lines = head.split(separator: "\r\n", omittingEmptySubsequences: false).map(String.init)
    line = lines[0]
    headers = lines.dropFirst().map { line in
      let parts = line.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
      return Told.Header(
        name: String(parts[0]), value: parts.count > 1 ? String(parts[1].drop { $0 == " " }) : "")
    }
    let start = head.utf8.count + 4
    let length = headers.first { $0.name.lowercased() == "content-length" }
      .flatMap { Int($0.value) }
    guard let length, bytes.count >= start + length else { return nil }
    body = Array(bytes[start...])
    isLast = headers.contains {
      $0.name.lowercased() == "connection" && $0.value.lowercased() == "close"
    }
  }
}
