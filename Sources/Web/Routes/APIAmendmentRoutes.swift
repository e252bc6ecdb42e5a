import Conduct
import Foundation
import Store
import StudyModel

/// Amendments, consent asked for again, and the import of data over the API.
extension APIRoutes {
  static let amending: [Route] = [
    .api(
      "GET", "/amendments", .anyOf([.loadStudy, .reviewAmendment, .activateSite]),
      "The amendments in their order, each with the sites where it is in force."
    ) { call in
      let found = try await call.installation.amendments(as: try call.actor)
      return try .json(found.versions.map { AmendmentBody($0, found) })
    },
    .api(
      "POST", "/amendments", .anyOf([.loadStudy]),
      "Loads a whole definition (YAML) as the draft of an amendment of the version approved last.",
      body: [.text("source").asFile, .text("summary"), .optional("asks_reconsent", .boolean)]
    ) { call in
      let body = JSONBody(call.json)
      return try await call.once { (version: String) in
        try .json(["version": version], status: 201)
      } _: {
        try await $0.draftAmendment(
          AmendmentDraft(
            source: body?["source"] ?? "", summary: body?["summary"] ?? "",
            asksReconsent: body?.truth("asks_reconsent") ?? false), as: try call.actor)
      }
    },
    .api(
      "GET", "/amendments/{version}/changes",
      .anyOf([.loadStudy, .reviewAmendment, .activateSite]),
      "What an amendment changes, and what that means for data in general."
    ) { call in
      let found = try await call.installation.amendmentChanges(
        call.parameter("version"), as: try call.actor)
      return try .json([
        "changes": found.changes.map(\.description), "impacts": found.impacts.map(\.description),
        "classes": found.classes.map(\.rawValue), "whole": found.whole.map(\.rawValue),
      ])
    },
    .api(
      "POST", "/amendments/{version}/dry-run", .anyOf([.reviewAmendment]),
      "Lists what an amendment would touch in the classes of the caller; that it was read is on record."
    ) { call in
      let run = try await call.installation.dryRunAmendment(
        call.parameter("version"), as: try call.actor)
      return try .json(DryRunBody(run))
    },
    .api(
      "GET", "/amendments/{version}/dry-run.csv", .anyOf([.reviewAmendment]),
      "The same as a table, one finding a row."
    ) { call in
      let run = try await call.installation.dryRunAmendment(
        call.parameter("version"), as: try call.actor)
      return .file(Array(run.csv.utf8), name: "dry-run.csv", type: "text/csv; charset=utf-8")
    },
    .api(
      "POST", "/amendments/{version}/approve", .anyOf([.reviewAmendment]),
      "Approves an amendment as the second person, after a dry run of every class it touches.",
      body: [.optional("password")]
    ) { call in
      try await call.once { (_: Void) in
        try .json(["status": "approved"])
      } _: {
        try await $0.approveAmendment(
          call.parameter("version"), as: try await call.freshActor())
      }
    },
    .api(
      "POST", "/amendments/{version}/withdraw", .anyOf([.loadStudy]), "Gives a draft up.",
      body: [.text("reason")]
    ) { call in
      try await call.once { (_: Void) in
        try .json(["status": "withdrawn"])
      } _: {
        try await $0.withdrawAmendment(
          call.parameter("version"), reason: JSONBody(call.json)?["reason"] ?? "",
          as: try call.actor)
      }
    },
    .api(
      "POST", "/amendments/{version}/force", .anyOf([.activateSite]),
      "Puts an approved amendment in force at a site from a day; dates are YYYY-MM-DD.",
      body: [.text("site"), .text("ethics"), .text("reference"), .text("from")]
    ) { call in
      let body = JSONBody(call.json)
      return try await call.once { (asked: Int) in
        try .json(["asked_for_consent_again": asked], status: 201)
      } _: {
        try await $0.putInForce(
          try AmendmentPages.coming(call.parameter("version")) { body?[$0] ?? "" },
          as: try call.actor)
      }
    },
    .api(
      "GET", "/reconsent-tasks", ParticipantRoutes.readers,
      "Participants who are asked for their consent again."
    ) { call in
      try .json(
        try await call.installation.reconsentTasks(as: try call.actor).map(ReconsentBody.init))
    },
    .api(
      "POST", "/imports/try", .anyOf([.enterForms]),
      "Tells what would become of a CSV file, or of several in files, row by row; nothing is saved.",
      body: importBody
    ) { call in
      let report = try await call.installation.tryImport(try files(call), as: try call.actor)
      return try .json(ImportBody(report))
    }.once(.notKeyed).takingData(),
    .api(
      "POST", "/imports", .anyOf([.enterForms]),
      "Saves CSV files whole, or nothing of any; sha256 is that of the report of the try, which covers files, choices and rows.",
      body: importBody + [.text("sha256")]
    ) { call in
      let body = JSONBody(call.json)
      return try await call.once { (report: ImportReport) in
        try .json(ImportBody(report), status: 201)
      } _: {
        try await $0.importData(
          try files(call), digest: body?["sha256"] ?? "", as: try call.actor)
      }
    }.takingData(),
    .api("GET", "/imports", .anyOf([.enterForms]), "The files imported, latest first.") { call in
      try .json(
        try await call.installation.imports(as: try call.actor).map {
          [
            "name": $0.fileName, "form": $0.form, "sha256": Hex.text($0.digest),
            "rows": String($0.rows), "by": $0.name, "at": $0.at.description,
          ]
        })
    },
  ]

