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

/// A file as it was read, before its rows are checked beside each other.
private struct ReadFile {
  let file: DataFile
  let form: Form
  let mapping: ImportMapping
  let rows: [(row: ImportedRow, pending: PendingRow?)]
}

/// A row that makes or changes an entry.
private struct PendingRow {
  let address: EntryAddress
  let found: ReadEntry?
  /// What was typed before, as it stands.
  let before: [FieldID: FieldAnswer]
  /// What would be typed.
  let answers: [FieldID: FieldAnswer]

  /// The form under the version in force.
  let form: Form

  /// The entry as other rows would find it.
  func entry(answers: [FieldID: FieldAnswer]?, _ clocks: FormulaClocks) -> FormEntry {
    guard let answers else { return entry(clocks) }
    return FormEntry(
      form: address.form, visit: address.visit, occurrence: address.number,
      version: (found?.version ?? 0) + 1, status: .submitted, answers: answers)
  }

  /// The same before it was checked: what follows from its own answers is worked out.
  func entry(_ clocks: FormulaClocks) -> FormEntry {
    let worked = checkedEntry(
      answers, in: form,
      EntryContext(
        siteToday: CalendarDate(daysSince1970: 0), isSubmission: false, clocks: clocks))
    let kept = (found?.answers ?? [:]).filter { form.field($0.key)?.isCalculated == true }
    return FormEntry(
      form: address.form, visit: address.visit, occurrence: address.number,
      version: (found?.version ?? 0) + 1, status: .submitted,
      answers: kept.merging(worked.answers) { $1 })
  }
}

