import StudyModel

/// The timings of ODM 2.0 between visits, as days and windows of a definition.
///
/// A definition counts from the day of randomization. The visit most others are timed from is taken as
/// that day; a visit timed from another one keeps its distance from it.
struct ODMTiming {
  private struct Distance {
    let source: String
    let predecessor: String
    let successor: String
    let target: Int
    let days: ClosedRange<Int>
  }

  private let structure: XMLElement?
  private let transitions: [String: XMLElement]

  init(_ version: XMLElement) {
    structure = version.first("Protocol")
    transitions = Dictionary(
      version.all("WorkflowDef").flatMap { $0.all("Transition") }
        .compactMap { transition in transition["OID"].map { ($0, transition) } }
    ) { first, _ in first }
  }

  /// Gives the visits their days, windows and distances, and names what did not come over.
  func apply(to visits: inout [DraftVisit], _ report: inout ExchangeReport) {
    let relative = distances("RelativeTimingConstraint", &report) {
      ($0["PredecessorOID"], $0["SuccessorOID"], $0["TimepointRelativeTarget"])
    }
    let along = distances("TransitionTimingConstraint", &report) { constraint in
      let transition = constraint["TransitionOID"].flatMap { transitions[$0] }
      return (transition?["SourceOID"], transition?["TargetOID"], constraint["TimepointTarget"])
    }
    for constraint in structure?.descendants("AbsoluteTimingConstraint") ?? [] {
      let visit = constraint["StudyEventOID"] ?? constraint["StudyEventGroupOID"] ?? "a visit"
      report.omit(
        constraint["OID"] ?? "a timing",
        "the fixed time \(constraint["TimepointTarget"] ?? "") of \(visit); a definition counts days."
      )
    }
    for constraint in structure?.descendants("DurationTimingConstraint") ?? [] {
      let part = constraint["StructuralElementOID"] ?? "a part of the study"
      report.omit(
        constraint["OID"] ?? "a timing",
        "how long \(part) lasts, \(constraint["DurationTarget"] ?? ""); a visit is one day here, and what "
          + "follows is timed by days and windows.")
    }
    guard let root = Self.root(relative.isEmpty ? along : relative) else {
      for distance in relative + along {
        report.omit(distance.source, "the timing, one of a circle that begins nowhere.")
      }
      return
    }
    var timed: Set<String> = [root]
    var found: [Distance] = []
    for distance in relative + along {
      guard timed.insert(distance.successor).inserted else {
        report.omit(distance.source, "the timing; the visit \(distance.successor) has another one.")
        continue
      }
      found.append(distance)
    }
    for distance in found { carry(distance, from: root, to: &visits, &report) }
    if let place = visits.firstIndex(where: { $0.source == root }), visits[place].day == nil {
      (visits[place].day, visits[place].window) = (0, 0...0)
      report.repair(
        root, "other visits are timed from it: its day is taken as day 0, that of randomization.")
    }
  }

  /// The visit that most others are timed from and that is itself timed from none.
  private static func root(_ distances: [Distance]) -> String? {
    let successors = Set(distances.map(\.successor))
    var counts: [String: Int] = [:]
    for distance in distances where !successors.contains(distance.predecessor) {
      counts[distance.predecessor, default: 0] += 1
    }
    return counts.max { ($0.value, $1.key) < ($1.value, $0.key) }?.key
  }

  private func carry(
    _ distance: Distance, from root: String, to visits: inout [DraftVisit],
    _ report: inout ExchangeReport
  ) {
    let before = visits.firstIndex { $0.source == distance.predecessor }
    guard let place = visits.firstIndex(where: { $0.source == distance.successor }), let before,
      before < place, visits[place].day == nil, distance.days.lowerBound >= 0
    else {
      report.omit(
        distance.source,
        "the timing of \(distance.successor), which does not follow \(distance.predecessor).")
      return
    }
    if distance.predecessor == root {
      (visits[place].day, visits[place].window) = (distance.target, distance.days)
    } else {
      visits[place].after = (distance.predecessor, distance.days)
    }
  }

  /// The constraints of a kind that are whole days, each between two visits.
  private func distances(
    _ kind: String, _ report: inout ExchangeReport,
    _ ends: (XMLElement) -> (from: String?, to: String?, target: String?)
  ) -> [Distance] {
    var found: [Distance] = []
    for constraint in structure?.descendants(kind) ?? [] {
      let source = constraint["OID"] ?? "a timing"
      let (from, to, target) = ends(constraint)
      let windows = [constraint["TimepointPreWindow"], constraint["TimepointPostWindow"]]
        .map { $0.map(Self.window) ?? 0 }
      guard let from, let to, let middle = target.flatMap(Self.days), let pre = windows[0],
        let post = windows[1]
      else {
        report.omit(source, "the timing, which is not in whole days between two visits.")
        continue
      }
      // A visit is a day: where it begins and where it ends are the same.
      if let type = constraint["Type"], type != "StartToStart" {
        report.repair(
          source,
          "it is timed \(type); a visit is one day here, so that days are counted between both.")
      }
      if windows
        != [constraint["TimepointPreWindow"], constraint["TimepointPostWindow"]]
        .map({ $0.map(Self.days) ?? 0 })
      {
        report.repair(source, "its window of hours is taken as whole days, rounded down.")
      }
      if let method = constraint["MethodOID"] {
        report.omit(method, "the method that works out the timing \(source).")
      }
      found.append(
        Distance(
          source: source, predecessor: from, successor: to, target: middle,
          days: (middle - pre)...(middle + post)))
    }
    return found
  }

  /// The whole days of a window, one of hours rounded down; nil where it is neither.
  static func window(_ text: String) -> Int? {
    days(text) ?? hours(text).map { $0 / 24 }
  }

  /// The hours of an ISO 8601 duration such as `PT36H`; nil for anything else.
  private static func hours(_ text: String) -> Int? {
    guard text.hasPrefix("PT"), text.hasSuffix("H") else { return nil }
    let digits = text.dropFirst(2).dropLast()
    guard (1...4).contains(digits.count), digits.allSatisfy({ ("0"..."9").contains($0) }) else {
      return nil
    }
    return Int(digits)
  }

  /// The whole days of an ISO 8601 duration such as `P7D`, `P2W` or `PT48H`; nil for months, years and parts of
  /// a day.
  static func days(_ text: String) -> Int? {
    if let hours = hours(text) { return hours.isMultiple(of: 24) ? hours / 24 : nil }
    var rest = Substring(text)
    guard rest.popFirst() == "P", !rest.isEmpty else { return nil }
    var days = 0
    for (sign, each) in [("W" as Character, 7), ("D", 1)] {
      guard let place = rest.firstIndex(of: sign) else { continue }
      let digits = rest[..<place]
      guard (1...4).contains(digits.count), digits.allSatisfy({ ("0"..."9").contains($0) }),
        let number = Int(digits)
      else { return nil }
      days += number * each
      rest = rest[rest.index(after: place)...]
    }
    return rest.isEmpty ? days : nil
  }
}
