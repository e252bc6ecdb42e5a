/// One request, the same bytes for both worlds.
struct Asked: Sendable, CustomStringConvertible {
  /// In what way a request is right or wrong.
  enum Kind: String, CaseIterable, Sendable {
    case good, repeated, otherContent, wrongState, foreign, absent, malformed, malformedBody
    case duplicateKeys, unknownMember, oversized, noKey, noToken
  }

  var number = 0
  var method = "GET"
  /// Path and query.
  var target: String
  var headers: [(name: String, value: String)] = []
  var body: [UInt8] = []
  /// The route it is meant for, as method and pattern.
  var route: String
  var kind = Kind.good
  /// What is sent in the place of all that, over a connection alone.
  var raw: [UInt8]?

  var description: String { "\(kind.rawValue) \(method) \(target.prefix(160))" }

  /// As a browser sends it.
  static func page(_ target: String, by person: Person?, route: String) -> Asked {
    var asked = Asked(target: target, route: route)
    if let person { asked.headers.append(("Cookie", "__Host-eq=\(person.token.hexText)")) }
    return asked
  }

  /// As a program sends it.
  static func api(
    _ method: String, _ target: String, by person: Person?, route: String, body: String? = nil,
    key: String? = nil
  ) -> Asked {
    var asked = Asked(method: method, target: target, route: route)
    if let person { asked.headers.append(("Authorization", "Bearer \(person.token.hexText)")) }
    if let body {
      asked.headers.append(("Content-Type", "application/json"))
      asked.body = Array(body.utf8)
    }
    if let key { asked.headers.append(("Idempotency-Key", key)) }
    return asked
  }

  /// A form of a page, as a browser posts it.
  static func form(
    _ target: String, _ fields: [(name: String, value: String)], by person: Person?, route: String
  ) -> Asked {
    var asked = page(target, by: person, route: route)
    asked.method = "POST"
    asked.headers.append(("Content-Type", "application/x-www-form-urlencoded"))
    asked.headers.append(("Sec-Fetch-Site", "same-origin"))
    asked.body = Array(
      fields.map { "\($0.name.formText)=\($0.value.formText)" }.joined(separator: "&").utf8)
    return asked
  }
}

/// All that came back.
struct Told: Sendable, Equatable {
  struct Header: Sendable, Equatable {
    let name: String
    let value: String
  }
  /// The first line as it was sent, empty where nothing was.
  var line = ""
  var status: Int
  var headers: [Header]
  var body: [UInt8]

  var text: String { String(decoding: body, as: UTF8.self) }

  /// The codes of a refusal by the API, with a space between; nothing of any other answer.
  var codes: String {
    guard status >= 400, headers.contains(where: { $0.value.hasPrefix("application/json") }) else {
      return ""
    }
    return text.matches(of: /"code":"([a-zA-Z0-9_-]+)"/).map { String($0.1) }
      .joined(separator: " ")
  }

  /// The first thing in which two answers differ, nil when they are equal byte for byte.
  func difference(from other: Told) -> String? {
    if status != other.status { return "status \(status) and \(other.status)" }
    if line != other.line { return "first line “\(line)” and “\(other.line)”" }
    if headers.map(\.name) != other.headers.map(\.name) {
      return "headers \(headers.map(\.name)) and \(other.headers.map(\.name))"
    }
    for (one, two) in zip(headers, other.headers) where one.value != two.value {
      return "header \(one.name): “\(one.value.prefix(120))” and “\(two.value.prefix(120))”"
    }
    guard body != other.body else { return nil }
    let at = zip(body, other.body).prefix { $0 == $1 }.count
    func around(_ bytes: [UInt8]) -> String {
      let part = bytes[max(0, at - 60)..<min(bytes.count, at + 60)]
      return String(decoding: part, as: UTF8.self)
    }
    return "body at byte \(at) of \(body.count) and \(other.body.count): “\(around(body))” and “"
      + "\(around(other.body))”"
  }
}

extension Sequence<UInt8> {
  var hexText: String {
    map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
  }
}

extension String {
  /// As a form or a query writes it.
  var formText: String {
    utf8.map { byte in
      let scalar = Unicode.Scalar(byte)
      let isPlain =
        ("a"..."z").contains(scalar) || ("A"..."Z").contains(scalar) || ("0"..."9").contains(scalar)
        || scalar == "-" || scalar == "_" || scalar == "."
      return isPlain
        ? String(scalar) : "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: true)
    }.joined()
  }
}
