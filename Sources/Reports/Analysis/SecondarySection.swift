import Foundation
import Statistics
import StudyModel

/// Secondary endpoints, each by the method its values ask for; all of it describes.
enum SecondarySection {
  static func sections(_ trial: AnalysedTrial) -> [ReportSection] {
    var repeated = ReportSection(id: "repeated", title: "Scores over time")
    var shares = ReportSection(id: "shares", title: "Response, remission and other shares")
    var times = ReportSection(id: "times", title: "Time to events")
    var silent: [String] = []
    for endpoint in trial.definition.secondaryEndpoints {
      let read = SecondaryValues(endpoint, trial)
      switch read.kind {
      case .none: silent.append(endpoint.title)
      case .number: MeanRows.add(read, trial, to: &repeated)
      case .day: EventRows.add(read, trial, to: &times)
      case .truth where endpoint.visits.count > 1: EventRows.add(read, trial, to: &times)
      case .truth: ShareRows.add(read, trial, to: &shares)
      }
    }
    if !silent.isEmpty {
      shares.refusals.append(
        "Not computed, since no participant has a value: \(silent.joined(separator: ", ")).")
    }
    let caution = "Secondary endpoints carry no error rate of their own; nothing here is a test."
    repeated.findings = [caution]
    shares.findings = [caution]
    times.findings = [caution]
    return [repeated, shares, times].filter { !$0.tables.isEmpty || !$0.refusals.isEmpty }
  }
}

/// The values of one secondary endpoint.
struct SecondaryValues {
  enum Kind { case none, number, truth, day }

  let endpoint: SecondaryEndpoint
  let people: [AnalysedParticipant]
  /// Visits to what was found there, participant by participant.
  let values: [VisitCode: [FormulaValue]]
  let kind: Kind

  init(_ endpoint: SecondaryEndpoint, _ trial: AnalysedTrial) {
    self.endpoint = endpoint
    let arms = Set(endpoint.arms.map(\.text))
    people = trial.fullSet.filter { person in
      (arms.isEmpty || arms.contains(person.arm))
        && endpoint.population.map { person.flags[$0] ?? false } ?? true
    }
    var values: [VisitCode: [FormulaValue]] = [:]
    if let formula = endpoint.value {
      let last = trial.endpoint.followUp.visit.map { [$0] } ?? []
      let visits = endpoint.visits.isEmpty ? last : endpoint.visits
      for visit in visits { values[visit] = people.map { $0.values.value(formula, at: visit) } }
    }
    self.values = values
    let all = values.values.joined()
    if all.contains(where: { $0.numberValue != nil }) {
      kind = .number
    } else if all.contains(where: { $0.truthValue != nil }) {
      kind = .truth
    } else if all.contains(where: { $0.dayValue != nil }) {
      kind = .day
    } else {
      kind = .none
    }
  }

  /// The score before treatment: the endpoint's own where it names no visit, else the primary one.
  func baseline(_ trial: AnalysedTrial) -> [Double?] {
    guard let formula = endpoint.value, let visit = trial.endpoint.baseline.visit,
      formula.references.allSatisfy({ $0.visit == nil })
    else { return people.map(\.baseline) }
    return people.map { $0.values.value(formula, at: visit).double }
  }

  /// From when days are counted, in words.
  var origin: String {
    switch endpoint.origin {
    case .randomization: "randomization"
    case .endOfTreatment: "the end of treatment"
    }
  }

  /// From when the days of a participant are counted; nil where it is not known.
  func start(of person: AnalysedParticipant, _ trial: AnalysedTrial) -> UTCInstant? {
    switch endpoint.origin {
    case .randomization: person.randomizedAt
    case .endOfTreatment: trial.endpoint.followUp.visit.flatMap { person.values.submitted[$0] }
    }
  }

  /// The same as a calendar day, for events that have a day of their own.
  func startDay(of person: AnalysedParticipant, _ trial: AnalysedTrial) -> CalendarDate? {
    switch endpoint.origin {
    case .randomization: person.dayZero
    case .endOfTreatment: person.values.day(of: trial.endpoint.followUp)
    }
  }

