public import Reports
public import StudyModel

/// The forms about sites, such as the accountability of kits, as datasets of their own: the key of the site stands
/// where others have the participant.
///
/// Each layer has those of its classes: files by form, one dictionary, and both as ODM. People stand under a
/// number of this export instead of their account.
public struct SiteTables: Sendable {
  /// Which layer of the export.
  public enum Layer: Sendable {
    case blinded, unblinded
  }

  private let forms: [Form]
  private let entries: [FormID: [SnapshotEntry]]
  private let people: [String: String]
  private let certificate: LockCertificate
  private let definition: StudyDefinition

  /// The columns before the fields of a form, with what they mean.
  private static let keys = [
    ("STUDYID", "protocol number"), ("SITEID", "key of the site"),
    ("SEQ", "number among the entries of the form at the site"),
    ("VERSION", "version at the lock"), ("STATUS", "state of the entry"),
  ]

  /// The tables of a snapshot for one layer.
  public init(
    _ snapshot: TrialSnapshot, _ definition: StudyDefinition, _ certificate: LockCertificate,
    for layer: Layer
  ) {
    self.definition = definition
    self.certificate = certificate
    // Before snapshots of a lock said so, these forms had no files: an old lock gives its old bytes.
    forms =
      snapshot.holdsSiteEntries
      ? definition.siteForms.filter {
        switch layer {
        case .blinded: $0.dataClass <= .outcome
        case .unblinded: $0.dataClass == .treatment
        }
      } : []
    let names = Set(forms.map(\.id.text))
    let own = snapshot.entries.filter { names.contains($0.form) && $0.visit == VisitCode.site.text }
      .sorted { ($0.form, $0.participant, $0.repeat) < ($1.form, $1.participant, $1.repeat) }
    var entries: [FormID: [SnapshotEntry]] = [:]
    var people: [String: String] = [:]
    for form in forms {
      let rows = own.filter { $0.form == form.id.text }
      entries[form.id] = rows
      for row in rows {
        for case (let field, .userReference) in form.fields.map({ ($0.id.text, $0.type) }) {
          guard let name = row.answers[field]?.text, people[name] == nil else { continue }
          people[name] = "person-\(people.count + 1)"
        }
      }
    }
    self.entries = entries
    self.people = people
  }

  /// The files; none where the layer has no form about a site.
  public var files: [ExportFile] {
    guard !forms.isEmpty else { return [] }
    return forms.map { form in
      ExportFile(
        "sites/\(form.id).csv",
        text: CSVText.table(
          Self.keys.map(\.0) + fields(of: form).flatMap { [$0.id.text, $0.id.text + "__why"] },
          (entries[form.id] ?? []).map { row($0, form) }))
    } + [
      ExportFile("codebook/sites.csv", text: dictionary),
      ExportFile("odm/sites.xml", text: odm),
    ]
  }

  /// A field above the class of its form stands in no file of the form.
  private func fields(of form: Form) -> [Field] {
    form.fields.filter { form.dataClass(of: $0) <= form.dataClass }
  }

  private func keyValues(_ entry: SnapshotEntry) -> [String] {
    [
      certificate.protocolNumber, entry.participant, String(entry.repeat), String(entry.version),
      entry.status,
    ]
  }

  private func answer(_ entry: SnapshotEntry, _ field: Field) -> (value: String, why: String) {
    switch entry.answers[field.id.text] {
    case .value(let text):
      if case .userReference = field.type { return (people[text] ?? "", "") }
      return (text, "")
    case .missing(let code): return ("", code)
    case nil: return ("", "")
    }
  }

  private func row(_ entry: SnapshotEntry, _ form: Form) -> [String] {
    keyValues(entry)
      + fields(of: form).flatMap { field -> [String] in
        let found = answer(entry, field)
        return [found.value, found.why]
      }
  }

