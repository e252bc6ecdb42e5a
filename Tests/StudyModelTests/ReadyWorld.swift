import StudyModel
import Testing

/// A plan with every kind of precondition and the facts of a participant who meets them all.
struct ReadyWorld {
  static let codes = (1...14).map { $0 < 10 ? "RND-0\($0)" : "RND-\($0)" }

  let plan: RandomizationPlan
  var facts: RandomizationFacts
  let now: UTCInstant

  init() throws {
    now = try UTCInstant(parsing: "2027-03-28T10:00:00Z")
    plan = try Self.plan()
    facts = try Self.facts(now: now)
  }

  var outcomes: [PreconditionOutcome] {
    RandomizationReadiness.evaluate(plan, facts: facts, now: now)
  }

  // MARK: Changing one thing

  mutating func set(_ form: String, _ visit: String?, _ field: String, _ value: FormulaValue) throws
  {
    let id = try FieldID(parsing: field)
    try change(form, visit) { entry in
      var values = entry.values
      values[id] = value
      return entry.with(values: values)
    }
  }

  mutating func change(_ form: String, _ visit: String?, _ change: (EntryFact) throws -> EntryFact)
    throws
  {
    let index = try #require(
      facts.entries.firstIndex {
        $0.form.text == form && (visit == nil || $0.visit?.text == visit)
      })
    facts.entries[index] = try change(facts.entries[index])
  }

  mutating func remove(_ form: String, _ visit: String) {
    facts.entries.removeAll { $0.form.text == form && $0.visit?.text == visit }
  }

  mutating func requester(
    canRandomize: Bool = true, isDelegated: Bool = true, isOnList: Bool = false,
    secondsAgo: Int64? = 10
  ) {
    facts.requester = RequesterFacts(
      canRandomize: canRandomize, isDelegated: isDelegated, isOnUnblindedStaffList: isOnList,
      reauthenticatedAt: secondsAgo.map { now.advanced(bySeconds: -$0) })
  }

  // MARK: The plan

  private static func plan() throws -> RandomizationPlan {
    let madrs = try reference("MADRS", "total", "BL")
    let factors = [
      StratificationFactor(id: try FactorID(parsing: "site"), title: "Site", source: .site),
      StratificationFactor(
        id: try FactorID(parsing: "severity"), title: "Severity",
        source: .bands(
          madrs,
          [
            LevelBand(level: "MOD", range: ExactNumber(21)...ExactNumber(34)),
            LevelBand(level: "SEV", range: ExactNumber(35)...ExactNumber(60)),
          ]), copy: try reference("RANDREQ", "madrs_bl", "RND")),
      StratificationFactor(
        id: try FactorID(parsing: "setting"), title: "Setting",
        source: .field(try reference("RANDREQ", "setting", "RND"), levels: ["IN", "OUT"])),
    ]
    return RandomizationPlan(
      method: .block(sizes: [6, 9]), factors: factors, plannedTotal: 900, siteCap: 100,
      preconditions: zip(codes, try kinds()).map {
        Precondition(code: $0, kind: $1, sentence: "A sentence.", whereToMend: "A page")
      }, acknowledgeWithinHours: 4)
  }

  private static func kinds() throws -> [PreconditionKind] {
    let bl = try VisitCode(parsing: "BL")
    let scr = try VisitCode(parsing: "SCR")
    let forms = try ["MADRS", "QIDSSR16", "PREG", "CSSRSS"].map { try FormID(parsing: $0) }
    return [
      .studyAndSiteOpen,
      .consentInForce(
        form: try FormID(parsing: "ICF"), versionField: try FieldID(parsing: "icf_ver")),
      .eligibleAndNotRandomized,
      .eligibilitySigned(form: try FormID(parsing: "ELIG")),
      .formsSubmitted(
        forms.map { FormAtVisit(form: $0, visit: bl) }, noBlockingQueriesAt: [scr, bl]),
      .formAges([
        FormAge(form: forms[0], visit: bl, mostDays: 7),
        FormAge(form: try FormID(parsing: "ELIG"), visit: scr, mostDays: 28),
      ]),
      .stratificationValues,
      .pregnancyTest(
        form: forms[2], resultField: try FieldID(parsing: "presult"), negative: "NEG",
        requiredWhen: try Formula(parsing: "if(DM.sex@SCR = 'F', DM.childbearing@SCR, false)"),
        mostDays: 7),
      .riskReviewed(
        try reference("CSSRSS", "risk", "BL"), value: "high",
        reviewForm: try FormID(parsing: "SAFREV")),
      .slotConfirmed(
        form: try FormID(parsing: "SLOT"), field: try FieldID(parsing: "allslot"),
        validUntil: try FieldID(parsing: "valid_until")),
      .duplicateResolved, .requesterAllowed, .capNotReached, .reauthenticated(withinSeconds: 300),
    ]
  }

  private static func reference(_ form: String, _ field: String, _ visit: String) throws
    -> FieldReference
  {
    FieldReference(
      form: try FormID(parsing: form), field: try FieldID(parsing: field),
      visit: try VisitCode(parsing: visit))
  }

  // MARK: The facts

  private static func facts(now: UTCInstant) throws -> RandomizationFacts {
    RandomizationFacts(
      studyState: .enrolling, site: try SiteKey(parsing: "104"), siteState: .active,
      clock: try SiteClock(zone: "Europe/Amsterdam"), participantState: .eligible,
      isRandomized: false, consentVersionInForce: "1.0", isConsentWithdrawn: false,
      entries: [
        try entry("ICF", "SCR", "2027-03-10", ["icf_ver": .text("1.0")], signed: true),
        try entry("DM", "SCR", "2027-03-10", ["sex": .text("F"), "childbearing": .truth(true)]),
        try entry("ELIG", "SCR", "2027-03-10", [:], signed: true),
        try entry("MADRS", "BL", "2027-03-24", ["total": .number(ExactNumber(30))]),
        try entry("QIDSSR16", "BL", "2027-03-24", [:]),
        try entry("PREG", "SCR", "2027-03-10", ["presult": .text("NEG")]),
        try entry("PREG", "BL", "2027-03-24", ["presult": .text("NEG")]),
        try entry("CSSRSS", "BL", "2027-03-24", ["risk": .text("low")]),
        try entry(
          "SLOT", "RND", "2027-03-27",
          [
            "allslot": .text("Y"),
            "valid_until": .date(try CalendarDate(parsing: "2027-03-28")),
          ]),
        try entry(
          "RANDREQ", "RND", "2027-03-28",
          ["setting": .text("OUT"), "madrs_bl": .number(ExactNumber(30))]),
      ], openBlockingQueries: [:], isDuplicateSuspected: false, randomizedInStudy: 899,
      randomizedAtSite: 99,
      requester: RequesterFacts(
        canRandomize: true, isDelegated: true, isOnUnblindedStaffList: false,
        reauthenticatedAt: now.advanced(bySeconds: -300)))
  }

  static func entry(
    _ form: String, _ visit: String?, _ date: String, _ values: [String: FormulaValue],
    signed: Bool = false, status: EntryStatus = .submitted
  ) throws -> EntryFact {
    let changedAt = try UTCInstant(parsing: date + "T12:00:00Z")
    let signature = SignatureFact(
      signedAt: changedAt, role: try RoleID(parsing: "investigator"), isDelegated: true)
    var parsed: [FieldID: FormulaValue] = [:]
    for (name, value) in values { parsed[try FieldID(parsing: name)] = value }
    return EntryFact(
      form: try FormID(parsing: form), visit: try visit.map { try VisitCode(parsing: $0) },
      status: status, performedOn: try CalendarDate(parsing: date), lastChangedAt: changedAt,
      signature: signed ? signature : nil, values: parsed)
  }
}

extension EntryFact {
  func with(
    values: [FieldID: FormulaValue]? = nil, status: EntryStatus? = nil, on date: String? = nil,
    signature: SignatureFact?? = nil, changedAt: UTCInstant? = nil
  ) throws -> EntryFact {
    EntryFact(
      form: form, visit: visit, status: status ?? self.status,
      performedOn: try date.map { try CalendarDate(parsing: $0) } ?? performedOn,
      lastChangedAt: changedAt ?? lastChangedAt, signature: signature ?? self.signature,
      values: values ?? self.values)
  }

  func with(values: [FieldID: FormulaValue]) -> EntryFact {
    EntryFact(
      form: form, visit: visit, status: status, performedOn: performedOn,
      lastChangedAt: lastChangedAt, signature: signature, values: values)
  }
}
