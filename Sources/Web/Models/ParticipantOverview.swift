import Conduct
import Pages
import Pictures
import Store
import StudyModel

/// The page of one participant.
enum ParticipantOverview {
  static func model(_ call: Call) async throws -> ParticipantModel {
    let actor = try call.actor
    let key = try call.participant()
    let book = try await call.installation.casebook(of: key, as: actor)
    let view = try CasebookView(book, actor, now: call.installation.clock.now, call.installation)
    let history =
      actor.role.can(.readAudit)
      ? try await call.installation.history(of: key, limit: 500, as: actor) : []
    let lifecycles = try await call.installation.lifecycles(of: key, as: actor)
    let alerts = try await AlertPages.work(call, of: key)
    let begun = view.visits.filter { isShown($0, view) }
    let toCome = view.visits.filter { visit in !begun.contains(visit) }
    return ParticipantModel(
      frame: call.site.frame(for: call),
      back: Link(text: "Participants", href: "/participants"), key: key.text, chip: view.state,
      lead: lead(view) + lifecycles.map { "\($0.title): \($0.state.title)" },
      alerts: alerts, next: NextSteps.step(view), timeline: VisitTimeline.picture(view),
      timelineTable: VisitTimeline.table(view),
      formColumns: ["Site forms", "Rating", "Questionnaire"],
      visits: begun.reversed().map { row($0, view) }, visitsToCome: toCome.map { row($0, view) },
      queries: book.queries.map { query($0, view) },
      history: Array(HistoryRows.rows(history, view.zone, actor.definition).prefix(5)),
      links: links(key, actor, view))
  }

  private static func lead(_ view: CasebookView) -> [String] {
    var parts: [String] = []
    let participant = view.book.participant
    if let day = view.day { parts.append("Day \(day) since randomization") }
    if let number = participant.randomizationNumber { parts.append("number R-\(number)") }
    if view.actor.readsConsent {
      parts.append("consented \(Times.date(participant.consentedAt, view.zone))")
    }
    if let site = view.definition.site(participant.site) {
      parts.append("site \(site.key) \(site.title)")
    }
    return parts
  }

  private static func isShown(_ visit: Visit, _ view: CasebookView) -> Bool {
    if view.isBegun(visit) { return true }
    guard let day = visit.targetDay else { return false }
    if day < 0 { return true }
    if day == 0 { return view.isRandomized || view.book.participant.state == "eligible" }
    return view.dates(visit).map { $0.phase(on: view.today) != .ahead } ?? false
  }

  private static func row(_ visit: Visit, _ view: CasebookView) -> VisitRow {
    let forms = view.forms(at: visit)
    let href = "/participants/\(view.key)/visits/\(visit.code.text)"
    func cell(_ group: [Form], _ name: String) -> FormCell {
      FormCell(
        chip: view.chip(of: group, visit), href: href, name: "\(name), \(visit.code.text)")
    }
    return VisitRow(
      code: visit.code.text, href: href, name: visit.title,
      window: view.window(visit).isEmpty ? place(visit, view) : view.window(visit),
      cells: [
        cell(forms.filter { !view.isRating($0) && !view.isQuestionnaire($0) }, "site forms"),
        cell(forms.filter { view.isRating($0) }, "rating"),
        cell(forms.filter { view.isQuestionnaire($0) }, "questionnaire"),
      ], done: done(visit, view))
  }

  private static func place(_ visit: Visit, _ view: CasebookView) -> String {
    guard let day = visit.targetDay else { return "when needed" }
    if day > 0 { return "day \(day)" }
    return day == 0 ? "day 0" : "before randomization"
  }

  private static func done(_ visit: Visit, _ view: CasebookView) -> String {
    let expected = view.expected(visit)
    let open = view.open(visit)
    guard !expected.isEmpty else { return "–" }
    return open.isEmpty ? "all" : "\(expected.count - open.count) of \(expected.count)"
  }

  private static func query(_ query: StoredQuery, _ view: CasebookView) -> QueryRow {
    let days = max(0, Int(view.now.seconds(since: query.openedAt) / 86_400))
    return QueryRow(
      place: "\(query.form), \(query.visit)", href: "/queries/\(query.number)", text: query.text,
      author: Times.date(query.openedAt, view.zone),
      chip: .state(days > 30 ? .bad : .due, days == 0 ? "since today" : "since \(days) days"))
  }

