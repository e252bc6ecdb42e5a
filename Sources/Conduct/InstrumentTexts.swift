import Datasets
import Foundation
public import Store
public import StudyModel

/// The text of an instrument in one language, with the permission to show it.
public struct TextLoading: Sendable {
  /// The instrument, such as MADRS.
  public var instrument: String
  /// The language, such as `en` or `pt-BR`.
  public var language: String
  /// The file: CSV in UTF-8 with the columns item, answer and text.
  public var file: [UInt8]
  /// The letter or licence by which the text may be shown.
  public var reference: String
  /// Who gave the permission.
  public var givenBy: String
  /// The date of the permission, `YYYY-MM-DD`.
  public var permittedOn: String

  /// Describes a text.
  public init(
    instrument: String, language: String, file: [UInt8], reference: String, givenBy: String,
    permittedOn: String
  ) {
    self.instrument = instrument
    self.language = language
    self.file = file
    self.reference = reference
    self.givenBy = givenBy
    self.permittedOn = permittedOn
  }
}

/// A text as it would be shown, before it is loaded.
public struct TextPreview: Sendable, Equatable {
  /// One item.
  public struct Item: Sendable, Equatable {
    /// The name of the item.
    public let item: String
    /// The label shown without a text.
    public let label: String
    /// The question.
    public let wording: String
    /// The answers in their order.
    public let answers: [(code: String, words: String)]

    /// Two items are equal when all they show is.
    public static func == (one: Item, other: Item) -> Bool {
      one.item == other.item && one.label == other.label && one.wording == other.wording
        && one.answers.elementsEqual(other.answers, by: ==)
    }
  }

  /// The instrument.
  public let instrument: String
  /// Its title.
  public let title: String
  /// The language.
  public let language: String
  /// The items in their order.
  public let items: [Item]
  /// SHA-256 of the file in hexadecimal digits, by which it is known again.
  public let digest: String
  /// The number of the text that is shown now, 0 for the labels of the definition.
  public let replaces: Int
}

/// An instrument with the texts that were loaded for it.
public struct InstrumentTexts: Sendable {
  /// The instrument.
  public let instrument: Instrument
  /// Every version, by language and number.
  public let versions: [StoredInstrumentText]

  /// The version shown in each language: the latest, unless it takes the text back.
  public var shown: [StoredInstrumentText] {
    Dictionary(grouping: versions, by: \.language).values
      .compactMap { $0.max { $0.version < $1.version } }.filter(\.hasWords)
      .sorted { $0.language < $1.language }
  }
}

extension Installation {
  /// The most bytes of a file with the text of an instrument.
  public static let mostTextBytes = 256 << 10
  private static let textColumns = ["item", "answer", "text"]

  /// The instruments of the study with the texts loaded for them; who keeps the study reads it.
  public func instrumentTexts(as actor: Actor) async throws -> [InstrumentTexts] {
    try actor.need(.loadStudy)
    let stored = try await session(actor) { try $0.instrumentTexts(of: actor.trial.id) }
    return actor.definition.instruments.map { instrument in
      InstrumentTexts(
        instrument: instrument, versions: stored.filter { $0.instrument == instrument.id.text })
    }
  }

  /// The file to fill in for an instrument: a row for each question and each answer.
  ///
  /// The fourth column tells the label that is shown without a text; it is not read.
  public static func textTemplate(of instrument: Instrument) throws(ActRefusal) -> String {
    guard instrument.licence != .subtotals else { throw subtotalsOnly(instrument) }
    return CSVText.table(
      textColumns + ["label"],
      instrument.items.flatMap { item in
        [[item.id.text, "", "", item.label]]
          + item.range.codes.map { [item.id.text, $0, "", ""] }
      })
  }

  /// Tells what would be shown, or everything that is wrong; nothing is kept.
  public func tryText(_ loading: TextLoading, as actor: Actor) async throws -> TextPreview {
    try actor.need(.loadStudy)
    let (instrument, text, _) = try read(loading, actor.definition)
    let stored = try await session(actor) { try $0.instrumentTexts(of: actor.trial.id) }
    let last = stored.last {
      $0.instrument == instrument.id.text && $0.language == loading.language
    }
    return TextPreview(
      instrument: instrument.id.text, title: instrument.title, language: loading.language,
      items: instrument.items.map { item in
        TextPreview.Item(
          item: item.id.text, label: item.label, wording: text.items[item.id.text]?.wording ?? "",
          answers: item.range.codes.map {
            ($0, text.items[item.id.text]?.answers[$0] ?? "")
          })
      }, digest: Digests.sha256(of: loading.file),
      replaces: last.map { $0.hasWords ? $0.version : 0 } ?? 0)
  }

