import Conduct
import Foundation
import Postgres
import PostgresTestServer
import Store
import StudyModel
import Testing

/// The visibility matrix as the protocol prints it, in section 4.2: nothing of it is taken from the definition.
enum PrintedMatrix {
  /// The roles of the columns, in their order; three share one, two another.
  static let columns: [[String]] = [
    ["coordinator"], ["treat_coordinator"], ["investigator"],
    ["ketamine_nurse", "therapist", "ect_clinician"], ["pharmacist"], ["rater"],
    ["cog_assessor"], ["data_manager"], ["data_manager_u"], ["monitor"], ["monitor_u"],
    ["medical_monitor"], ["safety_officer"], ["statistician"], ["stat_unblinded"],
    ["dsmb_member"], ["sponsor_lead"], ["rand_manager"], ["access_admin", "sysadmin"],
  ]

  static let rows = """
    PII vault | RW | R | R | R | – | – | – | – | – | – | – | – | – | – | – | – | – | – | –
    consent, demographics, history | RW | R | R | R | – | – | – | R | – | R | – | R | R | R | R | – | a | – | –
    eligibility | RW | R | RS | – | – | – | – | R | – | R | – | R | – | R | R | – | – | – | –
    expectancy and preference | RW | – | – | – | – | – | – | R | – | R | – | – | – | R | R | – | – | – | –
    participant questionnaires | R status | – | R alerts | – | – | – | – | R | – | R | – | – | – | R | R | – | – | – | –
    central ratings | R status | – | R alerts | – | – | o | – | R | – | – | – | – | – | R | R | – | – | – | –
    cognition, C-SSRS | RW C-SSRS | – | R alerts | – | – | – | o | R | – | R | – | – | – | R | R | – | – | – | –
    rater blinding record | – | – | – | – | – | o | o | – | R | – | – | – | – | – | R | – | – | – | –
    allocation | – | R | R | R | R | – | – | – | R | – | R | – | case | – | R | – | – | R | –
    treatment forms, contact time | – | RW | RS | RW own kind | R | – | – | – | R | – | R | – | case | – | R | – | – | – | –
    stock and dispensing | – | R | R | R nurse | RW | – | – | – | R | – | R | – | – | – | – | – | – | – | –
    AE, SAE | intake o | RW | RS | R W AE | – | – | – | – | R | – | R | a pooled | R | – | R | – | – | – | –
    deviations, blinded part | RW | RW | RS | – | – | – | o | R | R | R | R | R | – | R | R | – | a | – | –
    deviations, treatment part | – | RW | RS | W | W | – | – | – | R | – | R | – | – | – | R | – | – | – | –
    enrolment total, study | R | R | R | – | – | – | – | R | R | R | R | R | R | R | R | R | R | R | –
    enrolment by site | own | own | own | – | – | – | – | R | R | own | own | R | – | R | R | R | R | R | –
    counts by stratum or arm | – | – | – | – | – | – | – | – | – | – | – | – | – | – | R | in report | – | R | –
    randomization list, blocks, seed | – | – | – | – | – | – | – | – | – | – | – | – | – | – | – | – | – | R sealed | –
    audit trail | of visible data | of visible data | of visible data | of visible data | of visible data | o | o | of visible data | of visible data | of visible data | of visible data | – | of visible data | – | – | – | – | R | account events only
    closed interim report | – | – | – | – | – | – | – | – | – | – | – | – | – | – | RW | R | – | – | –
    open interim report | – | – | R | – | – | – | – | – | – | – | – | R | R | R | RW | R | R | – | –
    """

  /// The forms of each row, and one field's worth of nothing else.
  static let forms: [String: [String]] = [
    "consent, demographics, history": [
      "ICF", "DM", "PSYHX", "MH", "CM", "VS", "WT", "ECG", "LAB", "PREG", "UDS",
    ],
    "eligibility": ["ELIG", "MINI"], "expectancy and preference": ["PREF", "SETS", "CEQ"],
    "participant questionnaires": [
      "QIDSSR16", "QIDSU", "PHQ9", "GAD7", "SMCQ", "GSEMY", "QOLS16", "QLESQSF", "WHODAS12",
    ],
    "central ratings": ["MADRS", "CGI", "YMRS", "BPRSP"],
    "cognition, C-SSRS": ["MOCA", "HVLTR", "CSSRSS"], "rater blinding record": ["RBR", "RBRC"],
    "treatment forms, contact time": [
      "PSYED", "KDOSE", "KMON", "CADSS", "KDISCH", "KCRAVE", "ECTTX", "ECTREC", "PREP", "SESS",
      "INTEG", "ALLI", "CONTACT", "TXDISC", "FUTX",
    ],
    "stock and dispensing": ["ACCT"], "AE, SAE": ["AE", "SAE"],
    "deviations, blinded part": ["DEV"], "deviations, treatment part": ["DEVT"],
  ]

