import NIOCore
import NIOEmbedded
import NIOHTTP1

/// What the guard of a connection let pass of some bytes.
struct Conversation {
  struct Request: Equatable {
    var method: String
    var target: String
    var fields: [String]
    var body: [UInt8]
    /// Of HTTP/1.0.
    var isOld: Bool
  }

  /// The requests a reader of another making takes out of what the guard handed over.
  var requests: [Request] = []
  /// Why the guard ended the connection, empty where it did not.
  var refusal = ""
  /// Whether that reader refused what the guard had let pass; what comes later is thrown away.
  var isRefusedByReader = false
  /// All that the guard handed over.
  var handed: [UInt8] = []

  /// Whether two ways of taking bytes apart came to the same.
  func isAlike(_ other: Conversation) -> Bool {
    requests == other.requests && refusal == other.refusal
      && (!refusal.isEmpty
        || handed == other.handed && isRefusedByReader == other.isRefusedByReader)
  }

  /// - Parameter cuts: where the bytes come apart.
  init(_ bytes: [UInt8], cuts: [Int]) {
    let (tap, ear) = (Tap(), Ear())
    let channel = EmbeddedChannel(handlers: [
      ConnectionGuard(.usual) { fault in Array("\(fault)".utf8) }, tap,
      ByteToMessageHandler(HTTPRequestDecoder(leftOverBytesStrategy: .dropBytes)), ear,
    ])
    var (start, ends) = (0, cuts + [bytes.count])
    ends.sort()
    for end in ends where end > start {
      // What the reader refuses is told by the ear, and again here.
      try? channel.writeInbound(ByteBuffer(bytes: bytes[start..<end]))
      channel.embeddedEventLoop.run()
      start = end
    }
    while let said = try? channel.readOutbound(as: ByteBuffer.self) {
      refusal += String(buffer: said)
    }
    requests = ear.requests
    handed = tap.bytes
    isRefusedByReader = ear.isRefused
    _ = try? channel.finish(acceptAlreadyClosed: true)
  }
}

/// Keeps what passes.
private final class Tap: ChannelInboundHandler {
  typealias InboundIn = ByteBuffer
  typealias InboundOut = ByteBuffer
  var bytes: [UInt8] = []

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    bytes += unwrapInboundIn(data).readableBytesView
    context.fireChannelRead(data)
  }
}

/// Takes whole requests, and answers each at its end.
private final class Ear: ChannelInboundHandler {
  typealias InboundIn = HTTPServerRequestPart
  typealias OutboundOut = HTTPServerResponsePart

  var requests: [Conversation.Request] = []
  var isRefused = false
  private var current: Conversation.Request?

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    switch unwrapInboundIn(data) {
    case .head(let head):
      current = Conversation.Request(
        method: head.method.rawValue, target: head.uri,
        fields: head.headers.map {
          "\($0.name.lowercased()): \(PlainReading.trimmed($0.value[...]))"
        }, body: [],
        isOld: head.version == .http1_0)
    case .body(let bytes): current?.body += bytes.readableBytesView
    case .end:
      if let current { requests.append(current) }
      current = nil
      context.triggerUserOutboundEvent(AnswerEvent.ended, promise: nil)
    }
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) { isRefused = true }
}

/// What the guard handed over, read a second time and plainly: every byte of it must be of a request that
/// can be read in one way.
enum PlainReading {
  /// The requests that are whole.
  static func requests(_ bytes: [UInt8]) -> [Conversation.Request] {
    var (rest, found) = (bytes[...], [Conversation.Request]())
    while !rest.isEmpty, let (request, end) = first(rest) {
      found.append(request)
      rest = rest[end...]
    }
    return found
  }

