import Conduct
import Foundation
import Store
import StudyModel
import Testing

/// Data queries of people and of checks on a real database.
@Suite(.serialized) struct DataQueryTests {
  @Test func `a data query is answered by the site, asked again, and closed by who asks`()
    async throws
  {
    try await ReferenceTrial.run { world in
      let walk = try await Walk.ready(world)
      let now = walk.instant(4)
      let office = world.installation.at(now)
      let manager = try await world.actor("data_manager", now: now)
      let coordinator = try await world.actor("coordinator", at: walk.way.site, now: now)
      let (form, visit) = try EntryReviewTests.ids("DM", "SCR")
      let nowhere = await refusal {
        try await office.openQuery(
          walk.key, form, visit, field: "no_such_field", text: "Which?", isBlocking: false,
          as: manager)
      }
      #expect(nowhere?.code == "invalid")
      let query = QueryAddress(
        try await office.openQuery(
          walk.key, form, visit, field: "edu_years", text: "Is 14 right?", isBlocking: false,
          as: manager))
      let early = await refusal {
        try await office.reopenQuery(query, reason: "once more", as: manager)
      }
      #expect(early?.code == "not_from_this_state")
      try await office.answerQuery(query, answer: "By the certificate.", as: coordinator)
      // The site answers; it neither closes nor asks.
      let byAsked = await refusal {
        try await office.closeQuery(query, reason: "It is right.", as: coordinator)
      }
      #expect(byAsked == .notFound)
      let byAsker = await refusal {
        try await office.answerQuery(query, answer: "It is right.", as: manager)
      }
      #expect(byAsker == .notFound)
      try await office.reopenQuery(query, reason: "Which certificate?", as: manager)
      try await office.answerQuery(query, answer: "Of the university.", as: coordinator)
      let silent = await refusal { try await office.closeQuery(query, reason: " ", as: manager) }
      #expect(silent?.code == "invalid")
      try await office.closeQuery(query, reason: "Settled.", as: manager)
      let file = try await office.query(query, as: coordinator)
      #expect(file.query.state == "closed")
      #expect(
        file.thread.map(\.kind) == ["opened", "answered", "reopened", "answered", "closed"])
      #expect(file.thread.map(\.author).allSatisfy { !$0.isEmpty })
      #expect(try await office.openQueries(as: manager).isEmpty)
      let after = await refusal {
        try await office.answerQuery(query, answer: "One more thing.", as: coordinator)
      }
      #expect(after?.code == "not_from_this_state")
      let direct = try world.direct("eq_outcome", role: "data_manager")
      #expect(
        direct.refusal(of: "update open.data_query_messages set text = 'another'") == "42501")
      #expect(
        try world.direct().refusal(of: "delete from open.data_query_messages") == "EQ403")
      let actions = try world.direct().lines(
        "select action from open.audit where action like 'data query%' order by seq")
      #expect(
        actions == [
          "data query opened", "data query answered", "data query reopened",
          "data query answered", "data query closed",
        ])
    }
  }

  @Test func `a check asks once, is closed when it is met, and overdue after fourteen days`()
    async throws
  {
    try await ReferenceTrial.run { world in
      let walk = try await Walk.ready(world)
      let manager = try await world.actor("data_manager", now: walk.instant(4))
      let office = world.installation.at(walk.instant(4))
      func standing() async throws -> [StoredQuery] { try await office.openQueries(as: manager) }
      var values = ["sbp": "190", "dbp": "90", "hr": "70", "spo2": "95"]
      try await walk.save("VS", "SCR", values, at: walk.instant(4))
      let asked = try await standing()
      #expect(asked.map(\.rule) == ["EC-VS-02"])
      let query = try #require(asked.first)
      #expect(query.isOverdue(at: walk.instant(18)) == false)
      #expect(query.isOverdue(at: walk.instant(18, 1)))
      #expect(try await office.query(query.address, as: manager).thread.map(\.author) == [""])
      values["sbp"] = "195"
      try await walk.save(
        "VS", "SCR", values, expected: 1, reason: "measured again", at: walk.instant(5))
      #expect(try await standing().map(\.address) == [query.address])
      values["sbp"] = "140"
      try await walk.save(
        "VS", "SCR", values, expected: 2, reason: "measured again", at: walk.instant(6))
      #expect(try await standing().isEmpty)
      let file = try await office.query(query.address, as: manager)
      #expect(file.query.state == "closed")
      #expect(file.thread.last?.author == "")
    }
  }

  @Test func `what a person closed is not asked again for the same answer`() async throws {
    try await ReferenceTrial.run { world in
      let walk = try await Walk.ready(world)
      let office = world.installation.at(walk.instant(4))
      let manager = try await world.actor("data_manager", now: walk.instant(4))
      var values = EntryReviewTests.person
      // Born in 2008: outside 21 to 75, which EC-DM-01 asks about at the year of birth.
      values["birth_year"] = "2008"
      try await walk.save(
        "DM", "SCR", values, expected: 1, reason: "misread", at: walk.instant(4))
      let asked = try await office.openQueries(as: manager)
      #expect(asked.filter { $0.form == "DM" }.map(\.rule) == Self.askedOfAge)
      // The eligibility form, which stands by the age it was signed with, is asked about as well.
      #expect(asked.filter { $0.form == "ELIG" }.map(\.rule) == ["EC-DM-01"])
      for query in asked {
        try await office.closeQuery(query.address, reason: "The card says so.", as: manager)
      }
      values["edu_years"] = "11"
      try await walk.save(
        "DM", "SCR", values, expected: 2, reason: "misread", at: walk.instant(5))
      #expect(try await office.openQueries(as: manager).isEmpty)
      values["birth_year"] = "2009"
      try await walk.save(
        "DM", "SCR", values, expected: 3, reason: "misread", at: walk.instant(6))
      #expect(
        try await office.openQueries(as: manager).filter { $0.form == "DM" }.map(\.rule)
          == Self.askedOfAge)
    }
  }

  @Test func `a check is asked again when another answer it reads changed, whoever closed it`()
    async throws
  {
    try await ReferenceTrial.run { world in
      let walk = try await Walk.ready(world)
      _ = try await walk.randomize()
      let now = walk.instant(20)
      let office = world.installation.at(now)
      let manager = try await world.actor("data_manager", now: now)
      var version = 0
      func give(_ changes: [String: String]) async throws -> [QueryAddress] {
        let values = ["drug": "phenelzine", "start": "2026-12", "ongoing": "false", "dose": "15"]
        _ = try await office.saveEntry(
          walk.key, FormID(parsing: "CM"), VisitCode(parsing: "A1"), number: version == 0 ? 0 : 1,
          EntrySubmission(
            answers: try Walk.answers(values.merging(changes) { $1 }), expectedVersion: version,
            isFinal: true, reason: version == 0 ? "" : "read again"),
          as: try await world.actor("coordinator", at: walk.way.site, now: now))
        version += 1
        return try await office.openQueries(as: manager).filter { $0.rule == "EC-CM-02" }
          .map(\.address)
      }
      // Asked, met by another answer than the one it points to, and broken by that again.
      #expect(try await give(["end": "2027-01-20"]).count == 1)
      #expect(try await give(["end": "2026-12-31"]).isEmpty)
      let again = try await give(["end": "2027-01-21"])
      #expect(again.count == 1)
      // A person closes it: not asked again for a dose, which the check does not read.
      try await office.closeQuery(
        try #require(again.first), reason: "Stopped when it was seen.", as: manager)
      #expect(try await give(["end": "2027-01-21", "dose": "30"]).isEmpty)
      #expect(try await give(["end": "2027-01-22", "dose": "30"]).count == 1)
    }
  }

  @Test func `a rating is asked about again when another answer the check reads changed`()
    async throws
  {
    try await ReferenceTrial.run { world in
      let walk = try await Walk.ready(world)
      _ = try await walk.randomize()
      let now = walk.instant(24)
      let (rater, task) = try await walk.book("A2", at: now)
      let manager = try await world.actor("data_manager", now: now)
      var version = 0
      func rate(minutes: Int64, _ sadness: String = "0") async throws -> [QueryAddress] {
        var values = [
          "mode": "VIDEO", "end": now.description,
          "start": now.advanced(bySeconds: -60 * minutes).description,
        ]
        for item in 1...10 { values[item < 10 ? "m0\(item)" : "m10"] = "0" }
        values["m02"] = sadness
        _ = try await world.installation.at(now).saveRating(
          task.token, FormID(parsing: "MADRS"),
          EntrySubmission(
            answers: try Walk.answers(values), expectedVersion: version, isFinal: true,
            reason: version == 0 ? "" : "read again"), as: rater)
        version += 1
        return try await world.installation.at(now).openQueries(as: manager)
          .filter { $0.rule == "EC-MAD-03" }.map(\.address)
      }
      #expect(try await rate(minutes: 5).count == 1)
      #expect(try await rate(minutes: 30).isEmpty)
      let again = try await rate(minutes: 6)
      #expect(again.count == 1)
      try await world.installation.at(now).closeQuery(
        try #require(again.first), reason: "The call was cut.", as: manager)
      #expect(try await rate(minutes: 6, "1").isEmpty)
      #expect(try await rate(minutes: 7, "1").count == 1)
    }
  }

  /// What is asked of a year of birth outside 21 to 75 that is not the one in the identity vault.
  private static let askedOfAge = ["EC-DM-01", "EC-DM-02"]
}
