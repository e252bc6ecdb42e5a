import CClock
public import Conduct
import Dispatch
import Glibc

/// What tells this host the time: its kernel, and a time server where one is named.
public struct HostClock: TimeReference {
  /// The name of this host.
  public let host: String
  /// The time server as named, empty without one.
  public let timeServer: String
  private let name: String
  private let port: String
  private let patience: Int
  private let random: any RandomSource

  /// Makes the reference.
  ///
  /// - Parameters:
  ///   - timeServer: a name or address, with `:` and a port when it is not 123; in brackets when the
  ///     address holds colons. Empty for none.
  ///   - patience: seconds to wait for its answer.
  public init(
    timeServer: String = "", patience: Int = 2, random: any RandomSource = SystemRandomSource()
  ) {
    self.timeServer = timeServer
    self.patience = patience
    self.random = random
    (name, port) = Self.parts(of: timeServer)
    host = Self.hostName()
  }

  /// Whether a text names a time server.
  public static func isName(_ text: String) -> Bool {
    let (name, port) = parts(of: text)
    return !name.isEmpty && name.utf8.count <= 253
      && name.utf8.allSatisfy { (0x21...0x7E).contains($0) }
      && (1...65_535).contains(Int(port) ?? 0)
  }

  private static func parts(of text: String) -> (name: String, port: String) {
    if text.hasPrefix("["), let end = text.firstIndex(of: "]") {
      let rest = text[text.index(after: end)...]
      let port = rest.isEmpty ? "123" : (rest.hasPrefix(":") ? String(rest.dropFirst()) : "")
      return (String(text[text.index(after: text.startIndex)..<end]), port)
    }
    let halves = text.split(separator: ":", omittingEmptySubsequences: false)
    return halves.count == 2 ? (String(halves[0]), String(halves[1])) : (text, "123")
  }

  private static func hostName() -> String {
    var buffer = [CChar](repeating: 0, count: 256)
    guard unsafe gethostname(&buffer, 255) == 0 else { return "this host" }
    let name = String(
      decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    return name.isEmpty ? "this host" : name
  }

  /// Asks the kernel; a unit that shields the clock answers nothing.
  public func kernelClock() -> KernelClock {
    var error: Int64 = 0
    switch unsafe cclock_state(&error) {
    case 1: return .synchronized(error: error)
    case 0: return .unsynchronized
    default: return .unknown
    }
  }

  /// Asks the time server once, off the threads of everybody else.
  public func askTimeServer(_ clock: any Clock) async -> TimeServerReading? {
    guard !timeServer.isEmpty else { return nil }
    let mark = random.bytes(8)
    return await withCheckedContinuation { waiting in
      DispatchQueue.global(qos: .utility).async {
        waiting.resume(returning: exchange(mark, clock))
      }
    }
  }

  private func exchange(_ mark: [UInt8], _ clock: any Clock) -> TimeServerReading? {
    let socket = connected()
    guard socket >= 0 else { return nil }
    defer { close(socket) }
    let question = TimeServerAnswer.question(mark)
    let asked = clock.now
    guard unsafe send(socket, question, question.count, 0) == question.count else { return nil }
    var bytes = [UInt8](repeating: 0, count: 1024)
    let count = unsafe recv(socket, &bytes, bytes.count, 0)
    let answered = clock.now
    guard count > 0 else { return nil }
    return TimeServerAnswer.reading(
      Array(bytes.prefix(count)), to: mark, asked: asked, answered: answered)
  }

  /// A datagram socket that hears the server alone, -1 when there is none.
  private func connected() -> Int32 {
    var wanted = unsafe addrinfo()
    unsafe wanted.ai_socktype = Int32(SOCK_DGRAM.rawValue)
    var found: UnsafeMutablePointer<addrinfo>?
    guard unsafe getaddrinfo(name, port, &wanted, &found) == 0, let first = unsafe found else {
      return -1
    }
    defer { unsafe freeaddrinfo(first) }
    let socket = unsafe Glibc.socket(
      first.pointee.ai_family, first.pointee.ai_socktype | Int32(SOCK_CLOEXEC.rawValue),
      first.pointee.ai_protocol)
    guard socket >= 0 else { return -1 }
    var wait = timeval(tv_sec: patience, tv_usec: 0)
    let isSet = unsafe setsockopt(
      socket, SOL_SOCKET, SO_RCVTIMEO, &wait, socklen_t(MemoryLayout<timeval>.size))
    guard isSet == 0,
      unsafe connect(socket, first.pointee.ai_addr, first.pointee.ai_addrlen) == 0
    else {
      close(socket)
      return -1
    }
    return socket
  }
}
