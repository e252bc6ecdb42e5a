import Testing

@testable import Randomization

/// The errors people make in a randomization, as the ledger takes them.
@Suite struct RandomizationErrorTests {
  static func refused(_ act: LedgerAct, by ledger: AllocationLedger) -> RecordingRefusal? {
    do throws(RecordingRefusal) {
      _ = try ledger.entry(recording: act, at: TrialWorld.instant, by: "manager")
      return nil
    } catch {
      return error
    }
  }

  @Test(arguments: ["INELIGIBLE", "DUPLICATE", "WRONG_PERSON"] as [Label])
  func `a participant randomized in error stays consumed and is never drawn again`(ground: Label)
    throws
  {
    var world = try TrialWorld(.block(sizes: [3, 6]))
    let draw = try world.allocate(1)
    try world.act(.void(subject: "P-1", reason: ground))
    #expect(world.ledger.allocation(of: "P-1")?.arm == draw.arm)
    #expect(world.ledger.standing(of: "P-1")?.isVoid == true)
    // The same request: the stored allocation; any other, also of another stratum: refused.
    #expect(try world.ledger.draw(TrialWorld.request(1)).get().recordedIn == 3)
    for site in TrialWorld.sites {
      let again = try AllocationRequest(
        requestID: "another", subject: "P-1", levels: ["site": site, "sex": "male"])
      #expect(world.ledger.draw(again) == .failure(.alreadyRandomized))
    }
    // The position stays used.
    #expect(try world.allocate(2).seq == 2)
    #expect(BundleVerifier.verify(try world.bundle.canonicalBytes()) == .verified(6))
  }

  @Test func `a wrong stratum is kept beside the true one, and no later draw moves`() throws {
    var world = try TrialWorld(.block(sizes: [3, 6]), strata: ["site", "sex"])
    var untouched = world
    try world.allocate(1, sex: "female")
    try untouched.allocate(1, sex: "female")
    try world.act(
      .correct(subject: "P-1", levels: ["site": "S01", "sex": "male"], reason: "WRONG_VALUE"))
    let standing = try #require(world.ledger.standing(of: "P-1"))
    #expect(standing.levelsUsed == ["site": "S01", "sex": "female"])
    #expect(standing.trueLevels == ["site": "S01", "sex": "male"])
    #expect(untouched.ledger.standing(of: "P-1")?.levelsCorrected == nil)
    for number in 2...13 {
      let sex: Label = number.isMultiple(of: 2) ? "female" : "male"
      let moved = try world.allocate(number, sex: sex)
      #expect(moved.arm == (try untouched.allocate(number, sex: sex)).arm)
    }
    #expect(BundleVerifier.verify(try world.bundle.canonicalBytes()) == .verified(17))
  }

  @Test func `what cannot be an error is refused and nothing is recorded`() throws {
    var world = try TrialWorld(.block(sizes: [3, 6]))
    try world.allocate(1)
    let size = world.ledger.size
    func correct(_ subject: Label, _ levels: [Label: Label]) -> LedgerAct {
      .correct(subject: subject, levels: levels, reason: "WRONG_VALUE")
    }
    for (act, refusal) in [
      (.void(subject: "P-2", reason: "DUPLICATE"), .notAllocated),
      (.unblind(subject: "P-2", reason: "EMERGENCY CARE"), .notAllocated),
      (correct("P-2", ["site": "S01", "sex": "male"]), .notAllocated),
      (correct("P-1", ["site": "S09", "sex": "male"]), .levels),
      (correct("P-1", ["site": "S01", "sex": "ma\u{0301}le"]), .levels),
      (correct("P-1", ["sex": "male"]), .levels),
      (correct("P-1", ["site": "S01", "sex": "male", "ward": "x"]), .levels),
    ] as [(LedgerAct, RecordingRefusal)] {
      #expect(Self.refused(act, by: world.ledger) == refusal, "\(act)")
    }
    #expect(world.ledger.size == size)
    try world.act(.void(subject: "P-1", reason: "INELIGIBLE"))
    #expect(
      Self.refused(.void(subject: "P-1", reason: "DUPLICATE"), by: world.ledger) == .alreadyVoid)
    // An error may still be told apart from a wrong stratum, and be opened in an emergency.
    #expect(
      Self.refused(correct("P-1", ["site": "S01", "sex": "male"]), by: world.ledger) == nil)
    #expect(
      Self.refused(.unblind(subject: "P-1", reason: "EMERGENCY CARE"), by: world.ledger) == nil)
  }

  @Test func `the secret of an envelope belongs to one participant of one ledger and seed`() throws
  {
    let world = try TrialWorld(.simple)
    let secret = try #require(world.ledger.envelopeSecret(of: "P-1"))
    #expect(secret.count == 16)
    #expect(world.ledger.envelopeSecret(of: "P-2") != secret)
    let other = try #require(Seed(secureBytes: Array(repeating: 0x5F, count: 32)))
    let elsewhere = try #require(LedgerIdentity(Array(repeating: 0xA2, count: 16)))
    #expect(other.envelopeSecret(ledger: world.identity, subject: "P-1") != secret)
    #expect(world.seed.envelopeSecret(ledger: elsewhere, subject: "P-1") != secret)
    // Allocated or not, it is the same: cards are printed before.
    var later = world
    try later.allocate(1)
    #expect(later.ledger.envelopeSecret(of: "P-1") == secret)
    let chainOnly = try AllocationLedger(opening: world.entries[0], seed: nil)
    #expect(chainOnly.envelopeSecret(of: "P-1") == nil)
  }
}