  /// The days under a curve at which those at risk are told.
  func days(_ trial: AnalysedTrial) -> [Double] {
    switch endpoint.origin {
    case .randomization:
      stride(from: 0, to: Double(trial.endpoint.usableDays.upperBound), by: 7).map(\.self)
        + [Double(trial.endpoint.usableDays.upperBound)]
    case .endOfTreatment: [0, 30, 60, 90, 120, 180]
    }
  }
}

/// Means by a model for repeated measures.
private enum MeanRows {
  static func add(
    _ read: SecondaryValues, _ trial: AnalysedTrial, to section: inout ReportSection
  ) {
    let title = read.endpoint.title
    let visits = read.endpoint.visits.filter { visit in
      visit != trial.endpoint.baseline.visit && isSeen(read, at: visit, trial)
    }
    let baseline = read.baseline(trial)
    let rows = measures(read, visits, baseline)
    guard !rows.isEmpty else {
      section.refusals.append("\(title): no visit has values of two participants in every arm.")
      return
    }
    do throws(StatisticsRefusal) {
      let model = try MixedModel(rows)
      section.figures.append(profile(read, visits, trial, model))
      section.tables.append(try table(read, visits, trial, model))
    } catch {
      section.refuse(title, error)
    }
  }

  private static func isSeen(
    _ read: SecondaryValues, at visit: VisitCode, _ trial: AnalysedTrial
  ) -> Bool {
    let values = read.values[visit] ?? []
    let arms = read.endpoint.arms.isEmpty ? trial.arms : read.endpoint.arms.map(\.text)
    return arms.allSatisfy { arm in
      zip(read.people, values).count { $0.arm == arm && $1.numberValue != nil } > 1
    }
  }

  private static func measures(
    _ read: SecondaryValues, _ visits: [VisitCode], _ baseline: [Double?]
  ) -> [RepeatedMeasure] {
    visits.enumerated().flatMap { number, visit in
      zip(zip(read.people, baseline), read.values[visit] ?? []).compactMap { known, value in
        guard let baseline = known.1, let value = value.double else { return nil }
        return RepeatedMeasure(
          participant: known.0.key, arm: known.0.arm, visit: name(number), outcome: value,
          baseline: baseline, factors: [known.0.stratum])
      }
    }
  }

  // The model orders visits by the alphabet.
  private static func name(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }

  private static func profile(
    _ read: SecondaryValues, _ visits: [VisitCode], _ trial: AnalysedTrial, _ model: MixedModel
  ) -> ReportFigure {
    .profile(
      ReportFigure.Profile(
        id: "profile-\(read.endpoint.id)",
        finding: "\(read.endpoint.title): mean with 95 % interval by arm and visit.",
        unit: read.endpoint.title, visits: visits.map(\.text),
        lines: model.arms.map { arm in
          ReportFigure.Profile.Line(
            arm: arm,
            points: visits.indices.compactMap { number in
              guard
                let mean = model.leastSquaresMean(
                  arm, at: name(number), degreesOfFreedom: .satterthwaite),
                let interval = try? mean.interval(), mean.estimate.isFinite,
                interval.lower.isFinite, interval.upper.isFinite
              else { return nil }
              return ReportFigure.Profile.Point(
                visit: number, mean: mean.estimate, lower: interval.lower, upper: interval.upper)
            })
        }))
  }

