import StudyModel
import Yams

extension DefinitionReader {
  mutating func primaryEndpoint(_ node: Node) -> PrimaryEndpoint? {
    guard
      let keyed = keyed(
        node, "the primary endpoint",
        needs: ["baseline", "follow_up", "least_fall", "usable_days", "strata"])
    else { return nil }
    let baseline = score(keyed, "baseline")
    let followUp = score(keyed, "follow_up")
    let fall = number(keyed, "least_fall")
    if let fall, let node = keyed.entries["least_fall"],
      fall <= ExactNumber(0) || fall > ExactNumber(1)
    {
      report("“least_fall” of the primary endpoint is above 0 and at most 1.", at: Place(node))
    }
    let days = span(keyed, "usable_days")
    let strata = knownList(keyed, "strata", .factor, FactorID.self)
    guard let baseline, let followUp, let fall, let days else { return nil }
    return PrimaryEndpoint(
      baseline: baseline, followUp: followUp, leastFall: fall, usableDays: days, strata: strata)
  }

  // A fall is worked out of two numbers, each at its visit.
  private mutating func score(_ keyed: KeyedNode, _ key: String) -> FieldReference? {
    guard let node = keyed.entries[key] else { return nil }
    let what = "“\(key)” of \(keyed.what)"
    let score = reference(node, [], what, .number)
    if let score, score.visit == nil {
      report("\(what) names its visit, as in FORM.field@VISIT.", at: Place(node))
    }
    return score
  }

  mutating func analysis(_ node: Node, _ forms: [Form]) -> AnalysisPlan? {
    guard
      let keyed = keyed(
        node, "the analysis",
        needs: ["full_set", "per_protocol_set", "safety_set", "imputations", "redraws"],
        may: [
          "failure", "rater_unblinded", "cluster", "guesses", "baseline", "received",
          "adverse_events",
        ])
    else { return nil }
    let full = known(keyed, "full_set", .population, FieldID.self)
    let perProtocol = known(keyed, "per_protocol_set", .population, FieldID.self)
    let safety = known(keyed, "safety_set", .population, FieldID.self)
    let failure = formula(keyed, "failure", for: .nobody, .truth)
    let unblinded = formula(keyed, "rater_unblinded", for: .nobody, .truth)
    let cluster = keyed.entries["cluster"].flatMap { reference($0, []) }
    let guesses = list(keyed, "guesses") { reader, node in reader.reference(node, []) }
    let baseline = list(keyed, "baseline") { reader, node in reader.reference(node, []) }
    let received = list(keyed, "received") { reader, node in
      reader.receivedTreatment(node, forms)
    }
    let events = keyed.entries["adverse_events"].flatMap { adverseEvents($0, forms) }
    let imputations = integer(keyed, "imputations", in: 2...1000)
    let redraws = integer(keyed, "redraws", in: 99...1_000_000)
    guard let full, let perProtocol, let safety, let imputations, let redraws else { return nil }
    return AnalysisPlan(
      fullSet: full, perProtocolSet: perProtocol, safetySet: safety, failure: failure,
      raterUnblinded: unblinded, cluster: cluster, guesses: guesses, baseline: baseline,
      received: received, adverseEvents: events, imputations: imputations, redraws: redraws)
  }

  private mutating func receivedTreatment(_ node: Node, _ forms: [Form]) -> ReceivedTreatment? {
    guard let keyed = keyed(node, "a treatment received", needs: ["arm", "shown_by"]) else {
      return nil
    }
    let arm = known(keyed, "arm", .arm, ArmCode.self)
    let shownBy = keyed.entries["shown_by"].flatMap { reference($0, []) }
    guard let arm, let shownBy else { return nil }
    guard let id = shownBy.form, let form = forms.first(where: { $0.id == id }) else { return nil }
    if form.field(shownBy.field) == nil {
      report("“\(shownBy.field)” is no field of the form “\(id)”.", at: keyed.place)
    }
    return ReceivedTreatment(armCode: arm, shownBy: shownBy)
  }

