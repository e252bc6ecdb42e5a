import Conduct
import Crypto
import Foundation
import Pages
import Store
import StudyModel

/// The audit trail as a page: filters, questions of review, files, and signed reviews.
enum AuditPages {
  /// What the address asks for.
  struct Asked {
    let dataClass: DataClass
    var filter = AuditFilter()
    let from: String
    let through: String
    let page: Int

    init(_ call: Call) throws {
      let classes = try call.actor.auditClasses
      let name = call.query["class"] ?? ""
      guard
        let chosen = name.isEmpty ? classes.first : classes.first(where: { $0.rawValue == name })
      else { throw ActRefusal.notFound }
      dataClass = chosen
      from = call.query["from"] ?? ""
      through = call.query["through"] ?? ""
      page = max(1, min(Int(call.query["page"] ?? "") ?? 1, 100_000))
      filter.participant = call.query["participant"] ?? ""
      filter.user = call.query["user"] ?? ""
      filter.question = call.query["question"] ?? ""
      filter.from = try Self.day(from, "from", plus: 0)
      filter.until = try Self.day(through, "through", plus: 1)
      filter.offset = (page - 1) * filter.limit
    }

    private static func day(_ text: String, _ field: String, plus days: Int) throws -> UTCInstant? {
      guard !text.isEmpty else { return nil }
      guard let day = try? CalendarDate(parsing: text) else {
        throw ActRefusal.invalid([
          Conduct.Fault(
            field: field, code: "bad_date", sentence: "Write the day as 2027-01-31.")
        ])
      }
      return UTCInstant(
        microsecondsSince1970: Int64(day.daysSince1970 + days) * 86_400_000_000)
    }

    /// The address with some of it changed.
    func address(_ path: String, _ changes: [String: String] = [:]) -> String {
      var parts = [
        "class": dataClass.rawValue, "participant": filter.participant, "user": filter.user,
        "from": from, "through": through, "question": filter.question,
      ]
      parts.merge(changes) { $1 }
      let query = parts.keys.sorted().compactMap { name -> String? in
        guard let value = parts[name], !value.isEmpty else { return nil }
        return "\(name)=\(Self.encoded(value))"
      }
      return path + "?" + query.joined(separator: "&")
    }

    private static func encoded(_ text: String) -> String {
      text.utf8.map { byte in
        let scalar = UnicodeScalar(byte)
        let isPlain =
          scalar.isASCII && (scalar.properties.isAlphabetic || (48...57).contains(byte))
        return isPlain || byte == 0x2D || byte == 0x2E || byte == 0x5F
          ? String(scalar) : "%" + Hex.text([byte]).uppercased()
      }.joined()
    }
  }

  static func page(_ call: Call) async throws -> AuditModel {
    let actor = try call.actor
    let asked = try Asked(call)
    let found = try await call.installation.auditTrail(
      of: asked.dataClass, asked.filter, as: actor)
    let zone = call.site.zone(of: actor)
    let first = asked.filter.offset
    return AuditModel(
      frame: call.site.frame(for: call), lead: lead(asked, found, first),
      classes: actor.auditClasses.count > 1
        ? actor.auditClasses.map {
          Link(text: "Class \($0.rawValue)", href: "/audit?class=\($0.rawValue)")
        } : [],
      questions: AuditQuestion.allCases.map {
        Link(text: $0.title, href: asked.address("/audit", ["question": $0.rawValue]))
      },
      filters: filters(asked), dataClass: asked.dataClass.rawValue,
      rows: zip(
        found.rows, HistoryRows.rows(found.rows.map(\.row), zone, actor.definition)
      ).map { entry, row in
        var row = row
        row.number = Int(entry.row.number)
        row.object = place(entry.row) + row.object
        if entry.hasWords, Installation.removes(actor.role) {
          row.removal = Link(
            text: "Remove…",
            href: RemovalPages.address(of: Int(entry.row.number), in: asked.dataClass),
            context: "personal data in what row \(entry.row.number) says")
        }
        return row
      },
      pages: pages(asked, found, first),
      clear: asked.address("/audit")
        == "/audit?class=\(asked.dataClass.rawValue)"
        ? nil : Link(text: "Clear filters", href: "/audit?class=\(asked.dataClass.rawValue)"),
      removals: Installation.removes(actor.role)
        ? Link(text: "Removed personal data", href: "/removals") : nil,
      files: Link(text: "Files of these rows", href: asked.address("/audit/files")),
      reviews: Link(text: "Reviews", href: "/audit/reviews"))
  }

