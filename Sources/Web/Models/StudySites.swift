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
    let trial = try await call.installation.trial(actor.trial.key)
    let versions = try await versions()
    let isBefore = ["draft", "testing", "approved", "paused"].contains(trial.state)
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
    let missing = try await call.installation.missingStaff(of: key, as: actor)
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
        }, met: [],
      act: isOpen ? suspend(key) : missing.isEmpty && !isClosed ? activate(site) : nil,
      closing: isOpen || site.state == "suspended"
        ? Link(text: "Close the site for good…", href: "/sites/\(key)/close") : nil,
      faults: faults)
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
