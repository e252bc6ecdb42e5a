import Foundation
public import StudyModel

/// Answers as stored: a JSON object of field to text, or to a missing code with its reason.
public enum AnswerText {
  private struct Stored: Codable {
    let missing: String
    let reason: String?
  }

  private enum Item: Codable {
    case value(String)
    case missing(Stored)

    init(from decoder: any Decoder) throws {
      let container = try decoder.singleValueContainer()
      if let text = try? container.decode(String.self) {
        self = .value(text)
      } else {
        self = .missing(try container.decode(Stored.self))
      }
    }

    func encode(to encoder: any Encoder) throws {
      var container = encoder.singleValueContainer()
      switch self {
      case .value(let text): try container.encode(text)
      case .missing(let stored): try container.encode(stored)
      }
    }
  }

  /// Writes answers with their keys in order, so that the same answers are the same bytes.
  public static func json(_ answers: [FieldID: FieldAnswer]) throws -> String {
    var items: [String: Item] = [:]
    for (field, answer) in answers {
      switch answer {
      case .value(let text): items[field.text] = .value(text)
      case .missing(let code, let reason):
        items[field.text] = .missing(Stored(missing: code.rawValue, reason: reason))
      }
    }
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return String(decoding: try encoder.encode(items), as: UTF8.self)
  }

  /// Writes names to names, in order.
  static func names(_ pairs: [String: String]) throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return String(decoding: try encoder.encode(pairs), as: UTF8.self)
  }

  /// Reads stored answers.
  public static func answers(_ json: String) throws -> [FieldID: FieldAnswer] {
    let items = try JSONDecoder().decode([String: Item].self, from: Data(json.utf8))
    return try answers(items)
  }

  private static func answers(_ items: [String: Item]) throws -> [FieldID: FieldAnswer] {
    var answers: [FieldID: FieldAnswer] = [:]
    for (name, item) in items {
      let field = try FieldID(parsing: name)
      switch item {
      case .value(let text): answers[field] = .value(text)
      case .missing(let stored):
        guard let code = MissingCode(rawValue: stored.missing) else { continue }
        answers[field] = .missing(code, reason: stored.reason)
      }
    }
    return answers
  }
}
