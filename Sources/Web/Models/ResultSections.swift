public import Conduct
public import Pages
import Pictures
import Reports
import Statistics

/// The whole result of a trial as a page and as files.
public enum TrialResultPages {
  /// What stands on every page of a dry run.
  public static let falseBand = "FALSE RESULT: dry run with invented arms. Nothing here is true."

  /// The page of a result.
  /// - Parameter files: where tables and pictures are had; nil in a file that requests nothing.
  public static func model(
    _ result: FinalResult, frame: PageFrame, lead: [String], computed: [String] = [],
    links: [Link] = [], files: String? = nil
  ) -> ResultModel {
    let made = result.report.provenance
    var model = ResultReport.model(
      from: result.report.analysis,
      ResultReport.Source(
        frame: frame, lead: lead, computed: computed + result.report.amended + result.report.texts,
        facts: [
          Fact(name: "Data, SHA-256", value: made.fingerprint, isCode: true),
          Fact(name: "Result file, SHA-256", value: result.digest, isCode: true),
          Fact(name: "Analysis plan, SHA-256", value: made.plan, isCode: true),
          Fact(name: "Definition", value: made.definition),
          Fact(name: "Software", value: made.software, isCode: true),
          Fact(name: "Random key", value: made.randomKey),
        ].filter { !$0.value.isEmpty }, links: links))
    model.sections = result.report.sections.map { section($0, made, files) }
    model.comparisonTrace = comparisons(result.report)
    model.flowTrace = trace("flow", result.report).map { facts($0, made) } ?? []
    // The same comparisons stand among the parts, with their traces.
    model.tables = []
    if made.isDryRun { model.falseBand = falseBand }
    return model
  }

  /// The files of a result: the result for programs, tables as CSV, pictures.
  public static func files(_ result: FinalResult) -> [(name: String, bytes: [UInt8])] {
    let made = result.report.provenance
    var files: [(name: String, bytes: [UInt8])] = [("result.json", Array(result.json.utf8))]
    for section in result.report.sections {
      for table in section.tables { files.append(("\(table.id).csv", Array(table.csv(made).utf8))) }
      for figure in section.figures {
        files.append(("\(figure.id).svg", drawn(figure).file()))
      }
    }
    return files
  }

  private static func section(
    _ section: ReportSection, _ made: Provenance, _ files: String?
  ) -> ResultSection {
    ResultSection(
      id: section.id, title: section.title, findings: section.findings,
      figures: section.figures.map { figure in
        NamedFigure(
          id: figure.id, figure: drawn(figure),
          trace: section.trace(of: figure).map { facts($0, made) } ?? [],
          file: files.map {
            Link(text: "Picture as a file", href: "\($0)/\(figure.id).svg", context: figure.id)
          })
      },
      tables: section.tables.map { table in
        TracedTable(
          id: table.id, table: dataTable(table), trace: facts(table.trace, made),
          file: files.map {
            Link(text: "Table as CSV", href: "\($0)/\(table.id).csv", context: table.caption)
          })
      }, refusals: section.refusals)
  }

  private static func dataTable(_ table: ReportTable) -> DataTable {
    DataTable(
      caption: table.caption,
      columns: table.columns.map { DataColumn(title: $0.title, isNumeric: $0.isNumeric) },
      rows: table.rows.map { row in DataRow(cells: row.map(\.text)) },
      empty: "\(table.caption): nothing could be computed.")
  }

  private static func trace(_ table: String, _ report: TrialReport) -> Trace? {
    report.sections.lazy.flatMap(\.tables).first { $0.id == table }?.trace
  }

  /// The primary comparisons, in the full set with the per-protocol set beside it.
  private static func comparisons(_ report: TrialReport) -> [Fact] {
    guard let full = trace("primary-full", report) else { return [] }
    var found = facts(full, report.provenance)
    if let beside = trace("primary-per-protocol", report) {
      found.insert(
        Fact(name: "Beside it", value: "\(beside.population), \(beside.count) participants"), at: 3)
    }
    return found
  }

  private static func facts(_ trace: Trace, _ made: Provenance) -> [Fact] {
    [
      Fact(name: "Method", value: trace.method),
      Fact(name: "Population", value: trace.population),
      Fact(name: "Participants", value: String(trace.count)),
      Fact(name: "Definition", value: trace.definition),
      Fact(name: "Data, SHA-256", value: made.fingerprint, isCode: true),
      Fact(name: "Software", value: made.software, isCode: true),
    ]
  }

  private static func drawn(_ figure: ReportFigure) -> ResultFigure {
    switch figure {
    case .forest(let forest):
      .forest(
        ForestPicture(
          finding: forest.finding, margin: forest.margin,
          rows: forest.rows.map {
            ForestPicture.Row(
              label: $0.label, counts: $0.counts, estimate: $0.estimate, lower: $0.lower,
              upper: $0.upper, isOverall: $0.isOverall)
          }))
    case .profile(let profile):
      .profile(
        ProfilePicture(
          finding: profile.finding, unit: profile.unit, visits: profile.visits,
          lines: profile.lines.map { line in
            ProfilePicture.Line(
              label: line.arm,
              points: line.points.map {
                ProfilePicture.Point(
                  visit: $0.visit, mean: $0.mean, lower: $0.lower, upper: $0.upper)
              })
          }))
    case .survival(let survival):
      .survival(
        SurvivalPicture(
          finding: survival.finding, days: survival.times,
          lines: survival.lines.map { line in
            SurvivalPicture.Line(
              label: line.arm,
              steps: line.steps.map { SurvivalPicture.Step(day: $0.time, share: $0.share) },
              atRisk: line.atRisk)
          }))
    case .boundaries(let plan): .boundaries(boundaries(plan))
    case .tipping(let map):
      .tipping(
        TippingPicture(
          finding: map.finding, first: map.first, second: map.second,
          firstShifts: map.firstShifts, secondShifts: map.secondShifts, limits: map.limits,
          edge: map.edge))
    }
  }

  private static func boundaries(_ plan: ReportFigure.Boundaries) -> BoundaryPicture {
    BoundaryPicture(
      finding: plan.finding,
      numbers: plan.looks.map { look in
        let bound = Wording.decimal(look.bound, places: 3)
        let seen = look.statistic.map { Wording.decimal($0, places: 3) } ?? "not taken"
        return
          "Information \(Wording.decimal(look.information, places: 2)): bound \(bound), statistic \(seen)"
      }.joined(separator: "; ") + ".",
      looks: plan.looks.map {
        BoundaryPicture.Look(
          information: $0.information, bound: $0.bound, statistic: $0.statistic)
      })
  }
}
