import Conduct
import Foundation
import Pages
import Store
import StudyModel

/// A file of data: asked for, tried, read row by row, and saved whole.
enum ImportPages {
  private static let back = Link(text: "Home", href: "/")

  /// Files as a page or a program sends them: each of the form that is chosen, or that its name begins with.
  ///
  /// - Parameter value: what is said about all of them.
  static func files(
    _ found: [(name: String, bytes: [UInt8])], _ call: Call, _ value: (String) -> String?
  ) throws -> [DataFile] {
    let visit = value("visit").flatMap { $0.isEmpty ? nil : $0 }
    let code = visit.flatMap { try? VisitCode(parsing: $0) }
    guard visit == nil || code != nil else {
      throw ActRefusal.invalid([
        Conduct.Fault(
          field: "visit", code: "bad_visit",
          sentence: "There is no such visit. Nothing was imported.")
      ])
    }
    let actor = try call.actor
    let chosen = value("form").flatMap { $0.isEmpty ? nil : $0 }
    return try found.map { file in
      let form =
        chosen.map { try? FormID(parsing: $0) }
        ?? call.installation.importableForm(namedBy: file.name, as: actor)
      guard let form else {
        throw ActRefusal.invalid([
          Conduct.Fault(
            field: "form", code: "not_chosen",
            sentence:
              "Choose the form, or begin the name of the file with it, such as VS-march.csv. Nothing was "
              + "imported.")
        ])
      }
      return DataFile(
        name: file.name, bytes: file.bytes, form: form, visit: code,
        mapping: value("mapping") ?? "", reason: value("reason") ?? "")
    }
  }

  private static func fields(_ call: Call, _ actor: Actor, _ faults: [Pages.Fault]) -> [EntryField]
  {
    func told(_ field: String) -> String {
      faults.filter { $0.field == field }.prefix(20).map(\.sentence).joined(separator: " ")
    }
    return [
      EntryField(
        name: "files", label: "Files, CSV with a header",
        control: .files(accepted: ".csv,text/csv"),
        hint: "One or several, at most 10 MiB together; they are taken all or none.",
        isOptional: true, fault: told("file")),
      EntryField(
        name: "form", label: "Form",
        control: .code(
          choices: [
            Choice(code: "", label: "As the name of each file begins, such as VS-march.csv")
          ]
            + call.installation.importableForms(as: actor).map {
              Choice(code: $0.id.text, label: $0.title)
            }, selected: call.form["form"] ?? ""), fault: told("form")),
      EntryField(
        name: "visit", label: "Visit of every row",
        control: .text(text: call.form["visit"] ?? "", maximum: 12),
        hint: "Left empty where a column “visit” tells it, and for a form about a site.",
        isOptional: true, fault: told("visit")),
      EntryField(
        name: "name", label: "Name of the pasted table",
        control: .text(text: call.form["name"] ?? "", maximum: 200),
        hint: "Kept with every value. A file keeps its own name.", isOptional: true,
        fault: told("name")),
      EntryField(
        name: "mapping", label: "Columns that are called otherwise",
        control: .lines(text: call.form["mapping"] ?? "", maximum: 4000),
        hint:
          "A line each: column = field, column = participant (site, of a form about one), or column = - to leave it out.",
        isOptional: true, fault: told("mapping")),
      EntryField(
        name: "reason", label: "Why values change that were submitted",
        control: .text(text: call.form["reason"] ?? "", maximum: 200),
        hint: "Needed only where the file changes some.", isOptional: true, fault: told("reason")),
      EntryField(
        name: "csv", label: "Or the table pasted, as CSV with a header",
        control: .lines(
          text: (call.form["csv"] ?? "").replacing("\r\n", with: "\n"), maximum: 900_000),
        hint: "Up to 900,000 characters.", isOptional: true, fault: told("csv")),
    ]
  }

