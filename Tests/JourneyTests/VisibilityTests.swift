import Conduct
import Simulation
import Store
import StudyModel
import Testing

/// One row of the visibility matrix as the protocol prints it, for the forms of the group.
struct MatrixRow {
  let forms: [String]
  /// Who reads every entry.
  let readers: Set<String>
  /// Who reads own entries and no others.
  let own: Set<String>

  init(_ forms: [String], read readers: [String], own: [String] = []) {
    self.forms = forms
    self.readers = Set(readers)
    self.own = Set(own)
  }

  static let site = ["treat_coordinator", "investigator"]
  static let hands = ["ketamine_nurse", "therapist", "ect_clinician"]
  static let blinded = ["data_manager", "monitor", "statistician", "stat_unblinded", "auditor"]
  static let unblinded = ["data_manager_u", "monitor_u", "stat_unblinded"]

  /// Section 4.2 of the protocol: what is printed as case, pooled, status or alerts reads no form.
  static let all = [
    MatrixRow(
      ["ICF", "DM", "PSYHX", "MH", "CM", "VS", "WT", "ECG", "LAB", "PREG", "UDS"],
      read: ["coordinator", "medical_monitor", "safety_officer"] + site + hands + blinded),
    MatrixRow(["ELIG", "MINI"], read: ["coordinator", "medical_monitor"] + site + blinded),
    MatrixRow(
      ["SAFREV", "RANDREQ", "RANDRES", "WDR", "EOS", "SLOT"],
      read: ["coordinator", "medical_monitor", "safety_officer"] + site + blinded),
    // The coordinator writes the preference; the expectancies are the participant's.
    MatrixRow(["PREF"], read: blinded, own: ["coordinator"]),
    MatrixRow(["SETS", "CEQ"], read: blinded),
    MatrixRow(
      [
        "QIDSSR16", "QIDSU", "PHQ9", "GAD7", "SMCQ", "GSEMY", "QOLS16", "QLESQSF", "WHODAS12",
      ], read: blinded),
    MatrixRow(
      ["MADRS", "CGI", "YMRS", "BPRSP", "RELAPSE"], read: blinded.filter { $0 != "monitor" }),
    MatrixRow(["CSSRSS"], read: blinded, own: ["coordinator", "cog_assessor"]),
    MatrixRow(["MOCA", "HVLTR"], read: blinded, own: ["cog_assessor"]),
    MatrixRow(["RBR"], read: ["data_manager_u", "stat_unblinded"]),
    MatrixRow(["RBRC"], read: ["data_manager_u", "stat_unblinded"], own: ["cog_assessor"]),
    MatrixRow(
      [
        "PSYED", "KDOSE", "KMON", "CADSS", "KDISCH", "KCRAVE", "ECTTX", "ECTREC", "PREP", "SESS",
        "INTEG", "ALLI", "CONTACT", "TXDISC", "FUTX",
      ], read: ["pharmacist"] + site + hands + unblinded),
    MatrixRow(["MEQ30"], read: ["ketamine_nurse", "investigator"] + unblinded),
    MatrixRow(["FIDEL"], read: ["fidelity_rater", "data_manager_u", "stat_unblinded"]),
    MatrixRow(
      ["ACCT"], read: ["ketamine_nurse", "pharmacist", "data_manager_u", "monitor_u"] + site),
    MatrixRow(["AE", "SAE", "PREGREP", "DEATH"], read: site + hands + unblinded),
    MatrixRow(
      // Of class open, which the unblinded data manager and monitor do not hold.
      ["SAEIN"], read: ["safety_officer", "stat_unblinded"] + site, own: ["coordinator"]),
    MatrixRow(
      ["DEV"],
      read: ["coordinator", "medical_monitor"] + site + blinded),
    MatrixRow(["DEVT", "UNBL"], read: site + unblinded, own: ["pharmacist"] + hands),
  ]

  /// What a role reads of a form, by the protocol.
  func expected(_ role: Role) -> String {
    if readers.contains(role.id.text) { return "all" }
    return own.contains(role.id.text) ? "own" : "nothing"
  }
}

