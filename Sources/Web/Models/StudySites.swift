import Conduct
import Pages
import Store
import StudyModel

/// The sites of the study, and one site with what its opening needs.
struct StudySites {
  private let call: Call
  private let actor: Actor

  init(_ call: Call) throws {
    self.call = call
    actor = try call.actor
  }

  func list(faults: [Pages.Fault] = []) async throws -> SitesModel {
    let sites = try await call.installation.sites(as: actor)
    let hasOpenSite = sites.contains { $0.state == "active" }
    let versions = try await versions()
    let isBefore = try await call.installation.studySteps(as: actor).steps
      .contains { $0.target == .enrolling }
    return SitesModel(
      frame: call.site.frame(for: call),
      rows: sites.map { row($0, versions[$0.key] ?? actor.trial.version) },
      enrolment: isBefore && hasOpenSite ? enrolment : nil, faults: faults)
  }

  /// The version in force at each site today, where an amendment is.
  private func versions() async throws -> [SiteKey: String] {
    var found: [SiteKey: String] = [:]
    for site in actor.definition.sites {
      found[site.key] = try await call.installation.definition(
        of: actor.trial, at: site.key
      ).version
    }
    return found
  }

  private func row(_ site: Store.Site, _ version: String) -> Pages.SiteRow {
    let href = "/sites/\(site.key)"
    return Pages.SiteRow(
      key: site.key.text, name: site.name, href: href, zone: site.zone, chip: Self.chip(site),
      randomized: randomized(site), protocolVersion: version,
      act: site.state == "active" ? nil : Link(text: "Open…", href: href))
  }

  private func randomized(_ site: Store.Site) -> String {
    let cap = actor.definition.site(site.key)?.cap
    return cap.map { "\(site.randomized) of \($0)" } ?? String(site.randomized)
  }

  private static func chip(_ site: Store.Site) -> Chip {
    switch site.state {
    case "active": .state(.good, "open")
    case "suspended": .state(.due, "suspended")
    case "closed": .state(.off, "closed")
    default: .state(.calm, site.state)
    }
  }

  private var enrolment: ActForm {
    ActForm(
      form: call.target("/enrolment/open"), button: "Open the study for enrolment",
      whatHappens: [
        "Open sites may enrol and randomize. The randomization must be in force before."
      ], authentication: .notNeeded)
  }

  private func key() throws(ActRefusal) -> SiteKey {
    guard let key = try? SiteKey(parsing: call.parameter("site")) else { throw .notFound }
    return key
  }

  func one(faults: [Pages.Fault] = []) async throws -> SiteModel {
    let key = try key()
    let site = try await call.installation.sites(as: actor).first { $0.key == key }
    guard let site else { throw ActRefusal.notFound }
    let readiness = try await call.installation.siteReadiness(of: key, as: actor)
    let missing = readiness.missingStaff
    let isOpen = site.state == "active"
    let isClosed = site.state == "closed"
    return SiteModel(
      frame: call.site.frame(for: call), back: Link(text: "Sites", href: "/sites"),
      name: "\(site.key) \(site.name)", chip: Self.chip(site),
      facts: [
        Fact(name: "Time zone", value: site.zone),
        Fact(name: "Protocol", value: try await versions()[key] ?? actor.trial.version),
        Fact(name: "Consented", value: String(site.consented)),
        Fact(name: "Randomized", value: randomized(site)),
        Fact(
          name: "Emergency contact", value: actor.definition.site(key)?.emergencyContact ?? ""),
      ],
      unmet: isOpen || isClosed
        ? []
        : missing.map {
          CheckItem(
            sentence: "Nobody is \($0.title.lowercased()) at this site.",
            detail: "The access administrator grants the role.", code: "site_staff_missing")
        }
          + readiness.needs.filter { !$0.isMet }.map {
            CheckItem(sentence: $0.sentence, code: "site_not_ready")
          }, met: recorded(readiness),
      act: isOpen ? suspend(key) : readiness.isComplete && !isClosed ? activate(site) : nil,
      records: isClosed ? [] : [record(site)] + prepare(site),
      closing: isOpen || site.state == "suspended"
        ? Link(text: "Close the site for good…", href: "/sites/\(key)/close") : nil,
      faults: faults)
  }

  // What is recorded, each with its date and document.
  private func recorded(_ readiness: SiteReadiness) -> [CheckGroup] {
    let items = readiness.facts.filter(\.holds).map { fact in
      CheckItem(
        sentence: "\(fact.fact.title): \(Times.date(fact.since))",
        detail: [
          fact.reference, fact.arms.joined(separator: ", "),
          fact.protocolVersion.isEmpty ? "" : "for version \(fact.protocolVersion)",
          fact.recordedBy,
        ].filter { !$0.isEmpty }.joined(separator: "; "), code: fact.fact.rawValue)
    }
    return items.isEmpty ? [] : [CheckGroup(title: "Recorded of the site", items: items)]
  }

