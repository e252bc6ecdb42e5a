import Foundation
public import StudyModel

/// A place in which two versions of a definition are written differently: what it read, and what it reads now.
public struct WrittenChange: Equatable, Sendable {
  /// Where it stands, such as `forms / VS / fields / sbp`.
  public let place: String
  /// The lines of the earlier version that are gone, without their indent.
  public let old: [String]
  /// The lines of the later version that are new, without their indent.
  public let new: [String]
}

/// What two versions of a definition say, line by line, in the form the writer gives both.
///
/// Order, comments and quotes of the author's own text are no difference, since neither version is
/// compared as it was typed.
public enum WrittenDifference {
  /// The places that read differently, in the order of the later version.
  ///
  /// - Throws: where one of them holds a formula that cannot be written.
  public static func changes(
    from old: StudyDefinition, to new: StudyDefinition
  ) throws(UnwritableDefinition) -> [WrittenChange] {
    changes(from: try old.yaml(), to: try new.yaml())
  }

  static func changes(from old: String, to new: String) -> [WrittenChange] {
    let (before, after) = (PlacedLine.all(of: old), PlacedLine.all(of: new))
    let difference = after.difference(from: before) { $0.text == $1.text && $0.place == $1.place }
    var gone: Set<Int> = []
    var added: Set<Int> = []
    for step in difference {
      switch step {
      case .remove(let offset, _, _): gone.insert(offset)
      case .insert(let offset, _, _): added.insert(offset)
      }
    }
    var found: [WrittenChange] = []
    func tell(_ removed: ArraySlice<PlacedLine>, _ inserted: ArraySlice<PlacedLine>) {
      var places: [String] = []
      for line in Array(removed) + Array(inserted) where !places.contains(line.place) {
        places.append(line.place)
      }
      for place in places {
        found.append(
          WrittenChange(
            place: place, old: removed.filter { $0.place == place }.map(\.text),
            new: inserted.filter { $0.place == place }.map(\.text)))
      }
    }
    var (left, right) = (0, 0)
    while left < before.count || right < after.count {
      let (from, to) = (left, right)
      while gone.contains(left) { left += 1 }
      while added.contains(right) { right += 1 }
      if left > from || right > to { tell(before[from..<left], after[to..<right]) }
      if left < before.count { left += 1 }
      if right < after.count { right += 1 }
    }
    return found
  }
}

/// A line of a written definition with the names of the parts around it.
private struct PlacedLine {
  let text: String
  let place: String

  /// The lines of a text; a part is called by its key, an entry of a list by its first value.
  static func all(of yaml: String) -> [PlacedLine] {
    var parts: [(indent: Int, name: String)] = []
    return yaml.split(separator: "\n").map { line in
      let indent = line.prefix { $0 == " " }.count
      let text = String(line.dropFirst(indent))
      parts.removeAll { $0.indent >= indent }
      let place = parts.map(\.name).joined(separator: " / ")
      if text.hasPrefix("- ") {
        let name = value(of: text)
        // What stands on one line is a place of its own; further lines stand under its name.
        parts.append((indent, name))
        return PlacedLine(
          text: String(text.dropFirst(2)), place: place.isEmpty ? name : "\(place) / \(name)")
      }
      if let colon = text.firstIndex(of: ":"), text[text.index(after: colon)...].isEmpty {
        parts.append((indent, String(text[..<colon])))
      }
      return PlacedLine(text: text, place: place)
    }
  }

  /// The first value of an entry of a list: `VS` of `- id: VS`, `sbp` of `- { id: sbp, label: … }`.
  private static func value(of entry: String) -> String {
    let body = entry.dropFirst(2).drop { $0 == "{" || $0 == " " }
    guard let colon = body.firstIndex(of: ":") else { return String(body) }
    let rest = body[body.index(after: colon)...].drop { $0 == " " }
    let end = rest.firstIndex { $0 == "," || $0 == "}" } ?? rest.endIndex
    return String(rest[..<end]).trimmingCharacters(in: .whitespaces)
  }
}
