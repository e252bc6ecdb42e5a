import Conduct
import Datasets
import Foundation
import Reports
import Simulation
import Store
import StudyModel
import Testing

/// Data queries in the locked export, each beside the value it concerns.
@Suite(.serialized) struct QueryExportTests {
  private static func lines(_ bundle: DatasetBundle, _ path: String) -> [String] {
    let file = bundle.files.first { $0.path == path }
    return String(decoding: file?.bytes ?? [], as: UTF8.self)
      .split(separator: "\n").map(String.init)
  }

  /// A question on a form of class open, answered, asked again and closed; one on an outcome form; one
  /// that somebody who treats answered; one on a form of class treatment.
  private static func asked(_ world: ReferenceTrial, _ walk: Walk) async throws {
    let now = walk.instant(40)
    let office = world.installation.at(now)
    let manager = try await world.actor("data_manager", now: now)
    let coordinator = try await world.actor("coordinator", at: walk.way.site, now: now)
    let investigator = try await world.actor("investigator", at: walk.way.site, now: now)
    let unblinded = try await world.actor("data_manager_u", now: now)
    func ask(_ form: String, _ visit: String, _ field: String, _ text: String, as actor: Actor)
      async throws -> QueryAddress
    {
      let id = try FormID(parsing: form)
      let number = try await office.openQuery(
        walk.key, id, VisitCode(parsing: visit), field: field, text: text, isBlocking: false,
        as: actor)
      return QueryAddress(number, in: world.definition.form(id)?.dataClass ?? .open)
    }
    let first = try await ask("DM", "SCR", "edu_years", "Is 14 right?", as: manager)
    try await office.answerQuery(first, answer: "By the \"certificate\", yes.", as: coordinator)
    try await office.reopenQuery(first, reason: "Which certificate?", as: manager)
    try await office.answerQuery(first, answer: "That of the university.", as: coordinator)
    try await office.closeQuery(first, reason: "Settled.", as: manager)
    let second = try await ask("MADRS", "EOT", "m01", "Is this the first item?", as: manager)
    try await office.closeQuery(second, reason: "Read again.", as: manager)
    let third = try await ask("DM", "SCR", "sex", "Is the sex right?", as: manager)
    try await office.answerQuery(third, answer: "Yes; comes on infusion days.", as: investigator)
    try await office.closeQuery(third, reason: "Settled.", as: manager)
    let fourth = try await ask("UNBL", "UNS", "how", "How was the arm learnt?", as: unblinded)
    try await office.closeQuery(fourth, reason: "Told by telephone.", as: unblinded)
  }

