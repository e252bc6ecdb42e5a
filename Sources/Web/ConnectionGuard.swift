import NIOCore

/// Stands before the reader of requests: it lets pass what can be read in one way, in time, and one
/// request after the other, and refuses everything else in the words and with the headers of every
/// refusal.
final class ConnectionGuard: ChannelDuplexHandler, RemovableChannelHandler {
  typealias InboundIn = ByteBuffer
  typealias InboundOut = ByteBuffer
  typealias OutboundIn = IOData
  typealias OutboundOut = IOData

  private enum Stage {
    case head(HeadScan)
    case body(left: Int)
    case chunks(ChunkScan)
    /// The request was handed over whole; the next one waits.
    case answering
    case refused
  }

  private let bounds: ConnectionBounds
  /// The bytes of a refusal.
  private let refusal: @Sendable (ConnectionFault) -> [UInt8]
  private var stage = Stage.head(HeadScan())
  private var held = ByteBuffer()
  private var pace: BodyPace
  private var timer: Scheduled<Void>?
  private var isAnswered = false
  private var hasBegunAnswer = false
  private var isAsked = false
  private var isReadHeld = false
  private var isInputClosed = false
  /// What may wait of requests to come.
  private static let mostHeld = 64 << 10

  init(_ bounds: ConnectionBounds, refusal: @escaping @Sendable (ConnectionFault) -> [UInt8]) {
    self.bounds = bounds
    self.refusal = refusal
    pace = BodyPace(bounds)
  }

  func handlerRemoved(context: ChannelHandlerContext) { timer?.cancel() }

  func channelInactive(context: ChannelHandlerContext) {
    timer?.cancel()
    context.fireChannelInactive()
  }

