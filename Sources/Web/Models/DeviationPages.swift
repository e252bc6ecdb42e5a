import Conduct
import Pages
import Store
import StudyModel

/// Drafted deviations and their judgement.
enum DeviationPages {
  static func list(_ call: Call) async throws -> WorkListModel {
    let actor = try call.actor
    let found = try await call.installation.deviations(as: actor)
    return WorkListModel(
      frame: call.site.frame(for: call), title: "Deviations",
      lead: "\(found.count { $0.status == "DRAFT" }) drafted and not judged",
      nothing:
        "No deviation is on record. A rule drafts one here when a visit departs from the protocol.",
      columns: ["Type", "On", "What happened"],
      rows: found.map { deviation in
        let place = "/deviations/\(deviation.participant)/\(deviation.name)"
        return WorkListRow(
          participant: link(deviation.participant),
          texts: [
            [deviation.type, deviation.visit].filter { !$0.isEmpty }.joined(separator: ", "),
            deviation.occurredOn, deviation.description,
          ],
          chip: deviation.status == "DRAFT"
            ? .state(.due, "draft")
            : deviation.status == "CONFIRMED"
              ? .state(.bad, "confirmed") : .state(.off, "rejected"),
          act: actor.role.can(.judgeDeviations)
            ? Link(
              text: deviation.status == "DRAFT" ? "Judge…" : "Open…", href: place,
              context: deviation.participant) : removal(deviation, actor))
      },
      links: actor.role.can(.recordDeviations)
        ? [Link(text: "Record a deviation", href: "/deviations/new")] : [])
  }

  static func one(_ call: Call, faults: [Pages.Fault] = []) async throws -> ActPageModel {
    let actor = try call.actor
    let key = try call.participant()
    let found = try await call.installation.deviations(of: key, as: actor)
      .first { $0.name == call.parameter("number") }
    guard let found else { throw ActRefusal.notFound }
    return ActPageModel(
      frame: call.site.frame(for: call), back: Link(text: "Deviations", href: "/deviations"),
      title: "Deviation, \(key.text)",
      facts: [
        Fact(
          name: "Participant", value: key.text,
          href: actor.knowsParticipants && actor.role.classes.contains(.open)
            ? "/participants/\(key.text)" : ""),
        Fact(name: "Type", value: found.type),
        Fact(name: "Visit", value: found.visit.isEmpty ? "none" : found.visit),
        Fact(name: "On", value: found.occurredOn),
        Fact(name: "What happened", value: found.description),
        Fact(name: "Per-protocol set", value: exclusion(found)),
        Fact(name: "Ethics committee told", value: found.reportedOn ?? "not on record"),
      ],
      act: act(found, key, call, faults),
      links: removal(found, actor).map { [$0] } ?? [], faults: faults)
  }

  /// Where the removal of personal data in the words is asked for.
  private static func removal(_ deviation: StoredDeviation, _ actor: Actor) -> Link? {
    guard actor.classesOfRemovableDeviations.contains(deviation.dataClass) else { return nil }
    return Link(
      text: "Remove personal data",
      href: "/deviations/\(deviation.participant)/\(deviation.name)/removal",
      context: deviation.participant)
  }

  private static func act(
    _ found: StoredDeviation, _ key: ParticipantKey, _ call: Call, _ faults: [Pages.Fault]
  ) -> ActForm? {
    let place = "/deviations/\(key.text)/\(found.name)"
    switch found.status {
    case "DRAFT": return judging(found, place, call)
    case "CONFIRMED" where found.reportedOn == nil:
      return ActForm(
        form: call.target("\(place)/report"), button: "Record the report",
        whatHappens: ["The day on which the ethics committee was told stays on record."],
        fields: [
          EntryField(
            name: "date", label: "Ethics committee told on",
            control: .date(DeviationRecordPage.date(call)),
            fault: faults.first { $0.field == "date" }?.sentence ?? "")
        ], authentication: .notNeeded)
    default: return nil
    }
  }

