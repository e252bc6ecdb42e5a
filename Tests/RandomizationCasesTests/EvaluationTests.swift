import Foundation
import RandomizationCases
import Testing

@Suite struct EvaluationTests {
  static let folder = URL(filePath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().appending(path: "Oracles/randomization")

  @Test(arguments: CaseFile.allCases)
  func `every reference case of randomization agrees`(file: CaseFile) throws {
    let bytes = try Data(contentsOf: Self.folder.appending(path: file.rawValue))
    let outcomes = try evaluate(bytes: Array(bytes))
    #expect(outcomes.count >= file.leastCases)
    for outcome in outcomes {
      #expect(outcome.verdict == .agree, "\(file.rawValue): \(outcome.id)")
    }
  }
}

extension CaseFile {
  /// The number of cases counted in the files, so that an empty reading cannot pass.
  var leastCases: Int {
    switch self {
    case .drbg: 29
    case .canonical: 12
    case .keys: 15
    case .worked: 44
    case .methods: 24
    case .refusals: 16
    case .badSchemes: 24
    case .simulation: 6
    case .expectations: 25
    case .bundle: 29
    }
  }
}

@Suite struct DisagreementTests {
  /// A reference file with one text replaced, evaluated.
  private func outcomes(
    _ file: CaseFile, replacing part: String, with other: String
  ) throws -> [CaseOutcome] {
    let bytes = try Data(contentsOf: EvaluationTests.folder.appending(path: file.rawValue))
    let text = String(decoding: bytes, as: UTF8.self)
    let changed = text.replacing(part, with: other, maxReplacements: 1)
    try #require(changed != text)
    return try evaluate(bytes: Array(changed.utf8))
  }

  @Test func `a changed expectation is told, and the answer stays the same`() throws {
    let file = CaseFile.refusals
    let right = try outcomes(file, replacing: "\"seq\": 1", with: "\"seq\":  1")
    let wrong = try outcomes(file, replacing: "\"seq\": 1", with: "\"seq\": 2")
    #expect(right.allSatisfy { $0.verdict == .agree })
    #expect(wrong[0].verdict == .differ("answer.seq is 1, expected 2"))
    #expect(wrong.dropFirst().allSatisfy { $0.verdict == .agree })
    #expect(wrong.map(\.answerJSON) == right.map(\.answerJSON))
  }

  @Test func `a case that expects nothing does not count as agreeing`() throws {
    let wrong = try outcomes(.canonical, replacing: "\"code\"", with: "\"cod\"")
    #expect(wrong.contains { $0.verdict == .differ("the file states no expected answer") })
  }

  @Test func `a file that is unknown or not JSON is refused`() {
    #expect(throws: CaseFileRefusal.unknownFile) {
      try evaluate(bytes: Array(#"{"cases": [{"name": "x"}], "about": "y"}"#.utf8))
    }
    #expect(throws: CaseFileRefusal.notJSON) { try evaluate(bytes: [0x7B]) }
  }

  @Test(arguments: CaseFile.allCases)
  func `a file with one of its parts is evaluated as far as it goes`(file: CaseFile) throws {
    let bytes = try Data(contentsOf: EvaluationTests.folder.appending(path: file.rawValue))
    let whole = try #require(try JSONSerialization.jsonObject(with: bytes) as? [String: Any])
    let lone =
      ["nist", "tape", "uniform", "pick", "accepted", "refused", "tampered", "tree"]
      + ["coin_equal", "block_urn", "maximal", "pocock_simon_1975"]
    for part in lone.filter({ whole[$0] != nil }) {
      let cut = try JSONSerialization.data(withJSONObject: [part: whole[part]])
      let outcomes = try evaluate(bytes: Array(cut))
      #expect(!outcomes.isEmpty, "\(part)")
      #expect(outcomes.allSatisfy { $0.verdict == .agree }, "\(part)")
    }
  }
}
