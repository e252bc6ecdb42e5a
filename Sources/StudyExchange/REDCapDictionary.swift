/// One variable of a REDCap project, whichever file it was read from.
struct REDCapVariable {
  var name = ""
  var form = ""
  var formTitle = ""
  var section = ""
  var type = ""
  var label = ""
  /// Code and words.
  var choices: [(code: String, label: String)] = []
  /// The formula of a calculation, the labels of a slider.
  var formula = ""
  var note = ""
  var validation = ""
  var least = ""
  var most = ""
  var isIdentifier = false
  var branching = ""
  var isRequired = false
  var matrix = ""
  var annotation = ""
}

/// The variables of a project in order, with its events.
struct REDCapProject {
  var title = ""
  var variables: [REDCapVariable] = []
  var visits: [DraftVisit] = []
  var arms: [DraftArm] = []
  var repeatingForms: Set<String> = []
  var missingCodes = ""
  /// The variable that holds the record's own name.
  var recordName: String?
}

/// Reads the data dictionary, a table of a row for each variable.
enum REDCapDictionary {
  /// The columns, each under the title of the page and the one of the programming interface.
  private static let columns: [(title: String, name: String)] = [
    ("variable / field name", "field_name"), ("form name", "form_name"),
    ("section header", "section_header"), ("field type", "field_type"),
    ("field label", "field_label"),
    ("choices, calculations, or slider labels", "select_choices_or_calculations"),
    ("field note", "field_note"),
    (
      "text validation type or show slider number", "text_validation_type_or_show_slider_number"
    ),
    ("text validation min", "text_validation_min"),
    ("text validation max", "text_validation_max"), ("identifier?", "identifier"),
    ("branching logic (show field only if...)", "branching_logic"),
    ("required field?", "required_field"), ("custom alignment", "custom_alignment"),
    ("question number (surveys only)", "question_number"),
    ("matrix group name", "matrix_group_name"), ("matrix ranking?", "matrix_ranking"),
    ("field annotation", "field_annotation"),
  ]

  /// The titles of the columns in REDCap's order.
  static let titles = [
    "Variable / Field Name", "Form Name", "Section Header", "Field Type", "Field Label",
    "Choices, Calculations, OR Slider Labels", "Field Note",
    "Text Validation Type OR Show Slider Number", "Text Validation Min", "Text Validation Max",
    "Identifier?", "Branching Logic (Show field only if...)", "Required Field?",
    "Custom Alignment", "Question Number (surveys only)", "Matrix Group Name",
    "Matrix Ranking?", "Field Annotation",
  ]

  static func project(
    of bytes: [UInt8], report: inout ExchangeReport
  ) throws(ExchangeRefusal) -> REDCapProject {
    let table = try CSVTable(bytes, report: &report)
    guard let head = table.rows.first else { throw ExchangeRefusal("The table is empty.") }
    let places = try places(of: head.cells, &report)
    var project = REDCapProject()
    var seen: Set<String> = []
    for row in table.rows.dropFirst() {
      var cells = row.cells
      while cells.count > head.cells.count, WrittenText.trimmed(cells.last ?? "").isEmpty {
        cells.removeLast()
      }
      guard cells.count <= head.cells.count else {
        report.omit(
          "line \(row.line)",
          "the row, since it has \(cells.count) cells for \(head.cells.count) columns; quote the "
            + "text that holds a comma.")
        continue
      }
      if cells.count < head.cells.count {
        report.repair(
          "line \(row.line)",
          "has \(cells.count) cells for \(head.cells.count) columns; the others count as empty.")
      }
      func cell(_ name: String) -> String {
        guard let place = places[name], place < cells.count else { return "" }
        return WrittenText.trimmed(cells[place])
      }
      guard !cell("field_name").isEmpty else {
        report.omit("line \(row.line)", "the row, since it names no variable.")
        continue
      }
      guard seen.insert(cell("field_name")).inserted else {
        report.omit(
          cell("field_name"), "the variable on line \(row.line), since it was named before.")
        continue
      }
      project.variables.append(variable(cell, line: row.line, &report))
    }
    guard !project.variables.isEmpty else {
      throw ExchangeRefusal("The data dictionary has columns and no variable.")
    }
    project.title = "REDCap project"
    project.recordName = project.variables[0].name
    return project
  }

  private static func places(
    of head: [String], _ report: inout ExchangeReport
  ) throws(ExchangeRefusal) -> [String: Int] {
    var places: [String: Int] = [:]
    for (place, title) in head.enumerated() {
      let title = WrittenText.lowercased(title)
      guard let column = columns.first(where: { $0.title == title || $0.name == title }) else {
        if !title.isEmpty { report.omit(title, "the column, which no data dictionary has.") }
        continue
      }
      if places[column.name] == nil { places[column.name] = place }
    }
    let needed = ["field_name", "form_name", "field_type", "field_label"]
    let missing = needed.filter { places[$0] == nil }
    guard missing.isEmpty else {
      throw ExchangeRefusal(
        "The table is not a data dictionary of REDCap: it lacks the columns "
          + missing.joined(separator: ", ")
          + ". Download it from “Data Dictionary” of the project.")
    }
    return places
  }

  private static func variable(
    _ cell: (String) -> String, line: Int, _ report: inout ExchangeReport
  ) -> REDCapVariable {
    var variable = REDCapVariable()
    variable.name = cell("field_name")
    variable.form = cell("form_name")
    if variable.form.isEmpty {
      report.repair(variable.name, "names no form and stands on the form “unnamed”.")
      variable.form = "unnamed"
    }
    variable.formTitle = title(of: variable.form)
    variable.section = cell("section_header")
    variable.type = cell("field_type").lowercased()
    variable.label = cell("field_label")
    let choices = cell("select_choices_or_calculations")
    switch variable.type {
    case "radio", "dropdown", "select", "checkbox":
      variable.choices = Self.choices(choices, of: variable.name, &report)
    default: variable.formula = choices
    }
    variable.note = cell("field_note")
    variable.validation = cell("text_validation_type_or_show_slider_number").lowercased()
    variable.least = cell("text_validation_min")
    variable.most = cell("text_validation_max")
    variable.isIdentifier = isYes(cell("identifier"))
    variable.branching = cell("branching_logic")
    variable.isRequired = isYes(cell("required_field"))
    variable.matrix = cell("matrix_group_name")
    variable.annotation = cell("field_annotation")
    return variable
  }

  static func isYes(_ text: String) -> Bool { ["y", "yes", "1"].contains(text.lowercased()) }

  /// `baseline_data` as a title: Baseline data.
  static func title(of name: String) -> String {
    let words = name.replacing("_", with: " ")
    return words.prefix(1).uppercased() + words.dropFirst()
  }

  /// The choices of `1, Yes | 2, No`.
  static func choices(
    _ text: String, of name: String, _ report: inout ExchangeReport
  ) -> [(code: String, label: String)] {
    var choices: [(code: String, label: String)] = []
    for part in text.split(whereSeparator: { $0 == "|" || $0.isNewline }) {
      let part = WrittenText.trimmed(part)
      guard !part.isEmpty else { continue }
      guard let comma = part.firstIndex(of: ",") else {
        report.repair(name, "the choice “\(WrittenText.cut(part, 40))” has no code of its own.")
        choices.append((part, part))
        continue
      }
      let code = WrittenText.trimmed(part[..<comma])
      let label = WrittenText.trimmed(part[part.index(after: comma)...])
      choices.append((code, label.isEmpty ? code : label))
    }
    return choices
  }
}
