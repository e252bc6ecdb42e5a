import Randomization
import Simulation
import Store
import StudyModel
import Testing

@testable import Conduct

/// A site that an amendment adds to a running trial: from its approval to the first allocation there.
@Suite(.serialized) struct AddedSiteTests {
  static let leeds = "113"
  private static let place =
    "  - { key: \"112\", title: Adelaide, country: AU, zone: Australia/Adelaide,"

  static func source(_ version: String = "2.0") throws -> String {
    try StudyAmendment.source(
      version,
      [
        (
          of: place,
          to:
            "  - { key: \"113\", title: Leeds, country: GB, zone: Europe/London, emergency_contact: "
            + "\"Crisis line of Leeds: +44 113 496 0113\", consent_versions: { \"1.0\": 2026-01-01 } }\n"
            + place
        )
      ])
  }

  @Test
  func
    `an added site is planned, opens under the version that knows it, and draws from the next scheme`()
    async throws
  {
    try await ReferenceTrial.run { world in
      let site = try SiteKey(parsing: Self.leeds)
      let early = try await Walk.ready(world, Way(initials: "AA"))
      _ = try await early.randomize()
      let now = ReferenceTrial.start.advanced(bySeconds: 12 * 86_400)
      let amendment = StudyAmendment(world: world, now: now)
      let before = try await amendment.office.sites(as: try await amendment.lead())
      #expect(!before.contains { $0.key == site })
      let version = try await amendment.draft(try Self.source())
      // A draft adds nothing.
      #expect(
        try await !amendment.office.sites(as: try await amendment.lead()).contains {
          $0.key == site
        })
      try await amendment.approve(version)
      let lead = try await amendment.lead()
      let added = try #require(
        try await amendment.office.sites(as: lead).first { $0.key == site })
      #expect(added.state == "planned" && added.name == "Leeds" && added.zone == "Europe/London")
      #expect(lead.definition.site(site)?.title == "Leeds")
      let unready = await refusal {
        try await amendment.office.activateSite(site, reason: "", as: lead)
      }
      #expect(unready?.code == "site_without_version")
      try await amendment.putInForce(version, at: Self.leeds)
      let unstaffed = await refusal {
        try await amendment.office.activateSite(site, reason: "", as: try await amendment.lead())
      }
      #expect(unstaffed?.code == "site_staff_missing")
      for role in world.definition.roles.filter(\.isNeededAtSites).map(\.id.text) {
        _ = try await world.actor(role, at: Self.leeds, now: now)
      }
      try await TrialSetUp.openSite(
        site, reason: "all is ready", as: try await amendment.lead(), amendment.office)
      let walk = try await Walk.ready(
        world,
        Way(
          site: Self.leeds, initials: "BB", birthYear: 1980,
          consentedAt: now.advanced(bySeconds: 86_400)))
      #expect(walk.key.siteText == Self.leeds)
      // The scheme in force knows no such level; a refusal consumes nothing.
      let consumed = try world.consumed()
      let refused = await refusal { try await walk.randomize(requestKey: "k-before-the-scheme") }
      #expect(refused?.code == "unknown_level", "\(String(describing: refused))")
      #expect(try world.consumed() == consumed)
      // Where the trial runs, it goes on.
      let other = try await Walk.ready(
        world, Way(initials: "CC", birthYear: 1981, consentedAt: now.advanced(bySeconds: 86_400)))
      _ = try await other.randomize()
      let scheme = Amendment(world: world, now: walk.pressed.advanced(bySeconds: 60))
      let draft = try await scheme.office.draftScheme(
        .definition, as: try await scheme.manager())
      let shown = try #require(
        try await scheme.office.schemeDrafts(as: try await scheme.second()).first)
      #expect(shown.number == draft && shown.summary.epoch == 2)
      #expect(
        shown.differences.contains { $0.contains(Self.leeds) }, "\(shown.differences)")
      _ = try await scheme.simulate()
      try await scheme.commit(draft)
      try await scheme.approve()
      try await scheme.record()
      _ = try await walk.randomize(
        requestKey: "k-with-the-scheme", at: scheme.now.advanced(bySeconds: 60))
      let bundle = try await world.installation.verificationBundle(of: world.trial, revealing: true)
      #expect(BundleVerifier.verify(bundle) == .verified(8))
    }
  }

  @Test func `a site with data is never taken out, and a version that knows it not is not for it`()
    async throws
  {
    try await ReferenceTrial.run { world in
      let now = ReferenceTrial.start.advanced(bySeconds: 86_400)
      let amendment = StudyAmendment(world: world, now: now)
      let first = try await amendment.draft(try StudyAmendment.source("1.1"))
      try await amendment.approve(first)
      let second = try await amendment.draft(try Self.source())
      try await amendment.approve(second)
      let unknown = await refusal {
        try await amendment.putInForce(first, at: Self.leeds)
      }
      #expect(unknown?.code == "site_unknown_to_version")
      // The next amendment is written over this one, and cannot leave the site out.
      let without = await refusal { try await amendment.draft(try StudyAmendment.source("3.0")) }
      guard case .invalid(let faults) = without else {
        Issue.record("\(String(describing: without))")
        return
      }
      #expect(faults.contains { $0.sentence.hasPrefix("site 113: a site is not removed") })
    }
  }

  @Test
  func
    `secondary endpoints hold for the whole trial once their version is in force at every open site`()
    async throws
  {
    try await ReferenceTrial.run { world in
      let now = ReferenceTrial.start.advanced(bySeconds: 86_400)
      let amendment = StudyAmendment(world: world, now: now)
      let title = "title: Remission by QIDS-SR16"
      let version = try await amendment.draft(
        try StudyAmendment.source("2.0", [(of: title, to: "title: Remission in own words")]))
      try await amendment.approve(version)
      func titles() async throws -> [String] {
        let trial = try await amendment.office.trial(world.trial.key)
        return try await amendment.office.definition(of: trial).secondaryEndpoints.map(\.title)
      }
      #expect(try await titles().contains("Remission by QIDS-SR16"))
      try await amendment.putInForce(version, at: ReferenceTrial.london)
      #expect(try await titles().contains("Remission by QIDS-SR16"))
      try await amendment.putInForce(version, at: ReferenceTrial.berlin)
      #expect(try await titles().contains("Remission in own words"))
      #expect(try await amendment.lead().definition.version == "1.0")
    }
  }
}
