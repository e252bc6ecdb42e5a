import Statistics
import StudyModel

/// Adverse events by the treatment first received, whatever was allocated.
enum SafetySection {
  static func section(_ trial: AnalysedTrial) -> ReportSection {
    var section = ReportSection(id: "safety", title: "Adverse events")
    guard let fields = trial.plan.adverseEvents else { return section }
    guard trial.source.holdsTreatment else {
      section.refusals.append("Adverse events tell treatments and are not read before unblinding.")
      return section
    }
    let treated = trial.participants.filter(\.inSafetySet)
    let isByReceipt = !trial.plan.received.isEmpty
    let arms = treatments(trial)
    let events = events(of: fields, in: trial.source.snapshot, arms)
    do throws(StatisticsRefusal) {
      let groups = groups(trial.arms, arms)
      guard !groups.isEmpty else { throw .armWithoutParticipants }
      let table = try AdverseEventTable(events, treated: groups)
      section.findings = [
        "\(events.count) events of \(treated.count) participants who received any treatment.",
        isByReceipt
          ? "Counted by the treatment first received, in \(treated.count { arms[$0.key] != $0.arm }) of them another than allocated."
          : "Counted by the allocated arm: the definition does not say how the treatment received is told.",
      ]
      section.tables = [rows(table, treated.count, isByReceipt, trial)]
      if isByReceipt { section.tables.append(received(treated, arms, trial)) }
    } catch {
      section.refuse("Adverse events", error)
    }
    return section
  }

  /// Who received any treatment, with the arm whose treatment came first.
  static func treatments(_ trial: AnalysedTrial) -> [String: String] {
    Dictionary(
      trial.participants.filter(\.inSafetySet).map { ($0.key, $0.received ?? $0.arm) }
    ) { one, _ in one }
  }

  /// The arms in which anybody is, with how many.
  static func groups(
    _ arms: [String], _ treated: [String: String]
  ) -> [(arm: String, participants: Int)] {
    arms.map { arm in (arm: arm, participants: treated.values.count { $0 == arm }) }
      .filter { $0.participants > 0 }
  }

  /// The events handed in of those who are counted, each under the group it is counted in.
  static func events(
    of fields: AdverseEventFields, in snapshot: TrialSnapshot, _ groups: [String: String]
  ) -> [AdverseEvent] {
    snapshot.entries.filter {
      $0.form == fields.form.text && $0.submitted_at != nil
        && $0.status != EntryStatus.voided.rawValue
    }.compactMap { entry in
      groups[entry.participant].map { event(entry, $0, fields) }
    }
  }

  private static func event(
    _ entry: SnapshotEntry, _ arm: String, _ fields: AdverseEventFields
  ) -> AdverseEvent {
    func text(_ field: FieldID) -> String { entry.answers[field.text]?.text ?? "" }
    let organClass = text(fields.organClass)
    let term = text(fields.term)
    return AdverseEvent(
      participant: entry.participant, arm: arm,
      organClass: organClass.isEmpty ? "Not coded" : organClass,
      preferredTerm: term.isEmpty ? "Not coded" : term, grade: Int(text(fields.grade)) ?? 1,
      isSerious: text(fields.serious) == "Y")
  }

  private static func rows(
    _ table: AdverseEventTable, _ count: Int, _ isByReceipt: Bool, _ trial: AnalysedTrial
  ) -> ReportTable {
    ReportTable(
      id: "events",
      caption: "Participants with adverse events, by "
        + (isByReceipt ? "treatment first received" : "allocated arm"),
      columns: [
        .words("Event"), .words(isByReceipt ? "Received" : "Arm"), .numbers("Participants"),
        .numbers("Of"),
        .numbers("Per cent"), .numbers("Lower limit"), .numbers("Upper limit"),
        .numbers("Events"),
      ],
      rows: table.cells.map { cell in
        let total = cell.participants.total
        let share = total == 0 ? 0 : Double(cell.participants.responders) / Double(total)
        return [
          ReportCell(cell.row), ReportCell(cell.arm), ReportCell(cell.participants.responders),
          ReportCell(total), ReportCell(100 * share, Wording.decimal(100 * share)),
          ReportCell(100 * cell.interval.lower, Wording.decimal(100 * cell.interval.lower)),
          ReportCell(100 * cell.interval.upper, Wording.decimal(100 * cell.interval.upper)),
          ReportCell(cell.events),
        ]
      },
      trace: trial.trace(
        "A participant counts once in a row; exact limits, Clopper and Pearson (1934), Biometrika 26, 404-413. 95 %.",
        trial.setName(trial.plan.safetySet), count))
  }

  private static func received(
    _ treated: [AnalysedParticipant], _ arms: [String: String], _ trial: AnalysedTrial
  ) -> ReportTable {
    ReportTable(
      id: "received", caption: "Allocated arm and treatment first received",
      columns: [.words("Allocated")] + trial.arms.map { .numbers("Received \($0)") },
      rows: trial.arms.map { allocated in
        [ReportCell(allocated)]
          + trial.arms.map { given in
            ReportCell(treated.count { $0.arm == allocated && arms[$0.key] == given })
          }
      },
      trace: trial.trace(
        "The arm whose treatment has the earliest day; on one day, the arm the definition names first.",
        trial.setName(trial.plan.safetySet), treated.count))
  }
}
