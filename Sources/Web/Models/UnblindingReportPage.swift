import Conduct
import Pages
import Store
import StudyModel

/// An arm learnt by accident: the report of who learnt it, and what others make of it.
enum UnblindingReportPage {
  static let place = "/unblinding-report"

  static func show(_ call: Call, faults: [Pages.Fault] = []) throws -> ActPageModel {
    let actor = try call.actor
    let isRater = actor.role.can(.rate)
    func fault(_ name: String) -> String { faults.first { $0.field == name }?.sentence ?? "" }
    return ActPageModel(
      frame: call.site.frame(for: call), back: home(actor),
      title: "Report that you learnt an arm",
      lead: "For you, who may not know it. Write it here and tell nobody.",
      act: ActForm(
        form: call.target(place), button: "Send the report",
        whatHappens: [
          "Only the unblinded data manager and the independent statistician read it. You do not see "
            + "it again.",
          isRater
            ? "Ratings of this participant that you have not begun go to another rater."
            : "Nothing you read changes by it.",
        ], cannotBeUndone: "A report is not taken back.",
        fields: [
          EntryField(
            name: "about", label: isRater ? "Token of the rating" : "Participant key",
            control: .text(text: call.form["about"] ?? "", maximum: isRater ? 10 : 8),
            hint: isRater
              ? "Such as A-7KQ2M9XD. Empty where it is about several."
              : "Such as 101-0001. Empty where it is about several.", isOptional: true,
            fault: fault("about")),
          EntryField(
            name: "learnt", label: "What you learnt",
            control: .code(
              choices: AccidentallyLearnt.allCases.map {
                Choice(code: $0.rawValue, label: $0.title)
              }, selected: call.form["learnt"] ?? ""), fault: fault("learnt")),
          EntryField(
            name: "how", label: "How",
            control: .lines(text: call.form["how"] ?? "", maximum: 1000),
            hint: "From whom or from what, without a name. The arm itself need not stand here.",
            fault: fault("how")),
          EntryField(
            name: "at", label: "When",
            control: .dateTime(
              DateText(
                day: call.form["at.day"] ?? "", month: call.form["at.month"] ?? "",
                year: call.form["at.year"] ?? "", time: call.form["at.time"] ?? "")),
            hint: "By the clock of \(call.site.zone(of: actor)).", fault: fault("at")),
        ], authentication: .notNeeded), faults: faults)
  }

  /// Where a role begins.
  private static func home(_ actor: Actor) -> Link {
    actor.role.can(.rate) ? Link(text: "Desk", href: "/desk") : Link(text: "Home", href: "/")
  }

  static func report(_ call: Call) async throws -> Answer {
    try await call.act {
      let actor = try call.actor
      let zone = try SiteClock(zone: call.site.zone(of: actor))
      guard let at = DateBoxes(call.form, zone).instant("at") else {
        throw ActRefusal.invalid([
          Conduct.Fault(
            field: "at", code: "bad_instant",
            sentence: "Give the time as day, month, year and time. Nothing was reported.")
        ])
      }
      try await call.installation.reportUnblinding(
        about: (call.form["about"] ?? "").filter { !$0.isWhitespace },
        learnt: call.form["learnt"] ?? "", how: call.form["how"] ?? "", at: at, as: actor)
      return home(actor).href + "?note=unblinding-reported"
    } orShow: {
      try show(call, faults: $0).page()
    }
  }

  // MARK: What it means

  static func assessment(_ call: Call, faults: [Pages.Fault] = []) async throws -> ActPageModel {
    let actor = try call.actor
    let reports = try await call.installation.unblindingReports(as: actor)
    guard let found = reports.first(where: { String($0.number) == call.parameter("report") }) else {
      throw ActRefusal.notFound
    }
    let zone = call.site.zone(of: actor)
    let role = (try? RoleID(parsing: found.role)).flatMap { actor.definition.role($0)?.title }
    func field(_ name: String, _ label: String, _ hint: String) -> EntryField {
      EntryField(
        name: name, label: label, control: .lines(text: call.form[name] ?? "", maximum: 1000),
        hint: hint, fault: faults.first { $0.field == name }?.sentence ?? "")
    }
    let isOpen = found.impact == nil && Installation.assessesUnblinding(actor.role)
    return ActPageModel(
      frame: call.site.frame(for: call), back: Link(text: "Disclosures", href: "/disclosures"),
      title: "Accidental unblinding, report \(found.number)",
      facts: [
        Fact(
          name: "Participant", value: found.report.about.isEmpty ? "several" : found.report.about),
        Fact(name: "Learnt by", value: "\(found.person), \((role ?? found.role).lowercased())"),
        Fact(
          name: "What was learnt",
          value: AccidentallyLearnt(rawValue: found.report.learnt)?.title ?? found.report.learnt),
        Fact(name: "How", value: found.report.how),
        Fact(name: "When", value: Times.full(found.report.at, zone)),
        Fact(name: "Reported", value: Times.full(found.reportedAt, zone)),
      ]
        + [("Impact", found.impact), ("What was done", found.action)].compactMap { name, text in
          text.map { Fact(name: name, value: $0) }
        },
      act: isOpen
        ? ActForm(
          form: call.target("/disclosures/reports/\(found.number)"),
          button: "Record the assessment",
          whatHappens: ["Your assessment stays beside the report, with your name and the time."],
          fields: [
            field("impact", "Impact", "What it means for ratings and data. Name no arm."),
            field("action", "What was done", "So that it does not happen again."),
          ], authentication: .notNeeded) : nil, faults: faults)
  }

  static func assess(_ call: Call) async throws -> Answer {
    try await call.act {
      guard let report = Int(call.parameter("report")) else { throw ActRefusal.notFound }
      try await call.installation.assessUnblinding(
        report, impact: call.form["impact"] ?? "", action: call.form["action"] ?? "",
        as: try call.actor)
      return "/disclosures?note=assessed"
    } orShow: {
      try await assessment(call, faults: $0).page()
    }
  }
}
