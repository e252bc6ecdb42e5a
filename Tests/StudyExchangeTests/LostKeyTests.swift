import Foundation
import StudyExchange
import StudyLanguage
import StudyModel
import Testing

/// What a definition loses on the way out and back is named by the report of the export.
@Suite struct LostKeyTests {
  /// The key of the definition language a member is written under, where they differ.
  private static let keys: [String: Set<String>] = [
    "targetDay": ["day"], "window": ["day"], "dataClass": ["class"], "subject": ["about"],
    "enteredBy": ["entered_by"], "signedBy": ["signatures"], "signatureMeaning": ["signatures"],
    "instrument": ["instruments"], "isRepeating": ["repeating"], "followUp": ["followed_up"],
    "kind": ["severity"], "condition": ["when"], "sentence": ["say"], "calculation": ["value"],
    "mayLieAhead": ["future"], "after": ["after"], "setBy": ["sets"], "clocks": ["safety_clocks"],
    "factors": ["factors"], "alerts": ["alerts"],
  ]

  /// What follows from other members, or is told by the parts themselves.
  private static let derived: Set<String> = [
    "fields", "places", "sections", "checks", "inputClass", "forms", "visits",
  ]

  private static func key(_ member: String) -> Set<String> {
    if let key = keys[member] { return key }
    return [
      member.reduce(into: "") { text, letter in
        text += letter.isUppercase ? "_" + letter.lowercased() : String(letter)
      }
    ]
  }

  private static func differing(_ one: Any, _ other: Any) -> [String] {
    let before = Mirror(reflecting: one).children
    let after = Dictionary(
      Mirror(reflecting: other).children.compactMap { child in
        child.label.map { ($0, String(reflecting: child.value)) }
      }
    ) { first, _ in first }
    return before.compactMap { child in
      guard let label = child.label, !derived.contains(label),
        after[label] != String(reflecting: child.value)
      else { return nil }
      return label
    }
  }

  private static func losses(
    from study: StudyDefinition, to back: StudyDefinition
  ) -> [(name: String, member: String)] {
    var found: [(name: String, member: String)] = []
    func note(_ name: String, _ members: [String]) {
      found += members.map { (name: name, member: $0) }
    }
    for visit in study.visits {
      guard let other = back.visit(visit.code) else {
        note("visits", ["visits"])
        continue
      }
      note("\(visit.code)", differing(visit, other))
    }
    for form in study.forms {
      guard let other = back.form(form.id) else {
        note(form.id.text, ["forms"])
        continue
      }
      note(form.id.text, differing(form, other))
      for field in form.fields {
        let place = "\(form.id).\(field.id)"
        guard let later = other.field(field.id) else {
          note(place, ["field"])
          continue
        }
        note(place, differing(field, later))
      }
      var rest = other.checks
      for check in form.checks {
        let same =
          rest.firstIndex { differing(check, $0).isEmpty }
          ?? rest.firstIndex { $0.condition == check.condition && $0.field == check.field }
        guard let same else {
          note(check.code, ["check"])
          continue
        }
        note(check.code, differing(check, rest.remove(at: same)))
      }
    }
    return found
  }

  private static func untold(_ study: StudyDefinition, _ format: ExportFormat) throws -> [String] {
    let export = StudyExport(
      study, as: format, at: try UTCInstant(parsing: "2026-11-26T02:00:00Z"))
    let draft = try StudyImport(Array(export.text.utf8), name: "again")
    let back = try #require(draft.study)
    // Where a formula goes with a field it reads is told on the way back, by the name of the variable.
    let told = Set(
      (export.report.leftOut + export.report.repaired + draft.report.leftOut).map {
        $0.name.lowercased().replacing(".", with: "_")
      })
    return Set(
      losses(from: study, to: back).filter { loss in
        let place = loss.name.lowercased().replacing(".", with: "_")
        let field = loss.name.split(separator: ".").last.map { $0.lowercased() } ?? ""
        // Who may know why a form was not done follows from who enters it.
        let isReason = field == FormHeader.reasonField && loss.member == "dataClass"
        if isReason, told.contains("entered_by") { return false }
        return !told.contains(place) && told.isDisjoint(with: key(loss.member))
          && !(loss.member == "field" && told.contains(field))
      }.map { "\($0.name): \($0.member)" }
    ).sorted()
  }

  @Test(arguments: ExportFormat.allCases)
  func `what KAP-ECT loses on the way out and back is named`(_ format: ExportFormat) throws {
    let untold = try Self.untold(try Files.study(Files.studies[0]), format)
    #expect(untold.isEmpty, "\(untold.count): \(untold.prefix(40))")
  }

  @Test func `checks come back from ODM with code, severity and words`() throws {
    let study = try Files.study(Files.studies[0])
    let export = StudyExport(study, as: .odm, at: try UTCInstant(parsing: "2026-11-26T02:00:00Z"))
    let back = try #require(try StudyImport(Array(export.text.utf8), name: "again").study)
    var kinds: Set<FaultKind> = []
    for form in study.forms {
      let carried = form.checks.filter { check in
        check.field != nil
          && !check.condition.references.contains { $0.description == "FACT.arm" }
      }
      kinds.formUnion(carried.map(\.kind))
      func words(_ checks: [EditCheck]) -> [String] {
        checks.map { "\($0.code) \($0.kind) \($0.afterHours ?? 0) \($0.sentence)" }.sorted()
      }
      #expect(words(back.form(form.id)?.checks ?? []) == words(carried), "\(form.id)")
    }
    #expect(kinds == Set(FaultKind.allCases))
  }

  @Test(arguments: ExportFormat.allCases)
  func `what a form or a check says beyond its answers is named`(_ format: ExportFormat) throws {
    let study = try Files.study(Files.studies[0])
    let report = StudyExport(
      study, as: format, at: try UTCInstant(parsing: "2026-11-26T02:00:00Z")
    ).report
    for name in [
      "about", "withdrawal_level", "disclosure", "followed_up", "sets", "prompt",
      "declassified_because",
    ] {
      #expect(report.leftOut.contains { $0.name == name }, "\(name)")
    }
  }
}