  private static func table(
    _ read: SecondaryValues, _ visits: [VisitCode], _ trial: AnalysedTrial, _ model: MixedModel
  ) throws(StatisticsRefusal) -> ReportTable {
    var rows: [[ReportCell]] = []
    for (number, visit) in visits.enumerated() {
      for pair in trial.pairs {
        guard
          let found = model.contrast(
            pair.first, pair.second, at: name(number), degreesOfFreedom: .satterthwaite)
        else { continue }
        let interval = try found.interval()
        rows.append([
          ReportCell(visit.text), ReportCell(pair.label),
          ReportCell(found.estimate, Wording.signed(found.estimate, places: 2)),
          ReportCell(interval.lower, Wording.decimal(interval.lower, places: 2)),
          ReportCell(interval.upper, Wording.decimal(interval.upper, places: 2)),
          ReportCell(found.degreesOfFreedom, Wording.decimal(found.degreesOfFreedom)),
        ])
      }
    }
    return ReportTable(
      id: "means-\(read.endpoint.id)",
      caption: "\(read.endpoint.title): differences of means by visit",
      columns: [
        .words("Visit"), .words("Comparison"), .numbers("Difference"), .numbers("Lower limit"),
        .numbers("Upper limit"), .numbers("Degrees of freedom"),
      ], rows: rows,
      trace: trial.trace(
        "Model for repeated measures by restricted maximum likelihood: arm by visit, baseline by visit, strata, unstructured covariance; degrees of freedom by Satterthwaite. Missing visits by the likelihood. 95 % intervals.",
        "full set with a baseline and a later value", model.participants))
  }
}

/// Shares of participants, compared by the primary method.
private enum ShareRows {
  static func add(
    _ read: SecondaryValues, _ trial: AnalysedTrial, to section: inout ReportSection
  ) {
    let values = read.values.values.first ?? []
    let records = zip(read.people, values).map { person, value in
      EndpointRecord(
        participant: person.key, stratum: person.stratum, isResponder: value.truthValue,
        day: nil, isRatedInWindow: true)
    }
    var rows: [[ReportCell]] = []
    for pair in trial.pairs {
      do throws(StatisticsRefusal) {
        let found = try ComparisonRows.score(pair, records, trial.source.arms)
        rows.append(ComparisonRows.row(pair.label, found.counts, found.estimate, found.interval))
      } catch {
        section.refuse("\(read.endpoint.title), \(pair.label)", error)
      }
    }
    guard !rows.isEmpty else { return }
    section.tables.append(
      ReportTable(
        id: "share-\(read.endpoint.id)", caption: read.endpoint.title,
        columns: ComparisonRows.columns, rows: rows,
        trace: trial.trace(
          ComparisonRows.scoreMethod, "full set, value known",
          values.count { $0.truthValue != nil })))
  }
}

/// Days to an event: to the visit at which it was seen, or to its own day where the value is one.
private enum EventRows {
  static func add(
    _ read: SecondaryValues, _ trial: AnalysedTrial, to section: inout ReportSection
  ) {
    let times = read.people.enumerated().compactMap { index, person in
      time(index, person, read, trial).map { (person: person, time: $0) }
    }
    let title = read.endpoint.title
    guard !times.isEmpty else {
      section.refusals.append("\(title): nobody was seen after \(read.origin).")
      return
    }
    let days = read.days(trial)
    let end = Wording.decimal(days.last ?? 0, places: 0)
    var lines: [ReportFigure.Survival.Line] = []
    var rows: [[ReportCell]] = []
    for arm in trial.arms {
      let own = times.filter { $0.person.arm == arm }.map(\.time)
      do throws(StatisticsRefusal) {
        let curve = try KaplanMeier(own)
        lines.append(
          ReportFigure.Survival.Line(
            arm: arm,
            steps: curve.steps.filter { $0.events > 0 }
              .map { ReportFigure.Survival.Step(time: $0.time, share: $0.survival) },
            atRisk: days.map { curve.atRisk(at: $0) }))
        let last = curve.step(at: days.last ?? 0)
        let interval = try curve.interval(last)
        rows.append([
          ReportCell(arm), ReportCell(own.count), ReportCell(curve.events),
          percent(last.survival), percent(interval?.lower), percent(interval?.upper),
        ])
      } catch {
        section.refuse("\(title), \(arm)", error)
      }
    }
    section.figures.append(
      .survival(
        ReportFigure.Survival(
          id: "survival-\(read.endpoint.id)", finding: "\(title): share still without it, by arm.",
          event: title, times: days, lines: lines)))
    section.tables.append(
      ReportTable(
        id: "survival-\(read.endpoint.id)",
        caption: "\(title): share without it \(end) days after \(read.origin)",
        columns: [
          .words("Arm"), .numbers("Participants"), .numbers("Events"), .numbers("Per cent"),
          .numbers("Lower limit"), .numbers("Upper limit"),
        ], rows: rows,
        trace: trial.trace(
          "Product-limit estimate with log-log limits, 95 %; Kaplan and Meier (1958), JASA 53, 457-481.",
          trial.setName(read.endpoint.population ?? trial.plan.fullSet), times.count)))
    hazards(title, read, trial, times, &section)
  }

