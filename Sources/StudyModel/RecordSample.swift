/// A form whose entries a sample is drawn from.
public struct SampledForm: Hashable, Sendable {
  /// The form, of class treatment.
  public let form: FormID
  /// Which of its entries count; all where there is no condition.
  public let condition: Formula?
  /// The question that names the person by whom the draw is made; by site alone where there is none.
  public let person: FieldID?
  /// The questions whose answers the review takes over, each with the question it answers there.
  public let carried: [FieldID: FieldID]
  /// Answers the review begins with.
  public let answers: [FieldID: String]

  /// Makes the value from its parts.
  public init(
    form: FormID, condition: Formula? = nil, person: FieldID? = nil,
    carried: [FieldID: FieldID] = [:], answers: [FieldID: String] = [:]
  ) {
    self.form = form
    self.condition = condition
    self.person = person
    self.carried = carried
    self.answers = answers
  }
}

/// Records of treatment drawn at random for somebody to look at, such as sessions for their fidelity.
///
/// The draw is made when a record is first handed in, within blocks of each site and person, so that the
/// share is met exactly in each block and the next draw cannot be told from those before.
public struct RecordSample: Hashable, Sendable, Identifiable {
  /// The name in the definition.
  public let id: String
  /// The title shown.
  public let title: String
  /// How many of a hundred records are drawn, 1 to 100.
  public let percent: Int
  /// The form that is filled for each drawn record.
  public let review: FormID
  /// Its question that names the record.
  public let recordField: FieldID
  /// The forms whose entries are drawn from.
  public let sources: [SampledForm]

  /// Makes the value from its parts.
  public init(
    id: String, title: String, percent: Int, review: FormID, recordField: FieldID,
    sources: [SampledForm]
  ) {
    self.id = id
    self.title = title
    self.percent = percent
    self.review = review
    self.recordField = recordField
    self.sources = sources
  }

  /// The smallest block in which the share is a whole number of records: its size, and how many are drawn.
  public var block: (size: Int, drawn: Int) {
    var (larger, smaller) = (100, percent)
    while smaller > 0 { (larger, smaller) = (smaller, larger % smaller) }
    return (100 / larger, percent / larger)
  }

  /// What a record is called where its review names it: form and visit, with the number of a repeat.
  public static func name(of form: String, at visit: String, number: Int) -> String {
    "\(form) \(visit)" + (number == 1 ? "" : " #\(number)")
  }
}
