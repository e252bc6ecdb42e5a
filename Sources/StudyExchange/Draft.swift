import StudyModel

/// What a foreign file says of a study, before names and formulas are those of a definition.
struct Draft {
  var title = ""
  var protocolNumber = ""
  var version = ""
  var arms: [DraftArm] = []
  var visits: [DraftVisit] = []
  var forms: [DraftForm] = []
}

struct DraftArm {
  let source: String
  let title: String
}

struct DraftVisit {
  /// The identifier in the file, by which expressions and forms name it.
  let source: String
  let title: String
  var day: Int?
  var window: ClosedRange<Int>?
  /// The identifier of a visit before, and the days after it.
  var after: (source: String, days: ClosedRange<Int>)?
  var dataClass = DataClass.open
  /// The identifiers of its forms.
  var forms: [String] = []
}

struct DraftForm {
  let source: String
  /// Names it could have, the best first.
  let names: [String]
  let title: String
  var isRepeating = false
  var dataClass = DataClass.open
  var sections: [FormSectionDraft] = []
}

struct FormSectionDraft {
  let title: String
  var fields: [DraftField] = []
}

struct DraftField {
  /// The identifier in the file, by which expressions name it.
  let source: String
  let names: [String]
  var label: String
  var hint: String?
  var type: FieldType
  var unit: String?
  var isRequired = false
  var dataClass: DataClass?
  var declassifiedBecause: String?
  var mayLieAhead = false
  /// The code of the definition for each code of the file.
  var codes: [String: String] = [:]
  var calculation: DraftCondition?
  /// When it is asked at all.
  var askedWhen: DraftCondition?
  /// What the check was called that said so, and how it put it.
  var askedName: DraftCheckName?
  var askedSentence: String?
  /// When it must be answered.
  var requiredWhen: DraftCondition?
  var checks: [DraftCheck] = []
}

/// A rule that holds when something is wrong.
struct DraftCheck {
  let severity: FaultKind
  let condition: DraftCondition
  /// The sentence, or nil for one made of the label.
  let sentence: String?
  /// The code in the file, where it says one.
  var code: String?
  /// The hours after which it asks, where the file says so.
  var afterHours: Int?
}

/// Code and severity of a check, as a file of this system says them beside the check, and the hours after
/// which it asks.
struct DraftCheckName {
  let code: String
  let severity: FaultKind
  let afterHours: Int?

  /// Reads `EC-VS-01 warning` or `EC-VS-01 query 24`; nil for anything else.
  init?(parsing text: String?) {
    let parts = text?.split(separator: " ") ?? []
    let hours = parts.count == 3 ? Int(parts[2]) : nil
    guard parts.count == 2 || parts.count == 3 && hours.map((1...8760).contains) ?? false,
      let severity = FaultKind(rawValue: String(parts[1])), hours == nil || severity == .query,
      (1...40).contains(parts[0].count),
      parts[0].allSatisfy({ ("A"..."Z").contains($0) || ("0"..."9").contains($0) || $0 == "-" })
    else { return nil }
    code = String(parts[0])
    self.severity = severity
    afterHours = hours
  }

  /// The check as it is written beside its rule.
  static func text(of check: EditCheck) -> String {
    "\(check.code) \(check.kind.rawValue)" + (check.afterHours.map { " \($0)" } ?? "")
  }
}

/// A condition or computation as the file holds it.
enum DraftCondition {
  case written(String, Dialect)
  case built(ForeignExpression, String)
  case formula(Formula)

  /// The text a person finds in the file.
  var text: String {
    switch self {
    case .written(let text, _): text
    case .built(_, let text): text
    case .formula(let formula): formula.text ?? ""
    }
  }
}
