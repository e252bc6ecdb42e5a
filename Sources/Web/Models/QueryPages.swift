import Conduct
import Foundation
import Pages
import Store
import StudyModel

/// Data queries: the list, one query with its answer, and a new one.
enum QueryPages {
  static func list(_ call: Call) async throws -> QueriesModel {
    let actor = try call.actor
    let queries = try await open(to: actor, call)
    let now = call.installation.clock.now
    let filters: [(key: String, words: String, isIn: (StoredQuery) -> Bool)] = [
      ("open", "Waits for the site", { $0.state == "open" }),
      ("answered", "Answered", { $0.state == "answered" }),
      ("overdue", "Overdue", { $0.isOverdue(at: now) }),
    ]
    let chosen = filters.first { $0.key == call.query["show"] }
    let shown = queries.filter { chosen?.isIn($0) ?? true }
    return QueriesModel(
      frame: call.site.frame(for: call),
      ages: filters.map { filter in
        Link(
          text: "\(filter.words): \(queries.count { filter.isIn($0) })",
          href: "/queries?show=\(filter.key)")
      }, shown: "\(shown.count) of \(queries.count)",
      rows: shown.map { query in
        let age = age(query, now)
        return QueryListRow(
          age: age == 1 ? "1 day" : "\(age) days", place: place(query),
          href: "/queries/\(query.address.text)", text: query.text,
          waitsFor: query.state == "answered" ? "who asked" : "the site", chip: chip(query, now))
      }, clear: chosen == nil ? nil : Link(text: "Clear filters", href: "/queries"))
  }

  private static func chip(_ query: StoredQuery, _ now: UTCInstant) -> Chip {
    if query.isOverdue(at: now) {
      return .overdue(days: max(1, age(query, now) - StoredQuery.patience))
    }
    return switch query.state {
    case "answered": .answered
    case "closed": .done
    default: .query(1)
    }
  }

  private static func open(to actor: Actor, _ call: Call) async throws -> [StoredQuery] {
    guard actor.role.classes.contains(.open) else { throw ActRefusal.notFound }
    return try await call.installation.openQueries(as: actor)
  }

  private static func age(_ query: StoredQuery, _ now: UTCInstant) -> Int {
    max(0, Int(now.seconds(since: query.openedAt) / 86_400))
  }

  private static func place(_ query: StoredQuery) -> String {
    let form = query.entryNumber == 1 ? query.form : "\(query.form) \(query.entryNumber)"
    let visit = query.visit == VisitCode.site.text ? "" : query.visit
    return [query.participant, visit, form, query.field].filter { !$0.isEmpty }
      .joined(separator: ", ")
  }

  static func one(_ call: Call, faults: [Pages.Fault] = []) async throws -> QueryModel {
    let actor = try call.actor
    guard actor.role.classes.contains(.open), let address = QueryAddress(call.parameter("number"))
    else { throw ActRefusal.notFound }
    let file = try await call.installation.query(address, as: actor)
    let query = file.query
    let zone = call.site.zone(of: actor)
    let form = (try? FormID(parsing: query.form)).flatMap { actor.definition.form($0) }
    let field = (try? FieldID(parsing: query.field)).flatMap { form?.field($0) }
    let asks = actor.role.can(.openDataQuery)
    let entry = EntryPlace(
      try EntrySubject(parsing: query.participant), try FormID(parsing: query.form),
      try VisitCode(parsing: query.visit), number: query.entryNumber)
    return QueryModel(
      frame: call.site.frame(for: call), back: Link(text: "Queries", href: "/queries"),
      place: place(query), chip: chip(query, call.installation.clock.now),
      value: try await value(query, field, call, actor),
      entry: Link(
        text: "Open \(form.map { entry.title($0) } ?? "\(query.form), \(query.visit)")",
        href: entry.address()),
      thread: file.thread.map { message in
        Pages.QueryMessage(
          author: author(of: message, actor.definition),
          time: "\(message.kind) \(Times.full(message.at, zone))", text: message.text)
      },
      answer: actor.role.can(.answerDataQuery) && query.state != "closed"
        ? call.target("/queries/\(query.address.text)/answer") : nil,
      answerText: call.form["answer"] ?? "",
      judge: asks ? call.target("/queries/\(query.address.text)/close") : nil,
      canClose: asks && query.state != "closed", canReopen: asks && query.state != "open",
      reasonText: call.form["reason"] ?? "", faults: faults)
  }

  private static func author(
    of message: StoredQueryMessage, _ definition: StudyDefinition
  ) -> String {
    guard !message.author.isEmpty else { return "Check of the form" }
    guard message.role != TreatmentTeam.role else { return message.author }
    let role = (try? RoleID(parsing: message.role)).flatMap { definition.role($0)?.title }
    return "\(message.author), \((role ?? message.role).lowercased())"
  }

