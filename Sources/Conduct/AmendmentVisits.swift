import Store
public import StudyModel

/// A visit that an amendment schedules otherwise, and whose it is.
public struct MovedVisit: Sendable, Hashable {
  /// The visit.
  public let visit: String
  /// Its class.
  public let dataClass: DataClass
  /// When it is due now, in words.
  public let before: String
  /// When it would be due, in words.
  public let after: String
  /// Participants who are not randomized yet: theirs would be scheduled by the new version.
  public let moving: [String]
  /// How many are randomized: theirs keep the window they were scheduled with.
  public let kept: Int
}

/// Compares the visits of two versions, and tells whose would be scheduled otherwise.
struct VisitTrial {
  /// The version in force at each site today.
  let inForce: [SiteKey: StudyDefinition]
  let new: StudyDefinition
  let participants: [Participant]
  let classes: [DataClass]

  /// The states in which visits are still ahead.
  private static let waiting: Set<String> = ["consented", "screening", "eligible"]
  private static let scheduled: Set<String> = ["randomized", "followed", "lost"]

  /// The visits that differ from what is in force at any site, in the order of the new version.
  func moved() -> [MovedVisit] {
    codes.compactMap { code in
      let differing = inForce.filter { due(code, in: $0.value) != due(code, in: new) }
      guard let old = differing.min(by: { $0.key < $1.key })?.value,
        let visit = new.visit(code) ?? old.visit(code), classes.contains(visit.dataClass)
      else { return nil }
      let there = participants.filter { differing[$0.site] != nil }
      return MovedVisit(
        visit: code.text, dataClass: visit.dataClass, before: due(code, in: old),
        after: due(code, in: new),
        moving: there.filter { Self.waiting.contains($0.state) }.map(\.key.text).sorted(),
        kept: there.count { Self.scheduled.contains($0.state) })
    }
  }

  /// The same for each participant whose visit would move, among what else the amendment touches.
  func findings() -> [AmendmentFinding] {
    let sites = Dictionary(participants.map { ($0.key.text, $0.site.text) }) { first, _ in first }
    return moved().flatMap { moved in
      moved.moving.map { key in
        AmendmentFinding(
          kind: .visit, dataClass: moved.dataClass, participant: key, site: sites[key] ?? "",
          form: "", visit: moved.visit, number: 1, field: "",
          sentence: "It would be due \(moved.after), not \(moved.before).")
      }
    }
  }

  private var codes: [VisitCode] {
    var found = new.visits.map(\.code)
    for old in inForce.sorted(by: { $0.key < $1.key }).map(\.value) {
      found += old.visits.map(\.code).filter { !found.contains($0) }
    }
    return found
  }

  /// When a visit is due, in words that follow “due”.
  private func due(_ code: VisitCode, in version: StudyDefinition) -> String {
    guard let visit = version.visit(code) else { return "never" }
    var parts: [String] = []
    if let window = visit.window {
      let target = visit.targetDay.map { ", best on day \($0)" } ?? ""
      parts.append("on days \(window.lowerBound) to \(window.upperBound)\(target)")
    }
    if let after = visit.after {
      parts.append(
        "\(after.days.lowerBound) to \(after.days.upperBound) days after \(after.visit)")
    }
    if let latest = visit.latestDay { parts.append("on day \(latest) at the latest") }
    return parts.isEmpty ? "when needed" : parts.joined(separator: ", ")
  }
}
