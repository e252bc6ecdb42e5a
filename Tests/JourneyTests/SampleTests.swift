import Simulation
import Store
import StudyModel
import Testing

@testable import Conduct

/// Sessions drawn at random to be looked at.
@Suite(.serialized) struct SampleTests {
  /// A conversation as its therapist hands it in.
  private static func talk(
    _ form: String, _ visit: String, recording: String, of walk: Walk, at now: UTCInstant
  ) async throws -> Actor {
    let therapist = try await walk.world.actor("therapist", at: walk.way.site, now: now)
    let form = try #require(walk.world.definition.form(FormID(parsing: form)))
    let plain = PlainAnswers(
      on: try CalendarDate(parsing: Walk.date(now, walk.way.site)), at: now,
      by: therapist.username)
    let answers = plain.answers(
      to: form,
      with: try Walk.answers([
        "start": now.advanced(bySeconds: -3600).description, "end": now.description,
        "recording_id": recording, "mode": "INPERSON",
      ]))
    _ = try await walk.world.installation.at(now).saveEntry(
      walk.key, form.id, VisitCode(parsing: visit),
      EntrySubmission(answers: answers, expectedVersion: 0, isFinal: true), as: therapist)
    return therapist
  }

  private static func review(
    _ record: String, _ recording: String, of walk: Walk, at now: UTCInstant
  ) async throws {
    _ = try await walk.world.installation.at(now).saveEntry(
      walk.key, FormID(parsing: "FIDEL"), VisitCode(parsing: "P1"), number: 0,
      EntrySubmission(
        answers: try Walk.answers([
          "session": record, "recording_id": recording, "kind": "PREP", "adherence": "6",
          "competence": "5", "proscribed": "false",
        ]), expectedVersion: 0, isFinal: true),
      as: try await walk.world.actor("fidelity_rater", now: now))
  }

