import Foundation
import HTTPTypes
import Hummingbird
import NIOCore
import StudyModel

/// What is answered to a call.
struct Answer: Sendable {
  var status: Int
  var type: String
  var body: [UInt8]
  var extra: [(name: String, value: String)] = []

  static func page(_ bytes: [UInt8], status: Int = 200) -> Answer {
    Answer(status: status, type: "text/html; charset=utf-8", body: bytes)
  }

  static func json(_ text: String, status: Int = 200) -> Answer {
    Answer(status: status, type: "application/json", body: Array(text.utf8))
  }

  static func json(_ value: some Encodable, status: Int = 200) throws -> Answer {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return json(String(decoding: try encoder.encode(value), as: UTF8.self), status: status)
  }

  /// After an act: the page that tells what happened.
  static func see(_ location: String) -> Answer {
    Answer(status: 303, type: "text/plain", body: [], extra: [("Location", location)])
  }

  static func file(_ bytes: [UInt8], name: String, type: String) -> Answer {
    Answer(
      status: 200, type: type, body: bytes,
      extra: [("Content-Disposition", "attachment; filename=\"\(name)\"")])
  }

  /// The headers every reply carries (security.md 6).
  private static let always: [(String, String)] = [
    (
      "Content-Security-Policy",
      "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
        + "form-action 'self'; frame-ancestors 'none'; base-uri 'none'; object-src 'none'; "
        + "require-trusted-types-for 'script'"
    ),
    ("Strict-Transport-Security", "max-age=63072000; includeSubDomains"),
    ("X-Content-Type-Options", "nosniff"), ("Referrer-Policy", "no-referrer"),
    ("Cross-Origin-Opener-Policy", "same-origin"),
    ("Cross-Origin-Resource-Policy", "same-origin"),
    ("Permissions-Policy", permissions),
    ("Cache-Control", "no-store"),
  ]

  /// Everything a page could ask a browser for is off, but the passkeys people sign in with here.
  private static let permissions =
    ([
      "accelerometer", "ambient-light-sensor", "attribution-reporting", "autoplay", "battery",
      "bluetooth", "browsing-topics", "camera", "captured-surface-control",
      "clipboard-read", "clipboard-write", "compute-pressure", "cross-origin-isolated",
      "deferred-fetch", "deferred-fetch-minimal", "display-capture", "document-domain",
      "encrypted-media", "execution-while-not-rendered", "execution-while-out-of-viewport",
      "fullscreen", "gamepad", "geolocation", "gyroscope", "hid", "identity-credentials-get",
      "idle-detection", "interest-cohort", "join-ad-interest-group", "keyboard-map",
      "language-detector", "language-model", "local-fonts", "local-network-access", "magnetometer",
      "microphone", "midi", "navigation-override", "on-device-speech-recognition",
      "otp-credentials", "payment", "picture-in-picture", "private-aggregation",
      "private-state-token-issuance", "private-state-token-redemption", "rewriter",
      "run-ad-auction", "screen-wake-lock", "serial", "shared-storage",
      "shared-storage-select-url", "speaker-selection", "storage-access", "summarizer",
      "sync-xhr", "translator", "unload", "usb", "vertical-scroll", "web-share",
      "window-management", "writer", "xr-spatial-tracking",
    ].map { "\($0)=()" }
    + ["publickey-credentials-create=(self)", "publickey-credentials-get=(self)"])
    .joined(separator: ", ")

  /// A header that every answer of this server has, and no answer of another writer.
  static let policyName = HTTPField.Name.contentSecurityPolicy

  /// The whole answer as it is written on a connection that ends with it.
  func wireBytes(at now: UTCInstant) -> [UInt8] {
    let fields =
      [("Content-Type", type)] + Self.always + extra
      + [
        ("Content-Length", String(body.count)), ("Date", HTTPDate.text(now)),
        ("Connection", "close"),
      ]
    let reason = HTTPResponse.Status(code: status).reasonPhrase
    let head =
      "HTTP/1.1 \(status) \(reason)\r\n"
      + fields.map { "\($0.0): \($0.1)\r\n" }.joined() + "\r\n"
    return Array(head.utf8) + body
  }

  /// The answer as the server writes it.
  ///
  /// - Parameter isHeadOnly: whether HEAD was asked: the length is that of the body, which is not sent
  ///   (RFC 9110, 9.3.2).
  func response(isHeadOnly: Bool = false) -> Response {
    var fields = HTTPFields()
    for (name, value) in [("Content-Type", type)] + Self.always + extra {
      guard let name = HTTPField.Name(name) else { continue }
      fields.append(HTTPField(name: name, value: value))
    }
    fields[.contentLength] = String(body.count)
    return Response(
      status: HTTPResponse.Status(code: status), headers: fields,
      body: isHeadOnly
        ? ResponseBody() : ResponseBody(byteBuffer: ByteBuffer(bytes: body)))
  }
}
