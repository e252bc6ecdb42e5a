import Datasets
import Foundation
public import Store
public import StudyModel

/// A file of data with what is said about it.
public struct DataFile: Sendable {
  /// The name, kept with every row.
  public var name: String
  /// The bytes.
  public var bytes: [UInt8]
  /// The form its rows are entries of.
  public var form: FormID
  /// The visit of every row, when no column tells it.
  public var visit: VisitCode?
  /// Lines of `column = field` for columns that are called otherwise.
  public var mapping: String
  /// Why values change that were there before; empty when none may.
  public var reason: String

  /// Describes a file.
  public init(
    name: String, bytes: [UInt8], form: FormID, visit: VisitCode? = nil, mapping: String = "",
    reason: String = ""
  ) {
    self.name = name
    self.bytes = bytes
    self.form = form
    self.visit = visit
    self.mapping = mapping
    self.reason = reason
  }

  /// SHA-256 in hexadecimal digits, by which a file is known again.
  public var digest: String { Digests.sha256(of: bytes) }
}

/// What becomes of one row.
public struct ImportedRow: Sendable, Equatable {
  /// What becomes of it.
  public enum Outcome: String, Sendable, CaseIterable {
    /// It makes an entry.
    case new
    /// It changes values that were there.
    case changed
    /// Nothing differs from what is saved.
    case same
    /// It cannot be saved, and so nothing of the file is.
    case refused
  }

  /// The line of the file, the header being 1.
  public let line: Int
  /// The participant as the file names it, where it is a key.
  public let participant: String
  /// The visit.
  public let visit: String
  /// The number among repeats.
  public let number: Int
  /// What becomes of it.
  public let outcome: Outcome
  /// Why it is refused, or what the checks say.
  public let sentences: [String]
}

/// What becomes of a file, row by row.
public struct ImportReport: Sendable, Equatable {
  /// SHA-256 of the file in hexadecimal digits.
  public let digest: String
  /// The rows in their order.
  public let rows: [ImportedRow]
  /// That the same file was imported before, in a sentence; empty when it was not.
  public let known: String
  /// Whether the rows are saved.
  public let isSaved: Bool

  /// How many rows become this.
  public func count(_ outcome: ImportedRow.Outcome) -> Int { rows.count { $0.outcome == outcome } }

  /// Whether the file can be saved as it is.
  public var isAcceptable: Bool {
    known.isEmpty && count(.refused) == 0 && count(.new) + count(.changed) > 0
  }

  /// The rows as a table.
  public var csv: String {
    CSVText.table(
      ["row", "participant", "visit", "number", "outcome", "sentences"],
      rows.map {
        [
          String($0.line), $0.participant, $0.visit, String($0.number), $0.outcome.rawValue,
          $0.sentences.joined(separator: " "),
        ]
      })
  }
}

extension Installation {
  /// The most bytes of a file of data.
  public static let mostImportBytes = 64 << 20
  private static let mostImportRows = 20_000

  /// The forms whose entries this person can import: what the role writes and reads.
  public func importableForms(as actor: Actor) -> [Form] {
    actor.definition.forms.filter {
      actor.writes($0) && actor.entryClasses.contains($0.dataClass) && $0.subject == .participant
    }
  }

  /// Tells what would become of a file, row by row; nothing is saved.
  public func tryImport(_ file: DataFile, as actor: Actor) async throws -> ImportReport {
    let plan = try await importPlan(file, actor)
    return ImportReport(
      digest: file.digest, rows: plan.map(\.row), known: try await known(file, actor),
      isSaved: false)
  }

