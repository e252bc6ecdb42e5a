import Hummingbird
import Logging
import NIOCore

@testable import Web

/// A world as the daemon serves it: a server on a port of this machine with the guard of connections,
/// the reader and the writer of HTTP, and everything they add to an answer.
final class WorldServer: Sendable {
  private let running: Task<Void, any Error>
  private let line: WireLine

  /// Starts one.
  ///
  /// - Parameters:
  ///   - serverName: what the server says it is; nothing, as the daemon has it.
  ///   - change: done to the bytes that leave a connection, as a defect of the stack would.
  init(
    _ site: WebSite, serverName: String? = nil, change: (@Sendable (String) -> String)? = nil
  ) async {
    let responder: CallbackResponder<BasicRequestContext> = site.responder()
    let (ports, told) = AsyncStream.makeStream(of: Int.self)
    let application = Application(
      responder: responder, server: site.server(),
      configuration: ApplicationConfiguration(
        address: .hostname("127.0.0.1", port: 0), serverName: serverName),
      onServerRunning: { channel in
        if let change {
          try? await channel.pipeline.addHandler(Accepting(change), position: .first).get()
        }
        told.yield(channel.localAddress?.port ?? 0)
        told.finish()
      }, logger: Logger(label: "two worlds") { _ in SwiftLogNoOpLogHandler() })
    running = Task { try await application.run() }
    var port = 0
    for await one in ports { port = one }
    line = WireLine(port: port)
  }

  func stop() {
    line.close()
    running.cancel()
  }

  /// Asks as a browser or a program does, by the bytes it would send.
  func tell(_ asked: Asked) async throws -> Told {
    let answer = try await line.exchange(asked.wireBytes)
    let status = answer.line.split(separator: " ").dropFirst().first.flatMap { Int($0) }
    return Told(
      line: answer.line, status: status ?? 0, headers: answer.headers, body: answer.body)
  }
}

/// Puts a change of what leaves in front of every connection that is taken.
private final class Accepting: ChannelInboundHandler, Sendable {
  typealias InboundIn = any Channel
  private let change: @Sendable (String) -> String

  init(_ change: @escaping @Sendable (String) -> String) { self.change = change }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    let child = unwrapInboundIn(data)
    _ = child.pipeline.addHandler(Leaving(change), position: .first)
    context.fireChannelRead(data)
  }
}

private final class Leaving: ChannelOutboundHandler, Sendable {
  typealias OutboundIn = IOData
  typealias OutboundOut = IOData
  private let change: @Sendable (String) -> String

  init(_ change: @escaping @Sendable (String) -> String) { self.change = change }

  func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
    guard case .byteBuffer(let bytes) = unwrapOutboundIn(data) else {
      return context.write(data, promise: promise)
    }
    let text = change(String(buffer: bytes))
    context.write(wrapOutboundOut(.byteBuffer(ByteBuffer(string: text))), promise: promise)
  }
}

extension Asked {
  /// The request as it is written on a connection.
  var wireBytes: [UInt8] {
    if let raw { return raw }
    var head = "\(method) \(target) HTTP/1.1\r\nHost: localhost:8420\r\n"
    for (name, value) in headers { head += "\(name): \(value)\r\n" }
    if !body.isEmpty || method != "GET" { head += "Content-Length: \(body.count)\r\n" }
    return Array("\(head)\r\n".utf8) + body
  }

  /// Bytes of a connection that are no request, or two, of somebody signed in.
  static func unreadable(by person: Person?) -> [Asked] {
    let host = "Host: localhost:8420\r\n"
    let cookie = person.map { "Cookie: __Host-eq=\($0.token.hexText)\r\n" } ?? ""
    let post =
      "POST /api/v1/queries HTTP/1.1\r\n\(host)\(cookie)Content-Type: application/json\r\n"
    return [
      "GET /participants HTTP/1.1\nHost: localhost\n\(cookie)\n",
      "GET /participants HTTP/1.1\r\n\(host)\(cookie)X-A: a\r\n b\r\n\r\n",
      "GET /participants HTTP/1.1\r\n\(host)\(host)\(cookie)\r\n",
      "LOOK /participants HTTP/1.1\r\n\(host)\(cookie)\r\n",
      "GET /participants HTTP/1.1\r\n\(host)\(cookie)X: \(String(repeating: "a", count: 8192))\r\n\r\n",
      "\(post)Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
      "\(post)Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\nX-A: a\r\n\r\n",
    ].map { text in
      var asked = Asked(target: "/participants", route: "bytes")
      asked.raw = Array(text.utf8)
      asked.kind = .malformed
      return asked
    }
  }
}
