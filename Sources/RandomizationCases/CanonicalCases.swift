import Crypto
import Foundation
import Randomization

/// Canonical JSON: accepted values with their bytes, and refused ones with their code.
enum CanonicalCases {
  static func outcomes(_ file: CaseValue) throws(CaseFileRefusal) -> [CaseOutcome] {
    var outcomes: [CaseOutcome] = []
    for (index, value) in try file.itemsIfAny("accepted").enumerated() {
      let reference = ReferenceCase(
        "accepted \(index + 1)", method: "canonical", value, expecting: ["bytes", "sha256"])
      outcomes.append(try reference.outcome(bytes))
    }
    for (index, value) in try file.itemsIfAny("refused").enumerated() {
      let reference = ReferenceCase(
        "refused \(index + 1)", method: "canonical", value, expecting: ["code"])
      outcomes.append(try reference.outcome(code))
    }
    return outcomes
  }

  private static func bytes(_ given: CaseValue) throws(CaseFileRefusal) -> CaseValue {
    do {
      let bytes = try given.required("value").canonical().canonicalBytes()
      return .record(["bytes": .hex(bytes), "sha256": .hex(Array(SHA256.hash(data: bytes)))])
    } catch let refusal as CaseFileRefusal {
      throw refusal
    } catch let refusal as CanonicalRefusal {
      return .record(["code": .text(refusal.rawValue)])
    } catch {
      preconditionFailure("canonical JSON refuses in these ways only")
    }
  }

  private static func code(_ given: CaseValue) throws(CaseFileRefusal) -> CaseValue {
    let text = try given.text("value_json_ascii")
    do {
      _ = try CanonicalValue(parsing: Array(text.utf8))
      return .record([:])
    } catch {
      return .record(["code": .text(error.rawValue)])
    }
  }
}
