import StudyLanguage
import StudyModel
import Testing

@testable import StudyExchange

/// What a later version says, beside what the earlier one said.
@Suite struct WrittenDifferenceTests {
  private static func changes(_ edits: [(of: String, to: String)]) throws -> [WrittenChange] {
    let text = try Files.text("Docs/ReferenceTrial/kap-ect.yaml")
    var later = text
    for edit in edits {
      try #require(later.contains(edit.of), "the study has no \(edit.of)")
      later = later.replacing(edit.of, with: edit.to, maxReplacements: 1)
    }
    return try WrittenDifference.changes(
      from: StudyDefinition(yaml: text), to: StudyDefinition(yaml: later))
  }

  @Test func `an answer's range, a visit's window and a step's rule read from and to`() throws {
    let found = try Self.changes([
      (of: "id: sbp, label: Systolic pressure", to: "id: sbp, label: Upper pressure"),
      (
        of: "contacts: { attempts: 3, channels: 2, days: 21 }",
        to: "contacts: { attempts: 4, channels: 2, days: 21 }"
      ),
      (of: "percent: 15\n", to: "percent: 20\n"),
    ])
    #expect(found.count == 3)
    let field = try #require(found.first)
    #expect(field.place.hasPrefix("forms / ") && field.place.hasSuffix(" / sbp"), "\(field.place)")
    #expect(field.old.count == 1 && field.new.count == 1)
    #expect(field.old.first?.contains("Systolic pressure") == true)
    #expect(field.new.first?.contains("Upper pressure") == true)
    #expect(
      found.contains(
        WrittenChange(
          place: "samples / fidelity", old: ["percent: 15"], new: ["percent: 20"])))
    let step = try #require(found.last)
    #expect(step.place.hasPrefix("lifecycles / participation / transitions"), "\(step.place)")
    #expect(step.old.first?.contains("attempts: 3") == true)
    #expect(step.new.first?.contains("attempts: 4") == true)
  }

  @Test func `what is added stands without an earlier line, what is removed without a later one`()
    throws
  {
    let sample =
      "      - { form: KDOSE, is: \"FACT.arm = 'KET' and go = 'Y'\", answers: { kind: KETVISIT } }\n"
    let removed = try Self.changes([(of: sample, to: "")])
    #expect(removed.count == 1 && removed.first?.new == [])
    #expect(removed.first?.place == "samples / fidelity / of / KDOSE")
    let added = try Self.changes([
      (
        of: "samples:\n",
        to:
          "samples:\n  - { id: more, title: More, percent: 5, review: FIDEL, record: session, of: [{ form: SESS }] }\n"
      )
    ])
    #expect(!added.isEmpty && added.allSatisfy { $0.old.isEmpty })
    #expect(added.first?.place == "samples / more")
  }

  @Test func `another order of keys, another quote or a comment is no difference`() throws {
    #expect(
      try Self.changes([
        (
          of: "    percent: 15\n    review: FIDEL\n",
          to: "    review: \"FIDEL\" # the form\n    percent: 15\n"
        )
      ]).isEmpty)
  }
}