  /// Saves every row of a file in one transaction, or nothing.
  ///
  /// - Parameter digest: that of the file the report was about.
  public func importData(
    _ file: DataFile, digest: String, as actor: Actor
  ) async throws -> ImportReport {
    guard digest == file.digest else {
      throw ActRefusal.notNow(
        code: "other_file",
        sentence: "This is not the file that was tried. Try it again. Nothing was imported.")
    }
    let plan = try await importPlan(file, actor)
    let known = try await known(file, actor)
    let report = ImportReport(
      digest: digest, rows: plan.map(\.row), known: known, isSaved: true)
    guard known.isEmpty else {
      throw ActRefusal.notNow(code: "known_file", sentence: known + " Nothing was imported.")
    }
    guard report.isAcceptable, let form = importable(file.form, actor) else {
      throw ActRefusal.notNow(
        code: "rows_refused",
        sentence: report.count(.refused) > 0
          ? "\(report.count(.refused)) of \(plan.count) rows are refused. Nothing was imported."
          : "No row makes or changes an entry. Nothing was imported.")
    }
    let mapping = try Self.mapping(file, form).json
    do {
      try await session(actor) { session in
        try session.setCause(.dataImport)
        let name = try session.beginImport(
          of: form.id, in: form.dataClass, fileName: file.name, digest: sha256(file.bytes),
          mapping: mapping, rows: plan.count)
        for (row, save) in plan {
          guard let save else { continue }
          let saved = try save.write(in: session)
          try session.noteImportRow(
            name, line: row.line,
            EntryAddress(save.participant, form.id, save.visit, number: saved.number),
            version: saved.version, in: form.dataClass)
        }
      }
    } catch let error as StoreError {
      guard case .notUnique(constraint: "imports_file_once") = error else { throw error }
      throw ActRefusal.notNow(
        code: "known_file", sentence: "This file was imported before. Nothing was imported.")
    }
    return report
  }

  /// The files imported in the actor's reach.
  public func imports(as actor: Actor) async throws -> [StoredImport] {
    let trial = actor.trial.id
    let classes = actor.entryClasses
    return try await session(actor) { session in
      try classes.flatMap { try session.imports(in: $0, trial: trial) }
    }.sorted { $0.at > $1.at }
  }

  // MARK: Rows

  private typealias Plan = [(row: ImportedRow, save: CheckedSave?)]

  private func importable(_ form: FormID, _ actor: Actor) -> Form? {
    importableForms(as: actor).first { $0.id == form }
  }

  private static func mapping(_ file: DataFile, _ form: Form) throws -> ImportMapping {
    let text = try refusingTable { () throws(CSVRefusal) in
      try CSVImport.text(file.bytes, most: mostImportBytes)
    }
    let header = CSVImport.header(text)
    guard !header.isEmpty else {
      throw ActRefusal.invalid([
        Fault(
          field: "file", code: "bad_table",
          sentence: "The file is empty; a header is needed. Nothing was imported.")
      ])
    }
    return try ImportMapping(
      lines: file.mapping, header: header, form: form, visit: file.visit)
  }

  private static func refusingTable<Value>(
    _ body: () throws(CSVRefusal) -> Value
  ) throws(ActRefusal) -> Value {
    do throws(CSVRefusal) {
      return try body()
    } catch {
      throw .invalid(
        error.faults.prefix(100).map {
          Fault(
            field: "file", code: "bad_table", sentence: $0.description + " Nothing was imported.")
        })
    }
  }

  private func importPlan(_ file: DataFile, _ actor: Actor) async throws -> Plan {
    try actor.need(.enterForms)
    guard let form = importable(file.form, actor) else { throw ActRefusal.notFound }
    guard (1...200).contains(file.name.count) else {
      throw ActRefusal.invalid([
        Fault(
          field: "name", code: "file_name_missing",
          sentence: "The name of the file is kept with its rows: 1 to 200 characters.")
      ])
    }
    let mapping = try Self.mapping(file, form)
    let table = try Self.refusingTable { () throws(CSVRefusal) in
      try CSVImport(
        try CSVImport.text(file.bytes, most: Self.mostImportBytes), columns: mapping.columns)
    }
    guard (1...Self.mostImportRows).contains(table.rows.count) else {
      throw ActRefusal.invalid([
        Fault(
          field: "file", code: "bad_table",
          sentence: table.rows.isEmpty
            ? "The file has a header and no row. Nothing was imported."
            : "The file has more than \(Self.mostImportRows) rows; divide it. Nothing was imported."
        )
      ])
    }
    var plan: Plan = []
    var seen: Set<EntryAddress> = []
    for row in table.rows {
      plan.append(try await planned(row.line, row.values, mapping, file, form, actor, &seen))
    }
    return plan
  }