  static func form(_ call: Call, faults: [Pages.Fault] = []) async throws -> ListPageModel {
    let actor = try call.actor
    let known = try await call.installation.imports(as: actor)
    let zone = call.site.zone(of: actor)
    return ListPageModel(
      frame: call.site.frame(for: call), back: back, title: "Import data",
      lead: "Files are tried first: you see what becomes of every row before anything is saved.",
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
        $0.field == "file" ? Pages.Fault(field: "files", sentence: $0.sentence) : $0
      })
  }

  private static let mostBytes = 10 << 20

  /// What was uploaded or pasted; browsers send every line break of a box as two signs.
  private static func sent(_ call: Call) throws(ActRefusal) -> [(name: String, bytes: [UInt8])] {
    func refused(_ field: String, _ sentence: String) -> ActRefusal {
      .invalid([Conduct.Fault(field: field, code: "no_file", sentence: sentence)])
    }
    var found = call.uploads.filter { $0.field == "files" }.map { ($0.name, $0.bytes) }
    let pasted = (call.form["csv"] ?? "").replacing("\r\n", with: "\n")
    if !pasted.isEmpty { found.append((call.form["name"] ?? "", Array(pasted.utf8))) }
    guard !found.isEmpty else {
      throw refused("file", "Choose a file, or paste a table. Nothing was imported.")
    }
    guard found.reduce(0, { $0 + $1.1.count }) <= mostBytes else {
      throw refused(
        "file",
        "The files hold more than 10 MiB; divide them, or use the command or the API. Nothing was "
          + "imported.")
    }
    return found
  }

  /// What was tried, byte for byte as it was then: a box would change the ends of lines.
  private static func kept(_ call: Call) throws(ActRefusal) -> [(name: String, bytes: [UInt8])] {
    let names = call.form.all("_file_name")
    let files = call.form.all("_file").map { Data(base64Encoded: $0).map(Array.init) }
    guard !names.isEmpty, names.count == files.count, !files.contains(nil) else {
      throw .notNow(
        code: "other_file",
        sentence: "This is not the file that was tried. Try it again. Nothing was imported.")
    }
    return zip(names, files).map { ($0, $1 ?? []) }
  }

  static func tried(_ call: Call) async throws -> Answer {
    let actor = try call.actor
    do {
      let found = try sent(call)
      let report = try await call.installation.tryImport(
        try files(found, call) { call.form[$0] }, as: actor)
      var target = call.target("/import/save")
      target.version = report.digest
      target.isLong = true
      target.kept = ["form", "visit", "mapping", "reason"].map {
        KeptValue(name: $0, value: call.form[$0] ?? "")
      }
      if report.isAcceptable {
        target.kept += found.flatMap {
          [
            KeptValue(name: "_file_name", value: $0.name),
            KeptValue(name: "_file", value: Data($0.bytes).base64EncodedString()),
          ]
        }
      }
      return .page(report.page(call, target).page())
    } catch ActRefusal.invalid(let faults) {
      return .page(try await form(call, faults: faults.map(\.shown)).page(), status: 422)
    }
  }

  static func save(_ call: Call) async throws -> String {
    _ = try await call.installation.importData(
      try files(try kept(call), call) { call.form[$0] }, digest: call.form["_version"] ?? "",
      as: try call.actor)
    return "/import?note=imported"
  }
}

extension ImportReport {
  /// Whether every row is about a site, as far as the file names it.
  private var isAboutSites: Bool {
    !rows.isEmpty && rows.allSatisfy { $0.visit == VisitCode.site.text }
  }

  /// The report as a page, with the confirmation where the file can be saved as it is.
  fileprivate func page(_ call: Call, _ target: FormTarget) -> ListPageModel {
    ListPageModel(
      frame: call.site.frame(for: call), back: Link(text: "Import data", href: "/import"),
      title: files.count == 1 ? "What becomes of the file" : "What becomes of the files",
      lead: isAcceptable
        ? "Nothing is saved yet."
        : known.isEmpty
          ? "Nothing is saved: files are taken whole or not at all." : known,
      facts: [
        Fact(
          name: files.count == 1 ? "File" : "Files",
          value: files.map { $0.isEmpty ? "pasted" : $0 }.joined(separator: ", ")),
        Fact(name: "Rows", value: String(rows.count)),
        Fact(name: "New", value: String(count(.new))),
        Fact(name: "Changed", value: String(count(.changed))),
        Fact(name: "Same as saved", value: String(count(.same))),
        Fact(name: "Refused", value: String(count(.refused))),
        Fact(name: "Digest of files, choices and rows", value: digest),
      ],
      tables: [
        DataTable(
          caption: "Rows, \(rows.count)",
          columns: [
            "File and row", isAboutSites ? "Site" : "Participant", "Form and visit", "Becomes",
            "What is said",
          ].map {
            DataColumn(title: $0)
          },
          rows: rows.prefix(2000).map {
            DataRow(cells: [
              files.count == 1 ? String($0.line) : "\($0.file), \($0.line)", $0.participant,
              "\($0.form) \($0.visit)" + ($0.number == 1 ? "" : " \($0.number)"),
              $0.outcome.rawValue,
              $0.sentences.joined(separator: " "),
            ])
          }, note: rows.count > 2000 ? "The first 2000 rows." : "")
      ],
      acts: isAcceptable
        ? [
          ActForm(
            form: target, button: files.count == 1 ? "Import the file" : "Import the files",
            whatHappens: [
              "\(count(.new)) entries are made and \(count(.changed)) changed, each with file and row.",
              "Checks that ask open data queries, as if the form had been typed.",
            ],
            cannotBeUndone:
              "This cannot be undone, but each value can be corrected with a reason.",
            authentication: .notNeeded, title: "Import")
        ] : [], actsLast: true)
  }
}