  // MARK: What comes

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    var bytes = unwrapInboundIn(data)
    isAsked = false
    pace.take(bytes.readableBytes, at: .now())
    held.writeBuffer(&bytes)
    proceed(context)
  }

  func channelReadComplete(context: ChannelHandlerContext) {
    context.fireChannelReadComplete()
    // Nobody else asks for what is thrown away.
    if case .refused = stage { context.read() }
  }

  func read(context: ChannelHandlerContext) {
    guard held.readableBytes < Self.mostHeld else {
      isReadHeld = true
      return
    }
    isAsked = true
    pace.wait(from: .now())
    context.read()
  }

  func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
    guard let event = event as? ChannelEvent, event == .inputClosed else {
      return context.fireUserInboundEventTriggered(event)
    }
    switch stage {
    case .refused: context.close(promise: nil)
    case .answering where held.readableBytes > 0: isInputClosed = true
    case .head, .body, .chunks, .answering: context.fireUserInboundEventTriggered(event)
    }
  }

  /// Hands over what is held, as far as it can be judged.
  private func proceed(_ context: ChannelHandlerContext) {
    do throws(ConnectionFault) {
      while held.readableBytes > 0, try step(context) {}
    } catch {
      refuse(error, context)
    }
    held.discardReadBytes()
  }

  private func step(_ context: ChannelHandlerContext) throws(ConnectionFault) -> Bool {
    switch stage {
    case .head(let scan): return try readHead(scan, context)
    case .body(let left):
      let count = min(left, held.readableBytes)
      stage = .body(left: left - count)
      handOver(count, context)
      if count == left { endRequest() }
      return true
    case .chunks(let scan): return try readChunks(scan, context)
    case .answering: return false
    case .refused:
      held.clear()
      return false
    }
  }

  private func readHead(
    _ begun: HeadScan, _ context: ChannelHandlerContext
  ) throws(ConnectionFault) -> Bool {
    var scan = begun
    for byte in held.readableBytesView.dropFirst(scan.length) {
      guard try scan.take(byte) else { continue }
      let head = try StrictHead(
        String(decoding: held.readableBytesView.prefix(scan.length), as: UTF8.self))
      timer?.cancel()
      timer = nil
      (isAnswered, hasBegunAnswer) = (false, false)
      switch head.body {
      case .bytes(0): stage = .answering
      case .bytes(let count): stage = .body(left: count)
      case .chunked: stage = .chunks(ChunkScan())
      }
      if head.body != .bytes(0) { keepPace(context) }
      handOver(scan.length, context)
      return true
    }
    stage = .head(scan)
    if timer == nil {
      timer = context.eventLoop.assumeIsolated().scheduleTask(in: TimeAmount(bounds.head)) {
        self.refuse(.headTooSlow, context)
      }
    }
    return false
  }

  private func readChunks(
    _ begun: ChunkScan, _ context: ChannelHandlerContext
  ) throws(ConnectionFault) -> Bool {
    var scan = begun
    var (count, isAtEnd) = (0, false)
    let bytes = held.readableBytesView
    while count < bytes.count, !isAtEnd {
      let plain = min(scan.plain, bytes.count - count)
      if plain > 0 {
        scan.skip(plain)
        count += plain
      } else {
        isAtEnd = try scan.take(bytes[bytes.startIndex + count])
        count += 1
      }
    }
    stage = .chunks(scan)
    handOver(count, context)
    if isAtEnd { endRequest() }
    return true
  }

  private func handOver(_ count: Int, _ context: ChannelHandlerContext) {
    guard count > 0, let bytes = held.readSlice(length: count) else { return }
    context.fireChannelRead(wrapInboundOut(bytes))
  }

  private func endRequest() {
    timer?.cancel()
    timer = nil
    if case .refused = stage { return }
    stage = isAnswered ? .head(HeadScan()) : .answering
  }

  private func keepPace(_ context: ChannelHandlerContext) {
    pace = BodyPace(bounds)
    if isAsked { pace.wait(from: .now()) }
    measure(context)
  }

  private func measure(_ context: ChannelHandlerContext) {
    let often = TimeAmount(bounds.paceOver / 5)
    timer = context.eventLoop.assumeIsolated().scheduleTask(in: often) {
      guard !self.pace.isTooSlow(at: .now()) else { return self.refuse(.bodyTooSlow, context) }
      self.measure(context)
    }
  }

  // MARK: What leaves

  func write(
    context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?
  ) {
    if case .refused = stage {
      promise?.fail(ChannelError.ioOnClosedChannel)
      return
    }
    hasBegunAnswer = true
    context.write(data, promise: promise)
  }

  func triggerUserOutboundEvent(
    context: ChannelHandlerContext, event: Any, promise: EventLoopPromise<Void>?
  ) {
    switch event as? AnswerEvent {
    case .ended:
      promise?.succeed()
      isAnswered = true
      if case .answering = stage { answerNext(context) }
    case .refusedByReader:
      promise?.succeed()
      refuse(.unreadable, context)
    case nil: context.triggerUserOutboundEvent(event, promise: promise)
    }
  }

  /// The next request, once the one before is answered.
  private func answerNext(_ context: ChannelHandlerContext) {
    stage = .head(HeadScan())
    context.eventLoop.assumeIsolated().execute {
      guard context.channel.isActive else { return }
      self.proceed(context)
      context.fireChannelReadComplete()
      if self.isReadHeld, self.held.readableBytes < Self.mostHeld {
        self.isReadHeld = false
        self.read(context: context)
      }
      if self.isInputClosed, self.held.readableBytes == 0 {
        self.isInputClosed = false
        context.fireUserInboundEventTriggered(ChannelEvent.inputClosed)
      }
    }
  }

  /// Ends the connection, with a refusal where no answer has begun.
  private func refuse(_ fault: ConnectionFault, _ context: ChannelHandlerContext) {
    if case .refused = stage { return }
    let isUnanswered: Bool
    if case .head = stage { isUnanswered = true } else { isUnanswered = !hasBegunAnswer }
    stage = .refused
    timer?.cancel()
    held.clear()
    let loop = context.eventLoop.assumeIsolated()
    timer = loop.scheduleTask(in: TimeAmount(bounds.farewell)) { context.close(promise: nil) }
    let written = context.eventLoop.makePromise(of: Void.self)
    written.futureResult.assumeIsolated().whenComplete { _ in
      context.close(mode: .output, promise: nil)
    }
    let bytes = isUnanswered ? refusal(fault) : []
    context.writeAndFlush(
      wrapOutboundOut(.byteBuffer(ByteBuffer(bytes: bytes))), promise: written)
    context.read()
  }
}
