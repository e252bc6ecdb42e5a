/// How severe a finding is.
public enum FaultKind: String, CaseIterable, Sendable, Codable {
  /// The entry is not saved.
  case hard
  /// The entry is saved and a data query opens.
  case query
  /// Shown to the writer only.
  case warning
}

/// Another form a finding asks for, with what is known of its answers.
public struct EntryPrompt: Hashable, Sendable {
  /// The form to fill.
  public let form: FormID
  /// Answers to begin with.
  public let answers: [FieldID: String]

  /// Makes the value from its parts.
  public init(form: FormID, answers: [FieldID: String] = [:]) {
    self.form = form
    self.answers = answers
  }
}

/// A rule over the answers of an entry, with the sentence shown when it is broken.
public struct EditCheck: Hashable, Sendable {
  /// The code, such as `EC-VS-01`.
  public let code: String
  /// How severe it is.
  public let kind: FaultKind
  /// True when something is wrong.
  public let condition: Formula
  /// The sentence.
  public let sentence: String
  /// The field to point to, when there is one.
  public let field: FieldID?
  /// The most guarded class among its inputs: who may be shown the sentence.
  public let inputClass: DataClass
  /// The form the finding asks for.
  public let prompt: EntryPrompt?
  /// Why the sentence may be shown to readers of a lower class than its inputs have.
  public let declassifiedBecause: String?
  /// The answer of another form it decides while it finds something.
  public let sets: AnswerSetting?
  /// What a check on another form decides, where this one stands for that: nobody writes it.
  public let setBy: SetAnswer?
  /// After how many hours it asks, counted from when the answer its field has was handed in; nil for at
  /// once.
  public let afterHours: Int?

  /// Makes the value from its parts.
  public init(
    code: String,
    kind: FaultKind,
    condition: Formula,
    sentence: String,
    field: FieldID? = nil,
    inputClass: DataClass = .open,
    prompt: EntryPrompt? = nil,
    declassifiedBecause: String? = nil,
    sets: AnswerSetting? = nil,
    setBy: SetAnswer? = nil,
    afterHours: Int? = nil
  ) {
    self.code = code
    self.kind = kind
    self.condition = condition
    self.sentence = sentence
    self.field = field
    self.inputClass = inputClass
    self.prompt = prompt
    self.declassifiedBecause = declassifiedBecause
    self.sets = sets
    self.setBy = setBy
    self.afterHours = afterHours
  }
}

extension EditCheck {
  /// The codes of the checks made on every form.
  public static let generalCodes = [
    "EC-GEN-01", "EC-GEN-02", "EC-GEN-03", "EC-GEN-04", "EC-GEN-05", "EC-GEN-06", "EC-GEN-07",
    "EC-GEN-08",
  ]

  /// The codes of those that look at the date of the visit alone.
  public static let datingCodes: Set = ["EC-GEN-03", "EC-GEN-04", "EC-GEN-06", "EC-GEN-07"]
}
