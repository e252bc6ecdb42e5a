import Foundation
import Store
import StudyModel

/// What follows from handing in a form, as it travels with the save: the database draws it in the same
/// transaction, whoever saves and whatever that login may read.
struct SaveConsequences: Encodable {
  /// An alert of the plan, with the answers that raised it.
  struct Alert: Encodable {
    let name: String
    let title: String
    let items: String
    let within: String
    let repeated: Bool
    let to: [String]
    let existence: [String]
    let escalate: [String]
  }

  /// A deviation to be judged by a person.
  struct Deviation: Encodable {
    let type: String
    let category: String
    let `class`: String
    let on: String?
    let description: String
    let excludes: Bool?
    /// Who found it, nil for a rule.
    var how: String?
    /// The number among repeats of the entry it is of, where no save says so.
    var `repeat`: Int?
  }

  /// A reporting time that starts.
  struct Clock: Encodable {
    let clock: String
    let title: String
    let start: String
    let due: String
    let remind: String
    let to: [String]
    let escalate: [String]
    let met: Bool
    let told: Bool
    let typed: Bool
    /// Whether a later start is met anew, by the version that tells of it.
    let again: Bool
    let reason: String
  }

  /// A sample the record is placed in.
  struct Sample: Encodable {
    let sample: String
    /// Who did what is recorded, nil where the draw is by site alone.
    let person: String?
    /// The records of a block, and how many of them are drawn.
    let size: Int
    let drawn: Int
  }

  let form: String
  let alerts: [Alert]
  let deviations: [Deviation]
  let clocks: [Clock]
  let samples: [Sample]
  /// Pairs of label and answer that tell no arm, nil where no reporting time looks at the form.
  let told: [[String]]?

  /// The text that is announced, nil when nothing follows.
  func text() throws -> String? {
    alerts.isEmpty && deviations.isEmpty && clocks.isEmpty && samples.isEmpty && told == nil
      ? nil : try Self.text(of: self)
  }

  /// A value in the JSON the database reads.
  static func text(of value: some Encodable) throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return String(decoding: try encoder.encode(value), as: UTF8.self)
  }
}

extension SaveConsequences.Deviation {
  /// One that no answer drafted: its title says what there is to say.
  init(_ type: DeviationType, in dataClass: DataClass, on date: CalendarDate) {
    self.type = type.id
    category = type.importance == .minor ? "MIN" : "IMP"
    `class` = dataClass.rawValue
    on = date.description
    description = type.title
    excludes = type.excludesAlways
  }
}

extension SaveConsequences.Alert {
  /// The alert as it is raised.
  ///
  /// - Parameter items: the answers that raised it, in words.
  init(_ plan: AlertPlan, items: String) {
    name = plan.id
    title = plan.title
    self.items = items
    within =
      switch plan.deadline {
      case .atOnce: "at_once"
      case .minutes(let minutes): String(minutes)
      case .sameDay: "same_day"
      case .nextWorkingDay: "next_working_day"
      }
    repeated = plan.isRepeated
    to = plan.recipients.map(\.text)
    existence = plan.existenceOnly.map(\.text)
    escalate = plan.escalatedTo.map(\.text)
  }
}

extension StudyDefinition {
  /// What follows from handing in a form.
  ///
  /// - Parameters:
  ///   - checked: the answers and what was found in them.
  ///   - elsewhere: facts and values of other entries its rules read.
  ///   - clocks: those by which instants have their day.
  func consequences(
    of form: Form, _ checked: CheckedEntry, elsewhere: [FieldReference: FormulaValue] = [:],
    clocks: FormulaClocks, reason: String = ""
  ) -> SaveConsequences {
    let environment = form.environment(
      of: checked.answers, elsewhere: elsewhere, clocks: clocks)
    return SaveConsequences(
      form: form.id.text,
      alerts: alerts(raisedBy: form, environment).map { plan in
        SaveConsequences.Alert(plan, items: items(plan, form, checked, environment))
      },
      deviations: deviations(draftedBy: form, checked.faults, environment).map { draft in
        deviation(draft, form, checked)
      }, clocks: started(by: form, environment, reason),
      samples: samples(drawingFrom: form, environment),
      told: self.clocks.contains { $0.form == form.id } ? told(of: form, environment) : nil)
  }