  private static func links(
    _ key: ParticipantKey, _ actor: Actor, _ view: CasebookView
  ) -> [Link] {
    var links: [Link] = []
    if actor.role.can(.readAudit) {
      links.append(Link(text: "History", href: "/participants/\(key.text)/history"))
      let copy = "/participants/\(key.text)/copy.csv"
      links.append(Link(text: "Copy as a file", href: copy))
      links.append(Link(text: "Copy for a spreadsheet", href: SpreadsheetQuery.address(copy)))
    }
    if let number = view.book.participant.randomizationNumber, actor.role.can(.randomize) {
      links.append(
        Link(text: "Receipt of R-\(number)", href: "/participants/\(key.text)/receipt"))
    }
    if view.isRandomized, actor.role.can(.readAllocation) {
      links.append(Link(text: "Treatment file", href: "/allocations/\(key.text)"))
    }
    if IdentityPage.isOffered(to: actor) {
      links.append(Link(text: "Identity", href: "/participants/\(key.text)/identity"))
    }
    if actor.role.can(.consentParticipant),
      ParticipantState(rawValue: view.book.participant.state)?.isEnd == false
    {
      links.append(
        Link(text: "Hand over to another site", href: "/participants/\(key.text)/transfer"))
    }
    if actor.role.can(.signForms) {
      links.append(
        Link(text: "Sign several forms", href: "/participants/\(key.text)/sign"))
      links.append(
        Link(text: "Judge a likeness", href: "/participants/\(key.text)/likeness"))
    }
    if !ParticipantMovePage.steps(from: view.book.participant.state, actor).isEmpty {
      links.append(Link(text: "Participation", href: "/participants/\(key.text)/move"))
    }
    if let unscheduled = actor.definition.visits.first(
      where: actor.definition.takesUnscheduledForms)
    {
      for form in actor.definition.forms
      where form.visits.isEmpty && form.subject == .participant && actor.writes(form) {
        links.append(
          Link(
            text: form.title,
            href: EntryPlace(
              key, form.id, unscheduled.code,
              // Who reads own entries only begins a new one: the first may be a colleague's.
              number: form.isRepeating && !actor.reads(form) ? 0 : 1
            ).address()))
      }
    }
    return links
  }
}

/// Audit rows in the reader's own numbering.
enum HistoryRows {
  static func rows(
    _ rows: [AuditRow], _ zone: String, _ definition: StudyDefinition
  ) -> [HistoryRow] {
    rows.enumerated().map { index, row in
      HistoryRow(
        number: rows.count - index, time: Times.full(row.at, zone),
        person: row.name.isEmpty ? "the system" : row.name,
        object: object(row, definition), old: value(row.old, row, zone, definition),
        new: value(row.new, row, zone, definition), reason: row.reason)
    }
  }

  /// `101-0007/ICF@SCR#1` and the field as people say it.
  private static func object(_ row: AuditRow, _ definition: StudyDefinition) -> String {
    let place = row.object.split(separator: "/").dropFirst().first.map(String.init) ?? ""
    let parts = place.split(whereSeparator: { $0 == "@" || $0 == "#" }).map(String.init)
    guard parts.count > 1 else { return row.action }
    let title = form(of: row, definition)?.title ?? parts[0]
    guard !row.field.isEmpty else { return "\(title), \(parts[1]): \(row.action)" }
    let label = field(of: row, definition)?.label ?? row.field
    // What changed no value is told by its act, such as a data query on a field.
    let act = row.old == nil && row.new == nil ? ", \(row.action)" : ""
    return "\(title), \(parts[1]): \(label)\(act)"
  }

  private static func form(of row: AuditRow, _ definition: StudyDefinition) -> Form? {
    let place = row.object.split(separator: "/").dropFirst().first ?? ""
    return (try? FormID(parsing: String(place.prefix { $0 != "@" && $0 != "#" })))
      .flatMap { definition.form($0) }
  }

  private static func field(of row: AuditRow, _ definition: StudyDefinition) -> Field? {
    (try? FieldID(parsing: row.field)).flatMap { form(of: row, definition)?.field($0) }
  }

  private static func value(
    _ stored: String?, _ row: AuditRow, _ zone: String, _ definition: StudyDefinition
  ) -> String {
    let text = value(stored)
    switch field(of: row, definition)?.type {
    case .code(let items):
      return items.first { $0.code == text }?.label ?? text
    case .dateTime:
      return (try? UTCInstant(parsing: text)).map { Times.full($0, zone) } ?? text
    case .date:
      return (try? CalendarDate(parsing: text)).map { Times.date($0) } ?? text
    case .calculated, nil: return instant(text).map { Times.full($0, zone) } ?? text
    case .integer, .decimal, .boolean, .multi, .partialDate, .time, .text, .userReference:
      return text
    }
  }

  /// An instant as the program writes it, or as the database prints it.
  private static func instant(_ text: String) -> UTCInstant? {
    let written =
      text.hasSuffix("+00") ? text.dropLast(3).replacing(" ", with: "T") + "Z" : text
    return try? UTCInstant(parsing: written)
  }

  /// Stored answers are JSON: a text in quotation marks, or a reason why there is none.
  private static func value(_ stored: String?) -> String {
    guard let stored else { return "" }
    if stored.hasPrefix("\""), stored.hasSuffix("\""), stored.count > 1 {
      let text = String(stored.dropFirst().dropLast()).replacing("\\\"", with: "\"")
        .replacing("\\n", with: " ")
      return text == "true" ? "yes" : text == "false" ? "no" : text
    }
    if stored == "true" { return "yes" }
    if stored == "false" { return "no" }
    guard stored.hasPrefix("{") else { return stored }
    let code = MissingCode.allCases.first { stored.contains("\"\($0.rawValue)\"") }
    return "no value" + (code.map { ", \($0.rawValue)" } ?? "")
  }

  static func page(_ call: Call) async throws -> HistoryModel {
    let actor = try call.actor
    let key = try call.participant()
    let rows = try await call.installation.history(of: key, limit: 500, as: actor)
    let shown = Self.rows(rows, call.site.zone(of: actor), actor.definition)
    return HistoryModel(
      frame: call.site.frame(for: call),
      back: Link(text: key.text, href: "/participants/\(key.text)"), subject: key.text,
      shown: rows.count == 1 ? "1 change" : "\(rows.count) changes, newest first", rows: shown)
  }
}
