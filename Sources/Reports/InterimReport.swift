import Foundation
import Statistics
public import StudyModel

/// One comparison of a closed report, arms by letter.
///
/// It names no hypothesis: who knows the protocol knows which arm stands first in each.
public struct InterimComparison: Sendable, Equatable, Codable {
  /// The letters compared, first minus second.
  public let first: String
  /// The letter subtracted.
  public let second: String
  /// The estimate, a difference of proportions.
  public let estimate: Double
  /// The repeated interval's lower limit.
  public let lower: Double
  /// The repeated interval's upper limit.
  public let upper: Double
  /// The statistic at the margin.
  public let z: Double
  /// The bound of this look.
  public let bound: Double
  /// The one-sided error spent by this look.
  public let alphaSpent: Double
  /// Whether the bound was reached.
  public let isCrossed: Bool
  /// The finding as a sentence.
  public let sentence: String
  /// The chance of crossing the bound of a later look should the trend seen go on; nil where the plan asks
  /// for no advice on futility, and without a later look.
  public let conditionalPower: Double?
}

/// The closed report of an interim look, for the committee only: arms as letters.
public struct InterimReport: Sendable, Equatable, Codable {
  /// The snapshot.
  public let snapshot: Int
  /// The cut-off instant.
  public let cutOff: String
  /// Which of the looks that test efficacy it is, from 1; nil for one that reads safety only.
  ///
  /// Reports from before it was kept are of the first.
  public let efficacyLook: Int?
  /// The share of the final information, by planned number; nil for a look that reads safety only.
  public let information: Double?
  /// The planned information of every look that tests efficacy; none for one that reads safety only.
  public let plannedInformation: [Double]
  /// How the error is spent, in words; nil for a look that reads safety only, and in reports from before it
  /// was kept, which are of the O'Brien-Fleming type.
  public let spending: String?
  /// The bound of every look that tests efficacy.
  public let bounds: [Double]
  /// The flow by letter, in the order of the letters.
  public let flow: [ArmFlow]
  /// Every ordered pair of letters, in the order of the letters; none at a look that reads safety only, which
  /// spends no error.
  public let comparisons: [InterimComparison]
  /// SHA-256 of the snapshot's content, in hex.
  public let fingerprint: String
  /// The conditional power of the first hypothesis below which the plan advises to stop, binding nobody.
  ///
  /// It is given for every pair alike: the pair of the first hypothesis would tell the letters.
  public let futilityAdviceBelow: Double?
  /// The protocol version whose plan the look follows; nil in reports from before it was kept.
  public let planVersion: String?
  /// What amendments changed of the plan before the cut-off, in sentences; nil where they changed nothing.
  public let amended: [String]?
  /// Entries by the protocol version they were entered under; nil in reports from before it was kept.
  public let versions: [VersionCount]?
  /// Treatment, adverse events and blinding by letter; nil in reports from before it was kept.
  public let safety: InterimSafety?

  /// Builds the closed report.
  ///
  /// - Parameters:
  ///   - arms: participant to arm code.
  ///   - letters: arm code to its letter, fixed for the whole trial.
  ///   - efficacyLook: which of the looks that test efficacy it is, from 1; nil for one that reads safety
  ///     only: there nothing is compared with a bound, and no advice on futility is given.
  ///   - definition: what holds for the whole trial, with the forms of every version.
  ///   - amended: what amendments changed of the plan, in sentences.
  ///   - treatment: the same snapshot with the class `treatment`: what decides response beside the rating, and
  ///     what is told of treatment and safety.
  ///   - duplicates: participants randomized twice under another key.
  ///   - excluded: participants with a confirmed deviation that takes them out of the per-protocol set.
  public init(
    _ snapshot: TrialSnapshot, number: Int, cutOff: String, fingerprint: String,
    arms: [String: String], letters: [String: String], definition: StudyDefinition,
    efficacyLook: Int? = 1, amended: [String] = [], treatment: TrialSnapshot? = nil,
    duplicates: Set<String> = [], excluded: Set<String> = []
  ) throws(AnalysisRefusal) {
    guard let plan = definition.interim,
      let first = definition.hypotheses.min(by: { $0.order < $1.order })
    else {
      throw .nothingPlanned
    }
    let fractions = EfficacyPlan.fractions(definition)
    let records = try Self.records(
      treatment ?? snapshot, definition,
      arms: arms, duplicates: duplicates, excluded: excluded, holdsTreatment: treatment != nil)
    let counts = EndpointCounts(records, arms: arms)
    self.snapshot = number
    self.cutOff = cutOff
    self.fingerprint = fingerprint
    self.efficacyLook = efficacyLook
    planVersion = definition.planVersion
    self.amended = amended.isEmpty ? nil : amended
    versions = VersionCount.counts(snapshot)
    flow = try TrialAnalysis.flow(
      snapshot, records, arms: arms, definition: definition, labels: letters
    ).sorted { $0.arm < $1.arm }
    safety = try treatment.flatMap { whole throws(AnalysisRefusal) in
      try InterimSafety(whole, arms: arms, letters: letters, definition: definition)
    }
    guard let efficacyLook else {
      (information, futilityAdviceBelow, spending) = (nil, nil, nil)
      (plannedInformation, bounds, comparisons) = ([], [], [])
      return
    }
    guard fractions.indices.contains(efficacyLook - 1) else { throw .nothingPlanned }
    information = fractions[efficacyLook - 1]
    plannedInformation = fractions
    spending = EfficacyPlan.spending(definition).title
    let advice = plan.futilityAdviceBelow
    futilityAdviceBelow = advice.flatMap { Double($0.text(decimals: 9)) }
    do {
      let design = try EfficacyPlan.design(definition, first)
      bounds = design.bounds
      comparisons = try Self.pairs(
        letters, counts, claim: try Self.claim(of: definition), design: design,
        look: efficacyLook, isAdvised: advice != nil)
    } catch let refusal as any CustomStringConvertible {
      throw .statistics(refusal.description)
    } catch {
      throw .statistics("The interim comparison could not be computed.")
    }
  }

