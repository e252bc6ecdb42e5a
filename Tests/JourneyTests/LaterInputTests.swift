import Simulation
import Store
import StudyModel
import Testing

@testable import Conduct

/// Checks whose inputs come after the entry they are made on, by whoever saves them.
@Suite(.serialized) struct LaterInputTests {
  private static func queries(_ world: ReferenceTrial, _ rule: String) throws -> [String] {
    try ["open", "outcome", "treatment"].flatMap { schema in
      try world.direct().lines(
        """
        select '\(schema) ' || form || '@' || visit || '#' || repeat || ' ' || state from \(schema).data_queries
         where rule = '\(rule)' order by query_no
        """)
    }
  }

  private static func deviations(_ world: ReferenceTrial, _ type: String) throws -> [String] {
    try ["open", "outcome", "treatment"].flatMap { schema in
      try world.direct().lines(
        """
        select '\(schema) ' || form || '@' || visit || ' ' || status from \(schema).deviations
         where type = '\(type)' order by deviation
        """)
    }
  }

  private static func medicate(
    _ walk: Walk, _ atc: String, end: String? = nil, at now: UTCInstant
  ) async throws {
    var values = [
      "drug": "Something", "atc": atc, "start": "2026-12", "ongoing": end == nil ? "true" : "false",
    ]
    values["end"] = end
    _ = try await walk.world.installation.at(now).saveEntry(
      walk.key, FormID(parsing: "CM"), VisitCode(parsing: "SCR"), number: 0,
      EntrySubmission(answers: try Walk.answers(values), expectedVersion: 0, isFinal: true),
      as: try await walk.world.actor("coordinator", at: walk.way.site, now: now))
  }

