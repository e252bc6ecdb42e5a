import Foundation
public import Store
public import StudyModel

extension Installation {
  /// The forms whose entries this person can import: what the role writes and reads, all of it.
  ///
  /// Of a form of which it reads own entries only, a chosen number would tell of those of others.
  public func importableForms(as actor: Actor) -> [Form] {
    actor.definition.forms.filter { actor.writes($0) && actor.reads($0) }
  }

  /// The form a file's name begins with, such as VS for `VS-march.csv`; nil where it names none.
  public func importableForm(namedBy file: String, as actor: Actor) -> FormID? {
    let name = file.uppercased()
    return importableForms(as: actor).map(\.id).filter { form in
      guard name.hasPrefix(form.text) else { return false }
      let next = name.dropFirst(form.text.count).first
      return next.map { !$0.isLetter && !$0.isNumber && $0 != "_" } ?? true
    }.max { $0.text.count < $1.text.count }
  }

  /// Tells what would become of a file, row by row; nothing is saved.
  public func tryImport(_ file: DataFile, as actor: Actor) async throws -> ImportReport {
    try await tryImport([file], as: actor)
  }

  /// Tells what would become of several files that are imported as one; nothing is saved.
  public func tryImport(_ files: [DataFile], as actor: Actor) async throws -> ImportReport {
    try await report(files, try await importPlan(files, actor), actor, isSaved: false)
  }

  /// Saves every row of a file in one transaction, or nothing.
  ///
  /// - Parameter digest: that of the report somebody read.
  public func importData(
    _ file: DataFile, digest: String, as actor: Actor
  ) async throws -> ImportReport {
    try await importData([file], digest: digest, as: actor)
  }

  /// Saves every row of several files in one transaction, or nothing of any.
  ///
  /// - Parameter digest: that of the report somebody read: files, choices and what becomes of each row.
  public func importData(
    _ files: [DataFile], digest: String, as actor: Actor
  ) async throws -> ImportReport {
    let plan = try await importPlan(files, actor)
    let report = try await report(files, plan, actor, isSaved: true)
    guard report.known.isEmpty else {
      throw ActRefusal.notNow(
        code: "known_file", sentence: report.known + " Nothing was imported.")
    }
    guard digest == report.digest else {
      throw ActRefusal.notNow(
        code: "tried_otherwise",
        sentence:
          "What would become of the file is not what was tried: the file, a choice beside it or an entry "
          + "it reads was changed since. Try it again. Nothing was imported.")
    }
    guard report.isAcceptable else {
      throw ActRefusal.notNow(
        code: "rows_refused",
        sentence: report.count(.refused) > 0
          ? "\(report.count(.refused)) of \(report.rows.count) rows are refused. Nothing was imported."
          : "No row makes or changes an entry. Nothing was imported.")
    }
    let mappings = try plan.map { try $0.mapping.json }
    do {
      try await session(actor) { session in
        try session.setCause(.dataImport)
        for (planned, mapping) in zip(plan, mappings) {
          try Self.write(planned, mapping, in: session)
        }
      }
    } catch let error as StoreError {
      if case .notUnique(constraint: "kit_once") = error {
        throw ActRefusal.notNow(
          code: "kit_used",
          sentence: "A kit of the file stands on another entry. Nothing was imported.")
      }
      guard case .notUnique(constraint: "imports_file_once") = error else { throw error }
      throw ActRefusal.notNow(
        code: "known_file", sentence: "This file was imported before. Nothing was imported.")
    }
    for save in plan.flatMap({ $0.rows.compactMap(\.save) }) {
      guard let participant = save.subject.participant else { continue }
      await derive(
        after: save.form.id, at: save.visit, number: max(save.number, 1), of: participant,
        in: actor.trial, actor.definition)
    }
    return report
  }

  private func report(
    _ files: [DataFile], _ plan: [PlannedFile], _ actor: Actor, isSaved: Bool
  ) async throws -> ImportReport {
    ImportReport(
      digest: try plan.triedDigest(under: actor.definition.version), files: files.map(\.name),
      rows: plan.flatMap { $0.rows.map(\.row) }, known: try await known(files, actor),
      isSaved: isSaved)
  }

  /// The rows of one file; the transaction is the caller's.
  private static func write(
    _ planned: PlannedFile, _ mapping: String, in session: Session
  ) throws {
    let form = planned.form
    let name = try session.beginImport(
      of: form.id, in: form.dataClass, fileName: planned.file.name,
      digest: sha256(planned.file.bytes), mapping: mapping, rows: planned.rows.count)
    for (row, save) in planned.rows {
      guard let save else { continue }
      let saved = try save.write(in: session)
      try session.noteImportRow(
        name, line: row.line,
        EntryAddress(save.subject, form.id, save.visit, number: saved.number),
        version: saved.version, in: form.dataClass)
    }
  }

  /// The files imported in the actor's reach.
  public func imports(as actor: Actor) async throws -> [StoredImport] {
    let trial = actor.trial.id
    let classes = actor.entryClasses
    return try await session(actor) { session in
      try classes.flatMap { try session.imports(in: $0, trial: trial) }
    }.sorted { $0.at > $1.at }
  }

  /// That one of the files was imported into its form before, in a sentence; empty when none was.
  private func known(_ files: [DataFile], _ actor: Actor) async throws -> String {
    let imports = try await imports(as: actor)
    for file in files {
      let digest = sha256(file.bytes)
      guard let found = imports.first(where: { $0.digest == digest && $0.form == file.form.text })
      else { continue }
      return "The same file was imported as “\(found.fileName)” by \(found.name) on \(found.at)."
    }
    return ""
  }
}
