import Conduct
import Pages
import Store
import StudyModel

/// Errors in the randomization, for the randomization manager alone.
enum CorrectionPages {
  static func list(_ call: Call) async throws -> CorrectionsModel {
    let actor = try call.actor
    let zone = call.site.zone(of: actor)
    let corrections = try await call.installation.corrections(as: actor)
    let disclosures = try await call.installation.disclosures(as: actor)
    let strata = try await call.installation.randomizationsInReview(
      corrections.map(\.participant), as: actor)
    return CorrectionsModel(
      frame: call.site.frame(for: call),
      corrections: corrections.map { row in
        let factors = strata[row.participant]?.factors ?? []
        return DataRow(cells: [
          row.participant.text, row.kind == "void" ? "Randomized in error" : "Stratum corrected",
          CorrectionGround(rawValue: row.ground)?.title ?? row.ground,
          factors.map(\.used).joined(separator: " "), factors.map(\.known).joined(separator: " "),
          row.reason, Times.full(row.recordedAt, zone),
        ])
      },
      disclosures: disclosures.map { row in
        DataRow(cells: [
          row.participant.text, row.kind == "CASE" ? "Report \(row.eventNumber)" : "Emergency",
          row.isLate ? "envelope, entered afterwards" : row.channel,
          DisclosureGround(rawValue: row.ground)?.title ?? row.ground, row.reason, row.openedBy,
          Times.full(row.openedAt, zone), Times.full(row.recordedAt, zone),
        ])
      },
      acts: [
        Link(text: "Record a randomization in error…", href: "/corrections/void"),
        Link(text: "Correct a stratum…", href: "/corrections/stratum"),
      ])
  }

  private static let back = Link(text: "Corrections", href: "/corrections")

  static func void(_ call: Call, faults: [Pages.Fault] = []) throws -> ActPageModel {
    ActPageModel(
      frame: call.site.frame(for: call), back: back, title: "Record a randomization in error",
      act: ActForm(
        form: call.target("/corrections/void"), button: "Record the error",
        whatHappens: [
          "The participant stays randomized and in the listing of everyone randomized. The position "
            + "stays used, and nobody draws for this participant again.",
          "The ledger says from now on that the randomization was an error.",
        ], cannotBeUndone: "A record of an error is not taken back.",
        fields: fields(call, CorrectionGround.ofError, [], faults),
        authentication: proof(call, faults), isDestructive: true), faults: faults)
  }

  static func stratum(_ call: Call, faults: [Pages.Fault] = []) throws -> ActPageModel {
    let actor = try call.actor
    let levels = actor.definition.factors.flatMap { factor in
      factor.levels.map { level in
        Choice(code: "\(factor.id):\(level)", label: "\(factor.title) is \(level)")
      }
    }
    let field = EntryField(
      name: "level", label: "What is true",
      control: .multiple(choices: levels, selected: call.form.all("level")),
      hint: "Only what was wrong; the rest stays as it is.",
      fault: faults.first { $0.field == "level" }?.sentence ?? "")
    return ActPageModel(
      frame: call.site.frame(for: call), back: back, title: "Correct a stratum",
      act: ActForm(
        form: call.target("/corrections/stratum"), button: "Record the true stratum",
        whatHappens: [
          "The stratum used stays on record. The true one is written beside it; both are exported.",
          "Arm, stratum and position of the participant do not change.",
        ], fields: fields(call, CorrectionGround.ofStratum, [field], faults),
        authentication: proof(call, faults)), faults: faults)
  }

  private static func proof(_ call: Call, _ faults: [Pages.Fault]) -> Authentication {
    faults.contains { $0.field == "password" } ? .password : call.proof
  }

  private static func fields(
    _ call: Call, _ grounds: [CorrectionGround], _ between: [EntryField], _ faults: [Pages.Fault]
  ) -> [EntryField] {
    func fault(_ name: String) -> String { faults.first { $0.field == name }?.sentence ?? "" }
    return [
      EntryField(
        name: "participant", label: "Participant key",
        control: .text(text: call.form["participant"] ?? "", maximum: 8),
        hint: "Such as 101-0001.", fault: fault("participant"))
    ] + between + [
      EntryField(
        name: "ground", label: "What went wrong",
        control: .code(
          choices: grounds.map { Choice(code: $0.rawValue, label: $0.title) },
          selected: call.form["ground"] ?? ""), fault: fault("ground")),
      EntryField(
        name: "reason", label: "Reason",
        control: .text(text: call.form["reason"] ?? "", maximum: 500),
        hint: "How it is known. No name.", fault: fault("reason")),
    ]
  }

  private static func participant(_ call: Call) throws(ActRefusal) -> ParticipantKey {
    guard let key = try? ParticipantKey(parsing: call.form["participant"] ?? "") else {
      throw .invalid([
        Conduct.Fault(
          field: "participant", code: "bad_key",
          sentence: "A participant key is such as 101-0001. Nothing was recorded.")
      ])
    }
    return key
  }

  static func recordVoid(_ call: Call) async throws -> String {
    try await call.installation.voidRandomization(
      of: try participant(call), ground: call.form["ground"] ?? "",
      reason: call.form["reason"] ?? "", as: try await call.freshActor())
    return "/corrections?note=void"
  }

  static func recordStratum(_ call: Call) async throws -> String {
    var levels: [String: String] = [:]
    for chosen in call.form.all("level") {
      let halves = chosen.split(separator: ":", maxSplits: 1).map(String.init)
      guard halves.count == 2 else { continue }
      guard levels[halves[0]] == nil else {
        throw ActRefusal.invalid([
          Conduct.Fault(
            field: "level", code: "two_levels",
            sentence: "A factor has one true level. Nothing was recorded.")
        ])
      }
      levels[halves[0]] = halves[1]
    }
    try await call.installation.correctStratum(
      of: try participant(call), levels: levels, ground: call.form["ground"] ?? "",
      reason: call.form["reason"] ?? "", as: try await call.freshActor())
    return "/corrections?note=stratum"
  }
}
