import Conduct
import Pages
import Store
import StudyModel

/// Amendments from the draft to the day they are in force at a site.
enum AmendmentPages {
  private static let back = Link(text: "Amendments", href: "/amendments")

  private static func chip(_ state: String) -> Chip {
    switch state {
    case "approved": .state(.good, "approved")
    case "withdrawn": .state(.off, "withdrawn")
    default: .state(.due, "draft")
    }
  }

  static func list(_ call: Call) async throws -> WorkListModel {
    let actor = try call.actor
    let found = try await call.installation.amendments(as: actor)
    return WorkListModel(
      frame: call.site.frame(for: call), title: "Amendments",
      lead: "The first version is \(found.first). A version is in force at a site from its day on.",
      nothing: actor.role.can(.loadStudy)
        ? "There is no amendment. Load the first one below." : "There is no amendment yet.",
      columns: ["What changes", "In force at"],
      rows: found.versions.reversed().map { version in
        let href = "/amendments/\(Address.escaped(version.version))"
        return WorkListRow(
          participant: Link(text: version.version, href: href),
          texts: [version.summary, sites(found, version.version)], chip: chip(version.state),
          act: Link(text: "Open", href: href, context: version.version))
      }, firstColumn: "Version",
      links: actor.role.can(.loadStudy)
        ? [Link(text: "Load an amendment", href: "/amendments/new")] : [])
  }

  private static func sites(_ found: AmendmentOverview, _ version: String) -> String {
    let there = found.sites.filter { $0.version == version }
    return there.isEmpty
      ? "no site" : there.map { "\($0.site) from \(Times.date($0.from))" }.joined(separator: ", ")
  }

  // MARK: Drafting

  static func form(_ call: Call, faults: [Pages.Fault] = []) async throws -> ActPageModel {
    func told(_ field: String) -> String {
      faults.filter { $0.field == field }.map(\.sentence).joined(separator: " ")
    }
    return ActPageModel(
      frame: call.site.frame(for: call), back: back, title: "Load an amendment",
      lead: "The whole definition of the new version. Nothing is in force before it is approved.",
      act: ActForm(
        form: call.target("/amendments/new"), button: "Load the draft",
        whatHappens: [
          "The definition is read as a whole and kept for good.",
          "A data manager tries it on the data and approves it; then it comes into force site by site.",
        ],
        fields: [
          EntryField(
            name: "summary", label: "What changes, and why",
            control: .lines(text: call.form["summary"] ?? "", maximum: 2000),
            fault: told("summary")),
          EntryField(
            name: "reconsent", label: "Participants are asked for their consent again",
            control: .boolean(call.form["reconsent"].map { $0 == "Y" }), fault: told("reconsent")),
          EntryField(
            name: "source", label: "Definition, YAML",
            control: .lines(text: call.form["source"] ?? "", maximum: 900_000),
            fault: told("source")),
        ], authentication: .notNeeded), faults: faults)
  }

  static func draft(_ call: Call) async throws -> String {
    let version = try await call.installation.draftAmendment(
      AmendmentDraft(
        source: call.form["source"] ?? "", summary: call.form["summary"] ?? "",
        asksReconsent: call.form["reconsent"] == "Y"), as: try call.actor)
    return "/amendments/\(Address.escaped(version))"
  }

  // MARK: One amendment

  private static func version(_ call: Call) -> String { call.parameter("version") }

  static func one(_ call: Call, faults: [Pages.Fault] = []) async throws -> ListPageModel {
    let actor = try call.actor
    let overview = try await call.installation.amendments(as: actor)
    guard let found = overview.versions.first(where: { $0.version == version(call) }) else {
      throw ActRefusal.notFound
    }
    let changes = try await call.installation.amendmentChanges(found.version, as: actor)
    let zone = call.site.zone(of: actor)
    return ListPageModel(
      frame: call.site.frame(for: call), back: back, title: "Version \(found.version)",
      lead: found.summary, chip: chip(found.state),
      facts: facts(found, overview, zone),
      tables: [
        table(
          "What changes", changes.changes.map { [$0.kind.rawValue, $0.part] }, ["Change", "Part"]),
        table(
          "For the whole trial, once it is in force at every open site",
          changes.whole.map { [$0.rawValue] }, ["Part"]),
        table(
          "What that means for data", changes.impacts.map { [$0.kind.rawValue, $0.sentence] },
          ["Kind", "Meaning"]),
      ], acts: acts(call, actor, found, overview, faults), faults: faults)
  }

