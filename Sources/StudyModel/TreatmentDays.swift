/// The study days on which a definition lets any arm be treated: one answer for every participant, whatever the arm.
public struct TreatmentDays: Hashable, Sendable {
  /// The days on which each visit of treatment may take place.
  public let spans: [VisitCode: ClosedRange<Int>]

  /// Works the days out from the windows of all visits of treatment and their distances from each other.
  ///
  /// A visit of treatment that has neither window nor visit before may take place on any day, and counts for none.
  public init(of definition: StudyDefinition) {
    var known: [VisitCode: ClosedRange<Int>] = [:]
    // A visit may follow one that stands further down: nothing changes once each had its turn.
    for _ in definition.visits.indices {
      let before = known
      for visit in definition.visits { known[visit.code] = Self.span(of: visit, known) }
      if known == before { break }
    }
    let treatment = Set(definition.visits.filter(Self.isTreatment).map(\.code))
    spans = known.filter { treatment.contains($0.key) }
  }

  private static func isTreatment(_ visit: Visit) -> Bool {
    visit.dataClass == .treatment || !visit.arms.isEmpty
  }

  private static func span(
    of visit: Visit, _ known: [VisitCode: ClosedRange<Int>]
  ) -> ClosedRange<Int>? {
    var (first, last) = ([Int](), [Int]())
    if let window = visit.window {
      first.append(window.lowerBound)
      last.append(window.upperBound)
    }
    if let after = visit.after, let before = known[after.visit] {
      first.append(before.lowerBound + after.days.lowerBound)
      last.append(before.upperBound + after.days.upperBound)
    }
    if let latest = visit.latestDay { last.append(latest) }
    guard let from = first.max(), let to = last.min(), from <= to else { return nil }
    return from...to
  }

  /// Whether any arm may be treated on a study day.
  public func contains(_ day: Int) -> Bool { spans.values.contains { $0.contains(day) } }

  /// Whether a session of any arm may end less than 24 hours before some moment of a study day.
  public func mayPrecede(_ day: Int) -> Bool { contains(day) || contains(day - 1) }
}
