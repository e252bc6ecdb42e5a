import Conduct
import Store
import StudyModel
import Testing

/// Alerts, deviations drafted by rule, withdrawal and the lifecycles, on a real database.
@Suite(.serialized) struct SafetyTests {
  static func ids(_ form: String, _ visit: String) throws -> (FormID, VisitCode) {
    (try FormID(parsing: form), try VisitCode(parsing: visit))
  }

  static func count(_ world: ReferenceTrial, _ table: String) throws -> String {
    try world.direct().text("select count(*)::text from \(table)")
  }

  static let high = [
    "version": "slc", "q1": "Y", "q2": "Y", "q3": "Y", "q4": "Y", "q5": "N", "q6": "N",
  ]

  @Test func `an alert is raised with the value, seen by the physician, and acted on once`()
    async throws
  {
    try await ReferenceTrial.run { world in
      let walk = try await Walk.ready(world)
      _ = try await walk.randomize()
      #expect(try Self.count(world, "outcome.alerts") == "0")
      let now = walk.instant(17)
      try await walk.save("CSSRSS", "A1", Self.high, at: now)
      let office = world.installation.at(now)
      let physician = try await world.actor("investigator", at: walk.way.site, now: now)
      let alert = try #require(try await office.alerts(as: physician).first)
      #expect(alert.name == "SI_HIGH")
      #expect(alert.items.contains("high"))
      #expect(alert.raisedAt == now)
      #expect(alert.dueAt == now.advanced(bySeconds: 900))
      #expect(alert.urgency(at: now.advanced(bySeconds: 674)) == .open)
      #expect(alert.urgency(at: now.advanced(bySeconds: 675)) == .reminded)
      #expect(alert.urgency(at: now.advanced(bySeconds: 900)) == .escalated)
      // The coordinator knows that there is one, and nothing of what it is.
      let coordinator = try await world.actor("coordinator", at: walk.way.site, now: now)
      let notices = try await office.alertNotices(as: coordinator)
      #expect(notices.map(\.participant) == [walk.key.text])
      #expect(try await office.alerts(as: coordinator).isEmpty)
      #expect(
        await refusal {
          try await office.acknowledgeAlert(alert.alert, action: "seen", as: coordinator)
        } == .notFound)
      // Nobody of another site.
      let away = try await world.actor("investigator", at: ReferenceTrial.berlin, now: now)
      #expect(try await office.alerts(as: away).isEmpty)
      #expect(
        await refusal {
          try await office.acknowledgeAlert(alert.alert, action: "seen", as: away)
        } == .notFound)
      let silent = await refusal {
        try await office.acknowledgeAlert(alert.alert, action: " ", as: physician)
      }
      #expect(silent?.code == "invalid")
      _ = try await office.acknowledgeAlert(
        alert.alert, action: "Called, seen at once, plan agreed.", as: physician)
      let twice = await refusal {
        try await office.acknowledgeAlert(alert.alert, action: "Again.", as: physician)
      }
      #expect(twice?.code == "not_from_this_state")
      let acted = try #require(try await office.alerts(as: physician).first)
      #expect(acted.urgency(at: walk.instant(30)) == .acknowledged)
      #expect(acted.acknowledgedBy == physician.fullName)
      #expect(try await office.alertNotices(as: coordinator).isEmpty)
      // What somebody who knows arms did about it is of class treatment, whatever the class of the alert.
      #expect(acted.actionTaken == "Said in the treatment record.")
      #expect(
        try world.direct().lines(
          "select object || ': ' || reason from treatment.audit where action = 'alert acknowledged'"
        )
          == [
            "\(acted.participant)/\(acted.form)@\(acted.visit)#1: Called, seen at once, plan agreed."
          ])
      #expect(
        try world.direct().text(
          "select count(*)::text from outcome.audit where reason like '%plan agreed%'") == "0")
      // The site's audit trail of class open tells nothing of it.
      #expect(
        try world.direct().text("select count(*)::text from open.audit where action like '%alert%'")
          == "0")
    }
  }

  @Test func `an alert fires for ratings and questionnaires, and not when the save is refused`()
    async throws
  {
    try await ReferenceTrial.run { world in
      let walk = try await Walk.ready(world)
      _ = try await walk.randomize()
      let now = walk.instant(24)
      let (rater, task) = try await walk.book("A2", at: now)
      // Every item at 6: the tenth raises the alert.
      let refused = await refusal {
        try await walk.saveRating(
          task.token, total: 60, expected: 3, as: rater, at: now.advanced(bySeconds: 1800))
      }
      #expect(refused == .stale)
      #expect(try Self.count(world, "outcome.alerts") == "0")
      try await walk.saveRating(
        task.token, total: 60, as: rater, at: now.advanced(bySeconds: 1800))
      #expect(
        try world.direct().lines("select form || ' ' || name from outcome.alerts")
          == ["MADRS SI_HIGH"])
      let link = try await walk.issue("A2", at: now)
      var answers: [String: String] = [:]
      for item in 1...16 { answers["q" + (item < 10 ? "0" : "") + String(item)] = "0" }
      answers["q12"] = "2"
      try await world.installation.at(now).submitQuestionnaire(
        link: link, try Walk.answers(answers))
      let second = try world.direct().lines(
        "select form || ' ' || name || ' ' || (due_at at time zone 'Europe/London')::time from outcome.alerts order by form"
      )
      #expect(
        second == [
          "MADRS SI_HIGH "
            + (try world.direct().text(
              "select (due_at at time zone 'Europe/London')::time::text from outcome.alerts where form = 'MADRS'"
            )),
          "QIDSSR16 SI_POSITIVE 00:00:00",
        ])
      // The rater learns nothing of it by any statement of the login.
      let direct = try world.direct("eq_rater", role: "rater", actor: rater.user)
      for statement in [
        "select 1 from outcome.alerts", "select * from outcome.alerts_to_act_on()",
        "select * from outcome.alerts_that_exist()", "select 1 from open.deviations",
        "select 1 from outcome.drafts", "select 1 from outcome.data_queries",
      ] {
        #expect(direct.refusal(of: statement) == "42501", "\(statement)")
      }
    }
  }

  @Test func `a visit outside its window drafts one deviation, which a person judges`()
    async throws
  {
    try await ReferenceTrial.run { world in
      let walk = try await Walk.ready(world)
      _ = try await walk.randomize()
      // Day 12 of the study; A1 ends on day 10.
      let now = walk.instant(21)
      let low = ["version": "slc", "q1": "N", "q2": "N", "q6": "N"]
      try await walk.save("CSSRSS", "A1", low, at: now)
      let office = world.installation.at(now)
      let coordinator = try await world.actor("coordinator", at: walk.way.site, now: now)
      let drafted = try await office.deviations(as: coordinator)
      #expect(drafted.map(\.type) == ["MIN-WIN"])
      #expect(drafted.map(\.status) == ["DRAFT"])
      #expect(drafted.map(\.visit) == ["A1"])
      // Saved again on the same day it stays one.
      try await walk.save(
        "CSSRSS", "A1", low.merging(["q1": "Y"]) { $1 }, expected: 1, reason: "misread", at: now)
      #expect(try await office.deviations(as: coordinator).count == 1)
      let unsaid = await refusal {
        try await office.judgeDeviation(
          walk.key, number: 1, DeviationJudgement(isConfirmed: false, reason: ""),
          as: coordinator)
      }
      #expect(unsaid == .reasonMissing)
      for role in ["monitor", "treat_coordinator"] {
        let other = try await world.actor(role, at: walk.way.site, now: now)
        let refused = await refusal {
          try await office.judgeDeviation(
            walk.key, number: 1, DeviationJudgement(isConfirmed: true, reason: ""),
            as: other)
        }
        #expect(refused == .notFound, "\(role)")
      }
      // What the unblinded physician writes stays in the treatment record.
      let physician = try await world.actor("investigator", at: walk.way.site, now: now)
      try await office.judgeDeviation(
        walk.key, number: 1, DeviationJudgement(isConfirmed: false, reason: "away for an infusion"),
        as: physician)
      let judged = try #require(try await office.deviations(as: coordinator).first)
      #expect(judged.status == "REJECTED")
      #expect(!judged.reason.contains("infusion"))
      let twice = await refusal {
        try await office.judgeDeviation(
          walk.key, number: 1, DeviationJudgement(isConfirmed: true, reason: ""),
          as: coordinator)
      }
      #expect(twice?.code == "not_from_this_state")
      // A visit in its window drafts none.
      try await walk.save("CSSRSS", "A2", low, at: walk.instant(24))
      #expect(try await office.deviations(as: coordinator).count == 1)
    }
  }

  @Test func `a form without a date of its visit is judged by the day it is given`() async throws {
    try await ReferenceTrial.run { world in
      let walk = try await Walk.ready(world)
      _ = try await walk.randomize()
      // Its window is past, and the next visit is not yet there: what is done late keeps its code.
      let late = try await walk.issue("EOT", at: walk.instant(49))
      try await walk.hand(in: late, at: walk.instant(49, 900))
      let inTime = try await walk.issue("A1", at: walk.instant(17))
      try await walk.hand(in: inTime, at: walk.instant(17, 600))
      func asked() throws -> [String] {
        try world.direct().lines(
          """
          select form || ' ' || visit || ' ' || field from outcome.data_queries where rule = 'EC-GEN-04'
           order by form, visit
          """)
      }
      func drafted() throws -> [String] {
        try world.direct().lines(
          "select type || ' ' || form || ' ' || visit from open.deviations order by form, visit")
      }
      #expect(try asked() == ["QIDSSR16 EOT "])
      #expect(try drafted() == ["MIN-WIN QIDSSR16 EOT"])
      // A rating is of the day it began, whenever it is handed in.
      let (rater, task) = try await walk.book("A2", at: walk.instant(30))
      try await walk.saveRating(task.token, total: 20, as: rater, at: walk.instant(30))
      #expect(try asked().contains("MADRS A2 start"))
      #expect(try drafted().contains("MIN-WIN MADRS A2"))
      // A medication is no visit: it began when it began.
      _ = try await world.installation.at(walk.instant(17)).saveEntry(
        walk.key, FormID(parsing: "CM"), VisitCode(parsing: "A1"), number: 0,
        EntrySubmission(
          answers: try Walk.answers([
            "drug": "Sertraline", "start": "2026-12-20", "ongoing": "true", "indication": "mood",
          ]), expectedVersion: 0, isFinal: true),
        as: try await world.actor("coordinator", at: walk.way.site, now: walk.instant(17)))
      #expect(try drafted().allSatisfy { !$0.contains(" CM ") })
    }
  }

  @Test func `an early end more than 7 days after its decision is asked about and a departure`()
    async throws
  {
    try await ReferenceTrial.run { world in
      let walk = try await Walk.ready(world)
      _ = try await walk.randomize()
      try await walk.save(
        "WDR", "UNS",
        [
          "level": "W2", "by": "PART", "date": try Walk.date(walk.instant(20), walk.way.site),
          "storage_ok": "true",
        ], at: walk.instant(20))
      let calm = ["version": "slc", "q1": "N", "q2": "N", "q6": "N"]
      func found() throws -> [String] {
        try world.direct().lines(
          """
          select rule || ' ' || form || ' ' || state from outcome.data_queries where rule = 'EC-ET-02'
          union all select type || ' ' || form || ' ' || status from open.deviations where visit = 'ET'
           order by 1
          """)
      }
      try await walk.save("CSSRSS", "ET", calm, at: walk.instant(27))
      #expect(try found().isEmpty)
      try await walk.save(
        "CSSRSS", "ET", calm, expected: 1, reason: "wrong day", at: walk.instant(28))
      #expect(try found() == ["EC-ET-02 CSSRSS open", "MIN-WIN CSSRSS DRAFT"])
    }
  }

  @Test func `suicidal behaviour is asked about until a serious event of that time is taken in`()
    async throws
  {
    try await ReferenceTrial.run { world in
      let walk = try await Walk.ready(world)
      _ = try await walk.randomize()
      try await walk.save(
        "CSSRSS", "A1", ["version": "slc", "q1": "Y", "q2": "N", "q6": "Y"], at: walk.instant(17))
      func asked() throws -> [String] {
        try world.direct().lines(
          "select form || ' ' || visit || ' ' || state from outcome.data_queries where rule = 'EC-CSS-02'"
        )
      }
      #expect(try asked() == ["CSSRSS A1 open"])
      func takeIn(onset day: Int64) async throws {
        _ = try await world.installation.at(walk.instant(18)).saveEntry(
          walk.key, FormID(parsing: "SAEIN"), VisitCode(parsing: "UNS"), number: 0,
          EntrySubmission(
            answers: try Walk.answers([
              "aware_at": "\(walk.instant(17))", "criteria": "IME", "told_by": "PART",
              "onset": try Walk.date(walk.instant(day), walk.way.site), "what": "an attempt",
            ]), expectedVersion: 0, isFinal: true),
          as: try await world.actor("coordinator", at: walk.way.site, now: walk.instant(18)))
      }
      // What happened before the last time it was asked is another event.
      try await takeIn(onset: 1)
      #expect(try asked() == ["CSSRSS A1 open"])
      try await takeIn(onset: 16)
      #expect(try asked() == ["CSSRSS A1 closed"])
    }
  }

  @Test func `a withdrawal goes further and never back, and ends visits from its date`()
    async throws
  {
    try await ReferenceTrial.run { world in
      let walk = try await Walk.ready(world)
      _ = try await walk.randomize()
      func withdraw(_ level: String, expected: Int, on date: String, day: Int64) async throws {
        try await walk.save(
          "WDR", "UNS", ["level": level, "by": "PART", "date": date, "storage_ok": "true"],
          expected: expected, reason: "said so", at: walk.instant(day))
        // It holds from the investigator's signature, not before.
        let before = try world.direct().text(
          "select coalesce(withdrawal_level, '') || ' ' || state from open.participants")
        #expect(before.hasPrefix(level) == false)
        try await walk.sign("WDR", "UNS", version: expected + 1, at: walk.instant(day, 60))
      }
      let day18 = try Walk.date(walk.instant(18), walk.way.site)
      try await withdraw("W2", expected: 0, on: day18, day: 18)
      let low = ["version": "slc", "q1": "N", "q2": "N", "q6": "N"]
      // A visit before is still entered; one after is not; a rating is not booked.
      try await walk.save(
        "CSSRSS", "A1",
        low.merging([
          "vdate": try Walk.date(walk.instant(17), walk.way.site), "done": "Y",
        ]) { $1 }, hasHeader: false, at: walk.instant(19))
      let late = await refusal { try await walk.save("CSSRSS", "A2", low, at: walk.instant(24)) }
      guard case .invalid(let faults)? = late else {
        Issue.record("\(String(describing: late))")
        return
      }
      #expect(faults.map(\.code) == ["EC-GEN-06"])
      #expect(await refusal { try await walk.book("EOT", at: walk.instant(38)) } == .noFurtherData)
      // Questionnaires go on after W2 and end with W3.
      let link = try await walk.issue("A2", at: walk.instant(24))
      try await walk.hand(in: link, at: walk.instant(24, 60))
      try await withdraw(
        "W3", expected: 1, on: try Walk.date(walk.instant(25), walk.way.site), day: 25)
      #expect(
        await refusal { try await walk.issue("A3", at: walk.instant(31)) } == .noFurtherData)
      let back = await refusal {
        try await withdraw("W2", expected: 2, on: day18, day: 26)
      }
      #expect(back?.code == "not_from_this_state")
      #expect(
        try world.direct().text(
          "select withdrawal_level || ' ' || state from open.participants") == "W3 withdrawn")
    }
  }

  @Test func `a participant moves along the table of the protocol and no other way`() async throws {
    try await ReferenceTrial.run { world in
      let walk = try await Walk.ready(world)
      _ = try await walk.randomize()
      func move(_ move: ParticipantMove, by role: String = "coordinator", day: Int64) async throws {
        let now = walk.instant(day)
        try await world.installation.at(now).moveParticipant(
          walk.key, move, as: try await world.actor(role, at: walk.way.site, now: now))
      }
      func state() throws -> String {
        try world.direct().text("select state from open.participants")
      }
      func date(_ day: Int64) throws -> CalendarDate {
        try CalendarDate(parsing: try Walk.date(walk.instant(day), walk.way.site))
      }
      func attempts(_ days: [Int64], _ channels: [String]) throws -> [ContactAttempt] {
        try zip(days, channels).map { ContactAttempt(date: try date($0), channel: $1) }
      }
      for early in [
        ParticipantMove.screenFailed, .notRandomized(reason: "changed mind"),
        .regained(reason: "called back"),
      ] {
        #expect(await refusal { try await move(early, day: 20) } != nil)
      }
      #expect(
        await refusal { try await move(.completed, day: 100) }?.code == "last_visit_open")
      for few in [
        try attempts([40, 50], ["phone", "letter"]),
        try attempts([40, 50, 60], ["phone", "letter", "phone"]),
        try attempts([40, 50, 61], ["phone", "phone", "phone"]),
        try attempts([40, 50, 90], ["phone", "letter", "phone"]),
      ] {
        #expect(await refusal { try await move(.lost(few), day: 70) }?.code == "too_few_attempts")
      }
      #expect(try state() == "randomized")
      try await move(.lost(try attempts([40, 50, 61], ["phone", "letter", "phone"])), day: 70)
      #expect(try state() == "lost")
      try await move(.regained(reason: "called back"), day: 80)
      #expect(try state() == "followed")
      #expect(
        await refusal { try await move(.died(try date(81)), by: "coordinator", day: 82) }
          == .notFound)
      // Day 224 of the study: without the last visit it is completed after its time, where there was contact.
      let unseen = await refusal { try await move(.completed, day: 9 + 224) }
      #expect(unseen?.code == "not_by_protocol")
      try await walk.save(
        "EOS", "UNS", ["status": "COMP", "last_contact": try date(9 + 200).description],
        at: walk.instant(9 + 224))
      try await move(.completed, day: 9 + 224)
      #expect(try state() == "completed")
      let dead = await refusal {
        try await move(.died(try date(240)), by: "investigator", day: 241)
      }
      #expect(dead?.code == "not_from_this_state")
      // The database itself refuses a leap, whoever asks.
      for to in ["screening", "followed", "randomized", "died"] {
        #expect(
          try world.direct().refusal(of: "update open.participants set state = '\(to)'") == "EQ409")
      }
    }
  }

  @Test func `a site goes through every step, and closed is closed`() async throws {
    try await ReferenceTrial.run { world in
      let lead = try await world.actor("sponsor_lead")
      let site = try SiteKey(parsing: ReferenceTrial.berlin)
      let steps = try world.direct().lines(
        "select old || '>' || new from open.audit where object = 'site 103' and field = 'state' order by seq"
      )
      #expect(steps == ["planned>selected", "selected>initiated", "initiated>active"])
      try await world.installation.suspendSite(site, reason: "staff on leave", as: lead)
      // Back needs a reason as well, and blanks are none.
      for reason in ["", "  ", " ok  "] {
        #expect(
          await refusal {
            try await world.installation.activateSite(site, reason: reason, as: lead)
          } == .reasonMissing)
      }
      try await world.installation.activateSite(site, reason: "staff back", as: lead)
      try await world.installation.closeSite(site, reason: "the site has ended", as: lead)
      let again = await refusal {
        try await world.installation.activateSite(site, reason: "once more", as: lead)
      }
      #expect(again?.code == "not_from_this_state")
      #expect(
        try world.direct().refusal(
          of: "update open.sites set state = 'active' where site_key = '104'") == "EQ409")
    }
  }
}