  private static func judging(
    _ found: StoredDeviation, _ place: String, _ call: Call
  ) -> ActForm {
    ActForm(
      form: call.target("\(place)/judge"),
      button: "Record the judgement",
      whatHappens: ["The judgement stays on record and is not changed."],
      fields: [
        EntryField(
          name: "judgement", label: "Judgement",
          control: .code(
            choices: [
              Choice(code: "CONFIRMED", label: "It is a deviation"),
              Choice(code: "REJECTED", label: "It is none"),
            ], selected: call.form["judgement"] ?? "")),
        EntryField(
          name: "reason", label: "Reason",
          control: .lines(text: call.form["reason"] ?? "", maximum: 500),
          hint: found.dataClass == .treatment
            ? "Needed where it is none. No name."
            : "Needed where it is none. No name, no treatment.",
          isOptional: true),
        EntryField(
          name: "excludes", label: "Left out of the per-protocol set",
          control: .code(
            choices: [Choice(code: "yes", label: "Yes"), Choice(code: "no", label: "No")],
            selected: call.form["excludes"] ?? ""),
          hint: "Needed only where the rule leaves it to you.", isOptional: true),
        EntryField(
          name: "measures", label: "What is done about it",
          control: .lines(text: call.form["measures"] ?? "", maximum: 500), isOptional: true),
      ], authentication: .notNeeded)
  }

  static func report(_ call: Call) async throws -> Answer {
    try await call.act {
      guard let name = DeviationName(call.parameter("number")) else { throw ActRefusal.notFound }
      guard let date = DeviationRecordPage.typedDate(call) else {
        throw ActRefusal.invalid([
          Conduct.Fault(
            field: "date", code: "bad_date",
            sentence: "Give the day as day, month and year. Nothing was recorded.")
        ])
      }
      try await call.installation.reportDeviation(
        try call.participant(), number: name.number, in: name.dataClass, on: date,
        as: try call.actor)
      return "/deviations?note=reported"
    } orShow: {
      try await one(call, faults: $0).page()
    }
  }

  static func judge(_ call: Call) async throws -> Answer {
    try await call.act {
      let judgement = call.form["judgement"] ?? ""
      guard ["CONFIRMED", "REJECTED"].contains(judgement),
        let name = DeviationName(call.parameter("number"))
      else {
        throw ActRefusal.invalid([
          Conduct.Fault(
            field: "judgement", code: "no_judgement",
            sentence: "Choose whether it is a deviation. Nothing was recorded.")
        ])
      }
      try await call.installation.judgeDeviation(
        try call.participant(), number: name.number, in: name.dataClass,
        DeviationJudgement(
          isConfirmed: judgement == "CONFIRMED", reason: call.form["reason"] ?? "",
          excludes: (call.form["excludes"] ?? "").isEmpty
            ? nil : call.form["excludes"] == "yes", measures: call.form["measures"] ?? ""),
        as: try call.actor)
      return "/deviations?note=judged"
    } orShow: {
      try await one(call, faults: $0).page()
    }
  }

  private static func link(_ participant: String) -> Link {
    Link(text: participant, href: "/participants/\(participant)")
  }

  private static func exclusion(_ deviation: StoredDeviation) -> String {
    switch deviation.excludes {
    case true?: "Leaves the participant out"
    case false?: "Does not matter"
    case nil: "For you to say"
    }
  }
}

/// A deviation in an address: the number, after the letter of its class where that is not open.
struct DeviationName {
  let dataClass: DataClass
  let number: Int

  init?(_ text: String) {
    switch text.first {
    case "T"?: dataClass = .treatment
    case "O"?: dataClass = .outcome
    case nil, .some: dataClass = .open
    }
    guard let number = Int(dataClass == .open ? text[...] : text.dropFirst()), number > 0 else {
      return nil
    }
    self.number = number
  }
}

extension StoredDeviation {
  /// How it is named in addresses.
  var name: String {
    switch dataClass {
    case .treatment: "T\(number)"
    case .outcome: "O\(number)"
    case .open, .allocation, .sealed, .identity: String(number)
    }
  }
}
