import StudyModel
import Yams

/// Rules over visits and days that need all of them.
extension DefinitionReader {
  /// Refuses a visit for which no day is left, one that follows what its arms have not, and a last day
  /// of the trial before the last visit is over.
  mutating func checkReach(_ keyed: KeyedNode, _ visits: [Visit], _ lock: LockPlan?) {
    let nodes = keyed.entries["visits"]?.sequence.map(Array.init) ?? []
    var reached: [VisitCode: (first: Int?, last: Int?)] = [:]
    for visit in visits {
      let node = nodes.first { $0["code"]?.scalar?.string == visit.code.text }
      let place = node.map { Place($0) } ?? keyed.place
      let before = visit.after.flatMap { distance in reached[distance.visit] }
      let days = visit.after?.days ?? 0...0
      let firsts = [visit.window?.lowerBound, before?.first.map { $0 + days.lowerBound }]
      let lasts = [
        visit.window?.upperBound, visit.latestDay, before?.last.map { $0 + days.upperBound },
      ]
      let (first, last) = (firsts.compactMap(\.self).max(), lasts.compactMap(\.self).min())
      reached[visit.code] = (first, last)
      if let first, let last, first > last {
        // A window that contradicts the last day was told where it stands.
        let isToldThere = visit.window.map { (visit.latestDay ?? last) < $0.lowerBound } ?? false
        if !isToldThere {
          report(
            "no day is left for “\(visit.code)”: it comes on day \(first) at the earliest and on day "
              + "\(last) at the latest.", at: place)
        }
        reached[visit.code] = (first, nil)
      }
      checkArms(of: visit, visits, place)
    }
    checkLastDay(keyed, visits, lock)
  }

  private mutating func checkArms(of visit: Visit, _ visits: [Visit], _ place: Place) {
    guard let after = visit.after?.visit,
      let before = visits.first(where: { $0.code == after }), !before.arms.isEmpty
    else { return }
    let lacking = visit.arms.filter { !before.arms.contains($0) }
    guard visit.arms.isEmpty || !lacking.isEmpty else { return }
    report(
      "“\(visit.code)” follows “\(after)”, which "
        + (lacking.isEmpty ? "not every arm has" : "\(lacking[0]) has not") + ".", at: place)
  }

  private mutating func checkLastDay(_ keyed: KeyedNode, _ visits: [Visit], _ lock: LockPlan?) {
    guard let lock, let node = keyed.entries["lock"]?["last_day"] else { return }
    let ends = visits.compactMap { visit in
      [visit.window?.upperBound, visit.latestDay].compactMap(\.self).max().map { (visit.code, $0) }
    }
    guard let last = ends.max(by: { $0.1 < $1.1 }), last.1 > lock.lastDay else { return }
    report(
      "“last_day” \(lock.lastDay) of the lock plan lies before day \(last.1), on which “\(last.0)” may "
        + "still take place.", at: Place(node))
  }
}

extension Visit {
  /// Whether the visit can only take place after the day of randomization.
  var isAfterRandomization: Bool {
    !arms.isEmpty || (window?.lowerBound ?? targetDay ?? 0) > 0
  }
}
