import Simulation
import StudyModel
import Testing

@testable import Conduct

/// The time zone in which a person reads and writes times.
@Suite(.serialized) struct ChosenZoneTests {
  @Test func `a person chooses a time zone the server knows, or none`() async throws {
    try await ReferenceTrial.run { world in
      let person = try #require(world.raters.first)
      let office = world.installation
      #expect(try await office.chosenZone(of: person.user) == nil)
      try await office.chooseZone("America/New_York", of: person.user)
      #expect(try await office.chosenZone(of: person.user) == "America/New_York")
      for bad in ["Mars/Olympus", "UTC", "+02:00", "Europe/Berlin'"] {
        #expect(
          fields(of: await refusal { try await office.chooseZone(bad, of: person.user) })
            == ["zone"], "\(bad)")
      }
      try await office.chooseZone("", of: person.user)
      #expect(try await office.chosenZone(of: person.user) == nil)
    }
  }
}