  private static func time(
    _ index: Int, _ person: AnalysedParticipant, _ read: SecondaryValues, _ trial: AnalysedTrial
  ) -> SurvivalTime? {
    if read.kind == .day { return timeToDay(index, person, read, trial) }
    guard let start = read.start(of: person, trial) else { return nil }
    var last: Double?
    for visit in read.endpoint.visits {
      guard let value = read.values[visit]?[index].truthValue,
        let at = person.values.submitted[visit]
      else { continue }
      let day = Double((at.microsecondsSince1970 - start.microsecondsSince1970) / 86_400_000_000)
      guard day >= 0 else { continue }
      if value { return SurvivalTime(time: day, isEvent: true) }
      last = day
    }
    return last.map { SurvivalTime(time: $0, isEvent: false) }
  }

  /// The first day told at any of the visits; without one, until the last visit somebody came to.
  private static func timeToDay(
    _ index: Int, _ person: AnalysedParticipant, _ read: SecondaryValues, _ trial: AnalysedTrial
  ) -> SurvivalTime? {
    guard let start = read.startDay(of: person, trial) else { return nil }
    let told = read.values.values.compactMap { $0[index].dayValue }.filter { $0 >= start }.min()
    if let told { return SurvivalTime(time: Double(told.days(since: start)), isEvent: true) }
    let seen = read.endpoint.visits.compactMap(person.values.lastDay).filter { $0 >= start }.max()
    return seen.map { SurvivalTime(time: Double($0.days(since: start)), isEvent: false) }
  }

  private static func hazards(
    _ title: String, _ read: SecondaryValues, _ trial: AnalysedTrial,
    _ times: [(person: AnalysedParticipant, time: SurvivalTime)], _ section: inout ReportSection
  ) {
    var rows: [[ReportCell]] = []
    for pair in trial.pairs {
      let own = times.filter { $0.person.arm == pair.first || $0.person.arm == pair.second }
      do throws(StatisticsRefusal) {
        let cox = try CoxModel(
          own.map(\.time), covariates: own.map { [$0.person.arm == pair.first ? 1 : 0] },
          strata: own.map(\.person.stratum))
        let (log, error) = (cox.coefficients[0], cox.standardErrors[0])
        let half = Normal.tailQuantile(0.025) * error
        rows.append([
          ReportCell("\(pair.first) against \(pair.second)"), ratio(log), ratio(log - half),
          ratio(log + half),
        ])
      } catch {
        section.refuse("\(title), hazard ratio \(pair.label)", error)
      }
    }
    guard !rows.isEmpty else { return }
    section.tables.append(
      ReportTable(
        id: "hazard-\(read.endpoint.id)", caption: "\(title): hazard ratios",
        columns: [
          .words("Comparison"), .numbers("Hazard ratio"), .numbers("Lower limit"),
          .numbers("Upper limit"),
        ], rows: rows,
        trace: trial.trace(
          "Proportional hazards with one baseline per stratum, ties by Efron; Cox (1972), JRSS B 34, 187-220. 95 %.",
          trial.setName(read.endpoint.population ?? trial.plan.fullSet), times.count)))
  }

  private static func ratio(_ log: Double) -> ReportCell {
    let value = exp(log)
    return ReportCell(value, Wording.decimal(value, places: 2))
  }

  private static func percent(_ share: Double?) -> ReportCell {
    share.map { ReportCell(100 * $0, Wording.decimal(100 * $0)) } ?? ReportCell("–")
  }
}
