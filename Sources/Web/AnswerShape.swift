/// What a body of the API is made of, as the description tells it.
indirect enum JSONSchema: Sendable, Equatable {
  /// Anything; the summary of the route says what.
  case any
  case string
  case integer
  case number
  case boolean
  case list(JSONSchema)
  /// Members by name; what is left out when there is nothing to tell is optional.
  case object([String: JSONSchema], optional: Set<String> = [])
  /// Any names, each with the same kind of value.
  case map(JSONSchema)
  case either([JSONSchema])

  /// As OpenAPI 3.1 writes it.
  var description: [String: Any] {
    switch self {
    case .any: [:]
    case .string: ["type": "string"]
    case .integer: ["type": "integer"]
    case .number: ["type": "number"]
    case .boolean: ["type": "boolean"]
    case .list(let element): ["type": "array", "items": element.description]
    case .map(let value): ["type": "object", "additionalProperties": value.description]
    case .either(let kinds): ["anyOf": kinds.map(\.description)]
    case .object(let members, let optional):
      [
        "type": "object", "additionalProperties": false,
        "required": members.keys.filter { !optional.contains($0) }.sorted(),
        "properties": members.mapValues(\.description),
      ]
    }
  }
}

/// What a route of the API answers when it is done, and what its address takes besides.
struct AnswerShape: Sendable {
  var status = 200
  var type = "application/json"
  var schema = JSONSchema.any
  /// Names the query may have; each is a text and may be left out.
  var query: [String] = []

  /// A body of a type of ours.
  static func body<Body: Decodable>(_ type: Body.Type, status: Int = 200) -> AnswerShape {
    AnswerShape(status: status, schema: SchemaReading.schema(of: type))
  }

  /// Members that are all texts, such as the state after an act.
  static func texts(_ names: String..., status: Int = 200) -> AnswerShape {
    object(Dictionary(uniqueKeysWithValues: names.map { ($0, .string) }), status: status)
  }

  /// One whole number.
  static func number(_ name: String, status: Int = 200) -> AnswerShape {
    object([name: .integer], status: status)
  }

  static func object(_ members: [String: JSONSchema], status: Int = 200) -> AnswerShape {
    AnswerShape(status: status, schema: .object(members))
  }

  /// JSON whose members the library that writes it describes.
  static func json(status: Int = 200, _ schema: JSONSchema = .any) -> AnswerShape {
    AnswerShape(status: status, schema: schema)
  }

  /// A file.
  static func file(_ type: String) -> AnswerShape { AnswerShape(type: type) }

  /// The same, asked with these names in the query.
  func asked(_ names: String...) -> AnswerShape {
    var shape = self
    shape.query += names
    return shape
  }
}
