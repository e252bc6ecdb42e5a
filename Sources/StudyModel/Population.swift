/// A set of participants an analysis counts, by rule.
public struct Population: Hashable, Sendable, Identifiable {
  /// The name of the flag, such as `ITTFL`.
  public let id: FieldID
  /// The title.
  public let title: String
  /// Who may know the flag.
  public let dataClass: DataClass
  /// When a participant belongs to it.
  public let rule: Formula
  /// The name under which the flag is shown below its class, when it is.
  public let declassifiedAs: String?
  /// Why it may be.
  public let declassifiedBecause: String?

  /// Makes the value from its parts.
  public init(
    id: FieldID,
    title: String,
    dataClass: DataClass,
    rule: Formula,
    declassifiedAs: String? = nil,
    declassifiedBecause: String? = nil
  ) {
    self.id = id
    self.title = title
    self.dataClass = dataClass
    self.rule = rule
    self.declassifiedAs = declassifiedAs
    self.declassifiedBecause = declassifiedBecause
  }

  /// The word before the point where a formula reads a flag: `FLAG.ITTFL`.
  public static let formName = "FLAG"

  /// The reference a formula reads it by; nil only if the word were no name.
  public var reference: FieldReference? {
    (try? FormID(parsing: Self.formName)).map { FieldReference(form: $0, field: id) }
  }
}

extension StudyDefinition {
  /// Whether a participant belongs to each population, nil where it cannot be told.
  ///
  /// - Parameters:
  ///   - elsewhere: values and facts under the references of the rules.
  ///   - clocks: those by which instants have their day.
  public func flags(
    _ elsewhere: [FieldReference: FormulaValue], clocks: FormulaClocks
  ) -> [FieldID: Bool] {
    var environment = FormulaEnvironment(elsewhere: elsewhere, clocks: clocks)
    var flags: [FieldID: Bool] = [:]
    // In the order of the definition: a rule reads only flags that stand above it.
    for population in populations {
      guard let holds = population.rule.truth(in: environment) else { continue }
      flags[population.id] = holds
      if let reference = population.reference {
        environment.elsewhere[reference] = .truth(holds)
      }
    }
    return flags
  }
}