  private func planned(
    _ line: Int, _ values: [String: String], _ mapping: ImportMapping, _ file: DataFile,
    _ form: Form, _ actor: Actor, _ seen: inout Set<EntryAddress>
  ) async throws -> (row: ImportedRow, save: CheckedSave?) {
    func cell(_ target: ImportMapping.Target) -> String {
      mapping.column(target).flatMap { values[$0] } ?? ""
    }
    let key = try? ParticipantKey(parsing: cell(.participant))
    let visit = file.visit ?? (try? VisitCode(parsing: cell(.visit)))
    let number = form.isRepeating ? Int(cell(.number)) ?? 0 : 1
    func row(_ outcome: ImportedRow.Outcome, _ sentences: [String]) -> ImportedRow {
      // What is no key may be a name; it is not repeated.
      ImportedRow(
        line: line, participant: key?.text ?? "", visit: visit?.text ?? "", number: number,
        outcome: outcome, sentences: sentences)
    }
    guard let key else {
      return (row(.refused, ["The participant is no key such as 104-0031."]), nil)
    }
    guard let visit else { return (row(.refused, ["The visit is no code of the study."]), nil) }
    guard (1...9999).contains(number) else {
      return (row(.refused, ["The number of the repeat is a whole number from 1."]), nil)
    }
    let address = EntryAddress(key, form.id, visit, number: number)
    guard seen.insert(address).inserted else {
      return (row(.refused, ["Another row of the file is the same entry."]), nil)
    }
    do {
      let found = try await entryOrNil(address, as: actor)
      var answers = found?.answers ?? [:]
      let calculated = Set(found?.form.fields.filter(\.isCalculated).map(\.id) ?? [])
      answers = answers.filter { !calculated.contains($0.key) }
      let before = answers
      for (column, target) in mapping.targets {
        guard case .field(let field) = target, let text = values[column], !text.isEmpty else {
          continue
        }
        answers[field] = Self.answer(text)
      }
      if found != nil, answers == before { return (row(.same, []), nil) }
      let save = try await checkedSave(
        key, form.id, visit, number: number,
        EntrySubmission(
          answers: answers, expectedVersion: found?.version ?? 0, isFinal: true,
          reason: found == nil ? "" : file.reason), as: actor)
      if let found, found.isSubmitted {
        // Compared once more as it would be stored: 7.50 is the 7.5 that stands.
        let stored = save.checked.answers.filter { !calculated.contains($0.key) }
        if stored == before { return (row(.same, []), nil) }
        if ["frozen", "locked", "voided"].contains(found.status) {
          return (row(.refused, [ActRefusal.closed.sentence]), nil)
        }
        guard file.reason.count >= 3 else {
          return (row(.refused, ["It changes what was submitted, and no reason is given."]), nil)
        }
      }
      return (
        row(found == nil ? .new : .changed, save.remarks.map { "\($0.sentence) (\($0.code))" }),
        save
      )
    } catch ActRefusal.invalid(let faults) {
      return (row(.refused, faults.map(\.sentence)), nil)
    } catch ActRefusal.notFound {
      return (
        row(
          .refused, ["There is no such participant in your reach, or no such form at the visit."]),
        nil
      )
    } catch let refusal as ActRefusal where Self.isAboutRow(refusal) {
      return (row(.refused, [refusal.sentence]), nil)
    }
  }

  private static func isAboutRow(_ refusal: ActRefusal) -> Bool {
    switch refusal {
    case .notNow, .noFurtherData, .closed, .reasonMissing, .unchanged: true
    case .notFound, .invalid, .stale, .notReady, .requestKeyReused, .requestInProgress,
      .requestLost, .authenticationFailed, .authenticationStale, .outcomeUnknown, .unavailable,
      .keyMissing, .keyWrong, .sealDamaged:
      false
    }
  }

  /// An entry with its answers, nil where there is none; the participant is in reach.
  private func entryOrNil(_ address: EntryAddress, as actor: Actor) async throws -> ReadEntry? {
    let found = try await entry(
      address.participant, address.form, address.visit, number: address.number, as: actor)
    return found.version == 0 ? nil : found
  }

  /// A cell: `@ND not measured` says why there is no value, anything else is the value.
  private static func answer(_ text: String) -> FieldAnswer {
    let parts = text.split(separator: " ", maxSplits: 1)
    guard let first = parts.first, first.first == "@",
      let code = MissingCode(rawValue: String(first.dropFirst()))
    else { return .value(text) }
    return .missing(code, reason: parts.count > 1 ? String(parts[1]) : nil)
  }

  /// That the same file was imported into the form, in a sentence; empty when it was not.
  private func known(_ file: DataFile, _ actor: Actor) async throws -> String {
    let digest = sha256(file.bytes)
    let found = try await imports(as: actor).first {
      $0.digest == digest && $0.form == file.form.text
    }
    return found.map {
      "The same file was imported as “\($0.fileName)” by \($0.name) on \($0.at)."
    } ?? ""
  }
}
