/// How soon somebody must act on an alert.
public enum AlertDeadline: Hashable, Sendable {
  /// Within the five minutes it takes to come.
  case atOnce
  case minutes(Int)
  /// Before the day ends at the site.
  case sameDay
  /// Before the next day from Monday to Friday ends at the site.
  case nextWorkingDay
}

/// What raises an alert.
public enum AlertTrigger: Hashable, Sendable {
  /// Answers of a form.
  case answers(FormID, Formula)
  /// A form that was not filled at a visit by the end of its window.
  case missed(FormID)

  /// The form it looks at.
  public var form: FormID {
    switch self {
    case .answers(let form, _), .missed(let form): form
    }
  }
}

/// A value that somebody must act on, and who.
///
/// It is the one place that says to whom an alert goes and how soon. An instrument names the alerts of
/// the plan its scores raise; other triggers stand here.
public struct AlertPlan: Hashable, Sendable, Identifiable {
  /// The name, such as `SI_HIGH`.
  public let id: String
  /// The title.
  public let title: String
  /// What raises it beside the rules of instruments.
  public let triggers: [AlertTrigger]
  /// The roles that see the alert with the item that raised it.
  public let recipients: [RoleID]
  /// The roles that learn that there is an alert, and nothing of its cause.
  public let existenceOnly: [RoleID]
  /// The roles that learn so too once its time has passed and nobody acted.
  public let escalatedTo: [RoleID]
  /// How soon they must act.
  public let deadline: AlertDeadline
  /// Whether it is sent again until somebody acknowledges it.
  public let isRepeated: Bool

  /// Makes the value from its parts.
  public init(
    id: String,
    title: String,
    triggers: [AlertTrigger] = [],
    recipients: [RoleID],
    existenceOnly: [RoleID] = [],
    escalatedTo: [RoleID] = [],
    deadline: AlertDeadline,
    isRepeated: Bool = false
  ) {
    self.id = id
    self.title = title
    self.triggers = triggers
    self.recipients = recipients
    self.existenceOnly = existenceOnly
    self.escalatedTo = escalatedTo
    self.deadline = deadline
    self.isRepeated = isRepeated
  }
}

extension AlertPlan {
  /// Whether answers of a form can raise it, by a trigger of the plan or a rule of its instrument.
  public func isRaised(by form: Form, _ instruments: [Instrument]) -> Bool {
    let rules = instruments.first { $0.id == form.instrument }?.alerts ?? []
    return rules.contains { $0.name == id }
      || triggers.contains { trigger in
        guard case .answers(form.id, _) = trigger else { return false }
        return true
      }
  }

  /// Whether a role ever learns of it.
  public func reaches(_ role: RoleID) -> Bool {
    recipients.contains(role) || existenceOnly.contains(role) || escalatedTo.contains(role)
  }
}

extension StudyDefinition {
  /// The alerts raised by the answers of one entry, in the order of the definition.
  ///
  /// - Parameters:
  ///   - form: the form of the entry.
  ///   - environment: its values, as `Form.environment` gives them.
  public func alerts(
    raisedBy form: Form, _ environment: FormulaEnvironment
  ) -> [AlertPlan] {
    let rules = form.instrument.flatMap { instrument($0) }?.alerts ?? []
    let named = Set(
      rules.filter { $0.condition.truth(in: environment) == true }.map(\.name))
    return alerts.filter { alert in
      named.contains(alert.id)
        || alert.triggers.contains { trigger in
          guard case .answers(form.id, let condition) = trigger else { return false }
          return condition.truth(in: environment) == true
        }
    }
  }

  /// The alerts raised because a form was not filled in time.
  public func alerts(raisedByMissing form: FormID) -> [AlertPlan] {
    alerts.filter { $0.triggers.contains(.missed(form)) }
  }
}

extension Form {
  /// The values of an entry as formulas read them: what was typed, and what follows from it.
  ///
  /// - Parameters:
  ///   - answers: the answers; those to calculated fields are worked out anew.
  ///   - elsewhere: values of other entries and facts, under the references of the formulas.
  ///   - clocks: those by which instants have their day.
  public func environment(
    of answers: [FieldID: FieldAnswer], elsewhere: [FieldReference: FormulaValue] = [:],
    clocks: FormulaClocks
  ) -> FormulaEnvironment {
    var environment = FormulaEnvironment(
      own: values(of: answers.filter { field($0.key)?.isCalculated == false }),
      elsewhere: elsewhere, clocks: clocks)
    for field in fields {
      guard let calculation = field.calculation else { continue }
      environment.own[field.id] = calculation.value(in: environment)
    }
    return environment
  }
}
