import Pages
import Store
import StudyModel
import Web

/// A definition as one file that shows its calendar and its forms before anything is live.
struct StudyPreview {
  private let study: StudyDefinition

  init(_ study: StudyDefinition) { self.study = study }

  /// The file as UTF-8; the same definition gives the same bytes.
  var file: [UInt8] {
    let style = EmbeddedAssets.all.first { $0.name == "style.css" }?.bytes ?? []
    return StandaloneReport(model, styleSheet: String(decoding: style, as: UTF8.self)).file()
  }

  private var model: StudyPreviewModel {
    StudyPreviewModel(
      frame: PageFrame(study: study.title, place: "preview of a definition"),
      lead: [
        study.key, "protocol \(study.protocolNumber)", "version \(study.version)",
        TerminalText.count(study.arms.count, "arm"), TerminalText.count(study.forms.count, "form"),
      ],
      calendars: [
        calendar("Visits that everybody knows", study.visits.filter { $0.dataClass == .open }),
        calendar(
          "Visits of treatment, unknown to blinded people",
          study.visits.filter { $0.dataClass != .open }),
      ].filter { !$0.rows.isEmpty },
      forms: study.forms.map(preview), further: [alerts, deviations, populations, visibility])
  }

  // MARK: Calendar

  private func calendar(_ caption: String, _ visits: [Visit]) -> DataTable {
    DataTable(
      caption: caption,
      columns: ["Visit", "Name", "Day", "Window", "Arms", "Place", "Forms"].map {
        DataColumn(title: $0)
      },
      rows: visits.map { visit in
        DataRow(cells: [
          visit.code.text, visit.title, visit.targetDay.map(String.init) ?? "–", window(visit),
          arms(visit.arms), visit.place,
          study.forms(at: visit.code).map(\.id.text).joined(separator: ", "),
        ])
      })
  }

  private func window(_ visit: Visit) -> String {
    var parts: [String] = []
    if let window = visit.window { parts.append("\(window.lowerBound) to \(window.upperBound)") }
    if let after = visit.after {
      parts.append(
        "\(after.days.lowerBound) to \(after.days.upperBound) days after \(after.visit)")
    }
    if let latest = visit.latestDay { parts.append("day \(latest) at the latest") }
    return parts.isEmpty ? "when needed" : parts.joined(separator: ", ")
  }

  private func arms(_ arms: [ArmCode]) -> String {
    arms.isEmpty ? "all" : arms.map(\.text).joined(separator: ", ")
  }

  // MARK: Forms

  private func preview(_ form: Form) -> StudyPreviewModel.FormPreview {
    StudyPreviewModel.FormPreview(
      id: form.id.text, title: form.title,
      facts: [
        Fact(name: "Class", value: form.dataClass.rawValue),
        Fact(name: "Visits", value: words(form.visits.map(\.text), none: "when needed")),
        Fact(name: "Arms", value: arms(form.arms)),
        Fact(
          name: "Entered by",
          value: words(form.enteredBy.compactMap { study.role($0)?.title }, none: "the system")),
        Fact(
          name: "Signed by",
          value: words(form.signedBy.compactMap { study.role($0)?.title }, none: "nobody")),
        Fact(name: "Repeats", value: repeats(form)),
      ], asked: BlankForm.sections(of: form),
      sections: form.sections.map { section in
        DataTable(
          caption: section.title,
          columns: ["Field", "Question", "Answer", "Unit", "Asked", "Class"].map {
            DataColumn(title: $0)
          }, rows: section.fields.map { row($0, form) })
      }, checks: checks(form))
  }

  private func words(_ words: [String], none: String) -> String {
    words.isEmpty ? none : words.joined(separator: ", ")
  }

  private func repeats(_ form: Form) -> String {
    guard form.isRepeating else { return "no" }
    guard let planned = form.planned else { return "as often as needed" }
    let order = planned.isShuffled ? ", in an order drawn for each participant" : ""
    return "\(planned.field): \(planned.values.joined(separator: ", "))\(order)"
  }

