import Conduct
import Foundation
import Pages
import Store
import StudyModel

/// The words of instruments: what is loaded, a file tried and loaded, an earlier text shown again.
enum TextPages {
  private static let home = Link(text: "Home", href: "/")
  private static let back = Link(text: "Item texts", href: "/texts")

  static func list(_ call: Call, faults: [Pages.Fault] = []) async throws -> ListPageModel {
    let actor = try call.actor
    let found = try await call.installation.instrumentTexts(as: actor)
    let zone = call.site.zone(of: actor)
    return ListPageModel(
      frame: call.site.frame(for: call), back: home, title: "Item texts",
      lead:
        "The words of questions and answers, loaded once their owner permitted it. Without them, numbers "
        + "and short labels are shown.",
      tables: [
        DataTable(
          caption: "Instruments, \(found.count)",
          columns: ["Instrument", "Licence", "Shown", "File to fill in"].map {
            DataColumn(title: $0)
          },
          rows: found.map { one in
            DataRow(cells: [
              "\(one.instrument.id) \(one.instrument.title)", words(one.instrument.licence),
              one.shown.isEmpty
                ? "short labels"
                : one.shown.map { "\($0.language) version \($0.version)" }
                  .joined(separator: ", "),
              one.instrument.licence == .subtotals
                ? "none" : "/texts/\(one.instrument.id)/template.csv",
            ])
          }),
        DataTable(
          caption: "Texts loaded, \(found.reduce(0) { $0 + $1.versions.count })",
          columns: ["Text", "Permission", "By", "State"].map { DataColumn(title: $0) },
          rows: found.flatMap { one in
            one.versions.reversed().map { row($0, in: one, zone) }
          }, empty: "No text is loaded."),
      ],
      acts: [tryForm(call, actor, faults)] + restoreForm(call, found, faults), faults: faults)
  }

  private static func row(
    _ text: StoredInstrumentText, in one: InstrumentTexts, _ zone: String
  ) -> DataRow {
    let isShown = one.shown.contains(text)
    let words =
      switch text.restores {
      case 0?: "labels again"
      case let version?: isShown ? "shown, version \(version) again" : "version \(version) again"
      case nil: isShown ? "shown" : "replaced"
      }
    return DataRow(cells: [
      "\(text.instrument) \(text.language) version \(text.version)",
      "\(text.permissionReference), \(text.permissionFrom), \(Times.date(text.permittedOn))",
      "\(text.loadedBy), \(Times.full(text.loadedAt, zone))", words,
    ])
  }

  private static func words(_ licence: InstrumentLicence) -> String {
    switch licence {
    case .text: "A, the text may be shipped"
    case .labels: "B, the text is loaded by permission"
    case .subtotals: "C, no items are shown"
    }
  }

  private static func field(
    _ call: Call, _ faults: [Pages.Fault], _ name: String, _ label: String, most: Int,
    hint: String = ""
  ) -> EntryField {
    EntryField(
      name: name, label: label, control: .text(text: call.form[name] ?? "", maximum: most),
      hint: hint,
      fault: faults.filter { $0.field == name }.map(\.sentence).joined(separator: " "))
  }

  private static func tryForm(
    _ call: Call, _ actor: Actor, _ faults: [Pages.Fault]
  ) -> ActForm {
    func told(_ field: String) -> String {
      faults.filter { $0.field == field }.prefix(20).map(\.sentence).joined(separator: " ")
    }
    return ActForm(
      form: call.target("/texts"), button: "Try the text",
      whatHappens: ["You see every question as it would be shown. Nothing is loaded yet."],
      fields: [
        EntryField(
          name: "instrument", label: "Instrument",
          control: .code(
            choices: actor.definition.instruments.filter { $0.licence != .subtotals }.map {
              Choice(code: $0.id.text, label: $0.title)
            }, selected: call.form["instrument"] ?? ""), fault: told("instrument")),
        field(
          call, faults, "language", "Language", most: 6, hint: "Such as en, de or pt-BR."),
        EntryField(
          name: "files", label: "File, CSV with the columns item, answer and text",
          control: .files(accepted: ".csv,text/csv"),
          hint: "One file; the list above tells where the one to fill in is.", isOptional: true,
          fault: told("file")),
        EntryField(
          name: "csv", label: "Or the table pasted",
          control: .lines(
            text: (call.form["csv"] ?? "").replacing("\r\n", with: "\n"), maximum: 200_000),
          isOptional: true),
        field(
          call, faults, "reference", "Letter or licence of the permission", most: 200),
        field(call, faults, "given_by", "Who gave it", most: 200),
        field(
          call, faults, "permitted_on", "Date of the permission", most: 10,
          hint: "Year, month, day: 2027-03-01"),
      ], authentication: .notNeeded, title: "Load a text")
  }