  /// Loads a text with the permission to show it; from now on it is shown in its language.
  ///
  /// - Parameter digest: that of the file that was tried.
  /// - Returns: the number of the text in its language.
  public func loadText(
    _ loading: TextLoading, digest: String, as actor: Actor
  ) async throws -> Int {
    try actor.need(.loadStudy)
    guard digest == Digests.sha256(of: loading.file) else {
      throw ActRefusal.notNow(
        code: "other_file",
        sentence: "This is not the file that was tried. Try it again. Nothing was loaded.")
    }
    let (instrument, text, permittedOn) = try read(loading, actor.definition)
    let kept = InstrumentTextVersion(
      instrument: instrument.id, instrumentVersion: instrument.version,
      language: loading.language, content: try Self.json(text), digest: sha256(loading.file),
      permissionReference: loading.reference.trimmed, permissionFrom: loading.givenBy.trimmed,
      permittedOn: permittedOn)
    let stored = try await session(actor) { try $0.instrumentTexts(of: actor.trial.id) }
    let last = stored.last {
      $0.instrument == instrument.id.text && $0.language == loading.language
    }
    if let last, last.hasWords, last.digest == kept.digest,
      last.permissionReference == kept.permissionReference,
      last.permissionFrom == kept.permissionFrom, last.permittedOn == permittedOn
    {
      throw ActRefusal.unchanged
    }
    return try await session(actor) { try $0.loadInstrumentText(kept) }
  }

  /// Shows an earlier text again, or with 0 the labels of the definition.
  ///
  /// - Returns: the number under which it is kept.
  public func restoreText(
    of instrument: String, in language: String, version: Int, as actor: Actor
  ) async throws -> Int {
    try actor.need(.loadStudy)
    guard let id = try? InstrumentID(parsing: instrument),
      let known = actor.definition.instrument(id)
    else { throw Self.unknownInstrument(instrument) }
    let stored = try await session(actor) { try $0.instrumentTexts(of: actor.trial.id) }
      .filter { $0.instrument == instrument && $0.language == language }
    guard version >= 0, let last = stored.last,
      version == 0 || stored.contains(where: { $0.version == version && $0.hasWords })
    else {
      throw ActRefusal.invalid([
        Fault(
          field: "version", code: "no_such_text",
          sentence: "There is no such text of \(instrument) in this language. Nothing was changed.")
      ])
    }
    return try await session(actor) { session in
      try session.loadInstrumentText(
        InstrumentTextVersion(
          instrument: id, instrumentVersion: known.version, language: language, content: nil,
          digest: last.digest, permissionReference: last.permissionReference,
          permissionFrom: last.permissionFrom, permittedOn: last.permittedOn, restores: version))
    }
  }

  // MARK: Showing

  /// A form in the words loaded for its instrument; with its labels where there are none.
  ///
  /// - Parameter language: the language wanted; where nothing is loaded in it, the one loaded first is shown.
  func worded(
    _ form: Form, in language: String?, _ definition: StudyDefinition, trial: Trial
  ) async throws -> Form {
    guard let id = form.instrument, let instrument = definition.instrument(id) else { return form }
    let shown = try await asSystem(trial) { try $0.shownTexts(of: id, in: trial.id) }
    guard let found = shown.first(where: { $0.language == language }) ?? shown.first,
      let text = try? JSONDecoder().decode(InstrumentText.self, from: Data(found.content.utf8))
    else { return form }
    return form.worded(text, of: instrument)
  }

  /// A form of a participant in the language their ratings are booked in.
  func worded(
    _ form: Form, for participant: ParticipantKey?, _ definition: StudyDefinition, trial: Trial
  ) async throws -> Form {
    guard form.instrument != nil else { return form }
    let language = try await asSystem(trial) { session in
      try participant.flatMap { try session.language(of: $0) }
    }
    return try await worded(form, in: language, definition, trial: trial)
  }

  // MARK: Reading

  private func read(
    _ loading: TextLoading, _ definition: StudyDefinition
  ) throws(ActRefusal) -> (Instrument, InstrumentText, CalendarDate) {
    guard let id = try? InstrumentID(parsing: loading.instrument),
      let instrument = definition.instrument(id)
    else { throw Self.unknownInstrument(loading.instrument) }
    guard instrument.licence != .subtotals else { throw Self.subtotalsOnly(instrument) }
    var faults = permissionFaults(loading)
    let permittedOn = try? CalendarDate(parsing: loading.permittedOn)
    var text: InstrumentText?
    do throws(ActRefusal) {
      let found = try Self.text(in: loading.file, faults: &faults)
      faults += found.faults(for: instrument).map {
        Fault(field: "file", code: $0.code, sentence: $0.sentence + Self.nothing)
      }
      text = found
    } catch .invalid(let found) {
      faults += found
    } catch {
      throw error
    }
    guard faults.isEmpty, let text, let permittedOn else {
      throw .invalid(Array(faults.prefix(100)))
    }
    return (instrument, text, permittedOn)
  }

