import Randomization

/// Schemes that must be refused.
enum BadSchemeCases {
  static func outcomes(_ file: CaseValue) throws(CaseFileRefusal) -> [CaseOutcome] {
    try file.items("cases").map { value throws(CaseFileRefusal) in
      // The file is a list of schemes of which every one must be refused with this code.
      let reference = ReferenceCase(
        try value.text("name"), method: "scheme", given: value.without(["code"]),
        expected: .record(["code": value["code"] ?? .text("bad_scheme")]))
      return try reference.outcome { given throws(CaseFileRefusal) in
        do {
          _ = try Scheme(try given.required("scheme").canonical())
          return .record(["code": .text("accepted")])
        } catch let refusal as SchemeRefusal {
          return .record(["code": .text(refusal.code)])
        } catch let refusal as CanonicalRefusal {
          return .record(["code": .text(refusal.rawValue)])
        } catch let refusal as CaseFileRefusal {
          throw refusal
        } catch {
          preconditionFailure("a scheme is refused in these ways only")
        }
      }
    }
  }
}