  private mutating func adverseEvents(_ node: Node, _ forms: [Form]) -> AdverseEventFields? {
    guard
      let keyed = keyed(
        node, "the adverse events", needs: ["form", "organ_class", "term", "grade", "serious"])
    else { return nil }
    let form = known(keyed, "form", .form, FormID.self)
    let organClass = name(keyed, "organ_class", FieldID.self)
    let term = name(keyed, "term", FieldID.self)
    let grade = name(keyed, "grade", FieldID.self)
    let serious = name(keyed, "serious", FieldID.self)
    guard let form, let organClass, let term, let grade, let serious else { return nil }
    if let written = forms.first(where: { $0.id == form }) {
      for field in [organClass, term, grade, serious] where written.field(field) == nil {
        report("“\(field)” is no field of the form “\(form)”.", at: keyed.place)
      }
    }
    return AdverseEventFields(
      form: form, organClass: organClass, term: term, grade: grade, serious: serious)
  }

  mutating func hypotheses(_ keyed: KeyedNode) -> [Hypothesis] {
    var orders: [Int] = []
    return list(keyed, "hypotheses") { reader, node in
      guard let hypothesis = reader.hypothesis(node) else { return nil }
      orders.append(hypothesis.order)
      // A fixed sequence has no gap and no tie: each is tested when all before it are rejected.
      if hypothesis.order != orders.count {
        reader.report(
          "the hypothesis “\(hypothesis.id)” should have order \(orders.count).", at: Place(node))
      }
      return hypothesis
    }
  }

  private mutating func hypothesis(_ node: Node) -> Hypothesis? {
    guard
      let keyed = keyed(
        node, "a hypothesis", needs: ["id", "order", "first", "second", "alpha", "sentence"],
        may: ["margin"])
    else { return nil }
    let id = text(keyed, "id")
    let order = integer(keyed, "order", in: 1...100)
    let first = known(keyed, "first", .arm, ArmCode.self)
    let second = known(keyed, "second", .arm, ArmCode.self)
    let alpha = number(keyed, "alpha")
    let sentence = text(keyed, "sentence")
    let margin = number(keyed, "margin")
    if let first, first == second {
      report("a hypothesis compares two different arms.", at: keyed.place)
    }
    if let margin, let node = keyed.entries["margin"],
      margin <= ExactNumber(0) || margin >= ExactNumber(1)
    {
      report(
        "“margin” of a hypothesis is a difference of two shares, above 0 and below 1; its sign follows "
          + "from “first” and “second”.", at: Place(node))
    }
    if let alpha, alpha <= ExactNumber(0) || alpha.times(ExactNumber(2)) ?? alpha >= ExactNumber(1)
    {
      report("“alpha” of a hypothesis is one-sided, above 0 and below 0.5.", at: keyed.place)
    }
    guard let id, let order, let first, let second, let alpha, let sentence else { return nil }
    return Hypothesis(
      id: id, order: order, first: first, second: second,
      objective: margin.map { .noninferiority(margin: $0) } ?? .superiority,
      alphaOneSided: alpha, sentence: sentence)
  }

  mutating func sampleSize(_ node: Node) -> SampleSizeRecord? {
    guard
      let keyed = keyed(
        node, "the sample size", needs: ["per_arm", "alpha", "method", "response", "power"])
    else { return nil }
    let perArm = integer(keyed, "per_arm", in: 1...1_000_000)
    let alpha = number(keyed, "alpha")
    let method = text(keyed, "method")
    let assumptions = assumptions(keyed)
    let power = powerStatements(keyed)
    guard let perArm, let alpha, let method else { return nil }
    return SampleSizeRecord(
      perArm: perArm, assumptions: assumptions, alphaOneSided: alpha, method: method, power: power)
  }

  private mutating func assumptions(_ keyed: KeyedNode) -> [ArmAssumption] {
    var assumptions: [ArmAssumption] = []
    for (key, value) in keyed.entries["response"]?.mapping.map(Array.init) ?? [] {
      guard let arm = known(key, .arm, ArmCode.self),
        let proportion = number(value, "the response of an arm")
      else { continue }
      if proportion < ExactNumber(0) || proportion > ExactNumber(1) {
        report("the response of an arm is a proportion from 0 to 1.", at: Place(value))
      }
      assumptions.append(ArmAssumption(arm: arm, proportion: proportion))
    }
    return assumptions
  }

  private mutating func powerStatements(_ keyed: KeyedNode) -> [PowerStatement] {
    var statements: [PowerStatement] = []
    for (key, value) in keyed.entries["power"]?.mapping.map(Array.init) ?? [] {
      let id = key.scalar?.string ?? ""
      if !names.contains(id, .hypothesis) {
        report("There is no hypothesis “\(id)”.", at: Place(key))
      }
      if let statement = text(value, "the power of a hypothesis") {
        statements.append(PowerStatement(hypothesis: id, statement: statement))
      }
    }
    return statements
  }
}