  /// What is on record of the reader's own entries.
  static func own(_ call: Call) async throws -> HistoryModel {
    let actor = try call.actor
    let trail = try await call.installation.ownTrail(as: actor)
    return HistoryModel(
      frame: call.site.frame(for: call), subject: "your entries",
      shown: trail.count == 1 ? "1 change" : "\(trail.count) changes, newest first",
      rows: zip(trail, HistoryRows.rows(trail, call.site.zone(of: actor), actor.definition)).map {
        change, row in
        var row = row
        row.object = place(change) + row.object
        return row
      })
  }

  /// Whose row it is, before the words of the change: a participant, a site, an import.
  private static func place(_ row: AuditRow) -> String {
    let owner = row.object.split(separator: "/").first.map(String.init) ?? ""
    return owner.isEmpty ? "" : owner + ": "
  }

  private static func lead(_ asked: Asked, _ found: AuditPage, _ first: Int) -> String {
    let question = AuditQuestion(rawValue: asked.filter.question).map { "\($0.title): " } ?? ""
    guard found.total > 0 else { return question + "no rows" }
    return question
      + "rows \(first + 1) to \(first + found.rows.count) of \(found.total), newest first"
  }

  private static func filters(_ asked: Asked) -> [EntryField] {
    [
      EntryField(
        name: "participant", label: "Participant",
        control: .text(text: asked.filter.participant, maximum: 8), isOptional: true),
      EntryField(
        name: "user", label: "User name", control: .text(text: asked.filter.user, maximum: 64),
        isOptional: true),
      EntryField(
        name: "from", label: "From day", control: .text(text: asked.from, maximum: 10),
        hint: "Such as 2027-01-31, UTC.", isOptional: true),
      EntryField(
        name: "through", label: "Through day", control: .text(text: asked.through, maximum: 10),
        isOptional: true),
    ]
  }

  private static func pages(_ asked: Asked, _ found: AuditPage, _ first: Int) -> [Link] {
    var links: [Link] = []
    if asked.page > 1 {
      links.append(
        Link(text: "Later rows", href: asked.address("/audit", ["page": "\(asked.page - 1)"])))
    }
    if first + found.rows.count < found.total {
      links.append(
        Link(text: "Earlier rows", href: asked.address("/audit", ["page": "\(asked.page + 1)"])))
    }
    return links
  }

  // MARK: Files

  static func files(_ call: Call) async throws -> ActPageModel {
    let actor = try call.actor
    let asked = try Asked(call)
    var facts: [Fact] = []
    for file in try await call.installation.auditFiles(
      of: asked.dataClass, asked.filter, as: actor)
    {
      facts.append(Fact(name: "File", value: "\(file.name), \(file.rows) rows"))
      facts.append(Fact(name: "SHA-256", value: file.digest, isCode: true))
    }
    return ActPageModel(
      frame: call.site.frame(for: call),
      back: Link(text: "Audit trail", href: asked.address("/audit")),
      title: "Files of the audit trail",
      lead:
        "The rows of the filter as CSV with exact values, as CSV for a spreadsheet, in which an apostrophe stands before what would be taken for a formula, and as JSON lines, with their digests. A file that is taken is put on record in this trail, so that the next one may hold that row as well.",
      facts: facts,
      links: [
        Link(text: "Download CSV", href: asked.address("/audit/file.csv")),
        Link(
          text: "Download for a spreadsheet",
          href: asked.address("/audit/file.csv", SpreadsheetQuery.asked)),
        Link(text: "Download JSON lines", href: asked.address("/audit/file.jsonl")),
      ])
  }

