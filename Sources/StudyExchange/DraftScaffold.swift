import StudyModel

/// What a definition needs and no foreign file holds: roles, a site, the randomization, the lock.
///
/// Placeholders, each named in the report. They are such that the draft can be checked as a whole.
struct DraftScaffold {
  private let arms: [Arm]
  private let roles: [Role]
  private let site: SiteDefinition
  private let plan: RandomizationPlan
  private let lock: LockPlan

  private static let mostArms = 16

  /// - Parameter lastDay: the last day any visit may take place on.
  init(
    arms drafts: [DraftArm], lastDay: Int, report: inout ExchangeReport
  ) throws(ParseFault) {
    arms = try Self.arms(drafts, &report)
    roles = try Self.roles()
    site = SiteDefinition(
      key: try SiteKey(parsing: "001"), title: "First site", country: "GB",
      timeZone: "Europe/London", emergencyContact: "To be filled in")
    plan = RandomizationPlan(
      method: .block(sizes: [2 * arms.count, 3 * arms.count]), factors: [], plannedTotal: 100,
      preconditions: [
        Precondition(
          code: "RND-01", kind: .studyAndSiteOpen,
          sentence: "The study is enrolling and the site is active.", whereToMend: "Sponsor lead"),
        Precondition(
          code: "RND-02", kind: .requesterAllowed,
          sentence: "The requester has the role and is not unblinded.",
          whereToMend: "Access administrator"),
      ], acknowledgeWithinHours: 4)
    lock = LockPlan(
      steps: try Self.steps(), lastDay: max(365, lastDay),
      hardLockedBy: [
        try RoleID(parsing: "data_manager"), try RoleID(parsing: "statistician"),
      ],
      unblindedBy: [
        try RoleID(parsing: "sponsor_lead"), try RoleID(parsing: "rand_manager"),
      ], retentionYears: 25)
    report.supply("roles", "nine usual roles; say who does what, and which roles exclude another.")
    report.supply("sites", "one site “001”; list the sites with country, clock and telephone.")
    report.supply("sponsor_contact", "a placeholder people will be shown.")
    report.supply(
      "randomization", "permuted blocks, 100 participants, no factor; set method and preconditions."
    )
    report.supply(
      "lock", "the usual steps and two pairs of roles; write the steps of the protocol.")
    report.supply(
      "forms", "who enters each, who signs it, and its data class; all are entered by one role now."
    )
    report.supply(
      "hypotheses, primary_endpoint, interim", "none; a trial is analysed by what stands there.")
  }

  private static func steps() throws(ParseFault) -> [LockStep] {
    var steps: [LockStep] = []
    for (id, sentence, signers) in [
      ("data_clean", "Data queries are closed.", ["data_manager"]),
      ("casebooks", "Every casebook is signed by the investigator.", ["investigator"]),
      ("analysis_plan", "The statistical analysis plan is final.", ["statistician"]),
      ("soft_lock", "No entry is possible.", ["data_manager"]),
      ("hard_lock", "No role can write.", ["data_manager", "statistician"]),
      ("unblinding", "The allocation joins the locked data.", ["sponsor_lead", "rand_manager"]),
      ("archive", "The study is readable until the end of retention.", ["data_manager"]),
    ] {
      var roles: [RoleID] = []
      for signer in signers { roles.append(try RoleID(parsing: signer)) }
      steps.append(LockStep(id: id, sentence: sentence, signedBy: roles))
    }
    return steps
  }

  private static func arms(
    _ drafts: [DraftArm], _ report: inout ExchangeReport
  ) throws(ParseFault) -> [Arm] {
    guard drafts.count > 1 else {
      report.supply("arms", "two placeholders, ARM_A and ARM_B, equal shares.")
      return [
        Arm(code: try ArmCode(parsing: "ARM_A"), title: "Arm A"),
        Arm(code: try ArmCode(parsing: "ARM_B"), title: "Arm B"),
      ]
    }
    var pool = NamePool(.upper(most: 16))
    var arms: [Arm] = []
    for (index, draft) in drafts.prefix(mostArms).enumerated() {
      let names = [NamePool.withoutKind(draft.source), draft.title].compactMap { $0 }
      let code = try ArmCode(parsing: pool.name(from: names, else: "ARM\(index + 1)"))
      arms.append(Arm(code: code, title: draft.title))
    }
    for draft in drafts.dropFirst(mostArms) {
      report.omit(draft.source, "the arm: a draft holds \(mostArms).")
    }
    report.supply("arms", "the shares of the arms, which the file does not hold; they are equal.")
    return arms
  }

  private static func roles() throws(ParseFault) -> [Role] {
    [
      try role(
        "access_admin", "Access administrator", .none, .study, [], [.manageAccounts, .readAudit],
        "Creates accounts and grants roles."),
      try role(
        "study_builder", "Study builder", .blinded, .study, [], [.loadStudy],
        "Edits the definition."),
      try role(
        "coordinator", "Study coordinator", .blinded, .site, [.open, .outcome, .identity],
        [.consentParticipant, .enterForms, .randomize, .answerDataQuery, .readEnrolment],
        "Consent, forms and the request for randomization."),
      try role(
        "investigator", "Investigator", .unblinded, .site,
        [.open, .treatment, .allocation, .identity],
        [.enterForms, .signForms, .acknowledgeAllocation, .readAllocation, .answerDataQuery],
        "Eligibility, medical care and treatment forms."),
      try role(
        "rand_manager", "Randomization manager", .unblindedAcrossSites, .study,
        [.allocation, .sealed], [.draftRandomization, .unblind], "Drafts the randomization."),
      try role(
        "rand_approver", "Independent statistician", .unblindedAcrossSites, .study,
        [.allocation], [.approveRandomization], "Approves the randomization."),
      try role(
        "data_manager", "Data manager", .blinded, .study, [.open, .outcome],
        [.openDataQuery, .softLock, .hardLock], "Data queries and locks."),
      try role(
        "statistician", "Statistician", .blinded, .study, [.open, .outcome],
        [.hardLock, .exportBlinded, .analyse], "The analysis."),
      try role(
        "sponsor_lead", "Sponsor lead", .blinded, .study, [], [.activateSite, .unblind],
        "Sites and milestones."),
    ]
  }

  private static func role(
    _ id: String, _ title: String, _ blinding: Blinding, _ scope: Scope,
    _ classes: Set<DataClass>, _ capabilities: Set<Capability>, _ purpose: String
  ) throws(ParseFault) -> Role {
    Role(
      id: try RoleID(parsing: id), title: title, blinding: blinding, scope: scope,
      classes: classes, capabilities: capabilities, purpose: purpose)
  }

  func definition(
    key: String, protocolNumber: String, version: String, title: String, visits: [Visit],
    forms: [Form]
  ) -> StudyDefinition {
    var pairs: Set<RolePair> = []
    for one in roles {
      for other in roles where one.id != other.id {
        // Who must not know arms holds no role that does, and the manager holds no other at all.
        let isWall = one.blinding == .blinded && other.knowsArms
        if isWall || one.can(.draftRandomization) { pairs.insert(RolePair(one.id, other.id)) }
      }
    }
    return StudyDefinition(
      key: key, protocolNumber: protocolNumber, version: version, title: title,
      sponsorContact: "To be filled in", arms: arms, roles: roles, incompatibleRoles: pairs,
      everUnblindedExcludesBlinded: true, sites: [site], visits: visits, forms: forms,
      instruments: [], randomization: plan, hypotheses: [], lock: lock, texts: [])
  }
}
