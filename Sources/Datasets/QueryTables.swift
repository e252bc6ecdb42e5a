public import Reports
public import StudyModel

/// The data queries of a lock as tables, each beside the value it concerns (REQ-019).
///
/// Blinded tables hold the queries on forms and fields of the classes open and outcome. Who knows
/// arms may tell one by what they write, and by being who treats: their words and role stand in the
/// tables of who may know as well.
public struct QueryTables: Sendable {
  /// Which layer of the export.
  public enum Layer: Sendable {
    case blinded, unblinded
  }

  private let snapshot: TrialSnapshot
  private let definition: StudyDefinition
  private let layer: Layer
  private let treating: Set<String>

  private static let queryColumns = [
    ("query", "class and number of the data query"), ("participant", "participant key"),
    ("form", "form"), ("visit", "visit"), ("repeat", "number among repeats"),
    ("field", "field, empty for the form as a whole"),
    ("value", "value of the field at the lock, empty where there is none"),
    ("value__why", "code of why there is no value"),
    ("check", "check that asked, empty where a person did"),
    ("blocking", "Y where randomization waited for it"), ("state", "open, answered or closed"),
    ("opened_at", "instant of the question, UTC"),
    ("answered_at", "instant of the last answer, UTC, empty before"),
    ("closed_at", "instant of closing, UTC, empty before"),
    ("messages", "number of messages"),
  ]

  private static let messageColumns = [
    ("query", "class and number of the data query"), ("message", "number in its thread, from 1"),
    ("kind", "opened, answered, reopened or closed"),
    (
      "role",
      "role of the author, empty for a check, unblinded where the role knows arms, treatment_team where the record names no role"
    ),
    ("at", "instant, UTC"), ("text", "what was written, empty where it is withheld"),
    ("withheld", "Y where the author knows arms, so that the text is no blinded one"),
  ]

  /// The tables of a snapshot for one layer.
  public init(_ snapshot: TrialSnapshot, _ definition: StudyDefinition, for layer: Layer) {
    self.snapshot = snapshot
    self.definition = definition
    self.layer = layer
    treating = Set(
      definition.roles.filter {
        $0.blinding == .unblinded || $0.blinding == .unblindedAcrossSites
      }.map(\.id.text) + [TreatmentTeam.role])
  }

  /// Queries, their messages, and the dictionary of both; none where the snapshot was cut before it
  /// kept data queries, so that an old lock gives its old bytes.
  public var files: [ExportFile] {
    guard snapshot.holdsQueries else { return [] }
    let queries = self.queries
    let dictionary =
      [
        ("quality/queries.csv", Self.queryColumns),
        ("quality/query-messages.csv", Self.messageColumns),
      ]
      .flatMap { file, columns in columns.map { [file, $0.0, $0.1] } }
    return [
      ExportFile(
        "quality/queries.csv",
        text: CSVText.table(Self.queryColumns.map(\.0), queries.map(row))),
      ExportFile(
        "quality/query-messages.csv",
        text: CSVText.table(
          Self.messageColumns.map(\.0),
          queries.flatMap { query in query.messages.map { row(query, $0) } })),
      ExportFile(
        "codebook/quality.csv", text: CSVText.table(["file", "column", "meaning"], dictionary)),
    ]
  }

  private var queries: [SnapshotQuery] {
    snapshot.queries.filter { query in
      switch layer {
      case .blinded: isBlinded(query)
      case .unblinded: !isBlinded(query) || query.messages.contains { treating.contains($0.role) }
      }
    }
    .sorted { ($0.class, $0.data_query) < ($1.class, $1.data_query) }
  }

  private func isBlinded(_ query: SnapshotQuery) -> Bool {
    guard let own = DataClass(rawValue: query.class), own <= .outcome,
      let form = definition.forms.first(where: { $0.id.text == query.form }),
      form.dataClass <= .outcome
    else { return false }
    guard !query.field.isEmpty else { return true }
    return form.fields.contains {
      $0.id.text == query.field && form.dataClass(of: $0) <= .outcome
    }
  }

  private func name(_ query: SnapshotQuery) -> String { "\(query.class)-\(query.data_query)" }

  private func row(_ query: SnapshotQuery) -> [String] {
    let entry = snapshot.entries.first {
      $0.participant == query.participant && $0.form == query.form && $0.visit == query.visit
        && $0.repeat == query.repeat
    }
    let value: (String, String) =
      switch entry?.answers[query.field] {
      case .value(let text): (text, "")
      case .missing(let code): ("", code)
      case nil: ("", "")
      }
    func last(_ kind: String) -> String { query.messages.last { $0.kind == kind }?.at ?? "" }
    return [
      name(query), query.participant, query.form, query.visit, String(query.repeat), query.field,
      value.0, value.1, query.rule, query.is_blocking ? "Y" : "N", query.state,
      query.messages.first?.at ?? "", last("answered"),
      query.state == "closed" ? last("closed") : "", String(query.messages.count),
    ]
  }

  private func row(_ query: SnapshotQuery, _ message: SnapshotQuery.Message) -> [String] {
    let isWithheld = layer == .blinded && treating.contains(message.role)
    return [
      name(query), String(message.message), message.kind,
      isWithheld ? "unblinded" : message.role, message.at, isWithheld ? "" : message.text,
      isWithheld ? "Y" : "N",
    ]
  }
}
