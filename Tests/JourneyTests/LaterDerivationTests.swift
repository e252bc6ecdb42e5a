import StudyModel
import Synchronization
import Testing

@testable import Conduct
@testable import Store

/// What follows for treatment from a save of somebody blinded: once for all that is saved meanwhile, again where it
/// did not come about, and with nothing of another request.
@Suite struct LaterDerivationTests {
  private static func subject(_ number: Int, in trial: TrialID = 1) throws
    -> LaterDerivations.Subject
  {
    LaterDerivations.Subject(
      trial: trial, participant: try ParticipantKey(parsing: "101-000\(number)"))
  }

  /// What was derived, and whether it was said to be the last try.
  private final class Derived: Sendable {
    private let kept = Mutex([(name: String, isLast: Bool, request: String)]())

    var all: [(name: String, isLast: Bool, request: String)] { kept.withLock { $0 } }

    func add(_ name: String, _ isLast: Bool) {
      kept.withLock { $0.append((name, isLast, RequestMark.current)) }
    }
  }

  @Test func `saves of a participant are followed once, by what the last of them derives`()
    async throws
  {
    let (later, derived) = (LaterDerivations(pause: .milliseconds(30)), Derived())
    for (name, number) in [("first", 1), ("second", 1), ("other", 2)] {
      await later.add(try Self.subject(number)) { isLast in
        derived.add(name, isLast)
        return true
      }
    }
    #expect(derived.all.isEmpty)
    await later.finish()
    #expect(derived.all.map(\.name).sorted() == ["other", "second"])
  }

  @Test func `what did not come about is tried again, for a minute of a server`() async throws {
    let (later, derived) = (LaterDerivations(pause: .milliseconds(1)), Derived())
    await later.add(try Self.subject(1)) { isLast in
      derived.add("in vain", isLast)
      return derived.all.count == 3
    }
    await later.finish()
    #expect(derived.all.map(\.isLast) == [false, false, false])
    await later.add(try Self.subject(1)) { isLast in
      derived.add("for good", isLast)
      return false
    }
    await later.finish()
    let vain = derived.all.filter { $0.name == "for good" }
    #expect(vain.count == LaterDerivations.mostTries)
    #expect(vain.last?.isLast == true && vain.dropLast().allSatisfy { !$0.isLast })
  }

  @Test func `the request that starts the work lends its number to nobody else's`() async throws {
    let (later, derived) = (LaterDerivations(pause: .milliseconds(5)), Derived())
    let subject = try Self.subject(1)
    await RequestMark.$current.withValue("00ff") {
      await later.add(subject) { isLast in
        derived.add("", isLast)
        return true
      }
    }
    await later.finish()
    #expect(derived.all.map(\.request) == [""])
  }

  @Test func `a lock waits for its own study alone`() async throws {
    let (later, derived) = (LaterDerivations(pause: .milliseconds(1)), Derived())
    await later.add(try Self.subject(1, in: 2)) { isLast in
      derived.add("other study", isLast)
      return false
    }
    await later.add(try Self.subject(1)) { isLast in
      derived.add("own", isLast)
      return true
    }
    try await later.finish(1)
    #expect(derived.all.contains { $0.name == "own" })
    #expect(derived.all.count { $0.name == "other study" } < LaterDerivations.mostTries)
  }
}
