import Simulation
import Store
import StudyModel
import Testing

@testable import Conduct

/// What a site needs before it is opened, and the steps of the study, as the definition has them.
@Suite(.serialized) struct SiteOpeningTests {
  private static let sentences: [SiteFactKind: String] = [
    .ethics:
      "The date on which the ethics committee approved the study at the site is not recorded.",
    .contract: "The contract with the site is not recorded as signed.",
    .capacity: "The site has not confirmed that it can carry out all three arms.",
    .release:
      "The system is not released for this site and the protocol version in force there.",
  ]

  private static func record(
    _ fact: SiteFactKind, holds: Bool = true, since: String = "2026-12-01",
    reference: String = "File of the site", arms: [String] = ["KET", "KAP", "ECT"]
  ) -> SiteFactRecord {
    SiteFactRecord(
      fact: fact, holds: holds, since: since, reference: reference,
      arms: fact == .capacity ? arms : [])
  }

  private static func staffed(_ world: ReferenceTrial, _ site: String) async throws -> SiteKey {
    for role in world.definition.roles.filter(\.isNeededAtSites).map(\.id.text) {
      _ = try await world.actor(role, at: site)
    }
    return try SiteKey(parsing: site)
  }

  @Test(arguments: SiteFactKind.allCases)
  func `REQ-193: a site is not opened while one thing is missing, and the refusal names it`(
    _ missing: SiteFactKind
  ) async throws {
    try await ReferenceTrial.run { world in
      let office = world.installation
      let site = try await Self.staffed(world, "104")
      let lead = try await world.actor("sponsor_lead")
      for fact in SiteFactKind.allCases where fact != missing {
        _ = try await office.recordSiteFact(Self.record(fact), at: site, as: lead)
      }
      let sentence = try #require(Self.sentences[missing])
      let refused = await refusal {
        try await office.activateSite(site, reason: "", as: lead)
      }
      #expect(refused?.code == "site_not_ready")
      #expect(refused?.sentence == "\(sentence) The site was not opened.")
      let readiness = try await office.siteReadiness(of: site, as: lead)
      #expect(readiness.needs.filter { !$0.isMet }.map(\.sentence) == [sentence])
      #expect(readiness.needs.count == 5 && !readiness.isComplete)
      #expect(try await office.sites(as: lead).first { $0.key == site }?.state == "planned")
      _ = try await office.recordSiteFact(Self.record(missing), at: site, as: lead)
      #expect(try await office.siteReadiness(of: site, as: lead).isComplete)
      try await office.activateSite(site, reason: "", as: lead)
      // Each step has its row.
      #expect(
        try world.direct().lines(
          "select new from open.audit where object = 'site 104' and action = 'state' order by seq")
          == ["selected", "initiated", "active"])
      // What was there is asked again when a suspended site goes on.
      try await office.suspendSite(site, reason: "a vacancy", as: lead)
      _ = try await office.recordSiteFact(
        Self.record(missing, holds: false, reference: "it has lapsed"), at: site, as: lead)
      #expect(
        await refusal { try await office.activateSite(site, reason: "again", as: lead) }?.sentence
          == "\(sentence) The site was not opened.")
    }
  }

  @Test func `REQ-193: a release of another version, or capacity for some arms, opens no site`()
    async throws
  {
    try await ReferenceTrial.run { world in
      let office = world.installation
      let site = try await Self.staffed(world, "104")
      let lead = try await world.actor("sponsor_lead")
      for fact in SiteFactKind.allCases {
        _ = try await office.recordSiteFact(Self.record(fact), at: site, as: lead)
      }
      _ = try await office.recordSiteFact(
        Self.record(.capacity, arms: ["KET", "ECT"]), at: site, as: lead)
      #expect(
        await refusal { try await office.activateSite(site, reason: "", as: lead) }?.sentence
          == "\(Self.sentences[.capacity] ?? "") The site was not opened.")
      _ = try await office.recordSiteFact(Self.record(.capacity), at: site, as: lead)
      try world.tamper("update open.site_facts set protocol = '0.9' where fact = 'release'")
      #expect(
        await refusal { try await office.activateSite(site, reason: "", as: lead) }?.sentence
          == "\(Self.sentences[.release] ?? "") The site was not opened.")
      let released = try await office.recordSiteFact(Self.record(.release), at: site, as: lead)
      #expect(released == 2)
      // On the way: chosen, then initiated; no step twice and none over another.
      #expect(
        await refusal {
          try await office.prepareSite(site, to: .initiated, reason: "", as: lead)
        }?.code == "not_from_this_state")
      try await office.prepareSite(site, to: .selected, reason: "", as: lead)
      try await office.prepareSite(site, to: .initiated, reason: "", as: lead)
      try await office.activateSite(site, reason: "", as: lead)
      #expect(try await office.sites(as: lead).first { $0.key == site }?.state == "active")
    }
  }

  @Test func `what is recorded of a site is refused with a sentence when it cannot be`()
    async throws
  {
    try await ReferenceTrial.run { world in
      let office = world.installation
      let site = try SiteKey(parsing: "104")
      let lead = try await world.actor("sponsor_lead")
      func codes(_ record: SiteFactRecord) async -> [String] {
        guard
          case .invalid(let faults)? = await refusal({
            _ = try await office.recordSiteFact(record, at: site, as: lead)
          })
        else { return [] }
        return faults.map(\.code)
      }
      #expect(await codes(Self.record(.ethics, since: "1 March")) == ["bad_date"])
      #expect(await codes(Self.record(.ethics, since: "2028-03-01")) == ["date_ahead"])
      #expect(await codes(Self.record(.contract, reference: " ")) == ["no_reference"])
      #expect(
        await codes(Self.record(.contract, reference: String(repeating: "x", count: 201)))
          == ["too_long"])
      #expect(
        await codes(Self.record(.contract, reference: "File\u{202E}")) == ["control_characters"])
      #expect(await codes(Self.record(.capacity, arms: [])) == ["no_arms"])
      #expect(await codes(Self.record(.capacity, arms: ["KET", "TMS"])) == ["unknown_arm"])
      for role in ["coordinator", "study_builder", "investigator"] {
        let other = try await world.actor(
          role, at: role == "study_builder" ? nil : ReferenceTrial.london)
        #expect(
          await refusal {
            _ = try await office.recordSiteFact(Self.record(.ethics), at: site, as: other)
          } == .notFound)
        #expect(
          await refusal { _ = try await office.siteReadiness(of: site, as: other) } == .notFound)
      }
      _ = try await office.recordSiteFact(Self.record(.ethics), at: site, as: lead)
      for sql in ["update open.site_facts set holds = false", "delete from open.site_facts"] {
        #expect(try world.direct().refusal(of: sql) != nil)
      }
      let london = try SiteKey(parsing: ReferenceTrial.london)
      try await office.closeSite(london, reason: "it has ended", as: lead)
      #expect(
        await refusal {
          _ = try await office.recordSiteFact(Self.record(.ethics), at: london, as: lead)
        }?.code == "site_closed")
    }
  }

  @Test func `the study takes the steps of its lifecycle, one by one and by who may`() async throws
  {
    try await ReferenceTrial.run { world in
      let office = world.installation
      let lead = try await world.actor("sponsor_lead")
      let manager = try await world.actor("data_manager")
      let builder = try await world.actor("study_builder")
      func refused(_ target: StudyState, _ actor: Actor, _ reason: String = "") async -> String? {
        await refusal {
          try await office.moveStudy(to: target, reason: reason, as: actor)
        }?.code
      }
      // It is enrolling: nothing but a pause or the end of enrolment follows.
      #expect(await refused(.testing, builder) == "not_by_protocol")
      #expect(await refused(.followupComplete, manager) == "not_by_protocol")
      #expect(await refused(.paused, lead) == "reason_missing")
      #expect(await refused(.paused, manager, "a signal") == "not_found")
      #expect(await refused(.softLocked, manager) == "not_found")
      #expect(await refusal { try await office.softLock(as: manager) }?.code == "not_by_protocol")
      #expect(
        try await office.studySteps(as: lead).steps.map(\.target) == [.paused, .enrolmentClosed])
      #expect(try await office.studySteps(as: builder).steps.isEmpty)
      try await office.moveStudy(to: .paused, reason: "a signal", as: lead)
      try await office.openEnrolment(as: lead)
      let walk = try await Walk.ready(world)
      _ = try await walk.randomize()
      try await office.moveStudy(to: .enrolmentClosed, reason: "", as: lead)
      // Somebody is still followed up, on the last day of the study as well.
      for day: Int64 in [10, 223] {
        let at = walk.pressed.advanced(bySeconds: day * 86_400)
        let then = try await world.actor("data_manager", now: at)
        let early = try await world.installation.at(at).studySteps(as: then)
        #expect(
          early.steps.map(\.lacks) == [
            ["Every participant is in an end state or past the last day."]
          ], "day \(day)")
        let refused = await refusal {
          try await world.installation.at(at).moveStudy(
            to: .followupComplete, reason: "", as: then)
        }
        #expect(refused?.code == "not_by_protocol")
      }
      let late = walk.pressed.advanced(bySeconds: 230 * 86_400)
      try await world.installation.at(late).moveStudy(
        to: .followupComplete, reason: "",
        as: try await world.actor("data_manager", now: late))
      #expect(try await office.studySteps(as: manager).state == .followupComplete)
    }
  }
}
