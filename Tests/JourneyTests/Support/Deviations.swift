import Store
import StudyModel

@testable import Conduct

extension ReferenceTrial {
  /// The deviations of a class with visit and state: `MIN-WIN A1 DRAFT`.
  func deviations(in dataClass: String) throws -> [String] {
    try direct().lines(
      """
      select type || ' ' || visit || ' ' || status from \(dataClass).deviations
       order by participant, deviation
      """)
  }
}

extension Walk {
  /// Judges a deviation of this participant in a role of the site.
  func judge(
    _ number: Int, in dataClass: DataClass, _ judgement: DeviationJudgement, by role: String,
    at now: UTCInstant
  ) async throws {
    try await world.installation.at(now).judgeDeviation(
      key, number: number, in: dataClass, judgement,
      as: try await world.actor(role, at: way.site, now: now))
  }
}