  private static func facts(
    _ found: StoredStudyVersion, _ overview: AmendmentOverview, _ zone: String
  ) -> [Fact] {
    var facts = [
      Fact(name: "Amends", value: found.basedOn),
      Fact(name: "Loaded", value: "\(Times.full(found.loadedAt, zone)) by \(found.loadedByName)"),
      Fact(
        name: "Consent",
        value: found.asksReconsent
          ? "asked for again, version \(found.consentVersion)" : "not asked for again"),
    ]
    for run in overview.dryRuns where run.version == found.version {
      facts.append(
        Fact(
          name: "Tried on the data",
          value: "\(Times.full(run.at, zone)) by \(run.name), class "
            + run.classes.joined(separator: ", ")))
    }
    if let at = found.approvedAt {
      facts.append(
        Fact(
          name: "Approved", value: "\(Times.full(at, zone)) by \(found.approvedByName ?? "")"))
    }
    for site in overview.sites where site.version == found.version {
      facts.append(
        Fact(
          name: "In force at \(site.site)",
          value: "from \(Times.date(site.from)); approved on \(Times.date(site.ethicsApprovedOn)), "
            + site.ethicsReference))
    }
    return facts
  }

  private static func table(
    _ caption: String, _ rows: [[String]], _ columns: [String]
  ) -> DataTable {
    DataTable(
      caption: "\(caption), \(rows.count)", columns: columns.map { DataColumn(title: $0) },
      rows: rows.map { DataRow(cells: $0) }, empty: "\(caption): none.")
  }

  private static func acts(
    _ call: Call, _ actor: Actor, _ found: StoredStudyVersion, _ overview: AmendmentOverview,
    _ faults: [Pages.Fault]
  ) -> [ActForm] {
    let href = "/amendments/\(Address.escaped(found.version))"
    func told(_ field: String) -> String { faults.first { $0.field == field }?.sentence ?? "" }
    var acts: [ActForm] = []
    if found.state == "draft", actor.role.can(.reviewAmendment) {
      acts.append(
        ActForm(
          form: call.target(href + "/dry-run"), button: "Try it on the data",
          whatHappens: ["Nothing is changed. That you read it is on record."],
          authentication: .notNeeded, title: "Dry run"))
      acts.append(
        ActForm(
          form: call.target(href + "/approve"), button: "Approve version \(found.version)",
          whatHappens: ["It can come into force at sites. What is captured keeps its version."],
          cannotBeUndone: "An approved version stays as it is; a further amendment can follow.",
          authentication: call.isFresh ? .notNeeded : .password, title: "Approval"))
    }
    if found.state == "draft", actor.role.can(.loadStudy) {
      acts.append(
        ActForm(
          form: call.target(href + "/withdraw"), button: "Withdraw the draft",
          whatHappens: ["The version \(found.version) is not used again."],
          fields: [
            EntryField(
              name: "reason", label: "Reason",
              control: .text(text: call.form["reason"] ?? "", maximum: 200), fault: told("reason"))
          ], authentication: .notNeeded, isDestructive: true, title: "Withdrawal"))
    }
    if found.state == "approved", actor.role.can(.activateSite) {
      acts.append(inForce(call, actor, found, overview, href, told))
    }
    return acts
  }