extension ImportedRow {
  fileprivate func with(_ outcome: Outcome, _ sentences: [String]) -> ImportedRow {
    ImportedRow(
      file: file, form: form, line: line, participant: participant, visit: visit, number: number,
      outcome: outcome, sentences: sentences)
  }
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
    var tables: [ReadFile] = []
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
        let one = try await read(file, headers, actor, &seen)
        rows += one.rows.count
        tables.append(one)
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
    // Each row is checked beside all others of its participant, as if they were saved already.
    let beside = try await entries(of: tables, actor)
    var plan: [PlannedFile] = []
    for file in tables {
      var rows: [(row: ImportedRow, save: CheckedSave?)] = []
      for row in file.rows {
        guard let pending = row.pending else {
          rows.append((row.row, nil))
          continue
        }
        rows.append(
          try await checked(
            pending, row.row, file.file, actor,
            beside: beside[pending.address.subject] ?? []))
      }
      plan.append(
        PlannedFile(file: file.file, form: file.form, mapping: file.mapping, rows: rows))
    }
    return plan
  }

  /// The entries the rows of each participant or site would make, as their checks leave them; one with
  /// one row needs none.
  private func entries(
    of tables: [ReadFile], _ actor: Actor
  ) async throws -> [EntrySubject: [FormEntry]] {
    let all = Dictionary(
      grouping: tables.flatMap(\.rows).compactMap(\.pending), by: \.address.subject
    ).filter { $0.value.count > 1 }
    var clocks: [EntrySubject: FormulaClocks] = [:]
    for subject in all.keys {
      let site =
        switch subject {
        case .site(let site): site
        case .participant(let key): try await participant(key, as: actor).site
        }
      clocks[subject] = actor.definition.formulaClocks(at: site)
    }
    let entries = all.reduce(into: [EntrySubject: [FormEntry]]()) { found, rows in
      found[rows.key] = rows.value.map { $0.entry(clocks[rows.key] ?? .none) }
    }
    var checked: [EntrySubject: [FormEntry]] = [:]
    for table in tables {
      for pending in table.rows.compactMap(\.pending) {
        let key = pending.address.subject
        guard let typed = entries[key] else { continue }
        // What a row works out can read what another one brings: once more with that.
        let row = ImportedRow(
          file: table.file.name, form: table.form.id.text, line: 0, participant: "", visit: "",
          number: 0, outcome: .new, sentences: [])
        let save = try await self.checked(pending, row, table.file, actor, beside: typed).save
        checked[key, default: []].append(
          pending.entry(answers: save?.checked.answers, clocks[key] ?? .none))
      }
    }
    return checked
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

  private func read(
    _ file: DataFile, _ headers: Set<String>, _ actor: Actor, _ seen: inout Set<EntryAddress>
  ) async throws -> ReadFile {
    guard let form = importableForms(as: actor).first(where: { $0.id == file.form }) else {
      guard let own = actor.definition.form(file.form), actor.writes(own) else {
        throw ActRefusal.notFound
      }
      if actor.handsIn(own) {
        throw ActRefusal.invalid([
          Fault(
            field: "form", code: "handed_in_once",
            sentence:
              "You hand in \(own.id) once each time and read none again, and what becomes of a row would "
              + "tell of what is there. Enter it on its page. Nothing was imported.")
        ])
      }
      throw ActRefusal.invalid([
        Fault(
          field: "form", code: "own_entries_only",
          sentence:
            "You read your own entries of \(own.id) only, and what becomes of a row would tell of those "
            + "of others. Enter it on its page. Nothing was imported.")
      ])
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
    var rows: [(row: ImportedRow, pending: PendingRow?)] = []
    for row in table.rows {
      rows.append(try await read(row.line, row.values, mapping, file, form, actor, &seen))
    }
    return ReadFile(file: file, form: form, mapping: mapping, rows: rows)
  }

  private func read(
    _ line: Int, _ values: [String: String], _ mapping: ImportMapping, _ file: DataFile,
    _ form: Form, _ actor: Actor, _ seen: inout Set<EntryAddress>
  ) async throws -> (row: ImportedRow, pending: PendingRow?) {
    func cell(_ target: ImportMapping.Target) -> String {
      mapping.column(target).flatMap { values[$0] } ?? ""
    }
    let isAboutSite = form.subject == .site
    let key: EntrySubject? =
      isAboutSite
      ? (try? SiteKey(parsing: cell(.site))).map { .site($0) }
      : (try? ParticipantKey(parsing: cell(.participant))).map { .participant($0) }
    let visit =
      isAboutSite ? .site : file.visit ?? (try? VisitCode(parsing: cell(.visit)))
    let number = form.isRepeating ? Int(cell(.number)) ?? 0 : 1
    func row(_ outcome: ImportedRow.Outcome, _ sentences: [String]) -> ImportedRow {
      // What is no key may be a name; it is not repeated.
      ImportedRow(
        file: file.name, form: form.id.text, line: line, participant: key?.text ?? "",
        visit: visit?.text ?? "", number: number,
        outcome: outcome, sentences: sentences)
    }
    guard let key else {
      return (
        row(
          .refused,
          [
            isAboutSite
              ? "The site is no key such as 104." : "The participant is no key such as 104-0031."
          ]), nil
      )
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
      return (
        row(found == nil ? .new : .changed, []),
        PendingRow(
          address: address, found: found, before: before, answers: answers,
          form: found?.form ?? form)
      )
    } catch {
      return (row(.refused, try Self.sentences(of: error)), nil)
    }
  }

  /// What becomes of a row that makes or changes an entry.
  ///
  /// - Parameter beside: the entries all rows of the participant would make.
  private func checked(
    _ pending: PendingRow, _ row: ImportedRow, _ file: DataFile, _ actor: Actor,
    beside: [FormEntry]
  ) async throws -> (row: ImportedRow, save: CheckedSave?) {
    let (address, found) = (pending.address, pending.found)
    do {
      let save = try await checkedSave(
        address.subject, address.form, address.visit, number: address.number,
        EntrySubmission(
          answers: pending.answers, expectedVersion: found?.version ?? 0, isFinal: true,
          reason: found == nil ? "" : file.reason), as: actor, beside: beside)
      if let found, found.isSubmitted {
        // Compared once more as it would be stored: 7.50 is the 7.5 that stands.
        let stored = save.checked.answers.filter {
          found.form.field($0.key)?.isCalculated != true
        }
        if stored == pending.before { return (row.with(.same, []), nil) }
        if ["frozen", "locked", "voided"].contains(found.status) {
          return (row.with(.refused, [ActRefusal.closed.sentence]), nil)
        }
        guard file.reason.hasWords else {
          return (
            row.with(.refused, ["It changes what was submitted, and no reason is given."]), nil
          )
        }
      }
      return (
        row.with(row.outcome, save.remarks.map { "\($0.sentence) (\($0.code))" }), save
      )
    } catch {
      return (row.with(.refused, try Self.sentences(of: error)), nil)
    }
  }

  /// What a row is refused with; throws again what is not about the row.
  private static func sentences(of error: any Error) throws -> [String] {
    switch error {
    case ActRefusal.invalid(let faults): return faults.map(\.sentence)
    case ActRefusal.notFound:
      return [
        "There is no such participant or site in your reach, or no such form at the visit."
      ]
    case let refusal as ActRefusal where isAboutRow(refusal): return [refusal.sentence]
    default: throw error
    }
  }

  private static func isAboutRow(_ refusal: ActRefusal) -> Bool {
    switch refusal {
    case .notNow, .noFurtherData, .closed, .reasonMissing, .unchanged: true
    case .notFound, .invalid, .stale, .notReady, .requestKeyReused, .requestInProgress,
      .requestLost, .authenticationFailed, .authenticationStale, .secondFactorStale,
      .outcomeUnknown, .unavailable,
      .keyMissing, .keyWrong, .sealDamaged:
      false
    }
  }

  /// An entry with its answers, nil where there is none; the participant is in reach.
  private func entryOrNil(_ address: EntryAddress, as actor: Actor) async throws -> ReadEntry? {
    let found = try await entry(
      address.subject, address.form, address.visit, number: address.number, as: actor)
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
