import Datasets
import Reports
import StudyModel
import Synchronization
import Testing

@testable import Conduct
@testable import Store

/// What was told to who runs the server.
private final class Sayings: Sendable {
  private let kept = Mutex([String]())

  var lines: [String] { kept.withLock { $0 } }

  func add(_ line: String) { kept.withLock { $0.append(line) } }
}

/// What the system works out of entries: kept by class, dated, known to who reads the class, exported.
@Suite(.serialized) struct DerivedValueTests {
  /// A participant in response at the end of treatment whose questionnaire rises at follow-up 1.
  private static func relapsed(
    _ world: ReferenceTrial, _ body: (CheckRoom, ParticipantKey, Installation) async throws -> Void
  ) async throws {
    let room = try await CheckRoom(world, arms: 1)
    let key = try #require(room.byArm.values.first).key
    try room.clear()
    try room.enter("MADRS", "BL", ["total": "30"], of: key)
    try room.enter("MADRS", "EOT", ["total": "15"], of: key)
    try room.enter("QIDSSR16", "F1", ["total": "12"], of: key)
    try room.enter("QIDSSR16", "F2", ["total": "15"], of: key)
    // A quarter of an hour before midnight by the clock of the site in summer, which is UTC + 1.
    try world.direct().run(
      """
      set session_replication_role = replica;
      update outcome.entries set submitted_at = case form || visit
        when 'MADRSBL' then timestamptz '2027-04-01 08:00Z' when 'MADRSEOT' then timestamptz '2027-05-01 08:00Z'
        when 'QIDSSR16F1' then timestamptz '2027-06-01 23:15Z' else timestamptz '2027-07-01 08:00Z' end
      """)
    try await body(room, key, world.installation.at(room.now))
  }

  private static func answers(
    _ role: String, _ visit: String, _ key: ParticipantKey, _ room: CheckRoom,
    _ office: Installation
  ) async throws -> [String: String] {
    let file = try await office.entryFile(
      key, FormID(parsing: "RELAPSE"), VisitCode(parsing: visit), as: try await room.anybody(role))
    return Dictionary(
      uniqueKeysWithValues: file.entry.answers.map { ($0.key.text, $0.value.text ?? "") })
  }

  /// What is kept in a class, each version with its fields.
  private static func kept(
    _ world: ReferenceTrial, _ schema: String, at visit: String = "F1"
  ) throws -> [String] {
    try world.direct().lines(
      """
      select version || ' ' || definition || ' ' || (select string_agg(k || '=' || v, ' ' order by k)
               from jsonb_each_text(answers) as a(k, v))
        from \(schema).derived_values where form = 'RELAPSE' and visit = '\(visit)' order by version
      """)
  }

  @Test
  func
    `NI-1: what of treatment follows from a blinded save is kept after it, under the request of that save`()
    async throws
  {
    try await ReferenceTrial.run { world in
      try await Self.relapsed(world) { room, key, office in
        try room.enter(
          "FUTX", "F3", ["kind": "ECT", "start": "2027-05", "rescue_on": "2027-05-20"], of: key)
        let later = LaterDerivations(pause: .milliseconds(200))
        var office = office
        office.later = later
        // A simulated trial is derived at once: this one is like those of people.
        let trial = Trial(
          id: world.trial.id, key: world.trial.key, title: world.trial.title, mode: "training",
          state: world.trial.state, version: world.trial.version,
          amendments: world.trial.amendments)
        let (server, definition) = (office, world.definition)
        let (form, visit) = (try FormID(parsing: "QIDSSR16"), try VisitCode(parsing: "F1"))
        await RequestMark.$current.withValue("00000000000000000000000000000abc") {
          await server.derive(after: form, at: visit, of: key, in: trial, definition)
        }
        #expect(try Self.kept(world, "outcome").count == 1)
        #expect(try Self.kept(world, "treatment") == [])
        try await later.finish(trial.id)
        #expect(try Self.kept(world, "treatment") == ["1 1.0 rescue_on=2027-05-20"])
        let requests = try world.direct().lines(
          "select distinct request || ' ' || cause from treatment.audit where object like '%RELAPSE%' order by 1"
        )
        #expect(requests == ["00000000000000000000000000000abc derivation"])
      }
    }
  }