  private func row(_ field: Field, _ form: Form) -> DataRow {
    DataRow(cells: [
      field.id.text, field.label + (field.hint.map { " (\($0))" } ?? ""), answer(field),
      field.unit ?? "", asked(field), form.dataClass(of: field).rawValue,
    ])
  }

  private func asked(_ field: Field) -> String {
    if field.isCalculated { return "computed" }
    switch field.required {
    case .required: return "required"
    case .optional: return "optional"
    case .conditional: return "required under a condition"
    }
  }

  private func answer(_ field: Field) -> String {
    switch field.type {
    case .integer(let range):
      "whole number" + (range.map { " \($0.lowerBound) to \($0.upperBound)" } ?? "")
    case .decimal(_, let scale, let range):
      "number with \(scale) decimals"
        + (range.map { ", \($0.lowerBound) to \($0.upperBound)" } ?? "")
    case .boolean: "Yes or No"
    case .code(let items): "one of: " + items.map(\.label).joined(separator: "; ")
    case .multi(let items): "any of: " + items.map(\.label).joined(separator: "; ")
    case .date: "date"
    case .partialDate: "date, month or year"
    case .time: "time"
    case .dateTime: "date and time"
    case .text(let most): "text of at most \(most) characters"
    case .userReference(let roles): "person: " + roles.map(\.text).joined(separator: ", ")
    case .calculated: "worked out by the system"
    }
  }

  private func checks(_ form: Form) -> DataTable {
    DataTable(
      caption: "Checks of \(form.id)",
      columns: ["Code", "Effect", "Sentence", "May be shown to readers of"].map {
        DataColumn(title: $0)
      },
      rows: form.checks.map { check in
        DataRow(cells: [
          check.code, effect(check.kind), check.sentence, check.inputClass.rawValue,
        ])
      })
  }

  private func effect(_ kind: FaultKind) -> String {
    switch kind {
    case .hard: "refuses the entry"
    case .query: "opens a data query"
    case .warning: "is shown to the writer"
    }
  }

  // MARK: Plan

  private func table(_ caption: String, _ columns: [String], _ rows: [[String]]) -> DataTable {
    DataTable(
      caption: caption, columns: columns.map { DataColumn(title: $0) },
      rows: rows.map { DataRow(cells: $0) })
  }

  private var alerts: DataTable {
    table(
      "Alerts", ["Alert", "Title", "To", "Existence to", "Within", "Then to"],
      study.alerts.map { alert in
        [
          alert.id, alert.title, alert.recipients.map(\.text).joined(separator: ", "),
          alert.existenceOnly.map(\.text).joined(separator: ", "), deadline(alert.deadline),
          alert.escalatedTo.map(\.text).joined(separator: ", "),
        ]
      })
  }

  private func deadline(_ deadline: AlertDeadline) -> String {
    switch deadline {
    case .atOnce: "at once"
    case .minutes(let minutes): TerminalText.count(minutes, "minute")
    case .sameDay: "the same day"
    case .nextWorkingDay: "the next working day"
    }
  }

  private var deviations: DataTable {
    table(
      "Deviations", ["Type", "Meaning", "Weight", "Classes", "Excludes"],
      study.deviations.map { type in
        [
          type.id, type.title, type.importance.rawValue,
          type.classes.map(\.rawValue).joined(separator: ", "),
          type.exclusion.rawValue.replacing("_", with: " "),
        ]
      })
  }

  private var populations: DataTable {
    table(
      "Populations", ["Flag", "Meaning", "Class"],
      study.populations.map { [$0.id.text, $0.title, $0.dataClass.rawValue] })
  }

  private var visibility: DataTable {
    table(
      "Who may do what", ["Data", "Forms", "Rights"],
      study.visibility.map { group in
        [
          group.title, group.forms.map(\.text).joined(separator: ", "),
          group.rights.sorted { $0.key < $1.key }.map { role, rights in
            "\(role): "
              + rights.map { $0.rawValue.replacing("_", with: " ") }.sorted()
              .joined(separator: " ")
          }.joined(separator: "; "),
        ]
      })
  }
}