  static func file(_ call: Call, form: AuditFileForm) async throws -> Answer {
    let asked = try Asked(call)
    let file = try await call.installation.takeAuditFile(
      of: asked.dataClass, asked.filter, form: form, as: try call.actor)
    let digest = Data(SHA256.hash(data: file.bytes)).base64EncodedString()
    var answer = Answer.file(
      file.bytes, name: file.name,
      type: form == .lines ? "application/jsonl" : "text/csv; charset=utf-8")
    answer.extra.append(("Repr-Digest", "sha-256=:\(digest):"))
    return answer
  }

  /// The same from a page, which asks for a proof where none was given just before.
  static func download(_ call: Call, form: AuditFileForm) async throws -> Answer {
    try await call.file(offeredAt: try Asked(call).address("/audit/files")) {
      try await file(call, form: form)
    }
  }

  // MARK: Reviews

  static func reviews(_ call: Call) async throws -> WorkListModel {
    let actor = try call.actor
    let found = try await call.installation.auditReviews(as: actor)
    let zone = call.site.zone(of: actor)
    return WorkListModel(
      frame: call.site.frame(for: call), title: "Reviews of the audit trail",
      lead: "Signed by \(actor.role.title.lowercased())s; other roles do not see them",
      nothing: "No review is on record. A review appears here when it is signed.",
      columns: ["Looked at", "Found", "Signature"],
      rows: found.map { review in
        WorkListRow(
          participant: Link(
            text: "\(review.from.description.prefix(10)) to \(review.until.description.prefix(10))",
            href: "/audit?from=\(review.from.description.prefix(10))"),
          texts: [
            review.scope, review.findings,
            "\(review.name), \(Times.full(review.at, zone)): “\(review.meaning)”",
          ], chip: .done)
      }, firstColumn: "Period",
      links: [
        Link(text: "Sign a review", href: "/audit/reviews/new"),
        Link(text: "Audit trail", href: "/audit"),
      ])
  }

  static func newReview(
    _ call: Call, faults: [Pages.Fault] = []
  ) async throws -> ActPageModel {
    func field(_ name: String, _ label: String, _ maximum: Int, hint: String = "") -> EntryField {
      let typed = call.form[name] ?? ""
      return EntryField(
        name: name, label: label,
        control: maximum > 300
          ? .lines(text: typed, maximum: maximum) : .text(text: typed, maximum: maximum),
        hint: hint, fault: faults.first { $0.field == name }?.sentence ?? "")
    }
    guard try !call.actor.auditClasses.isEmpty else { throw ActRefusal.notFound }
    return ActPageModel(
      frame: call.site.frame(for: call),
      back: Link(text: "Reviews", href: "/audit/reviews"), title: "Sign a review",
      act: ActForm(
        form: call.target("/audit/reviews/new"), button: "Sign the review",
        whatHappens: [
          "You sign: “\(Installation.reviewMeaning)”",
          "The review stays on record with your name and the time. Only your role reads it.",
        ],
        fields: [
          field("from", "From day", 10, hint: "Such as 2027-01-31, UTC."),
          field("through", "Through day", 10),
          field(
            "scope", "What was looked at", 2000,
            hint: "The questions asked and how many rows each listed. No name of a participant."),
          field("findings", "What was found, and what is done about it", 10_000),
        ], authentication: try await call.signatureProof()), faults: faults)
  }

  static func signReview(_ call: Call) async throws -> Answer {
    try await call.act {
      func day(_ name: String) throws -> CalendarDate {
        guard let day = try? CalendarDate(parsing: call.form[name] ?? "") else {
          throw ActRefusal.invalid([
            Conduct.Fault(
              field: name, code: "bad_date", sentence: "Write the day as 2027-01-31.")
          ])
        }
        return day
      }
      _ = try await call.installation.signAuditReview(
        from: try day("from"), through: try day("through"), scope: call.form["scope"] ?? "",
        findings: call.form["findings"] ?? "", as: try await call.freshActor())
      return "/audit/reviews?note=reviewed"
    } orShow: {
      try await newReview(call, faults: $0).page()
    }
  }
}
