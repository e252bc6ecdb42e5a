import StudyLanguage
import StudyModel
import Testing

/// The roles of the reference trial, against sections 4, 4.1 and 4.2 of the protocol.
struct RoleTests {
  static let blindings: [(String, Blinding)] = [
    ("sysadmin", .none), ("access_admin", .none), ("study_builder", .blinded),
    ("rand_manager", .unblindedAcrossSites), ("coordinator", .blinded),
    ("treat_coordinator", .unblinded), ("investigator", .unblinded),
    ("ketamine_nurse", .unblinded), ("therapist", .unblinded), ("ect_clinician", .unblinded),
    ("pharmacist", .unblinded), ("rater", .blinded), ("cog_assessor", .blinded),
    ("fidelity_rater", .unblindedAcrossSites), ("participant", .participant),
    ("data_manager", .blinded), ("data_manager_u", .unblindedAcrossSites), ("monitor", .blinded),
    ("monitor_u", .unblindedAcrossSites), ("medical_monitor", .blinded),
    ("safety_officer", .blinded), ("statistician", .blinded),
    ("stat_unblinded", .unblindedAcrossSites), ("dsmb_member", .unblindedAcrossSites),
    ("sponsor_lead", .blinded), ("auditor", .blinded),
  ]

  @Test func `every role of the protocol has its blind class`() throws {
    let study = try ReferenceTrial.study
    for (id, blinding) in Self.blindings {
      #expect(study.role(try RoleID(parsing: id))?.blinding == blinding, "\(id)")
    }
    // The on-call physician of section 5.3 is the one role beside the table.
    #expect(study.roles.count == Self.blindings.count + 1)
  }

  @Test func `no blinded role holds a class or a capability that tells arms`() throws {
    let telling: Set<DataClass> = [.treatment, .allocation, .sealed]
    let acts: Set<Capability> = [
      .acknowledgeAllocation, .readAllocation, .readClosedReport, .buildInterimReport,
      .checkInterimReport, .exportUnblinded, .draftRandomization, .approveRandomization,
    ]
    for role in try ReferenceTrial.study.roles
    where role.blinding == .blinded || role.blinding == .participant {
      #expect(role.classes.isDisjoint(with: telling), "\(role.id)")
      #expect(role.capabilities.isDisjoint(with: acts), "\(role.id)")
    }
  }

