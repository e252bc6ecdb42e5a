import Foundation

/// The OpenAPI 3.1 description, made from the route table and nothing else.
enum APIDescription {
  static func text(_ routes: [Route]) throws -> String {
    var paths: [String: [String: Any]] = [:]
    for route in routes where route.surface == .api {
      paths[route.pattern, default: [:]][route.method.lowercased()] = operation(route)
    }
    let document: [String: Any] = [
      "openapi": "3.1.0",
      "info": [
        "title": "Equipoise", "version": "1",
        "description": "Everything a page can do, under the same access.",
      ],
      "paths": paths,
      "components": [
        "securitySchemes": ["session": ["type": "http", "scheme": "bearer"]],
        "schemas": ["Refusal": refusal],
      ],
    ]
    let data = try JSONSerialization.data(
      withJSONObject: document, options: [.sortedKeys, .withoutEscapingSlashes])
    return String(decoding: data, as: UTF8.self)
  }

  private static var requestKey: [String: Any] {
    [
      "name": "Idempotency-Key", "in": "header", "required": true,
      "description":
        "The same key and request take effect once and get the same bytes again; the same key with "
        + "another request is refused with 422, one in progress with 409 and Retry-After.",
      "schema": ["type": "string", "minLength": 16, "maxLength": 64],
    ]
  }

  private static var refusal: [String: Any] {
    [
      "type": "object", "required": ["code", "faults", "sentence"],
      "properties": [
        "code": ["type": "string"], "sentence": ["type": "string"],
        "faults": ["type": "array", "items": ["type": "object"]],
      ],
    ]
  }

  private static func operation(_ route: Route) -> [String: Any] {
    let names = route.pattern.split(separator: "/").filter { $0.hasPrefix("{") }
      .map { String($0.dropFirst().dropLast()) }
    let refused: [String: Any] = [
      "description": "Refused, with a code and a sentence.",
      "content": ["application/json": ["schema": ["$ref": "#/components/schemas/Refusal"]]],
    ]
    var responses: [String: Any] = [
      "200": ["description": "Done."], "201": ["description": "Made."],
    ]
    for status in ["400", "401", "403", "404", "405", "409", "412", "413", "422", "503"] {
      responses[status] = refused
    }
    var operation: [String: Any] = [
      "summary": route.summary, "responses": responses,
      "operationId": route.method.lowercased()
        + route.pattern.split(separator: "/").dropFirst(2).map {
          $0.filter(\.isLetter).capitalized
        }.joined(),
      "parameters": names.map { name -> [String: Any] in
        ["name": name, "in": "path", "required": true, "schema": ["type": "string"]]
      } + (route.once == .notKeyed ? [] : [requestKey]),
    ]
    if route.access != .everybody { operation["security"] = [["session": [String]()]] }
    if !route.body.isEmpty {
      operation["requestBody"] = [
        "required": route.body.contains { $0.isRequired },
        "content": ["application/json": ["schema": schema(route.body)]],
      ]
    }
    return operation
  }

  private static func schema(_ members: [BodyMember]) -> [String: Any] {
    [
      "type": "object", "additionalProperties": false,
      "required": members.filter(\.isRequired).map(\.name),
      "properties": Dictionary(
        uniqueKeysWithValues: members.map { ($0.name, ["type": $0.kind.rawValue]) }),
    ]
  }
}