  @Test
  func
    `REQ-019: data queries are exported with their value, in blinded files without the words of who treats`()
    async throws
  {
    try await ReferenceTrial.run { world in
      let walk = try #require(try await LockTests.followed(world, count: 1).first)
      try await Self.asked(world, walk)
      try await LockTests.softLock(world)
      try await LockTests.hardLock(world)
      let office = world.installation.at(LockTests.closing)
      let statistician = try await world.actor("statistician", now: LockTests.closing)
      let before = try await office.exportBlinded(as: statistician)
      let queries = Self.lines(before, "quality/queries.csv")
      #expect(
        queries.first
          == "query,participant,form,visit,repeat,field,value,value__why,check,blocking,state,opened_at,answered_at,closed_at,messages"
      )
      let education = try #require(queries.first { $0.contains(",edu_years,") })
      #expect(education.hasPrefix("open-"))
      #expect(education.contains(",\(walk.key.text),DM,SCR,1,edu_years,14,,,N,closed,"))
      #expect(education.hasSuffix(",5"))
      #expect(
        queries.contains { $0.hasPrefix("outcome-") && $0.contains(",MADRS,EOT,1,m01,") })
      let messages = Self.lines(before, "quality/query-messages.csv")
      let number = try #require(education.split(separator: ",").first)
      let thread = messages.filter { $0.hasPrefix("\(number),") }
      #expect(
        thread.map { $0.split(separator: ",")[2] }
          == ["opened", "answered", "reopened", "answered", "closed"])
      #expect(
        thread.map { $0.split(separator: ",")[3] }
          == ["data_manager", "coordinator", "data_manager", "coordinator", "data_manager"])
      #expect(thread[0].hasSuffix(",Is 14 right?,N"))
      #expect(thread[1].hasSuffix(",\"By the \"\"certificate\"\", yes.\",N"))
      // Nobody's name, no word of who treats, and nothing of class treatment.
      for file in before.files {
        let text = String(decoding: file.bytes, as: UTF8.self)
        for word in ["infusion days", "investigator", "UNBL", "How was the arm", "by telephone"]
        where file.path.hasPrefix("quality/") {
          #expect(!text.contains(word), "\(file.path) holds \(word)")
        }
        for person in world.staff.people where file.path.hasPrefix("quality/") {
          #expect(!text.contains(person.fullName) && !text.contains(person.username))
        }
      }
      let withheld = messages.filter { $0.hasSuffix(",,Y") }
      #expect(withheld.count == 1 && withheld.allSatisfy { $0.contains(",answered,unblinded,") })
      // Every column is described, every file is in manifest and digests.
      let described = Self.lines(before, "codebook/quality.csv")
      for (path, head) in [
        ("quality/queries.csv", queries[0]), ("quality/query-messages.csv", messages[0]),
      ] {
        #expect(
          described.filter { $0.hasPrefix("\(path),") }.map { $0.split(separator: ",")[1] }
            == head.split(separator: ","))
        #expect(Self.lines(before, "MANIFEST.json").contains { $0.contains("\"\(path)\"") })
        #expect(Self.lines(before, "SHA256SUMS").contains { $0.hasSuffix("  \(path)") })
      }
      // Unblinding adds and changes nothing.
      _ = try await LockTests.unblind(world)
      let after = try await office.exportUnblinded(as: statistician)
      for file in before.files {
        #expect(after.files.first { $0.path == file.path }?.bytes == file.bytes, "\(file.path)")
      }
      let added = Self.lines(after, "unblinded/quality/queries.csv")
      #expect(added.contains { $0.hasPrefix("treatment-") && $0.contains(",UNBL,UNS,1,how,") })
      #expect(!added.contains { $0.contains(",edu_years,") })
      let told = Self.lines(after, "unblinded/quality/query-messages.csv")
      #expect(told.contains { $0.contains("How was the arm learnt?") })
      // Words of who treats are there; the record of class open names no role of theirs.
      #expect(told.contains { $0.contains(",treatment_team,") })
      #expect(
        Self.lines(after, "unblinded/SHA256SUMS").contains { $0.hasSuffix("  quality/queries.csv") }
      )
    }
  }

  @Test(arguments: [
    ("open", "DM", "sex", true), ("open", "DM", "", true), ("outcome", "MADRS", "m01", true),
    // A field above the class of its form, a form of class treatment, whatever class the query claims.
    ("open", "WDR", "reason", false), ("treatment", "KDOSE", "", false),
    ("open", "KDOSE", "", false),
    ("treatment", "DM", "sex", false), ("sealed", "DM", "sex", false), ("open", "NONE", "", false),
  ])
  func `REQ-019: the blinded files hold no data query above class outcome, wherever it was kept`(
    _ kept: String, _ form: String, _ field: String, _ isBlinded: Bool
  ) async throws {
    let definition = try await TemplateTrial.made.value.definition
    let snapshot = try TrialSnapshot(contents: [
      #"{"data_queries": 1}"#,
      """
      {"class": "\(kept)", "data_query": 1, "participant": "101-0001", "form": "\(form)", "visit": "SCR", "repeat": 1,
       "field": "\(field)", "rule": "", "is_blocking": false, "state": "open", "messages": [{"message": 1,
       "kind": "opened", "role": "data_manager", "at": "2027-01-04T09:00:00Z", "text": "a doubt"}]}
      """.replacing("\n", with: " "),
    ])
    #expect(snapshot.queries.count == 1)
    for (layer, isThere) in [(QueryTables.Layer.blinded, isBlinded), (.unblinded, !isBlinded)] {
      let files = QueryTables(snapshot, definition, for: layer).files
      for file in files where file.path.hasPrefix("quality/") {
        let lines = String(decoding: file.bytes, as: UTF8.self).split(separator: "\n")
        #expect(lines.count == (isThere ? 2 : 1), "\(file.path)")
      }
    }
  }

  @Test func `REQ-019: an interim cut keeps no texts, so that a removal still reaches them`()
    async throws
  {
    try await ReferenceTrial.run { world in
      let walk = try #require(try await LockTests.followed(world, count: 1).first)
      try await Self.asked(world, walk)
      try await LockTests.softLock(world)
      try await LockTests.hardLock(world)
      let kept = try world.direct().lines(
        """
        select c.kind || ' ' || (s.content like '%"data_queries"%') from open.snapshots s
          join open.cuts c using (trial_id, snapshot) order by 1
        """)
      #expect(kept == ["hard_lock true"])
    }
  }
}