  /// The first request with its end, nil while its body is not at its end.
  private static func first(_ bytes: ArraySlice<UInt8>) -> (Conversation.Request, Int)? {
    var (lines, start, isWhole) = ([String](), bytes.startIndex, false)
    while !isWhole {
      guard let line = line(bytes, from: start) else {
        preconditionFailure("a head without an end")
      }
      start = line.end
      if line.text.isEmpty { isWhole = true } else { lines.append(line.text) }
    }
    precondition(!lines.isEmpty, "an empty line in the place of a request")
    let words = lines[0].split(separator: " ", omittingEmptySubsequences: false).map(String.init)
    precondition(words.count == 3, "no request line")
    var fields: [(name: String, value: String)] = []
    for line in lines.dropFirst() {
      let parts = line.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
      precondition(parts.count == 2, "a header without a colon")
      fields.append((parts[0].lowercased(), trimmed(parts[1])))
    }
    promise(lines, words, fields)
    let (body, end): ([UInt8], Int)
    if fields.contains(where: { $0.name == "transfer-encoding" }) {
      guard let chunks = chunks(bytes[start...]) else { return nil }
      (body, end) = chunks
    } else {
      let length = fields.first { $0.name == "content-length" }.flatMap { Int($0.value) } ?? 0
      guard length <= bytes.endIndex - start else { return nil }
      (body, end) = (Array(bytes[start..<(start + length)]), start + length)
    }
    return (
      Conversation.Request(
        method: words[0], target: words[1], fields: fields.map { "\($0.name): \($0.value)" },
        body: body, isOld: words[2] == "HTTP/1.0"), end
    )
  }

  /// The text up to the first line's end, nil where none has come.
  private static func line(
    _ bytes: ArraySlice<UInt8>, from start: Int
  ) -> (text: String, end: Int)? {
    guard let feed = bytes[start...].firstIndex(of: 10) else { return nil }
    precondition(feed > start && bytes[feed - 1] == 13, "a line that ends by a line feed alone")
    return (String(decoding: bytes[start..<(feed - 1)], as: UTF8.self), feed + 1)
  }

  /// A body in chunks and where it ends, nil where it has no end yet.
  static func chunks(_ bytes: ArraySlice<UInt8>) -> (body: [UInt8], end: Int)? {
    var (body, start) = ([UInt8](), bytes.startIndex)
    while let size = line(bytes, from: start) {
      precondition(
        (1...8).contains(size.text.utf8.count) && size.text.utf8.allSatisfy(isHexDigit),
        "a size that is no number")
      guard let count = Int(size.text, radix: 16) else { preconditionFailure("no size") }
      let end = size.end + count
      guard end + 2 <= bytes.endIndex else { return nil }
      precondition(bytes[end..<(end + 2)].elementsEqual([13, 10]), "a chunk without its end")
      body += bytes[size.end..<end]
      if count == 0 { return (body, end + 2) }
      start = end + 2
    }
    return nil
  }

  private static func isHexDigit(_ byte: UInt8) -> Bool {
    (48...57).contains(byte) || (65...70).contains(byte) || (97...102).contains(byte)
  }

  /// Without the blanks around it, which the reader leaves behind a value.
  static func trimmed(_ text: Substring) -> String {
    var text = text
    while let sign = text.first, sign == " " || sign == "\t" { text.removeFirst() }
    while let sign = text.last, sign == " " || sign == "\t" { text.removeLast() }
    return String(text)
  }

