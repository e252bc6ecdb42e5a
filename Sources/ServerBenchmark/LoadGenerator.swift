internal import NIOCore
internal import NIOPosix

/// What clients saw while they asked one after another on kept connections.
struct LoadAnswer: Sendable {
  /// Requests answered with success.
  var count = 0
  /// The time of each, in milliseconds.
  var milliseconds: [Double] = []
  /// How far the client that went farthest got.
  var farthest = 0
  /// The whole time.
  var seconds = 0.0

  var rate: Double { Double(count) / seconds }
}

/// Sends requests on several connections, each as soon as the one before was answered.
enum LoadGenerator {
  /// Runs clients until the time is over; anything but success ends the measurement.
  ///
  /// - Parameter request: the bytes of a client's n-th request.
  static func run(
    port: Int, clients: Int, seconds: Double,
    request: @escaping @Sendable (_ client: Int, _ turn: Int) -> String
  ) async throws -> LoadAnswer {
    // One thread: the generator shares the machine with what it measures.
    let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
    let clock = ContinuousClock()
    let start = clock.now
    let end = start + .seconds(seconds)
    var total = LoadAnswer()
    do {
      total = try await withThrowingTaskGroup(of: LoadAnswer.self) { tasks in
        for client in 0..<clients {
          tasks.addTask {
            let promise = group.next().makePromise(of: LoadAnswer.self)
            let bootstrap = ClientBootstrap(group: group).channelInitializer { channel in
              channel.eventLoop.makeCompletedFuture {
                try channel.pipeline.syncOperations.addHandler(
                  AskingHandler(until: end, promise: promise) { request(client, $0) })
              }
            }
            do {
              _ = try await bootstrap.connect(host: "127.0.0.1", port: port).get()
            } catch {
              promise.fail(error)
            }
            return try await promise.futureResult.get()
          }
        }
        var sum = LoadAnswer()
        for try await one in tasks {
          sum.count += one.count
          sum.milliseconds += one.milliseconds
          sum.farthest = max(sum.farthest, one.farthest)
        }
        return sum
      }
    } catch {
      try? await group.shutdownGracefully()
      throw error
    }
    total.seconds = (clock.now - start) / .seconds(1)
    try await group.shutdownGracefully()
    return total
  }
}

/// One connection: asks, waits for the whole answer, asks again.
private final class AskingHandler: ChannelInboundHandler {
  typealias InboundIn = ByteBuffer
  typealias OutboundOut = ByteBuffer

  private let end: ContinuousClock.Instant
  private let promise: EventLoopPromise<LoadAnswer>
  private let request: (Int) -> String
  private let clock = ContinuousClock()
  private var answer = LoadAnswer()
  private var turn = 0
  private var sentAt: ContinuousClock.Instant
  private var received = ByteBuffer()
  private var isOver = false

  init(
    until end: ContinuousClock.Instant, promise: EventLoopPromise<LoadAnswer>,
    request: @escaping (Int) -> String
  ) {
    self.end = end
    self.promise = promise
    self.request = request
    sentAt = clock.now
  }

  func channelActive(context: ChannelHandlerContext) { ask(context) }

  private func ask(_ context: ChannelHandlerContext) {
    guard clock.now < end else { return finish(context, .success(answer)) }
    let bytes = context.channel.allocator.buffer(string: request(turn))
    turn += 1
    sentAt = clock.now
    context.writeAndFlush(wrapOutboundOut(bytes), promise: nil)
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    var piece = unwrapInboundIn(data)
    received.writeBuffer(&piece)
    guard let (status, length) = AnswerHead.read(received.readableBytesView) else { return }
    guard received.readableBytes >= length else { return }
    guard (200..<300).contains(status) else {
      let body = String(buffer: received).split(separator: "\r\n").last.map(String.init) ?? ""
      return finish(context, .failure(MeasurementFault.refused(status: status, body: body)))
    }
    received.clear()
    answer.count += 1
    answer.farthest = turn
    answer.milliseconds.append((clock.now - sentAt) / .milliseconds(1))
    ask(context)
  }

  func channelInactive(context: ChannelHandlerContext) {
    finish(context, .failure(MeasurementFault.connectionLost))
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    finish(context, .failure(error))
  }

  private func finish(_ context: ChannelHandlerContext, _ outcome: Result<LoadAnswer, any Error>) {
    guard !isOver else { return }
    isOver = true
    promise.completeWith(outcome)
    context.close(promise: nil)
  }
}

/// The part of an answer's head that a client needs to find its end.
enum AnswerHead {
  /// Status and length of head and body together, nil while the head is not whole.
  static func read(_ bytes: ByteBufferView) -> (status: Int, length: Int)? {
    let mark: [UInt8] = [13, 10, 13, 10]
    guard let end = bytes.firstRange(of: mark) else { return nil }
    let head = String(decoding: bytes[..<end.lowerBound], as: UTF8.self).lowercased()
    let lines = head.split(separator: "\r\n")
    let words = lines.first?.split(separator: " ") ?? []
    guard words.count > 1, let status = Int(words[1]) else { return nil }
    let body = lines.first { $0.hasPrefix("content-length:") }
      .flatMap { Int($0.dropFirst(15).filter { $0 != " " }) }
    return (status, bytes.distance(from: bytes.startIndex, to: end.upperBound) + (body ?? 0))
  }
}
