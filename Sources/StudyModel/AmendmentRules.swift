/// Why a later version cannot be an amendment of an earlier one.
public struct AmendmentObstacle: Hashable, Sendable, CustomStringConvertible {
  /// The part, such as `field weight of VS`.
  public let part: String
  /// Why, and what to do instead.
  public let sentence: String

  /// Makes the value from its parts.
  public init(part: String, sentence: String) {
    self.part = part
    self.sentence = sentence
  }

  /// Part and sentence.
  public var description: String { "\(part): \(sentence)" }
}

/// What an amendment that comes into force site by site may change.
///
/// What is the same for the whole trial cannot differ between sites, and what was captured must stay
/// readable by those who could read it.
public enum AmendmentRules {
  /// Everything in the later version that no amendment may change; empty when it is one.
  ///
  /// - Parameter taken: the interim looks taken so far, which stay as they were planned.
  public static func obstacles(
    from old: StudyDefinition, to new: StudyDefinition, taken: Set<String> = []
  ) -> [AmendmentObstacle] {
    identity(old, new) + rights(old, new) + wholeTrial(old, new, taken) + sites(old, new)
      + visits(old, new) + old.forms.flatMap { form in forms(form, old, new) }
  }

  private static func identity(
    _ old: StudyDefinition, _ new: StudyDefinition
  ) -> [AmendmentObstacle] {
    var found: [AmendmentObstacle] = []
    if old.key != new.key {
      found.append(
        AmendmentObstacle(
          part: "study", sentence: "it is another study: the key is \(new.key), not \(old.key)."))
    }
    for (part, before, after) in [
      ("protocol number", old.protocolNumber, new.protocolNumber),
      ("zone of the sponsor", old.sponsorZone ?? "", new.sponsorZone ?? ""),
    ] where before != after {
      found.append(
        AmendmentObstacle(
          part: part,
          sentence: part == "protocol number"
            ? "the trial goes by it in every report and certificate."
            : "reporting times that run end by it."))
    }
    if old.version == new.version {
      found.append(
        AmendmentObstacle(part: "version", sentence: "an amendment has a version of its own."))
    }
    return found
  }

  private static func rights(
    _ old: StudyDefinition, _ new: StudyDefinition
  ) -> [AmendmentObstacle] {
    var found: [AmendmentObstacle] = []
    let rights =
      "who may do and read what does not change with an amendment. Give a person another role, or end "
      + "one, under Accounts."
    func same<Value: Equatable>(_ part: String, _ before: Value, _ after: Value) {
      if before != after { found.append(AmendmentObstacle(part: part, sentence: rights)) }
    }
    same("roles", old.roles, new.roles)
    same("incompatible roles", old.incompatibleRoles, new.incompatibleRoles)
    same(
      "exclusion of blinded roles", old.everUnblindedExcludesBlinded,
      new.everUnblindedExcludesBlinded)
    for form in old.forms where new.form(form.id) != nil {
      for role in old.roles
      where old.rights(of: role.id, on: form.id) != new.rights(of: role.id, on: form.id) {
        found.append(AmendmentObstacle(part: "visibility of \(form.id)", sentence: rights))
        break
      }
    }
    // What is no form, such as counts or reports, has rights by the name of its group.
    let groups = Dictionary(new.visibility.map { ($0.id, $0.rights) }) { first, _ in first }
    for group in old.visibility where group.forms.isEmpty && groups[group.id] != group.rights {
      found.append(AmendmentObstacle(part: "visibility of \(group.id)", sentence: rights))
    }
    let steps = { (plan: LockPlan) in plan.steps.map { [$0.id] + $0.signedBy.map(\.text) } }
    same("steps of the lock", steps(old.lock), steps(new.lock))
    same("who locks", old.lock.hardLockedBy, new.lock.hardLockedBy)
    same("who unblinds", old.lock.unblindedBy, new.lock.unblindedBy)
    return found
  }

  private static func sites(
    _ old: StudyDefinition, _ new: StudyDefinition
  ) -> [AmendmentObstacle] {
    old.sites.compactMap { before in
      guard let after = new.site(before.key) else {
        return AmendmentObstacle(
          part: "site \(before.key)",
          sentence:
            "a site is not removed by an amendment: its data stay. One that does not go on is closed on "
            + "its own page.")
      }
      guard before.timeZone != after.timeZone else { return nil }
      return AmendmentObstacle(
        part: "site \(before.key)", sentence: "its time zone is that of the dates captured there.")
    }
  }

  private static func visits(
    _ old: StudyDefinition, _ new: StudyDefinition
  ) -> [AmendmentObstacle] {
    old.visits.compactMap { visit in
      guard let later = new.visit(visit.code), later.dataClass != visit.dataClass else {
        return nil
      }
      return AmendmentObstacle(
        part: "visit \(visit.code)", sentence: "its class changes. Add a visit with a new code.")
    }
  }