  /// The reporting times an entry starts, each with the one for what follows the first report.
  func started(
    by form: Form, _ environment: FormulaEnvironment, _ reason: String
  ) -> [SaveConsequences.Clock] {
    guard let sponsor = sponsorZone.flatMap({ try? SiteClock(zone: $0) }) else { return [] }
    return clocks.flatMap(\.withFollowUp).compactMap { clock in
      guard clock.form == form.id, case .instant(let start)? = environment.own[clock.startsAt],
        clock.condition.map({ $0.truth(in: environment) == true }) ?? true
      else { return nil }
      return SaveConsequences.Clock(
        clock: clock.id, title: clock.title, start: start.description,
        due: clock.due(from: start, by: sponsor).description,
        remind: clock.reminder(from: start, by: sponsor).description,
        to: clock.reminded.map(\.text), escalate: clock.escalatedTo.map(\.text),
        met: clock.isMetByEntry, told: clock.declassifiedBecause != nil,
        typed: form.field(clock.startsAt)?.isCalculated == false,
        again: clock.isMetByEachVersion, reason: reason)
    }
  }

  /// The samples an entry is placed in when it is handed in.
  private func samples(
    drawingFrom form: Form, _ environment: FormulaEnvironment
  ) -> [SaveConsequences.Sample] {
    samples.compactMap { sample in
      guard let source = sample.sources.first(where: { $0.form == form.id }),
        source.condition.map({ $0.truth(in: environment) == true }) ?? true
      else { return nil }
      let person = source.person.flatMap { environment.own[$0]?.storedText }
      return SaveConsequences.Sample(
        sample: sample.id, person: person, size: sample.block.size, drawn: sample.block.drawn)
    }
  }

  /// What of an entry may be told to roles without its class, label by label.
  func told(of form: Form, _ environment: FormulaEnvironment) -> [[String]] {
    toldFields(of: form).compactMap { field in
      (environment.own[field.id]?.storedText).map { [field.label, field.words(for: $0)] }
    }
  }

  /// The answers that raised an alert, in words: those the conditions read that are met.
  private func items(
    _ plan: AlertPlan, _ form: Form, _ checked: CheckedEntry, _ environment: FormulaEnvironment
  ) -> String {
    let rules = form.instrument.flatMap { instrument($0) }?.alerts ?? []
    var conditions = rules.filter { $0.name == plan.id }.map(\.condition)
    for case .answers(form.id, let condition) in plan.triggers { conditions.append(condition) }
    let fields = Set(
      conditions.flatMap(\.alternatives).filter { $0.truth(in: environment) == true }
        .flatMap { $0.references.filter { !$0.isOutside }.map(\.field) })
    let texts = fields.sorted().compactMap { field in
      checked.answers[field]?.text.map { "\(form.field(field)?.label ?? field.text): \($0)" }
    }
    return "\(form.instrument?.text ?? form.id.text), " + texts.joined(separator: ", ")
  }

  private func deviation(
    _ draft: DraftedDeviation, _ form: Form, _ checked: CheckedEntry
  ) -> SaveConsequences.Deviation {
    let type = deviations.first { $0.id == draft.type }
    let cause = checked.faults.first { fault in
      fault.kind != .hard && type?.draftedBy.contains(fault.code) == true
    }
    let date = checked.answers.first { $0.key.text == FormHeader.dateField }?.value.text
    if cause == nil, draft.dataClass >= form.dataClass,
      let told = type?.rules.first(where: { $0.form == form.id })?.report
    {
      return reported(draft, type, told, checked)
    }
    // The sentence of a check names an answer; below the form's class the title says enough.
    let isTold = draft.dataClass >= form.dataClass || cause?.isOfDates == true
    return SaveConsequences.Deviation(
      type: draft.type, category: type?.importance == .minor ? "MIN" : "IMP",
      class: draft.dataClass.rawValue,
      on: date.flatMap { try? CalendarDate(parsing: $0) }?.description,
      description: (isTold ? cause?.sentence : nil) ?? type?.title ?? draft.type,
      excludes: draft.excludes)
  }

