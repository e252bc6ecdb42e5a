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
        + "another request is refused with 422, one in progress with 409 and Retry-After. "
        + "An answer that is stored nowhere is not given again: 409, request_done_before.",
      "schema": ["type": "string", "minLength": 16, "maxLength": 64],
    ]
  }

  private static var refusal: [String: Any] {
    [
      "type": "object", "required": ["code", "faults", "request", "sentence"],
      "properties": [
        "code": ["type": "string"], "sentence": ["type": "string"],
        "faults": ["type": "array", "items": fault],
        "request": [
          "type": "string",
          "description": "The number of the request, as the log of the server has it.",
        ],
      ],
    ]
  }

  private static var fault: [String: Any] {
    JSONSchema.object(["field": .string, "code": .string, "sentence": .string]).description
  }

  /// What any route may answer instead; a failure of ours, 500, is not among it.
  private static let refusals = [
    "400", "401", "403", "404", "405", "408", "409", "412", "413", "415", "421", "422", "429",
    "431",
    "503",
  ]

  private static func answer(_ shape: AnswerShape) -> [String: Any] {
    let schema = shape.type == "application/json" ? ["schema": shape.schema.description] : [:]
    return [
      "description": shape.status == 201 ? "Made." : "Done.", "content": [shape.type: schema],
    ]
  }

  private static func operation(_ route: Route) -> [String: Any] {
    let names = route.pattern.split(separator: "/").filter { $0.hasPrefix("{") }
      .map { String($0.dropFirst().dropLast()) }
    let refused: [String: Any] = [
      "description": "Refused, with a code and a sentence.",
      "content": ["application/json": ["schema": ["$ref": "#/components/schemas/Refusal"]]],
    ]
    let shape = APIAnswers.shape(of: route) ?? AnswerShape()
    var responses: [String: Any] = [String(shape.status): answer(shape)]
    for status in refusals { responses[status] = refused }
    var operation: [String: Any] = [
      "summary": route.summary, "responses": responses,
      "operationId": route.method.lowercased()
        + route.pattern.split(separator: "/").dropFirst(2).map {
          $0.filter(\.isLetter).capitalized
        }.joined(),
      "parameters": names.map { name -> [String: Any] in
        ["name": name, "in": "path", "required": true, "schema": ["type": "string"]]
      }
        + shape.query.map { ["name": $0, "in": "query", "schema": ["type": "string"]] }
        + (route.once == .notKeyed ? [] : [requestKey]),
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
        uniqueKeysWithValues: members.map { ($0.name, kind($0.kind)) }),
    ]
  }

  private static func kind(_ kind: BodyMember.Kind) -> [String: Any] {
    guard kind == .integer else { return ["type": kind.rawValue] }
    return ["type": "integer", "minimum": Int(Int32.min), "maximum": Int(Int32.max)]
  }
}
