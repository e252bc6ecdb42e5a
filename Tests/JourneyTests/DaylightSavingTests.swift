import Conduct
import Store
import StudyModel
import Testing

/// Windows count calendar days of the site, also where a day of the site has 23 hours.
@Suite(.serialized) struct DaylightSavingTests {
  // Europe's clocks go forward on 28 March 2027 at 01:00 UTC. Each instant is written by hand:
  // London presses at 23:30 on the 25th, Berlin at the same moment, which is 00:30 on the 26th there.
  private static let cases = [
    (
      ReferenceTrial.london, "2027-03-25", lastEvening: "2027-04-04T22:30:00Z",
      nextNight: "2027-04-04T23:30:00Z", dates: ["2027-04-04", "2027-04-05"]
    ),
    (
      ReferenceTrial.berlin, "2027-03-26", lastEvening: "2027-04-05T21:30:00Z",
      nextNight: "2027-04-05T22:30:00Z", dates: ["2027-04-05", "2027-04-06"]
    ),
  ]

  @Test
  func `the window of a visit ends at midnight of the site, ten calendar days and 239 hours later`()
    async throws
  {
    try await ReferenceTrial.run { world in
      for (index, one) in Self.cases.enumerated() {
        let (site, day0, lastEvening, nextNight, dates) = one
        let walk = try await Walk.ready(
          world,
          Way(
            site: site, initials: ["AB", "CD"][index], birthYear: 1974 + index,
            consentedAt: try UTCInstant(parsing: "2027-03-16T23:28:00Z")))
        _ = try await walk.randomize()
        #expect(try Walk.date(walk.pressed, site) == day0)
        #expect(walk.pressed == (try UTCInstant(parsing: "2027-03-25T23:30:00Z")))
        var expected = 0
        for (text, date, isLate) in [(lastEvening, dates[0], false), (nextNight, dates[1], true)] {
          let at = try UTCInstant(parsing: text)
          #expect(try Walk.date(at, site) == date)
          let saved = try await world.installation.at(at).saveEntry(
            walk.key, FormID(parsing: "CSSRSS"), VisitCode(parsing: "A1"),
            EntrySubmission(
              answers: try Walk.answers([
                "version": "slc", "q1": "N", "q2": "N", "q6": "N", "done": "Y", "vdate": date,
              ]), expectedVersion: expected, isFinal: true,
              reason: expected == 0 ? "" : "typing error"),
            as: try await world.actor("coordinator", at: site, now: at))
          #expect(
            saved.remarks.contains { $0.code == "EC-GEN-04" } == isLate, "\(site) on \(date)")
          expected = saved.version
        }
        // Saved as the visit it is, and drafted as a deviation the once.
        #expect(
          try world.direct().text(
            "select count(*)::text from open.deviations where participant = '\(walk.key)'") == "1")
      }
    }
  }
}