  /// Where an entry of a form is served otherwise than the cell says, and why.
  static let otherwise: [String: String] = [
    // Of the row the coordinator asks for the preference; the expectancies are the participant's.
    "PREF coordinator": "own", "SETS coordinator": "nothing", "CEQ coordinator": "nothing",
    // "RW C-SSRS", of class outcome: what the coordinator entered, and nothing of the other two.
    "CSSRSS coordinator": "own", "MOCA coordinator": "nothing", "HVLTR coordinator": "nothing",
    // "R nurse": of the three who share the column, the nurse.
    "ACCT therapist": "nothing", "ACCT ect_clinician": "nothing",
    // Who is blinded reads serious events without an arm, under their own address.
    "AE safety_officer": "nothing", "SAE safety_officer": "nothing",
    // Tokens are all a rater has: no form has an address.
    "RBR rater": "nothing", "MADRS rater": "nothing", "CGI rater": "nothing",
    "YMRS rater": "nothing", "BPRSP rater": "nothing", "RBRC rater": "nothing",
    // Each kind of assessor has a record of its own.
    "RBR cog_assessor": "nothing",
    // Of class open, which neither holds: both read deviations of treatment, and their list.
    "DEV data_manager_u": "nothing", "DEV monitor_u": "nothing",
    // Enters no deviation on the form, so that there are none of its own.
    "DEV cog_assessor": "nothing",
  ]

  /// The cells by row and role.
  static var cells: [(row: String, role: String, cell: String)] {
    rows.split(separator: "\n").flatMap { line in
      let parts = line.split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) }
      return zip(columns, parts.dropFirst()).flatMap { roles, cell in
        roles.map { (row: parts[0], role: $0, cell: cell) }
      }
    }
  }

  /// What a cell means for an entry of somebody else.
  static func reading(_ cell: String) -> String {
    switch cell {
    case "R", "RW", "RS", "RW C-SSRS", "RW own kind", "R nurse", "R W AE": "all"
    case "W", "o": "own"
    case "–", "R status", "R alerts", "case", "a", "a pooled", "intake o": "nothing"
    default: "unknown cell \(cell)"
    }
  }
}

/// A participant of whom every form was entered by somebody who asks for nothing.
struct MatrixWorld {
  let world: World
  let key = "101-0001"

  init() async throws {
    let template = try await Template.made.value
    world = try World(copyOf: template.database.name, template)
    let teller = Teller(world, Story(participants: 1, finished: 0))
    try await teller.enrolOnly()
    try #require(teller.refused.isEmpty, "\(teller.refused)")
    let author = try world.person("access_admin").user
    let direct = try world.direct()
    try direct.script("set session_replication_role = replica")
    for schema in ["open", "outcome", "treatment"] {
      try direct.script("delete from \(schema).entries; delete from \(schema).entry_versions")
    }
    for name in PrintedMatrix.forms.values.joined() {
      let form = try form(name)
      try direct.script(
        """
        insert into \(form.dataClass.rawValue).entries (trial_id, participant, site_key, form, visit, repeat,
          version, status, answers, definition, author, entered_at, submitted_at)
        values (\(world.trial.id), '\(form.subject == .site ? "101" : key)', '101', '\(name)', '\(visit(of: form))',
          1, 1, 'submitted', '{}', '1.0', \(author), '2027-02-01', '2027-02-01')
        """)
    }
    direct.close()
  }

  func form(_ name: String) throws -> Form {
    try #require(world.definition.form(FormID(parsing: name)), "\(name)")
  }

  private func visit(of form: Form) -> String {
    form.subject == .site ? VisitCode.site.text : form.visits.first?.text ?? "UNS"
  }

  func get(_ target: String, _ role: String) async throws -> Told {
    let person = try #require(
      world.template.people.first { $0.role == role && ["101", "*"].contains($0.site) }, "\(role)")
    return try await world.tell(
      target.hasPrefix("/api")
        ? .api("GET", target, by: person, route: "") : .page(target, by: person, route: ""))
  }

  /// How much of a form somebody is served: over the API, and on pages alike.
  func served(_ name: String, _ role: String) async throws -> String {
    let form = try form(name)
    let place =
      form.subject == .site
      ? "/sites/101/forms/\(name)" : "/participants/\(key)/forms/\(name)/\(visit(of: form))"
    let told = try await get("/api/v1" + place, role)
    let page = try await get(place, role)
    guard told.status == page.status else {
      return "\(told.status) over the API and \(page.status) as a page"
    }
    if told.status == 200 {
      let body = try JSONSerialization.jsonObject(with: Data(told.body)) as? [String: Any]
      return body?["version"] as? Int == 0 ? "own" : "all"
    }
    guard told.status == 404, form.isRepeating else {
      return told.status == 404 ? "nothing" : "status \(told.status)"
    }
    let new = try await get("/api/v1" + place + "?number=new", role)
    return new.status == 200 ? "own" : "nothing"
  }
}