  private func record(_ site: Store.Site) -> ActForm {
    ActForm(
      form: call.target("/sites/\(site.key)/facts"), button: "Record it",
      whatHappens: [
        "It is kept with its date and document; an earlier record of the same stays readable.",
        "A release is for the version that is in force at the site now.",
      ],
      fields: [
        EntryField(
          name: "fact", label: "What is recorded",
          control: .code(
            choices: SiteFactKind.allCases.map { Choice(code: $0.rawValue, label: $0.title) },
            selected: call.form["fact"] ?? "")),
        EntryField(
          name: "holds", label: "It is so",
          control: .boolean(call.form["holds"].map { $0 == "Y" } ?? true),
          hint: "No takes an earlier record back."),
        EntryField(
          name: "since", label: "Date",
          control: .text(text: call.form["since"] ?? "", maximum: 10),
          hint: "Year, month, day: 2027-03-01"),
        EntryField(
          name: "reference", label: "Document, or why it is taken back",
          control: .text(text: call.form["reference"] ?? "", maximum: 200)),
        EntryField(
          name: "arms", label: "Of a capacity: the arms the site can carry out",
          control: .multiple(
            choices: actor.definition.arms.map { Choice(code: $0.code.text, label: $0.title) },
            selected: call.form.all("arms")), isOptional: true),
      ], authentication: .notNeeded, title: "Record what the site needs")
  }

  private func prepare(_ site: Store.Site) -> [ActForm] {
    let next: (to: SiteState, words: String)
    switch SiteState(rawValue: site.state) {
    case .planned: next = (.selected, "The site is chosen")
    case .selected: next = (.initiated, "The initiation visit took place")
    case .initiated, .active, .suspended, .closed, nil: return []
    }
    var target = call.target("/sites/\(site.key)/prepare")
    target.kept = [KeptValue(name: "to", value: next.to.rawValue)]
    return [
      ActForm(
        form: target, button: next.words, whatHappens: ["The site is “\(next.to.rawValue)”."],
        authentication: .notNeeded, title: "Next step")
    ]
  }

  func recordFact() async throws -> String {
    let key = try key()
    _ = try await call.installation.recordSiteFact(
      try SiteReadinessBody.record(
        fact: call.form["fact"], holds: call.form["holds"] != "N", since: call.form["since"],
        reference: call.form["reference"], arms: call.form.all("arms")), at: key, as: actor)
    return "/sites/\(key)?note=site-fact"
  }

  func prepare() async throws -> String {
    let key = try key()
    guard let target = call.form["to"].flatMap(SiteState.init(rawValue:)) else {
      throw ActRefusal.notFound
    }
    try await call.installation.prepareSite(key, to: target, reason: "", as: actor)
    return "/sites/\(key)?note=moved"
  }

  /// Closing, on a page of its own since it cannot be undone.
  func closing(faults: [Pages.Fault] = []) async throws -> ActPageModel {
    let key = try key()
    let site = try await call.installation.sites(as: actor).first { $0.key == key }
    guard let site, ["active", "suspended"].contains(site.state) else { throw ActRefusal.notFound }
    return ActPageModel(
      frame: call.site.frame(for: call), back: Link(text: "Site \(key)", href: "/sites/\(key)"),
      title: "Close site \(key) \(site.name)",
      facts: [
        Fact(name: "Consented", value: String(site.consented)),
        Fact(name: "Randomized", value: randomized(site)),
      ],
      act: ActForm(
        form: call.target("/sites/\(key)/close"), button: "Close site \(key)",
        whatHappens: [
          "Nobody is enrolled or randomized there any more. Participants there go on to their end."
        ], cannotBeUndone: "A closed site is not opened again.", fields: [reason(optional: false)],
        authentication: .notNeeded, isDestructive: true), faults: faults)
  }

  func close() async throws -> String {
    let key = try key()
    try await call.installation.closeSite(key, reason: call.form["reason"] ?? "", as: actor)
    return "/sites/\(key)?note=site-closed"
  }

  private func reason(optional: Bool) -> EntryField {
    EntryField(
      name: "reason", label: "Reason",
      control: .text(text: call.form["reason"] ?? "", maximum: 200), isOptional: optional)
  }

  // Back from a suspension it takes a reason.
  private func activate(_ site: Site) -> ActForm {
    ActForm(
      form: call.target("/sites/\(site.key)/activate"), button: "Open site \(site.key)",
      whatHappens: ["The site may enrol and randomize while the study is open for enrolment."],
      fields: [reason(optional: site.state != "suspended")], authentication: .notNeeded)
  }

  private func suspend(_ key: SiteKey) -> ActForm {
    ActForm(
      form: call.target("/sites/\(key)/suspend"), button: "Suspend site \(key)",
      whatHappens: ["Nobody is enrolled or randomized there. Participants there go on."],
      fields: [reason(optional: false)], authentication: .notNeeded, isDestructive: true)
  }

  func activate() async throws -> String {
    let key = try key()
    try await call.installation.activateSite(key, reason: call.form["reason"] ?? "", as: actor)
    return "/sites/\(key)?note=activated"
  }

  func suspend() async throws -> String {
    let key = try key()
    try await call.installation.suspendSite(key, reason: call.form["reason"] ?? "", as: actor)
    return "/sites/\(key)?note=suspended"
  }
}
