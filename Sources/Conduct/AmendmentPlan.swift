import Reports
import Store
public import StudyModel

/// A population whose rule an amendment changes, and who would come to it or leave it.
public struct MovedPopulation: Sendable, Hashable {
  /// The flag.
  public let population: FieldID
  /// Who may know it.
  public let dataClass: DataClass
  /// Whether it is new, gone, or judged by another rule.
  public let kind: DefinitionChange.Kind
  /// How many belong to it now, as far as can be told.
  public let before: Int
  /// How many would.
  public let after: Int
  /// Who would come to it.
  public let joining: [String]
  /// Who would leave it.
  public let leaving: [String]
  /// Of how many it cannot be told now or under the new rule: it hangs on arms, or on what is not read.
  public let untold: Int
}

/// Compares the populations of two plans over the data a reader may read.
struct PopulationTrial {
  let old: StudyDefinition
  let new: StudyDefinition
  let snapshot: TrialSnapshot
  let classes: [DataClass]
  /// Participants whom a confirmed deviation excludes; nil where those are not read.
  let excluded: Set<String>?

  /// The populations that differ and that the reader may know, in the order of the new plan.
  func moved() -> [MovedPopulation] {
    let differing = (new.populations + old.populations.filter { one in !new.has(one.id) })
      .filter { one in
        classes.contains(one.dataClass)
          && old.population(one.id)?.dataClass ?? one.dataClass
            == one.dataClass
      }
    // A flag may hang on another one that changes: what it comes to is compared, not how it is written.
    guard old.populations != new.populations, !differing.isEmpty else { return [] }
    let before = PopulationMembership(old, in: snapshot, excluded: excluded).flags()
    let after = PopulationMembership(new, in: snapshot, excluded: excluded).flags()
    let people = snapshot.participants.map(\.participant).sorted()
    return differing.compactMap { population in
      let id = population.id
      func holds(_ flags: [String: [FieldID: Bool]], _ key: String) -> Bool? { flags[key]?[id] }
      let kind: DefinitionChange.Kind =
        !old.has(id) ? .added : !new.has(id) ? .removed : .changed
      let joining = people.filter { holds(before, $0) != true && holds(after, $0) == true }
      let leaving = people.filter { holds(before, $0) == true && holds(after, $0) != true }
      if kind == .changed, joining.isEmpty, leaving.isEmpty,
        old.population(id)?.rule == new.population(id)?.rule
      {
        return nil
      }
      return MovedPopulation(
        population: id, dataClass: population.dataClass, kind: kind,
        before: people.count { holds(before, $0) == true },
        after: people.count { holds(after, $0) == true }, joining: joining, leaving: leaving,
        untold: people.count {
          old.has(id) && holds(before, $0) == nil || new.has(id) && holds(after, $0) == nil
        })
    }
  }

  /// The same for each participant who would come to a population or leave it.
  func findings() -> [AmendmentFinding] {
    let sites = Dictionary(snapshot.participants.map { ($0.participant, $0.site) }) { one, _ in one
    }
    return moved().flatMap { moved in
      func found(_ key: String, _ sentence: String) -> AmendmentFinding {
        AmendmentFinding(
          kind: .population, dataClass: moved.dataClass, participant: key, site: sites[key] ?? "",
          form: "", visit: "", number: 1, field: moved.population.text, sentence: sentence)
      }
      return moved.joining.map { found($0, "It would belong to \(moved.population).") }
        + moved.leaving.map { found($0, "It would not belong to \(moved.population) any more.") }
    }
  }
}

/// What an amendment changes for the whole trial, in sentences, beside what the trial has come to.
struct PlanTrial {
  let old: StudyDefinition
  let new: StudyDefinition
  let randomized: Int
  let taken: Set<String>