  private static let importBody: [BodyMember] = [
    .optional("name"), .optional("csv").asFile, .optional("files", .object).asFile,
    .optional("form"),
    .optional("visit"), .optional("mapping"), .optional("reason"),
  ]

  /// One file as name and csv, or several as an object of names to tables.
  private static func files(_ call: Call) throws -> [DataFile] {
    let body = JSONBody(call.json)
    func refused(_ sentence: String) -> ActRefusal {
      .invalid([Conduct.Fault(field: "file", code: "no_file", sentence: sentence)])
    }
    var found: [(name: String, bytes: [UInt8])] = []
    for (name, table) in (body?.object("files") ?? [:]).sorted(by: { $0.key < $1.key }) {
      guard let text = table as? String else {
        throw refused("Each of files is the text of a table. Nothing was imported.")
      }
      found.append((name, Array(text.utf8)))
    }
    if let csv = body?["csv"] { found.append((body?["name"] ?? "", Array(csv.utf8))) }
    guard !found.isEmpty else {
      throw refused("Give csv with name, or files. Nothing was imported.")
    }
    return try ImportPages.files(found, call) { body?[$0] }
  }
}

/// An amendment.
struct AmendmentBody: Codable {
  struct InForce: Codable {
    let site: String
    let from: String
    let ethicsApprovedOn: String
    let reference: String
  }
  let version: String
  let basedOn: String
  let state: String
  let summary: String
  let asksReconsent: Bool
  let consentVersion: String
  let inForce: [InForce]

  init(_ version: StoredStudyVersion, _ all: AmendmentOverview) {
    self.version = version.version
    basedOn = version.basedOn
    state = version.state
    summary = version.summary
    asksReconsent = version.asksReconsent
    consentVersion = version.consentVersion
    inForce = all.sites.filter { $0.version == version.version }.map {
      InForce(
        site: $0.site.text, from: $0.from.description,
        ethicsApprovedOn: $0.ethicsApprovedOn.description, reference: $0.ethicsReference)
    }
  }
}

/// What an amendment would touch.
struct DryRunBody: Codable {
  struct Finding: Codable {
    let participant: String
    let site: String
    let visit: String
    let form: String
    let number: Int
    let field: String
    let kind: String
    let sentence: String
  }
  struct Visit: Codable {
    let visit: String
    let before: String
    let after: String
    let moving: [String]
    let kept: Int
  }
  struct Population: Codable {
    let population: String
    let change: String
    let before: Int
    let after: Int
    let joining: [String]
    let leaving: [String]
    let untold: Int
  }
  let version: String
  let classes: [String]
  let entries: Int
  let participants: [String]
  let visits: [Visit]
  let populations: [Population]
  let whole: [String]
  let findings: [Finding]

  init(_ run: AmendmentDryRun) {
    version = run.version
    classes = run.classes.map(\.rawValue)
    entries = run.entries
    participants = run.participants
    visits = run.visits.map {
      Visit(
        visit: $0.visit, before: $0.before, after: $0.after, moving: $0.moving, kept: $0.kept)
    }
    populations = run.populations.map {
      Population(
        population: $0.population.text, change: $0.kind.rawValue, before: $0.before,
        after: $0.after, joining: $0.joining, leaving: $0.leaving, untold: $0.untold)
    }
    whole = run.whole
    findings = run.findings.map {
      Finding(
        participant: $0.participant, site: $0.site, visit: $0.visit, form: $0.form,
        number: $0.number, field: $0.field, kind: $0.kind.rawValue, sentence: $0.sentence)
    }
  }
}

/// A participant who is asked for consent again.
struct ReconsentBody: Codable {
  let participant: String
  let version: String
  let consentVersion: String
  let dueFrom: String
  let doneAt: String?

  init(_ task: StoredReconsentTask) {
    participant = task.participant
    version = task.version
    consentVersion = task.consentVersion
    dueFrom = task.dueFrom.description
    doneAt = task.doneAt?.description
  }
}

/// What becomes of a file.
struct ImportBody: Codable {
  struct Row: Codable {
    let file: String
    let form: String
    let row: Int
    let participant: String
    let visit: String
    let number: Int
    let outcome: String
    let sentences: [String]
  }
  let sha256: String
  let known: String
  let isAcceptable: Bool
  let isSaved: Bool
  let rows: [Row]

  init(_ report: ImportReport) {
    sha256 = report.digest
    known = report.known
    isAcceptable = report.isAcceptable
    isSaved = report.isSaved
    rows = report.rows.map {
      Row(
        file: $0.file, form: $0.form, row: $0.line, participant: $0.participant, visit: $0.visit,
        number: $0.number,
        outcome: $0.outcome.rawValue, sentences: $0.sentences)
    }
  }
}
