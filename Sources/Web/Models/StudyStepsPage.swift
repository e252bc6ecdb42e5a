import Conduct
import Pages
import StudyModel

/// Where the study stands, and the steps the reader may take.
enum StudyStepsPage {
  static func show(_ call: Call, faults: [Pages.Fault] = []) async throws -> ListPageModel {
    let actor = try call.actor
    let found = try await call.installation.studySteps(as: actor)
    return ListPageModel(
      frame: call.site.frame(for: call), back: Link(text: "Home", href: "/"),
      title: "State of the study",
      lead: found.steps.isEmpty ? "No step is yours to take now." : "",
      facts: [
        Fact(name: "State", value: found.title),
        Fact(name: "Version", value: actor.definition.version),
      ],
      tables: found.steps.filter { !$0.lacks.isEmpty }.map { step in
        DataTable(
          caption: "Missing before the study is “\(step.title)”",
          columns: [DataColumn(title: "What is missing")],
          rows: step.lacks.map { DataRow(cells: [$0]) })
      },
      acts: found.steps.filter(\.lacks.isEmpty).map { step in
        ActForm(
          form: target(call, step), button: "Study: \(step.title)",
          whatHappens: step.sentence.isEmpty
            ? ["The study is “\(step.title)” from now on."] : [step.sentence],
          fields: [
            EntryField(
              name: "reason", label: "Reason",
              control: .text(text: call.form["reason"] ?? "", maximum: 200),
              isOptional: !step.needsReason)
          ], authentication: .notNeeded, title: "Step to “\(step.title)”")
      }, faults: faults)
  }

  private static func target(_ call: Call, _ step: StudyStep) -> FormTarget {
    var target = call.target("/study/move")
    target.kept = [KeptValue(name: "to", value: step.target.rawValue)]
    return target
  }

  static func move(_ call: Call) async throws -> String {
    try await call.installation.moveStudy(
      to: try state(call.form["to"]), reason: call.form["reason"] ?? "", as: try call.actor)
    return "/study?note=moved"
  }

  /// The state a step leads to, as it is sent.
  static func state(_ text: String?) throws(ActRefusal) -> StudyState {
    guard let state = text.flatMap(StudyState.init(rawValue:)) else {
      throw .invalid([
        Conduct.Fault(
          field: "to", code: "bad_state",
          sentence: "There is no such state of a study. Nothing was changed.")
      ])
    }
    return state
  }
}