  private var dictionary: String {
    let keys = forms.flatMap { form in
      Self.keys.map { [form.id.text, $0.0, $0.1, "text", "", "", "system"] }
    }
    let fields = forms.flatMap { form in
      self.fields(of: form).map { field in
        [
          form.id.text, field.id.text, field.label, LockedExport.typeName(field.type),
          LockedExport.codes(field.type), field.unit ?? "",
          definition.source(of: field, in: form).rawValue,
        ]
      }
    }
    return CSVText.table(
      ["form", "field", "label", "type", "codes", "unit", "source"], keys + fields)
  }

  // MARK: ODM

  /// ODM 1.3.2: what is about no participant stands there as reference data.
  private var odm: String {
    var text = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
    let study = certificate.protocolNumber
    let (studyOID, version) = ("ST.\(study)", "MDV.\(certificate.definitionVersion)")
    text += Self.open(
      "ODM",
      [
        ("xmlns", "http://www.cdisc.org/ns/odm/v1.3"), ("ODMVersion", "1.3.2"),
        ("FileType", "Snapshot"), ("Granularity", "ReferenceData"),
        ("FileOID", "\(study).LOCK\(certificate.snapshot).Sites"),
        ("CreationDateTime", certificate.lockedAt), ("AsOfDateTime", certificate.lockedAt),
        ("SourceSystem", "Equipoise"), ("SourceSystemVersion", certificate.software),
      ])
    text += Self.open("Study", [("OID", studyOID)])
    text +=
      "<GlobalVariables><StudyName>\(Self.escaped(certificate.study))</StudyName>"
      + "<StudyDescription>\(Self.escaped(definition.title))</StudyDescription>"
      + "<ProtocolName>\(Self.escaped(study))</ProtocolName></GlobalVariables>\n"
    text += basicDefinitions
    text += Self.open("MetaDataVersion", [("OID", version), ("Name", version)])
    for form in forms { text += group(form) }
    for form in forms { text += items(form) }
    text += codeLists
    text += "</MetaDataVersion></Study>\n"
    text += Self.open("ReferenceData", [("StudyOID", studyOID), ("MetaDataVersionOID", version)])
    for form in forms {
      for entry in entries[form.id] ?? [] { text += data(entry, form) }
    }
    return text + "</ReferenceData></ODM>\n"
  }

  private var basicDefinitions: String {
    let units = Set(forms.flatMap { fields(of: $0).compactMap(\.unit) }).sorted()
    guard !units.isEmpty else { return "" }
    return "<BasicDefinitions>"
      + units.map { unit in
        Self.open("MeasurementUnit", [("OID", "MU.\(unit)"), ("Name", unit)])
          + "<Symbol>\(Self.translated(unit))</Symbol></MeasurementUnit>"
      }.joined() + "</BasicDefinitions>\n"
  }

  private func group(_ form: Form) -> String {
    let items = Self.keys.map(\.0) + fields(of: form).map(\.id.text)
    return Self.open(
      "ItemGroupDef",
      [
        ("OID", "IG.\(form.id)"), ("Name", form.title), ("Repeating", "Yes"),
        ("IsReferenceData", "Yes"),
      ])
      + items.enumerated().map { index, name in
        Self.empty(
          "ItemRef",
          [
            ("ItemOID", "IT.\(form.id).\(name)"), ("OrderNumber", String(index + 1)),
            ("Mandatory", index < Self.keys.count ? "Yes" : "No"),
          ] + (index < 3 ? [("KeySequence", String(index + 1))] : []))
      }.joined() + "</ItemGroupDef>\n"
  }