@Suite(.serialized) struct VisibilityTests {
  @Test
  func `REQ-060: every role reads of every form what the matrix of the protocol says, and no more`()
    async throws
  {
    try await ReferenceTrial.run { world in
      let room = try await CheckRoom(world, arms: 1)
      let key = try #require(room.byArm.values.first).key
      let office = world.installation.at(room.now)
      try room.clear()
      let forms = world.definition.forms.filter { $0.dataClass <= .treatment && !$0.isWorkedOut }
      for form in forms { try room.enter(form.id.text, Self.visit(of: form), [:], of: key) }
      for role in world.definition.roles where Login(for: role) != nil {
        let actor = try #require(
          try await world.installation.actor(
            user: 999_999, username: "somebody", fullName: "Somebody", role: role.id,
            site: role.scope == .site ? "101" : "*", trial: world.trial, authenticatedAt: nil))
        for form in forms {
          let row = try #require(
            MatrixRow.all.first { $0.forms.contains(form.id.text) }, "\(form.id)")
          let found = try await Self.read(form, of: key, office, actor)
          #expect(found == row.expected(role), "\(role.id) on \(form.id)")
        }
        guard role.classes.contains(.open), actor.knowsSomething else { continue }
        let listed = try await office.casebook(of: key, as: actor).entries.map(\.form.text)
        let readable = forms.filter { $0.subject == .participant }.filter { form in
          MatrixRow.all.first { $0.forms.contains(form.id.text) }?.expected(role) == "all"
        }.map(\.id.text)
        #expect(Set(listed) == Set(readable), "\(role.id)")
      }
    }
  }

  @Test
  func `that a questionnaire or rating is due is known to who reads its status, and nobody else`()
    async throws
  {
    try await ReferenceTrial.run { world in
      let walk = try await Walk.ready(world)
      let office = world.installation.at(walk.instant(9))
      for (role, knows) in [
        ("coordinator", true), ("data_manager", true), ("treat_coordinator", false),
        ("investigator", false), ("ketamine_nurse", false), ("medical_monitor", false),
      ] {
        let definition = try #require(world.definition.role(RoleID(parsing: role)))
        let actor = try #require(
          try await world.installation.actor(
            user: 999_999, username: "somebody", fullName: "Somebody", role: definition.id,
            site: definition.scope == .site ? "101" : "*", trial: world.trial,
            authenticatedAt: nil))
        let forms = Set(try await office.casebook(of: walk.key, as: actor).collection.map(\.form))
        #expect(forms.contains("QIDSSR16") == knows, "\(role)")
        #expect(forms.contains("MADRS") == knows, "\(role)")
        #expect(knows || forms.isEmpty, "\(role)")
        let day = try await office.siteDay(as: actor)
        #expect(knows || day.collection.values.allSatisfy(\.isEmpty), "\(role)")
      }
    }
  }

  @Test
  func `a query on a form somebody may not read does not exist for them, in list, page and act`()
    async throws
  {
    try await ReferenceTrial.run { world in
      let walk = try await Walk.ready(world)
      let office = world.installation.at(walk.instant(9))
      func acting(_ role: String) async throws -> Actor {
        let role = try #require(world.definition.role(RoleID(parsing: role)))
        return try #require(
          try await world.installation.actor(
            user: 999_999, username: "somebody", fullName: "Somebody", role: role.id,
            site: role.scope == .site ? walk.way.site : "*", trial: world.trial,
            authenticatedAt: nil))
      }
      // The pharmacist reads the class of adverse events and, by the matrix, not the form.
      let (manager, pharmacist) = (
        try await acting("data_manager_u"), try await acting("pharmacist")
      )
      let number = try await office.openQuery(
        walk.key, FormID(parsing: "AE"), VisitCode(parsing: "UNS"), field: "",
        text: "Please look again.", isBlocking: false, as: manager)
      let address = QueryAddress(number, in: .treatment)
      let team = try await acting("treat_coordinator")
      #expect(try await office.query(address, as: team).query.form == "AE")
      #expect(try await office.openQueries(as: team).contains { $0.form == "AE" })
      #expect(try await office.openQueries(as: pharmacist).isEmpty)
      #expect(
        await refusal { _ = try await office.query(address, as: pharmacist) } == .notFound)
      #expect(
        await refusal {
          try await office.answerQuery(address, answer: "Looked again.", as: pharmacist)
        } == .notFound)
      try await office.answerQuery(address, answer: "Looked again.", as: team)
    }
  }

  @Test
  func `treatment staff see the visits of the arm once it is acknowledged, and of no other`()
    async throws
  {
    try await ReferenceTrial.run { world in
      let walk = try await Walk.ready(world)
      _ = try await walk.randomize()
      let at = walk.pressed.advanced(bySeconds: 600)
      let office = world.installation.at(at)
      let nurse = try #require(
        try await world.installation.actor(
          user: 999_999, username: "somebody", fullName: "Somebody",
          role: RoleID(parsing: "ketamine_nurse"), site: walk.way.site, trial: world.trial,
          authenticatedAt: nil))
      #expect(try await office.casebook(of: walk.key, as: nurse).treatmentVisits.isEmpty)
      let arm = try await walk.acknowledge(at: at).arm.code
      let readings = {
        try world.direct().lines(
          "select reason from allocation.audit where action = 'allocation read' and object = '\(walk.key)'"
        )
      }
      #expect(try readings().isEmpty)
      let visits = try await office.casebook(of: walk.key, as: nurse).treatmentVisits
      // Whose visits they are is what the arm is: to list them is a reading of it.
      #expect(try readings() == ["the visits of the arm were listed"])
      let own = world.definition.visits.filter {
        $0.dataClass == .treatment && ($0.arms.isEmpty || $0.arms.contains(arm))
      }
      #expect(visits == Set(own.map(\.code)))
      #expect(!visits.isEmpty)
      let coordinator = try await world.actor("coordinator", at: walk.way.site, now: at)
      #expect(try await office.casebook(of: walk.key, as: coordinator).treatmentVisits.isEmpty)
    }
  }

  @Test
  func
    `what a person reads of old versions follows the roles held now, not those held at the save`()
    async throws
  {
    try await ReferenceTrial.run { world in
      let walk = try await Walk.ready(world)
      _ = try await walk.randomize()
      let now = walk.instant(12)
      let office = world.installation.at(now)
      let user = try await office.createAccount(
        username: "many-roles", fullName: "Many Roles", password: ReferenceTrial.password,
        cost: Passwords.simulationCost
      ).user
      let site = try SiteKey(parsing: walk.way.site)
      /// The person in the one role the grants give, with the former one ended.
      func hold(_ name: String, at place: SiteKey, after former: (String, SiteKey)?) async throws
        -> Actor
      {
        if let former {
          try await office.endGrant(
            RoleID(parsing: former.0), site: former.1, in: world.trial, of: user)
        }
        try await office.grant(RoleID(parsing: name), site: place, in: world.trial, to: user)
        let held = try #require(try await office.grants(of: user).first)
        #expect(held.role == name && held.site == place.text)
        return try #require(
          try await office.actor(
            user: user, username: "many-roles", fullName: "Many Roles",
            role: RoleID(parsing: held.role), site: held.site, trial: world.trial,
            authenticatedAt: now))
      }
      let address = EntryAddress(
        walk.key, try FormID(parsing: "AE"), try VisitCode(parsing: "UNS"))
      func versions(_ actor: Actor) async throws -> Int {
        try await office.entryFile(
          address.subject, address.form, address.visit, as: actor
        ).versions.count
      }
      let event = [
        "term": "nausea", "start": "2027-01-15", "ongoing": "false", "end": "2027-01-16",
        "sev": "1", "serious": "N", "rel_ket": "POS", "rel_ther": "NA", "rel_ect": "NA",
        "rel_proc": "NOT", "action": "NONE", "outcome": "REC", "solicited": "false",
        "aesi": "NONE",
      ]
      let team = try await hold("treat_coordinator", at: site, after: nil)
      for (version, severity) in ["1", "2"].enumerated() {
        _ = try await office.saveEntry(
          address.subject, address.form, address.visit, number: version == 0 ? 0 : 1,
          EntrySubmission(
            answers: try Walk.answers(event.merging(["sev": severity]) { $1 }),
            expectedVersion: version, isFinal: true, reason: "looked again"), as: team)
      }
      #expect(try await versions(team) == 2)
      // Who wrote both versions reads neither in a role that reads no adverse events.
      let pharmacist = try await hold("pharmacist", at: site, after: ("treat_coordinator", site))
      #expect(await refusal { _ = try await versions(pharmacist) } == .notFound)
      let berlin = try SiteKey(parsing: ReferenceTrial.berlin)
      let away = try await hold("investigator", at: berlin, after: ("pharmacist", site))
      #expect(await refusal { _ = try await versions(away) } == .notFound)
      let physician = try await hold("investigator", at: site, after: ("investigator", berlin))
      #expect(try await versions(physician) == 2)
    }
  }

  // MARK: Reading

  private static func visit(of form: Form) -> String {
    form.subject == .site ? VisitCode.site.text : form.visits.first?.text ?? "UNS"
  }

  /// What is found at the address of an entry somebody else made.
  private static func read(
    _ form: Form, of key: ParticipantKey, _ office: Installation, _ actor: Actor
  ) async throws -> String {
    do {
      let owner: any EntryOwner =
        form.subject == .site ? try SiteKey(parsing: key.siteText) : key
      let file = try await office.entryFile(
        owner.subject, form.id, VisitCode(parsing: visit(of: form)), as: actor)
      return file.entry.version == 0 ? "own" : "all"
    } catch ActRefusal.notFound {
      // Of a form that repeats, who reads own entries only may begin a new one.
      let isBegun = await refusal {
        _ = try await office.entryFile(
          key, form.id, VisitCode(parsing: visit(of: form)), number: 0, as: actor)
      }
      return isBegun == nil ? "own" : "nothing"
    }
  }
}

extension Actor {
  fileprivate var knowsSomething: Bool { definition.forms.contains { knows($0) } }
}
