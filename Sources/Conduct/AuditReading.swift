import Datasets
import Foundation
public import Store
public import StudyModel

/// A question a review asks of the audit trail (ICH E6(R3) 4.2.3).
public enum AuditQuestion: String, Sendable, CaseIterable {
  /// Completed more than a week after the visit could take place.
  case late
  /// Twenty values or more changed by one person within ten minutes.
  case mass
  /// A value changed after a data query on it.
  case afterQuery = "after-query"
  /// A value of the primary endpoint changed.
  case endpoint
  /// Entered at night or on a weekend of the site.
  case hours
  /// Two forms completed by one person within twenty seconds.
  case speed

  /// The question in words.
  public var title: String {
    switch self {
    case .late: "Completed late"
    case .mass: "Many changes at once"
    case .afterQuery: "Changed after a query"
    case .endpoint: "Changed primary endpoint"
    case .hours: "Outside working hours"
    case .speed: "Completed very fast"
    }
  }
}

/// A page of an audit trail.
public struct AuditPage: Sendable {
  /// The rows, newest first.
  public let rows: [AuditEntry]
  /// How many the filter finds.
  public let total: Int
}

/// In what form the audit trail is written to a file.
public enum AuditFileForm: Sendable, CaseIterable {
  /// CSV with exact values.
  case table
  /// CSV that a spreadsheet opens without taking a cell for a formula.
  case spreadsheet
  /// JSON, an object a line.
  case lines
}

/// The audit trail as a file, with its digest.
public struct AuditFile: Sendable {
  /// The file's name.
  public let name: String
  /// The bytes.
  public let bytes: [UInt8]
  /// The number of rows.
  public let rows: Int
  /// SHA-256 of the bytes in hexadecimal digits.
  public var digest: String { Digests.sha256(of: bytes) }

  // The printed name alone does not tell two people of one name apart. Whoever is not named has no user name either.
  private static let head = [
    "number", "at", "zone", "name", "username", "role", "object", "action", "field", "old", "new",
    "reason", "software", "session", "cause", "request", "grant", "delegated_on",
  ]

  /// Rows of the trail, oldest first, written in a form.
  init(
    _ table: [[String]], _ form: AuditFileForm, of dataClass: DataClass, in trial: Trial
  ) throws {
    let name = "\(trial.key)-audit-\(dataClass.rawValue)"
    rows = table.count
    func csv(_ variant: CSVText.Variant) -> (String, [UInt8]) {
      (name + variant.suffix, Array(CSVText.table(Self.head, table, for: variant).utf8))
    }
    switch form {
    case .table: (self.name, bytes) = csv(.exact)
    case .spreadsheet: (self.name, bytes) = csv(.spreadsheet)
    case .lines:
      self.name = name + ".jsonl"
      let encoder = JSONEncoder()
      encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
      bytes = try table.reduce(into: []) { bytes, row in
        bytes += try encoder.encode(
          Dictionary(zip(Self.head, row).map { ($0, $1) }, uniquingKeysWith: { $1 }))
        bytes.append(0x0A)
      }
    }
  }
}

extension Actor {
  /// The classes whose audit trail the role reads.
  public var auditClasses: [DataClass] { Self.auditClasses(of: role) }

  /// Whether a role reads the audit trail of any class.
  public static func readsAuditTrail(_ role: Role) -> Bool { !auditClasses(of: role).isEmpty }

  private static func auditClasses(of role: Role) -> [DataClass] {
    guard role.can(.readAudit), let login = Login(for: role) else { return [] }
    let held: [DataClass] =
      switch login {
      case .open: [.open]
      case .outcome: [.open, .outcome]
      case .treating: [.open, .treatment, .allocation]
      case .committee: [.open, .outcome, .treatment, .allocation]
      case .custodian: [.allocation]
      case .access, .rater, .participant, .allocator, .reports: []
      }
    return held.filter { role.classes.contains($0) }
  }
}