  /// What no request may be that was let pass (security specification, 6), in words of its own.
  private static func promise(
    _ lines: [String], _ words: [String], _ fields: [(name: String, value: String)]
  ) {
    precondition(
      lines.allSatisfy { $0.utf8.allSatisfy { $0 == 9 || (32..<127).contains($0) } },
      "a character that stands in no head")
    precondition(
      lines.allSatisfy { !$0.hasPrefix(" ") && !$0.hasPrefix("\t") }, "a folded header")
    precondition(lines.allSatisfy { $0.utf8.count <= 8 << 10 }, "a line too long")
    precondition(lines.count <= 101, "too many headers")
    precondition(
      lines.dropFirst().reduce(0) { $0 + $1.utf8.count + 2 } <= 16 << 10, "a head too long")
    let lengths = fields.filter { $0.name == "content-length" }
    let codings = fields.filter { $0.name == "transfer-encoding" }
    precondition(lengths.count + codings.count <= 1, "two ways to the end of a body")
    precondition(
      lengths.allSatisfy {
        !$0.value.isEmpty && $0.value.utf8.allSatisfy { (48...57).contains($0) }
      },
      "a length that is no number")
    precondition(codings.allSatisfy { $0.value.lowercased() == "chunked" }, "another coding")
    precondition(fields.count { $0.name == "host" } == 1, "no host, or two")
    precondition(
      ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"].contains(words[0]), "no method")
    precondition(words[1].hasPrefix("/") || words == ["OPTIONS", "*", words[2]], "no address")
    precondition(words[2] == "HTTP/1.1" || words[2] == "HTTP/1.0", "no version")
  }
}

extension Target {
  /// Bytes of a connection: refused, or the same requests to every reader and however they come apart.
  static func head(_ bytes: [UInt8]) {
    let whole = Conversation(bytes, cuts: [])
    if !bytes.isEmpty {
      let place = bytes.reduce(0) { ($0 &* 31 &+ Int($1)) & 0xFF_FFFF } % bytes.count
      precondition(
        Conversation(bytes, cuts: [place]).isAlike(whole), "other requests when cut once")
      if bytes.count < 600 {
        let each = Conversation(bytes, cuts: Array(1..<bytes.count))
        precondition(each.isAlike(whole), "other requests byte by byte")
        hold(each)
      }
    }
    for request in hold(whole) { again(request) }
  }

  /// What was handed over keeps every promise, and the reader behind the guard reads the same in it.
  @discardableResult
  private static func hold(_ conversation: Conversation) -> [Conversation.Request] {
    let plain = PlainReading.requests(conversation.handed)
    // After one that ends the connection, or asks for another protocol, the reader listens no more.
    let last = plain.firstIndex { request in
      request.isOld
        || request.fields.contains { $0.hasPrefix("connection:") || $0.hasPrefix("upgrade:") }
    }
    guard let last else {
      // A connection that the guard ends in a body leaves the reader with less than a request.
      precondition(
        !conversation.isRefusedByReader || !conversation.refusal.isEmpty, "refused behind the guard"
      )
      precondition(plain == conversation.requests, "other requests to another reader")
      return plain
    }
    precondition(
      conversation.requests.prefix(last) == plain.prefix(last), "other requests to another reader")
    return Array(plain.prefix(last))
  }

  /// A head that was let pass and is written out again reads the same.
  private static func again(_ request: Conversation.Request) {
    let isChunked = request.fields.contains { $0.hasPrefix("transfer-encoding:") }
    let head =
      "\(request.method) \(request.target) HTTP/1.1\r\n"
      + request.fields.map { "\($0)\r\n" }.joined() + "\r\n"
    let body =
      isChunked
      ? Array("\(String(request.body.count, radix: 16))\r\n".utf8) + request.body
        + Array(request.body.isEmpty ? "\r\n".utf8 : "\r\n0\r\n\r\n".utf8)
      : request.body
    let again = Conversation(Array(head.utf8) + body, cuts: [])
    precondition(again.requests.first == request, "another request once it is written out")
  }

  /// A body in chunks: refused, or the same bytes to every reader and however they come apart.
  static func chunk(_ bytes: [UInt8]) {
    let head = Array(
      "POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n".utf8)
    let whole = Conversation(head + bytes, cuts: [])
    let each = Conversation(
      head + bytes, cuts: Array(head.count..<(head.count + min(bytes.count, 400))))
    precondition(each.isAlike(whole), "another body byte by byte")
    hold(whole)
    hold(each)
  }
}