  /// The endpoint as the final analysis would decide it were it made of these data.
  private static func records(
    _ snapshot: TrialSnapshot, _ definition: StudyDefinition, arms: [String: String],
    duplicates: Set<String>, excluded: Set<String>, holdsTreatment: Bool
  ) throws(AnalysisRefusal) -> [EndpointRecord] {
    guard definition.analysis != nil else {
      return EndpointDerivation.records(
        snapshot, definition, arms: arms, duplicates: duplicates, excluded: excluded)
    }
    let trial = try AnalysedTrial(
      AnalysisSource(
        snapshot: snapshot, holdsTreatment: holdsTreatment, arms: arms, definition: definition,
        excluded: excluded, duplicates: duplicates, key: 0,
        provenance: Provenance(
          study: definition.key, definition: definition.version, snapshot: 0, cutOff: "",
          fingerprint: "", plan: "", software: "", randomKey: "", isDryRun: true)))
    return trial.records(trial.participants)
  }

  /// Every pair both ways round at one margin: a chosen pair, order or margin would tell which
  /// letter is the comparator of the protocol.
  private static func pairs(
    _ letters: [String: String], _ counts: EndpointCounts, claim: Claim,
    design: GroupSequentialDesign, look: Int, isAdvised: Bool
  ) throws -> [InterimComparison] {
    let arms = letters.sorted { $0.value < $1.value }
    var found: [InterimComparison] = []
    for first in arms {
      for second in arms where second.key != first.key {
        let verdict = try InterimVerdict(
          Statistics.Hypothesis(id: "", first: first.value, second: second.value, claim: claim),
          table: try counts.table(first.key, second.key, perProtocol: false), design: design,
          look: look)
        found.append(
          InterimComparison(
            verdict, conditionalPower: isAdvised ? Self.outlook(verdict, design) : nil))
      }
    }
    return found
  }

  /// Conditional power under the trend seen: Lan and Wittes (1988), Biometrics 44, 579-585.
  private static func outlook(_ verdict: InterimVerdict, _ design: GroupSequentialDesign) -> Double?
  {
    guard verdict.look < design.bounds.count else { return nil }
    let information = design.informationFractions[verdict.look - 1]
    return try? design.conditionalPower(
      look: verdict.look, z: verdict.z, theta: verdict.z / information.squareRoot())
  }

  /// The margin of the study, for every pair alike.
  private static func claim(of definition: StudyDefinition) throws -> Claim {
    let ordered = definition.hypotheses.sorted { $0.order < $1.order }
    for planned in ordered {
      if case .noninferiority = planned.objective {
        return try TrialAnalysis.claim(of: planned.objective)
      }
    }
    return .superiority(.higherIsBetter)
  }
}

extension InterimComparison {
  init(_ verdict: InterimVerdict, conditionalPower: Double?) {
    self.conditionalPower = conditionalPower
    first = verdict.hypothesis.first
    second = verdict.hypothesis.second
    estimate = verdict.estimate
    lower = verdict.repeatedInterval.lower
    upper = verdict.repeatedInterval.upper
    z = verdict.z
    bound = verdict.bound
    alphaSpent = verdict.alphaSpent
    isCrossed = verdict.verdict == .shown
    sentence = verdict.sentence
  }
}

/// How many entries were handed in under a protocol version.
public struct VersionCount: Sendable, Equatable, Codable {
  /// The version.
  public let version: String
  /// The entries.
  public let entries: Int

  static func counts(_ snapshot: TrialSnapshot) -> [VersionCount] {
    snapshot.entriesByVersion.sorted { $0.key < $1.key }.map {
      VersionCount(version: $0.key, entries: $0.value)
    }
  }
}