@Suite(.serialized) struct MatrixTests {
  @Test
  func `REQ-060: whoever asks by HTTP is served of every form what the printed matrix says`()
    async throws
  {
    let room = try await MatrixWorld()
    #expect(PrintedMatrix.cells.count == 21 * 22)
    for (row, role, cell) in PrintedMatrix.cells {
      for form in PrintedMatrix.forms[row] ?? [] {
        let expected =
          PrintedMatrix.otherwise["\(form) \(role)"] ?? PrintedMatrix.reading(cell)
        let served = try await room.served(form, role)
        #expect(served == expected, "\(role) on \(form), \(row)")
      }
    }
    try await room.world.drop()
  }

  @Test
  func
    `REQ-060: enrolment, deviations, serious events, identity and audit trail are served as printed`()
    async throws
  {
    let room = try await MatrixWorld()
    for (row, role, cell) in PrintedMatrix.cells {
      let found: String
      let expected: String
      switch row {
      case "PII vault":
        found = "\(try await room.get("/participants/\(room.key)/identity", role).status)"
        expected = cell == "–" ? "404" : "200"
        let form = try await room.get("/participants/\(room.key)/identity/record", role).status
        // Recorded by now: who fills it in is led to where it is shown for a purpose.
        #expect(form == (cell == "RW" ? 303 : 404), "\(role)")
      case "AE, SAE":
        let told = try await room.get("/api/v1/serious-events", role)
        found = "\(told.status)"
        // Who treats in one arm reads the forms, and follows no reporting times.
        let isFollowed = cell != "R W AE" && PrintedMatrix.reading(cell) == "all"
        expected = isFollowed ? "200" : "404"
      case "deviations, blinded part":
        found = "\(try await room.get("/api/v1/deviations", role).status)"
        expected = PrintedMatrix.reading(cell) == "all" ? "200" : "404"
      case "enrolment total, study":
        let told = try await room.get("/api/v1/enrolment", role)
        let page = try await room.get("/enrolment", role)
        found = "\(told.status) \(page.status)"
        expected = cell == "R" ? "200 200" : "404 404"
      case "enrolment by site":
        let told = try await room.get("/api/v1/enrolment", role)
        let body =
          (try? JSONSerialization.jsonObject(with: Data(told.body)) as? [String: Any]) ?? [:]
        let sites = (body["sites"] as? [[String: Any]])?.compactMap { $0["site"] as? String }
        found = sites == nil ? "–" : sites == ["101"] ? "own" : "R"
        expected = cell
      case "audit trail":
        let all = try await room.get("/api/v1/audit", role).status == 200
        let own = try await room.get("/api/v1/audit/own", role).status == 200
        found = all ? "all" : own ? "own" : "nothing"
        expected =
          ["R", "of visible data"].contains(cell) ? "all" : cell == "o" ? "own" : "nothing"
      default: continue
      }
      #expect(found == expected, "\(role), \(row)")
    }
    try await room.world.drop()
  }

