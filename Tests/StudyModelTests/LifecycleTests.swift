import StudyModel
import Testing

struct LifecycleTests {
  @Test func `there is no unlock after unblinding`() {
    for state in [StudyState.unblinded, .archived] {
      #expect(state.successors.isDisjoint(with: [.hardLocked, .softLocked, .followupComplete]))
    }
    #expect(StudyState.hardLocked.successors == [.softLocked, .unblinded])
  }

  @Test func `unblinding follows the hard lock and nothing else`() {
    #expect(StudyState.allCases.filter { $0.successors.contains(.unblinded) } == [.hardLocked])
    #expect(StudyState.allCases.filter { $0.successors.contains(.hardLocked) } == [.softLocked])
  }

  @Test func `no data are entered from the soft lock on`() {
    for state in [StudyState.softLocked, .hardLocked, .unblinded, .archived] {
      #expect(!state.allowsEntry)
    }
  }

  @Test func `randomized follows eligible only, and only once`() {
    #expect(ParticipantState.allCases.filter { $0.successors.contains(.randomized) } == [.eligible])
    var reached: Set<ParticipantState> = []
    var next = ParticipantState.randomized.successors
    while let state = next.popFirst() {
      if reached.insert(state).inserted { next.formUnion(state.successors) }
    }
    #expect(!reached.contains(.randomized))
    #expect(reached.contains(.completed))
  }

  @Test func `a lost participant can be found again, an ended one cannot`() {
    #expect(ParticipantState.lost.successors.contains(.followed))
    let ends: Set<ParticipantState> = [
      .screenFailed, .notRandomized, .completed, .withdrawn, .died,
    ]
    #expect(Set(ParticipantState.allCases.filter(\.isEnd)) == ends)
  }

  @Test func `a suspended site can open again, a closed one cannot`() {
    #expect(SiteState.suspended.successors.contains(.active))
    #expect(SiteState.closed.successors.isEmpty)
  }
}