  private static let nothing = " Nothing was loaded."

  private static func unknownInstrument(_ name: String) -> ActRefusal {
    .invalid([
      Fault(
        field: "instrument", code: "unknown_instrument",
        sentence: "The study has no instrument “\(name)”." + nothing)
    ])
  }

  private static func subtotalsOnly(_ instrument: Instrument) -> ActRefusal {
    let told = InstrumentText(items: [:]).faults(for: instrument).first
    return .invalid([
      Fault(
        field: "instrument", code: told?.code ?? "subtotals_only",
        sentence: (told?.sentence ?? "") + nothing)
    ])
  }

  private func permissionFaults(_ loading: TextLoading) -> [Fault] {
    var faults: [Fault] = []
    func add(_ field: String, _ code: String, _ sentence: String) {
      faults.append(Fault(field: field, code: code, sentence: sentence + Self.nothing))
    }
    if !loading.language.isLanguage {
      add("language", "bad_language", "A language is written such as en, de or pt-BR.")
    }
    for (field, code, text, lack) in [
      (
        "reference", "no_reference", loading.reference,
        "Name the letter or licence by which the text may be shown."
      ), ("given_by", "no_giver", loading.givenBy, "Say who gave the permission."),
    ] {
      if text.trimmed.count < 3 { add(field, code, lack) }
      if text.trimmed.count > 200 { add(field, "too_long", "This is longer than 200 characters.") }
      if let hidden = HiddenCharacter.first(in: text) {
        add(
          field, "control_characters", "The character \(hidden) stands in it, which nobody sees.")
      }
    }
    guard let date = try? CalendarDate(parsing: loading.permittedOn) else {
      add("permitted_on", "bad_date", "Give the date of the permission as year, month and day.")
      return faults
    }
    if date > CalendarDate(inUTC: clock.now) {
      add("permitted_on", "date_ahead", "The date of the permission lies in the future.")
    }
    return faults
  }

  /// The words of a file; what stands twice is a fault.
  private static func text(
    in file: [UInt8], faults: inout [Fault]
  ) throws(ActRefusal) -> InstrumentText {
    guard file.count <= mostTextBytes else {
      throw .invalid([
        Fault(
          field: "file", code: "too_long",
          sentence: "The file is larger than \(mostTextBytes >> 10) KiB." + nothing)
      ])
    }
    let table: CSVImport
    do throws(CSVRefusal) {
      table = try CSVImport(
        try CSVImport.text(file, most: mostTextBytes), columns: textColumns)
    } catch {
      throw .invalid(
        error.faults.prefix(100).map {
          Fault(field: "file", code: "bad_table", sentence: $0.description + nothing)
        })
    }
    var wordings: [String: String] = [:]
    var answers: [String: [String: String]] = [:]
    for row in table.rows {
      let item = (row.values["item"] ?? "").trimmed
      let answer = (row.values["answer"] ?? "").trimmed
      let text = (row.values["text"] ?? "").replacing("\r\n", with: "\n").trimmed
      let isTwice =
        answer.isEmpty ? wordings[item] != nil : answers[item]?[answer] != nil
      if isTwice {
        faults.append(
          Fault(
            field: "file", code: "stands_twice",
            sentence: "Row \(row.line): \(item) \(answer) stands twice." + nothing))
      }
      if answer.isEmpty {
        wordings[item] = text
      } else {
        answers[item, default: [:]][answer] = text
      }
    }
    let names = Set(wordings.keys).union(answers.keys)
    return InstrumentText(
      items: Dictionary(
        uniqueKeysWithValues: names.map {
          ($0, ItemText(wording: wordings[$0] ?? "", answers: answers[$0] ?? [:]))
        }))
  }

  private static func json(_ text: InstrumentText) throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return String(decoding: try encoder.encode(text), as: UTF8.self)
  }
}

extension String {
  fileprivate var trimmed: String { trimmingCharacters(in: .whitespacesAndNewlines) }

  /// Whether the text is written like the name of a language, with a country where it matters.
  fileprivate var isLanguage: Bool {
    let parts = split(separator: "-", omittingEmptySubsequences: false)
    guard let first = parts.first, (2...3).contains(first.utf8.count),
      first.utf8.allSatisfy({ (0x61...0x7A).contains($0) })
    else { return false }
    guard parts.count > 1 else { return true }
    return parts.count == 2 && parts[1].utf8.count == 2
      && parts[1].utf8.allSatisfy { (0x41...0x5A).contains($0) }
  }
}