  @Test func `one session of two is drawn, told to who reviews and to nobody who treats`()
    async throws
  {
    try await ReferenceTrial.run { world in
      let room = try await CheckRoom(world)
      let walk = try #require(room.byArm["KAP"])
      try await StudyAmendment(world: world, now: room.now).bring(
        StudyAmendment.source("2.0", [(of: "percent: 15\n", to: "percent: 50\n")]))
      let now = room.now.advanced(bySeconds: 3600)
      let therapist = try await Self.talk("PREP", "P1", recording: "R-1", of: walk, at: now)
      _ = try await Self.talk("PREP", "P2", recording: "R-2", of: walk, at: now)

      let office = world.installation.at(now)
      let rater = try await world.actor("fidelity_rater", now: now)
      let sample = try #require(try await office.samples(as: rater).first)
      #expect(sample.sample.id == "fidelity" && sample.records.count == 1)
      let drawn = try #require(sample.records.first)
      #expect(drawn.participant == walk.key && drawn.reviews == 0 && !drawn.isVoided)
      let recording = drawn.name == "PREP P1" ? "R-1" : "R-2"
      let beginning = Dictionary(
        uniqueKeysWithValues: drawn.answers.map { ($0.key.text, $0.value) })
      #expect(
        beginning == ["session": drawn.name, "recording_id": recording, "kind": "PREP"])

      // Who treats could tell from the draw which sessions to come are not drawn; the blind know of none.
      let others = [
        therapist, try await world.actor("treat_coordinator", at: walk.way.site, now: now),
        try await world.actor("investigator", at: walk.way.site, now: now),
        try await world.actor("coordinator", at: walk.way.site, now: now),
        try await world.actor("data_manager", now: now),
      ]
      for actor in others {
        #expect(await refusal { try await office.samples(as: actor) }?.code == "not_found")
      }
      let login = try world.direct("eq_treating", role: "therapist", sites: "101")
      for table in ["sample_groups", "sampled_records"] {
        #expect(login.refusal(of: "select from treatment.\(table)") == "42501")
      }

      let missed = drawn.name == "PREP P1" ? "PREP P2" : "PREP P1"
      let refused = await refusal {
        try await Self.review(missed, "R-9", of: walk, at: now)
      }
      #expect(fields(of: refused) == ["session"])
      try await Self.review(drawn.name, recording, of: walk, at: now)
      let after = try #require(try await office.samples(as: rater).first?.records.first)
      #expect(after.name == drawn.name && after.reviews == 1)
      // Who reads the reviews without writing any does so on other logins.
      for role in ["data_manager_u", "stat_unblinded"] {
        let read = try await office.samples(as: try await world.actor(role, now: now))
        #expect(read.first?.records.map(\.name) == [drawn.name], "\(role)")
      }
    }
  }

  @Test func `an infusion with ketamine alone is placed by its site, any other is not`()
    async throws
  {
    try await ReferenceTrial.run { world in
      let form = try #require(world.definition.form(FormID(parsing: "KDOSE")))
      let arm = try #require(StudyFact.arm.reference)
      func placed(_ code: String, go: String) throws -> [String] {
        let context = EntryContext(
          siteToday: try CalendarDate(parsing: "2027-02-01"), isSubmission: false,
          clocks: .none)
        let checked = checkedEntry(try Walk.answers(["go": go]), in: form, context)
        return world.definition.consequences(
          of: form, checked, elsewhere: [arm: .text(code)], clocks: .none
        ).samples.map { "\($0.sample) \($0.person ?? "-") \($0.drawn) of \($0.size)" }
      }
      #expect(try placed("KET", go: "Y") == ["fidelity - 3 of 20"])
      #expect(try placed("KET", go: "NO").isEmpty)
      #expect(try placed("KAP", go: "Y").isEmpty)
    }
  }

  @Test func `a session that did not take place is not placed for a draw`() async throws {
    try await ReferenceTrial.run { world in
      for name in ["PREP", "SESS", "INTEG"] {
        let form = try #require(world.definition.form(FormID(parsing: name)))
        func placed(_ done: String) throws -> [String] {
          let context = EntryContext(
            siteToday: try CalendarDate(parsing: "2027-02-01"), isSubmission: false,
            clocks: .none)
          let checked = checkedEntry(
            try Walk.answers(["done": done, "ther1": "thea"]), in: form, context)
          return world.definition.consequences(of: form, checked, elsewhere: [:], clocks: .none)
            .samples.map {
              "\($0.sample) \($0.person ?? "-") \($0.drawn) of \($0.size)"
            }
        }
        #expect(try placed("Y") == ["fidelity thea 3 of 20"], "\(name)")
        #expect(try placed("N").isEmpty, "\(name)")
      }
    }
  }

  @Test func `of each block of a group exactly the share is drawn, in no order that repeats`()
    async throws
  {
    try await ReferenceTrial.run { world in
      let walk = try await Walk.ready(world)
      let direct = try world.direct()
      let sample = #"{"sample":"fidelity","person":"NAME","size":20,"drawn":3}"#
      // Four thousand saves: the trigger that draws, and no other.
      try direct.run(
        """
        alter table treatment.entries disable trigger user;
        alter table treatment.entries enable trigger entries_draw_samples;
        """)
      for therapist in ["one", "two"] {
        let told = sample.replacing("NAME", with: therapist)
        try direct.run(
          """
          select set_config('eq.consequences', '{"form":"PREP","samples":[\(told)]}', false);
          insert into treatment.entries (trial_id, participant, site_key, form, visit, repeat, version, status, answers,
            definition, author, entered_at, submitted_at)
          select \(world.trial.id), '\(walk.key)', '101', 'PREP', '\(therapist == "one" ? "P1" : "P2")', n, 1, 'submitted',
                 '{}', '1.0', 1, now(), now()
            from generate_series(1, 2000) n;
          update treatment.entries set version = 2 where visit = 'P1';
          """)
      }
      #expect(
        try direct.lines(
          """
          select distinct draw_group || ' ' || count(*) || ' ' || count(*) filter (where is_drawn)
            from treatment.sampled_records group by draw_group, block
          """
        ).sorted() == ["101/one 20 3", "101/two 20 3"])
      #expect(try direct.text("select count(*)::text from treatment.sampled_records") == "4000")
      // A place is drawn 30 times in 200 blocks, with a standard deviation of 5: none is left out or preferred.
      let counts = try direct.lines(
        "select (count(*) filter (where is_drawn))::text from treatment.sampled_records group by place"
      )
      #expect(counts.count == 20)
      #expect(counts.allSatisfy { (5...60).contains(Int($0) ?? 0) }, "\(counts)")
      let patterns = try direct.text(
        """
        select count(distinct drawn)::text from (
          select string_agg(place::text, ',' order by place) filter (where is_drawn) as drawn
            from treatment.sampled_records group by draw_group, block) b
        """)
      #expect((Int(patterns) ?? 0) > 100)
    }
  }
}