  private func items(_ form: Form) -> String {
    let keys = Self.keys.map { key, meaning in
      Self.open(
        "ItemDef", [("OID", "IT.\(form.id).\(key)"), ("Name", key), ("DataType", "text")])
        + "<Question>\(Self.translated(meaning))</Question></ItemDef>\n"
    }
    let fields = self.fields(of: form).map { field in
      Self.open(
        "ItemDef",
        [
          ("OID", "IT.\(form.id).\(field.id)"), ("Name", field.id.text),
          ("DataType", Self.dataType(field.type)),
        ])
        + "<Question>\(Self.translated(field.label))</Question>"
        + (field.unit.map { Self.empty("MeasurementUnitRef", [("MeasurementUnitOID", "MU.\($0)")]) }
          ?? "")
        + (Self.codes(field.type) == nil
          ? "" : Self.empty("CodeListRef", [("CodeListOID", "CL.\(form.id).\(field.id)")]))
        + "</ItemDef>\n"
    }
    return (keys + fields).joined()
  }

  private var codeLists: String {
    let own = forms.flatMap { form in
      fields(of: form).compactMap { field in
        Self.codes(field.type).map { items in
          Self.open(
            "CodeList",
            [
              ("OID", "CL.\(form.id).\(field.id)"), ("Name", "\(form.id).\(field.id)"),
              ("DataType", "text"),
            ])
            + items.map {
              Self.open("CodeListItem", [("CodedValue", $0.code)])
                + "<Decode>\(Self.translated($0.label))</Decode></CodeListItem>"
            }.joined() + "</CodeList>\n"
        }
      }
    }
    let missing =
      Self.open("CodeList", [("OID", "CL.MISSING"), ("Name", "Missing"), ("DataType", "text")])
      + MissingCode.allCases.map { Self.empty("EnumeratedItem", [("CodedValue", $0.rawValue)]) }
      .joined() + "</CodeList>\n"
    return own.joined() + missing
  }

  private func data(_ entry: SnapshotEntry, _ form: Form) -> String {
    var text = Self.open(
      "ItemGroupData",
      [
        ("ItemGroupOID", "IG.\(form.id)"),
        ("ItemGroupRepeatKey", "\(entry.participant)-\(entry.repeat)"),
      ])
    for (key, value) in zip(Self.keys.map(\.0), keyValues(entry)) {
      text += Self.empty("ItemData", [("ItemOID", "IT.\(form.id).\(key)"), ("Value", value)])
    }
    for field in fields(of: form) {
      let (found, item) = (answer(entry, field), ("ItemOID", "IT.\(form.id).\(field.id)"))
      if !found.value.isEmpty {
        text += Self.empty("ItemData", [item, ("Value", found.value)])
      } else if !found.why.isEmpty {
        text +=
          Self.open("ItemData", [item, ("IsNull", "Yes")])
          + "<Annotation SeqNum=\"1\"><Flag><FlagValue CodeListOID=\"CL.MISSING\">"
          + "\(Self.escaped(found.why))</FlagValue></Flag></Annotation></ItemData>"
      }
    }
    return text + "</ItemGroupData>\n"
  }

  private static func dataType(_ type: FieldType) -> String {
    switch type {
    case .integer: "integer"
    case .decimal: "float"
    case .boolean: "boolean"
    case .date: "date"
    case .partialDate: "partialDate"
    case .time: "partialTime"
    case .dateTime: "datetime"
    case .code, .multi, .text, .userReference, .calculated: "text"
    }
  }

  /// The codes of a choice; several chosen at once are a text of codes.
  private static func codes(_ type: FieldType) -> [CodeItem]? {
    if case .code(let items) = type { items } else { nil }
  }

  private static func open(_ name: String, _ attributes: [(String, String)]) -> String {
    "<\(name)" + attributes.map { " \($0.0)=\"\(escaped($0.1))\"" }.joined() + ">"
  }

  private static func empty(_ name: String, _ attributes: [(String, String)]) -> String {
    String(open(name, attributes).dropLast()) + "/>"
  }

  private static func translated(_ text: String) -> String {
    "<TranslatedText xml:lang=\"en\">\(escaped(text))</TranslatedText>"
  }

  private static func escaped(_ text: String) -> String {
    text.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;")
      .replacing("\"", with: "&quot;").replacing("\n", with: "&#10;")
  }
}
