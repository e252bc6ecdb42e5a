import Foundation

/// Checks that a JSON body has the members a route takes and no others.
enum JSONShape {
  /// What is wrong with a body, nil when nothing is.
  static func fault(in body: [UInt8], _ members: [BodyMember]) -> String? {
    if body.isEmpty {
      let missing = members.first { $0.isRequired }
      return missing.map { "The body needs “\($0.name)”. Nothing was changed." }
    }
    let files = Set(members.filter(\.isFile).map(\.name))
    if let fault = StrictJSON.fault(in: body, files: files) { return fault.sentence }
    guard let object = try? JSONSerialization.jsonObject(with: Data(body)) as? [String: Any] else {
      return "The body is one JSON object. Nothing was changed."
    }
    let names = members.map(\.name)
    if let unknown = object.keys.sorted().first(where: { !names.contains($0) }) {
      return "The body has no member “\(unknown.prefix(40))” here. Nothing was changed."
    }
    for member in members {
      guard let value = object[member.name] else {
        if member.isRequired { return "The body needs “\(member.name)”. Nothing was changed." }
        continue
      }
      guard fits(value, member.kind) else {
        return "“\(member.name)” is of the type \(member.kind.rawValue). Nothing was changed."
      }
      if let number = value as? Int, member.kind == .integer, Int32(exactly: number) == nil {
        return "“\(member.name)” is larger than any number counted here. Nothing was changed."
      }
    }
    return nil
  }

  private static func fits(_ value: Any, _ kind: BodyMember.Kind) -> Bool {
    switch kind {
    case .string: value is String
    case .integer: !isTruth(value) && value is Int
    case .boolean: isTruth(value)
    case .object: value is [String: Any]
    }
  }

  /// JSON's true and false arrive as numbers of one value each.
  private static func isTruth(_ value: Any) -> Bool {
    guard let number = value as? NSNumber else { return value is Bool }
    return number === (true as NSNumber) || number === (false as NSNumber)
  }
}
