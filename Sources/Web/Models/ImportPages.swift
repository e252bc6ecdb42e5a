import Conduct
import Pages
import Store
import StudyModel

/// A file of data: asked for, tried, read row by row, and saved whole.
enum ImportPages {
  private static let back = Link(text: "Home", href: "/")

  /// The file as a page or a program sends it.
  static func file(_ value: (String) -> String?) throws(ActRefusal) -> DataFile {
    guard let form = try? FormID(parsing: value("form") ?? "") else {
      throw .invalid([
        Conduct.Fault(
          field: "form", code: "not_chosen", sentence: "Choose the form. Nothing was imported.")
      ])
    }
    let visit = value("visit").flatMap { $0.isEmpty ? nil : $0 }
    let code = visit.flatMap { try? VisitCode(parsing: $0) }
    guard visit == nil || code != nil else {
      throw .invalid([
        Conduct.Fault(
          field: "visit", code: "bad_visit",
          sentence: "There is no such visit. Nothing was imported.")
      ])
    }
    return DataFile(
      name: value("name") ?? "", bytes: Array((value("csv") ?? "").utf8), form: form, visit: code,
      mapping: value("mapping") ?? "", reason: value("reason") ?? "")
  }

  private static func fields(_ call: Call, _ actor: Actor, _ faults: [Pages.Fault]) -> [EntryField]
  {
    func told(_ field: String) -> String {
      faults.filter { $0.field == field }.prefix(20).map(\.sentence).joined(separator: " ")
    }
    return [
      EntryField(
        name: "form", label: "Form",
        control: .code(
          choices: call.installation.importableForms(as: actor).map {
            Choice(code: $0.id.text, label: "\($0.id) \($0.title)")
          }, selected: call.form["form"] ?? ""), fault: told("form")),
      EntryField(
        name: "visit", label: "Visit of every row",
        control: .text(text: call.form["visit"] ?? "", maximum: 12),
        hint: "Left empty where a column “visit” tells it.", isOptional: true, fault: told("visit")),
      EntryField(
        name: "name", label: "Name of the file",
        control: .text(text: call.form["name"] ?? "", maximum: 200),
        hint: "Kept with every value.", fault: told("name")),
      EntryField(
        name: "mapping", label: "Columns that are called otherwise",
        control: .lines(text: call.form["mapping"] ?? "", maximum: 4000),
        hint: "A line each: column = field, column = participant, or column = - to leave it out.",
        isOptional: true, fault: told("mapping")),
      EntryField(
        name: "reason", label: "Why values change that were submitted",
        control: .text(text: call.form["reason"] ?? "", maximum: 200),
        hint: "Needed only where the file changes some.", isOptional: true, fault: told("reason")),
      EntryField(
        name: "csv", label: "The table, as CSV with a header",
        control: .lines(
          text: (call.form["csv"] ?? "").replacing("\r\n", with: "\n"), maximum: 900_000),
        hint: "Up to 900,000 characters; larger files by the command or in parts.",
        fault: told("file")),
    ]
  }

  static func form(_ call: Call, faults: [Pages.Fault] = []) async throws -> ListPageModel {
    let actor = try call.actor
    let known = try await call.installation.imports(as: actor)
    let zone = call.site.zone(of: actor)
    return ListPageModel(
      frame: call.site.frame(for: call), back: back, title: "Import data",
      lead: "A file is tried first: you see what becomes of every row before anything is saved.",
      tables: [
        DataTable(
          caption: "Files imported before, \(known.count)",
          columns: ["File", "Form", "Rows", "By"].map { DataColumn(title: $0) },
          rows: known.map {
            DataRow(cells: [
              $0.fileName, $0.form, String($0.rows), "\($0.name), \(Times.full($0.at, zone))",
            ])
          }, empty: "No file was imported in your reach.")
      ],
      acts: [
        ActForm(
          form: call.target("/import"), button: "Try the file",
          whatHappens: ["Every row is checked like a form that is typed. Nothing is saved."],
          fields: fields(call, actor, faults), authentication: .notNeeded, title: "Which file")
      ],
      faults: faults.map {
        $0.field == "file" ? Pages.Fault(field: "csv", sentence: $0.sentence) : $0
      })
  }

  /// The file as it was typed: browsers send every line break as two signs.
  private static func typed(_ call: Call) throws(ActRefusal) -> DataFile {
    try file { name in
      name == "csv" ? call.form[name]?.replacing("\r\n", with: "\n") : call.form[name]
    }
  }

  static func tried(_ call: Call) async throws -> Answer {
    let actor = try call.actor
    do {
      let report = try await call.installation.tryImport(
        try typed(call), as: actor)
      return .page(report.page(call, fields(call, actor, [])).page())
    } catch ActRefusal.invalid(let faults) {
      return .page(try await form(call, faults: faults.map(\.shown)).page(), status: 422)
    }
  }

  static func save(_ call: Call) async throws -> String {
    _ = try await call.installation.importData(
      try typed(call), digest: call.form["_version"] ?? "", as: try call.actor)
    return "/import"
  }
}

extension ImportReport {
  /// The report as a page, with the confirmation where the file can be saved as it is.
  fileprivate func page(_ call: Call, _ fields: [EntryField]) -> ListPageModel {
    var target = call.target("/import/save")
    target.version = digest
    return ListPageModel(
      frame: call.site.frame(for: call), back: Link(text: "Import data", href: "/import"),
      title: "What becomes of the file",
      lead: isAcceptable
        ? "Nothing is saved yet."
        : known.isEmpty
          ? "Nothing is saved: the file is taken whole or not at all." : known,
      facts: [
        Fact(name: "Rows", value: String(rows.count)),
        Fact(name: "New", value: String(count(.new))),
        Fact(name: "Changed", value: String(count(.changed))),
        Fact(name: "Same as saved", value: String(count(.same))),
        Fact(name: "Refused", value: String(count(.refused))),
        Fact(name: "SHA-256", value: digest),
      ],
      tables: [
        DataTable(
          caption: "Rows, \(rows.count)",
          columns: ["Row", "Participant", "Visit", "Becomes", "What is said"].map {
            DataColumn(title: $0)
          },
          rows: rows.prefix(2000).map {
            DataRow(cells: [
              String($0.line), $0.participant,
              $0.number == 1 ? $0.visit : "\($0.visit) \($0.number)", $0.outcome.rawValue,
              $0.sentences.joined(separator: " "),
            ])
          }, note: rows.count > 2000 ? "The first 2000 rows." : "")
      ],
      acts: isAcceptable
        ? [
          ActForm(
            form: target, button: "Import the file",
            whatHappens: [
              "\(count(.new)) entries are made and \(count(.changed)) changed, each with file and row.",
              "Checks that ask open data queries, as if the form had been typed.",
            ],
            cannotBeUndone:
              "This cannot be undone, but each value can be corrected with a reason.",
            fields: fields, authentication: .notNeeded, title: "Import")
        ] : [], actsLast: true)
  }
}
