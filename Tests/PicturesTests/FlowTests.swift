import Pictures
import Testing

struct FlowTests {
  private func arm(
    _ label: String, allocated: Int = 300, received: Int = 290, followed: Int = 280,
    full: Int = 299, perProtocol: Int = 250
  ) -> FlowArm {
    FlowArm(
      label: label, allocated: allocated, received: received,
      notReceived: [FlowLoss("declined", 10)],
      followed: followed, notFollowed: [FlowLoss("lost", 15), FlowLoss("withdrawn", 5)], full: full,
      notFull: [FlowLoss("consent not valid", 1)], perProtocol: perProtocol)
  }

  private func flow(
    assessed: Int = 1_000, randomized: Int = 900, after: FlowAfter
  ) throws(FlowRefusal) -> FlowPicture {
    try FlowPicture(
      finding: "f", numbers: "n", assessed: assessed, excluded: [FlowLoss("declined", 100)],
      randomized: randomized, after: after)
  }

  @Test func `a flow in which every split adds up is drawn`() throws {
    let picture = try flow(after: .byArm([arm("A"), arm("B"), arm("C")]))
    let text = String(decoding: picture.file(), as: UTF8.self)
    for number in ["n = 1000", "n = 900", "allocated 300", "did not receive 10", "full set 299"] {
      #expect(text.contains(number), "\(number)")
    }
  }

  @Test func `a flow whose exclusions do not add up is refused by the name of the box`() {
    #expect(throws: FlowRefusal.doesNotAddUp(box: "assessed")) {
      try flow(assessed: 1_001, after: .byArm([arm("A"), arm("B"), arm("C")]))
    }
  }

  @Test func `a flow whose arms are not all randomized participants is refused`() {
    #expect(throws: FlowRefusal.doesNotAddUp(box: "allocated")) {
      try flow(after: .byArm([arm("A"), arm("B")]))
    }
  }

  @Test func `each split of an arm is checked`() {
    let broken: [(FlowArm, String)] = [
      (arm("C", received: 291), "received"), (arm("C", followed: 281), "followed"),
      (arm("C", full: 298), "full set"), (arm("C", perProtocol: 300), "per protocol"),
      (arm("C", perProtocol: -1), "per protocol"),
    ]
    for (arm, box) in broken {
      #expect(throws: FlowRefusal.doesNotAddUp(box: box)) {
        try flow(after: .byArm([self.arm("A"), self.arm("B"), arm]))
      }
    }
  }

  @Test func `numbers below zero are refused even when they add up`() {
    #expect(throws: FlowRefusal.doesNotAddUp(box: "followed")) {
      try flow(after: .pooled(followed: 910, notFollowed: [FlowLoss("lost", -10)]))
    }
  }

  @Test func `a pooled flow stops at the follow-up and names no arm`() throws {
    let picture = try flow(after: .pooled(followed: 880, notFollowed: [FlowLoss("lost", 20)]))
    let text = String(decoding: picture.file(), as: UTF8.self)
    #expect(text.contains("n = 880"))
    #expect(!text.contains("allocated"))
    #expect(throws: FlowRefusal.doesNotAddUp(box: "followed")) {
      try flow(after: .pooled(followed: 881, notFollowed: [FlowLoss("lost", 20)]))
    }
  }

  @Test func `a refusal is a sentence that names the box and no number`() {
    let sentence = FlowRefusal.doesNotAddUp(box: "received").description
    #expect(sentence.contains("received"))
    #expect(!sentence.contains { $0.isNumber })
  }
}