  private static func inForce(
    _ call: Call, _ actor: Actor, _ found: StoredStudyVersion, _ overview: AmendmentOverview,
    _ href: String, _ told: (String) -> String
  ) -> ActForm {
    let there = Set(overview.sites.filter { $0.version == found.version }.map(\.site))
    return ActForm(
      form: call.target(href + "/force"), button: "Put it in force at the site",
      whatHappens: [
        "New entries there are made under this version from that day on. Visits already scheduled keep "
          + "their windows.",
        found.asksReconsent
          ? "Everybody who takes part there is asked for consent again."
          : "Nobody is asked for consent again.",
      ], cannotBeUndone: "A version that is in force is followed by a later one, never taken back.",
      fields: [
        EntryField(
          name: "site", label: "Site",
          control: .code(
            choices: actor.definition.sites.filter { !there.contains($0.key) }.map {
              Choice(code: $0.key.text, label: "\($0.key) \($0.title)")
            }, selected: call.form["site"] ?? ""), fault: told("site")),
        EntryField(
          name: "ethics", label: "Approved by the site's ethics committee on",
          control: .text(text: call.form["ethics"] ?? "", maximum: 10),
          hint: "Year, month, day: 2027-03-01", fault: told("ethics")),
        EntryField(
          name: "reference", label: "The committee's document",
          control: .text(text: call.form["reference"] ?? "", maximum: 200),
          fault: told("reference")),
        EntryField(
          name: "from", label: "In force from",
          control: .text(text: call.form["from"] ?? "", maximum: 10),
          hint: "The day of the approval or later", fault: told("from")),
      ], authentication: .notNeeded, title: "In force")
  }

  // MARK: Acts

  static func dryRun(_ call: Call) async throws -> ListPageModel {
    let actor = try call.actor
    let run = try await call.installation.dryRunAmendment(version(call), as: actor)
    let classes = run.classes.map(\.rawValue).joined(separator: ", ")
    return ListPageModel(
      frame: call.site.frame(for: call),
      back: Link(
        text: "Version \(run.version)", href: "/amendments/\(Address.escaped(run.version))"),
      title: "Dry run of version \(run.version)",
      lead:
        "\(run.entries) entries of class \(classes) were compared. Nothing was changed: what is "
        + "captured stays under its version.",
      facts: [Fact(name: "Participants touched", value: String(run.participants.count))]
        + AmendmentFinding.Kind.allCases.map {
          Fact(name: words($0), value: String(run.count($0)))
        },
      tables: [
        DataTable(
          caption: "Visits with another window, \(run.visits.count)",
          columns: ["Visit", "Due now", "Would be due", "Moves for", "Stays for"].map {
            DataColumn(title: $0)
          },
          rows: run.visits.map {
            DataRow(cells: [
              $0.visit, $0.before, $0.after,
              $0.moving.isEmpty
                ? "nobody yet"
                : $0.moving.prefix(20).joined(separator: ", ")
                  + ($0.moving.count > 20 ? " and \($0.moving.count - 20) more" : ""),
              "\($0.kept) randomized",
            ])
          },
          note:
            "Whoever is randomized keeps the windows of that day; whoever is randomized under the new "
            + "version gets the new ones.", empty: "No window of a visit you may know changes."),
        table(
          "For the whole trial, once it is in force at every open site", run.whole.map { [$0] },
          ["Change"]),
        populations(run),
        DataTable(
          caption: "Findings, \(run.findings.count)",
          columns: ["Participant", "Visit", "Form", "Field", "Finding"].map {
            DataColumn(title: $0)
          },
          rows: run.findings.prefix(2000).map {
            DataRow(cells: [
              $0.participant, $0.visit, $0.number == 1 ? $0.form : "\($0.form) \($0.number)",
              $0.field, $0.sentence,
            ])
          }, note: run.findings.count > 2000 ? "The first 2000; the API gives all as CSV." : "",
          empty: "Nothing in your reach is touched."),
      ])
  }

  private static func populations(_ run: AmendmentDryRun) -> DataTable {
    func list(_ keys: [String]) -> String {
      keys.isEmpty
        ? "nobody"
        : keys.prefix(20).joined(separator: ", ")
          + (keys.count > 20 ? " and \(keys.count - 20) more" : "")
    }
    return DataTable(
      caption: "Populations that differ, \(run.populations.count)",
      columns: [
        DataColumn(title: "Population"), DataColumn(title: "Change"),
        DataColumn(title: "Now", isNumeric: true), DataColumn(title: "Would be", isNumeric: true),
        DataColumn(title: "Come"), DataColumn(title: "Go"),
        DataColumn(title: "Cannot be told", isNumeric: true),
      ],
      rows: run.populations.map {
        DataRow(cells: [
          $0.population.text, $0.kind.rawValue, String($0.before), String($0.after),
          list($0.joining), list($0.leaving), String($0.untold),
        ])
      },
      note:
        "No arm is read here: of a population that hangs on arms, or on data you do not read, it cannot "
        + "be told who belongs to it.", empty: "No population you may know changes.")
  }

