/// How a number came about: what a reader sees who asks where it comes from.
public struct Trace: Sendable, Equatable, Codable {
  /// The method with its source.
  public var method: String
  /// The flag or rule of those counted.
  public var population: String
  /// How many participants that is.
  public var count: Int
  /// The version of the study definition.
  public var definition: String

  /// All of it at once.
  public init(method: String, population: String, count: Int, definition: String) {
    self.method = method
    self.population = population
    self.count = count
    self.definition = definition
  }
}

/// One cell: the words people read, and the number in full where it is one.
public struct ReportCell: Sendable, Equatable, Codable {
  /// As read.
  public var text: String
  /// As computed; nil for words and for what has no finite value.
  public var value: Double?

  /// Words.
  public init(_ text: String) { self.text = text }

  /// A count.
  public init(_ count: Int) {
    text = String(count)
    value = Double(count)
  }

  /// A number with the decimals people read.
  public init(_ value: Double, _ text: String) {
    self.text = value.isFinite ? text : "–"
    self.value = value.isFinite ? value : nil
  }
}

/// One column of a table.
public struct ReportColumn: Sendable, Equatable, Codable {
  /// Its head.
  public var title: String
  /// Whether its cells are numbers.
  public var isNumeric: Bool

  /// A column of words.
  public static func words(_ title: String) -> ReportColumn {
    ReportColumn(title: title, isNumeric: false)
  }

  /// A column of numbers.
  public static func numbers(_ title: String) -> ReportColumn {
    ReportColumn(title: title, isNumeric: true)
  }
}

/// A table that can be read, kept as CSV and traced.
public struct ReportTable: Sendable, Equatable, Codable {
  /// Its name in files.
  public var id: String
  /// What it counts.
  public var caption: String
  /// The columns, the head of the rows first.
  public var columns: [ReportColumn]
  /// The rows.
  public var rows: [[ReportCell]]
  /// Where its numbers come from.
  public var trace: Trace

  /// All of it at once.
  public init(
    id: String, caption: String, columns: [ReportColumn], rows: [[ReportCell]], trace: Trace
  ) {
    self.id = id
    self.caption = caption
    self.columns = columns
    self.rows = rows
    self.trace = trace
  }

  /// The table as CSV (RFC 4180); three lines before the head tell what made it.
  ///
  /// With invented arms every row says that it is false, so that none is true by itself.
  public func csv(_ provenance: Provenance) -> String {
    var lines = provenance.lines.map { "# " + $0 }
    let (title, mark) = provenance.isDryRun ? (["Truth"], ["FALSE"]) : ([], [])
    lines.append((columns.map { Self.quoted($0.title) } + title).joined(separator: ","))
    for row in rows {
      let cells = row.map { cell in
        cell.value.map { Self.number($0) } ?? Self.quoted(cell.text)
      }
      lines.append((cells + mark).joined(separator: ","))
    }
    return lines.joined(separator: "\r\n") + "\r\n"
  }

  private static func number(_ value: Double) -> String {
    value == value.rounded() && abs(value) < 1e15 ? String(Int(value)) : String(value)
  }

  private static func quoted(_ text: String) -> String {
    guard text.contains(where: { ",\"\r\n".contains($0) }) else { return text }
    return "\"" + text.replacing("\"", with: "\"\"") + "\""
  }
}

/// What made a result: study, data and program.
public struct Provenance: Sendable, Equatable, Codable {
  /// The study's key.
  public var study: String
  /// The version of its definition.
  public var definition: String
  /// The number of the snapshot.
  public var snapshot: Int
  /// Its instant.
  public var cutOff: String
  /// SHA-256 over the data analysed, in hexadecimal digits.
  public var fingerprint: String
  /// SHA-256 of the analysis plan; empty where none is on record.
  public var plan: String
  /// The program and its version.
  public var software: String
  /// The key of imputed values and of arms drawn anew, with where it comes from.
  public var randomKey: String
  /// Whether the arms are invented: then nothing in the result is true.
  public var isDryRun: Bool

  /// All of it at once.
  public init(
    study: String, definition: String, snapshot: Int, cutOff: String, fingerprint: String,
    plan: String, software: String, randomKey: String, isDryRun: Bool
  ) {
    self.study = study
    self.definition = definition
    self.snapshot = snapshot
    self.cutOff = cutOff
    self.fingerprint = fingerprint
    self.plan = plan
    self.software = software
    self.randomKey = randomKey
    self.isDryRun = isDryRun
  }

  var lines: [String] {
    [
      isDryRun ? "FALSE: the arms are invented" : "arms as allocated",
      "study \(study), definition \(definition), snapshot \(snapshot) of \(cutOff)",
      "data \(fingerprint), made by \(software)",
    ]
  }
}

/// One part of a report: what was found, in sentences, tables and pictures.
public struct ReportSection: Sendable, Equatable, Codable {
  /// Its name in addresses and files.
  public var id: String
  /// Its heading.
  public var title: String
  /// What was found.
  public var findings: [String] = []
  /// The tables.
  public var tables: [ReportTable] = []
  /// The pictures.
  public var figures: [ReportFigure] = []
  /// What could not be computed, and why.
  public var refusals: [String] = []

  /// An empty part.
  public init(id: String, title: String) {
    self.id = id
    self.title = title
  }

  /// Where the numbers of a picture come from: those of the table it draws, which bears its name or, for a
  /// profile of means, its endpoint's.
  public func trace(of figure: ReportFigure) -> Trace? {
    let endpoint = figure.id.split(separator: "-", maxSplits: 1).last.map { "-\($0)" } ?? ""
    let table =
      tables.first { $0.id == figure.id } ?? tables.first { $0.id.hasSuffix(endpoint) }
    return table?.trace
  }
}