  private static func forms(
    _ before: Form, _ old: StudyDefinition, _ new: StudyDefinition
  ) -> [AmendmentObstacle] {
    let part = "form \(before.id)"
    // A rater must not learn the site, which a battery that differs by site would tell.
    if old.isRated(before), new.form(before.id) != before {
      return [
        AmendmentObstacle(
          part: part,
          sentence: "what central raters fill is the same for participants of all sites.")
      ]
    }
    guard let after = new.form(before.id) else { return [] }
    var found: [AmendmentObstacle] = []
    if before.dataClass != after.dataClass {
      found.append(
        AmendmentObstacle(part: part, sentence: "its class changes. Add a form with a new name."))
    }
    if before.subject != after.subject {
      found.append(
        AmendmentObstacle(
          part: part, sentence: "what it is about changes. Add a form with a new name."))
    }
    if before.isRepeating, !after.isRepeating {
      found.append(
        AmendmentObstacle(
          part: part, sentence: "it was filled several times at a visit and stays a repeating form."
        ))
    }
    for field in before.fields {
      guard let later = after.field(field.id) else { continue }
      let part = "field \(field.id) of \(before.id)"
      if before.dataClass(of: field) != after.dataClass(of: later) {
        found.append(
          AmendmentObstacle(
            part: part, sentence: "its class changes. Add a field with a new name."))
      }
      if !field.type.isSameKind(as: later.type) || field.unit != later.unit {
        found.append(
          AmendmentObstacle(
            part: part,
            sentence: "its type or unit changes, and rules would read old answers otherwise. "
              + "Add a field with a new name."))
      }
    }
    return found
  }
}

extension StudyDefinition {
  /// Whether central raters fill a form.
  func isRated(_ form: Form) -> Bool {
    let raters = roles(with: .rate).map(\.id)
    return form.enteredBy.contains { raters.contains($0) }
  }

  /// The versions of the consent form in order, the one in force last; empty without such a form.
  public var consentVersions: [String] {
    guard let (form, field) = consentForm,
      case .code(let versions)? = self.form(form)?.field(field)?.type
    else { return [] }
    return versions.map(\.code)
  }

  /// The consent form and the field that names its version.
  public var consentForm: (form: FormID, versionField: FieldID)? {
    for precondition in randomization.preconditions {
      if case .consentInForce(let form, let field) = precondition.kind { return (form, field) }
    }
    return nil
  }

  /// The sites this version adds to an earlier one, in order.
  public func sitesAdded(to earlier: StudyDefinition) -> [SiteDefinition] {
    sites.filter { earlier.site($0.key) == nil }
  }

  /// The same definition with the sites that later versions added.
  public func adding(sitesOf later: [StudyDefinition]) -> StudyDefinition {
    var copy = self
    for version in later { copy.sites += version.sitesAdded(to: copy) }
    return copy
  }

  /// The same definition with each visit as it was scheduled under an earlier one.
  public func keepingSchedule(of scheduled: StudyDefinition) -> StudyDefinition {
    guard scheduled.version != version else { return self }
    var copy = self
    copy.visits = visits.map { scheduled.visit($0.code) ?? $0 }
    return copy
  }

  /// The same definition with a form at a visit, for an entry made under another version.
  ///
  /// The in-force form stays where there is one; what is no more is taken from the other version.
  public func showing(
    _ form: FormID, at code: VisitCode, from other: StudyDefinition
  ) -> StudyDefinition {
    var copy = self
    if copy.visit(code) == nil, let visit = other.visit(code) {
      let after = other.visits.drop { $0.code != code }.dropFirst().map(\.code)
      let place = copy.visits.firstIndex { after.contains($0.code) } ?? copy.visits.endIndex
      copy.visits.insert(visit, at: place)
    }
    if let index = copy.forms.firstIndex(where: { $0.id == form }) {
      if !copy.schedules(copy.forms[index], at: code) { copy.forms[index].visits.append(code) }
    } else if var gone = other.form(form) {
      gone.visits = [code]
      copy.forms.append(gone)
    }
    return copy
  }
}

extension FieldType {
  /// Whether answers of the other type are read alike: the same kind, whatever its bounds or codes.
  func isSameKind(as other: FieldType) -> Bool {
    switch (self, other) {
    case (.integer, .integer), (.decimal, .decimal), (.code, .code), (.multi, .multi),
      (.text, .text), (.boolean, .boolean), (.date, .date), (.partialDate, .partialDate),
      (.time, .time), (.dateTime, .dateTime), (.userReference, .userReference),
      (.calculated, .calculated):
      true
    case (.integer, _), (.decimal, _), (.code, _), (.multi, _), (.text, _), (.boolean, _),
      (.date, _), (.partialDate, _), (.time, _), (.dateTime, _), (.userReference, _),
      (.calculated, _):
      false
    }
  }
}