  private static func words(_ kind: AmendmentFinding.Kind) -> String {
    switch kind {
    case .entry: "Forms without a place"
    case .value: "Values without a field or not accepted"
    case .derived: "Calculated fields that would differ"
    case .check: "Checks that would object"
    case .query: "Data queries about what is no more"
    case .visit: "Visits that would move"
    case .population: "Comings to and goings from populations"
    case .deviation: "Deviations whose rules are touched"
    case .alert: "Alerts whose rules are touched"
    case .step: "Steps of lifecycles that are touched"
    }
  }

  static func approve(_ call: Call) async throws -> String {
    try await call.installation.approveAmendment(version(call), as: try await call.freshActor())
    return "/amendments/\(Address.escaped(version(call)))"
  }

  static func withdraw(_ call: Call) async throws -> String {
    try await call.installation.withdrawAmendment(
      version(call), reason: call.form["reason"] ?? "", as: try call.actor)
    return "/amendments"
  }

  static func putInForce(_ call: Call) async throws -> String {
    _ = try await call.installation.putInForce(
      try coming(version(call)) { call.form[$0] ?? "" }, as: try call.actor)
    return "/amendments/\(Address.escaped(version(call)))"
  }

  /// What is sent to put a version in force, with every fault of it.
  static func coming(
    _ version: String, _ value: (String) -> String
  ) throws(ActRefusal) -> ComingIntoForce {
    let site = try? SiteKey(parsing: value("site"))
    let ethics = try? CalendarDate(parsing: value("ethics"))
    let from = try? CalendarDate(parsing: value("from"))
    guard let site, let ethics, let from else {
      var faults: [Conduct.Fault] = []
      func fault(_ field: String, _ sentence: String) {
        faults.append(
          Conduct.Fault(
            field: field, code: "bad_value", sentence: sentence + " Nothing was changed."))
      }
      if site == nil { fault("site", "Choose a site.") }
      if ethics == nil { fault("ethics", "The day of the approval is written 2027-03-01.") }
      if from == nil { fault("from", "The first day is written 2027-03-01.") }
      throw .invalid(faults)
    }
    return ComingIntoForce(
      version: version, site: site, from: from, ethicsApprovedOn: ethics,
      ethicsReference: value("reference"))
  }

  // MARK: Re-consent

  static func reconsent(_ call: Call) async throws -> WorkListModel {
    let actor = try call.actor
    let tasks = try await call.installation.reconsentTasks(as: actor)
    let open = tasks.count { $0.doneAt == nil }
    return WorkListModel(
      frame: call.site.frame(for: call), title: "Consent again",
      lead: open == 1
        ? "1 participant is asked for consent again"
        : "\(open) participants are asked for their consent again",
      nothing:
        "Nobody is asked for consent again. An amendment that asks for it makes a list here.",
      columns: ["Consent version", "Asked from"],
      rows: tasks.map { task in
        WorkListRow(
          participant: Link(text: task.participant, href: "/participants/\(task.participant)"),
          texts: [task.consentVersion, Times.date(task.dueFrom)],
          chip: task.doneAt == nil ? .state(.due, "to be asked") : .done,
          act: task.doneAt == nil
            ? consentForm(actor, task).map {
              Link(text: "Consent form…", href: $0, context: task.participant)
            } : nil)
      })
  }

  private static func consentForm(_ actor: Actor, _ task: StoredReconsentTask) -> String? {
    guard let id = actor.definition.consentForm?.form, let form = actor.definition.form(id),
      let visit = form.visits.first, actor.writes(form),
      let key = try? ParticipantKey(parsing: task.participant)
    else { return nil }
    return EntryPlace(key, id, visit, number: form.isRepeating ? 0 : 1).address()
  }
}