extension Actor {
  /// What the trail of a class tells this reader of a participant, as it stands in an object: the forms that are
  /// read, bookings of ratings whose state is known, deviations where they are.
  func auditKinds(in dataClass: DataClass) -> Set<String> {
    var kinds = Set(definition.forms.filter { reads($0) }.map(\.id.text))
    if definition.centralRatings.contains(where: { knowsStatus(of: $0) }) {
      kinds.insert("rating")
    }
    if (try? deviationClasses)?.contains(dataClass) == true { kinds.insert("deviation") }
    if dataClass == .treatment {
      // What somebody who knows arms did about an alert is kept there, for who is told of the alert.
      kinds.formUnion(
        definition.forms.filter {
          definition.rights(of: role.id, on: $0.id)?.contains(.alerts) == true
        }.map(\.id.text))
    }
    return kinds
  }
}

extension AuditRow {
  /// What a row is about after its participant: `ICF` of `101-0007/ICF@SCR#1`, `deviation` of
  /// `101-0007/deviation#3`; nil for a participant as such and for what is of none.
  var kind: String? { Self.kind(of: object) }

  static func kind(of object: String) -> String? {
    let parts = object.split(separator: "/", maxSplits: 1)
    guard parts.count > 1, let end = parts[1].firstIndex(where: { $0 == "@" || $0 == "#" })
    else { return nil }
    return String(parts[1][..<end])
  }
}

extension Installation {
  /// Rows of the audit trail of one class, within the reader's classes, sites and forms.
  public func auditTrail(
    of dataClass: DataClass, _ filter: AuditFilter, as actor: Actor
  ) async throws -> AuditPage {
    guard actor.auditClasses.contains(dataClass) else { throw ActRefusal.notFound }
    guard filter.question.isEmpty || AuditQuestion(rawValue: filter.question) != nil else {
      throw ActRefusal.notFound
    }
    let trial = actor.trial.id
    if dataClass == .allocation {
      let (rows, total) = try await session(actor) { try $0.allocationTrail(in: trial, filter) }
      return AuditPage(rows: rows, total: total)
    }
    let surroundings = Self.surroundings(of: try await knowingEveryVersion(actor), in: dataClass)
    let (rows, total) = try await session(actor) {
      try $0.auditPage(of: dataClass, in: trial, filter, surroundings)
    }
    return AuditPage(rows: rows, total: total)
  }

  /// What is on record of the actor's own entries, for who reads no class: newest first, the last 500 changes.
  ///
  /// A rater is told tokens, and no participant or visit. What was said of the treatment is not read again.
  public func ownTrail(as actor: Actor) async throws -> [AuditRow] {
    try actor.need(.readOwnAudit)
    let reader = try await knowingEveryVersion(actor)
    let forms = reader.definition.forms.filter {
      $0.enteredBy.contains(reader.role.id) && $0.dataClass <= .outcome
    }.map(\.id)
    let (name, role) = (actor.fullName, actor.role.id)
    return try await session(actor) { try $0.ownTrail(of: forms, by: name, in: role) }
  }

  static func surroundings(
    of reader: Actor, in dataClass: DataClass
  ) -> AuditSurroundings {
    let definition = reader.definition
    let endpoint = definition.primaryEndpoint.map { [$0.baseline, $0.followUp] } ?? []
    let scored = endpoint.compactMap(\.form).flatMap { form in
      (definition.form(form)?.fields ?? []).map { "\(form.text).\($0.id.text)" }
    }
    return AuditSurroundings(
      kinds: reader.auditKinds(in: dataClass).sorted(),
      lastDays: definition.visits.compactMap { visit in
        (visit.window?.upperBound ?? visit.targetDay).map { (visit.code.text, $0) }
      }, endpoint: scored)
  }

  /// How many rows a file of the audit trail holds at most: what a spreadsheet opens, and a server makes in its memory.
  public static let rowsOfAuditFile = 1_000_000

  /// Everything a filter finds; refused where that is more than a file holds, since a file
  /// that ends early does not say so.
  public func auditFile(
    of dataClass: DataClass, _ filter: AuditFilter, form: AuditFileForm,
    atMost limit: Int = Self.rowsOfAuditFile, as actor: Actor
  ) async throws -> AuditFile {
    try AuditFile(
      try await auditTable(of: dataClass, filter, atMost: limit, as: actor), form,
      of: dataClass, in: actor.trial)
  }

