import Store
import StudyModel

/// Tells of whom a form would count as missing under a later version, or not any more: what is missed
/// goes by the version in force, so that entries there never were are touched as well.
struct AbsenceTrial {
  /// The version in force at each site today.
  let inForce: [SiteKey: StudyDefinition]
  let new: StudyDefinition
  /// Everybody randomized with the visits at which a form was handed in, by form.
  let followed: [FormID: [FollowedParticipant]]
  /// The version whose visits randomization scheduled, by site and day.
  let schedules: VersionsOfSites
  let classes: [DataClass]
  let now: UTCInstant

  /// The forms whose absence a version looks for, of those classes the program looks for.
  static func forms(_ study: StudyDefinition) -> [Form] {
    let missed = study.alerts.flatMap(\.triggers).compactMap { trigger -> FormID? in
      if case .missed(let form) = trigger { form } else { nil }
    }
    let names = Set(missed + study.deviations.flatMap(\.missing).map(\.form))
    return study.forms.filter { names.contains($0.id) && $0.dataClass <= .outcome }
  }

  /// The classes of what would follow where two versions look for absent forms otherwise.
  static func classes(_ old: StudyDefinition, _ new: StudyDefinition) -> Set<DataClass> {
    func looked(_ study: StudyDefinition) -> [DataClass: Set<Looked>] {
      forms(study).reduce(into: [:]) { found, form in
        for type in study.deviations {
          for rule in type.missing where rule.form == form.id {
            found[type.dataClass(of: rule, form), default: []].insert(.drafts(type.id, rule))
          }
        }
        let visits = study.visits.map(\.code).filter { study.schedules(form, at: $0) }
        for plan in study.alerts(raisedByMissing: form.id) {
          found[form.dataClass, default: []].insert(.raises(plan.id, form.id, visits))
        }
      }
    }
    let (before, after) = (looked(old), looked(new))
    return Set(before.keys).union(after.keys).filter { before[$0] != after[$0] }
  }

  private enum Looked: Hashable {
    case drafts(String, MissingEntryRule)
    case raises(String, FormID, [VisitCode])
  }

  func findings() throws -> [AmendmentFinding] {
    try followed.keys.sorted().flatMap { form in
      try (followed[form] ?? []).flatMap { participant in
        guard let old = inForce[participant.site] else { return [AmendmentFinding]() }
        let today = try SiteClock(zone: participant.zone).date(at: now)
        return findings(
          from: missing(form, of: participant, under: old, today),
          to: missing(form, of: participant, under: new, today), form, participant)
      }
    }
  }

  private struct Missing: Hashable {
    let kind: AmendmentFinding.Kind
    let id: String
    let visit: VisitCode
    let dataClass: DataClass
  }

  private func findings(
    from before: [Missing], to after: [Missing], _ form: FormID,
    _ participant: FollowedParticipant
  ) -> [AmendmentFinding] {
    func found(_ missing: Missing, _ sentence: String) -> AmendmentFinding? {
      guard classes.contains(missing.dataClass) else { return nil }
      return AmendmentFinding(
        kind: missing.kind, dataClass: missing.dataClass, participant: participant.key.text,
        site: participant.site.text, form: form.text, visit: missing.visit.text, number: 1,
        field: "", sentence: sentence)
    }
    return after.filter { !before.contains($0) }.compactMap {
      found(
        $0,
        "\($0.id) would be \($0.kind == .alert ? "raised" : "drafted"): the form is missing.")
    }
      + before.filter { !after.contains($0) }.compactMap {
        found(
          $0,
          "\($0.id) would not be \($0.kind == .alert ? "raised" : "drafted") any more because the "
            + "form is missing; what stands, stays.")
      }
  }

  private func missing(
    _ name: FormID, of participant: FollowedParticipant, under study: StudyDefinition,
    _ today: CalendarDate
  ) -> [Missing] {
    guard let form = study.form(name), form.dataClass <= .outcome else { return [] }
    let drafted = study.deviations.flatMap { type in
      type.missing.filter { $0.form == name && participant.lacks($0, on: today) }.map {
        Missing(
          kind: .deviation, id: type.id, visit: $0.visit, dataClass: type.dataClass(of: $0, form))
      }
    }
    let scheduled = study.keepingSchedule(
      of: schedules.version(at: participant.randomizedSite, on: participant.day0))
    let visits = scheduled.visits.filter {
      $0.dataClass == .open && scheduled.schedules(form, at: $0.code)
        && participant.missed($0, on: today)
    }
    return drafted
      + study.alerts(raisedByMissing: name).flatMap { plan in
        visits.map {
          Missing(kind: .alert, id: plan.id, visit: $0.code, dataClass: form.dataClass)
        }
      }
  }
}
