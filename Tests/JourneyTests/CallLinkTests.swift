import Simulation
import Store
import StudyModel
import Testing

@testable import Conduct

/// Where the call of a booked rating is joined: told to its rater, and to nobody who knows an arm.
@Suite(.serialized) struct CallLinkTests {
  @Test func `the rater reads where the call is joined, and a move takes it away`() async throws {
    try await ReferenceTrial.run { world in
      let walk = try await Walk.randomized(world)
      let booked = try await Booked.book(walk, "A2", near: walk.instant(24))
      func seen() async throws -> String? {
        let token = try Booked.token(walk, booked.visit)
        return try await booked.office.ratingTask(token, Booked.rater(world, of: token))
      }
      #expect(try await seen() == nil)
      try await booked.link("https://meet.example/abc-defg?pwd=77")
      #expect(try await seen() == "https://meet.example/abc-defg?pwd=77")
      #expect(
        await refusal { try await booked.link("https://meet.example/abc-defg?pwd=77") }
          == .unchanged)
      for bad in [
        "https://meet.example/\(walk.key)", "http://meet.example/x", "https://x/101/y",
        "https://london-site.example/y",
      ] {
        #expect(fields(of: await refusal { try await booked.link(bad) }) == ["call_link"], "\(bad)")
      }
      let nurse = try await world.actor("treat_coordinator", at: walk.way.site, now: booked.now)
      #expect(
        await refusal {
          try await booked.office.giveCallLink(
            "https://meet.example/x", for: walk.key, at: booked.visit, as: nurse)
        } == .notFound)
      let direct = try world.direct("eq_open", role: "coordinator")
      #expect(
        direct.refusal(
          of: "select outcome.give_call_link('\(walk.key)', 'A2', 'https://x/\(walk.key)')")
          == "EQ409")
      #expect(
        direct.refusal(of: "select outcome.give_call_link('\(walk.key)', 'A2', 'ftp://x/y')")
          == "23514")
      try await booked.move(to: try #require(try await booked.offer().first))
      #expect(try await seen() == nil)
      try await booked.link("https://meet.example/other")
      try await booked.link("")
      #expect(try await seen() == nil)
    }
  }
}

extension Installation {
  fileprivate func ratingTask(_ token: AssessmentToken, _ rater: Actor) async throws -> String? {
    try await ratingTasks(as: rater).first { $0.token == token }?.callLink
  }
}
