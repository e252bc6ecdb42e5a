import Datasets
import Foundation
import Store
import StudyModel

/// A file with what becomes of each of its rows.
struct PlannedFile {
  let file: DataFile
  let form: Form
  let mapping: ImportMapping
  let rows: [(row: ImportedRow, save: CheckedSave?)]
}

extension Installation {
  /// The most bytes of a file of data.
  public static let mostImportBytes = 64 << 20
  private static let mostImportRows = 20_000
  private static let mostImportFiles = 50

  private static func header(_ file: DataFile) throws(ActRefusal) -> [String] {
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
    return header
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

  /// What becomes of each file; faults of several name the file they are about.
  func importPlan(_ files: [DataFile], _ actor: Actor) async throws -> [PlannedFile] {
    try actor.need(.enterForms)
    guard (1...Self.mostImportFiles).contains(files.count) else {
      throw ActRefusal.invalid([
        Fault(
          field: "file", code: "files_missing",
          sentence: "An import has 1 to \(Self.mostImportFiles) files. Nothing was imported.")
      ])
    }
    var plan: [PlannedFile] = []
    var seen: Set<EntryAddress> = []
    var rows = 0
    var headers: Set<String> = []
    for file in files {
      do {
        headers.formUnion(try Self.header(file))
      } catch {
        throw Self.naming(file, of: files, error)
      }
    }
    for file in files {
      do {
        let planned = try await importPlan(file, headers, actor, &seen)
        rows += planned.rows.count
        plan.append(planned)
      } catch let refusal as ActRefusal {
        throw Self.naming(file, of: files, refusal)
      }
    }
    guard (1...Self.mostImportRows).contains(rows) else {
      throw ActRefusal.invalid([
        Fault(
          field: "file", code: "bad_table",
          sentence: rows == 0
            ? "The file has a header and no row. Nothing was imported."
            : "There are more than \(Self.mostImportRows) rows; divide them. Nothing was imported.")
      ])
    }
    return plan
  }

  /// The faults with the name of their file, where there are several.
  private static func naming(
    _ file: DataFile, of files: [DataFile], _ refusal: ActRefusal
  ) -> ActRefusal {
    guard files.count > 1, case .invalid(let faults) = refusal else { return refusal }
    return .invalid(
      faults.map {
        Fault(
          field: $0.field, code: $0.code, sentence: "\(file.name.prefix(200)): \($0.sentence)")
      })
  }

  private func importPlan(
    _ file: DataFile, _ headers: Set<String>, _ actor: Actor, _ seen: inout Set<EntryAddress>
  ) async throws -> PlannedFile {
    guard let form = importableForms(as: actor).first(where: { $0.id == file.form }) else {
      throw ActRefusal.notFound
    }
    guard (1...200).contains(file.name.count) else {
      throw ActRefusal.invalid([
        Fault(
          field: "name", code: "file_name_missing",
          sentence: "The name of the file is kept with its rows: 1 to 200 characters.")
      ])
    }
    let mapping = try ImportMapping(
      lines: file.mapping, header: try Self.header(file), others: headers, form: form,
      visit: file.visit)
    let table = try Self.refusingTable { () throws(CSVRefusal) in
      try CSVImport(
        try CSVImport.text(file.bytes, most: Self.mostImportBytes), columns: mapping.columns)
    }
    guard table.rows.count <= Self.mostImportRows else {
      throw ActRefusal.invalid([
        Fault(
          field: "file", code: "bad_table",
          sentence:
            "The file has more than \(Self.mostImportRows) rows; divide it. Nothing was imported.")
      ])
    }
    var rows: [(row: ImportedRow, save: CheckedSave?)] = []
    for row in table.rows {
      rows.append(try await planned(row.line, row.values, mapping, file, form, actor, &seen))
    }
    return PlannedFile(file: file, form: form, mapping: mapping, rows: rows)
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
        file: file.name, form: form.id.text, line: line, participant: key?.text ?? "",
        visit: visit?.text ?? "", number: number,
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
      return (row(.refused, ["Another row is the same entry."]), nil)
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
}
