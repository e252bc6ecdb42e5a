import Testing

@testable import Randomization

@Suite struct SchemeTests {
  private let world: TrialWorld

  init() throws { world = try TrialWorld() }

  /// The faults of a sound scheme after one part of its JSON is replaced.
  private func faults(_ part: String, _ replacement: String) throws -> [SchemeFault] {
    let sound = try world.scheme(.block(sizes: [3, 6]))
    let text = String(decoding: sound.canonicalBytes, as: UTF8.self)
    let changed = text.replacing(part, with: replacement)
    try #require(changed != text)
    return faults { try Scheme(parsing: Array(changed.utf8)) }
  }

  private func faults(_ make: () throws -> Scheme) -> [SchemeFault] {
    do {
      _ = try make()
      return []
    } catch SchemeRefusal.badScheme(let faults) {
      return faults
    } catch {
      return [.form("not canonical")]
    }
  }

  @Test func `a scheme read from its canonical bytes is the same scheme`() throws {
    for method in [
      .simple, .block(sizes: [3, 6, 9]), .blockUrn(lambda: 2), .bigStick(mti: 3),
      .maximal(mti: 2, length: 12), .biasedCoin(.init(2, of: 3)), .urn(alpha: 0, beta: 1),
      Scheme.Method.minimizing,
    ] {
      let scheme = try world.scheme(method, caps: [.init(when: ["site": "S02"], max: 60)])
      #expect(try Scheme(parsing: scheme.canonicalBytes) == scheme)
      #expect(scheme.method == method)
    }
  }

