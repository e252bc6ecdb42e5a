import Conduct
import Foundation
import Store
import StudyModel
import Testing

@testable import Simulation

/// What happens beside the visits: queries, corrections, alerts, events, disclosures, amendments.
struct LaterActs {
  let teller: Teller

  init(_ teller: Teller) { self.teller = teller }

  private var world: World { teller.world }
  private var randomized: [SimulatedParticipant] {
    // Those of the first site first: it has everybody whom the acts need.
    let all = teller.participants.filter { $0.randomizedAt != nil }
    return all.filter { $0.site.text == "101" } + all.filter { $0.site.text != "101" }
  }

  func tell() async throws {
    try await review()
    try await waitingThings()
    if teller.story.isTreated { try await treatment() }
    try await newcomers()
    try await disclosures()
    try await study()
    await teller.act("round") {
      let office = world.installation.at(teller.day(69))
      _ = try await office.goSafetyRound(of: try await office.trial(world.trial.key))
    }
  }

  private func person(_ number: Int) throws -> SimulatedParticipant {
    guard randomized.indices.contains(number) else { throw ActRefusal.notFound }
    return randomized[number]
  }

  private func key(_ number: Int) throws -> ParticipantKey { try #require(try person(number).key) }

  private func site(_ number: Int) throws -> String {
    String(try key(number).text.prefix(3))
  }

  @discardableResult
  private func enter(
    _ form: String, _ visit: String, _ values: [String: String], by role: String, of number: Int,
    repeat place: Int = 1, expected: Int = 0, isFinal: Bool = true, reason: String = "",
    at now: UTCInstant
  ) async throws -> Int {
    let acting = try await teller.actor(role, at: try site(number), now)
    let form = try #require(acting.definition.form(FormID(parsing: form)))
    let today = try SiteClock(zone: try site(number) == "101" ? "Europe/London" : "Europe/Berlin")
      .date(at: now)
    var given: [FieldID: FieldAnswer] = [:]
    for (name, value) in values { given[try FieldID(parsing: name)] = .value(value) }
    let plain = PlainAnswers(on: today, at: now, by: acting.username)
    return try await world.installation.at(now).saveEntry(
      try key(number), form.id, VisitCode(parsing: visit), number: place,
      EntrySubmission(
        answers: plain.answers(to: form, with: given), expectedVersion: expected, isFinal: isFinal,
        reason: reason), as: acting
    ).version
  }

  // MARK: Review

  private func review() async throws {
    let now = teller.day(66)
    let office = world.installation.at(now)
    let (demographics, screening) = (try FormID(parsing: "DM"), try VisitCode(parsing: "SCR"))
    await teller.act("queries") {
      let manager = try await teller.actor("data_manager", now)
      let monitor = try await teller.actor("monitor", at: "101", now)
      for (number, form) in [(0, "DM"), (1, "ELIG"), (0, "ICF")] {
        let query = try await office.openQuery(
          try key(number), FormID(parsing: form), screening, field: "",
          text: "Please compare with the source.", isBlocking: number == 1,
          as: form == "ELIG" ? monitor : manager)
        guard form != "ICF" else { continue }
        try await office.answerQuery(
          QueryAddress(query, in: .open), answer: "Compared, it is right.",
          as: try await teller.actor("coordinator", at: "101", now))
        guard form == "DM" else { continue }
        try await office.closeQuery(QueryAddress(query, in: .open), reason: "agreed", as: manager)
      }
      _ = try await office.openQuery(
        try key(0), FormID(parsing: "MADRS"), VisitCode(parsing: "BL"), field: "",
        text: "Was the call complete?", isBlocking: false, as: manager)
    }
    await teller.act("verification") {
      _ = try await office.verifySource(
        try key(0), demographics, screening, version: 1, fields: [],
        as: try await teller.actor("monitor", at: "101", now))
      try await office.freezeEntry(
        try key(0), FormID(parsing: "ELIG"), screening, version: 1,
        as: try await teller.actor("data_manager", now))
    }
    await teller.act("correction") {
      try await enter(
        "DM", "SCR",
        [
          "birth_year": String(try person(1).birthYear), "sex": try person(1).sex,
          "edu_years": "15", "employ": "PT",
        ], by: "coordinator", of: 1, expected: 1, reason: "read wrongly", at: now)
    }
    await teller.act("medicine") {
      try await enter(
        "CM", "SCR", ["drug": "sertraline", "start": "2026-01", "ongoing": "true"],
        by: "coordinator", of: 0, repeat: 0, at: now)
      teller.keep(medicated: try key(0))
    }
    await teller.act("draft of a form") {
      _ = try await office.keepDraft(
        try key(5), FormID(parsing: "CSSRSS"), VisitCode(parsing: "A2"), version: 0,
        typed: ["q1": ["Y"]], as: try await teller.actor("coordinator", at: try site(5), now))
    }
  }

  // MARK: Waiting questionnaires and ratings, an alert

  private func waitingThings() async throws {
    let now = teller.day(67)
    let office = world.installation.at(now)
    await teller.act("alert") {
      let coordinator = try await teller.actor("coordinator", at: try site(5), now)
      let link = try await office.issueQuestionnaire(
        try key(5), FormID(parsing: "QIDSU"), at: VisitCode(parsing: "UNS"), as: coordinator)
      teller.keep(link: link)
      var answers: [FieldID: FieldAnswer] = [:]
      for item in 1...16 {
        let name = "q" + (item < 10 ? "0" : "") + String(item)
        answers[try FieldID(parsing: name)] = .value(item == 12 ? "3" : "0")
      }
      try await world.installation.at(now.advanced(bySeconds: 600)).submitQuestionnaire(
        link: link, answers)
    }
    // One is answered by its page, the other by a program.
    for number in [2, 1] {
      await teller.act("waiting questionnaire of \(number)") {
        let coordinator = try await teller.actor("coordinator", at: try site(number), now)
        teller.keep(
          link: try await world.installation.at(teller.day(69)).issueQuestionnaire(
            try key(number), FormID(parsing: "QIDSSR16"), at: VisitCode(parsing: "F1"),
            as: coordinator))
      }
    }
    for number in [4, 5, 6] {
      await teller.act("booking \(number)") {
        let coordinator = try await teller.actor("coordinator", at: try site(number), now)
        // Their visits after randomization are past: an early end is rated on any day.
        let visit = try VisitCode(parsing: "ET")
        let times = try await office.ratingOffer(
          for: try key(number), at: visit, as: coordinator
        ).times
        // After the instant at which everybody asks.
        let time = try #require(times.first { $0 > Template.asked.advanced(bySeconds: 86_400) })
        try await office.bookRating(
          try key(number), at: visit, startsAt: time, language: "en", as: coordinator)
        teller.keep(booked: try key(number))
      }
    }
    await teller.act("risk") {
      try await enter(
        "CSSRSS", "A1", ["version": "slc", "q1": "Y", "q2": "N", "q6": "N"], by: "coordinator",
        of: 4, at: now)
    }
  }

  // MARK: What tells the arm

  private func treatment() async throws {
    for number in randomized.indices {
      let arm = teller.arms[try key(number).text] ?? "ECT"
      let now = teller.day(68, Int64(number) * 60)
      await teller.act("event of \(number)") {
        var values = [
          "term": arm == "ECT" ? "Headache after the session" : "Dissociation in the infusion",
          "serious": "N", "rel_ket": "NOT", "rel_ther": "NOT", "rel_ect": "NOT", "ongoing": "true",
        ]
        if arm == "KAP" { values["term"] = "Distress in an integration session" }
        for _ in 0..<(arm == "KET" ? 2 : arm == "KAP" ? 3 : 1) {
          try await enter(
            "AE", "UNS", values, by: "treat_coordinator", of: number, repeat: 0, at: now)
        }
      }
      guard number >= 5 else { continue }
      await teller.act("session of \(number)") {
        if arm == "ECT" {
          try await enter(
            "ECTREC", "E1", ["not_by_60": "true"], by: "ect_clinician", of: number, at: now)
        } else {
          try await enter(
            "KMON", "K1", ["t_min": "20", "sbp": "190", "dbp": "95", "hr": "80", "spo2": "97"],
            by: "ketamine_nurse", of: number, repeat: 0, at: now)
        }
      }
    }
    try await answersOfTheTeam()
    let now = teller.day(68, 7200)
    // Of three people, since an arm is opened for the report of an event, and not everybody's differs.
    await teller.act("serious events") {
      for number in 0..<3 {
        try await enter(
          "SAE", "UNS",
          [
            "narrative": "After \(teller.arms[try key(number).text] ?? "").",
            "device_related": "false", "rel_ket": "NOT", "rel_ther": "NOT", "rel_ect": "NOT",
            "rel_proc": "NOT", "criteria": "HOSP",
          ], by: "treat_coordinator", of: number, repeat: 0, at: now)
      }
    }
    await teller.act("accidental unblinding") {
      try await enter(
        "UNBL", "UNS",
        [
          "who": "rater", "learnt": "ARM", "about": try key(3).text,
          "how": "\(teller.arms[try key(3).text] ?? "") was named",
        ], by: "treat_coordinator", of: 3, repeat: 0, at: now)
    }
  }

  /// Who answers a data query on an open form belongs to the arm, and so does who enters another.
  private func answersOfTheTeam() async throws {
    let team = ["ECT": "ect_clinician", "KET": "ketamine_nurse", "KAP": "therapist"]
    for number in randomized.indices {
      let arm = teller.arms[try key(number).text] ?? "ECT"
      let now = teller.day(68, 10_000 + Int64(number) * 60)
      let office = world.installation.at(now)
      await teller.act("answer of the team of \(number)") {
        let query = try await office.openQuery(
          try key(number), FormID(parsing: "DM"), VisitCode(parsing: "SCR"), field: "",
          text: "Is this the same person?", isBlocking: false,
          as: try await teller.actor("data_manager", now))
        try await office.answerQuery(
          QueryAddress(query), answer: arm == "ECT" ? "Yes, after the session." : "Yes.",
          as: try await teller.actor(team[arm] ?? "", at: try site(number), now))
      }
    }
    let now = teller.day(68, 12_000)
    await teller.act("report of an accident") {
      try await world.installation.at(now).reportUnblinding(
        about: try key(3).text, learnt: "ARM",
        how: "a letter said \(teller.arms[try key(3).text] ?? "")", at: now,
        as: try await teller.actor("monitor", at: "101", now))
    }
  }

  // MARK: People on the way in

  private func newcomers() async throws {
    let now = teller.day(69)
    for (site, initials) in [("101", "NA"), ("103", "NB")] {
      await teller.act("consent at \(site)") {
        let coordinator = try await teller.actor("coordinator", at: site, now)
        var consent: [FieldID: FieldAnswer] = [:]
        for (name, value) in [
          "icf_ver": "1.0", "icf_dt": now.description, "icf_copy": "true",
          "who_explained": coordinator.username, "opt_recording": "true", "opt_future": "true",
          "opt_remote": "true", "vdate": String(now.description.prefix(10)), "done": "Y",
        ] {
          consent[try FieldID(parsing: name)] = .value(value)
        }
        _ = try await world.installation.at(now).consent(
          ConsentRequest(
            initials: teller.story.initials.map { $0 + initials.suffix(1) } ?? initials,
            birthYear: 1990, sex: "M", consent: consent), as: coordinator)
      }
    }
    await teller.act("withdrawal") {
      let version = try await enter(
        "WDR", "UNS", ["level": "W2", "by": "PART"], by: "coordinator", of: 3, at: now)
      _ = try await world.installation.at(now).signEntry(
        try key(3), FormID(parsing: "WDR"), VisitCode(parsing: "UNS"), version: version,
        as: try await teller.actor("investigator", at: try site(3), now))
    }
  }

  // MARK: Disclosures

  private func disclosures() async throws {
    let now = teller.day(68, 20_000)
    let office = world.installation.at(now)
    await teller.act("emergency") {
      _ = try await office.disclose(
        DisclosureRequest(
          participant: try key(2), ground: "CARE", reason: "unconscious on arrival",
          eventNumber: "", channel: .page), as: try await teller.actor("oncall_physician", now))
    }
    await teller.act("error of randomization") {
      try await office.voidRandomization(
        of: try key(6), ground: "INELIGIBLE", reason: "found at monitoring",
        as: try await teller.actor("rand_manager", now))
    }
  }

  // MARK: The study

  private func study() async throws {
    let now = teller.day(68, 40_000)
    let office = world.installation.at(now)
    await teller.act("interim") {
      let number = try await office.buildInterim(
        outsidePlan: true, as: try await teller.actor("stat_unblinded", now))
      try await office.releaseInterim(number, as: try await teller.actor("data_manager_u", now))
    }
    await teller.act("amendment") {
      let builder = try await teller.actor("study_builder", now)
      let text = try #require(EmbeddedStudies.definition("kap-ect"))
      for version in ["2.0"] {
        let name = try await office.draftAmendment(
          AmendmentDraft(
            source: text.replacing(
              "version: \"1.0\"\n", with: "version: \"\(version)\"\n", maxReplacements: 1),
            summary: "what the committee asked for", asksReconsent: false), as: builder)
        for role in ["data_manager", "data_manager_u"] {
          _ = try await office.dryRunAmendment(name, as: try await teller.actor(role, now))
        }
        try await office.approveAmendment(name, as: try await teller.actor("data_manager", now))
        let today = try CalendarDate(parsing: String(now.description.prefix(10)))
        _ = try await office.putInForce(
          ComingIntoForce(
            version: name, site: try SiteKey(parsing: "103"), from: today, ethicsApprovedOn: today,
            ethicsReference: "REC 27"), as: try await teller.actor("sponsor_lead", now))
      }
    }
  }
}