  private static func value(
    _ query: StoredQuery, _ field: Field?, _ call: Call, _ actor: Actor
  ) async throws -> String {
    guard let field, let key = try? EntrySubject(parsing: query.participant),
      let form = try? FormID(parsing: query.form), let visit = try? VisitCode(parsing: query.visit)
    else { return "the form as a whole" }
    let (entry, _) = try await call.installation.readEntry(
      key, form, visit, number: query.entryNumber, as: actor)
    guard entry.form.dataClass(of: field) == entry.form.dataClass else {
      return "agrees with its source"
    }
    return "\(field.label): \(entry.answers[field.id]?.text ?? "–")"
  }

  static func answer(_ call: Call) async throws -> Answer {
    guard let query = QueryAddress(call.parameter("number")) else { throw ActRefusal.notFound }
    return try await call.act {
      try await call.installation.answerQuery(
        query, answer: call.form["answer"] ?? "", as: try call.actor)
      return "/queries?note=query-answered"
    } orShow: {
      try await one(call, faults: $0).page()
    }
  }

  static func close(_ call: Call) async throws -> Answer {
    guard let query = QueryAddress(call.parameter("number")) else { throw ActRefusal.notFound }
    let reason = call.form["reason"] ?? ""
    return try await call.act {
      let actor = try call.actor
      guard call.form["act"] == "reopen" else {
        try await call.installation.closeQuery(query, reason: reason, as: actor)
        return "/queries?note=query-closed"
      }
      try await call.installation.reopenQuery(query, reason: reason, as: actor)
      return "/queries?note=query-reopened"
    } orShow: {
      try await one(call, faults: $0).page()
    }
  }

  // MARK: A new query

  static func ask(_ call: Call, faults: [Pages.Fault] = []) async throws -> ActPageModel {
    let actor = try call.actor
    let key = try call.subject()
    let formName = call.form["form"] ?? call.query["form"] ?? ""
    let visitName = call.form["visit"] ?? call.query["visit"] ?? ""
    guard let id = try? FormID(parsing: formName), let form = actor.definition.form(id),
      let visit = key.participant == nil ? .site : try? VisitCode(parsing: visitName),
      form.isAbout(key), actor.reads(form)
    else { throw ActRefusal.notFound }
    if let participant = key.participant {
      _ = try await call.installation.participant(participant, as: actor)
    }
    let place = EntryPlace(key, id, visit)
    let fields = form.fields.map { Choice(code: $0.id.text, label: $0.label) }
    let number = call.form["number"] ?? call.query["number"] ?? ""
    let repeated =
      form.isRepeating
      ? [
        EntryField(
          name: "number", label: "Number of the entry",
          control: .integer(text: number.isEmpty ? "1" : number, size: 4))
      ] : []
    return ActPageModel(
      frame: call.site.frame(for: call),
      back: Link(text: form.title, href: place.address()),
      title: "New query, \(key.text)", lead: place.title(form),
      act: ActForm(
        form: call.target(place.queriesAddress), button: "Open the query",
        whatHappens: ["The site reads the query and answers it."],
        fields: [
          EntryField(
            name: "form", label: "Form",
            control: .code(
              choices: [Choice(code: id.text, label: form.title)], selected: id.text))
        ]
          + (key.participant == nil
            ? []
            : [
              EntryField(
                name: "visit", label: "Visit",
                control: .code(
                  choices: [Choice(code: visit.text, label: visit.text)], selected: visit.text))
            ]) + repeated + [
            EntryField(
              name: "field", label: "Field",
              control: .code(choices: fields, selected: call.form["field"] ?? ""), isOptional: true)
          ]
          + (key.participant == nil
            ? []
            : [
              EntryField(
                name: "blocking", label: "Randomization waits for the answer",
                control: .boolean(call.form["blocking"] == "Y"))
            ]) + [
            EntryField(
              name: "text", label: "What is doubted",
              control: .lines(text: call.form["text"] ?? "", maximum: 500),
              hint: "No name, no treatment.",
              fault: faults.first { $0.field == "text" }?.sentence ?? "")
          ], authentication: .notNeeded), faults: faults)
  }

  static func open(_ call: Call) async throws -> Answer {
    let key = try call.subject()
    guard let form = try? FormID(parsing: call.form["form"] ?? ""),
      let visit = key.participant == nil
        ? .site : try? VisitCode(parsing: call.form["visit"] ?? "")
    else { throw ActRefusal.notFound }
    return try await call.act {
      _ = try await call.installation.openQuery(
        key, form, visit, number: Int(call.form["number"] ?? "1") ?? 1,
        field: call.form["field"] ?? "", text: call.form["text"] ?? "",
        isBlocking: call.form["blocking"] == "Y", as: try call.actor)
      return EntryPlace(key, form, visit).ownerAddress + "?note=query-opened"
    } orShow: {
      try await ask(call, faults: $0).page()
    }
  }
}