  private static func restoreForm(
    _ call: Call, _ found: [InstrumentTexts], _ faults: [Pages.Fault]
  ) -> [ActForm] {
    let choices = found.flatMap { one in
      Dictionary(grouping: one.versions, by: \.language).sorted { $0.key < $1.key }.flatMap {
        language, versions -> [Choice] in
        let shown = versions.max { $0.version < $1.version }
        let earlier = versions.filter { $0.hasWords && $0.version != shown?.version }
        return earlier.map {
          Choice(
            code: "\(one.instrument.id)/\(language)/\($0.version)",
            label: "\(one.instrument.id) \(language) version \($0.version)")
        }
          + (shown?.hasWords == true
            ? [
              Choice(
                code: "\(one.instrument.id)/\(language)/0",
                label: "\(one.instrument.id) \(language): the labels of the definition")
            ] : [])
      }
    }
    guard !choices.isEmpty else { return [] }
    return [
      ActForm(
        form: call.target("/texts/restore"), button: "Show it again",
        whatHappens: [
          "It is kept as a new version with the permission it had. Earlier versions stay readable."
        ],
        fields: [
          EntryField(
            name: "text", label: "Which text",
            control: .code(choices: choices, selected: call.form["text"] ?? ""),
            fault: faults.filter { $0.field == "version" }.map(\.sentence).joined(separator: " "))
        ], authentication: .notNeeded, title: "Show an earlier text again")
    ]
  }

  // MARK: Acts

  private static func loading(_ file: [UInt8], _ value: (String) -> String?) -> TextLoading {
    TextLoading(
      instrument: value("instrument") ?? "", language: value("language") ?? "", file: file,
      reference: value("reference") ?? "", givenBy: value("given_by") ?? "",
      permittedOn: value("permitted_on") ?? "")
  }

  private static func sent(_ call: Call) throws(ActRefusal) -> [UInt8] {
    let files = call.uploads.filter { $0.field == "files" && !$0.bytes.isEmpty }
    let pasted = (call.form["csv"] ?? "").replacing("\r\n", with: "\n")
    if files.count == 1, pasted.isEmpty { return files[0].bytes }
    if files.isEmpty, !pasted.isEmpty { return Array(pasted.utf8) }
    throw .invalid([
      Conduct.Fault(
        field: "file", code: "no_file",
        sentence: "Choose one file, or paste one table. Nothing was loaded.")
    ])
  }

  static func tried(_ call: Call) async throws -> Answer {
    do {
      let file = try sent(call)
      let preview = try await call.installation.tryText(
        loading(file) { call.form[$0] }, as: try call.actor)
      return .page(page(of: preview, file, call).page())
    } catch ActRefusal.invalid(let faults) {
      return .page(try await list(call, faults: faults.map(\.shown)).page(), status: 422)
    }
  }

  private static func page(
    of preview: TextPreview, _ file: [UInt8], _ call: Call
  ) -> ListPageModel {
    var target = call.target("/texts/load")
    target.kept =
      ["instrument", "language", "reference", "given_by", "permitted_on"].map {
        KeptValue(name: $0, value: call.form[$0] ?? "")
      } + [
        KeptValue(name: "_digest", value: preview.digest),
        KeptValue(name: "_file", value: Data(file).base64EncodedString()),
      ]
    return ListPageModel(
      frame: call.site.frame(for: call), back: back,
      title: "\(preview.instrument) as it would be shown",
      lead: "Nothing is loaded yet.",
      facts: [
        Fact(name: "Instrument", value: preview.title),
        Fact(name: "Language", value: preview.language),
        Fact(
          name: "Shown now",
          value: preview.replaces == 0 ? "short labels" : "version \(preview.replaces)"),
        Fact(name: "Permission", value: call.form["reference"] ?? ""),
        Fact(name: "Given by", value: call.form["given_by"] ?? ""),
        Fact(name: "SHA-256", value: preview.digest),
      ],
      tables: [
        DataTable(
          caption: "Questions, \(preview.items.count)",
          columns: ["Item", "Question", "Answers"].map { DataColumn(title: $0) },
          rows: preview.items.map { item in
            DataRow(cells: [
              item.item, item.wording,
              item.answers.map { $0.words.isEmpty ? $0.code : "\($0.code) \($0.words)" }
                .joined(separator: "; "),
            ])
          })
      ],
      acts: [
        ActForm(
          form: target, button: "Load the text",
          whatHappens: [
            "It is shown from now on in its language, to participants, raters and staff alike.",
            "The permission is kept with it, and the audit trail tells that you loaded it.",
          ], authentication: .notNeeded, title: "Load")
      ], actsLast: true)
  }

  static func load(_ call: Call) async throws -> String {
    guard let file = Data(base64Encoded: call.form["_file"] ?? "") else {
      throw ActRefusal.notNow(
        code: "other_file",
        sentence: "This is not the file that was tried. Try it again. Nothing was loaded.")
    }
    _ = try await call.installation.loadText(
      loading(Array(file)) { call.form[$0] }, digest: call.form["_digest"] ?? "",
      as: try call.actor)
    return "/texts?note=text-loaded"
  }

  static func restore(_ call: Call) async throws -> String {
    let parts = (call.form["text"] ?? "").split(separator: "/").map(String.init)
    guard parts.count == 3, let version = Int(parts[2]) else { throw ActRefusal.notFound }
    _ = try await call.installation.restoreText(
      of: parts[0], in: parts[1], version: version, as: try call.actor)
    return "/texts?note=text-loaded"
  }

  static func template(_ call: Call) throws -> Answer {
    let actor = try call.actor
    guard let id = try? InstrumentID(parsing: call.parameter("instrument")),
      let instrument = actor.definition.instrument(id)
    else { throw ActRefusal.notFound }
    return .file(
      Array(try Installation.textTemplate(of: instrument).utf8), name: "\(id).csv",
      type: "text/csv; charset=utf-8")
  }

  /// The text a program sends.
  static func loading(_ call: Call) -> TextLoading {
    let body = JSONBody(call.json)
    return loading(Array((body?["csv"] ?? "").utf8)) { body?[$0] }
  }
}
