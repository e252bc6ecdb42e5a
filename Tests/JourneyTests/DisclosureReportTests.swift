import Conduct
import Foundation
import Simulation
import Store
import StudyModel
import Testing

/// The report of all disclosures: each kind with its record, within the classes of who reads it.
@Suite(.serialized) struct DisclosureReportTests {
  /// A study in which somebody read an arm at the site, in an emergency, for a report, by accident and as
  /// a rater, and in which an interim look was built.
  private static func told(_ world: ReferenceTrial) async throws -> (Walk, Walk) {
    let (first, second) = try await DisclosureTests.randomized(world)
    _ = try await first.acknowledge(at: first.instant(9, 600))
    _ = try await DisclosureTests.open(first)
    try await ReportingTimeTests.report(
      second, aware: second.instant(10),
      ["onset": try Walk.date(second.instant(10), second.way.site)], at: second.instant(10, 3600))
    _ = try await DisclosureTests.open(
      second, by: "safety_officer", ground: "", event: "SAE-0001", at: second.instant(11))
    _ = try await first.save(
      "UNBL", "UNS",
      [
        "who": "the receptionist", "learnt": "ARM", "about": "0001", "how": "a letter left open",
        "when": first.instant(12).description, "impact": "none on ratings",
        "action": "was asked to keep silent",
      ], by: "investigator", hasHeader: false, at: first.instant(12, 3600))
    let later = first.instant(13, 3600)
    _ = try await world.installation.at(later).saveEntry(
      first.key, FormID(parsing: "UNBL"), VisitCode(parsing: "UNS"), number: 2,
      EntrySubmission(
        answers: try Walk.answers([
          "who": "nobody", "learnt": "NOTHING", "about": "0001", "how": "misread",
          "when": first.instant(13).description, "impact": "none", "action": "none",
        ]), expectedVersion: 0, isFinal: true),
      as: try await world.actor("investigator", at: first.way.site, now: later))
    for (walk, told) in [(first, "PART"), (second, "N")] {
      let now = walk.instant(9 + 29)
      let (rater, task) = try await walk.book("EOT", at: now)
      let later = now.advanced(bySeconds: 1800)
      _ = try await walk.saveRating(task.token, total: 12, as: rater, at: later)
      var record = ["guess": "DK", "certainty": "1", "disclosed": told]
      if told != "N" { record["disclosed_arm"] = "KET" }
      try await world.installation.at(later).saveBlindingRecord(
        task.token, try Walk.answers(record), as: rater)
    }
    return (first, second)
  }

  private static func report(
    _ world: ReferenceTrial, _ role: String
  ) async throws -> [ReportedDisclosure] {
    let now = LockTests.closing
    return try await world.installation.at(now).disclosureReport(
      as: try await world.actor(role, now: now))
  }

  @Test
  func
    `REQ-091: every disclosure stands in the report with kind, instant, role, reason and what followed`()
    async throws
  {
    try await ReferenceTrial.run { world in
      let (first, second) = try await Self.told(world)
      let found = try await Self.report(world, "data_manager_u")
      #expect(
        found.map(\.kind) == ["SITE", "EMERGENCY", "CASE", "ACCIDENTAL", "RATER"])
      #expect(found.map(\.isPlanned) == [true, false, true, false, false])
      let emergency = found[1]
      #expect(emergency.participant == first.key.text && emergency.role == "oncall_physician")
      #expect(emergency.ground == "CARE" && emergency.reason == "unconscious on arrival")
      #expect(emergency.followed.hasPrefix("told: "))
      #expect(emergency.followed.hasSuffix("read by nobody yet"))
      #expect(found[2].participant == second.key.text && found[2].reference == "SAE-0001")
      #expect(found[3].reason.contains("the receptionist") && found[3].at == first.instant(12))
      #expect(found[4].participant == first.key.text && found[4].ground == "PART")
      #expect(found[4].followed == "rates this participant no more; IMP-UNBL draft")
      // The record of the rater names an arm; the report does not.
      #expect(!found.contains { "\($0)".contains("KET") || "\($0)".contains("Ketamine alone") })
      // A notice that is read shows in it.
      let doctor = try await world.actor("investigator", at: first.way.site, now: first.instant(14))
      let office = world.installation.at(first.instant(14))
      let notice = try #require(try await office.unblindingNotices(as: doctor).first)
      try await office.readUnblindingNotice(notice.name, as: doctor)
      let after = try await Self.report(world, "stat_unblinded")
      #expect(after[1].followed.contains("read: investigator "))
      #expect(after.count == found.count)
      let text = String(
        decoding: try await world.installation.at(LockTests.closing).disclosureFile(
          as: try await world.actor("stat_unblinded", now: LockTests.closing)), as: UTF8.self)
      #expect(text.split(separator: "\n").count == 1 + found.count)
      let read = try world.direct().text(
        "select count(*)::text from allocation.audit where action = 'disclosure report read'")
      #expect(read == "3")
    }
  }

  @Test func `REQ-091: who has not class treatment learns of no rater and no accident`()
    async throws
  {
    try await ReferenceTrial.run { world in
      _ = try await Self.told(world)
      let found = try await Self.report(world, "rand_manager")
      #expect(found.map(\.kind) == ["SITE", "EMERGENCY", "CASE"])
      for role in world.definition.roles where !Installation.readsDisclosures(role) {
        guard role.scope != .own, role.scope != .pool else { continue }
        let site = role.scope == .site ? ReferenceTrial.london : nil
        let actor = try await world.actor(role.id.text, at: site)
        #expect(
          await refusal { _ = try await world.installation.disclosureReport(as: actor) }
            == .notFound, "\(role.id)")
      }
    }
  }

  @Test
  func `REQ-091: looks and final unblinding are in it, and it goes with the unblinded export`()
    async throws
  {
    try await ReferenceTrial.run { world in
      _ = try await LockTests.followed(world, count: 1)
      try await LockTests.softLock(world)
      try await LockTests.hardLock(world)
      #expect(try await Self.report(world, "stat_unblinded").map(\.kind) == ["SITE"])
      _ = try await LockTests.unblind(world, by: ["sponsor_lead"])
      let half = try await Self.report(world, "stat_unblinded")
      #expect(half.map(\.kind) == ["SITE", "FINAL"])
      #expect(half[1].role == "sponsor_lead" && half[1].followed == "waits for the second person")
      _ = try await LockTests.unblind(world, by: ["rand_manager"])
      let whole = try await Self.report(world, "stat_unblinded")
      #expect(whole.map(\.kind) == ["SITE", "FINAL", "FINAL"])
      #expect(whole.suffix(2).allSatisfy { $0.followed.hasPrefix("arms opened 20") })
      let office = world.installation.at(LockTests.closing)
      let statistician = try await world.actor("statistician", now: LockTests.closing)
      let export = try await office.exportUnblinded(as: statistician)
      let file = try #require(
        export.files.first { $0.path == "unblinded/quality/disclosures.csv" })
      #expect(String(decoding: file.bytes, as: UTF8.self).split(separator: "\n").count == 4)
      let again = try await office.exportUnblinded(as: statistician)
      #expect(again.archive == export.archive)
    }
  }
}
