import Conduct
import Foundation
import Pages
import Store
import StudyModel

/// Data queries: the list, one query with its answer, and a new one.
enum QueryPages {
  static func list(_ call: Call) async throws -> QueriesModel {
    let queries = try await open(to: try call.actor, call)
    let now = call.installation.clock.now
    let ages = queries.map { age($0, now) }
    let bounds = [("week", 0...7), ("month", 8...30), ("older", 31...100_000)]
    let words = ["week": "0 to 7 days", "month": "8 to 30 days", "older": "over 30 days"]
    let chosen = bounds.first { $0.0 == call.query["age"] }
    let shown = zip(queries, ages).filter { chosen?.1.contains($0.1) ?? true }
    return QueriesModel(
      frame: call.site.frame(for: call),
      ages: bounds.map { bound in
        Link(
          text: "\(words[bound.0] ?? ""): \(ages.count { bound.1.contains($0) })",
          href: "/queries?age=\(bound.0)")
      }, shown: "\(shown.count) of \(queries.count)",
      rows: shown.map { query, age in
        QueryListRow(
          age: age == 1 ? "1 day" : "\(age) days", place: place(query),
          href: "/queries/\(query.address.text)", text: query.text, waitsFor: "the site",
          chip: .query(1))
      }, clear: chosen == nil ? nil : Link(text: "Clear filters", href: "/queries"))
  }

  private static func open(to actor: Actor, _ call: Call) async throws -> [StoredQuery] {
    guard actor.role.classes.contains(.open) else { throw ActRefusal.notFound }
    return try await call.installation.openQueries(as: actor)
  }

  private static func age(_ query: StoredQuery, _ now: UTCInstant) -> Int {
    max(0, Int(now.seconds(since: query.openedAt) / 86_400))
  }

  private static func place(_ query: StoredQuery) -> String {
    [query.participant, query.visit, query.form, query.field].filter { !$0.isEmpty }
      .joined(separator: ", ")
  }

  static func one(_ call: Call, faults: [Pages.Fault] = []) async throws -> QueryModel {
    let actor = try call.actor
    guard
      let query = try await open(to: actor, call).first(where: {
        $0.address.text == call.parameter("number")
      })
    else { throw ActRefusal.notFound }
    let zone = call.site.zone(of: actor)
    let form = (try? FormID(parsing: query.form)).flatMap { actor.definition.form($0) }
    let field = (try? FieldID(parsing: query.field)).flatMap { form?.field($0) }
    return QueryModel(
      frame: call.site.frame(for: call), back: Link(text: "Queries", href: "/queries"),
      place: place(query), chip: .query(1), value: try await value(query, field, call, actor),
      entry: Link(
        text: "Open \(form?.title ?? query.form), \(query.visit)",
        href: "/participants/\(query.participant)/forms/\(query.form)/\(query.visit)"),
      thread: [
        QueryMessage(
          author: "Data query \(query.address.text)", time: Times.full(query.openedAt, zone),
          text: query.text)
      ], answer: call.target("/queries/\(query.address.text)/close"),
      answerText: call.form["answer"] ?? "", faults: faults)
  }

  private static func value(
    _ query: StoredQuery, _ field: Field?, _ call: Call, _ actor: Actor
  ) async throws -> String {
    guard let field, let key = try? ParticipantKey(parsing: query.participant),
      let form = try? FormID(parsing: query.form), let visit = try? VisitCode(parsing: query.visit)
    else { return "the form as a whole" }
    let (entry, _) = try await call.installation.readEntry(key, form, visit, as: actor)
    guard entry.form.dataClass(of: field) == entry.form.dataClass else {
      return "agrees with its source"
    }
    return "\(field.label): \(entry.answers[field.id]?.text ?? "–")"
  }

  static func close(_ call: Call) async throws -> Answer {
    guard let query = QueryAddress(call.parameter("number")) else { throw ActRefusal.notFound }
    do {
      try await call.installation.closeQuery(
        query, answer: call.form["answer"] ?? "", as: try call.actor)
    } catch ActRefusal.reasonMissing {
      let fault = Pages.Fault(field: "answer", sentence: "Say what was found.")
      return .page(try await one(call, faults: [fault]).page(), status: 422)
    }
    return .see("/queries?note=query-closed")
  }

  // MARK: A new query

  static func ask(_ call: Call, faults: [Pages.Fault] = []) async throws -> ActPageModel {
    let actor = try call.actor
    let key = try call.participant()
    let formName = call.form["form"] ?? call.query["form"] ?? ""
    let visitName = call.form["visit"] ?? call.query["visit"] ?? ""
    guard let id = try? FormID(parsing: formName), let form = actor.definition.form(id),
      let visit = try? VisitCode(parsing: visitName), actor.role.classes.contains(form.dataClass)
    else { throw ActRefusal.notFound }
    _ = try await call.installation.participant(key, as: actor)
    let fields = form.fields.map { Choice(code: $0.id.text, label: $0.label) }
    return ActPageModel(
      frame: call.site.frame(for: call),
      back: Link(
        text: form.title, href: "/participants/\(key.text)/forms/\(id.text)/\(visit.text)"),
      title: "New query, \(key.text)", lead: "\(form.title), \(visit.text)",
      act: ActForm(
        form: call.target("/participants/\(key.text)/queries"), button: "Open the query",
        whatHappens: ["The site reads the query and answers it."],
        fields: [
          EntryField(
            name: "form", label: "Form",
            control: .code(
              choices: [Choice(code: id.text, label: form.title)], selected: id.text)),
          EntryField(
            name: "visit", label: "Visit",
            control: .code(
              choices: [Choice(code: visit.text, label: visit.text)], selected: visit.text)),
          EntryField(
            name: "field", label: "Field",
            control: .code(choices: fields, selected: call.form["field"] ?? ""), isOptional: true),
          EntryField(
            name: "blocking", label: "Randomization waits for the answer",
            control: .boolean(call.form["blocking"] == "Y")),
          EntryField(
            name: "text", label: "What is doubted",
            control: .lines(text: call.form["text"] ?? "", maximum: 500),
            hint: "No name, no treatment.",
            fault: faults.first { $0.field == "text" }?.sentence ?? ""),
        ], authentication: .notNeeded), faults: faults)
  }

  static func open(_ call: Call) async throws -> Answer {
    let text = (call.form["text"] ?? "").trimmingCharacters(in: .whitespacesAndNewlines)
    guard text.count >= 3 else {
      let fault = Pages.Fault(field: "text", sentence: "Say what is doubted.")
      return .page(try await ask(call, faults: [fault]).page(), status: 422)
    }
    let key = try call.participant()
    guard let form = try? FormID(parsing: call.form["form"] ?? ""),
      let visit = try? VisitCode(parsing: call.form["visit"] ?? "")
    else { throw ActRefusal.notFound }
    _ = try await call.installation.openQuery(
      key, form, visit, field: call.form["field"] ?? "", text: text,
      isBlocking: call.form["blocking"] == "Y", as: try call.actor)
    return .see("/participants/\(key.text)?note=query-opened")
  }
}
