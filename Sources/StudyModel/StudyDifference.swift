/// One thing in which two versions of a definition differ.
public struct DefinitionChange: Hashable, Sendable, CustomStringConvertible {
  /// What happened to the part.
  public enum Kind: String, Sendable, CaseIterable {
    case added, removed, changed
  }

  /// What happened.
  public let kind: Kind
  /// The part, such as `form MADRS` or `field weight of VS`.
  public let part: String

  /// Makes the value from its parts.
  public init(
    kind: Kind,
    part: String
  ) {
    self.kind = kind
    self.part = part
  }

  /// The change in words.
  public var description: String { "\(kind.rawValue): \(part)" }
}

/// What a later version of a definition changes.
public enum StudyDifference {
  /// The changes from one version to another, part by part, in the order of the definition.
  public static func changes(
    from old: StudyDefinition, to new: StudyDefinition
  ) -> [DefinitionChange] {
    var changes: [DefinitionChange] = []
    changes += value(identity(old), identity(new), "study")
    changes += list(old.arms, new.arms, "arm", \.code.text)
    changes += list(old.roles, new.roles, "role", \.id.text)
    changes += value(old.incompatibleRoles, new.incompatibleRoles, "incompatible roles")
    changes += value(
      old.everUnblindedExcludesBlinded, new.everUnblindedExcludesBlinded,
      "exclusion of blinded roles after unblinded ones")
    changes += list(old.sites, new.sites, "site", \.key.text)
    changes += list(old.visits, new.visits, "visit", \.code.text)
    changes += list(old.instruments, new.instruments, "instrument", \.id.text)
    changes += forms(old.forms, new.forms)
    changes += value(old.randomization, new.randomization, "randomization")
    changes += value(old.primaryEndpoint, new.primaryEndpoint, "primary endpoint")
    changes += value(old.analysis, new.analysis, "analysis")
    changes += list(old.hypotheses, new.hypotheses, "hypothesis", \.id)
    changes += value(old.sampleSize, new.sampleSize, "sample size")
    changes += value(old.interim, new.interim, "interim plan")
    changes += value(old.lock, new.lock, "lock plan")
    changes += list(old.texts, new.texts, "text", \.id)
    changes += list(old.alerts, new.alerts, "alert", \.id)
    changes += list(old.clocks, new.clocks, "safety clock", \.id)
    changes += list(old.deviations, new.deviations, "deviation", \.id)
    changes += list(old.samples, new.samples, "sample", \.id)
    changes += list(old.lifecycles, new.lifecycles, "lifecycle", \.id)
    changes += list(old.populations, new.populations, "population", \.id.text)
    changes += list(old.estimands, new.estimands, "estimand", \.id)
    changes += list(old.secondaryEndpoints, new.secondaryEndpoints, "endpoint", \.id)
    changes += list(old.visibility, new.visibility, "visibility of", \.id)
    changes += value(old.monitoring, new.monitoring, "monitoring committee")
    changes += value(old.questionnaires, new.questionnaires, "questionnaires")
    changes += value(old.ratings, new.ratings, "hours of ratings")
    changes += value(old.accessReview, new.accessReview, "review of access")
    return changes
  }

  private static func identity(_ study: StudyDefinition) -> [String] {
    [
      study.key, study.protocolNumber, study.version, study.title, study.sponsorContact,
      study.sponsorZone ?? "",
    ]
  }

  private static func value<Value: Equatable>(
    _ old: Value, _ new: Value, _ part: String
  ) -> [DefinitionChange] {
    old == new ? [] : [DefinitionChange(kind: .changed, part: part)]
  }

  // Removed parts come last: where they stood no longer exists.
  private static func list<Item: Equatable>(
    _ old: [Item], _ new: [Item], _ word: String, _ name: (Item) -> String
  ) -> [DefinitionChange] {
    let before = Dictionary(old.map { (name($0), $0) }, uniquingKeysWith: { first, _ in first })
    let after = Set(new.map(name))
    let found = new.compactMap { item -> DefinitionChange? in
      guard let earlier = before[name(item)] else {
        return DefinitionChange(kind: .added, part: "\(word) \(name(item))")
      }
      return earlier == item
        ? nil : DefinitionChange(kind: .changed, part: "\(word) \(name(item))")
    }
    let gone = old.map(name).filter { !after.contains($0) }
      .map { DefinitionChange(kind: .removed, part: "\(word) \($0)") }
    let isReordered = found.isEmpty && gone.isEmpty && old.map(name) != new.map(name)
    return found + gone
      + (isReordered ? [DefinitionChange(kind: .changed, part: "order of every \(word)")] : [])
  }

  // A changed form is told field by field: that is what a reviewer of an amendment asks for.
  private static func forms(_ old: [Form], _ new: [Form]) -> [DefinitionChange] {
    list(old, new, "form", \.id.text).flatMap { change -> [DefinitionChange] in
      guard change.kind == .changed,
        let after = new.first(where: { "form \($0.id)" == change.part }),
        let before = old.first(where: { $0.id == after.id })
      else { return [change] }
      let fields = list(before.fields, after.fields, "field", { "\($0.id) of \(after.id)" })
      let isMore = before.with(sections: []) != after.with(sections: [])
      return fields.isEmpty || isMore ? [change] + fields : fields
    }
  }
}
