import StudyModel
import Testing

/// The visibility matrix of the protocol, cell by cell.
struct VisibilityMatrixTests {
  /// The roles in the order of the columns; nurse, therapist and ECT clinician share one.
  private static let columns: [[String]] = [
    ["coordinator"], ["treat_coordinator"], ["investigator"],
    ["ketamine_nurse", "therapist", "ect_clinician"], ["pharmacist"], ["rater"],
    ["cog_assessor"], ["data_manager"], ["data_manager_u"], ["monitor"], ["monitor_u"],
    ["medical_monitor"], ["safety_officer"], ["statistician"], ["stat_unblinded"],
    ["dsmb_member"], ["sponsor_lead"], ["rand_manager"], ["access_admin", "sysadmin"],
  ]

  /// Section 4.2: R read, W write, S sign, o own, s status, l alerts, p pooled, c case, - nothing.
  private static let rows: [(group: String, cells: String)] = [
    ("identity", "RW R R R - - - - - - - - - - - - - - -"),
    ("history", "RW R R R - - - R - R - R R R R - p - -"),
    ("eligibility", "RW R RS - - - - R - R - R - R R - - - -"),
    ("expectancy", "RW - - - - - - R - R - - - R R - - - -"),
    ("questionnaires", "s - l - - - - R - R - - - R R - - - -"),
    ("ratings", "s - l - - o - R - - - - - R R - - - -"),
    ("cognition", "RW - l - - - o R - R - - - R R - - - -"),
    ("blinding", "- - - - - o o - R - - - - - R - - - -"),
    ("allocation", "- R R R R - - - R - R - c - R - - R -"),
    ("treatment", "- RW RS RW R - - - R - R - c - R - - - -"),
    ("stock", "- R R n RW - - - R - R - - - - - - - -"),
    ("safety", "- RW RS RW - - - - R - R p R - R - - - -"),
    ("deviations", "RW RW RS - - - o R R R R R - R R - p - -"),
    ("deviations_of_treatment", "- RW RS W W - - - R - R - - - R - - - -"),
    ("counts", "- - - - - - - - - - - - - - R p - R -"),
    ("list", "- - - - - - - - - - - - - - - - - R -"),
    ("closed_report", "- - - - - - - - - - - - - - RW R - - -"),
    ("open_report", "- - R - - - - - - - - R R R RW R R - -"),
  ]

  /// Where the definition says otherwise, and why.
  private static let otherwise: [String: String] = [
    // The consent in force is a signed form, without which nobody is randomized.
    "history investigator": "RS",
    // Acknowledging is an act of both, and what the form of it records.
    "allocation treat_coordinator": "RW", "allocation investigator": "RW",
    // Somebody blinded reads nothing of class treatment but what a reporting time tells, case by case.
    "safety safety_officer": "c",
    // "R nurse": of those who share the column the nurse alone.
    "stock ketamine_nurse": "R", "stock therapist": "", "stock ect_clinician": "",
  ]

  private static let letters: [VisibilityRight: String] = [
    .read: "R", .write: "W", .sign: "S", .own: "o", .status: "s", .alerts: "l", .pooled: "p",
    .byCase: "c",
  ]

  @Test func `every cell of the matrix is as the protocol has it (REQ-060)`() throws {
    let study = try ReferenceTrial.study
    for row in Self.rows {
      let group = try #require(study.visibility.first { $0.id == row.group }, "\(row.group)")
      let cells = row.cells.split(separator: " ").map(String.init)
      try #require(cells.count == Self.columns.count, "\(row.group)")
      for (roles, cell) in zip(Self.columns, cells) {
        for role in roles {
          let rights = group.rights[try RoleID(parsing: role)] ?? []
          let found = VisibilityRight.allCases.filter(rights.contains)
            .compactMap { Self.letters[$0] }.joined()
          let expected =
            Self.otherwise["\(row.group) \(role)"] ?? (cell == "-" ? "" : cell)
          #expect(found == expected, "\(row.group) \(role)")
        }
      }
    }
  }

  @Test
  func `who may write a form by the matrix and enters it is who the protocol names, and no more`()
    throws
  {
    let study = try ReferenceTrial.study
    for form in study.forms {
      for role in form.enteredBy {
        let rights = study.rights(of: role, on: form.id) ?? []
        #expect(
          rights.contains(.write) || rights.contains(.own), "\(role) enters \(form.id)")
      }
      for role in form.signedBy {
        #expect(
          study.rights(of: role, on: form.id)?.contains(.sign) == true, "\(role) signs \(form.id)")
      }
    }
    // Events are entered by who coordinates treatment and by who treats; the investigator signs them.
    func enters(_ form: String) throws -> Set<String> {
      Set(try #require(study.form(FormID(parsing: form))).enteredBy.map(\.text))
    }
    #expect(
      try enters("AE") == ["treat_coordinator", "ketamine_nurse", "therapist", "ect_clinician"])
    #expect(try enters("SAE") == ["treat_coordinator"])
    // What the treatment team writes of the blinded part is recorded apart, not on the blinded form.
    #expect(try enters("DEV") == ["coordinator"])
  }
}