  @Test
  func
    `EC-CM-02: a prohibited medication of screening is asked about, and drafted, once there is a day 0`()
    async throws
  {
    try await ReferenceTrial.run { world in
      let walk = try await Walk.ready(world)
      try await Self.medicate(walk, " n06 af03", at: walk.instant(1))
      try await Self.medicate(walk, "N02BE01", at: walk.instant(1))
      try await Self.medicate(
        walk, "N06AF03", end: try Walk.date(walk.instant(2), walk.way.site), at: walk.instant(3))
      #expect(try Self.queries(world, "EC-CM-02").isEmpty)
      #expect(try Self.deviations(world, "IMP-PROHIB").isEmpty)
      let receipt = try await walk.randomize()
      #expect(try Self.queries(world, "EC-CM-02") == ["open CM@SCR#1 open"])
      #expect(try Self.deviations(world, "IMP-PROHIB") == ["open CM@SCR DRAFT"])
      // The same request again, and every later look, asks nothing twice.
      #expect(try await walk.randomize() == receipt)
      let later = world.installation.at(walk.instant(12))
      _ = try await later.deriveAll(in: world.trial)
      #expect(try Self.queries(world, "EC-CM-02") == ["open CM@SCR#1 open"])
      #expect(try Self.deviations(world, "IMP-PROHIB") == ["open CM@SCR DRAFT"])
      // What a person closed is not asked again for the same answers.
      let manager = try await world.actor("data_manager", now: walk.instant(12))
      let query = try #require(
        try await later.openQueries(as: manager).first { $0.rule == "EC-CM-02" })
      try await later.closeQuery(query.address, reason: "judged, see the deviation", as: manager)
      _ = try await later.deriveAll(in: world.trial)
      #expect(try Self.queries(world, "EC-CM-02") == ["open CM@SCR#1 closed"])
    }
  }

  @Test
  func
    `EC-CROSS-01: a rating after the session is asked about on the session, whichever is saved last`()
    async throws
  {
    try await ReferenceTrial.run { world in
      let room = try await CheckRoom(world, arms: 1)
      let walk = try #require(room.byArm.values.first)
      try room.clear()
      let rated = walk.instant(38)
      func session(_ form: String, _ visit: String, _ field: String, hoursBefore: Int64) throws {
        try room.enter(
          form, visit, [field: rated.advanced(bySeconds: -hoursBefore * 3600).description],
          of: walk.key)
      }
      try session("KDOSE", "K6", "end", hoursBefore: 5)
      try session("KDOSE", "K5", "end", hoursBefore: 26)
      try session("ECTREC", "E9", "discharged_at", hoursBefore: 20)
      let (rater, task) = try await walk.book("EOT", at: rated)
      try await walk.saveRating(
        task.token, total: 12, as: rater, at: rated.advanced(bySeconds: 1800))
      // In class treatment only: the rater and everybody blinded is told nothing.
      #expect(
        try Self.queries(world, "EC-CROSS-01")
          == ["treatment ECTREC@E9#1 open", "treatment KDOSE@K6#1 open"])
      // With the day of the session mended the query goes, by the program.
      try session("KDOSE", "K6", "end", hoursBefore: 30)
      _ = try await world.installation.at(rated).deriveAll(in: world.trial)
      #expect(
        try Self.queries(world, "EC-CROSS-01")
          == ["treatment ECTREC@E9#1 open", "treatment KDOSE@K6#1 closed"])
      // And comes back with the fault: no person had closed it.
      try session("KDOSE", "K6", "end", hoursBefore: 5)
      _ = try await world.installation.at(rated).deriveAll(in: world.trial)
      #expect(
        try Self.queries(world, "EC-CROSS-01") == [
          "treatment ECTREC@E9#1 open", "treatment KDOSE@K6#1 closed", "treatment KDOSE@K6#1 open",
        ])
    }
  }

  @Test
  func `EC-ELIG-05: a preference changed after eligibility was signed is asked about and no draw`()
    async throws
  {
    try await ReferenceTrial.run { world in
      let walk = try await Walk.ready(world)
      func prefer(_ declined: String, expected: Int, day: Int64) async throws {
        try await walk.save(
          "PREF", "BL", ["pref": "KET", "pref_strength": "9", "would_decline": declined],
          expected: expected, reason: "said so today", at: walk.instant(day))
      }
      func met() async throws -> Bool {
        try await world.installation.at(walk.pressed).readiness(
          of: walk.key,
          as: try await world.actor("coordinator", at: walk.way.site, now: walk.pressed)
        ).first { $0.code == "RND-04" }?.isMet ?? false
      }
      #expect(try await met())
      try await prefer("ECT", expected: 1, day: 8)
      // The query is where what broke the check stands: who signs eligibility reads no preference.
      #expect(try Self.queries(world, "EC-ELIG-05") == ["outcome PREF@BL#1 open"])
      #expect(
        try world.direct().text(
          "select is_blocking::text || field from outcome.data_queries where rule = 'EC-ELIG-05'")
          == "truewould_decline")
      #expect(try await met() == false)
      let drawn = await refusal {
        _ = try await walk.randomize(requestKey: "contradicted-eligibility-1")
      }
      #expect(drawn?.code == "not_ready")
      // With what contradicts it the query goes, whichever of the two is mended.
      try await prefer("NONE", expected: 2, day: 8)
      #expect(try Self.queries(world, "EC-ELIG-05") == ["outcome PREF@BL#1 closed"])
      #expect(try await met())
      try await prefer("KAP,ECT", expected: 3, day: 8)
      try await walk.save(
        "ELIG", "SCR", walk.criteria().merging(["I11": "N"]) { $1 }, expected: 1,
        reason: "declines two", at: walk.instant(8))
      #expect(
        try Self.queries(world, "EC-ELIG-05")
          == ["outcome PREF@BL#1 closed", "outcome PREF@BL#1 closed"])
    }
  }

  @Test func `what refuses a save asks about what stands, once what it reads was changed`()
    async throws
  {
    try await ReferenceTrial.run { world in
      let walk = try await Walk.ready(world)
      try await walk.pregnancy(
        "SCR", "POS", expected: 1, reason: "read wrongly", at: walk.instant(4))
      #expect(try Self.queries(world, "EC-ELIG-04") == ["open ELIG@SCR#1 open"])
      #expect(
        try world.direct().text(
          "select is_blocking::text from open.data_queries where rule = 'EC-ELIG-04'") == "true")
      try await walk.pregnancy(
        "SCR", "NEG", expected: 2, reason: "read again", at: walk.instant(5))
      #expect(try Self.queries(world, "EC-ELIG-04") == ["open ELIG@SCR#1 closed"])
    }
  }

  @Test func `what a person closed holds for the values it was closed about, and for no others`()
    async throws
  {
    try await ReferenceTrial.run { world in
      let walk = try await Walk.ready(world)
      _ = try await walk.randomize()
      var (before, after) = (0, 0)
      func weigh(_ weight: String, height: String = "180", at now: UTCInstant) async throws {
        before = try await walk.save(
          "WT", "SCR", ["height": height, "weight": weight], expected: before,
          reason: "read again", at: now)
      }
      func weighLater(_ values: [String: String], at now: UTCInstant) async throws {
        after = try await walk.save(
          "WT", "EOT", values, expected: after, reason: "read again", at: now)
      }
      func close(at now: UTCInstant) async throws {
        let office = world.installation.at(now)
        let manager = try await world.actor("data_manager", now: now)
        let query = try #require(
          try await office.openQueries(as: manager).first { $0.rule == "EC-WT-01" })
        try await office.closeQuery(query.address, reason: "seen in the notes", as: manager)
      }
      func states() throws -> [String] {
        try Self.queries(world, "EC-WT-01").map {
          $0.replacing("open WT@EOT#1 ", with: "")
        }
      }
      try await weigh("70", at: walk.instant(9))
      try await weighLater(["weight": "100"], at: walk.instant(43))
      #expect(try states() == ["open"])
      try await close(at: walk.instant(44))
      _ = try await world.installation.at(walk.instant(45)).deriveAll(in: world.trial)
      #expect(try states() == ["closed"])
      // Another answer of the same form changes, and not the one the check reads.
      try await weigh("70", height: "181", at: walk.instant(46))
      #expect(try states() == ["closed"])
      // The weight it was closed about is another one, and the check still finds something.
      try await weigh("71", at: walk.instant(47))
      #expect(try states() == ["closed", "open"])
      try await close(at: walk.instant(48))
      // What was met meanwhile and is what it was at the closing is not asked again.
      try await weigh("95", at: walk.instant(49))
      try await weigh("71", at: walk.instant(50))
      _ = try await world.installation.at(walk.instant(51)).deriveAll(in: world.trial)
      #expect(try states() == ["closed", "closed"])
      // Of other values the program asks, and closes that by itself.
      try await weigh("75", at: walk.instant(52))
      #expect(try states() == ["closed", "closed", "open"])
      try await weigh("95", at: walk.instant(53))
      #expect(try states() == ["closed", "closed", "closed"])
      // What the program closed it asks again with the next save, though no answer of the form changed that
      // the check reads.
      try world.direct().run(
        """
        set session_replication_role = replica;
        update open.entries set answers = answers || '{"weight": "75"}' where form = 'WT' and visit = 'SCR';
        update open.entry_versions v set answers = v.answers || '{"weight": "75"}'
          from open.entries e
         where e.form = 'WT' and e.visit = 'SCR' and (v.trial_id, v.participant, v.form, v.visit, v.repeat, v.version)
             = (e.trial_id, e.participant, e.form, e.visit, e.repeat, e.version)
        """)
      try await weighLater(["weight": "100", "height": "180"], at: walk.instant(54))
      #expect(try states() == ["closed", "closed", "closed", "open"])
      // What a person closed it does not.
      try await close(at: walk.instant(55))
      try await weighLater(["weight": "100", "height": "179"], at: walk.instant(56))
      #expect(try states() == ["closed", "closed", "closed", "closed"])
    }
  }

  @Test func `no check looked at again on a form blinded people read has an input of treatment`()
    async throws
  {
    try await ReferenceTrial.run { world in
      var looked: Set<String> = []
      for form in world.definition.forms {
        for check in world.definition.checksLookedAtAgain(on: form) {
          looked.insert(check.place)
          for reference in form.everythingRead(by: check.condition) where reference.isOutside {
            let name = reference.form ?? form.id
            if name.text == StudyFact.formName {
              #expect(["visit", "day0", "consented_on"].contains(reference.field.text))
            } else {
              let read = try #require(world.definition.form(name))
              // What is found in the identity vault is declassified, or not looked at again.
              let isOfVault = read.dataClass == .identity && check.declassifiedBecause != nil
              #expect(
                isOfVault || read.dataClass <= max(form.dataClass, .outcome),
                "\(form.id) \(check.code)")
            }
          }
        }
      }
      #expect(looked.isSuperset(of: ["EC-CM-02@drug", "EC-CROSS-01@", "EC-WT-01@weight"]))
      // What reads an arm is read when somebody saves, and never by the program alone.
      #expect(!looked.contains { $0.hasPrefix("EC-ARM-01") || $0.hasPrefix("EC-PRP-01") })
      // The program alone looks again; where it draws allocations, not at what tells of treatment.
      for (login, schema) in [
        ("eq_open", "open"), ("eq_outcome", "outcome"), ("eq_treating", "treatment"),
        ("eq_rater", "open"), ("eq_reports", "open"), ("eq_allocator", "treatment"),
      ] {
        for act in [
          "look_again('101-0001', 'CM', 'SCR', 1, array['a@'], '[]')",
          "draft_once('101-0001', 'CM', 'SCR', '{}')", "closed_by_people('101-0001')",
          "values_at('101-0001', now())",
        ] {
          #expect(
            try world.direct(login, role: "coordinator").refusal(of: "select \(schema).\(act)")
              == "42501", "\(login)")
        }
      }
    }
  }

  @Test func `IMP-ADH: treatment ended with too few sessions is drafted, with enough it is not`()
    async throws
  {
    try await ReferenceTrial.run { world in
      let room = try await CheckRoom(world, arms: 1)
      let walk = try #require(room.byArm.values.first)
      func end(_ reason: String, number: Int) async throws {
        let now = room.now
        _ = try await world.installation.at(now).saveEntry(
          walk.key, FormID(parsing: "TXDISC"), VisitCode(parsing: "UNS"),
          EntrySubmission(
            answers: try Walk.answers([
              "reason": reason, "last_session": try Walk.date(now, walk.way.site),
              "by_whom": "CLIN",
            ]), expectedVersion: number, isFinal: true, reason: "more is known"),
          as: try await world.actor("treat_coordinator", at: walk.way.site, now: now))
      }
      try room.clear()
      try await end("REMIT", number: 0)
      #expect(try Self.deviations(world, "IMP-ADH").isEmpty)
      // Enough of every arm, so that it is enough of this one.
      for number in 1...9 {
        try room.enter("ECTTX", "E\(number)", ["adequate": "true", "eeg_s": "40"], of: walk.key)
        guard number <= 6 else { continue }
        try room.enter("KDOSE", "K\(number)", ["given_mg": "35", "dose_mg": "35"], of: walk.key)
        try room.enter("INTEG", "G\(number)", ["start": "2027-01-20T10:00:00Z"], of: walk.key)
      }
      for number in 1...2 {
        try room.enter("PREP", "P\(number)", ["start": "2027-01-14T10:00:00Z"], of: walk.key)
      }
      try await end("AE", number: 1)
      #expect(try Self.deviations(world, "IMP-ADH").isEmpty)
      try world.direct().run(
        "set session_replication_role = replica; delete from treatment.entries where form <> 'TXDISC'"
      )
      try await end("LOE", number: 2)
      #expect(try Self.deviations(world, "IMP-ADH") == ["treatment TXDISC@UNS DRAFT"])
    }
  }

  @Test
  func `EC-GEN-01: a person named on a form has had a role the question asks for, at the site`()
    async throws
  {
    try await ReferenceTrial.run { world in
      let walk = try await Walk.ready(world)
      let now = walk.instant(10)
      let interview = [
        "mde": "Y", "psychotic_now": "N", "bipolar": "N", "sud_mod": "N", "dx_code": "F32.2",
      ]
      let berlin = try await world.actor("coordinator", at: ReferenceTrial.berlin)
      let therapist = try await world.actor("therapist", at: walk.way.site)
      let own = try await world.actor("investigator", at: walk.way.site)
      for name in ["nobody-here", berlin.username, therapist.username] {
        let refused = await refusal {
          try await walk.save(
            "MINI", "SCR", interview.merging(["interviewer": name]) { $1 }, at: now)
        }
        guard case .invalid(let faults) = refused else {
          Issue.record("\(name) was taken: \(String(describing: refused))")
          continue
        }
        #expect(faults.map(\.code) == ["EC-GEN-01"] && faults.first?.field == "interviewer")
      }
      try await walk.save(
        "MINI", "SCR", interview.merging(["interviewer": own.username]) { $1 }, at: now)
      // A consent names somebody real as well, before there is a participant.
      let coordinator = try await world.actor("coordinator", at: walk.way.site, now: now)
      func consent(_ name: String) async -> ActRefusal? {
        await refusal {
          _ = try await world.installation.at(now).consent(
            ConsentRequest(
              initials: "XY", birthYear: 1980, sex: "M",
              consent: try Walk.answers([
                "icf_ver": "1.0", "icf_dt": now.description, "icf_copy": "true",
                "who_explained": name, "opt_recording": "true", "opt_future": "true",
                "opt_remote": "true", "vdate": try Walk.date(now, walk.way.site), "done": "Y",
              ])), as: coordinator)
        }
      }
      #expect(await consent("nobody-here")?.code == "invalid")
      #expect(await consent(coordinator.username) == nil)
      // A reason of blanks changes nothing.
      #expect(
        await refusal {
          try await walk.save(
            "MINI", "SCR", interview.merging(["interviewer": coordinator.username]) { $1 },
            expected: 1, reason: "   ", at: now)
        } == .reasonMissing)
    }
  }

  @Test func `a planned repeat is entered once, and no other than those planned`() async throws {
    try await ReferenceTrial.run { world in
      let walk = try await Walk.ready(world)
      try await walk.treat(in: "KET")
      let now = walk.instant(14)
      func monitor(_ minute: String, number: Int = 0, expected: Int = 0) async -> ActRefusal? {
        await refusal {
          _ = try await world.installation.at(now).saveEntry(
            walk.key, FormID(parsing: "KMON"), VisitCode(parsing: "K1"), number: number,
            EntrySubmission(
              answers: try Walk.answers([
                "t_min": minute, "at": now.description, "sbp": "120", "dbp": "80",
                "hr": String(70 + expected),
                "spo2": "97", "moaas": "5",
              ]), expectedVersion: expected, isFinal: true, reason: "read again"),
            as: try await world.actor("ketamine_nurse", at: walk.way.site, now: now))
        }
      }
      #expect(await monitor("15")?.code == "invalid")
      #expect(await monitor("10") == nil)
      #expect(await monitor("10")?.code == "invalid")
      #expect(await monitor("20") == nil)
      // Its own correction keeps the point; it does not take that of another.
      #expect(await monitor("10", number: 1, expected: 1) == nil)
      #expect(await monitor("20", number: 1, expected: 2)?.code == "invalid")
    }
  }

  @Test func `a site opens when somebody holds every role the definition needs there`() async throws
  {
    try await ReferenceTrial.run { world in
      let lead = try await world.actor("sponsor_lead")
      let needed = world.definition.roles.filter(\.isNeededAtSites).map(\.id.text)
      #expect(
        Set(needed) == [
          "coordinator", "treat_coordinator", "investigator", "ketamine_nurse", "therapist",
          "ect_clinician", "pharmacist", "cog_assessor",
        ])
      let site = try SiteKey(parsing: "104")
      for role in needed {
        #expect(
          await refusal {
            try await world.installation.activateSite(site, reason: "ready", as: lead)
          }?.code == "site_staff_missing", "without \(role)")
        _ = try await world.actor(role, at: "104")
      }
      try await TrialSetUp.openSite(site, as: lead, world.installation)
    }
  }

  @Test func `equal decimals are not in dispute`() async throws {
    try await ReferenceTrial.run { world in
      let walk = try await Walk.ready(world)
      let now = walk.instant(10)
      try await walk.save("WT", "SCR", ["height": "170", "weight": "70.0"], at: now)
      let coordinator = try await world.actor("coordinator", at: walk.way.site, now: now)
      let file = try await world.installation.at(now).entryFile(
        walk.key, FormID(parsing: "WT"), VisitCode(parsing: "SCR"), as: coordinator)
      func differing(_ weight: String) throws -> [String] {
        let typed = file.entry.answers.merging(try Walk.answers(["weight": weight])) { $1 }
        return file.conflict(with: typed, readAt: 0).differences.map(\.field.id.text)
      }
      #expect(try differing("70.0").isEmpty && differing("70").isEmpty)
      #expect(try differing("70.1") == ["weight"])
    }
  }
}