  func sentences() -> [String] {
    old.wholeParts(changedIn: new).flatMap { part -> [String] in
      switch part {
      case .words: ["Title or contact of the trial change."]
      case .numbers: numbers()
      case .analysis: ["What the analysis reads beside the primary endpoint changes."]
      case .hypotheses: ["The words of hypotheses change; what is tested does not."]
      case .sampleSize: ["The record of the sample size changes."]
      case .interim: looks()
      case .lock: lock()
      case .populations:
        ["Populations change: \(names(old.populations, new.populations, \.id.text))."]
      case .estimands: ["Estimands change: \(names(old.estimands, new.estimands, \.id))."]
      case .secondaryEndpoints:
        [
          "Secondary endpoints change: \(names(old.secondaryEndpoints, new.secondaryEndpoints, \.id))."
        ]
      case .monitoring: ["The monitoring committee changes."]
      }
    }
  }

  private func numbers() -> [String] {
    func text(_ number: Int?) -> String { number.map { String($0) } ?? "none" }
    let (before, after) = (old.randomization, new.randomization)
    return [
      before.plannedTotal == after.plannedTotal
        ? nil
        : "Planned in all: \(after.plannedTotal), not \(before.plannedTotal); \(randomized) are "
          + "randomized. The scheme in force keeps its own limit until the next one.",
      before.siteCap == after.siteCap
        ? nil : "At most at a site: \(text(after.siteCap)), not \(text(before.siteCap)).",
      before.acknowledgeWithinHours == after.acknowledgeWithinHours
        ? nil
        : "Allocations are acknowledged within \(after.acknowledgeWithinHours) hours, not "
          + "\(before.acknowledgeWithinHours).",
    ].compactMap(\.self)
  }

  private func looks() -> [String] {
    let (before, after) = (old.interim?.looks ?? [], new.interim?.looks ?? [])
    func waits(_ look: InterimLook) -> String {
      "\(look.participants) participants at day \(look.reachedDay)"
        + (look.information.map { ", information \($0.text(decimals: 4))" } ?? "")
    }
    let moved = after.compactMap { look -> String? in
      guard let earlier = before.first(where: { $0.id == look.id }) else {
        return "Look \(look.id) is new: it waits for \(waits(look))."
      }
      return earlier == look
        ? nil : "Look \(look.id) would wait for \(waits(look)), not for \(waits(earlier))."
    }
    let gone = before.filter { look in !after.contains { $0.id == look.id } }
      .map { "Look \($0.id) is planned no more." }
    let rest =
      old.interim?.withoutLooks == new.interim?.withoutLooks
      ? []
      : [
        "Beside the looks, what is stated of them changes: spending, limits, advice or smallest cell."
      ]
    let done = taken.filter { !$0.isEmpty }.sorted().joined(separator: ", ")
    return moved + gone + rest
      + ["Looks taken so far: \(done.isEmpty ? "none" : done). They stay as they were planned."]
  }

  private func lock() -> [String] {
    let (before, after) = (old.lock, new.lock)
    return [
      before.lastDay == after.lastDay
        ? nil : "The last day is \(after.lastDay), not \(before.lastDay).",
      before.retentionYears == after.retentionYears
        ? nil : "The archive is kept \(after.retentionYears) years, not \(before.retentionYears).",
      before.steps == after.steps ? nil : "The words of steps of the lock change.",
    ].compactMap(\.self)
  }

  private func names<Part: Equatable>(
    _ before: [Part], _ after: [Part], _ name: (Part) -> String
  ) -> String {
    let touched =
      after.filter { !before.contains($0) }.map(name)
      + before.filter { one in !after.contains { name($0) == name(one) } }
      .map { name($0) + " (gone)" }
    return touched.isEmpty ? "their order" : touched.joined(separator: ", ")
  }
}

extension StudyDefinition {
  fileprivate func population(_ id: FieldID) -> Population? { populations.first { $0.id == id } }
  fileprivate func has(_ id: FieldID) -> Bool { population(id) != nil }
}

extension InterimPlan {
  /// The plan without its looks and the bounds that follow from them.
  fileprivate var withoutLooks: InterimPlan {
    InterimPlan(
      looks: [], spending: spending, boundaries: [], futilityAdviceBelow: futilityAdviceBelow,
      armLabels: armLabels, smallestOpenCell: smallestOpenCell,
      safetyEveryMonths: safetyEveryMonths, pooledEventsReason: pooledEventsReason)
  }
}