  @Test
  func
    `REQ-060: allocations, the list, counts by arm and both interim reports are served as printed`()
    async throws
  {
    let stories = try await NonInterferenceTests.arms.value
    let pair = try stories.pair()
    let world = pair.one
    let key = try #require(
      stories.arms[0].keys.sorted().first { $0.hasPrefix("101") && stories.arms[0][$0] == "KET" })
    let arms = world.definition.arms.flatMap { ["\($0.code)", $0.title] }
    for (row, role, cell) in PrintedMatrix.cells {
      func get(_ target: String) async throws -> Told {
        let person = try #require(
          world.template.people.first { $0.role == role && ["101", "*"].contains($0.site) })
        return try await world.tell(
          target.hasPrefix("/api")
            ? .api("GET", target, by: person, route: "") : .page(target, by: person, route: ""))
      }
      let places: [String]
      let isRead: Bool
      switch row {
      case "allocation":
        places = ["/api/v1/allocations/\(key)", "/allocations/\(key)"]
        // The statistician of the committee has it in the data of the closed report and who keeps the randomization
        // in the ledger, neither by participant; "case" is an act of its own.
        isRead = cell == "R" && !["stat_unblinded", "rand_manager"].contains(role)
        let ledger = try await get("/ledger").status
        #expect(
          ledger == (["stat_unblinded", "rand_manager", "dsmb_member"].contains(role) ? 200 : 404),
          "\(role)")
      case "randomization list, blocks, seed":
        places = ["/api/v1/randomization", "/randomization"]
        // Who approves a scheme as the second person is shown it, sealed like the first.
        isRead = cell == "R sealed" || role == "stat_unblinded"
      case "closed interim report":
        places = ["/api/v1/reports/1/closed", "/reports/1/closed"]
        isRead = cell != "–"
      case "open interim report":
        places = ["/api/v1/reports/1/open", "/reports/1/open"]
        isRead = cell != "–"
      case "counts by stratum or arm":
        // They stand in the closed report and in the scheme alone, each a row here: nowhere among the totals.
        let totals = try await get("/api/v1/enrolment")
        let named = (arms + ["severity", "setting", "stratum"]).filter { totals.text.contains($0) }
        #expect(named.isEmpty, "\(role) is told of \(named)")
        continue
      default: continue
      }
      for place in places {
        #expect(try await get(place).status == (isRead ? 200 : 404), "\(role) at \(place)")
      }
    }
    try await pair.drop()
  }

  @Test
  func `who reads forms is led to them from home, and who only enters sees nothing of others`()
    async throws
  {
    let room = try await MatrixWorld()
    for role in ["medical_monitor", "statistician", "auditor", "cog_assessor"] {
      let home = try await room.get("/", role)
      #expect(home.headers.contains { $0.name == "Location" && $0.value == "/participants" })
      let list = try await room.get("/participants", role)
      #expect(list.status == 200 && list.text.contains("/participants/\(room.key)"), "\(role)")
      let page = try await room.get("/participants/\(room.key)", role)
      #expect(page.status == 200, "\(role)")
      for link in PageReading.links(of: page.text) where link.hasPrefix("/participants/") {
        #expect(try await room.get(link, role).status == 200, "\(role) at \(link)")
      }
      let readsConsent = ["medical_monitor", "statistician", "auditor"].contains(role)
      #expect(page.text.contains("consented ") == readsConsent, "\(role)")
    }
    let visit = try await room.get("/participants/\(room.key)/visits/EOT", "cog_assessor").text
    for title in ["MOCA", "HVLTR", "CSSRSS", "RBRC"] {
      #expect(visit.contains("/forms/\(title)/EOT"), "\(title)")
    }
    #expect(!visit.contains("/forms/MADRS/") && !visit.contains("/forms/VS/"))
  }

  @Test func `every form a coordinator's page of a participant offers opens`() async throws {
    let room = try await MatrixWorld()
    for role in ["coordinator", "treat_coordinator", "investigator", "ketamine_nurse"] {
      let page = try await room.get("/participants/\(room.key)", role)
      let links = PageReading.links(of: page.text).filter { $0.contains("/forms/") }
      #expect(role != "coordinator" || links.contains { $0.contains("/forms/SAEIN/") })
      for link in links {
        #expect(try await room.get(link, role).status == 200, "\(role) at \(link)")
      }
    }
  }

  @Test
  func `REQ-060: a rater reads the own record by token, and no participant or visit in it`()
    async throws
  {
    let room = try await MatrixWorld()
    var changes = 0
    for person in room.world.template.people where person.role == "rater" {
      let told = try await room.world.tell(
        .api("GET", "/api/v1/audit/own", by: person, route: ""))
      let page = try await room.world.tell(.page("/audit/own", by: person, route: ""))
      #expect(told.status == 200 && page.status == 200)
      let rows = try #require(
        try JSONSerialization.jsonObject(with: Data(told.body)) as? [[String: Any]])
      changes += rows.count
      let objects = rows.compactMap { $0["object"] as? String }
      #expect(objects.count == rows.count)
      #expect(objects.allSatisfy { $0.wholeMatch(of: /A-[0-9A-Z]{8}\/[A-Z]+@rating#1/) != nil })
      for text in [told.text, page.text] {
        #expect(!text.contains(room.key) && !text.contains("@SCR") && !text.contains("@BL"))
      }
    }
    #expect(changes > 20)
    // What others entered is on nobody else's record.
    let own = try await room.get("/api/v1/audit/own", "cog_assessor")
    #expect(own.status == 200)
    #expect(
      own.text.matches(of: /"object":"[^"]*\/([A-Z]+)@/).allSatisfy {
        ["MOCA", "HVLTR", "CSSRSS"].contains(String($0.1))
      })
    let manager = try await room.get("/api/v1/audit", "rand_manager")
    #expect(manager.text.split(separator: "\n").count > 3)
    #expect(try await room.get("/audit", "rand_manager").status == 200)
    try await room.world.drop()
  }
}