  @Test(arguments: [
    (
      "allocation",
      "treat_coordinator investigator ketamine_nurse therapist ect_clinician "
        + "pharmacist data_manager_u monitor_u stat_unblinded rand_manager"
    ),
    (
      "treatment",
      "treat_coordinator investigator ketamine_nurse therapist ect_clinician "
        + "pharmacist data_manager_u monitor_u stat_unblinded fidelity_rater"
    ),
    (
      "identity",
      "coordinator treat_coordinator investigator ketamine_nurse therapist ect_clinician"
    ),
    ("outcome", "data_manager monitor statistician stat_unblinded auditor"),
    ("sealed", "rand_manager"),
  ])
  func `a class is read by the roles of the visibility matrix and no other`(
    name: String, expected: String
  ) throws {
    let dataClass = try #require(DataClass(rawValue: name))
    let readers = try ReferenceTrial.study.roles.filter { $0.classes.contains(dataClass) }
    #expect(
      Set(readers.map(\.id.text)) == Set(expected.split(separator: " ").map(String.init)))
  }

  @Test(arguments: [
    ("coordinator", DataClass.outcome, ClassAccess.ownEntries), ("coordinator", .open, .all),
    ("coordinator", .treatment, .none), ("rater", .outcome, .ownEntries), ("rater", .open, .none),
    ("rater", .identity, .none), ("cog_assessor", .treatment, .ownEntries),
    ("investigator", .outcome, .none), ("participant", .outcome, .ownEntries),
    ("dsmb_member", .open, .none), ("sysadmin", .open, .none), ("statistician", .outcome, .all),
  ])
  func `a role sees all of a class, its own entries of it, or nothing`(
    id: String, dataClass: DataClass, access: ClassAccess
  ) throws {
    let role = try #require(try ReferenceTrial.study.role(try RoleID(parsing: id)))
    #expect(role.access(to: dataClass) == access)
  }

  @Test func `a rater enters ratings and the blinding record, at the same visits`() throws {
    let forms = try ReferenceTrial.study.forms(enteredBy: try RoleID(parsing: "rater"))
    #expect(forms.map(\.id.text) == ["MADRS", "RBR", "CGI", "YMRS", "BPRSP"])
    #expect(Set(forms.map(\.visits)).count == 1)
  }

  @Test(arguments: [
    (Capability.randomize, "coordinator"), (.consentParticipant, "coordinator"), (.rate, "rater"),
    (.acknowledgeAllocation, "treat_coordinator investigator"), (.signForms, "investigator"),
    (.answerQuestionnaire, "participant"), (.manageAccounts, "access_admin"),
    (.loadStudy, "study_builder"), (.draftRandomization, "rand_manager"),
    (.approveRandomization, "stat_unblinded"), (.unblind, "rand_manager sponsor_lead"),
    (.softLock, "data_manager"), (.hardLock, "data_manager statistician"),
    (.buildInterimReport, "stat_unblinded"), (.checkInterimReport, "data_manager_u"),
    (.readClosedReport, "stat_unblinded dsmb_member"), (.analyse, "statistician"),
    (.exportBlinded, "statistician"), (.exportUnblinded, "stat_unblinded"),
    (.activateSite, "sponsor_lead"), (.emergencyUnblinding, "oncall_physician"),
    (.discloseCase, "safety_officer"), (.holdEnvelopes, "oncall_physician"),
    (.issueEnvelopeCodes, "rand_manager"), (.correctRandomization, "rand_manager"),
    (.readUnblindingNotices, "investigator medical_monitor"),
    (.verifySource, "monitor monitor_u"), (.freezeForms, "data_manager data_manager_u"),
    (.acknowledgeAlerts, "coordinator investigator ketamine_nurse"),
    (.knowOfAlerts, "coordinator treat_coordinator investigator oncall_physician"),
    (.judgeDeviations, "coordinator investigator"),
    (.recordDeviations, "coordinator treat_coordinator investigator"),
    (.judgeExpectedness, "safety_officer"),
    (.followSafety, "investigator treat_coordinator safety_officer"),
    (.reviewAmendment, "data_manager data_manager_u"),
  ])
  func `a capability belongs to the roles the protocol gives it`(
    capability: Capability, expected: String
  ) throws {
    let holders = try ReferenceTrial.study.roles(with: capability).map(\.id.text)
    #expect(Set(holders) == Set(expected.split(separator: " ").map(String.init)))
  }

  @Test(arguments: [
    ("rater", "ketamine_nurse", false), ("rater", "coordinator", false),
    ("rater", "monitor", false),
    ("coordinator", "investigator", false), ("coordinator", "cog_assessor", true),
    ("statistician", "stat_unblinded", false), ("statistician", "data_manager", true),
    ("rand_manager", "auditor", false), ("dsmb_member", "medical_monitor", false),
    ("sysadmin", "access_admin", false), ("fidelity_rater", "therapist", false),
    ("ketamine_nurse", "therapist", true), ("sponsor_lead", "data_manager_u", false),
    ("investigator", "treat_coordinator", true), ("access_admin", "study_builder", false),
  ])
  func `one person may hold two roles only where the protocol allows it`(
    one: String, other: String, isAllowed: Bool
  ) throws {
    let study = try ReferenceTrial.study
    let (first, second) = (try RoleID(parsing: one), try RoleID(parsing: other))
    #expect(study.areCompatible(first, second) == isAllowed)
    #expect(study.areCompatible(second, first) == isAllowed)
  }

  @Test func `who locks, unblinds or approves never enrols, treats or rates`() throws {
    let acts: Set<Capability> = [
      .consentParticipant, .randomize, .acknowledgeAllocation, .rate, .enterForms,
    ]
    for role in try ReferenceTrial.study.roles
    where !role.capabilities.isDisjoint(with: [.approveRandomization, .hardLock, .unblind]) {
      #expect(role.capabilities.isDisjoint(with: acts), "\(role.id)")
    }
  }
}