  @Test
  func
    `REQ-017: a relapse is kept with its date and the version of its rules, the part of each class apart`()
    async throws
  {
    try await ReferenceTrial.run { world in
      try await Self.relapsed(world) { room, key, office in
        try room.enter(
          "FUTX", "F3", ["kind": "ECT", "start": "2027-05", "rescue_on": "2027-05-20"], of: key)
        let first = try await office.deriveAll(in: world.trial)
        #expect(first.participants == 1)
        // Handed in at 23:15 UTC, it is the next day at the site.
        let told = "qids=true qids_on=2027-06-02 responder=true"
        #expect(try Self.kept(world, "outcome") == ["1 1.0 \(told)"])
        #expect(
          try Self.kept(world, "treatment")
            == ["1 1.0 rescue_on=2027-05-20"])
        #expect(try Self.kept(world, "open") == [])
        #expect(
          try Self.kept(world, "outcome", at: "F3")
            == ["1 1.0 qids_on=2027-06-02 responder=true"])
        #expect(
          try Self.kept(world, "treatment", at: "F3")
            == ["1 1.0 rescue=true rescue_on=2027-05-20"])

        // The same entries give the same values, and nothing is kept twice.
        #expect(try await office.deriveAll(in: world.trial).differing == 0)

        // What tells of treatment changes nothing of what blinded people read, nor of its audit trail.
        func trail(_ schema: String) throws -> String {
          try world.direct().text("select count(*)::text from \(schema).audit")
        }
        let before = (try trail("outcome"), try trail("treatment"))
        try room.enter(
          "SAE", "UNS", ["depression": "ATTEMPT", "relapse_on": "2027-05-03"], of: key)
        #expect(try await office.deriveAll(in: world.trial).differing == 4)
        #expect(try Self.kept(world, "outcome") == ["1 1.0 \(told)"])
        #expect(
          try Self.kept(world, "treatment").last
            == "2 1.0 event_on=2027-05-03 rescue_on=2027-05-20")
        #expect(try trail("outcome") == before.0)
        #expect(try trail("treatment") != before.1)
        #expect(
          try world.direct().refusal(of: "update outcome.derived_values set answers = '{}'")
            != nil)
        #expect(
          try world.direct("eq_outcome", role: "statistician", sites: "*").refusal(
            of: "select outcome.keep_derived('\(key)', 'RELAPSE', 'F1', '{}', '1.0')") == "42501")
      }
    }
  }

  @Test
  func
    `REQ-017: a questionnaire at an unscheduled visit can be sent, and counts for relapse from its day`()
    async throws
  {
    try await ReferenceTrial.run { world in
      let unscheduled = try VisitCode(parsing: "UNS")
      let sent = world.installation.questionnaires(world.definition, at: unscheduled)
      #expect(sent.map(\.id.text) == ["QIDSU"])
      try await Self.relapsed(world) { room, key, office in
        try room.enter("QIDSU", "UNS", ["total": "11"], number: 1, of: key)
        _ = try await office.deriveAll(in: world.trial)
        #expect(
          try Self.kept(world, "outcome") == ["1 1.0 qids=true qids_on=2027-06-02 responder=true"])
        // Before the rating that showed the response it is no relapse.
        try room.enter("QIDSU", "UNS", ["relapse_on": "2027-04-20"], number: 2, of: key)
        _ = try await office.deriveAll(in: world.trial)
        #expect(
          try Self.kept(world, "outcome") == ["1 1.0 qids=true qids_on=2027-06-02 responder=true"])
        // The first of several counts, whichever came last.
        try room.enter("QIDSU", "UNS", ["relapse_on": "2027-05-10"], number: 3, of: key)
        try room.enter("QIDSU", "UNS", ["relapse_on": "2027-05-30"], number: 4, of: key)
        _ = try await office.deriveAll(in: world.trial)
        #expect(
          try Self.kept(world, "outcome").last
            == "2 1.0 qids=true qids_on=2027-05-10 responder=true")
      }
    }
  }

  @Test
  func `what a randomization gave is shown on a form of its own, at once, and to no one before`()
    async throws
  {
    try await ReferenceTrial.run { world in
      func shown() throws -> [String] {
        try world.direct().lines(
          "select version || ' ' || answers::text from open.derived_values where form = 'RANDRES'")
      }
      let walk = try await Walk.ready(world)
      #expect(
        try await world.installation.at(walk.pressed).deriveAll(in: world.trial).differing == 0)
      #expect(try shown() == [])
      let receipt = try await walk.randomize()
      let told =
        #"1 {"rand_at": "\#(receipt.randomizedAt)", "rand_no": "\#(receipt.number)"}"#
      #expect(try shown() == [told])
      let later = walk.pressed.advanced(bySeconds: 60)
      #expect(try await world.installation.at(later).deriveAll(in: world.trial).differing == 0)
      #expect(try shown() == [told])
      for role in ["coordinator", "data_manager", "statistician"] {
        let isOfSite = role == "coordinator"
        let file = try await world.installation.at(later).entryFile(
          walk.key, FormID(parsing: "RANDRES"), VisitCode(parsing: "RND"),
          as: isOfSite
            ? try await world.actor(role, at: walk.way.site, now: later)
            : try await world.actor(role, now: later))
        #expect(file.entry.answers[try FieldID(parsing: "rand_no")]?.text == receipt.number)
      }
    }
  }

  @Test
  func `a relapse is worked out for its reader: blinded people know the part of the questionnaire`()
    async throws
  {
    try await ReferenceTrial.run { world in
      try await Self.relapsed(world) { room, key, office in
        try room.enter("FUTX", "F1", ["kind": "ECT", "rescue_on": "2027-06-20"], of: key)
        let told = ["responder": "true", "qids": "true", "qids_on": "2027-06-02"]
        let all = told.merging([
          "rescue": "true", "rescue_on": "2027-06-20",
        ]) { $1 }
        // Before anything is kept, and after.
        for isKept in [false, true] {
          if isKept { _ = try await office.deriveAll(in: world.trial) }
          for role in ["data_manager", "statistician"] {
            #expect(try await Self.answers(role, "F1", key, room, office) == told)
          }
          #expect(try await Self.answers("stat_unblinded", "F1", key, room, office) == all)
          // Without a questionnaire at the visit nothing is said of it.
          #expect(
            try await Self.answers("data_manager", "F6", key, room, office)
              == ["responder": "true", "qids_on": "2027-06-02"])
          for role in ["coordinator", "monitor", "investigator"] {
            #expect(
              await refusal { _ = try await Self.answers(role, "F1", key, room, office) }
                == .notFound)
          }
        }
      }
    }
  }

  @Test
  func `an entry that is saved or voided changes what is worked out of it, and no other does`()
    async throws
  {
    try await ReferenceTrial.run { world in
      try await Self.relapsed(world) { room, key, office in
        let visit = try VisitCode(parsing: "F1")
        let form = try FormID(parsing: "FUTX")
        let coordinator = try await room.anybody("treat_coordinator")
        func save(_ kind: String, number: Int, version: Int = 0) async throws -> Int {
          try await office.saveEntry(
            key, form, visit, number: number,
            EntrySubmission(
              answers: try Walk.answers(["kind": kind, "start": "2027-01-20"]),
              expectedVersion: version, isFinal: true,
              reason: version == 0 ? "" : "read again"), as: coordinator
          ).number
        }
        try world.direct().run(
          """
          set session_replication_role = replica;
          update outcome.entries set submitted_at = submitted_at - interval '130 days'
          """)
        let number = try await save("KET", number: 0)
        #expect(
          try Self.kept(world, "treatment").last
            == "1 1.0 rescue=true rescue_on=2027-01-20")
        _ = try await save("ANTIDEP", number: number, version: 1)
        #expect(
          try Self.kept(world, "treatment").last == "2 1.0 rescue=false")
        let second = try await save("ESK", number: 0)
        #expect(try Self.kept(world, "treatment").count == 3)
        _ = try await office.voidEntry(
          key, form, visit, number: second, version: 1, reason: "entered twice", as: coordinator)
        #expect(
          try Self.kept(world, "treatment").last == "4 1.0 rescue=false")
        #expect(
          try world.direct().lines(
            "select action || ' ' || field from treatment.audit where object like '%RELAPSE@F1%' order by seq"
          ).suffix(2) == ["worked out rescue", "worked out rescue_on"])
      }
    }
  }

  @Test
  func
    `NI-1: a new version is stamped on what blinded people read when it comes into force, by no act of treatment`()
    async throws
  {
    try await ReferenceTrial.run { world in
      let room = try await CheckRoom(world, arms: 2)
      try room.clear()
      let keys = room.byArm.values.map(\.key)
      let walk = try #require(room.byArm.values.first)
      for key in keys {
        try room.enter("MADRS", "BL", ["total": "30"], of: key)
        try room.enter("MADRS", "EOT", ["total": "15"], of: key)
      }
      _ = try await world.installation.at(room.now).deriveAll(in: world.trial)
      /// What stands of the forms in the classes of blinded people, with its instants.
      func told() throws -> [String] {
        try world.direct().lines(
          """
          select form || ' ' || participant || ' ' || visit || ' ' || version || ' ' || definition || ' ' || derived_at
            from (select * from open.derived_values union all select * from outcome.derived_values) d
           where participant = any (array[\(keys.map { "'\($0)'" }.joined(separator: ","))])
           order by 1
          """)
      }
      func forms(of version: String) throws -> [String] {
        Array(Set(try told().filter { $0.contains(" \(version) ") }.map { String($0.prefix(7)) }))
          .sorted()
      }
      #expect(try forms(of: "1.0") == ["RANDRES", "RELAPSE"])
      func treat(_ key: ParticipantKey, at now: UTCInstant) async throws {
        _ = try await world.installation.at(now).saveEntry(
          key, FormID(parsing: "FUTX"), VisitCode(parsing: "F1"), number: 0,
          EntrySubmission(
            answers: try Walk.answers(["kind": "ANTIDEP", "start": "2027-01-20"]),
            expectedVersion: 0, isFinal: true),
          as: try await world.actor("treat_coordinator", at: ReferenceTrial.london, now: now))
      }
      // In force at once: everybody's forms are of the new version before anybody saves anything.
      try await StudyAmendment(world: world, now: room.now).bring(try StudyAmendment.source("2.0"))
      var stamped = try told()
      let saved = room.now.advanced(bySeconds: 3600)
      try await treat(keys[0], at: saved)
      #expect(try told() == stamped)
      #expect(try forms(of: "2.0") == ["RANDRES", "RELAPSE"])
      #expect(stamped.count { $0.contains(" 2.0 ") } == stamped.count { $0.contains(" 1.0 ") })
      #expect(
        try world.direct().lines(
          "select participant || ' ' || definition from treatment.derived_values where visit = 'F1' order by version"
        ).last == "\(keys[0]) 2.0")
      // From a later day: neither a save of treatment on that day tells of it, nor a question about treatment that
      // was due then; the derivation of the day stamps everybody.
      let amendment = StudyAmendment(world: world, now: saved)
      let today = try CalendarDate(parsing: try Walk.date(saved, ReferenceTrial.london))
      try await amendment.approve(try await amendment.draft(try StudyAmendment.source("3.0")))
      try await amendment.putInForce("3.0", at: ReferenceTrial.london, from: today.advanced(by: 1))
      try await WaitingCheckTests.happens(
        walk, serious: "Y", after: saved.seconds(since: walk.instant(16)))
      stamped = try told()
      let next = saved.advanced(bySeconds: 86_460)
      try await treat(keys[1], at: next)
      #expect(try told() == stamped)
      let trial = try await world.installation.trial(world.trial.key)
      #expect(try await world.installation.at(next).goSafetyRound(of: trial).looked == 1)
      #expect(try told() == stamped)
      _ = try await world.installation.at(next).deriveAll(in: trial)
      #expect(try forms(of: "3.0") == ["RANDRES", "RELAPSE"])
      #expect(
        try told().count { $0.contains(" 3.0 ") } == stamped.count { $0.contains(" 2.0 ") })
    }
  }

  @Test
  func
    `what could not be worked out after a save is an open data query of its class, told, and made good`()
    async throws
  {
    try await ReferenceTrial.run { world in
      try await Self.relapsed(world) { room, key, office in
        let (form, visit) = (try FormID(parsing: "FUTX"), try VisitCode(parsing: "F1"))
        let coordinator = try await room.anybody("treat_coordinator")
        let said = Sayings()
        var telling = office
        telling.tells = { said.add($0) }
        let desk = telling
        try world.direct().run(
          """
          set session_replication_role = replica;
          update outcome.entries set submitted_at = submitted_at - interval '130 days'
          """)
        let grant = "execute on function treatment.keep_derived(text, text, text, jsonb, text)"
        try world.direct().run("revoke \(grant) from eq_committee")
        func save(_ kind: String, version: Int) async throws -> Int {
          let submission = EntrySubmission(
            answers: try Walk.answers(["kind": kind, "start": "2027-01-20"]),
            expectedVersion: version, isFinal: true, reason: version == 0 ? "" : "read again")
          let saved: SavedEntry = try await desk.saveEntry(
            key, form, visit, number: version == 0 ? 0 : 1, submission, as: coordinator)
          return saved.version
        }
        func waiting(_ schema: String) throws -> [String] {
          try world.direct().lines(
            """
            select form || '@' || visit || '#' || repeat || ' ' || rule from \(schema).data_queries
             where state <> 'closed' order by query_no
            """)
        }
        // The save stands.
        #expect(try await save("KET", version: 0) == 1)
        #expect(try waiting("treatment") == ["FUTX@F1#1 SYS-DERIVE"])
        #expect(try waiting("open") == [])
        #expect(try waiting("outcome") == [])
        #expect(said.lines.count == 1)
        let line = said.lines.first ?? ""
        #expect(
          line.contains("SQLSTATE 42501") && !line.contains(key.text) && !line.contains("FUTX"))
        // Who answers for such data finds it, and no blinded person does.
        let manager = try await world.actor("data_manager_u", now: room.now)
        #expect(
          try await desk.openQueries(as: manager).map(\.rule) == ["SYS-DERIVE"])
        let blinded = try await world.actor("data_manager", now: room.now)
        #expect(try await desk.openQueries(as: blinded).isEmpty)
        // While it fails there is one, whoever saves how often; each round counts it.
        #expect(try await save("ESK", version: 1) == 2)
        #expect(try waiting("treatment") == ["FUTX@F1#1 SYS-DERIVE"])
        let failing = try await desk.goSafetyRound(of: world.trial)
        #expect(failing.owed == 1)
        #expect(try Self.kept(world, "treatment") == [])

        try world.direct().run("grant \(grant) to eq_committee")
        let round = try await desk.goSafetyRound(of: world.trial)
        #expect(round.owed == 0)
        #expect(try waiting("treatment") == [])
        #expect(try Self.kept(world, "treatment").last?.contains("rescue_on=2027-01-20") == true)
        #expect(
          try world.direct().refusal(
            of: """
              set role eq_treating; select treatment.owe_derivation('\(key)', 'FUTX', 'F1', 1, 'text')
              """) == "42501")
      }
    }
  }

  @Test
  func `what was worked out is exported in a file of its own, without the fields above its class`()
    async throws
  {
    try await ReferenceTrial.run { world in
      try await Self.relapsed(world) { room, key, office in
        try room.enter("FUTX", "F1", ["kind": "ECT", "rescue_on": "2027-05-20"], of: key)
        _ = try await office.deriveAll(in: world.trial)
        let trial = world.trial.id
        let lines = try await world.installation.store.session(
          .committee, RequestContext(trial: trial, actor: nil, role: "", sites: .all)
        ) { session in
          try [DataClass.open, .outcome].map {
            try session.entryLines(of: $0, in: trial).joined(separator: "\n")
          }
        }
        let export = try LockedExport(
          try TrialSnapshot(contents: lines), strata: [], definition: world.definition,
          certificate: LockCertificate(
            study: "kap-ect", protocolNumber: "KAPECT-01", definitionVersion: "1.0", snapshot: 1,
            lockedAt: "2027-12-01T08:00:00Z", software: "test", planDigest: "", signers: []),
          publicKey: [], sign: { _ in [] })
        let file = try #require(export.blinded.first { $0.path == "derived/RELAPSE.csv" })
        let rows = String(decoding: file.bytes, as: UTF8.self).split(whereSeparator: \.isNewline)
        #expect(
          rows.first
            == "participant,visit,repeat,version,status,responder,responder__why,qids,qids__why,qids_on,qids_on__why"
        )
        #expect(
          rows.dropFirst().first == "\(key),F1,1,1,derived,true,,true,,2027-06-02,")
        #expect(rows.count == 5)
        // Not even the names of what tells a treatment stand in a blinded file.
        for blinded in export.blinded {
          let text = String(decoding: blinded.bytes, as: UTF8.self)
          #expect(!text.contains("rescue") && !text.contains("event_on"), "\(blinded.path)")
        }
      }
    }
  }
}