/// The open report: made from data of class `open` alone, it has no place for an arm.
public struct OpenReport: Sendable, Equatable, Codable {
  /// The snapshot.
  public let snapshot: Int
  /// The cut-off instant.
  public let cutOff: String
  /// Consented.
  public let consented: Int
  /// Randomized, over all arms.
  public let randomized: Int
  /// Planned.
  public let planned: Int
  /// Withdrawn after randomization.
  public let withdrawn: Int
  /// Randomized by site.
  public let bySite: [SiteCount]
  /// Cumulative randomized by calendar month.
  public let byMonth: [MonthCount]
  /// Ratings handed in of those due, by visit.
  public let ratings: [VisitCount]
  /// Forms handed in, of every version; nil in reports from before it was kept.
  public let forms: [FormCount]?
  /// The protocol version whose plan the look follows; nil in reports from before it was kept.
  public let planVersion: String?
  /// Entries by the protocol version they were entered under; nil in reports from before it was kept.
  public let versions: [VersionCount]?
  /// Adverse events of all arms together; nil where the definition does not declassify them.
  public let events: PooledEvents?

  /// A form's completeness, all participants together.
  public struct FormCount: Sendable, Equatable, Codable {
    /// The form.
    public let form: String
    /// Its title.
    public let title: String
    /// Entries handed in; nil where they are fewer than the plan shows.
    public let entries: Int?
  }

  /// A site's count.
  public struct SiteCount: Sendable, Equatable, Codable {
    /// The site.
    public let site: String
    /// Randomized there.
    public let randomized: Int
  }

  /// A month's cumulative count.
  public struct MonthCount: Sendable, Equatable, Codable {
    /// `YYYY-MM`.
    public let month: String
    /// Randomized by its end.
    public let randomized: Int
  }

  /// A visit's completeness.
  public struct VisitCount: Sendable, Equatable, Codable {
    /// The visit.
    public let visit: String
    /// Primary ratings handed in, pooled.
    public let rated: Int
    /// Randomized so far.
    public let randomized: Int
  }

  /// Builds the open report from the open class, the pooled number of ratings by visit and pooled events.
  ///
  /// - Parameters:
  ///   - ratingCounts: visit to the number of primary ratings handed in.
  ///   - definition: what holds for the whole trial, with the forms of every version.
  public init(
    open snapshot: TrialSnapshot, ratingCounts: [String: Int], events: PooledEvents? = nil,
    number: Int, cutOff: String, definition: StudyDefinition
  ) {
    self.events = events
    let randomized = snapshot.participants.filter(\.isRandomized)
    self.snapshot = number
    self.cutOff = cutOff
    consented = snapshot.participants.count
    self.randomized = randomized.count
    planned = definition.randomization.plannedTotal
    withdrawn = randomized.filter { $0.state == "withdrawn" }.count
    bySite = definition.sites.map { site in
      SiteCount(
        site: site.key.text, randomized: randomized.filter { $0.site == site.key.text }.count)
    }
    let months = randomized.compactMap { $0.randomized_at.map { String($0.prefix(7)) } }.sorted()
    var cumulative: [MonthCount] = []
    for (index, month) in months.enumerated() {
      if cumulative.last?.month == month { cumulative.removeLast() }
      cumulative.append(MonthCount(month: month, randomized: index + 1))
    }
    byMonth = cumulative
    ratings = definition.visits.compactMap { visit in
      ratingCounts[visit.code.text].map {
        VisitCount(visit: visit.code.text, rated: $0, randomized: randomized.count)
      }
    }
    planVersion = definition.planVersion
    versions = VersionCount.counts(snapshot)
    forms = Self.forms(snapshot, definition)
  }

  /// Every form about participants that holds open data alone, with its entries under whatever version.
  private static func forms(
    _ snapshot: TrialSnapshot, _ definition: StudyDefinition
  ) -> [FormCount] {
    let least = definition.interim?.smallestOpenCell ?? 1
    let handedIn = Dictionary(
      grouping: snapshot.entries.filter {
        $0.submitted_at != nil && $0.status != EntryStatus.voided.rawValue
      }, by: \.form)
    return definition.forms.compactMap { form in
      guard form.dataClass == .open, form.subject == .participant, !form.enteredBy.isEmpty,
        let found = handedIn[form.id.text]
      else { return nil }
      return FormCount(
        form: form.id.text, title: form.title, entries: found.count < least ? nil : found.count)
    }
  }
}

/// Reports as stored: JSON with sorted keys, the same bytes for the same report.
public enum ReportText {
  /// Writes a report.
  public static func json(_ report: some Encodable) throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return String(decoding: try encoder.encode(report), as: UTF8.self)
  }

  /// Reads a report.
  public static func report<R: Decodable>(_ type: R.Type, from json: String) throws -> R {
    try JSONDecoder().decode(type, from: Data(json.utf8))
  }
}