  /// A deviation a person reported on a form: in the words of the report, from the day it names.
  private func reported(
    _ draft: DraftedDeviation, _ type: DeviationType?, _ report: DeviationReport,
    _ checked: CheckedEntry
  ) -> SaveConsequences.Deviation {
    let words = checked.answers[report.words]?.text ?? ""
    let source = checked.answers[report.foundBy]?.text.flatMap(DeviationSource.init(rawValue:))
    return SaveConsequences.Deviation(
      type: draft.type, category: type?.importance == .minor ? "MIN" : "IMP",
      class: draft.dataClass.rawValue, on: checked.answers[report.occurredOn]?.text,
      description: (3...2000).contains(words.unicodeScalars.count)
        ? words : type?.title ?? draft.type,
      excludes: draft.excludes, how: source?.rawValue)
  }

  /// What the checks of a form, and the rules that act when it is handed in, read outside of it.
  func readElsewhere(by form: Form) -> Set<FieldReference> {
    let asked = form.outsideReferences.union(consequenceReferences(of: form))
    guard asked.contains(where: { $0.form?.text == Population.formName }) else { return asked }
    let rules = populations.filter { $0.dataClass <= form.dataClass }.map(\.rule)
    return asked.union(rules.flatMap(\.references).filter(\.isOutside))
  }

  /// The flags among references, as far as they can be told.
  func flagValues(
    _ references: Set<FieldReference>, _ elsewhere: [FieldReference: FormulaValue],
    clocks: FormulaClocks
  ) -> [FieldReference: FormulaValue] {
    guard references.contains(where: { $0.form?.text == Population.formName }) else { return [:] }
    let flags = self.flags(elsewhere, clocks: clocks)
    var values: [FieldReference: FormulaValue] = [:]
    for population in populations {
      if let reference = population.reference, let holds = flags[population.id] {
        values[reference] = .truth(holds)
      }
    }
    return values
  }

  /// What rules of deviations, alerts and samples read outside of a form, when it is handed in.
  private func consequenceReferences(of form: Form) -> Set<FieldReference> {
    var formulas: [Formula] = []
    for type in deviations {
      let rules = type.rules.filter { $0.form == form.id }.map(\.condition)
      let isDrafted = !rules.isEmpty || form.checks.contains { type.draftedBy.contains($0.code) }
      formulas += rules + (isDrafted ? type.excludesWhen.map { [$0] } ?? [] : [])
    }
    for alert in alerts {
      for case .answers(form.id, let condition) in alert.triggers { formulas.append(condition) }
    }
    formulas += clocks.filter { $0.form == form.id }.compactMap(\.condition)
    formulas += samples.flatMap(\.sources).filter { $0.form == form.id }.compactMap(\.condition)
    return Set(formulas.flatMap(\.references)).filter(\.isOutside)
  }
}

extension Field {
  /// An answer in the words of the form: labels instead of codes.
  func words(for stored: String) -> String {
    switch type {
    case .code(let items): items.first { $0.code == stored }?.label ?? stored
    case .multi(let items):
      stored.split(separator: ",").map { code in
        let code = code.trimmingCharacters(in: .whitespaces)
        return items.first { $0.code == code }?.label ?? code
      }.joined(separator: ", ")
    case .boolean, .calculated: stored == "true" ? "Yes" : stored == "false" ? "No" : stored
    case .integer, .decimal, .date, .partialDate, .time, .dateTime, .text, .userReference: stored
    }
  }
}
