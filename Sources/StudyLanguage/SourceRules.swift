import StudyModel
import Yams

/// Rules over what a randomization reads: it must be there before, and be what it is judged by.
extension DefinitionReader {
  // MARK: Factors

  mutating func checkSources(
    _ keyed: KeyedNode, _ plan: RandomizationPlan?, _ visits: [Visit], _ table: FieldTable
  ) {
    let nodes = keyed.entries["randomization"]?["factors"]?.sequence.map(Array.init) ?? []
    for factor in plan?.factors ?? [] {
      guard let node = nodes.first(where: { $0["id"]?.scalar?.string == factor.id.text }) else {
        continue
      }
      switch factor.source {
      case .site: break
      case .field(let reference, _): refuseLate(reference, node["from"], visits, table)
      case .bands(let reference, _):
        refuseLate(reference, node["from"], visits, table)
        refuseOther(reference, node["from"], .number, table)
      }
      if let copy = factor.copy { refuseLate(copy, node["copy"], visits, table) }
    }
  }

  /// Refuses a value nobody can know when somebody asks for a randomization.
  private mutating func refuseLate(
    _ reference: FieldReference, _ node: Node?, _ visits: [Visit], _ table: FieldTable
  ) {
    guard let node else { return }
    // What is never given at the visit was told as that.
    if let form = reference.form, let visit = reference.visit,
      names.visits(of: form)?.contains(visit.text) == false
    {
      return
    }
    let dataClass = table.dataClass(of: .reference(reference), for: .nobody)
    if dataClass >= .treatment, dataClass != .identity {
      report(
        "“\(reference)” is of class “\(dataClass.rawValue)” and cannot be known before a randomization.",
        at: Place(node))
    } else if let visit = visits.first(where: { $0.code == reference.visit }),
      visit.isAfterRandomization
    {
      report(
        "“\(reference)” comes after randomization and cannot be known before it.", at: Place(node))
    }
  }

  private mutating func refuseOther(
    _ reference: FieldReference, _ node: Node?, _ expected: ValueKind, _ table: FieldTable
  ) {
    guard let node else { return }
    var checker = FormulaChecker(table: table, owner: .nobody)
    let found = checker.kind(of: .reference(reference))
    guard !found.fits(expected) else { return }
    report(
      "“\(reference)” is \(found.described); \(expected.described) is needed.", at: Place(node))
  }

  // MARK: Preconditions

  mutating func checkPreconditions(
    _ keyed: KeyedNode, _ plan: RandomizationPlan?, _ forms: [Form], _ visits: [Visit],
    _ table: FieldTable
  ) {
    let nodes = keyed.entries["randomization"]?["preconditions"]?.sequence.map(Array.init) ?? []
    for precondition in plan?.preconditions ?? [] {
      guard let node = nodes.first(where: { $0["code"]?.scalar?.string == precondition.code })
      else { continue }
      switch precondition.kind {
      case .consentInForce(let form, let field):
        refuseOther(
          FieldReference(form: form, field: field), node["version_field"], .text, table)
        checkVersions(keyed, FieldReference(form: form, field: field), table)
      case .eligibilitySigned(let form): refuseUnsigned(form, node["form"], forms)
      case .formsSubmitted(let needed, let quiet):
        for visit in Set(needed.map(\.visit) + quiet).sorted() {
          refuseLate(visit, node, visits)
        }
      case .formAges(let ages):
        for visit in Set(ages.map(\.visit)).sorted() { refuseLate(visit, node, visits) }
      case .pregnancyTest(let form, let field, let negative, let condition, _):
        refuseOtherCode(
          negative, of: FieldReference(form: form, field: field), node["negative"], table)
        for reference in condition.references.sorted(by: { $0.description < $1.description }) {
          refuseLate(reference, node["needed_when"], visits, table)
        }
      case .riskReviewed(let reference, let value, let review):
        refuseLate(reference, node["value_of"], visits, table)
        refuseOtherCode(value, of: reference, node["is"], table)
        refuseUnsigned(review, node["review_form"], forms)
      case .slotConfirmed(let form, let field, let until):
        refuseOtherCode("Y", of: FieldReference(form: form, field: field), node["field"], table)
        refuseOther(
          FieldReference(form: form, field: until), node["valid_until"], .date, table)
      case .studyAndSiteOpen, .eligibleAndNotRandomized, .stratificationValues,
        .duplicateResolved, .requesterAllowed, .capNotReached, .reauthenticated:
        break
      }
    }
  }

  // A version nobody can choose on the form would be approved for nothing.
  private mutating func checkVersions(
    _ keyed: KeyedNode, _ field: FieldReference, _ table: FieldTable
  ) {
    guard let versions = table.texts(of: field, for: .nobody), !versions.isEmpty else { return }
    for site in keyed.entries["sites"]?.sequence.map(Array.init) ?? [] {
      for (key, _) in site["consent_versions"]?.mapping.map(Array.init) ?? [] {
        guard let version = key.scalar?.string, !versions.contains(version) else { continue }
        report(
          "“\(version)” is no answer to “\(field)”, the version of the consent; it can be "
            + versions.joined(separator: ", ") + ".", at: Place(key))
      }
    }
  }

  private mutating func refuseLate(_ code: VisitCode, _ node: Node, _ visits: [Visit]) {
    guard let visit = visits.first(where: { $0.code == code }), visit.isAfterRandomization else {
      return
    }
    report(
      "“\(code)” comes after randomization; what is needed there would let nobody be randomized.",
      at: Place(node))
  }

  // Judged by one text: another kind of field could never hold it.
  private mutating func refuseOtherCode(
    _ code: String, of reference: FieldReference, _ node: Node?, _ table: FieldTable
  ) {
    guard let node, let fact = table.fact(reference, for: .nobody) else { return }
    guard let texts = table.texts(of: reference, for: .nobody) else {
      // What a formula gives cannot always be told; what a person may write freely is no code.
      if fact.calculation == nil {
        report(
          "“\(reference)” is \(fact.type.kind.described); a field with the code “\(code)” is needed.",
          at: Place(node))
      }
      return
    }
    guard !texts.contains(code) else { return }
    report(
      "“\(reference)” is never “\(code)”; it can be \(texts.joined(separator: ", ")).",
      at: Place(node))
  }

  private mutating func refuseUnsigned(_ form: FormID, _ node: Node?, _ forms: [Form]) {
    guard let node, let found = forms.first(where: { $0.id == form }), found.signedBy.isEmpty
    else { return }
    report("\(form) is signed by nobody and cannot be a signed form.", at: Place(node))
  }
}
