import Randomization

/// Computes every case of a reference file and compares the answers with those it states.
///
/// What kind of file it is follows from what is in it, whatever it is called; a part that is not
/// there is not asked for. The answer of a case is computed from a copy of it without what it
/// expects.
public func evaluate(bytes: [UInt8]) throws(CaseFileRefusal) -> [CaseOutcome] {
  let content = try CaseValue(parsing: bytes)
  guard let file = CaseFile(of: content) else { throw .unknownFile }
  switch file {
  case .drbg: return try DRBGCases.outcomes(content)
  case .canonical: return try CanonicalCases.outcomes(content)
  case .keys: return try KeyCases.outcomes(content)
  case .worked: return try WorkedCases.outcomes(content)
  case .methods: return try MethodCases.outcomes(content)
  case .refusals: return try RefusalCases.outcomes(content)
  case .badSchemes: return try BadSchemeCases.outcomes(content)
  case .simulation: return try SimulationCases.outcomes(content)
  case .expectations: return try ExpectationCases.outcomes(content)
  case .bundle: return try BundleCases.outcomes(content)
  }
}

/// The files of reference cases of randomization.
public enum CaseFile: String, Sendable, CaseIterable {
  /// The generator, the tape and its draws.
  case drbg = "drbg.json"

  /// Canonical JSON.
  case canonical = "canonical.json"

  /// Keys, commitments, strata, seals and the seed box.
  case keys = "keys.json"

  /// Published worked examples.
  case worked = "worked.json"

  /// Every method, step by step.
  case methods = "methods.json"

  /// Refused allocations.
  case refusals = "refusals.json"

  /// Refused schemes.
  case badSchemes = "bad_schemes.json"

  /// Exact results of simulated runs.
  case simulation = "simulation.json"

  /// Exact expectations of simulated runs.
  case expectations = "expectations.json"

  /// Trees, and bundles that verify or do not.
  case bundle = "bundle.json"

  /// Whether a file holds cases of randomization.
  public static func isKnown(_ bytes: [UInt8]) -> Bool {
    guard let content = try? CaseValue(parsing: bytes) else { return false }
    return CaseFile(of: content) != nil
  }

  /// The kind of a file by its parts.
  init?(of content: CaseValue) {
    func has(_ parts: Label...) -> Bool { parts.contains { content[$0] != nil } }
    let first: CaseValue? =
      if case .list(let cases)? = content["cases"] { cases.first } else { nil }
    if let first {
      if first["allocations"] != nil {
        self = .methods
      } else if first["results"] != nil {
        self = .simulation
      } else if first["exact"] != nil {
        self = .expectations
      } else if first["scheme"] != nil {
        self = .badSchemes
      } else {
        return nil
      }
    } else if has("steps") {
      self = .refusals
    } else if has("accepted", "refused") {
      self = .canonical
    } else if has("nist", "tape", "uniform", "pick") {
      self = .drbg
    } else if has("tree", "valid", "tampered") {
      self = .bundle
    } else if has("master", "strata", "seals", "sealed_seed") {
      self = .keys
    } else if WorkedCases.parts.contains(where: { content[$0] != nil }) {
      self = .worked
    } else {
      return nil
    }
  }
}

/// One case, cut into what it gives and what it expects.
struct ReferenceCase {
  let id: String
  let method: String
  private let given: CaseValue
  private let expected: CaseValue

  /// The case whose expectations are the named keys of a record.
  init(_ id: String, method: String, _ value: CaseValue, expecting keys: Set<Label>) {
    self.init(id, method: method, given: value.without(keys), expected: value.only(keys))
  }

  init(_ id: String, method: String, given: CaseValue, expected: CaseValue) {
    self.id = id
    self.method = method
    self.given = given
    self.expected = expected
  }

  /// Computes the answer from what is given, then compares it with what is expected.
  func outcome(
    _ answer: (CaseValue) throws(CaseFileRefusal) -> CaseValue
  ) throws(CaseFileRefusal) -> CaseOutcome {
    let answer = try answer(given)
    let verdict: CaseOutcome.Verdict =
      if expected == .record([:]) {
        .differ("the file states no expected answer")
      } else if let departure = answer.departure(from: expected) {
        .differ(departure)
      } else {
        .agree
      }
    return CaseOutcome(id: id, method: method, verdict: verdict, answerJSON: answer.json)
  }
}
