import Foundation
import StudyLanguage
import StudyModel

/// A value of a reference file, kinds kept apart.
enum PlainValue: Decodable, Equatable {
  case nothing
  case truth(Bool)
  case number(Double)
  case text(String)
  case list([PlainValue])

  init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    if container.decodeNil() {
      self = .nothing
    } else if let truth = try? container.decode(Bool.self) {
      self = .truth(truth)
    } else if let number = try? container.decode(Double.self) {
      self = .number(number)
    } else if let text = try? container.decode(String.self) {
      self = .text(text)
    } else {
      self = .list(try container.decode([PlainValue].self))
    }
  }

  /// The text a stored value has; nil for nothing.
  var plain: String? {
    switch self {
    case .nothing, .list: nil
    case .truth(let truth): "\(truth)"
    case .number(let number): number == number.rounded() ? "\(Int(number))" : "\(number)"
    case .text(let text): text
    }
  }
}

/// A reference file of one instrument.
struct ReferenceFile: Decodable {
  struct Item: Decodable {
    let id: String
    let min: Int?
    let max: Int?
    let step: Int?
    let codes: [PlainValue]?

    var range: ItemRange {
      if let min, let max { return .numbers(min...max, step: step ?? 1) }
      return codes?.first == .truth(true) ? .truth : .codes(codes?.compactMap(\.plain) ?? [])
    }
  }

  struct Head: Decodable {
    let licence: String
    let respondent: String
    let items: [Item]
    let outputs: [String]
  }

  struct Vector: Decodable {
    let id: String
    let answers: [String: PlainValue]
    let out: [String: PlainValue]

    enum CodingKeys: String, CodingKey {
      case id, out
      case answers = "in"
    }
  }

  struct ChangeInput: Decodable {
    let baseline: Int?
    let followUp: Int?
    let remissionMaximum: Int

    enum CodingKeys: String, CodingKey {
      case baseline
      case followUp = "follow_up"
      case remissionMaximum = "remission_max"
    }
  }

  struct ChangeVector: Decodable {
    let id: String
    let input: ChangeInput
    let out: [String: PlainValue]

    var baseline: Int? { input.baseline }
    var followUp: Int? { input.followUp }
    var remissionMaximum: Int { input.remissionMaximum }

    enum CodingKeys: String, CodingKey {
      case id, out
      case input = "in"
    }
  }

  struct ChangeFile: Decodable { let vectors: [ChangeVector] }

  let instrument: Head
  let vectors: [Vector]

  static func read(_ name: String) throws -> ReferenceFile {
    try JSONDecoder().decode(ReferenceFile.self, from: try bytes(name))
  }

  static func change() throws -> [ChangeVector] {
    try JSONDecoder().decode(ChangeFile.self, from: try bytes("change")).vectors
  }

  private static func bytes(_ name: String) throws -> Data {
    try Data(contentsOf: Tree.file("Tests/Oracles/instruments/\(name).json"))
  }
}

/// Files of the package, found from this file.
enum Tree {
  static func file(_ path: String) -> URL {
    let tests = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    return tests.deletingLastPathComponent().deletingLastPathComponent()
      .appendingPathComponent(path)
  }
}

/// The instruments shipped with the reference trial.
enum Library {
  private static let reading = Result {
    let text = try String(
      contentsOf: Tree.file("Docs/ReferenceTrial/instruments.yaml"), encoding: .utf8)
    return try Instrument.library(yaml: text)
  }

  static var all: [Instrument] { get throws { try reading.get() } }
}

/// Answers of a vector as values of the items, impossible ones included.
enum Answers {
  static func typed(_ answers: [String: PlainValue], _ instrument: Instrument)
    -> [FieldID: FormulaValue]
  {
    var typed: [FieldID: FormulaValue] = [:]
    for item in instrument.items {
      switch answers[item.id.text] ?? .nothing {
      case .nothing, .list: continue
      case .truth(let truth): typed[item.id] = .truth(truth)
      case .number(let number):
        let text = number == number.rounded() ? "\(Int(number))" : "\(number)"
        typed[item.id] = (try? ExactNumber(parsing: text)).map { .number($0) }
      case .text(let text): typed[item.id] = .text(text)
      }
    }
    return typed
  }
}
