import Datasets
public import StudyModel

/// What the columns of a file mean.
public struct ImportMapping: Sendable, Equatable {
  /// What a column is.
  public enum Target: Sendable, Hashable {
    /// The participant key.
    case participant
    /// The key of the site, of a form about one.
    case site
    /// The visit code.
    case visit
    /// The number among repeats.
    case number
    /// A field of the form.
    case field(FieldID)
    /// Nothing: the column is left out on purpose.
    case leftOut

    /// As it is written.
    var text: String {
      switch self {
      case .participant: "participant"
      case .site: "site"
      case .visit: "visit"
      case .number: "number"
      case .field(let field): field.text
      case .leftOut: "-"
      }
    }
  }

  /// Column to what it is.
  public let targets: [String: Target]

  /// The columns that are read.
  var columns: [String] { targets.filter { $0.value != .leftOut }.keys.sorted() }

  /// The column of a target, nil when none is.
  func column(_ target: Target) -> String? { targets.first { $0.value == target }?.key }

  /// Reads `column = target` lines for a header; a column without a line is what it is called.
  ///
  /// - Parameters:
  ///   - others: the columns of all files of the import, which lines may be about.
  ///   - visit: the visit of every row, when no column tells it; a form about a site has none.
  init(
    lines: String, header: [String], others: Set<String>, form: Form, visit: VisitCode?
  ) throws(ActRefusal) {
    var faults: [Fault] = []
    func fault(_ sentence: String) {
      faults.append(
        Fault(field: "mapping", code: "bad_mapping", sentence: sentence + " Nothing was imported."))
    }
    var written: [String: String] = [:]
    for line in lines.split(whereSeparator: \.isNewline) {
      let parts = line.split(separator: "=", maxSplits: 1).map {
        $0.drop { $0.isWhitespace }.reversed().drop { $0.isWhitespace }.reversed()
      }.map { String($0) }
      guard parts.count == 2, others.contains(parts[0]) else {
        fault("A line of the mapping is “column = field”, with a column of the file.")
        continue
      }
      written[parts[0]] = parts[1]
    }
    var targets: [String: Target] = [:]
    for column in header {
      let name = written[column] ?? column
      guard let target = Self.target(name, form) else {
        fault(
          "The column “\(column.prefix(60))” is no field of \(form.id). Map it, or leave it out with "
            + "“= -”.")
        continue
      }
      if target != .leftOut, targets.values.contains(target) {
        fault("Two columns are mapped to “\(target.text)”.")
      }
      targets[column] = target
    }
    self.targets = targets
    let isAboutSite = form.subject == .site
    if isAboutSite, !targets.values.contains(.site) { fault("No column is the site.") }
    if !isAboutSite, !targets.values.contains(.participant) {
      fault("No column is the participant.")
    }
    if !isAboutSite, targets.values.contains(.visit) == (visit != nil) {
      fault("The visit is told by a column or for the whole file, by one of the two.")
    }
    if form.isRepeating != targets.values.contains(.number) {
      fault(
        form.isRepeating
          ? "The form repeats: a column tells the number of each repeat."
          : "The form does not repeat: no column is a number.")
    }
    guard faults.isEmpty else { throw .invalid(faults) }
  }

  private static func target(_ name: String, _ form: Form) -> Target? {
    switch name {
    case "participant" where form.subject == .participant: .participant
    case "visit" where form.subject == .participant: .visit
    case "site" where form.subject == .site: .site
    case "number": .number
    case "-": .leftOut
    default:
      (try? FieldID(parsing: name)).flatMap(form.field).flatMap {
        $0.isCalculated ? nil : .field($0.id)
      }
    }
  }

  /// The mapping as it is kept: a JSON object of column to target.
  var json: String {
    get throws {
      try AnswerText.names(targets.mapValues(\.text))
    }
  }
}
