import Foundation
import HTTPTypes
import Hummingbird
import NIOCore

/// Who asks, as the proxy before this server says it: the server answers on this machine only.
enum ClientAddress {
  /// The address a request comes from, empty when no proxy names one.
  ///
  /// The last address of `X-Forwarded-For` is the one the nearest proxy saw; those before it are
  /// what a client may write itself. Of an address of version 6 the network counts, since a client
  /// has all of one.
  static func text(of request: Request) -> String {
    let named = values("X-Forwarded-For", request).last ?? ""
    return plain(named) ?? ""
  }

  /// Whether the proxy says that the request came to it unencrypted.
  static func isUnencrypted(_ request: Request) -> Bool {
    values("X-Forwarded-Proto", request).last?.lowercased() == "http"
  }

  private static func values(_ name: String, _ request: Request) -> [String] {
    guard let name = HTTPField.Name(name) else { return [] }
    return request.headers[values: name].flatMap { $0.split(separator: ",") }
      .map { $0.trimmingCharacters(in: .whitespaces) }
  }

  /// An address in its one spelling, without a port; nil when it is none.
  static func plain(_ text: String) -> String? {
    var text = text
    // An expression is compiled anew at each use: only what may fit pays for it.
    if text.hasPrefix("["), let match = text.wholeMatch(of: /\[([^\]]*)\](:[0-9]{1,5})?/) {
      text = String(match.1)
    } else if text.contains(":"), let match = text.wholeMatch(of: /([0-9.]+):[0-9]{1,5}/) {
      text = String(match.1)
    }
    guard let address = try? SocketAddress(ipAddress: text, port: 0),
      let written = address.ipAddress
    else { return nil }
    guard written.contains(":") else { return written }
    // An address of version 4 written as one of version 6.
    if written.hasPrefix("::ffff:"), let match = written.wholeMatch(of: /::ffff:([0-9.]+)/) {
      return String(match.1)
    }
    return network(written)
  }

  /// The first 64 bits of an address of version 6, written without the short form.
  private static func network(_ address: String) -> String {
    let halves = address.split(separator: "::", maxSplits: 1, omittingEmptySubsequences: false)
      .map { $0.split(separator: ":") }
    var groups = halves[0]
    if halves.count == 2 {
      groups += Array(repeating: "0", count: max(0, 8 - groups.count - halves[1].count))
      groups += halves[1]
    }
    let padded = groups.prefix(4).map { String(repeating: "0", count: max(0, 4 - $0.count)) + $0 }
    return padded.joined(separator: ":") + "::/64"
  }
}