  /// The same rows in every form, read once.
  public func auditFiles(
    of dataClass: DataClass, _ filter: AuditFilter, as actor: Actor
  ) async throws -> [AuditFile] {
    let table = try await auditTable(
      of: dataClass, filter, atMost: Self.rowsOfAuditFile, as: actor)
    return try AuditFileForm.allCases.map {
      try AuditFile(table, $0, of: dataClass, in: actor.trial)
    }
  }

  private func auditTable(
    of dataClass: DataClass, _ filter: AuditFilter, atMost limit: Int, as actor: Actor
  ) async throws -> [[String]] {
    var filter = filter
    filter.limit = limit
    filter.offset = 0
    let page = try await auditTrail(of: dataClass, filter, as: actor)
    guard page.total <= limit else {
      throw ActRefusal.notNow(
        code: "too_many_rows",
        sentence: "\(page.total) rows match, and a file holds at most \(limit). No file was made. "
          + "Choose a shorter period with the first and the last day, and take a file of each.")
    }
    return page.rows.reversed().map { entry in
      let row = entry.row
      return [
        String(row.number), row.at.description, entry.zone, row.name, entry.username, row.role,
        row.object, row.action, row.field, row.old ?? "", row.new ?? "", row.reason, entry.software,
        entry.session, entry.cause, entry.request, entry.period.map(String.init) ?? "",
        entry.delegatedOn?.description ?? "",
      ]
    }
  }

  /// The same, to be taken away: with its digest on record in the trail it is of, after the rows it holds, and
  /// without it among the events of the account, whose readers may know nothing of what the rows say.
  public func takeAuditFile(
    of dataClass: DataClass, _ filter: AuditFilter, form: AuditFileForm, as actor: Actor
  ) async throws -> AuditFile {
    try needFreshSecondFactor(actor)
    let file = try await auditFile(of: dataClass, filter, form: form, as: actor)
    try await session(actor) { session in
      try session.note(
        "audit trail exported", on: "\(file.name) SHA-256 \(file.digest)",
        site: actor.sites.setting, in: dataClass)
    }
    let (user, trial) = (actor.user, actor.trial.key)
    try await access { session in
      try session.recordEvent(
        "audit trail exported", subject: String(user), user: user, detail: trial)
    }
    return file
  }

  /// The signed reviews of the actor's role, newest first.
  public func auditReviews(as actor: Actor) async throws -> [AuditReview] {
    guard !actor.auditClasses.isEmpty else { throw ActRefusal.notFound }
    let trial = actor.trial.id
    return try await session(actor) { try $0.auditReviews(in: trial) }
  }

  /// The meaning of the signature under a review.
  public static let reviewMeaning = "I reviewed the audit trail as stated."

  /// Signs a review of the audit trail; gives its number.
  public func signAuditReview(
    from: CalendarDate, through: CalendarDate, scope: String, findings: String, as actor: Actor
  ) async throws -> Int {
    guard !actor.auditClasses.isEmpty else { throw ActRefusal.notFound }
    var faults: [Fault] = []
    if through < from {
      faults.append(
        Fault(
          field: "through", code: "period_reversed",
          sentence: "The period ends before it begins."))
    }
    for (name, text, most) in [("scope", scope, 2000), ("findings", findings, 10_000)]
    where !(3...most).contains(text.count) {
      faults.append(
        Fault(
          field: name, code: "bad_length",
          sentence: "Say in 3 to \(most) characters what was "
            + (name == "scope" ? "looked at." : "found.")))
    }
    guard faults.isEmpty else { throw ActRefusal.invalid(faults) }
    try needFreshSigner(actor)
    let name = actor.fullName
    let after = CalendarDate(daysSince1970: through.daysSince1970 + 1)
    return try await session(actor) { session in
      try session.recordAuditReview(
        name: name, from: from.startUTC, until: after.startUTC,
        scope: scope, findings: findings, meaning: Self.reviewMeaning)
    }
  }
}

extension CalendarDate {
  fileprivate var startUTC: UTCInstant {
    UTCInstant(microsecondsSince1970: Int64(daysSince1970) * 86_400_000_000)
  }
}
