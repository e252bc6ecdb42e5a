import Conduct
import Store
import StudyModel
import Testing

/// The clock of a site is that of its definition, and no other.
@Suite(.serialized) struct SiteClockTests {
  @Test func `a site the study does not have has no clock, and none stands in for it`() async throws
  {
    try await AllocatedTrial.run { world in
      let office = world.installation
      let trial = try await office.trial(world.trial.key)
      let adelaide = try SiteKey(parsing: "112")
      #expect(
        try await office.wallClock(of: adelaide, in: trial).zoneName == "Australia/Adelaide")
      #expect(try world.definition.clock(of: adelaide).zoneName == "Australia/Adelaide")
      let nowhere = try SiteKey(parsing: "999")
      #expect(
        await refusal { _ = try await office.wallClock(of: nowhere, in: trial) }?.code
          == "site_unknown")
      #expect(
        await refusal { _ = try world.definition.clock(of: nowhere) }?.code == "site_unknown")
    }
  }

  @Test func `a site an amendment added is known to a participant's earlier forms`() async throws {
    try await ReferenceTrial.run { world in
      let now = ReferenceTrial.start.advanced(bySeconds: 12 * 86_400)
      let amendment = StudyAmendment(world: world, now: now)
      try await amendment.approve(try await amendment.draft(try AddedSiteTests.source()))
      let trial = try await amendment.office.trial(world.trial.key)
      let added = try SiteKey(parsing: AddedSiteTests.leeds)
      // The first version does not have the site; the trial does.
      #expect(
        await refusal { _ = try world.definition.clock(of: added) }?.code == "site_unknown")
      #expect(
        try await amendment.office.wallClock(of: added, in: trial).zoneName == "Europe/London")
    }
  }
}
