/// Whether a field must be answered.
public enum Requirement: Hashable, Sendable {
  case required
  /// Required when the formula is true.
  case conditional(Formula)
  case optional
}

/// One question of a form.
public struct Field: Hashable, Sendable, Identifiable {
  /// The name, stable over versions and used in exports.
  public let id: FieldID
  /// The question.
  public let label: String
  /// One line of help.
  public let hint: String?
  /// What it can hold.
  public let type: FieldType
  /// The unit of a number.
  public let unit: String?
  /// Whether it must be answered.
  public let required: Requirement
  /// How the system works it out; never typed by a person.
  public let calculation: Formula?
  /// The class, where it differs from the form's.
  public let dataClass: DataClass?
  /// Why the calculation may have a lower class than its inputs, when it does.
  public let declassifiedBecause: String?
  /// Whether a date may lie in the future, such as an expiry.
  public let mayLieAhead: Bool

  /// Makes the value from its parts.
  public init(
    id: FieldID,
    label: String,
    hint: String? = nil,
    type: FieldType,
    unit: String? = nil,
    required: Requirement = .optional,
    calculation: Formula? = nil,
    dataClass: DataClass? = nil,
    declassifiedBecause: String? = nil,
    mayLieAhead: Bool = false
  ) {
    self.id = id
    self.label = label
    self.hint = hint
    self.type = type
    self.unit = unit
    self.required = required
    self.calculation = calculation
    self.dataClass = dataClass
    self.declassifiedBecause = declassifiedBecause
    self.mayLieAhead = mayLieAhead
  }

  /// Whether the system computes the field.
  public var isCalculated: Bool { type == .calculated || calculation != nil }
}
