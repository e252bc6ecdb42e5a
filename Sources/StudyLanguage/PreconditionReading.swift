import StudyModel
import Yams

/// The kinds of preconditions as written.
enum WrittenPrecondition: String, CaseIterable {
  case studyAndSiteOpen = "study_and_site_open"
  case consentInForce = "consent_in_force"
  case eligibleAndNotRandomized = "eligible_and_not_randomized"
  case eligibilitySigned = "eligibility_signed"
  case formsSubmitted = "forms_submitted"
  case formAges = "form_ages"
  case stratificationValues = "stratification_values"
  case pregnancyTest = "pregnancy_test"
  case riskReviewed = "risk_reviewed"
  case slotConfirmed = "slot_confirmed"
  case duplicateResolved = "duplicate_resolved"
  case requesterAllowed = "requester_allowed"
  case capNotReached = "cap_not_reached"
  case reauthenticated

  /// The keys this kind needs beside the common ones.
  var keys: [String] {
    switch self {
    case .studyAndSiteOpen, .eligibleAndNotRandomized, .stratificationValues,
      .duplicateResolved, .requesterAllowed, .capNotReached:
      []
    case .consentInForce: ["form", "version_field"]
    case .eligibilitySigned: ["form"]
    case .formsSubmitted: ["visits", "no_blocking_queries_at"]
    case .formAges: ["ages"]
    case .pregnancyTest: ["form", "field", "negative", "needed_when", "most_days"]
    case .riskReviewed: ["value_of", "is", "review_form"]
    case .slotConfirmed: ["form", "field", "valid_until"]
    case .reauthenticated: ["within_seconds"]
    }
  }
}

extension DefinitionReader {
  mutating func precondition(_ node: Node, _ forms: [Form]) -> Precondition? {
    let common = ["code", "kind", "sentence", "mend"]
    let written = node["kind"]?.scalar.flatMap { WrittenPrecondition(rawValue: $0.string) }
    guard
      let keyed = keyed(
        node, "a precondition", needs: common + (written?.keys ?? []),
        shape: written.map { "a precondition \($0.rawValue)" })
    else { return nil }
    let code = text(keyed, "code")
    let kind = choice(keyed, "kind", WrittenPrecondition.self)
      .flatMap { preconditionKind($0, keyed, forms) }
    let sentence = text(keyed, "sentence")
    let mend = text(keyed, "mend")
    guard let code, let kind, let sentence, let mend else { return nil }
    return Precondition(code: code, kind: kind, sentence: sentence, whereToMend: mend)
  }

  private mutating func preconditionKind(
    _ written: WrittenPrecondition, _ keyed: KeyedNode, _ forms: [Form]
  ) -> PreconditionKind? {
    let form = known(keyed, "form", .form, FormID.self)
    switch written {
    case .studyAndSiteOpen: return .studyAndSiteOpen
    case .eligibleAndNotRandomized: return .eligibleAndNotRandomized
    case .stratificationValues: return .stratificationValues
    case .duplicateResolved: return .duplicateResolved
    case .requesterAllowed: return .requesterAllowed
    case .capNotReached: return .capNotReached
    case .eligibilitySigned: return form.map { .eligibilitySigned(form: $0) }
    case .consentInForce:
      guard let form, let field = formField(keyed, "version_field", form, forms) else { return nil }
      return .consentInForce(form: form, versionField: field)
    case .formsSubmitted: return formsSubmitted(keyed, forms)
    case .formAges:
      return .formAges(list(keyed, "ages") { reader, node in reader.formAge(node, forms) })
    case .pregnancyTest: return form.flatMap { pregnancyTest(keyed, $0, forms) }
    case .riskReviewed: return riskReviewed(keyed, forms)
    case .slotConfirmed:
      guard let form, let field = formField(keyed, "field", form, forms),
        let until = formField(keyed, "valid_until", form, forms)
      else { return nil }
      return .slotConfirmed(form: form, field: field, validUntil: until)
    case .reauthenticated:
      return integer(keyed, "within_seconds", in: 1...3600)
        .map { .reauthenticated(withinSeconds: $0) }
    }
  }

  /// A field that must stand on a known form.
  private mutating func formField(
    _ keyed: KeyedNode, _ key: String, _ form: FormID, _ forms: [Form]
  ) -> FieldID? {
    guard let node = keyed.entries[key], let field = name(keyed, key, FieldID.self) else {
      return nil
    }
    guard let form = forms.first(where: { $0.id == form }) else { return field }
    guard form.field(field) != nil || names.mentions(field, on: form.id) else {
      let hint = Spelling.hint(for: field.text, among: form.fields.map(\.id.text))
      report("The form \(form.id) has no field “\(field)”.\(hint)", at: Place(node))
      return nil
    }
    return field
  }

  // Spelled out form by form here, so that judging needs nothing but the plan and the facts.
  // Forms beyond outcome are left out: the refusal would tell a blinded requester of them.
  private mutating func formsSubmitted(_ keyed: KeyedNode, _ forms: [Form]) -> PreconditionKind {
    let visits = knownList(keyed, "visits", .visit, VisitCode.self)
    let quiet = knownList(keyed, "no_blocking_queries_at", .visit, VisitCode.self)
    let required = visits.flatMap { visit in
      forms.filter { $0.visits.contains(visit) && !$0.isRepeating && $0.dataClass <= .outcome }
        .map { FormAtVisit(form: $0.id, visit: visit) }
    }
    return .formsSubmitted(required, noBlockingQueriesAt: quiet)
  }

  private mutating func formAge(_ node: Node, _ forms: [Form]) -> FormAge? {
    guard let keyed = keyed(node, "an age", needs: ["form", "visit", "most_days"]) else {
      return nil
    }
    let form = known(keyed, "form", .form, FormID.self)
    let visit = known(keyed, "visit", .visit, VisitCode.self)
    let days = integer(keyed, "most_days", in: 0...1000)
    guard let form, let visit, let days else { return nil }
    if let found = forms.first(where: { $0.id == form }), !found.visits.contains(visit) {
      report("The form \(form) is not scheduled at \(visit).", at: keyed.place)
    }
    return FormAge(form: form, visit: visit, mostDays: days)
  }

  private mutating func pregnancyTest(
    _ keyed: KeyedNode, _ form: FormID, _ forms: [Form]
  ) -> PreconditionKind? {
    let field = formField(keyed, "field", form, forms)
    let negative = text(keyed, "negative")
    let condition = formula(keyed, "needed_when", for: .nobody, .truth)
    let days = integer(keyed, "most_days", in: 0...60)
    guard let field, let negative, let condition, let days else { return nil }
    return .pregnancyTest(
      form: form, resultField: field, negative: negative, requiredWhen: condition, mostDays: days)
  }

  private mutating func riskReviewed(
    _ keyed: KeyedNode, _ forms: [Form]
  ) -> PreconditionKind? {
    let source = keyed.entries["value_of"].flatMap { reference($0, forms) }
    let value = text(keyed, "is")
    let review = known(keyed, "review_form", .form, FormID.self)
    guard let source, let value, let review else { return nil }
    return .riskReviewed(source, value: value, reviewForm: review)
  }
}
