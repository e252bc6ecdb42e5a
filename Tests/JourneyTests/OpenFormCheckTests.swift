import Store
import StudyModel
import Testing

@testable import Conduct

/// A check of a form of class open that reads treatment: `study check` lets it pass where it says why its finding
/// may leave the class, and the server still reads nothing of treatment for it.
@Suite(.serialized) struct OpenFormCheckTests {
  private static let field =
    "          - { id: conclusion, label: Conclusion, type: code, codes: { SAFE: Safe to take part, "
    + "PLAN: Safe with a written plan, UNSAFE: Not safe }, required: true }\n"
  private static let check = """
        checks:
          - { code: EC-SAFREV-09, severity: query, when: "has(RBR.guess@all)", field: conclusion, declassified_because: "Only that somebody was rated leaves.", say: Somebody was rated. }

    """

  @Test func `an unblinded writer of an open form makes no finding out of treatment`() async throws
  {
    try await ReferenceTrial.run { world in
      let amendment = StudyAmendment(world: world, now: ReferenceTrial.start)
      try await amendment.bring(
        try StudyAmendment.source("2.0", [(of: Self.field, to: Self.field + Self.check)]))
      // Who rated at screening left a record of class treatment, which the investigator may read.
      let walk = try await Walk.ready(world)
      let records = "from treatment.entries where form = 'RBR' and participant = '\(walk.key)'"
      #expect(try world.direct().text("select (count(*) > 0)::text \(records)") == "true")
      let now = walk.instant(9, 90)
      try await walk.save(
        "SAFREV", "UNS", ["reviewed_at": now.description, "conclusion": "SAFE"],
        by: "investigator", at: now)
      #expect(
        try world.direct().text(
          "select definition from open.entries where form = 'SAFREV' and participant = '\(walk.key)'"
        )
          == "2.0")
      // Nor does the program when it looks again at what was entered.
      _ = try await world.installation.at(now).deriveAll(
        in: try await world.installation.trial(world.trial.key))
      #expect(
        try world.direct().text(
          "select count(*)::text from open.data_queries where rule = 'EC-SAFREV-09'") == "0")
    }
  }
}