  @Test(arguments: [
    (#"{"caps":[{"max":1.5}]}"#, "bad_json", "caps[0].max, line 1, column 18"),
    (
      "{\n \"factors\": [{\"levels\": [\"A\", \"Cafe\u{301}\"]}]}", "not_nfc",
      "factors[0].levels[1], line 2, column 39"
    ),
    (#"{"epoch":1"#, "bad_json", "epoch, line 1, column 11"),
    (#"{"arms":{"a":[null,{"b":01}]}}"#, "bad_json", "arms.a[1].b, line 1, column 27"),
    (#"{"epoch":1,"epoch":2}"#, "bad_json", "line 1, column 22"),
  ])
  func `what canonical JSON cannot hold is refused with its place`(
    text: String, code: String, place: String
  ) throws {
    let refusal = #expect(throws: SchemeRefusal.self) { try Scheme(parsing: Array(text.utf8)) }
    #expect(refusal?.code == code)
    #expect(refusal?.description.hasPrefix("\(place): ") == true, "\(String(describing: refusal))")
  }

  @Test func `a level in another normalization is refused with its place`() throws {
    let refusal = #expect(throws: SchemeRefusal.self) {
      try world.scheme(.simple, arms: ["KET", "Cafe\u{301}", "ECT"])
    }
    #expect(refusal?.code == "not_nfc")
    #expect(refusal?.description.hasPrefix("arms[1].id: ") == true)
  }

  @Test func `every part of a scheme outside its rule is named`() throws {
    #expect(try faults("\"v\":1", "\"v\":2") == [.version])
    #expect(try faults("\"epoch\":1", "\"epoch\":0") == [.epoch])
    #expect(try faults("\"ledger\":\"a1", "\"ledger\":\"A1") == [.ledger])
    #expect(try faults("\"id\":\"KET\"", "\"id\":\"\"") == [.armIdentity])
    #expect(try faults("\"id\":\"KET\"", "\"id\":\"KAP\"") == [.armRepeated])
    #expect(try faults("\"ratio\":1", "\"ratio\":61") == [.ratioRange])
    #expect(try faults("\"ratio\":1", "\"ratio\":30") == [.ratioSum, .ratioNotReduced])
    #expect(try faults("\"id\":\"sex\"", "\"id\":\"Sex\"") == [.factorIdentity])
    #expect(try faults("\"id\":\"sex\"", "\"id\":\"site\"") == [.factorRepeated])
    #expect(try faults("[\"female\",\"male\"]", "[]") == [.levelCount])
    #expect(try faults("\"female\"", "\"\"") == [.levelLength])
    #expect(
      try faults("\"female\"", "\"\(String(repeating: "x", count: 256))\"") == [.levelLength])
    #expect(try faults("\"female\"", "\"male\"") == [.levelRepeated])
    #expect(try faults("\"strata\":[\"site\"]", "\"strata\":[\"x\"]") == [.stratumUnknown])
    #expect(
      try faults("\"strata\":[\"site\"]", "\"strata\":[\"site\",\"site\"]")
        == [.stratumRepeated])
    #expect(
      try faults("\"caps\":[]", "\"caps\":[{\"max\":-1,\"when\":{}}]") == [.capNegative])
    #expect(
      try faults("\"caps\":[]", "\"caps\":[{\"max\":1,\"when\":{\"x\":\"y\"}}]")
        == [.capUnknown])
    #expect(try faults("\"carry\":false", "\"carry\":true") == [.carryWithoutMinimization])
    #expect(try faults("\"void\":\"keep\"", "\"void\":\"lose\"") == [.form("void")])
    #expect(try faults("\"correct\":\"keep\"", "\"correct\":1") == [.form("correct")])
    #expect(try faults("\"block\"", "\"blocks\"") == [.methodUnknown])
    #expect(try faults("[3,6]", "[\"3\"]") == [.form("method")])
    #expect(try faults("\"v\":1", "\"v\":2,\"w\":3") == [.superfluous("w")])
    #expect(try faults("\"v\":1,", "") == [.missing("v")])
    #expect(
      try faults("\"sizes\"", "\"size\"") == [
        .missing("method.sizes"), .superfluous("method.size"),
      ])
    // All faults are told at once.
    #expect(
      try faults("\"strata\":[\"site\"],\"v\":1", "\"strata\":[\"x\"],\"v\":2")
        == [.version, .stratumUnknown])
  }

  @Test func `settings at their limits are accepted, and one step beyond are not`() throws {
    func faults(_ method: Scheme.Method, _ ratios: [Int] = [1, 1, 1]) -> [SchemeFault] {
      self.faults { try world.scheme(method, ratios: ratios) }
    }
    #expect(faults(.block(sizes: [999])) == [])
    for sizes in [[], [0], [4], [1002], [3, 3], [6, 3], Array(1...17).map { $0 * 3 }] {
      #expect(faults(.block(sizes: sizes)) == [.blockSizes])
    }
    #expect(faults(.blockUrn(lambda: 100)) == [])
    #expect(faults(.blockUrn(lambda: 0)) == [.setting("lambda")])
    #expect(faults(.bigStick(mti: 101)) == [.setting("mti")])
    #expect(faults(.maximal(mti: 20, length: 39)) == [])
    #expect(faults(.maximal(mti: 20, length: 42)) == [.segmentLength])
    #expect(faults(.maximal(mti: 21, length: 40)) == [.setting("mti"), .segmentLength])
    #expect(faults(.maximal(mti: 2, length: 0)) == [.segmentLength])
    #expect(faults(.biasedCoin(.init(1, of: 3))) == [])
    #expect(faults(.biasedCoin(.init(333, of: 1000))) == [.probability])
    #expect(faults(.biasedCoin(.init(1000, of: 1001))) == [.probability])
    #expect(faults(.biasedCoin(.init(2, of: 1))) == [.probability])
    #expect(faults(.biasedCoin(.init(1, of: 5)), [2, 2, 1]) == [])
    #expect(faults(.urn(alpha: 1001, beta: 0)) == [.setting("alpha"), .setting("beta")])
    func minimization(
      _ factor: Label, _ weight: Int, _ overall: Int, _ p: Scheme.Chance,
      _ unequal: Scheme.Minimization.Unequal = .slots
    ) -> Scheme.Method {
      .minimization(
        .init(
          factors: [.init(id: factor, weight: weight)], overall: overall, measure: .sd, p: p,
          unequal: unequal))
    }
    let p = Scheme.Chance(4, of: 5)
    #expect(faults(minimization("sex", 0, 1, p)) == [])
    #expect(faults(minimization("sex", 0, 0, p)) == [.noWeight])
    #expect(faults(minimization("site", 1, 0, p)) == [.minimizedFactor])
    #expect(faults(minimization("age", 1, 0, p)) == [.minimizedFactor])
    #expect(faults(minimization("sex", 1001, 0, p)) == [.setting("weight")])
    #expect(faults(minimization("sex", 1, 0, .init(1, of: 6)), [1, 2, 3]) == [])
    #expect(
      faults(minimization("sex", 1, 0, .init(1, of: 6), .biasedCoin), [3, 2, 2])
        == [.probability])
  }

  @Test func `advisories tell what the scheme risks`() throws {
    func advisories(_ method: Scheme.Method, _ ratios: [Int] = [1, 1, 1]) throws -> [Advisory] {
      try world.scheme(method, ratios: ratios).advisories(plannedParticipants: 60)
    }
    #expect(try advisories(.block(sizes: [6, 9])) == [])
    #expect(try advisories(.block(sizes: [3])) == [.fixedBlock, .smallBlock])
    #expect(try advisories(.block(sizes: [6, 12])) == [.manyStrata])
    #expect(try advisories(.biasedCoin(.init(1, of: 1))) == [.deterministic])
    let han = Scheme.Method.minimization(
      .init(
        factors: [], overall: 1, measure: .range, p: .init(1, of: 1), unequal: .biasedCoin))
    #expect(try advisories(han, [1, 2, 2]) == [.deterministic, .ratioNotPreserved])
  }
}
