import HTTPTypes
import Hummingbird
import NIOCore
import Testing

@testable import Web

/// Whom a request is counted for.
struct ClientAddressTests {
  private static func request(_ fields: [(String, String)]) throws -> Request {
    var head = HTTPRequest(method: .get, scheme: "http", authority: "localhost", path: "/")
    for (name, value) in fields {
      head.headerFields.append(HTTPField(name: try #require(HTTPField.Name(name)), value: value))
    }
    return Request(head: head, body: .init(buffer: ByteBuffer()))
  }

  @Test(arguments: [
    ("203.0.113.9", "203.0.113.9"), ("203.0.113.9:4711", "203.0.113.9"),
    ("::ffff:203.0.113.9", "203.0.113.9"),
    ("[2001:db8:1:2:3:4:5:6]:443", "2001:0db8:0001:0002::/64"),
    ("2001:0DB8:0001:0002::1", "2001:0db8:0001:0002::/64"), ("unknown", nil), ("", nil),
    ("203.0.113.9.4", nil), ("' or 1=1", nil),
  ])
  func `REQ-074: an address has one spelling, and a network of version 6 counts as one`(
    _ given: String, _ expected: String?
  ) {
    #expect(ClientAddress.plain(given) == expected)
  }

  @Test func `REQ-074: what a client writes before the proxy's own address does not count`() throws
  {
    let forged = try Self.request([
      ("X-Forwarded-For", "10.0.0.1, 10.0.0.2"), ("X-Forwarded-For", "203.0.113.9"),
    ])
    #expect(ClientAddress.text(of: forged) == "203.0.113.9")
    #expect(ClientAddress.text(of: try Self.request([])) == "")
  }

  @Test func `REQ-068: a request that reached the proxy unencrypted is known by the proxy's word`()
    throws
  {
    #expect(ClientAddress.isUnencrypted(try Self.request([("X-Forwarded-Proto", "http")])))
    #expect(
      ClientAddress.isUnencrypted(try Self.request([("X-Forwarded-Proto", "https, HTTP")])))
    #expect(!ClientAddress.isUnencrypted(try Self.request([("X-Forwarded-Proto", "http, https")])))
    #expect(!ClientAddress.isUnencrypted(try Self.request([])))
  }
}
