import Foundation
import HTTPTypes
import HummingbirdCore
import NIOCore
import Testing

@testable import Web

/// Connections, asked by bytes (security specification, 6).
@Suite(.serialized) struct ConnectionGuardTests {
  private static let host = "Host: localhost\r\n"
  private static let json = "Content-Type: application/json\r\n"
  private static let get = "GET /sign-in HTTP/1.1\r\n"
  private static let post = "POST /api/v1/sessions HTTP/1.1\r\n\(host)\(json)"
  /// A whole request, and no doubt about it.
  private static let last = "\(get)\(host)Connection: close\r\n\r\n"

  private struct Refused: Decodable {
    let code: String
    let sentence: String
    let request: String
  }

  /// Headers every answer has; the length and the end of the connection are those of one answer.
  private static func always(_ headers: [(name: String, value: String)]) -> [String] {
    headers.filter { !["content-type", "content-length", "date", "connection"].contains($0.name) }
      .map { "\($0.name): \($0.value)" }
  }

  private static func refused(
    _ heard: WireServer.Heard, _ status: Int, _ code: String, _ what: String
  ) throws {
    #expect(heard.statuses == [status], "\(what): \(heard.text.prefix(200))")
    guard let answer = heard.answers.first else { return }
    let body = try JSONDecoder().decode(Refused.self, from: Data(answer.body.utf8))
    #expect(body.code == code && !body.sentence.isEmpty, "\(what)")
    #expect(body.request.count == 16 && body.request.allSatisfy(\.isHexDigit), "\(what)")
    #expect(
      answer.headers.contains { $0.name == "content-type" && $0.value == "application/json" },
      "\(what)")
    let date = answer.headers.filter { $0.name == "date" }.map(\.value)
    #expect(date.count == 1 && date.allSatisfy(isDate), "\(what): \(date)")
  }

  private static func isDate(_ text: String) -> Bool {
    text.wholeMatch(
      of: /(Mon|Tue|Wed|Thu|Fri|Sat|Sun), [0-9]{2} [A-Z][a-z]{2} 2[0-9]{3} [0-9:]{8} GMT/) != nil
  }

  private static func fields(_ count: Int) -> String {
    (0..<count).map { "X-\($0): a\r\n" }.joined()
  }

  private static let unreadable: [(String, [UInt8])] = [
    ("bare line feeds", Array("GET /sign-in HTTP/1.1\nHost: localhost\n\n".utf8)),
    ("one bare line feed", Array("\(get)\(host)X-A: a\nX-B: b\r\n\r\n".utf8)),
    ("a bare carriage return", Array("\(get)\(host)X-A: a\rb\r\n\r\n".utf8)),
    ("a folded header", Array("\(get)\(host)X-A: a\r\n b\r\n\r\n".utf8)),
    ("a header folded by a tab", Array("\(get)\(host)X-A: a\r\n\tb\r\n\r\n".utf8)),
    ("NUL", Array("\(get)\(host)X-A: a\0b\r\n\r\n".utf8)),
    ("another control character", Array("\(get)\(host)X-A: a\u{7f}b\r\n\r\n".utf8)),
    ("obs-text", Array("\(get)\(host)X-A: ".utf8) + [0xe9] + Array("\r\n\r\n".utf8)),
    ("UTF-8 in a header", Array("\(get)\(host)X-A: \u{e9}\r\n\r\n".utf8)),
    ("a byte beyond ASCII in an address", Array("GET /\u{e9} HTTP/1.1\r\n\(host)\r\n".utf8)),
    ("two Host headers", Array("\(get)\(host)\(host)\r\n".utf8)),
    ("two hosts", Array("\(get)\(host)Host: evil.example\r\n\r\n".utf8)),
    ("no Host", Array("\(get)\r\n".utf8)),
    ("an absolute address", Array("GET http://evil.example/sign-in HTTP/1.1\r\n\(host)\r\n".utf8)),
    ("an absolute address of ours", Array("GET http://localhost/ HTTP/1.1\r\n\(host)\r\n".utf8)),
    ("no address", Array("GET * HTTP/1.1\r\n\(host)\r\n".utf8)),
    ("two spaces", Array("GET  /sign-in HTTP/1.1\r\n\(host)\r\n".utf8)),
    ("no version", Array("GET /sign-in\r\n\(host)\r\n".utf8)),
    ("another version", Array("GET /sign-in HTTP/2.0\r\n\(host)\r\n".utf8)),
    ("an empty line first", Array("\r\n\(last)".utf8)),
    ("a space before the colon", Array("\(get)\(host)X-A : a\r\n\r\n".utf8)),
    ("a space in a name", Array("\(get)\(host)X A: a\r\n\r\n".utf8)),
    ("no colon", Array("\(get)\(host)X-A\r\n\r\n".utf8)),
    (
      "length and coding",
      Array("\(post)Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n".utf8)
    ),
    ("two lengths", Array("\(post)Content-Length: 2\r\nContent-Length: 2\r\n\r\n{}".utf8)),
    ("a list of lengths", Array("\(post)Content-Length: 2, 2\r\n\r\n{}".utf8)),
    ("a length with a sign", Array("\(post)Content-Length: +2\r\n\r\n{}".utf8)),
    ("an empty length", Array("\(post)Content-Length: \r\n\r\n{}".utf8)),
    ("another coding", Array("\(post)Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n".utf8)),
    (
      "two codings",
      Array(
        "\(post)Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n".utf8)
    ),
    ("a chunk without a size", Array("\(post)Transfer-Encoding: chunked\r\n\r\n\r\n".utf8)),
    ("a chunk of a wrong size", Array("\(post)Transfer-Encoding: chunked\r\n\r\n1\r\n{}".utf8)),
    ("a chunk with a sign", Array("\(post)Transfer-Encoding: chunked\r\n\r\n+2\r\n".utf8)),
    ("a chunk beyond a number", Array("\(post)Transfer-Encoding: chunked\r\n\r\n123456789".utf8)),
    ("a chunk after a line feed", Array("\(post)Transfer-Encoding: chunked\r\n\r\n2\n{}".utf8)),
    ("a trailing header", Array("\(post)Transfer-Encoding: chunked\r\n\r\n0\r\nX-A: a\r\n".utf8)),
    ("a connection by TLS", [0x16, 0x03, 0x01, 0x02, 0x00]),
  ]

  @Test
  func
    `REQ-074: bytes that are no request, or two, are refused with 400 and the connection closed`()
    async throws
  {
    try await WireServer.run { server in
      let usual = try #require(try await server.say([Self.last]).answers.first)
      #expect(usual.status == 200)
      var numbers: Set<String> = []
      for (what, bytes) in Self.unreadable {
        let heard = try await server.say([bytes + Array(Self.last.utf8)], every: .zero)
        try Self.refused(heard, 400, "bad_request", what)
        let answer = try #require(heard.answers.first, "\(what)")
        #expect(Self.always(answer.headers) == Self.always(usual.headers), "\(what)")
        #expect(
          answer.headers.map(\.name) == usual.headers.map(\.name) + ["connection"], "\(what)")
        let number = try JSONDecoder().decode(Refused.self, from: Data(answer.body.utf8)).request
        let isNew = numbers.insert(number).inserted
        #expect(isNew, "\(what)")
        #expect(
          server.log.lines.last
            == "refused: a request that is none by its bytes, no route, nobody signed in, number \(number)",
          "\(what)")
      }
    }
  }

  @Test func `REQ-074: the same bytes are judged alike when they come one by one`() async throws {
    try await WireServer.run { server in
      for (what, bytes) in Self.unreadable where bytes.count < 120 {
        let heard = try await server.say(bytes.map { [$0] }, every: .milliseconds(1))
        try Self.refused(heard, 400, "bad_request", what)
      }
      let heard = try await server.say(Self.last.map(String.init), every: .milliseconds(1))
      #expect(heard.statuses == [200])
    }
  }

  @Test func `REQ-074: a method that is none is refused with 405 at every address`() async throws {
    try await WireServer.run { server in
      for method in ["FOO", "get", "TRACE", "CONNECT", "PROPFIND", "M-SEARCH"] {
        for path in ["/sign-in", "/api/v1/health", "/no/such"] {
          let heard = try await server.say(["\(method) \(path) HTTP/1.1\r\n\(Self.host)\r\n"])
          try Self.refused(heard, 405, "method_not_allowed", "\(method) \(path)")
          #expect(heard.answers.first?.headers.contains { $0.name == "allow" } == true)
        }
      }
      // A method that is one somewhere is told what the address takes.
      let heard = try await server.say([
        "DELETE /api/v1/health HTTP/1.1\r\n\(Self.host)Connection: close\r\n\r\n"
      ])
      #expect(heard.statuses == [405])
      #expect(
        heard.answers.first?.headers.contains { $0.name == "allow" && $0.value == "GET" } == true)
    }
  }

  @Test
  func `REQ-074: a head is of 100 headers, of lines of 8 KiB and of 16 KiB, and not one byte more`()
    async throws
  {
    @Sendable func line(_ count: Int) -> String {
      "X: \(String(repeating: "a", count: count - 3))\r\n"
    }
    let (longest, end) = (8 << 10, "Connection: close\r\n\r\n")
    let address = "GET /sign-in?\(String(repeating: "a", count: longest - 22))"
    // The rest of 16 KiB beside one line of 8 KiB.
    let rest = (16 << 10) - (longest + 2) - Self.host.utf8.count - (end.utf8.count - 2) - 2
    try await WireServer.run { server in
      for (what, head, status) in [
        ("100 headers", Self.get + Self.host + Self.fields(98) + end, 200),
        ("101 headers", Self.get + Self.host + Self.fields(99) + end, 431),
        ("a line of 8 KiB", Self.get + Self.host + line(longest) + end, 200),
        ("a longer line", Self.get + Self.host + line(longest + 1) + end, 431),
        ("an address of 8 KiB", "\(address) HTTP/1.1\r\n" + Self.host + end, 200),
        ("a longer address", "\(address)a HTTP/1.1\r\n" + Self.host + end, 431),
        ("16 KiB", Self.get + Self.host + line(longest) + line(rest) + end, 200),
        ("more than 16 KiB", Self.get + Self.host + line(longest) + line(rest + 1) + end, 431),
        ("a head without an end", Self.get + String(repeating: "a", count: 1 << 20), 431),
      ] {
        let heard = try await server.say([head])
        guard status == 431 else {
          #expect(heard.statuses == [status], "\(what): \(heard.text.prefix(200))")
          continue
        }
        try Self.refused(heard, 431, "head_too_large", what)
      }
    }
  }

  @Test
  func `REQ-074: requests of one connection are carried out one after the other, in their order`()
    async throws
  {
    try await WireServer.run { server in
      let small = "\(Self.post)Content-Length: 1\r\n\r\n{"
      let chunked = "\(Self.post)Transfer-Encoding: chunked\r\n\r\n1\r\n{\r\n0\r\n\r\n"
      let missing = "GET /no/such HTTP/1.1\r\n\(Self.host)\r\n"
      let many = small + chunked + missing + small + missing + chunked + Self.last
      let whole = try await server.say([many])
      #expect(whole.statuses == [400, 400, 404, 400, 404, 400, 200])
      let dripped = try await server.say(many.map(String.init), every: .milliseconds(1))
      #expect(dripped.statuses == [400, 400, 404, 400, 404, 400, 200])
      // What is refused by its bytes waits for the answers before it, and ends the connection.
      let broken = try await server.say([missing + small + "GET / HTTP/9\r\n\r\n" + Self.last])
      #expect(broken.statuses == [404, 400, 400])
      #expect(broken.answers[2].body.contains("bad_request"))
      // More than is held back for later.
      let flood = try await server.say(
        [String(repeating: missing, count: 2000) + Self.last], patience: .seconds(60))
      #expect(flood.statuses.count == 2001 && flood.statuses.last == 200)
    }
  }

  @Test
  func `REQ-074: a head is sent within its time, and a connection says something within its own`()
    async throws
  {
    try await WireServer.run(WireServer.brief) { server in
      let dripped = try await server.say(
        [Self.get, Self.host] + Array(repeating: "X: a\r\n", count: 40), every: .milliseconds(100))
      try Self.refused(dripped, 408, "too_slow", "a dripped head")
      #expect(dripped.after > .milliseconds(500) && dripped.after < .milliseconds(2500))
      let begun = try await server.say(["G"])
      try Self.refused(begun, 408, "too_slow", "one byte")
      let silent = try await server.say([""])
      #expect(silent.statuses == [] && silent.after < .seconds(4))
      // The time of a head begins with its first byte, also of the second one.
      let kept = "GET /no/such HTTP/1.1\r\n\(Self.host)\r\n"
      let calm = try await server.say(
        [kept, "", "", kept, "", "", "GET /"], every: .milliseconds(200))
      #expect(calm.statuses == [404, 404, 408])
    }
  }

  @Test func `REQ-074: a body comes at its pace or is cut, whoever has answered before its end`()
    async throws
  {
    try await WireServer.run(WireServer.brief) { server in
      let head = "\(Self.post)Content-Length: 100000\r\n\r\n"
      let slow = try await server.say(
        [head] + Array(repeating: String(repeating: "a", count: 40), count: 60),
        every: .milliseconds(100))
      try Self.refused(slow, 408, "too_slow", "400 bytes in a second")
      #expect(slow.after > .milliseconds(400) && slow.after < .seconds(3))
      let stopped = try await server.say([head, String(repeating: "a", count: 4000)], every: .zero)
      try Self.refused(stopped, 408, "too_slow", "a body that stopped")
      let chunk = "\(Self.post)Transfer-Encoding: chunked\r\n\r\n"
      let chunked = try await server.say([chunk, "28\r\n"], every: .zero)
      try Self.refused(chunked, 408, "too_slow", "chunks that stopped")
      // Answered without its body, which may not be dripped all the same.
      let early = try await server.say(
        ["POST /no/such HTTP/1.1\r\n\(Self.host)Content-Length: 100000\r\n\r\n"]
          + Array(repeating: "a", count: 60), every: .milliseconds(100))
      #expect(early.statuses == [404] && early.after < .seconds(3))
      // One that comes fast enough may take longer than a stretch.
      let steady = try await server.say(
        ["\(Self.post)Connection: close\r\nContent-Length: 6000\r\n\r\n"]
          + Array(repeating: String(repeating: "a", count: 300), count: 20),
        every: .milliseconds(100))
      #expect(steady.statuses == [400] && steady.text.contains("bad_request"))
      #expect(steady.after > .milliseconds(1500))
    }
  }

  @Test func `REQ-074: only the time in which bytes are waited for counts for the pace of a body`()
  {
    var pace = BodyPace(WireServer.brief)
    let start = NIODeadline.uptimeNanoseconds(1_000_000_000)
    func isTooSlow(_ milliseconds: Int64) -> Bool {
      pace.isTooSlow(at: start + .milliseconds(milliseconds))
    }
    #expect(!isTooSlow(60_000))
    pace.wait(from: start + .milliseconds(60_000))
    #expect(!isTooSlow(60_400))
    pace.take(600, at: start + .milliseconds(60_400))
    #expect(!isTooSlow(90_000))
    pace.wait(from: start + .milliseconds(90_000))
    #expect(!isTooSlow(90_100))
    #expect(isTooSlow(90_700))
  }

  @Test
  func `REQ-074: whatever bytes come, each answer has every header and refusals have their shape`()
    async throws
  {
    let whole = Array(
      "\(Self.post)Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n\(Self.last)".utf8)
    // Signs that mean something in a head stand beside any other byte.
    let meaning = Array("\r\n\t :;,/*0aH\u{0}\u{7f}".utf8) + [0x80, 0xff]
    try await WireServer.run(WireServer.brief) { server in
      let usual = try #require(try await server.say([Self.last]).answers.first)
      var bits = SeededBits(seed: 20_270_104)
      var statuses: [Int: Int] = [:]
      for _ in 0..<250 {
        var bytes = whole
        for _ in 0..<Int.random(in: 1...3, using: &bits) {
          let place = Int.random(in: 0..<bytes.count, using: &bits)
          switch Int.random(in: 0..<4, using: &bits) {
          case 0: bytes[place] = meaning.randomElement(using: &bits) ?? 0
          case 1: bytes.insert(meaning.randomElement(using: &bits) ?? 0, at: place)
          case 2: bytes.remove(at: place)
          default: bytes[place] = UInt8.random(in: .min ... .max, using: &bits)
          }
        }
        let heard = try await server.say([bytes], every: .zero, patience: .seconds(4))
        let what = String(decoding: bytes, as: UTF8.self)
        #expect((1...2).contains(heard.answers.count), "\(what)")
        for answer in heard.answers {
          statuses[answer.status, default: 0] += 1
          #expect(
            Self.always(answer.headers).filter {
              !$0.hasPrefix("allow:") && !$0.hasPrefix("location:")
            }
              == Self.always(usual.headers), "\(what)")
        }
        if let end = heard.answers.last, end.status == 400 || end.status == 408 {
          #expect(end.body.hasPrefix("{\"code\":\""), "\(what)")
        }
      }
      #expect(statuses[200, default: 0] > 10 && statuses[400, default: 0] > 100, "\(statuses)")
    }
  }

  @Test func `every refusal over the wire is one shape with the number of its request`()
    async throws
  {
    try await WireServer.run { server in
      for (asked, status, code) in [
        ("GET /api/v1/no-such HTTP/1.1\r\n\(Self.host)", 404, "not_found"),
        ("GET /api/v1/me HTTP/1.1\r\n\(Self.host)", 401, "sign_in_first"),
        ("GET /api/v1/me HTTP/1.1\r\nHost: evil.example\r\n", 421, "unknown_host"),
        ("\(Self.post)Sec-Fetch-Site: cross-site\r\n", 403, "not_from_here"),
        ("POST /api/v1/sessions HTTP/1.1\r\n\(Self.host)", 415, "not_json"),
      ] {
        let heard = try await server.say(["\(asked)Connection: close\r\n\r\n"])
        try Self.refused(heard, status, code, asked)
      }
    }
  }

  @Test func `every page in the place of another bears the number of its request`() async throws {
    try await WireServer.run { server in
      var numbers: Set<String> = []
      for (asked, status) in [
        ("GET /no-such HTTP/1.1\r\n\(Self.host)", 404),
        ("GET /sign-in HTTP/1.1\r\nHost: evil.example\r\n", 421),
        ("GET /sign-in HTTP/1.1\r\n\(Self.host)X-Forwarded-Proto: http\r\n", 403),
        ("DELETE /sign-in HTTP/1.1\r\n\(Self.host)", 405),
        ("GET /sign-in?note=%00 HTTP/1.1\r\n\(Self.host)", 400),
        (
          "POST /sign-in HTTP/1.1\r\n\(Self.host)Sec-Fetch-Site: cross-site\r\n"
            + "Content-Type: application/x-www-form-urlencoded\r\n", 403
        ),
      ] {
        let heard = try await server.say(["\(asked)Connection: close\r\n\r\n"])
        #expect(heard.statuses == [status], "\(asked)")
        let body = heard.answers.first?.body ?? ""
        let number = try #require(body.firstMatch(of: /<code>([0-9a-f]{16})<\/code>/), "\(asked)")
        let isNew = numbers.insert(String(number.1)).inserted
        #expect(isNew, "\(asked)")
      }
    }
  }

  @Test func `a page may ask a browser for nothing but the passkeys of its people`() throws {
    let answer = Answer.page([]).response()
    let name = try #require(HTTPField.Name("Permissions-Policy"))
    let policy = try #require(answer.headers[name])
    let features = policy.components(separatedBy: ", ").map { $0.components(separatedBy: "=") }
    #expect(Set(features.map { $0[0] }).count == features.count && features.count > 50)
    #expect(
      features.filter { $0[1] != "()" } == [
        ["publickey-credentials-create", "(self)"], ["publickey-credentials-get", "(self)"],
      ])
  }
}

/// The same bytes in every run.
private struct SeededBits: RandomNumberGenerator {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return state ^ (state >> 29)
  }
}
